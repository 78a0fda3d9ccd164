"""How the derivations' own objects are printed: in the terminal's two dimensions, and in LaTeX.

SymPy's printers do all the rest. Terms stand in the order in which they were written. `inline` has the
third way, on one line.
"""

import re
from typing import Any

from sympy import Add, Indexed, Symbol, log
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pretty.pretty import PrettyPrinter
from sympy.printing.pretty.pretty_symbology import pretty_use_unicode
from sympy.printing.pretty.stringpict import prettyForm, stringPict

from ..derive.notation import D, Figure


def simple(a: Any) -> bool:
    """Whether log a needs no brackets."""
    return isinstance(a, Symbol | Indexed)


def _signed(f: Any) -> bool:
    """Whether f needs brackets behind a sum's sign: a sum itself, or a product with a minus."""
    return isinstance(f, Add) or (f.is_Mul and f.args[0].is_Number and f.args[0] < 0)


SUPERSCRIPTS = "\N{SUPERSCRIPT TWO}\N{SUPERSCRIPT THREE}" + "".join(
    chr(0x2070 + power) for power in range(4, 10)
)

# \lt and \gt, because < and > would be taken for markup in Markdown and in HTML.
_SIGNS = {
    "!=": r"\ne",
    "<": r"\lt",
    "<=": r"\le",
    ">": r"\gt",
    ">=": r"\ge",
    "->": r"\to",
    "~": r"\approx",
}


class _Latex(LatexPrinter):
    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        # A prime is too small to be seen on many screens.
        return (
            rf"\tilde{{{expr.name[:-1]}}}"
            if expr.name.endswith("'")
            else LatexPrinter._print_Symbol(self, expr)
        )

    def _print_Indexed(self, expr: Any, exp: str = "") -> str:
        text = f"{self._print(expr.base.label)}_{{{self._print(expr.indices[0])}}}"
        return f"{text}^{{{exp}}}" if exp else text

    def _print_log(self, expr: Any, exp: str = "") -> str:
        a = self._print(expr.args[0])
        power = f"^{{{exp}}}" if exp else ""
        return rf"\log{power} {a}" if simple(expr.args[0]) else rf"\log{power} \left({a}\right)"

    def _print_D(self, expr: Any) -> str:
        f, variable = (self._print(a) for a in expr.args)
        if isinstance(expr.args[0], D) and expr.args[0].args[1] == expr.args[1]:
            inner = self._print(expr.args[0].args[0])
            return rf"\frac{{\partial^2 {inner}}}{{\partial {variable}^2}}"
        if simple(expr.args[0]) or isinstance(expr.args[0], log):
            return rf"\frac{{\partial {f}}}{{\partial {variable}}}"
        return rf"\frac{{\partial}}{{\partial {variable}}} \left({f}\right)"

    def _print_Total(self, expr: Any) -> str:
        (f,) = expr.args
        return rf"\sum_i \left({self._print(f)}\right)" if _signed(f) else rf"\sum_i {self._print(f)}"

    def _print_Integral(self, expr: Any) -> str:
        (f,) = expr.args
        body = rf"\left({self._print(f)}\right)" if _signed(f) else self._print(f)
        return rf"\int {body} \, dx"

    def _print_Limit(self, expr: Any) -> str:
        f, variable = map(self._print, expr.args)
        return rf"\lim_{{{variable} \to 0}} {f}"

    def _print_sign(self, expr: Any, exp: str = "") -> str:
        power = f"^{{{exp}}}" if exp else ""
        return rf"\operatorname{{sign}}{power}\left({self._print(expr.args[0])}\right)"

    def _print_Abs(self, expr: Any, exp: str = "") -> str:
        power = f"^{{{exp}}}" if exp else ""
        return rf"\left\lvert {self._print(expr.args[0])} \right\rvert{power}"

    def _print_Figure(self, expr: Any) -> str:
        mantissa, power = expr.digits
        text = rf"{mantissa} \times 10^{{{power}}}" if power else mantissa
        return rf"\left({text}\right)" if expr.number < 0 else text

    def _print_Comparison(self, expr: Any) -> str:
        shown: list[Any] = [
            _SIGNS.get(a.name, a.name) if place % 2 else self._print(a) for place, a in enumerate(expr.args)
        ]
        # In braces a minus after a sign is one number's, and not a difference.
        return " ".join(f"{{{text}}}" if text.startswith("-") else text for text in shown)

    def _print_Normal(self, expr: Any) -> str:
        x, mu, sigma = map(self._print, expr.args)
        return rf"N\left({x}; {mu}, {sigma}\right)"


class _Pretty(PrettyPrinter):
    def _print_Indexed(self, expr: Any) -> prettyForm:
        return self._print(Symbol(f"{expr.base.label}_{expr.indices[0]}"))

    def _print_log(self, expr: Any) -> prettyForm:
        a = self._print(expr.args[0])
        a = _join(" ", a) if simple(expr.args[0]) else prettyForm(*a.parens())
        return _join("log", a, binding=prettyForm.FUNC)

    def _print_Pow(self, power: Any) -> prettyForm:
        base, exponent = power.args
        form = self._print(base)
        if not (self._use_unicode and exponent in range(2, 10) and form.height() == 1):
            if form.binding == prettyForm.FUNC and exponent.is_positive and exponent.is_Integer:
                return prettyForm(*form.parens()) ** self._print(exponent)
            return PrettyPrinter._print_Pow(self, power)
        bare = simple(base) or (isinstance(base, Figure) and base.precedence > PRECEDENCE["Pow"])
        form = form if bare else prettyForm(*form.parens())
        return _join(form, SUPERSCRIPTS[int(exponent) - 2], binding=prettyForm.POW)

    def _print_D(self, expr: Any) -> prettyForm:
        d, two = ("\N{PARTIAL DIFFERENTIAL}", "\N{SUPERSCRIPT TWO}") if self._use_unicode else ("d", "^2")
        f, variable = expr.args
        below = _join(d, self._print(variable))
        if isinstance(f, D) and f.args[1] == variable:
            return _fraction(_join(d + two, self._print(f.args[0])), _join(below, two))
        if simple(f) or isinstance(f, log):
            return _fraction(_join(d, self._print(f)), below)
        body = prettyForm(*self._print(f).parens())
        return _join(_fraction(prettyForm(d), below), " ", body, binding=prettyForm.MUL)

    def _body(self, f: Any) -> prettyForm:
        return prettyForm(*self._print(f).parens()) if _signed(f) else self._print(f)

    def _print_Total(self, expr: Any) -> prettyForm:
        sign = prettyForm("\N{N-ARY SUMMATION}" if self._use_unicode else "sum")
        sign = prettyForm(sign.below("i")[0], baseline=0)
        return _join(sign, " ", self._body(expr.args[0]), binding=prettyForm.MUL)

    def _print_Integral(self, expr: Any) -> prettyForm:
        sign = "\N{INTEGRAL} " if self._use_unicode else "int "
        return _join(sign, self._body(expr.args[0]), " dx", binding=prettyForm.MUL)

    def _print_Limit(self, expr: Any) -> prettyForm:
        arrow = "\N{RIGHTWARDS ARROW}" if self._use_unicode else "->"
        f, below = self._print(expr.args[0]), _join(self._print(expr.args[1]), f"{arrow}0")
        sign = prettyForm(prettyForm("lim").below(below)[0], baseline=0)
        return _join(sign, " ", f, binding=prettyForm.MUL)

    def _print_Figure(self, expr: Any) -> prettyForm:
        mantissa, power = expr.digits
        text = f"{mantissa}e{power}" if power else mantissa
        return prettyForm(f"({text})" if expr.number < 0 else text)

    def _print_Normal(self, expr: Any) -> prettyForm:
        x, mu, sigma = map(self._print, expr.args)
        inner = prettyForm(*_join(x, "; ", mu, ", ", sigma).parens())
        return _join("N", inner, binding=prettyForm.FUNC)


def _join(*parts: prettyForm | str, binding: int = prettyForm.ATOM) -> prettyForm:
    """Side by side, on one baseline."""
    return prettyForm(
        *stringPict.next(*(p if isinstance(p, stringPict) else stringPict(p) for p in parts)), binding=binding
    )


def _fraction(top: prettyForm, below: prettyForm) -> prettyForm:
    return prettyForm(*stringPict.stack(top, stringPict.LINE, below), binding=prettyForm.DIV)


_LATEX = _Latex({"order": "none"})
_CLOSED_BEFORE_NUMBER = re.compile(r"(\\right\)(?:\^\{\d+\})?) (?=\d)")


def latex(math: Any) -> str:
    """As LaTeX; a number behind a bracket gets a dot, as one behind a number does."""
    return _CLOSED_BEFORE_NUMBER.sub(r"\1 \\cdot ", _LATEX.doprint(math))


def pretty(math: Any, unicode: bool = True) -> prettyForm:
    """As a block of lines, with the line on which an equals sign stands."""
    printer = _Pretty({"order": "none", "use_unicode": unicode, "wrap_line": False})
    before = pretty_use_unicode(unicode)  # SymPy's switch for the parts of which brackets and lines are made
    try:
        return printer._print(math)
    finally:
        pretty_use_unicode(before)

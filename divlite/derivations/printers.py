"""How the derivations' own objects are printed: in the terminal's two dimensions, and in LaTeX.

SymPy's printers do all the rest. Terms stand in the order in which they were written.
"""

from typing import Any

from sympy import Add, Indexed, Symbol, log
from sympy.printing.latex import LatexPrinter
from sympy.printing.pretty.pretty import PrettyPrinter
from sympy.printing.pretty.stringpict import prettyForm, stringPict

from .notation import D


def _simple(a: Any) -> bool:
    """Whether log a needs no brackets."""
    return isinstance(a, Symbol | Indexed)


class _Latex(LatexPrinter):
    def _print_Indexed(self, expr: Any, exp: str = "") -> str:
        text = f"{expr.base.label}_{{{self._print(expr.indices[0])}}}"
        return f"{text}^{{{exp}}}" if exp else text

    def _print_log(self, expr: Any, exp: str = "") -> str:
        a = self._print(expr.args[0])
        power = f"^{{{exp}}}" if exp else ""
        return rf"\log{power} {a}" if _simple(expr.args[0]) else rf"\log{power} \left({a}\right)"

    def _print_D(self, expr: Any) -> str:
        f, variable = (self._print(a) for a in expr.args)
        if isinstance(expr.args[0], D) and expr.args[0].args[1] == expr.args[1]:
            inner = self._print(expr.args[0].args[0])
            return rf"\frac{{\partial^2 {inner}}}{{\partial {variable}^2}}"
        if _simple(expr.args[0]) or isinstance(expr.args[0], log):
            return rf"\frac{{\partial {f}}}{{\partial {variable}}}"
        return rf"\frac{{\partial}}{{\partial {variable}}} \left({f}\right)"

    def _print_Total(self, expr: Any) -> str:
        (f,) = expr.args
        return rf"\sum_i \left({self._print(f)}\right)" if isinstance(f, Add) else rf"\sum_i {self._print(f)}"

    def _print_Integral(self, expr: Any) -> str:
        (f,) = expr.args
        body = rf"\left({self._print(f)}\right)" if isinstance(f, Add) else self._print(f)
        return rf"\int {body} \, dx"

    def _print_Normal(self, expr: Any) -> str:
        x, mu, sigma = map(self._print, expr.args)
        return rf"N\left({x}; {mu}, {sigma}\right)"


class _Pretty(PrettyPrinter):
    def _print_Indexed(self, expr: Any) -> prettyForm:
        return self._print(Symbol(f"{expr.base.label}_{expr.indices[0]}"))

    def _print_log(self, expr: Any) -> prettyForm:
        a = self._print(expr.args[0])
        a = _join(" ", a) if _simple(expr.args[0]) else prettyForm(*a.parens())
        return _join("log", a, binding=prettyForm.FUNC)

    def _print_D(self, expr: Any) -> prettyForm:
        d, two = ("\N{PARTIAL DIFFERENTIAL}", "\N{SUPERSCRIPT TWO}") if self._use_unicode else ("d", "^2")
        f, variable = expr.args
        below = _join(d, self._print(variable))
        if isinstance(f, D) and f.args[1] == variable:
            return _fraction(_join(d + two, self._print(f.args[0])), _join(below, two))
        if _simple(f) or isinstance(f, log):
            return _fraction(_join(d, self._print(f)), below)
        body = prettyForm(*self._print(f).parens())
        return _join(_fraction(prettyForm(d), below), " ", body, binding=prettyForm.MUL)

    def _body(self, f: Any) -> prettyForm:
        return prettyForm(*self._print(f).parens()) if isinstance(f, Add) else self._print(f)

    def _print_Total(self, expr: Any) -> prettyForm:
        sign = prettyForm("\N{N-ARY SUMMATION}" if self._use_unicode else "sum")
        sign = prettyForm(sign.below("i")[0], baseline=0)
        return _join(sign, " ", self._body(expr.args[0]), binding=prettyForm.MUL)

    def _print_Integral(self, expr: Any) -> prettyForm:
        sign = "\N{INTEGRAL} " if self._use_unicode else "int "
        return _join(sign, self._body(expr.args[0]), " dx", binding=prettyForm.MUL)

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


def latex(math: Any) -> str:
    return _LATEX.doprint(math)


def pretty(math: Any, unicode: bool = True) -> prettyForm:
    """As a block of lines, with the line on which an equals sign stands."""
    printer = _Pretty({"order": "none", "use_unicode": unicode, "wrap_line": False})
    return printer._print(math)

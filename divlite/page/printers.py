"""The derivations' objects in LaTeX, in the terminal's two dimensions, and on one line.

SymPy's printers do all that `nodes` does not. Terms stand in the order in which they were written.
"""
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from threading import RLock
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pretty.pretty import PrettyPrinter
from sympy.printing.pretty.pretty_symbology import pretty_symbol, pretty_use_unicode
from sympy.printing.pretty.stringpict import prettyForm, stringPict
from sympy.printing.str import StrPrinter

from ..derive.notation import Figure, Integral, Limit, Normal, Total
from .nodes import LOOKS, Nodes, Template, denominator, simple

SUPERSCRIPTS = dict(zip(range(2, 10), "\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079", strict=True))


def _in_a_row(parts: Sequence[str]) -> str:
    """Behind another part a minus is one number's, and not a difference: in braces it is shown so."""
    first, *others = parts
    return first + "".join(a if a[0] in "^',;" else f" {{{a}}}" if a[0] == "-" else f" {a}" for a in others)


class _Latex(Nodes, LatexPrinter):
    looks = LOOKS
    template = Template(
        beside=_in_a_row,
        brackets=r"\left({}\right)".format,
        bars=r"\left\lvert {} \right\rvert".format,  # in Markdown | would end the cell of a table
        fraction=r"\frac{{{}}}{{{}}}".format,
        limit=r"\lim_{{{}}}".format,
        power_of_ten=r"{} \times 10^{{{}}}".format,
    )


def _under(sign: Any, below: Any) -> prettyForm:
    return prettyForm(prettyForm(sign).below(below)[0], baseline=0)


class _Pretty(Nodes, PrettyPrinter):
    looks = LOOKS | {Total: lambda pen, _, f: pen.row(_under(pen.row("sum").s, "i"), " ", pen.body(f))}
    template = Template(
        beside=lambda a: prettyForm(*stringPict.next(*a), binding=prettyForm.MUL * (len(a) > 1)),
        brackets=lambda a: prettyForm(*a.parens()),
        bars=lambda a: prettyForm(*a.parens("|", "|")),
        fraction=lambda a, b: prettyForm(*stringPict.stack(a, stringPict.LINE, b), binding=prettyForm.DIV),
        limit=lambda a: _under("lim", a),
    )

    def _print_Pow(self, math: Any) -> prettyForm:
        base, exponent = math.args
        form = self._print(base)
        if not (self.column == 1 and exponent in SUPERSCRIPTS and form.height() == 1):
            return PrettyPrinter._print_Pow(self, math)
        bare = simple(base) or (isinstance(base, Figure) and base.precedence > PRECEDENCE["Pow"])
        shown = form if bare else self.template.brackets(form)
        return prettyForm(*stringPict.next(shown, SUPERSCRIPTS[exponent]), binding=prettyForm.POW)


class _Inline(Nodes, StrPrinter):
    looks = LOOKS | {
        sp.Symbol: lambda pen, a: pretty_symbol(a.name) if pen.column == 1 else a.name,
        sp.Eq: lambda pen, _, a, b: pen.row(a, " = ", b),
        sp.KroneckerDelta: lambda pen, _, a, b: pen.call(sp.Symbol("delta"), a, ", ", b),
        type(sp.E): lambda pen, _: pen.row("e"),
        type(sp.pi): lambda pen, _: pen.row(sp.Symbol("pi")),
        type(sp.oo): lambda pen, _: pen.row("inf"),
    }
    template = Template(
        "".join, brackets="({})".format, bars="|{}|".format, fraction="{}/{}".format, limit="lim({})".format
    )

    def _print_Pow(self, math: Any, rational: bool = False) -> str:
        base, exponent = math.args
        if denominator(math) is not None:
            return self._print_Mul(math)
        if exponent == sp.Rational(1, 2):
            return StrPrinter._print_Pow(self, math, rational)
        text = self.call("", base) if isinstance(base, sp.log) else self._bound(base, "Pow")
        if self.column == 1 and exponent in SUPERSCRIPTS:
            return text + SUPERSCRIPTS[exponent]
        return f"{text}^{self._bound(exponent, 'Pow')}"

    def _print_Mul(self, math: Any) -> str:
        first, *others = factors = math.args if math.is_Mul else (math,)
        minus = first.is_Number and first < 0
        if minus:
            factors = others if first == -1 else (-first, *others)
        above = [a for a in factors if denominator(a) is None]
        below = [self._bound(b, "Mul") for b in map(denominator, factors) if b is not None]
        shown = [self._bound(a, "Mul") for a in above] or ["1"]
        if above and not below and isinstance(above[-1], Total | Integral | Limit):
            shown[-1] = self._print(above[-1])  # all that stands behind its sign is its own
        under = f"({'*'.join(below)})" if len(below) > 1 else "".join(below)
        return "-" * bool(minus) + "*".join(shown) + (f"/{under}" if below else "")

    def _bound(self, a: Any, level: str) -> str:
        alone = level == "Mul" and isinstance(a, Normal)
        return self._print(a) if alone else self.parenthesize(a, PRECEDENCE[level])


_AS_WRITTEN = {"order": "none"}
_LATEX = _Latex(0, _AS_WRITTEN)
_PRETTY = {
    unicode: _Pretty(column, {**_AS_WRITTEN, "use_unicode": unicode, "wrap_line": False})
    for unicode, column in ((True, 1), (False, 2))
}
_INLINE = {True: _Inline(1, _AS_WRITTEN), False: _Inline(2, _AS_WRITTEN)}
_CLOSED_BEFORE_NUMBER = re.compile(r"(\\right\)(?:\^\{\d+\})?) (?=\d)")


@lru_cache(4096)  # the same formula stands in several parts, formats and pages
def latex(math: Any) -> str:
    """As LaTeX; a number behind a bracket gets a dot, as one behind a number does."""
    return _CLOSED_BEFORE_NUMBER.sub(r"\1 \\cdot ", _LATEX.doprint(math))


@lru_cache(4096)
def pretty(math: Any, unicode: bool = True) -> prettyForm:
    """As a block of lines, with the line on which an equals sign stands."""
    with _spelled(unicode):
        return _PRETTY[unicode].row(math)


@lru_cache(4096)
def inline(math: Any, unicode: bool = True) -> str:
    """On one line: among words, and where a line is too narrow for two dimensions."""
    with _spelled(unicode):
        text = _INLINE[unicode].doprint(math)
    return text.replace("*", "\N{DOT OPERATOR}") if unicode else text


_SWITCH = RLock()


@contextmanager
def _spelled(unicode: bool) -> Generator[None]:
    """Set SymPy's switch for the parts of symbols, brackets and lines, which all threads share."""
    with _SWITCH:
        before = pretty_use_unicode(unicode)
        try:
            yield
        finally:
            pretty_use_unicode(before)

"""The derivations' objects on one line: among words, and where a line is too narrow for two dimensions."""

from typing import Any, ClassVar

from sympy import Integer, Pow, Symbol, log
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pretty.pretty_symbology import pretty_symbol
from sympy.printing.str import StrPrinter

from ..derive.notation import Integral, Limit, Normal, Total
from .nodes import LOOKS, SUPERSCRIPTS, Nodes, Template

_NAMES = {"Exp1": "e", "Pi": "pi", "Infinity": "inf"}


class _Inline(Nodes, StrPrinter):
    looks = LOOKS

    def _print_Symbol(self, math: Any) -> str:
        return pretty_symbol(math.name) if self.template.column == 1 else math.name

    def _print_Pi(self, math: Any) -> str:
        return self._print(Symbol("pi"))

    def _print_Exp1(self, math: Any) -> str:
        return "e"

    def _print_Infinity(self, math: Any) -> str:
        return self.row("inf")

    def _print_KroneckerDelta(self, math: Any) -> str:
        return f"{self._print(Symbol('delta'))}({self.stringify(math.args, ', ')})"

    def _print_Equality(self, math: Any) -> str:
        return " = ".join(map(self._print, math.args))

    def _print_Pow(self, math: Any, rational: bool = False) -> str:
        base, exponent = math.args
        if _is_below(math):
            return self._product((math,))
        if exponent.is_Rational and exponent.q == 2 and exponent.p == 1:
            return StrPrinter._print_Pow(self, math, rational)
        text = self.brackets(base) if isinstance(base, log) else self._bound(base, "Pow")
        if exponent in range(2, 10) and self.template.column == 1:
            return text + SUPERSCRIPTS[int(exponent) - 2]
        return f"{text}^{self._bound(exponent, 'Pow')}"

    def _print_Mul(self, math: Any) -> str:
        first, *others = math.args
        if first.is_Number and first < 0:
            return "-" + self._product(others if first == -1 else (-first, *others))
        return self._product(math.args)

    def _product(self, factors: Any) -> str:
        below = [_upside_down(factor) for factor in factors if _is_below(factor)]
        above = [factor for factor in factors if not _is_below(factor)]
        shown = [self._factor(a) for a in above] or ["1"]
        if above and not below and isinstance(above[-1], Total | Integral | Limit):
            shown[-1] = self._print(above[-1])  # all that stands behind its sign is its own
        under = "*".join(map(self._factor, below))
        return "*".join(shown) + (f"/({under})" if len(below) > 1 else f"/{under}" if below else "")

    def _factor(self, a: Any) -> str:
        return self._print(a) if isinstance(a, Normal) else self._bound(a, "Mul")

    def _bound(self, a: Any, level: str) -> str:
        return self.parenthesize(a, PRECEDENCE[level])


def _is_below(factor: Any) -> bool:
    below = factor.p == 1 != factor.q if factor.is_Rational else factor.is_Pow and factor.exp.is_negative
    return bool(below)


def _upside_down(factor: Any) -> Any:
    if factor.is_Rational:
        return Integer(factor.q)
    return factor.base if factor.exp == -1 else Pow(factor.base, -factor.exp, evaluate=False)


def inline(math: Any, unicode: bool = True) -> str:
    """On one line."""
    printer = _Inline({"order": "none"})
    printer.template = Template(
        column=1 if unicode else 2,
        tall=False,
        row="".join,
        brackets="({})".format,
        bars="|{}|".format,
        over="{}/{}".format,
        limit="lim({})".format,
    )
    text = printer.doprint(math)
    return text.replace("*", "\N{DOT OPERATOR}") if unicode else text

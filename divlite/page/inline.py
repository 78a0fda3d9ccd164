"""The derivations' objects on one line: among words, and where a line is too narrow for two dimensions."""

from typing import Any, ClassVar

from sympy import Integer, Pow, Symbol, log
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pretty.pretty_symbology import pretty_symbol
from sympy.printing.str import StrPrinter

from ..derive.notation import Integral, Limit, Normal, Total
from .nodes import MARKS, SUPERSCRIPTS, Nodes


class _Inline(Nodes, StrPrinter):
    one_line = True
    printmethod = "_inline"  # not _sympystr, which Indexed would print itself by
    _default_settings: ClassVar = {**StrPrinter._default_settings, "unicode": True}

    def _mark(self, name: str) -> str:
        return MARKS[name][1 if self._settings["unicode"] else 2]

    def _row(self, *parts: str) -> str:
        return "".join(parts)

    def _brackets(self, a: str) -> str:
        return f"({a})"

    def _over(self, top: str, below: str) -> str:
        return f"{top}/{below}"

    def _under(self, sign: str, below: str) -> str:
        return f"{sign}({below})"

    def _print_Symbol(self, math: Any) -> str:
        return pretty_symbol(math.name) if self._settings["unicode"] else math.name

    def _print_constant(self, math: Any) -> str:
        return self._mark(type(math).__name__)

    _print_Exp1 = _print_Pi = _print_Infinity = _print_constant

    def _print_Abs(self, math: Any) -> str:
        return f"|{self._print(math.args[0])}|"

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
        text = self._brackets(self._print(base)) if isinstance(base, log) else self._bound(base, "Pow")
        if exponent in range(2, 10) and self._settings["unicode"]:
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
    text = _Inline({"order": "none", "unicode": unicode}).doprint(math)
    return text.replace("*", "\N{DOT OPERATOR}") if unicode else text

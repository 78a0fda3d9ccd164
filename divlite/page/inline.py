"""How the derivations' own objects are printed on one line: among words, and where a line is too narrow."""

from typing import Any, ClassVar

from sympy import Integer, Pow, Rational, Symbol, log
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pretty.pretty_symbology import pretty_symbol
from sympy.printing.str import StrPrinter

from ..derive.notation import D, Integral, Limit, Normal, Total
from .printers import SUPERSCRIPTS, simple

_SIGNS = {
    "!=": "\N{NOT EQUAL TO}",
    "<=": "\N{LESS-THAN OR EQUAL TO}",
    ">=": "\N{GREATER-THAN OR EQUAL TO}",
    "->": "\N{RIGHTWARDS ARROW}",
    "~": "\N{ALMOST EQUAL TO}",
}


class _Inline(StrPrinter):
    printmethod = "_inline"  # not _sympystr, which Indexed would print itself by
    _default_settings: ClassVar = {**StrPrinter._default_settings, "unicode": True}

    def _either(self, unicode: str, ascii: str) -> str:
        return unicode if self._settings["unicode"] else ascii

    def _print_Indexed(self, expr: Any) -> str:
        return self._print(Symbol(f"{expr.base.label}_{expr.indices[0]}"))

    def _print_Symbol(self, expr: Any) -> str:
        return pretty_symbol(expr.name) if self._settings["unicode"] else expr.name

    def _print_Exp1(self, expr: Any) -> str:
        return "e"

    def _print_Pi(self, expr: Any) -> str:
        return self._either("\N{GREEK SMALL LETTER PI}", "pi")

    def _print_Infinity(self, expr: Any) -> str:
        return self._either("\N{INFINITY}", "inf")

    def _print_log(self, expr: Any) -> str:
        a = self._print(expr.args[0])
        return f"log {a}" if simple(expr.args[0]) else f"log({a})"

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:
        base, exponent = expr.args
        if _is_below(expr):
            return f"1/{self._factor(_upside_down(expr))}"
        if exponent == Rational(1, 2):
            return StrPrinter._print_Pow(self, expr, rational)
        text = (
            f"({self._print(base)})" if isinstance(base, log) else self.parenthesize(base, PRECEDENCE["Pow"])
        )
        if exponent in range(2, 10) and self._settings["unicode"]:
            return text + SUPERSCRIPTS[int(exponent) - 2]
        return f"{text}^{self.parenthesize(exponent, PRECEDENCE['Pow'])}"

    def _print_Mul(self, expr: Any) -> str:
        first = expr.args[0]
        minus = first.is_Number and first < 0
        factors = expr.args if not minus else expr.args[1:] if first == -1 else (-first, *expr.args[1:])
        below = [_upside_down(factor) for factor in factors if _is_below(factor)]
        above = [factor for factor in factors if not _is_below(factor)]
        shown = [self._factor(a) for a in above] or ["1"]
        if above and not below and isinstance(above[-1], Total | Integral | Limit):
            shown[-1] = self._print(above[-1])  # all that stands behind its sign is its own
        text = ("-" if minus else "") + "*".join(shown)
        if not below:
            return text
        under = "*".join(self._factor(a) for a in below)
        return f"{text}/({under})" if len(below) > 1 else f"{text}/{under}"

    def _factor(self, a: Any) -> str:
        return self._print(a) if isinstance(a, Normal) else self.parenthesize(a, PRECEDENCE["Mul"])

    def _print_Figure(self, expr: Any) -> str:
        return f"({expr.text})" if expr.number < 0 else expr.text

    def _print_Abs(self, expr: Any) -> str:
        return f"|{self._print(expr.args[0])}|"

    def _print_KroneckerDelta(self, expr: Any) -> str:
        return self._either("\N{GREEK SMALL LETTER DELTA}", "delta") + f"({self.stringify(expr.args, ', ')})"

    def _print_Equality(self, expr: Any) -> str:
        return " = ".join(map(self._print, expr.args))

    def _print_Comparison(self, expr: Any) -> str:
        signs = [a.name if place % 2 else "" for place, a in enumerate(expr.args)]
        shown = [_SIGNS.get(sign, sign) if self._settings["unicode"] else sign for sign in signs]
        return " ".join(sign or self._print(a) for sign, a in zip(shown, expr.args, strict=True))

    def _print_Total(self, expr: Any) -> str:
        return self._either("\N{N-ARY SUMMATION} ", "sum ") + self._body(expr)

    def _print_Integral(self, expr: Any) -> str:
        return self._either("\N{INTEGRAL} ", "int ") + self._body(expr) + " dx"

    def _print_Limit(self, expr: Any) -> str:
        arrow = self._either("\N{RIGHTWARDS ARROW}", "->")
        return f"lim({self._print(expr.args[1])}{arrow}0) {self._body(expr)}"

    def _print_Normal(self, expr: Any) -> str:
        x, mu, sigma = map(self._print, expr.args)
        return f"N({x}; {mu}, {sigma})"

    def _print_D(self, expr: Any) -> str:
        d, (f, variable) = self._either("\N{PARTIAL DIFFERENTIAL}", "d"), expr.args
        below = self._print(variable)
        if isinstance(f, D) and f.args[1] == variable:
            two = self._either(SUPERSCRIPTS[0], "2")
            return f"{d}{two}{self._print(f.args[0])}/{d}{below}{two}"
        above = self._print(f) if simple(f) or isinstance(f, log) else f"({self._print(f)})"
        return f"{d}{above}/{d}{below}"

    def _body(self, expr: Any) -> str:
        return self.parenthesize(expr.args[0], PRECEDENCE["Add"] + 1)


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

"""What the derivations' own objects look like: each is described once, in LOOKS, for every printer.

A printer is one of SymPy's with `Nodes` mixed in, and with a template, which says how parts are put together.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

import sympy as sp
from sympy.core.function import AppliedUndef

from ..derive.notation import Comparison, D, Figure, Integral, Limit, Normal, Total

SUPERSCRIPTS = "\N{SUPERSCRIPT TWO}\N{SUPERSCRIPT THREE}" + "".join(map(chr, range(0x2074, 0x207A)))

# In ASCII; in LaTeX, in Unicode. \lt and \gt, because < and > would be taken for markup.
MARKS = {
    " = ": ("=", " = "),
    " != ": (r"\ne", " \N{NOT EQUAL TO} "),
    " < ": (r"\lt", " < "),
    " <= ": (r"\le", " \N{LESS-THAN OR EQUAL TO} "),
    " > ": (r"\gt", " > "),
    " >= ": (r"\ge", " \N{GREATER-THAN OR EQUAL TO} "),
    " -> ": (r"\to", " \N{RIGHTWARDS ARROW} "),
    " ~ ": (r"\approx", " \N{ALMOST EQUAL TO} "),
    "->0": (r"\to 0", "\N{RIGHTWARDS ARROW}0"),
    ", ": (",", ", "),
    "; ": (";", "; "),
    "d": (r"\partial", "\N{PARTIAL DIFFERENTIAL}"),
    "d^2": (r"\partial^2", "\N{PARTIAL DIFFERENTIAL}\N{SUPERSCRIPT TWO}"),
    "^2": ("^2", "\N{SUPERSCRIPT TWO}"),
    " ": ("", " "),
    "sum": (r"\sum_i", "\N{N-ARY SUMMATION}"),
    "int": (r"\int", "\N{INTEGRAL}"),
    " dx": (r"\, dx", " dx"),
    "log": (r"\log", "log"),
    "log Gamma": (r"\log \Gamma", "log \N{GREEK CAPITAL LETTER GAMMA}"),
    "arctan": (r"\arctan", "arctan"),
    "inf": (r"\infty", "\N{INFINITY}"),
    "sign": (r"\operatorname{sign}", "sign"),
}


class Template(NamedTuple):
    """How parts are put together.

    column: of MARKS; 2 for ASCII.
    tall: whether a fraction has two rows, and a long numerator is better written behind it.
    """

    column: int
    tall: bool
    row: Callable[[Sequence[Any]], Any]
    brackets: Callable[[Any], Any]
    bars: Callable[[Any], Any]
    over: Callable[[Any, Any], Any]
    limit: Callable[[Any], Any]
    power_of_ten: Callable[[str, str], str] = "{}e{}".format


class Nodes:
    """Mixed into a printer, before SymPy's class."""

    template: Template
    looks: ClassVar[dict[type, Callable[..., Any]]]

    def _print(self, math: Any, **how: Any) -> Any:
        look = self.look(math)
        return look(self, math, *math.args) if look else super()._print(math, **how)

    def look(self, math: Any) -> Callable[..., Any] | None:
        return next((self.looks[kind] for kind in type(math).__mro__ if kind in self.looks), None)

    def row(self, *parts: Any) -> Any:
        """Side by side: marks by their names, objects, and what is printed already."""
        return self.template.row([part for part in map(self._part, parts) if part != ""])

    def _part(self, part: Any) -> Any:
        if isinstance(part, str):
            return (*MARKS.get(part, (part, part)), part)[self.template.column]
        return self._print(part) if isinstance(part, sp.Basic) else part

    def brackets(self, *parts: Any) -> Any:
        return self.template.brackets(self.row(*parts))

    def body(self, f: Any) -> Any:
        """What a sum, an integral or a limit is of: a sum, or a product with a minus, is put in brackets."""
        signed = isinstance(f, sp.Add) or (f.is_Mul and f.args[0].is_Number and f.args[0] < 0)
        return self.brackets(f) if signed else f


def simple(a: Any) -> bool:
    """Whether log a needs no brackets."""
    return isinstance(a, sp.Symbol | sp.Indexed)


def _slope(pen: Nodes, _: D, f: Any, a: Any) -> Any:
    over, below = pen.template.over, pen.row("d", a)
    if isinstance(f, D) and f.args[1] == a:
        return over(pen.row("d^2", f.args[0]), pen.row(below, "^2"))
    short = simple(f) or isinstance(f, sp.log | AppliedUndef)
    shown = f if short else pen.brackets(f)
    if short or not pen.template.tall:
        return over(pen.row("d", shown), below)
    return pen.row(over(pen.row("d"), below), " ", shown)


def _figure(pen: Nodes, math: Figure) -> Any:
    mantissa, power = math.digits
    text = pen.template.power_of_ten(mantissa, power) if power else mantissa
    return pen.brackets(text) if math.number < 0 else pen.row(text)


def _function(pen: Nodes, name: str, *args: Any) -> Any:
    letter = name.rstrip("'")
    inner = [part for a in args for part in (", ", a)][1:]
    return pen.row(pen.row(sp.Symbol(letter), name.removeprefix(letter)), pen.brackets(*inner))


def _prime(pen: Nodes, derivative: Any, at: Any) -> Any:
    f, (_, order) = derivative.args
    return _function(pen, f.func.__name__ + "'" * int(order), at)


LOOKS: dict[type, Callable[..., Any]] = {
    sp.Indexed: lambda pen, _, base, index: pen.row(sp.Symbol(f"{base}_{index}")),
    Total: lambda pen, _, f: pen.row("sum", " ", pen.body(f)),
    Integral: lambda pen, _, f: pen.row("int", " ", pen.body(f), " dx"),
    Limit: lambda pen, _, f, a: pen.row(pen.template.limit(pen.row(a, "->0")), " ", pen.body(f)),
    Normal: lambda pen, _, x, mu, sigma: pen.row("N", pen.brackets(x, "; ", mu, ", ", sigma)),
    Comparison: lambda pen, _, *args: pen.row(*(f" {a} " if j % 2 else a for j, a in enumerate(args))),
    D: _slope,
    Figure: _figure,
    sp.Abs: lambda pen, _, a: pen.template.bars(pen.row(a)),
    sp.log: lambda pen, _, a: pen.row("log", " ", a) if simple(a) else pen.row("log", pen.brackets(a)),
    sp.loggamma: lambda pen, _, a: pen.row("log Gamma", pen.brackets(a)),
    sp.atan: lambda pen, _, a: pen.row("arctan", pen.brackets(a)),
    sp.sign: lambda pen, _, a: pen.row("sign", pen.brackets(a)),
    AppliedUndef: lambda pen, math, *args: _function(pen, math.func.__name__, *args),
    sp.Derivative: lambda pen, math, f, _: _prime(pen, math, *f.args),
    sp.Subs: lambda pen, _, math, variables, point: _prime(pen, math, *point),
}

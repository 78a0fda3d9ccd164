"""What the derivations' own objects look like: each is described once, in LOOKS, for all three printers."""
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import sympy as sp

from ..derive.notation import Comparison, D, Figure, Integral, Limit, Normal, Total

AppliedUndef = sp.core.function.AppliedUndef  # f(u), of an f that is not known

# In ASCII; in LaTeX, in Unicode. \lt and \gt, because < and > would be taken for markup.
MARKS = {
    "!=": (r"\ne", "\N{NOT EQUAL TO}"),
    "<": (r"\lt", "<"),
    "<=": (r"\le", "\N{LESS-THAN OR EQUAL TO}"),
    ">": (r"\gt", ">"),
    ">=": (r"\ge", "\N{GREATER-THAN OR EQUAL TO}"),
    "->": (r"\to", "\N{RIGHTWARDS ARROW}"),
    "~": (r"\approx", "\N{ALMOST EQUAL TO}"),
    "d": (r"\partial", "\N{PARTIAL DIFFERENTIAL}"),
    "^2": ("^2", "\N{SUPERSCRIPT TWO}"),
    "sum": (r"\sum_i", "\N{N-ARY SUMMATION}"),
    "int": (r"\int", "\N{INTEGRAL}"),
    "dx": (r"\, dx", "dx"),
    "inf": (r"\infty", "\N{INFINITY}"),
    "log": (r"\log", "log"),
    "log Gamma": (r"\log \Gamma", "log \N{GREEK CAPITAL LETTER GAMMA}"),
    "arctan": (r"\arctan", "arctan"),
    "sign": (r"\operatorname{sign}", "sign"),
}


class Template(NamedTuple):
    """How a printer puts printed parts together; limit: what stands below lim."""

    beside: Callable[[Any], Any]
    brackets: Callable[[Any], Any]
    bars: Callable[[Any], Any]
    fraction: Callable[[Any, Any], Any]
    limit: Callable[[Any], Any]
    power_of_ten: Callable[[str, str], str] = "{}e{}".format


class Nodes(sp.printing.printer.Printer):
    """Mixed into one of SymPy's printers, before its class; column: of MARKS, and 2 for ASCII."""

    template: Template
    looks: dict[type, Callable[..., Any]]

    def __init__(self, column: int, settings: dict[str, Any]) -> None:
        super().__init__(settings)
        self.column = column
        self.known = lru_cache(2**14)(self._shown)  # the lines of a chain have most of their parts in common

    def _print(self, math: Any, **how: Any) -> Any:
        return self._shown(math, **how) if how else self.known(math)

    def _shown(self, math: Any, **how: Any) -> Any:
        look = next((self.looks[kind] for kind in type(math).__mro__ if kind in self.looks), None)
        if look is None:
            return super()._print(_closed(math), **how)
        shown = look(self, math, *math.args)
        # A power of a function: SymPy's LaTeX would put it between the name and the argument.
        return f"{self.template.brackets(shown)}^{{{how['exp']}}}" if "exp" in how else shown

    def row(self, *parts: Any) -> Any:
        """Side by side: marks by their names, objects, and what is printed already."""
        return self.template.beside([part for part in map(self._part, parts) if part != ""])

    def _part(self, part: Any) -> Any:
        if isinstance(part, str):
            name = part.strip()
            mark = (*MARKS.get(name, (name, name)), name)[self.column]
            return part.replace(name, mark, 1) if self.column else mark
        return self._print(part) if isinstance(part, sp.Basic) else part

    def call(self, name: Any, *parts: Any) -> Any:
        return self.row(name, self.template.brackets(self.row(*parts)))

    def body(self, f: Any) -> Any:
        """What a sum, an integral or a limit is of: a sum, or a product with a minus, is put in brackets."""
        signed = isinstance(f, sp.Add) or (f.is_Mul and f.args[0].is_Number and f.args[0] < 0)
        return self.call("", f) if signed else f


class Closed(sp.Function):
    """What is shown in brackets."""


def _closed(math: Any) -> Any:
    """The same, where a factor behind a sum, or a log without brackets, would be taken for a part of it."""
    above = [a for a in math.args if denominator(a) is None] if isinstance(math, sp.Mul) else []
    open_ = {a: Closed(a) for a in above[:-1] if isinstance(a, Total | Integral | Limit) or _bare(a)}
    return sp.Mul(*(open_.get(a, a) for a in math.args), evaluate=False) if open_ else math


def _bare(a: Any) -> bool:
    """Whether it is a logarithm that is shown without brackets."""
    return isinstance(a, sp.log) and (simple(a.args[0]) or a.args[0].is_Integer)


def denominator(factor: Any) -> Any:
    """What stands below the line for a factor that is divided by; else None."""
    if factor.is_Rational and factor.p == 1 != factor.q:
        return sp.Integer(factor.q)
    if factor.is_Pow and factor.exp.is_negative:
        return factor.base if factor.exp == -1 else sp.Pow(factor.base, -factor.exp, evaluate=False)
    return None


def simple(a: Any) -> bool:
    """Whether log a needs no brackets."""
    return isinstance(a, sp.Symbol | sp.Indexed)


def _slope(pen: Nodes, _: D, f: Any, a: Any) -> Any:
    twice = isinstance(f, D) and f.args[1] == a
    order, f = (["^2"], f.args[0]) if twice else ([], f)
    above, below = ["d", *order], pen.row("d", a, *order)
    if simple(f) or isinstance(f, sp.log | AppliedUndef):
        return pen.template.fraction(pen.row(*above, f), below)
    return pen.call(pen.row(pen.template.fraction(pen.row(*above), below), " "), f)


def _figure(pen: Nodes, math: Figure) -> Any:
    mantissa, power = math.digits
    text = pen.template.power_of_ten(mantissa, power) if power else mantissa
    return pen.call("", text) if math.number < 0 else pen.row(text)


def _function(pen: Nodes, name: str, *args: Any) -> Any:
    letter = name.rstrip("'")
    inner = [part for a in args for part in (", ", a)][1:]
    return pen.call(pen.row(sp.Symbol(letter), name.removeprefix(letter)), *inner)


def _prime(pen: Nodes, math: Any, at: Any) -> Any:
    f, (_, order) = math.args
    return _function(pen, f.func.__name__ + "'" * int(order), *at)


LOOKS: dict[type, Callable[..., Any]] = {
    sp.Indexed: lambda pen, _, base, index: pen.row(sp.Symbol(f"{base.name}_{index.name}")),
    Closed: lambda pen, _, a: pen.call("", a),
    Total: lambda pen, _, f: pen.row("sum ", pen.body(f)),
    Integral: lambda pen, _, f: pen.row("int ", pen.body(f), " dx"),
    D: _slope,
    Limit: lambda pen, _, f, a: pen.row(pen.template.limit(pen.row(a, "->", "0")), " ", pen.body(f)),
    Figure: _figure,
    Normal: lambda pen, _, x, mu, sigma: pen.call("N", x, "; ", mu, ", ", sigma),
    Comparison: lambda pen, _, *args: pen.row(*(f" {a} " if j % 2 else a for j, a in enumerate(args))),
    sp.Abs: lambda pen, _, a: pen.template.bars(pen.row(a)),
    sp.log: lambda pen, math, a: pen.row("log ", a) if _bare(math) else pen.call("log", a),
    sp.loggamma: lambda pen, _, a: pen.call("log Gamma", a),
    sp.atan: lambda pen, _, a: pen.call("arctan", a),
    sp.sign: lambda pen, _, a: pen.call("sign", a),
    AppliedUndef: lambda pen, math, *args: _function(pen, math.func.__name__, *args),
    sp.Derivative: lambda pen, math, f, _: _prime(pen, math, f.args),
    sp.Subs: lambda pen, _, math, variables, places: _prime(pen, math, places),
}

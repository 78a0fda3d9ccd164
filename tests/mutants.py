"""Every formula that differs from a given one by a single slip."""

from collections.abc import Iterator
from typing import Any

import sympy as sp

from divlite.derive.notation import D, F, G, Limit, flat, p, q, x, y

OTHER = {p: q, q: p, F: G, G: F}  # what is seen of P and of Q
QUANTILES = {x: y, y: x}  # without a quantile of Q, x is but a place


def mutants(math: Any) -> list[tuple[str, Any]]:
    """(the slip, the formula with it), for every place and every slip that can be made there."""
    other = OTHER | (QUANTILES if math.has(y) else {})
    with sp.evaluate(False):
        points = sp.symbols("i k", integer=True)
        everywhere = math.xreplace({old[j]: new[j] for old, new in other.items() for j in points})
        slips = [*_at_root(math, other), *_below(math, other), ("p and q exchanged everywhere", everywhere)]
    return [
        (slip, mutant) for mutant, slip in {mutant: slip for slip, mutant in slips}.items() if mutant != math
    ]


def _at_root(math: Any, other: dict[Any, Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(math, sp.Eq):
        return
    yield "a sign", flat(-math)
    if isinstance(math, sp.Mul | sp.Add):
        what = "a factor dropped" if isinstance(math, sp.Mul) else "a term dropped"
        for place in range(len(math.args)):
            rest = math.args[:place] + math.args[place + 1 :]
            yield what, math.func(*rest) if len(rest) > 1 else rest[0]
    if isinstance(math, sp.Pow):
        base, exponent = math.args
        with sp.evaluate(True):
            others = exponent + 1, exponent - 1, -exponent
        for changed in others:
            yield "an exponent", sp.Pow(base, changed)
    if isinstance(math, sp.exp | sp.log | sp.sign | sp.Abs):
        yield "a function dropped", math.args[0]
    if isinstance(math, sp.Indexed) and math.base in other:
        yield "p and q exchanged", other[math.base][math.indices[0]]
    if isinstance(math, sp.Rational) and not isinstance(math, sp.core.numbers.NegativeOne):
        yield "a constant", sp.Rational(math.p + math.q, math.q)
    if isinstance(math, D):
        yield "a derivative not taken", math.args[0]


def _below(math: Any, other: dict[Any, Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(math, sp.Indexed | sp.KroneckerDelta):
        return
    # What is differentiated by, and what goes to 0, is not a formula.
    last = 1 if isinstance(math, D | Limit) else len(math.args)
    for place, arg in enumerate(math.args[:last]):
        for slip, mutant in [*_at_root(arg, other), *_below(arg, other)]:
            yield slip, math.func(*math.args[:place], mutant, *math.args[place + 1 :])

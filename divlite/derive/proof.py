"""The proof of a derivation: every line against the line before it, twice.

`symbolic` says whether SymPy shows them equal, `numeric` by how much they differ at random points, to 50
digits; a line is proved if both agree that it follows. What the lines begin with and end in is anchored by
`run` in the formulas that run.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from mpmath import mp

from . import numeric, symbolic
from .notation import Chain, Derivation, Line, line, w, y

# Of the larger side, unless that is smaller than any number at these points that is not 0: at 50 digits,
# what terms that cancel leave right.
LIMIT, SMALLEST = mp.mpf(10) ** -40, mp.mpf(10) ** -6


IMPOSSIBLE = "given: expected equations that densities and weights above 0 can meet"


class Verdict(NamedTuple):
    """symbolic: shown equal. numeric: the largest relative difference at the random points."""

    symbolic: bool
    numeric: Any

    @property
    def holds(self) -> bool:
        return self.symbolic and self.numeric < LIMIT


@lru_cache
def point(place: int) -> numeric.Point:
    """A random point, with five places x_i; the first five have another of them for k each."""
    rng = np.random.default_rng(place)

    def draw(low: float, high: float, size: int | None = None) -> Any:
        numbers = rng.uniform(low, high, size)
        return mp.mpf(float(numbers)) if size is None else [mp.mpf(u) for u in numbers.tolist()]

    scalars = {name: draw(-1, 1) for name in ("mu", "m", "x")}
    scalars |= {name: draw(0.8, 1.3) for name in ("sigma", "s")}
    # Spread so that a line's equations can be met: z^2 and z^4 lie on both sides of their means.
    z = [u + shift for u, shift in zip(draw(-0.2, 0.2, 5), (-2.8, -1.3, -0.2, 0.9, 2.2), strict=True)]
    vectors = {
        "w": draw(0.2, 1, 5),
        "x": [scalars["mu"] + scalars["sigma"] * u for u in z],
        "a": draw(-2, 2, 5),
    }
    at = numeric.Point(scalars, vectors, {"n": 2 * place % 5, "k": place % 5}, {}, {})
    # p lies above q here and below it there, and at the point k in turn: |p - q| has two sides.
    factors = [mp.exp((-1) ** j * u) for j, u in enumerate(draw(0.2, 1.5, 5))]
    p = [at.element("q", j) * factor for j, factor in enumerate(factors)]
    vectors |= {"p": p, "F": draw(0.05, 0.95, 5)}
    return at._replace(vectors=vectors, known={})


def satisfying(at: numeric.Point, given: Sequence[Any]) -> numeric.Point:
    """Near this point, one where the equations hold, with densities and weights still above 0.

    Equations of vectors or symbols put one in the place of the other. Those of sums tilt the weights (the p,
    where there are no weights): w_i exp(lambda . g_i), with g_i what w_i = 1 alone adds to each equation.

    Raises: ValueError where no densities and weights above 0 can meet the equations.
    """
    sums: list[Any] = []
    for equation in given:
        if isinstance(equation.lhs, sp.Indexed):
            of_q, of_p = (str(side.base) for side in (equation.lhs, equation.rhs))
            at = at._replace(vectors={**at.vectors, of_p: [at.element(of_q, n) for n in range(5)]}, known={})
        elif isinstance(equation.lhs, sp.Symbol):
            at = at.placed(equation.lhs, numeric.value(equation.rhs, at))
        else:
            sums.append(equation.lhs - equation.rhs)
    if not sums:
        return at
    name = "w" if any(e.has(w) for e in sums) else "p"
    values = at.vectors[name]

    def adds(numbers: list[Any]) -> list[Any]:
        there = at._replace(vectors={**at.vectors, name: numbers}, known={})
        return [numeric.value(e, there) for e in sums]

    none = adds([mp.zero] * 5)
    if any(none):  # sum p = 1: all of them in proportion
        (offset,), (full,) = none, adds(list(values))
        tilted = [u * -offset / (full - offset) for u in values]
    else:
        g = [adds([mp.mpf(n == place) for n in range(5)]) for place in range(5)]

        def weights(powers: Any) -> list[Any]:
            return [u * mp.exp(mp.fdot(powers, g_n)) for u, g_n in zip(values, g, strict=True)]

        def left(*powers: Any) -> list[Any]:
            return [
                mp.fdot(weights(powers), column) / mp.fsum(weights(powers)) for column in zip(*g, strict=True)
            ]

        try:
            found = mp.findroot(left, [mp.zero] * len(sums), tol=mp.mpf(10) ** (-2 * numeric.DIGITS + 4))
        except (ValueError, ZeroDivisionError):
            raise ValueError(IMPOSSIBLE) from None
        tilted = weights(list(found))
    there = at._replace(vectors={**at.vectors, name: tilted}, known={})
    size = max(abs(u) for u in tilted)
    met = all(abs(numeric.value(e, there)) < LIMIT * size for e in sums)
    if not (met and min(tilted) > 1e-9 * size):
        raise ValueError(IMPOSSIBLE)
    return there


def check(before: Any, step: Line, definitions: Mapping[Any, Any], count: int = 3) -> Verdict:
    """Whether a line follows from the one before."""
    return Verdict(follows(before, step, definitions), error(before, step, definitions, count))


def follows(before: Any, step: Line, definitions: Mapping[Any, Any]) -> bool:
    """The symbolic half."""
    first, second = before, step.math
    if isinstance(second, sp.Eq):
        if not symbolic.nonzero(step.times, definitions):
            return False
        first, second = (before.lhs - before.rhs) * step.times, second.lhs - second.rhs
    return symbolic.follows(first, second, step.given, definitions)


def error(before: Any, step: Line, definitions: Mapping[Any, Any], count: int = 3) -> Any:
    """The numeric half: the largest relative difference at random points, or the first too large."""
    worst = mp.zero
    where = (step.given, tuple(definitions.items()))
    with mp.workdps(numeric.DIGITS):
        for place in range(count):
            if isinstance(step.math, sp.Eq):
                first = _number(step.times, place, *where) * _number(before.lhs - before.rhs, place, *where)
                second = _number(step.math.lhs - step.math.rhs, place, *where)
            else:
                first, second = _number(before, place, *where), _number(step.math, place, *where)
            difference = abs(first - second) / max(abs(first), abs(second), SMALLEST)
            if not difference < LIMIT:  # nor where it is no number
                return difference
            worst = max(worst, difference)
    return worst


@lru_cache(2048)
def _number(math: Any, place: int, given: tuple[Any, ...], items: tuple[tuple[Any, Any], ...]) -> Any:
    return numeric.value(math, _there(place, given, items))


@lru_cache(256)
def _there(place: int, given: tuple[Any, ...], items: tuple[tuple[Any, Any], ...]) -> numeric.Point:
    at = point(place)._replace(definitions=dict(items), known={})
    if y in at.definitions:  # the quantiles of P and those of the standard variable, which do not move
        at = at._replace(vectors={**at.vectors, "z": at.vectors["a"]})
    return satisfying(at, given)


def prove(derivation: Derivation, count: int = 3) -> list[tuple[Chain, Line, Verdict]]:
    """Every line of every chain, with its verdict."""
    result: list[tuple[Chain, Line, Verdict]] = []
    for chain in derivation.chains:
        before = chain.head
        for step in chain.lines:
            result.append((chain, step, check(before, step, derivation.definitions, count)))
            before = step.math
    return result


def anchors(derivation: Derivation, count: int = 3) -> list[tuple[Any, Line, Verdict]]:
    """The last lines against what the code gives for symbols: sensitivity, density, score, gradient.

    That a loss's derivation begins with the formula that runs needs no anchor: L is defined by it.
    """
    return [
        (chain.head, end, check(chain.lines[-1].math, end, derivation.definitions, count))
        for chain in derivation.chains
        if chain.head in derivation.ends
        for end in [line(derivation.ends[chain.head], "as the code has it")]
    ]

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
from .notation import Chain, Derivation, Line, line, q, w, y

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

    Equations of vectors or symbols put one in the place of the other. Those of sums tilt the weights, or the
    p, where there are no weights.

    Raises: ValueError where no densities and weights above 0 can meet the equations.
    """
    sums: list[Any] = []
    for equation in given:
        if isinstance(equation.lhs, sp.Indexed):
            of_q, of_p = (str(side.base) for side in (equation.lhs, equation.rhs))
            at = at.given(of_p, [at.element(of_q, j) for j in range(at.size())])
        elif isinstance(equation.lhs, sp.Symbol):
            at = at.placed(equation.lhs, numeric.value(equation.rhs, at))
        else:
            sums.append(equation.lhs - equation.rhs)
    return _tilted(at, "w" if any(e.has(w) for e in sums) else "p", sums) if sums else at


def _tilted(at: numeric.Point, name: str, zeros: Sequence[Any]) -> numeric.Point:
    """The point with u_i exp(lambda . g_i) for each u_i of a vector, which makes the zeros 0.

    They are linear in it, and g_i is what u_i = 1 alone adds to each of them.
    """
    values, places = at.vectors[name], range(at.size())

    def left(numbers: Sequence[Any]) -> list[Any]:
        there = at.given(name, numbers)
        return [numeric.value(zero, there) for zero in zeros]

    none = left([mp.zero for _ in places])
    g = [[u - v for u, v in zip(left([mp.mpf(j == n) for j in places]), none, strict=True)] for n in places]

    def tilted(powers: Sequence[Any]) -> list[Any]:
        return [u * mp.exp(mp.fdot(powers, g_n)) for u, g_n in zip(values, g, strict=True)]

    def average(*powers: Any) -> list[Any]:
        numbers = tilted(powers)
        return [
            (mp.fdot(numbers, column) + v) / mp.fsum(numbers) for *column, v in zip(*g, none, strict=True)
        ]

    try:
        found = mp.findroot(average, [mp.zero for _ in zeros], tol=mp.mpf(10) ** (-2 * numeric.DIGITS + 4))
    except (ValueError, ZeroDivisionError):
        raise ValueError(IMPOSSIBLE) from None
    numbers = tilted(list(found))
    met = all(abs(zero) < LIMIT * max(numbers) for zero in left(numbers))
    if not (met and min(numbers) > 1e-9 * max(numbers)):
        raise ValueError(IMPOSSIBLE)
    return at.given(name, numbers)


def check(before: Any, step: Line, definitions: Mapping[Any, Any], count: int = 3) -> Verdict:
    """Whether a line follows from the one before."""
    return Verdict(follows(before, step, definitions), error(before, step, definitions, count))


def _needed(definitions: Mapping[Any, Any], before: Any, step: Line) -> tuple[tuple[Any, Any], ...]:
    """What is known of Q, and the definitions of what stands in a line, and of what stands in these.

    Many lines are those of other losses and coordinates too. With the same definitions they are shown once.
    """
    found, left = {name: math for name, math in definitions.items() if name in (q, y)}, dict(definitions)
    todo = [before, step.math, step.times, *step.given, *found.values()]
    while todo:
        math = todo.pop()
        new = {name: meaning for name, meaning in left.items() if name not in found and math.has(name)}
        found |= new
        todo += new.values()
    return tuple((name, math) for name, math in definitions.items() if name in found)


def _sides(before: Any, step: Line) -> tuple[Any, Any, Any]:
    """A factor, what is multiplied by it, and what that is to be equal to."""
    if not isinstance(step.math, sp.Eq):
        return sp.S.One, before, step.math
    return step.times, before.lhs - before.rhs, step.math.lhs - step.math.rhs


def follows(before: Any, step: Line, definitions: Mapping[Any, Any]) -> bool:
    """The symbolic half."""
    return _follows(before, step._replace(why=""), _needed(definitions, before, step))


@lru_cache(4096)
def _follows(before: Any, step: Line, items: tuple[tuple[Any, Any], ...]) -> bool:
    times, first, second = _sides(before, step)
    never_0 = symbolic.nonzero(times, items)
    return never_0 and symbolic.follows(first * times, second, step.given, items)


def error(before: Any, step: Line, definitions: Mapping[Any, Any], count: int = 3) -> Any:
    """The numeric half: the largest relative difference at random points, or the first too large."""
    worst, given, items = mp.zero, step.given, tuple(definitions.items())
    with mp.workdps(numeric.DIGITS):
        for place in range(count):
            times, one, second = (_number(math, place, given, items) for math in _sides(before, step))
            first = times * one
            difference = abs(first - second) / max(abs(first), abs(second), SMALLEST)
            if not difference < LIMIT:  # nor where it is no number
                return difference
            worst = max(worst, difference)
    return worst


@lru_cache(2**14)
def _number(math: Any, place: int, given: tuple[Any, ...], items: tuple[tuple[Any, Any], ...]) -> Any:
    return numeric.value(math, _there(place, given, items))


@lru_cache(64)
def _there(place: int, given: tuple[Any, ...], items: tuple[tuple[Any, Any], ...]) -> numeric.Point:
    at = point(place)._replace(definitions=dict(items), known={})
    if y in at.definitions:  # the quantiles of P and those of the standard variable, which do not move
        at = at.given("z", at.vectors["a"])
    return satisfying(at, given)


def prove(derivation: Derivation, count: int = 3) -> list[tuple[Chain, Line, Verdict]]:
    """Every line of every chain, with its verdict."""
    return [
        (chain, step, check(before, step, derivation.definitions, count))
        for chain in derivation.chains
        for before, step in chain.steps
    ]


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

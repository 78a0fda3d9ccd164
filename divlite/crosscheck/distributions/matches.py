"""A composition: which sum of which readings, with what is done to it, and the factor that was fitted."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..._types import Array
from .cores import OUTER, Core, summed
from .fits import fitted
from .probes import Probes
from .readings import Taken, reading

Way = tuple[str, str, bool]  # what is done to every sum, what to the whole, whether a constant is added


class Pair(NamedTuple):
    """How the target and the fit are read; exchanged: whether the fit is the first argument."""

    p: Taken
    q: Taken
    fit_first: bool = True

    def split(self, first: Array, second: Array) -> tuple[Array, Array]:
        """P's array and Q's."""
        return (second, first) if self.fit_first else (first, second)


class Match(NamedTuple):
    """A composition: factor * sum outer(rows) + offset, or whole(factor * sum rows) + offset.

    p_slips, q_slips: what each argument is misread for.
    weights: one for each distribution, where they are not all alike; fixed: whether it is one for the user's
    own shapes alone.
    error: the largest distance from the function's values, relative to the largest of these.
    """

    pair: Pair
    core: Core
    p_slips: tuple[str, ...]
    q_slips: tuple[str, ...]
    factor: float
    error: float
    outer: str = ""
    whole: str = ""
    offset: float = 0.0
    weights: Any = None
    fixed: bool = False

    @property
    def slips(self) -> int:
        """How many there are, but for what the factor says."""
        return len(self.p_slips) + len(self.q_slips) + bool(self.outer) + bool(self.whole) + bool(self.offset)

    @property
    def counted(self) -> float | None:
        """The sum of the weights, as many as count where these are a mask; None without weights."""
        return None if self.weights is None else float(self.weights.sum())

    def rows(self, first: Array, second: Array) -> Array:
        """A number for every distribution of every probe."""
        p, q = self.pair.split(first, second)
        of_p = reading(p, self.pair.p, self.p_slips)
        of_q = reading(q, self.pair.q, self.q_slips)
        with np.errstate(all="ignore"):
            return OUTER[self.outer](self.core.rows(of_p, of_q, self.pair.q.axis))

    def sums(self, first: Array, second: Array) -> Array:
        """What the factor multiplies, one number for every probe."""
        rows = self.rows(first, second)
        return summed(rows if self.weights is None else rows * self.weights)

    def values(self, first: Array, second: Array) -> Array:
        """What the composition gives, one number for every probe."""
        return self.whole_of(self.factor * self.sums(first, second))

    def whole_of(self, sums: Array) -> Array:
        """What is made of the sums times the factor."""
        with np.errstate(all="ignore"):
            return OUTER[self.whole](sums) + self.offset


def refitted(probes: Probes, match: Match) -> Match:
    """The composition with its factor fitted anew: something in it was changed."""
    column, values = match.sums(probes.first, probes.second), INVERSE[match.whole](probes.values)
    column = np.abs(column) if match.whole == "absolute value" else column
    factor, offset, error = fitted(column, values, bool(match.offset))
    return match._replace(factor=factor, offset=offset, error=error)


class Tried(NamedTuple):
    """Many compositions at once: their errors, and the composition at a place among them."""

    errors: Array
    match: Callable[[int], Match]

    def all_within(self, tolerance: float) -> list[Match]:
        """Those that give the function's values."""
        return [self.match(int(place)) for place in np.flatnonzero(self.errors <= tolerance)]

    def within(self, tolerance: float) -> list[Match]:
        """Those that give the function's values, with the least number of slips."""
        found = self.all_within(tolerance)
        least = min((match.slips for match in found), default=0)
        return [match for match in found if match.slips == least]


def _as_it_is(values: Array) -> Array:
    return values


def _root(values: Array) -> Array:
    return np.sqrt(np.abs(values))


INVERSE: dict[str, Callable[[Array], Array]] = {
    "": _as_it_is,
    "square root": np.square,
    "absolute value": np.abs,
    "square": _root,
}

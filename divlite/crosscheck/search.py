"""Which sum of which readings the function is: every composition is tried, those with fewer slips first."""

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from .._types import Array
from .cores import CORES, OUTER, Core, summed
from .probes import Probes
from .readings import Reading, Taken, reading, readings

EXACT = 1e-9
MOST_SLIPS = 3


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
        return OUTER[self.whole](self.factor * self.sums(first, second)) + self.offset


class Fitted(NamedTuple):
    """values ~ factor * column + offset."""

    factor: float
    offset: float
    error: float


def fitted(column: Array, values: Array, free: bool = False) -> Fitted:
    """The least-squares fit of the values by a multiple of the column; free: with a constant beside it."""
    with np.errstate(all="ignore"):
        if not np.isfinite(column).all():
            return Fitted(np.nan, 0.0, np.inf)
        mean, middle = (column.mean(), values.mean()) if free else (0.0, 0.0)
        spread = column - mean
        size = float(spread @ spread)
        if size <= 1e-24 * float(column @ column):
            return Fitted(np.nan, 0.0, np.inf)
        factor = float(spread @ (values - middle)) / size
        offset = float(middle - factor * mean) if free else 0.0
        error = np.abs(factor * column + offset - values).max() / np.abs(values).max()
        return Fitted(factor, offset, float(error))


def read(probes: Probes, pair: Pair) -> tuple[list[Reading], list[Reading]]:
    """The readings of the target and of the fit."""
    p, q = pair.split(probes.first, probes.second)
    return readings(p, pair.p), readings(q, pair.q)


def search(
    probes: Probes, pair: Pair, tolerance: float = EXACT, most: int = MOST_SLIPS, least: int = 0
) -> list[Match]:
    """The compositions that give the function's values, all those with the least number of slips."""
    read_p, read_q = read(probes, pair)
    ordered = sorted(itertools.product(read_p, read_q), key=lambda two: len(two[0].slips) + len(two[1].slips))
    for level in range(least, most + 1):
        found = [
            match
            for p, q in ordered
            if len(p.slips) + len(q.slips) <= level
            for match in _at(probes, pair, p, q, level, tolerance)
        ]
        if found:
            return found
    return []


def _at(probes: Probes, pair: Pair, p: Reading, q: Reading, level: int, tolerance: float) -> Iterator[Match]:
    """The matches of two readings with as many slips in all."""
    left = level - len(p.slips) - len(q.slips)
    if left > 1:
        return
    with np.errstate(all="ignore"):
        for core in CORES:
            rows = core.rows(p, q, pair.q.axis)
            for outer, whole, free in (("", "", False),) if left == 0 else OTHERWISE:
                column = summed(OUTER[outer](rows))
                values = INVERSE[whole](probes.values)
                factor, offset, error = fitted(
                    np.abs(column) if whole == "absolute value" else column, values, free
                )
                if error <= tolerance:
                    yield Match(pair, core, p.slips, q.slips, factor, error, outer, whole, offset)


# What may be done besides a factor: to every distribution's sum, to the whole, and a constant added.
OTHERWISE = (
    *((outer, "", False) for outer in OUTER if outer),
    *(("", whole, False) for whole in ("square root", "absolute value", "square")),
    ("", "", True),
)
INVERSE = {
    "": lambda v: v,
    "square root": np.square,
    "absolute value": np.abs,
    "square": lambda v: np.sqrt(np.abs(v)),
}

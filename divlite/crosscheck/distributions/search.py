"""Which sum of which readings the function is: every composition is tried, those with fewer slips first."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from ..._types import Array
from .cores import BY_NAME, CORES, OUTER, Core, summed
from .fits import fitted
from .probes import Probes
from .readings import Reading, Taken, every, reading, readings

MOST_SLIPS = 3


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
        return OUTER[self.whole](self.factor * self.sums(first, second)) + self.offset


def refitted(probes: Probes, match: Match) -> Match:
    """The composition with its factor fitted anew: something in it was changed."""
    column, values = match.sums(probes.first, probes.second), INVERSE[match.whole](probes.values)
    column = np.abs(column) if match.whole == "absolute value" else column
    factor, offset, error = fitted(column, values, bool(match.offset))
    return match._replace(factor=factor, offset=offset, error=error)


def read(probes: Probes, pair: Pair) -> tuple[list[Reading], list[Reading]]:
    """The readings of the target and of the fit."""
    p, q = pair.split(probes.first, probes.second)
    return readings(p, pair.p), readings(q, pair.q)


def search(probes: Probes, pair: Pair, most: int = MOST_SLIPS, least: int = 0) -> list[Match]:
    """The compositions that give the function's values, all those with the least number of slips."""
    read_p, read_q = read(probes, pair)
    ordered = sorted(itertools.product(read_p, read_q), key=lambda two: len(two[0].slips) + len(two[1].slips))
    for level in range(least, most + 1):
        found = [
            match
            for p, q in ordered
            if len(p.slips) + len(q.slips) <= level
            for match in _at(probes, pair, p, q, level)
        ]
        if found:
            return found
    return []


class Tried(NamedTuple):
    """Many compositions at once: their errors, and the composition at a place among them."""

    errors: Array
    match: Callable[[int], Match]

    def within(self, tolerance: float) -> list[Match]:
        """Those that give the function's values, with the least number of slips."""
        found = [self.match(int(place)) for place in np.flatnonzero(self.errors <= tolerance)]
        least = min((match.slips for match in found), default=0)
        return [match for match in found if match.slips == least]


def bilinear(probes: Probes, pair: Pair) -> Tried:
    """The sums that are linear in what each side has, of all pairs of readings."""
    at_p, at_q = pair.split(probes.first, probes.second)
    read_p, read_q = every(at_p, pair.p), every(at_q, pair.q)
    with np.errstate(all="ignore"):
        full = np.broadcast_shapes(at_p.shape, at_q.shape)
        p, q = (_flat(found, full) for found in (read_p, read_q))
        own_p, own_q = (np.einsum("rnx,rnx->rn", side.weight, side.own) for side in (p, q))
        cross = np.einsum("inx,jnx->ijn", p.weight, q.log)
        back = np.einsum("inx,jnx->ijn", p.log, q.weight)
        forward, reverse = own_p[:, None] - cross, own_q[None, :] - back
        sums = np.stack([forward, reverse, forward + reverse, -cross, -back])
        factors, errors = _factors(sums, probes.values)

    def match(place: int) -> Match:
        at = np.unravel_index(place, errors.shape)
        index, i, j = (int(index) for index in at)
        core, p_slips, q_slips = _plainly(BILINEAR[index], read_p[i].slips, read_q[j].slips)
        return Match(pair, core, p_slips, q_slips, float(factors[at]), float(errors[at]))

    return Tried(errors.ravel(), match)


def _plainly(core: Core, *slips: tuple[str, ...]) -> tuple[Core, tuple[str, ...], tuple[str, ...]]:
    """Jeffreys' sum with logarithms for both weights, (a - b) (a - b), is the square that it looks like."""
    p, q = slips
    if core.name != "jeffreys" or LOGS not in p or LOGS not in q:
        return core, p, q
    square = BY_NAME["mse of logs"]
    return square, tuple(slip for slip in p if slip != LOGS), tuple(slip for slip in q if slip != LOGS)


LOGS = "logs as weights"
BILINEAR = tuple(
    BY_NAME[name] for name in ("forward-kl", "reverse-kl", "jeffreys", "cross-entropy", "cross-entropy of q")
)


def _flat(found: list[Reading], shape: tuple[int, ...]) -> Reading:
    """All readings in one, (reading, probe, entry)."""
    weight, own, log = (
        np.stack([np.broadcast_to(one[place], shape).reshape(shape[0], -1) for one in found])
        for place in (1, 2, 3)
    )
    return Reading((), weight, own, log)


def _factors(columns: Array, values: Array) -> tuple[Array, Array]:
    """The factor of every column, and its error; infinite for one that is not finite."""
    size = np.einsum("cijn,cijn->cij", columns, columns)
    factor = np.einsum("cijn,n->cij", columns, values) / size
    error = np.abs(factor[..., None] * columns - values).max(axis=-1) / np.abs(values).max()
    return factor, np.where(np.isfinite(error), error, np.inf)


def _at(probes: Probes, pair: Pair, p: Reading, q: Reading, level: int) -> Iterator[Match]:
    """The matches of two readings with as many slips in all."""
    left = level - len(p.slips) - len(q.slips)
    if left < 2:
        found = done(probes, pair, p, q, CORES, OTHERWISE if left else PLAIN)
        yield from (match for match in found if match.error <= probes.tolerance)


def done(
    probes: Probes, pair: Pair, p: Reading, q: Reading, cores: Iterable[Core], ways: Iterable[Way]
) -> Iterator[Match]:
    """The sums of two readings, with what may be done to them, each with its fitted factor."""
    for core in cores:
        with np.errstate(all="ignore"):
            rows = core.rows(p, q, pair.q.axis)
            for outer, whole, free in ways:
                column, values = summed(OUTER[outer](rows)), INVERSE[whole](probes.values)
                column = np.abs(column) if whole == "absolute value" else column
                factor, offset, error = fitted(column, values, free)
                yield Match(pair, core, p.slips, q.slips, factor, error, outer, whole, offset)


# What may be done besides a factor: to every distribution's sum, to the whole, and a constant added.
PLAIN: tuple[Way, ...] = (("", "", False),)
OTHERWISE: tuple[Way, ...] = (
    *((outer, "", False) for outer in OUTER if outer),
    *(("", whole, False) for whole in ("square root", "absolute value", "square")),
    ("", "", True),
)


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

"""Which sum of which readings the function is: every composition is tried, those with fewer slips first."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from math import prod
from typing import NamedTuple

import numpy as np

from ..._types import Array
from .cores import BY_NAME, CORES, OUTER, Core, totals
from .fits import AllFitted, all_fitted
from .matches import INVERSE, Match, Pair, Tried, Way
from .probes import Probes
from .readings import Reading, Taken, every, readings

MOST_SLIPS = 3
FEW = 4_000  # entries of a side, up to which many temperatures and epsilons are tried at once


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


class Side(NamedTuple):
    """All readings of one argument: the slips of each, the readings in one, the sums of weight * own."""

    slips: list[tuple[str, ...]]
    flat: Reading
    own: Array


def sides(probes: Probes, pair: Pair) -> tuple[Callable[[Taken], Side], Callable[[Taken], Side]]:
    """The target and the fit, taken in one way or another; each way is worked out once, of few entries."""
    p, q = pair.split(probes.first, probes.second)
    shape = np.broadcast_shapes(p.shape, q.shape)
    once = lru_cache(None if prod(shape) <= FEW else 2)
    return once(partial(_side, p, shape)), once(partial(_side, q, shape))


@np.errstate(all="ignore")
def _side(a: Array, shape: tuple[int, ...], taken: Taken) -> Side:
    found = every(a, taken)
    whole = flat(found, shape)
    return Side([one.slips for one in found], whole, np.einsum("rnx,rnx->rn", whole.weight, whole.own))


def bilinear(probes: Probes, pair: Pair) -> Tried:
    """The sums that are linear in what each side has, of all pairs of readings."""
    of_p, of_q = sides(probes, pair)
    return of_sides(probes, pair, of_p(pair.p), of_q(pair.q))


def of_sides(probes: Probes, pair: Pair, of_p: Side, of_q: Side) -> Tried:
    """The same, of the readings of both sides."""
    p, q = of_p.flat, of_q.flat
    with np.errstate(all="ignore"):
        cross = np.einsum("inx,jnx->ijn", p.weight, q.log)
        back = np.einsum("inx,jnx->ijn", p.log, q.weight)
        forward, reverse = of_p.own[:, None] - cross, of_q.own[None, :] - back
        sums = np.stack([forward, reverse, forward + reverse, -cross, -back])
        factors, errors = _factors(sums, probes.values)

    p_names, q_names = of_p.slips, of_q.slips  # a match that is kept must not keep the readings too

    def match(place: int) -> Match:
        at = np.unravel_index(place, errors.shape)
        index, i, j = (int(index) for index in at)
        core, p_slips, q_slips = _plainly(BILINEAR[index], p_names[i], q_names[j])
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


def flat(found: list[Reading], shape: tuple[int, ...]) -> Reading:
    """All readings in one, (reading, probe, entry)."""
    whole = np.empty((3, len(found), *shape))
    for place, one in enumerate(found):
        whole[0, place], whole[1, place], whole[2, place] = one[1:]
    weight, own, log = whole.reshape(3, len(found), shape[0], -1)
    return Reading((), weight, own, log)


def _factors(columns: Array, values: Array) -> tuple[Array, Array]:
    """The factor of every column, and its error; infinite for one that is not finite."""
    size = np.einsum("cijn,cijn->cij", columns, columns)
    factor = np.einsum("cijn,n->cij", columns, values) / size
    error = np.abs(factor[..., None] * columns - values).max(axis=-1) / np.abs(values).max()
    return factor, np.where(np.isfinite(error), error, np.inf)


def _at(probes: Probes, pair: Pair, p: Reading, q: Reading, level: int) -> list[Match]:
    """The matches of two readings with as many slips in all."""
    left = level - len(p.slips) - len(q.slips)
    if left > 1:
        return []
    return done(probes, pair, p, q, CORES, OTHERWISE if left else PLAIN).all_within(probes.tolerance)


def done(
    probes: Probes, pair: Pair, p: Reading, q: Reading, cores: Iterable[Core], ways: tuple[Way, ...]
) -> Tried:
    """The sums of two readings, with what may be done to them, each with its fitted factor."""
    (tried,) = all_done(probes, [Read(pair, p, q)], tuple(cores), ways)
    return tried


class Read(NamedTuple):
    """A pair, and one reading of each of its sides."""

    pair: Pair
    p: Reading
    q: Reading


def all_done(
    probes: Probes, found: Sequence[Read], cores: tuple[Core, ...], ways: tuple[Way, ...]
) -> list[Tried]:
    """What `done` gives, for each of many pairs of readings at once; their axes are alike."""
    p, q = (
        Reading((), *(np.stack(arrays) for arrays in zip(*(one[1:] for one in side), strict=True)))
        for side in ([of.p for of in found], [of.q for of in found])
    )
    with np.errstate(all="ignore"):
        rows = np.stack([core.rows(p, q, found[0].pair.q.axis) for core in cores], axis=1)
        columns = {outer: totals(OUTER[outer](rows)) for outer in {way[0] for way in ways}}
        fits = [_fitted(columns[outer], probes.values, whole, free) for outer, whole, free in ways]
    errors = np.stack([fit.error for fit in fits], axis=-1)

    def match(n: int, place: int) -> Match:
        at, way = divmod(place, len(ways))
        factor, offset, error = (float(one[n, at]) for one in fits[way])
        (outer, whole, _), (pair, p, q) = ways[way], found[n]
        return Match(pair, cores[at], p.slips, q.slips, factor, error, outer, whole, offset)

    return [Tried(errors[n].ravel(), partial(match, n)) for n in range(len(found))]


def _fitted(columns: Array, values: Array, whole: str, free: bool) -> AllFitted:
    """With what is done to the whole undone."""
    signed = np.abs(columns) if whole == "absolute value" else columns
    return all_fitted(signed, INVERSE[whole](values), free)


# What may be done besides a factor: to every distribution's sum, to the whole, and a constant added.
PLAIN: tuple[Way, ...] = (("", "", False),)
OTHERWISE: tuple[Way, ...] = (
    *((outer, "", False) for outer in OUTER if outer),
    *(("", whole, False) for whole in ("square root", "absolute value", "square")),
    ("", "", True),
)

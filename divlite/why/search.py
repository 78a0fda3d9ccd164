"""Which conventions give the number: every term over every divisor, with every factor."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .._types import Array
from . import slips
from .given import FLOAT32, ROUNDING, Given
from .scales import Divisor, Factor, divisors, factors
from .sides import Sides, all_terms
from .terms import Term

EXACT = 1e-10  # nearer than any float32: where one convention is, those that only come near are no match
CANCELLED = 1e-4  # of a value: the most that may be said to have been lost to cancellation
ZERO = 1e-5  # a value up to which it may be a 0 that float32 has rounded
LEAST = 1e-37  # below it a float32 has no digits
WINDOW = 50  # times the tolerance: how many conventions lie that near says how many agree by chance
USUAL = 2  # deviations: those with fewer are always looked at, and counted


class Match(NamedTuple):
    """A convention that gives the number: its value, its slips, and what it was made of."""

    value: float
    slips: frozenset[slips.Slip]
    term: Term
    divisor: Divisor
    factor: Factor
    sides: Sides


class Search(NamedTuple):
    """matches: the fewest deviations first; tried: conventions with at most as many as the first one has;
    chance: how many of those would be expected to give the number by chance; near: the nearest of few."""

    matches: tuple[Match, ...]
    tried: int
    chance: float
    near: Match | None


class Scored(NamedTuple):
    """Every convention of one pair of sides: values, tolerances and deviations, terms x scales.

    sizes: of the terms, of which their rounding is a share.
    """

    sides: Sides
    terms: list[Term]
    scales: list[tuple[Divisor, Factor]]
    values: Array
    sizes: Array
    tolerances: Array
    costs: Array


@np.errstate(all="ignore")
def scored(pair: Sides, given: Given) -> Scored:
    found = all_terms(pair)
    shape = pair.input.values.shape
    every = divisors(shape, pair.input.axis, shape[0])
    scales = [(d, f) for d in every for f in factors(pair.input.temperature, shape[pair.input.axis])]
    by = np.array([f.by / d.by for d, f in scales])
    values = np.array([term.value for term in found])[:, None] * by
    sizes = np.array([term.size for term in found])[:, None] * by
    costs = np.array([slips.cost(term.slips) for term in found])[:, None] + np.array(
        [slips.cost(d.slips | f.slips) for d, f in scales]
    )
    apart = np.logical_and.outer([term.root for term in found], [d.by != 1 for d, _ in scales])
    costs = np.where(apart, pair.most + 1, costs)
    return Scored(pair, found, scales, values, sizes, _tolerances(values, sizes, given), costs)


def _tolerances(values: Array, sizes: Array, given: Given) -> Array:
    """Half a unit of the last digit, or what a float32 can have lost: all its digits only where all is 0."""
    lost = ROUNDING * sizes + LEAST
    zero = (np.abs(values) <= lost) & (abs(given.value) <= ZERO)
    least = max(given.half, FLOAT32 * abs(given.value))
    most = max(least, CANCELLED * abs(given.value)) if given.short else least
    return np.where(zero, lost, np.clip(lost, least, most))


def search(pairs: Sequence[Sides], given: Given) -> Search:
    """Compare every convention with the number. pairs: one for each likely event axis."""
    tables = [scored(pair, given) for pair in pairs]
    return counted(found(tables, given), tables, given)


def found(tables: Sequence[Scored], given: Given) -> list[Match]:
    """The conventions that give the number, the fewest deviations first."""
    return _undominated(sorted(_exact(given, _matches(tables, given)), key=_cost))


def counted(matches: Sequence[Match], tables: Sequence[Scored], given: Given) -> Search:
    """The matches, with how many conventions were tried, and how many would agree by chance."""
    most = max(_cost(matches[0]), USUAL) if matches else max(table.sides.most for table in tables)
    tried = sum(int((table.costs <= most).sum()) for table in tables)
    near = None if matches else nearest(tables, given)
    return Search(tuple(matches), tried, _chance(tables, given, most), near)


def _cost(match: Match) -> int:
    return slips.cost(match.slips)


def _matches(tables: Sequence[Scored], given: Given) -> Iterator[Match]:
    for table in tables:
        hits = (np.abs(table.values - given.value) <= table.tolerances) & (table.costs <= table.sides.most)
        for i, j in np.argwhere(hits):
            yield _match(table, i, j)


def _match(table: Scored, i: int, j: int) -> Match:
    term, (divisor, factor) = table.terms[i], table.scales[j]
    return Match(
        float(table.values[i, j]),
        term.slips | divisor.slips | factor.slips,
        term,
        divisor,
        factor,
        table.sides,
    )


def _exact(given: Given, matches: Iterator[Match]) -> list[Match]:
    """Those that come nearest: to the digits of a float64, or else of a float32, or else all."""
    found = list(matches)
    if given.value == 0:
        return found
    for share in (EXACT, FLOAT32):
        near = [m for m in found if abs(m.value - given.value) <= share * abs(given.value)]
        if near and given.half <= share * abs(given.value):
            return near
    return found


def _undominated(matches: Sequence[Match]) -> list[Match]:
    """Without those that are an earlier one with more slips, or the same spelled twice."""
    kept: list[Match] = []
    for match in matches:
        if not any(_covers(other, match) for other in kept):
            kept.append(match)
    return kept


def _covers(one: Match, other: Match) -> bool:
    mine, theirs = ({slip.name for slip in match.slips} for match in (one, other))
    if one.term.noun != other.term.noun or not mine <= theirs:
        return False
    same = math.isclose(one.value, other.value, rel_tol=1e-12) or _families(one) == _families(other)
    return mine < theirs or same


def _families(match: Match) -> list[str]:
    return [slot.base.family for slot in match.term.slots]


def _chance(tables: Sequence[Scored], given: Given, most: int) -> float:
    near = [
        table.values[
            (np.abs(table.values - given.value) <= WINDOW * table.tolerances) & (table.costs <= most)
        ]
        for table in tables
    ]
    distinct = np.unique(np.concatenate([_rounded(values, given) for values in near])).size if near else 0
    return max(distinct - 1, 0) / WINDOW


def _rounded(values: Array, given: Given) -> Array:
    """So that one number in two roundings is one."""
    single = values.dtype == np.float32 and given.value != 0
    return np.round(values / given.value, 5) if single else np.round(values, 12)


def nearest(tables: Sequence[Scored], given: Given) -> Match | None:
    """The nearest of the conventions with few deviations, if it is within one part in a hundred."""
    best: Match | None = None
    for table in tables:
        gaps = np.where(table.costs <= 1, np.abs(table.values - given.value), np.inf)
        if gaps.size and np.isfinite(least := gaps.min()) and least <= 0.01 * abs(given.value):
            i, j = np.unravel_index(int(np.argmin(gaps)), gaps.shape)
            match = _match(table, int(i), int(j))
            if best is None or abs(match.value - given.value) < abs(best.value - given.value):
                best = match
    return best

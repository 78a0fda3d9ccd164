"""A number inside a function that is no factor, such as a temperature: found on a line.

The fit of the factor is inside: first at the values that people write, then by a search between them.
"""

from collections.abc import Callable
from functools import cache, partial
from math import prod
from typing import NamedTuple

import numpy as np

from ..._types import Array
from .cores import CORES
from .matches import Match, Pair, Tried, refitted
from .probes import EXACT, Probes
from .readings import right
from .search import FEW, OTHERWISE, PLAIN, Read, all_done, of_sides, sides

GOLDEN = 0.5 * (np.sqrt(5.0) - 1.0)
ROUNDS = 45
TRIAL, LESS = 12, 0.05  # rounds after which the error is this much less, if it tends to 0 at all
NEAR = 0.3  # an error above which a search between the usual values is not worth its time
NEAREST = 40  # compositions among which many are the same sum
BEST = 4  # those for which that search is made

TEMPERATURES = (
    *(0.05, 0.07, 0.1, 0.2, 0.25, 0.5, 0.7, 0.8, 1.5, 2.0, 2.5),
    *(3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 30.0),
)
USUAL_TEMPERATURES = (2.0, 3.0, 4.0, 5.0, 10.0)  # those that are tried together with other slips
SIDES = ("both", "q", "p")
SMOOTHINGS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3)


class Line(NamedTuple):
    """A number to be found. usual: the values that people write, rising.

    at: the compositions for a value, always as many and in the same order; one: the one at that place for
    another value, None where the number is tried at the usual values only.
    """

    usual: tuple[float, ...]
    at: Callable[[float], Tried]
    one: Callable[[float, int], Match] | None = None
    tolerance: float = EXACT


def usual(line: Line) -> list[Match]:
    """The compositions that are the function with one of the usual values of the number."""
    return [match for value in line.usual for match in line.at(value).within(line.tolerance)]


def between(line: Line) -> list[Match]:
    """Those that are with a value between them."""
    if line.one is None:
        return []
    tried = [line.at(value) for value in line.usual]
    errors = np.stack([one.errors for one in tried])
    places = _best(errors, tried[0])
    found = [
        _between(partial(_at, line.one, place), line, int(np.argmin(errors[:, place]))) for place in places
    ]
    return [match for match in found if match.error <= line.tolerance]


def _best(errors: Array, tried: Tried) -> list[int]:
    """The compositions that come nearest; of those that are the same sum, the one with the fewest slips."""
    least = np.min(errors, axis=0)
    near = sorted(int(place) for place in np.argsort(least)[:NEAREST] if least[place] < NEAR)
    kept: list[int] = []
    for place in sorted(near, key=lambda place: tried.match(place).slips):
        same = np.isclose(errors[:, [place]], errors[:, kept], rtol=1e-6).all(axis=0)
        if not same.any():
            kept.append(place)
    return sorted(kept, key=lambda place: float(least[place]))[:BEST]


def _at(one: Callable[[float, int], Match], place: int, value: float) -> Match:
    return one(value, place)


def _between(at: Callable[[float], Match], line: Line, best: int) -> Match:
    """The best match between the neighbours of the best of the usual values; with few digits if that does."""
    value = _golden(lambda number: at(number).error, *_around(line.usual, best))
    short = (at(float(f"{value:.{digits}g}")) for digits in (1, 2, 3, 4, 6))
    return next((match for match in short if match.error <= line.tolerance), at(value))


def _around(usual: tuple[float, ...], best: int) -> tuple[float, float]:
    """The neighbours of a usual value."""
    first, last, ahead = usual[0], usual[-1], usual[best + 1 :]
    low = usual[best - 1] if best else 0.25 * first
    return low, ahead[0] if ahead else (4.0 * last if last >= 1.0 else 0.5 * (1.0 + last))


def written(line: Line) -> list[Match]:
    """Those that are with the value of two digits to which all of them come nearest.

    For many compositions that hardly differ, of which the nearest says nothing.
    """

    def least(value: float) -> float:
        return float(line.at(value).errors.min())

    best = int(np.argmin([least(value) for value in line.usual]))
    value = float(f"{_golden(least, *_around(line.usual, best)):.2g}")
    return line.at(value).within(line.tolerance)


def _golden(error: Callable[[float], float], low: float, high: float) -> float:
    """Where the error is least between two values, by golden sections; given up where it stays."""
    a, b = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_a, at_b = error(a), error(b)
    first = max(at_a, at_b)
    for n in range(ROUNDS):
        if at_a < at_b:
            high, b, at_b = b, a, at_a
            a = high - GOLDEN * (high - low)
            at_a = error(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + GOLDEN * (high - low)
            at_b = error(b)
        if n == TRIAL and min(at_a, at_b) > LESS * first:
            break
    return a if at_a < at_b else b


def tempered(pair: Pair, side: str, temperature: float) -> Pair:
    """The pair with a temperature on "both" sides, or on that of "p" or "q"."""
    p, q = (
        getattr(pair, name)._replace(temperature=temperature)
        if side in (name, "both")
        else getattr(pair, name)
        for name in "pq"
    )
    return pair._replace(p=p, q=q)


def temperatures(probes: Probes, pair: Pair) -> list[Line]:
    """Logits divided by a temperature, on both sides or on one."""
    p, q = pair.split(probes.first, probes.second)
    of_p, of_q = sides(probes, pair)

    @cache
    def linear(side: str, temperature: float) -> Tried:
        warm = tempered(pair, side, temperature)
        return of_sides(probes, warm, of_p(warm.p), of_q(warm.q))

    together = len(TEMPERATURES) if prod(np.broadcast_shapes(p.shape, q.shape)) <= FEW else 1

    @cache
    def others(side: str, start: int) -> list[Tried]:
        pairs = [tempered(pair, side, t) for t in TEMPERATURES[start : start + together]]
        found = [Read(warm, right(p, warm.p), right(q, warm.q)) for warm in pairs]
        return all_done(probes, found, CORES, (*PLAIN, *OTHERWISE))

    def other(side: str, temperature: float) -> Tried:
        block, place = divmod(TEMPERATURES.index(temperature), together)
        return others(side, block * together)[place]

    def one(side: str, temperature: float, place: int) -> Match:
        match = linear(side, TEMPERATURES[0]).match(place)
        return refitted(probes, match._replace(pair=tempered(pair, side, temperature)))

    return [
        *(Line(TEMPERATURES, partial(other, side), None, probes.tolerance) for side in SIDES),
        *(Line(TEMPERATURES, partial(linear, side), partial(one, side), probes.tolerance) for side in SIDES),
    ]


def smoothings(probes: Probes, pair: Pair) -> Line:
    """A smoothed target: (1 - a) p + a/n."""

    of_p, of_q = sides(probes, pair)

    def smooth(share: float) -> Pair:
        return pair._replace(p=pair.p._replace(smoothing=share))

    @cache
    def at(share: float) -> Tried:
        smoothed = smooth(share)
        return of_sides(probes, smoothed, of_p(smoothed.p), of_q(smoothed.q))

    def one(share: float, place: int) -> Match:
        return refitted(probes, at(SMOOTHINGS[0]).match(place)._replace(pair=smooth(share)))

    return Line(SMOOTHINGS, at, one, probes.tolerance)

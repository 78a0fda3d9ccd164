"""Where a loss with kinks is lowest, and why no direction leads down from there.

A minimum is where 0 is among the gradients: see `gradients`. In the plane of mu and sigma two kinks meet in a
corner; more than two do where P and the grid are symmetric. If 0 is inside the set, the loss rises from there
in every direction, as fast as one moves away. One kink alone is a curve, and the lowest point along it is
smooth.

A kink has a number: i for P and Q equal at the point i, n + i for the peak of log q at it.
"""

import math
from itertools import combinations
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from .._types import Array
from ..backend import Evaluate
from ..chain import apart, seen
from ..families.location_scale import place
from ..setting import Setting
from .gradients import slopes, steepest
from .kinks import Kinks
from .newton import EPS, ROUNDING

BESIDE = 3  # kinks on each side of a crossing that are tried
FAR = 0.5  # the furthest that one slide goes, or a corner may be, in units of sigma
CLOSE = 1e-10  # of a kink, in units of sigma: on it
MET = 1e-9  # the same of a place that was found on another kink
MANY = 40  # kinks of which all pairs are tried; where Q is P, all points are one
ROUNDS = 60
NIL = 64.0 * EPS  # of a slope, against the sum of its |terms|: it is 0


class Lowest(NamedTuple):
    """The loss at (mu, sigma), and the kinks that meet there."""

    value: float
    mu: float
    sigma: float
    kinks: tuple[int, ...]


def lowest(
    setting: Setting, kinks: Kinks, evaluate: Evaluate, mu: float, sigma: float, terms: float
) -> Lowest:
    """The lowest point near a place at which the loss may have kinks; terms: the |terms| of its gradient.

    From the lowest corner near, one slides down along a kink, leaves a kink that does not hold, or goes
    straight down where there is none, until 0 is among the slopes.
    """
    near = np.array(kinks_near(setting, kinks, mu, sigma), dtype=int)
    at = Lowest(evaluate(mu, sigma)[0], mu, sigma, tuple(_met(setting, near, mu, sigma)))
    at = min(_corners(setting, evaluate, near, at), default=at)
    for _ in range(ROUNDS):
        way = _way_down(setting, at, NIL * terms)
        if way is None:
            return at
        held, direction = way
        below = _slid(setting, kinks, evaluate, at, held, direction)
        if below is None or not below.value <= at.value + ROUNDING * abs(at.value):
            return at
        at = below
    return at


def _way_down(setting: Setting, at: Lowest, nil: float) -> tuple[tuple[int, ...], Array] | None:
    """The kink to slide along, if any, and the direction; None where 0 is among the slopes.

    Steepest descent goes against the shortest of the gradients. A kink whose t is between its ends there is
    at right angles to it: that one is slid along.
    """
    g, halves, valley = slopes(setting, at.mu, at.sigma, at.kinks)
    g, free = steepest(g, halves, valley)
    if np.hypot(*g) <= max(nil, NIL * float(np.abs(halves).max(initial=0.0))):
        return None
    if free is None:
        return (), -g / np.hypot(*g)
    return (at.kinks[free],), _downhill(setting, at, at.kinks[free], g)


def _downhill(setting: Setting, at: Lowest, kink: int, g: Array) -> Array:
    """The direction along a kink in which the loss falls."""
    along = _along(setting, kink, at.mu, at.sigma)
    return -along if g @ along > 0.0 else along


def _along(setting: Setting, kink: int, mu: float, sigma: float) -> Array:
    _, a, b = gap(setting, np.array(kink), np.array(mu), np.array(sigma))
    return np.array([-b, a]) / np.hypot(a, b)


def _slid(
    setting: Setting,
    kinks: Kinks,
    evaluate: Evaluate,
    at: Lowest,
    held: tuple[int, ...],
    direction: Array,
) -> Lowest | None:
    """Where the loss stops falling in a direction, or along the kink that is held in that direction."""

    def place_at(by: float) -> tuple[float, float] | None:
        moved = at.mu + at.sigma * by * direction[0], at.sigma * math.exp(by * direction[1])
        return _onto(setting, held[0], *moved) if held else moved

    def falls(by: float) -> bool | None:
        there = place_at(by)
        if there is None:
            return None
        g, *_ = slopes(setting, *there, held)
        along = _along(setting, held[0], *there) if held else direction
        return bool((g @ along) * np.sign(along @ direction) < 0.0)

    low, high = 0.0, FAR
    while high > 1e-3 and falls(high) is None:
        high *= 0.5
    if not falls(high):
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if falls(middle) else (low, middle)
    there = place_at(high)
    if there is None:
        return None
    near = np.array(kinks_near(setting, kinks, *there), dtype=int)
    on = np.array(sorted({*held, *_met(setting, near, *there)}), dtype=int)
    here = Lowest(evaluate(*there)[0], *there, tuple(on.tolist()))
    return min(_corners(setting, evaluate, on, here), default=here)


def kinks_near(setting: Setting, kinks: Kinks, mu: float, sigma: float) -> list[int]:
    """The numbers of the kinks next to the places where P and Q cross or are equal, and to the peak of Q."""
    x = setting.table[0]
    near: set[int] = set()
    if kinks.loss:
        every = np.arange(x.size)
        r, *_ = gap(setting, every, np.array(mu), np.array(sigma))
        above = r > 0.0
        crossed = np.flatnonzero(above[1:] != above[:-1])
        near |= {i for k in crossed.tolist() for i in range(k - BESIDE + 1, k + BESIDE + 1)}
        near |= {*_met(setting, every, mu, sigma)}
    if kinks.peak:
        k = int(np.searchsorted(x, mu)) + x.size
        near |= set(range(max(k - BESIDE, x.size), k + BESIDE))
    last = x.size * (2 if kinks.peak else 1)
    return sorted(i for i in near if 0 <= i < last)


def _met(setting: Setting, near: NDArray[np.int64], mu: float, sigma: float) -> list[int]:
    """Those of the kinks that meet at a place: more than two, where P and the grid are symmetric."""
    r, a, b = gap(setting, near, np.array(mu), np.array(sigma))
    return near[np.abs(r) < MET * np.hypot(a, b)].tolist()


def gap(setting: Setting, kink: NDArray[np.int64], mu: Any, sigma: Any) -> tuple[Any, Any, Any]:
    """How far (mu, sigma) are from a kink, and its derivatives by mu and log sigma, in units of sigma."""
    x, a, b, _ = setting.table
    i = kink % x.size
    at = place(setting.family, mu, sigma)
    c, d, by_mu, by_sigma = seen(setting.view, setting.family, at, x[i])
    peak = kink >= x.size
    r = cast(Any, np.where(peak, (x[i] - mu) / sigma, apart(setting.view, a[i], b[i], c, d)))
    return r, np.where(peak, -1.0, sigma * by_mu), cast(Any, np.where(peak, -r, sigma * by_sigma))


def _corners(setting: Setting, evaluate: Evaluate, near: NDArray[np.int64], best: Lowest) -> list[Lowest]:
    """The places near where two of the kinks meet: Newton's method for all pairs at once."""
    pairs = np.array(list(combinations(near[:: near.size // MANY + 1], 2)), dtype=int).reshape(-1, 2)
    mu, sigma = np.full(len(pairs), best.mu), np.full(len(pairs), best.sigma)
    with np.errstate(all="ignore"):
        for _ in range(8):
            (r, a, b), (s, c, d) = (gap(setting, pairs[:, k], mu, sigma) for k in (0, 1))
            determinant = a * d - b * c
            mu = mu - sigma * (d * r - b * s) / determinant
            sigma = sigma * np.exp(np.clip((c * r - a * s) / determinant, -1.0, 1.0))
        away = np.hypot((mu - best.mu) / best.sigma, np.log(sigma / best.sigma))
        (r, a, b), (s, c, d) = (gap(setting, pairs[:, k], mu, sigma) for k in (0, 1))
        on = (np.abs(r) <= CLOSE * np.hypot(a, b)) & (np.abs(s) <= CLOSE * np.hypot(c, d))
    kept = on & (away < FAR)
    places = set(zip(mu[kept].tolist(), sigma[kept].tolist(), strict=True))
    return [Lowest(evaluate(m, s)[0], m, s, tuple(_met(setting, near, m, s))) for m, s in sorted(places)]


def _onto(setting: Setting, kink: int, mu: float, sigma: float) -> tuple[float, float] | None:
    """The place on the kink that is nearest, about; None if none is near."""
    start, number = (mu, sigma), np.array(kink)
    with np.errstate(all="ignore"):
        for _ in range(20):
            r, a, b = (float(u) for u in gap(setting, number, np.array(mu), np.array(sigma)))
            norm = a * a + b * b
            if abs(r) <= CLOSE * math.sqrt(norm):
                mu, sigma = mu - sigma * r * a / norm, sigma * math.exp(-r * b / norm)
                far = math.hypot((mu - start[0]) / start[1], math.log(sigma / start[1]))
                return (mu, sigma) if far < FAR else None
            if not 0.0 < norm < math.inf or abs(r) > 10.0 * math.sqrt(norm):
                return None
            mu, sigma = mu - sigma * r * a / norm, sigma * math.exp(-r * b / norm)
    return None


def least(setting: Setting, at: Lowest) -> tuple[float, float]:
    """The length of the shortest gradient where kinks meet, 0 at a minimum, and that of the longest half."""
    g, halves, valley = slopes(setting, at.mu, at.sigma, at.kinks)
    return float(np.hypot(*steepest(g, halves, valley)[0])), float(np.hypot(*halves).max(initial=0.0))

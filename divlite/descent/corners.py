"""Where a loss with kinks is lowest, and why no direction leads down from there.

At a kink the loss has no gradient, but a set of them: the term whose kink it is may take any slope between
those on its two sides. A minimum is where 0 is in that set (Clarke, Optimization and Nonsmooth Analysis,
1983, proposition 2.3.2): where

    g + sum_k t_k a_k = 0,   -1 <= t_k <= 1

over the kinks that meet there, with g the gradient of all else and a_k half of the jump of term k. In the
plane of mu and sigma two kinks meet in a corner. If both t_k are inside, the loss rises from there in every
direction, as fast as one moves away. One kink alone is a curve, and the lowest point along it is smooth.

A kink has a number: i for P and Q equal at the point i, n + i for the peak of log q at it.
"""

import math
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._types import Array
from ..backend import Evaluate
from ..chain import apart, seen
from ..families.location_scale import place
from ..losses.protocol import d_finish, dot, each, scale, sensitivity, value
from ..setting import Setting
from .kinks import NEAR, Kinks, jump
from .newton import EPS, ROUNDING

BESIDE = 3  # kinks on each side of a crossing that are tried
FAR = 0.5  # the furthest that one slide goes, or a corner may be, in units of sigma
CLOSE = 1e-10  # of a kink, in units of sigma: on it
ROUNDS = 60
NIL = 64.0 * EPS  # of a slope, against the sum of its |terms|: it is 0


class Lowest(NamedTuple):
    """The loss at (mu, sigma), and the kinks that meet there: none, one or two."""

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
    at = Lowest(evaluate(mu, sigma)[0], mu, sigma, ())
    at = min(_corners(setting, evaluate, kinks_near(setting, kinks, mu, sigma), at), default=at)
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
    """The kink to slide along, if any, and the direction; None where 0 is among the slopes."""
    g, halves = slopes(setting, at.mu, at.sigma, at.kinks)
    if len(at.kinks) == 2:
        t = np.linalg.lstsq(halves, -g, rcond=None)[0]
        if np.abs(t).max() <= 1.0:
            return None
        leave = int(np.abs(t).argmax())
        stay = at.kinks[1 - leave]
        # The kink that is left leads down on the side that its slope would have to pass.
        g = g + halves[:, leave] * np.sign(t[leave])
        return (stay,), _downhill(setting, at, stay, g)
    if len(at.kinks) == 1:
        along = _downhill(setting, at, at.kinks[0], g)
        if -(g @ along) > nil:
            return at.kinks, along
        g, size = _shortest(g, halves), float(np.hypot(*halves[:, 0]))
        return None if np.hypot(*g) <= max(nil, NIL * size) else ((), -g / np.hypot(*g))
    return None if np.hypot(*g) <= nil else ((), -g / np.hypot(*g))


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
        g, _ = slopes(setting, *there, held)
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
    near = kinks_near(setting, kinks, *there)
    r, a, b = gap(setting, np.array(near, dtype=int), np.array(there[0]), np.array(there[1]))
    met = [k for k, far in zip(near, (np.abs(r) / np.hypot(a, b)).tolist(), strict=True) if far < 1e-9]
    on = tuple(sorted({*held, *(k for k in met if k not in held)}))[:2]
    here = Lowest(evaluate(*there)[0], *there, on)
    return min(_corners(setting, evaluate, list(on), here), default=here) if len(on) == 2 else here


def kinks_near(setting: Setting, kinks: Kinks, mu: float, sigma: float) -> list[int]:
    """The numbers of the kinks next to the places where P and Q cross, and next to the peak of Q."""
    x, a, b, _ = setting.table
    c, d, _, _ = seen(setting.view, setting.family, place(setting.family, mu, sigma), x)
    near: set[int] = set()
    if kinks.loss:
        above = apart(setting.view, a, b, c, d) > 0.0
        crossed = np.flatnonzero(above[1:] != above[:-1])
        near |= {i for k in crossed.tolist() for i in range(k - BESIDE + 1, k + BESIDE + 1)}
    if kinks.peak:
        k = int(np.searchsorted(x, mu)) + x.size
        near |= set(range(max(k - BESIDE, x.size), k + BESIDE))
    last = x.size * (2 if kinks.peak else 1)
    return sorted(i for i in near if 0 <= i < last)


def gap(setting: Setting, kink: NDArray[np.int64], mu: Any, sigma: Any) -> tuple[Any, Any, Any]:
    """How far (mu, sigma) are from a kink, and its derivatives by mu and log sigma, in units of sigma."""
    x, a, b, _ = setting.table
    i = kink % x.size
    at = place(setting.family, mu, sigma)
    c, d, by_mu, by_sigma = seen(setting.view, setting.family, at, x[i])
    apart_: Any = apart(setting.view, a[i], b[i], c, d)
    columns = (apart_, sigma * by_mu, sigma * by_sigma), ((x[i] - mu) / sigma, -1.0, -(x[i] - mu) / sigma)
    found: list[Any] = [
        np.where(kink >= x.size, peak, crossing) for crossing, peak in zip(*columns, strict=True)
    ]
    return found[0], found[1], found[2]


def _corners(setting: Setting, evaluate: Evaluate, near: list[int], best: Lowest) -> list[Lowest]:
    """The places near where two of the kinks meet: Newton's method for all pairs at once."""
    pairs = np.array(list(combinations(near, 2)), dtype=int).reshape(-1, 2)
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
    found = zip(mu[kept].tolist(), sigma[kept].tolist(), pairs[kept].tolist(), strict=True)
    return [Lowest(evaluate(m, s)[0], m, s, (i, j)) for m, s, (i, j) in found]


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


def slopes(setting: Setting, mu: float, sigma: float, kinks: tuple[int, ...]) -> tuple[Array, Array]:
    """The gradient in units of sigma, at these kinks the middle of what it may be, and half of each jump.

    Shapes (2,) and (2, number of kinks).
    """
    x, a, b, w = setting.table
    loss, view, family = setting.loss, setting.view, setting.family
    with np.errstate(all="ignore"):
        c, d, by_mu, by_sigma = seen(view, family, place(family, mu, sigma), x)
        slope = d_finish(loss, each(np.sum, scale(value(loss, a, b, c, d), w)))
        pull = w * dot(slope, sensitivity(loss, a, b, c, d))
        both = sigma * np.array([by_mu + 0.0 * x, by_sigma + 0.0 * x])
        halves = np.zeros((2, len(kinks)))
        for k, kink in enumerate(kinks):
            i = kink % x.size
            if kink < x.size:
                size = jump(loss, view, slope, a[i], b[i])
                above = dot(slope, sensitivity(loss, a[i], b[i], *view.beside(a[i], b[i], NEAR)))
                pull[i] = w[i] * (above - 0.5 * size)
                halves[:, k] = 0.5 * w[i] * size * both[:, i]
            else:
                below, above = (float(u) for u in family.pull(np.array([-NEAR, NEAR])))
                both[:, i] = 0.5 * (below + above), -1.0
                halves[:, k] = 0.5 * pull[i] * (above - below), 0.0
    return both @ pull, halves


def least(setting: Setting, at: Lowest) -> float:
    """The length of the shortest gradient that the loss has at a place where kinks meet; 0 at a minimum."""
    g, halves = slopes(setting, at.mu, at.sigma, at.kinks)
    return float(np.hypot(*_shortest(g, halves)))


def _shortest(g: Array, halves: Array) -> Array:
    """The shortest of g + halves t, -1 <= t <= 1, for one or two kinks, about."""
    t = np.linalg.lstsq(halves, -g, rcond=None)[0] if halves.size else np.zeros(0)
    return g + halves @ np.clip(t, -1.0, 1.0)

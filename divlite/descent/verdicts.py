"""What kind of place an end of Newton's steps is, and how far it is from the exact one."""

import math
from typing import Any

import numpy as np

from .._types import Array
from ..setting import Setting
from . import newton
from .newton import Box
from .optimum import AWAY, BORDER, FLAT, MAXIMUM, MINIMUM, SADDLE, UNDECIDED
from .steps import End, ManyEnds

LOUD = 16.0  # a jump of the gradient counts from so many times its rounding error on
HALF = 0.5  # of Q on the grid; with less, and its centre outside or sigma above the width, it is off
# In units of eps times the sum of |terms|: for the operations in a term, and a sum of some 1,000 of them.
TOLERANCE = 64.0 * newton.EPS


def held(mu: float, sigma: float, box: Box) -> bool:
    """Whether the place lies at a border of the box."""
    return mu <= box[0] or mu >= box[1] or sigma <= box[2] or sigma >= box[3]


def within(low: float, high: float, slope: float, size: float) -> float:
    """How far an end is from the exact place: Newton's next step, and what rounding makes of it.

    In units of sigma. low, high: the eigenvalues; slope: the length of the gradient; size: its |terms|.
    """
    least = min(abs(low), abs(high))
    return (slope + newton.EPS * size) / least if least > 0.0 else math.inf


def all_within(ends: ManyEnds) -> Array:
    """The same of many ends."""
    mean, half = 0.5 * (ends.h11 + ends.h22), 0.5 * (ends.h11 - ends.h22)
    spread = np.hypot(half, ends.h12)
    with np.errstate(all="ignore"):
        least = np.minimum(np.abs(mean - spread), np.abs(mean + spread))
        return (ends.slope + newton.EPS * ends.slope_terms) / least


def outside(checked: Setting, mu: float, sigma: float, change: float, size: float, box: Box) -> str:
    """ "off the window", "flat" or "at the border", or "" where none of these is true.

    change: the largest derivative, first or second; size: the |terms| of the loss.
    """
    first, last = checked.grid.x.item(0), checked.grid.x.item(-1)
    if checked.view.on_grid and not (first <= mu <= last and sigma <= last - first):
        family: Any = checked.family
        inside = family.standard_cdf((last - mu) / sigma) - family.standard_cdf((first - mu) / sigma)
        if inside < HALF:
            return AWAY
    if change <= TOLERANCE * size:
        return FLAT
    return BORDER if held(mu, sigma, box) else ""


def all_outside(checked: Setting, ends: ManyEnds, box: Box) -> list[str]:
    """The same of many ends."""
    change = np.max(np.abs([ends.g1, ends.g2, ends.h11, ends.h12, ends.h22]), axis=0)
    rows: list[list[float]] = np.column_stack([ends.mu, ends.sigma, change, ends.terms]).tolist()
    return [outside(checked, mu, sigma, most, size, box) for mu, sigma, most, size in rows]


def verdict(
    checked: Setting,
    end: End,
    bends: tuple[float, float],
    slope: float,
    size: float,
    box: Box,
    half: float,
    free: bool,
) -> str:
    """What kind of place this is: one of the verdicts of `Optimum`.

    bends: the eigenvalues of its second derivatives, the lower one first; slope: the length of the gradient,
    at kinks of the shortest; size: the |terms| that its rounding is measured against; half: half of the
    largest jump of the gradient there, 0 without one; free: if no border holds it.
    """
    low, high = bends
    # At kinks the gradient jumps, and the curvature is that of a finer grid.
    change = max(slope, half / LOUD) if half > 0.0 else max(slope, -low, high)
    away = outside(checked, end.mu, end.sigma, change, end.terms, box)
    if away and not (free and away == BORDER):
        return away
    if not slope <= TOLERANCE * size:
        return UNDECIDED
    nil = TOLERANCE * size
    if half > 0.0 or low > nil:
        return MINIMUM
    return UNDECIDED if not low < -nil else (MAXIMUM if high < -nil else SADDLE)

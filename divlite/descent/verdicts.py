"""What kind of place an end of Newton's steps is, and how far it is from the exact one."""

import math
from typing import Any

import numpy as np

from .._types import Array
from ..setting import Setting
from . import newton
from .newton import Box, Local
from .optimum import AWAY, BORDER, FLAT, MAXIMUM, MINIMUM, SADDLE, UNDECIDED
from .steps import End, ManyEnds

LOUD = 16.0  # a jump of the gradient counts from so many times its rounding error on
HALF = 0.5  # of Q on the grid; with less, and its centre outside or sigma above the width, it is off
# In units of eps times the sum of |terms|: for the operations in a term, and a sum of some 1,000 of them.
TOLERANCE = 64.0 * newton.EPS


def held(at: Local, box: Box) -> bool:
    """Whether the place lies at a border of the box."""
    return at.mu <= box[0] or at.mu >= box[1] or at.sigma <= box[2] or at.sigma >= box[3]


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


def outside(checked: Setting, ends: ManyEnds, box: Box) -> Array:
    """For each end "flat", "off the window" or "at the border", or "" where none of these is true."""
    mu, sigma = ends.mu, ends.sigma
    bends = np.max(np.abs([ends.g1, ends.g2, ends.h11, ends.h12, ends.h22]), axis=0)
    at_border = (mu <= box[0]) | (mu >= box[1]) | (sigma <= box[2]) | (sigma >= box[3])
    found = np.where(at_border, BORDER, "").astype(object)
    first, last = checked.grid.x[0], checked.grid.x[-1]
    far = np.flatnonzero((mu < first) | (mu > last) | (sigma > last - first))
    if checked.view.on_grid and far.size:
        family: Any = checked.family
        low, high = ((edge - mu[far]) / sigma[far] for edge in (first, last))
        away = far[family.standard_cdf(high) - family.standard_cdf(low) < HALF]
    else:
        away = far[:0]
    found[bends <= TOLERANCE * ends.terms] = FLAT
    found[away] = AWAY
    return found


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
    if half > 0.0 or not _inside(checked, end, box):
        away = outside(checked, ManyEnds.of(_changes(end, slope, half)), box)[0]
        if away and not (free and away == BORDER):
            return away
    if not slope <= TOLERANCE * size:
        return UNDECIDED
    nil, (low, high) = TOLERANCE * size, bends
    if half > 0.0 or low > nil:
        return MINIMUM
    return UNDECIDED if not low < -nil else (MAXIMUM if high < -nil else SADDLE)


def _changes(end: End, slope: float, half: float) -> End:
    """The end with what makes a loss change near it: at kinks a jump of the gradient, and no curvature."""
    at = end.local._replace(g1=max(slope, half / LOUD), g2=0.0)
    return end._replace(local=at._replace(h11=0.0, h12=0.0, h22=0.0) if half > 0.0 else at)


def _inside(checked: Setting, end: End, box: Box) -> bool:
    """Whether none of the verdicts of `outside` can be true, at a glance."""
    x, at = checked.grid.x, end.local
    first, last = x.item(0), x.item(-1)
    in_window = first <= at.mu <= last and at.sigma <= last - first
    return in_window and not held(at, box) and at.h11 + at.h22 > 4.0 * TOLERANCE * end.terms[0]

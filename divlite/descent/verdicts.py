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


def held(mu: Any, sigma: Any, box: Box) -> Any:
    """Whether the place lies at a border of the box, elementwise."""
    return (mu <= box[0]) | (mu >= box[1]) | (sigma <= box[2]) | (sigma >= box[3])


def within(low: float, high: float, slope: float, size: float) -> float:
    """How far an end is from the exact place: Newton's next step, and what rounding makes of it.

    In units of sigma. low, high: the eigenvalues; slope: the length of the gradient; size: its |terms|.
    """
    least = min(abs(low), abs(high))
    return (slope + newton.EPS * size) / least if least > 0.0 else math.inf


def all_within(ends: ManyEnds) -> Array:
    """The same of many ends."""
    mean, spread = _middle(ends)
    with np.errstate(all="ignore"):
        least = np.minimum(np.abs(mean - spread), np.abs(mean + spread))
        return (ends.slope + newton.EPS * ends.slope_terms) / least


def _middle(ends: ManyEnds) -> tuple[Array, Array]:
    """As `newton.middle`."""
    return 0.5 * (ends.h11 + ends.h22), np.hypot(0.5 * (ends.h11 - ends.h22), ends.h12)


def outside(checked: Setting, end: End, change: float, at_border: bool) -> str:
    """What is true of an end: "off the window", "flat" or "at the border"; "" where none of these is.

    change: the longest derivative, first or second.
    """
    off = _far(checked, end.mu, end.sigma) and _mostly_off(checked, end.mu, end.sigma)
    return _first(off, change <= TOLERANCE * end.terms, at_border)


def all_outside(checked: Setting, ends: ManyEnds, box: Box) -> list[str]:
    """The same of many ends."""
    mu, sigma, (mean, spread) = ends.mu, ends.sigma, _middle(ends)
    off, far = np.zeros(mu.size, bool), _far(checked, mu, sigma)
    off[far] = _mostly_off(checked, mu[far], sigma[far])
    flat = np.maximum(ends.slope, np.abs(mean) + spread) <= TOLERANCE * ends.terms
    return list(map(_first, off.tolist(), flat.tolist(), held(mu, sigma, box).tolist()))


def _first(off: bool, flat: bool, at_border: bool) -> str:
    return AWAY if off else FLAT if flat else BORDER if at_border else ""


def _far(checked: Setting, mu: Any, sigma: Any) -> Any:
    """Whether the centre is outside the window, or sigma above its width, and the view asks; elementwise."""
    first, last = checked.grid.x.item(0), checked.grid.x.item(-1)
    return checked.view.on_grid & ((mu < first) | (mu > last) | (sigma > last - first))


def _mostly_off(checked: Setting, mu: Any, sigma: Any) -> Any:
    """Whether less than half of Q is on the grid, elementwise."""
    family: Any = checked.family
    low, high = ((edge - mu) / sigma for edge in (checked.grid.x.item(0), checked.grid.x.item(-1)))
    return family.standard_cdf(high) - family.standard_cdf(low) < HALF


def verdict(
    checked: Setting,
    end: End,
    bends: tuple[float, float],
    slope: float,
    size: float,
    half: float,
    at_border: bool,
) -> str:
    """What kind of place this is: one of the verdicts of `Optimum`.

    bends: the eigenvalues of its second derivatives, the lower one first; slope: the length of the gradient,
    at kinks of the shortest; size: the |terms| that its rounding is measured against; half: half of the
    largest jump of the gradient there, 0 without one; at_border: if a border holds it.
    """
    low, high = bends
    # At kinks the gradient jumps, and the curvature is that of a finer grid.
    change = max(slope, half / LOUD) if half > 0.0 else max(slope, -low, high)
    if away := outside(checked, end, change, at_border):
        return away
    if not slope <= TOLERANCE * size:
        return UNDECIDED
    nil = TOLERANCE * size
    if half > 0.0 or low > nil:
        return MINIMUM
    return UNDECIDED if not low < -nil else (MAXIMUM if high < -nil else SADDLE)

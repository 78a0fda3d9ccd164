"""The optimum downhill from a point, with what certifies it."""

import math
import sys
from typing import Any, NamedTuple

import numpy as np

from .. import _check, families, rounding, setting
from .._types import Density, Family, Loss
from ..backend import Backend, unheard
from ..backends import resolve
from ..grid import Grid
from ..setting import Setting
from . import corners, kinks, newton, steps
from .boxes import checked_box
from .kinks import SMOOTH, Kinks
from .newton import Box
from .optimum import Optimum
from .steps import MOST, REACH, End, Search
from .verdicts import TOLERANCE, held, verdict, within


def solve(
    loss: Loss, p: Density, q0: Family, grid: Grid, *, box: Any = None, backend: str | Backend = "numba"
) -> Optimum:
    """The optimum downhill from q0, by Newton's method in (mu, log sigma) from analytic derivatives.

    box: ((mu from, to), (sigma from, to)), which no step leaves; without one, three widths of the window on
    either side, and a sigma from a hundredth of the least gap of the grid to a hundred widths.
    backend: "numba" (all compiled), "numpy", "torch", or a `Backend` value.

    Each step goes to the lowest point of the second-order expansion within a region of trust. So it descends,
    and from most starts ends where a slow descent ends, but not from all: see `dl.basins` for the difference.
    A loss with kinks, such as L1, is followed to the corner where it is lowest; `Optimum.at` names the kinks.

    Raises: ValueError naming the argument, what was expected and what was given; also for a start at which
    the loss is not finite.
    """
    start = families.checked(q0, "q0")
    checked = setting.of(loss, p, grid, families.standard(start))
    return solved(solver(checked, box, resolve(backend)), start)


class Solver(NamedTuple):
    """What a solve needs of its problem, whatever the start."""

    setting: Setting
    kinks: Kinks
    search: Search
    box: Box
    backend: Backend


def solver(checked: Setting, box: Any, backend: Backend) -> Solver:
    bends = kinks.of(checked)
    search = steps.search(backend, checked, bends)
    return Solver(checked, bends, search, checked_box(box, checked), backend)


def solved(by: Solver, start: Family) -> Optimum:
    """The optimum downhill from a checked start."""
    checked, bends, search, box, backend = by
    inside = newton.clipped(start.mu, box[0], box[1]), newton.clipped(start.sigma, box[2], box[3])
    end = search(np.array([inside]), box, REACH, MOST, unheard).one(0)
    if not math.isfinite(end.local.value):
        shown = f"{end.local.value:g} at {families.written(start)}"
        smoothed = {"smoothing": "dl.Smoothed(loss, epsilon) if p is 0 where q is not, or q where p is not"}
        _check.fail("loss", "a finite one at the start", shown, smoothed)
    return judged(checked, bends, end, box, backend)


def judged(checked: Setting, bends: Kinks, end: End, box: Box, backend: Backend) -> Optimum:
    """An end of Newton's steps as an optimum, with its verdict."""
    end, free = _released(checked, bends, end, box, backend)
    at, kinked, slope, half = end.local, (), end.slope, 0.0
    if bends.any and not held(at, box):
        low = corners.lowest(checked, bends, backend.evaluate(checked), at.mu, at.sigma, end.slope_terms)
        kinked, (slope, half) = low.kinks, corners.least(checked, low)
        if not (box[0] <= low.mu <= box[1] and box[2] <= low.sigma <= box[3]):
            kinked, slope, half = (), end.slope, 0.0
        elif kinked:
            at = steps.local_by(backend, checked, bends)(low.mu, low.sigma)
        else:  # between the kinks the loss is smooth
            near = np.array([(low.mu, low.sigma)])
            between = steps.search(backend, checked, SMOOTH)
            smooth = between(near, box, REACH, MOST, unheard).one(0)
            at, slope, end = smooth.local, smooth.slope, smooth._replace(steps=end.steps + smooth.steps)
    size = max(end.slope_terms, sys.float_info.min)
    if slope > TOLERANCE * size and not bends.loss:  # a slope that jumps has no such error
        size = max(size, at.sigma * rounding.sizes(checked, at.mu, at.sigma)[1])
    low_, high, *_ = newton.axes(at)
    q = families.moved(checked.family, at.mu, at.sigma)
    return Optimum(
        q,
        at.value,
        verdict(checked, at, end, slope, size, box, half, free),
        slope,
        size,
        _check.frozen(np.array([[at.h11, at.h12], [at.h12, at.h22]])),
        (low_, high),
        0.0 if kinked else within(low_, high, slope, size),
        end.steps,
        tuple(float(checked.table[0][k % checked.grid.x.size]) for k in kinked),
        checked.loss,
        checked.p,
        checked.grid,
    )


def _released(checked: Setting, bends: Kinks, end: End, box: Box, backend: Backend) -> tuple[End, bool]:
    """The end with all its derivatives, if it lies on the border and the loss does not fall beyond; if so.

    Where there are kinks, a slope of 0 on one side tells nothing of the other.
    """
    if bends.any or not held(end.local, box):
        return end, False
    whole = end._replace(local=steps.local_by(backend, checked, bends)(end.local.mu, end.local.sigma))
    free = whole.slope <= TOLERANCE * end.slope_terms
    return (whole if free else end), free

"""The optimum downhill from a point, with what certifies it."""

import math
import sys
from typing import Any, NamedTuple

from .. import _check, families, rounding, setting
from .._types import Density, Family, Loss
from ..backend import Backend
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

    @classmethod
    def of(cls, checked: Setting, box: Box, backend: Backend) -> "Solver":
        bends = kinks.of(checked)
        return cls(checked, bends, steps.search(backend, checked, bends), box, backend)


def solver(checked: Setting, box: Any, backend: Backend) -> Solver:
    """Of a box that is still to be checked."""
    return Solver.of(checked, checked_box(box, checked), backend)


def solved(by: Solver, start: Family) -> Optimum:
    """The optimum downhill from a checked start."""
    left, right, low, high = by.box
    mu, sigma = newton.clipped(start.mu, left, right), newton.clipped(start.sigma, low, high)
    end = by.search.one(mu, sigma, by.box, REACH, MOST)
    if not math.isfinite(end.value):
        shown = f"{end.value:g} at {families.written(start)}"
        smoothed = {"smoothing": "dl.Smoothed(loss, epsilon) if p is 0 where q is not, or q where p is not"}
        _check.fail("loss", "a finite one at the start", shown, smoothed)
    return judged(by, end)


def judged(by: Solver, end: End) -> Optimum:
    """An end of Newton's steps as an optimum, with its verdict."""
    checked, at_border = by.setting, held(end.mu, end.sigma, by.box)
    slope, half, at = end.slope, 0.0, ()
    if at_border:
        end, free = _released(by, end)
        slope, at_border = end.slope, not free
    elif by.kinks.any:
        end, slope, half, at = _cornered(by, end)
        at_border = held(end.mu, end.sigma, by.box)
    size = max(end.slope_terms, sys.float_info.min)
    if slope > TOLERANCE * size and not by.kinks.loss:  # a slope that jumps has no such error
        size = max(size, end.sigma * rounding.sizes(checked, end.mu, end.sigma)[1])
    mean, spread = newton.middle(end.h11, end.h12, end.h22)
    low, high = mean - spread, mean + spread
    kind = verdict(checked, end, (low, high), slope, size, half, at_border)
    return Optimum(
        families.moved(checked.family, end.mu, end.sigma),
        end.value,
        kind,
        slope,
        size,
        (end.h11, end.h12, end.h22),
        (low, high),
        0.0 if at else within(low, high, slope, size),
        int(end.steps),
        at,
        checked.loss,
        checked.p,
        checked.grid,
    )


class Place(NamedTuple):
    """The corner that is judged, near where the steps ended.

    slope: the length of the shortest gradient. half: half of its largest jump, 0 without one. at: the x
    of the kinks that meet there.
    """

    end: End
    slope: float
    half: float = 0.0
    at: tuple[float, ...] = ()


def _cornered(by: Solver, end: End) -> Place:
    """The lowest place near an end, of a loss with kinks."""
    (left, right, bottom, top), checked = by.box, by.setting
    low = corners.lowest(checked, by.kinks, by.backend.evaluate(checked), end.mu, end.sigma, end.slope_terms)
    if not (left <= low.mu <= right and bottom <= low.sigma <= top):
        return Place(end, end.slope)
    if low.kinks:
        local = steps.local_by(by.backend, checked, by.kinks)(low.mu, low.sigma)
        x = checked.table[0]
        met = tuple([x.item(k % x.size) for k in low.kinks])
        return Place(end.at(local), *corners.least(checked, low), met)
    # Between the kinks the loss is smooth.
    between = steps.search(by.backend, checked, SMOOTH)
    smooth = between.one(low.mu, low.sigma, by.box, REACH, MOST)
    return Place(
        smooth._replace(steps=end.steps + smooth.steps), smooth.slope, corners.least(checked, low)[1]
    )


def _released(by: Solver, end: End) -> tuple[End, bool]:
    """An end on the border, with all its derivatives if the loss does not fall beyond; whether that is so.

    Where there are kinks, a slope of 0 on one side tells nothing of the other.
    """
    if by.kinks.any:
        return end, False
    whole = end.at(steps.local_by(by.backend, by.setting, by.kinks)(end.mu, end.sigma))
    free = whole.slope <= TOLERANCE * end.slope_terms
    return (whole if free else end), free

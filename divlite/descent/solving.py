"""The optimum downhill from a point, with what certifies it."""

import math
import sys
from typing import Any, NamedTuple

import numpy as np

from .. import _check, ending, families, rounding, setting
from .._types import Array, Density, Family, Loss
from ..backend import Backend, unheard
from ..backends import resolve
from ..grid import Grid
from ..losses.protocol import loss_title
from ..setting import Setting
from . import corners, kinks, newton, steps
from .kinks import SMOOTH, Kinks
from .newton import Box, Local
from .steps import MOST, REACH, End, Search

MINIMUM, SADDLE, MAXIMUM = "minimum", "saddle", "maximum"
BORDER, AWAY, FLAT, UNDECIDED = "at the border", "off the window", "flat", "undecided"

NARROWEST = 2.0  # sigma that is looked for over a window, in gaps of the grid
WIDE = 100.0  # sigma, in widths of the window, where Q has left it for good
SHOWN = 4  # kinks
LOUD = 16.0  # a jump of the gradient counts from so many times its rounding error on
HALF = 0.5  # of Q on the grid; with less, and its centre outside or sigma above the width, it is off
# In units of eps times the sum of |terms|: for the operations in a term, and a sum of some 1,000 of them.
TOLERANCE = 64.0 * newton.EPS


class Optimum(NamedTuple):
    """Where a loss ends downhill from a start, and what says so.

    q, loss: the place and the loss there. verdict, one of:
        "minimum"         the gradient is 0 to rounding, and both eigenvalues are above 0
        "saddle"          the gradient is 0 to rounding, and one eigenvalue is below 0
        "maximum"         the same with both below 0
        "at the border"   the loss falls on beyond the box
        "off the window"  less than half of Q is on the grid: its centre is outside, or it is wider than that
        "flat"            within one sigma the loss changes by less than its rounding error
        "undecided"       none of these could be shown: see slope, terms and eigenvalues

    slope: the length of (sigma dL/dmu, sigma dL/dsigma), and terms: the sum of |terms| that its rounding is
        measured against. At a kink it is the shortest of the gradients that the loss has there.
    hessian: the second derivatives by mu in units of sigma and by log sigma, shape (2, 2); all in the unit of
        the loss. eigenvalues: its own, the lower one first. At kinks they are those of a finer grid.
    within: about how far the place is from the exact one, in units of sigma.
    at: the x of the points at which the loss has a kink here. steps: how many it took.
    divergence, p, grid: what was asked.
    """

    q: Family
    loss: float
    verdict: str
    slope: float
    terms: float
    hessian: Array
    eigenvalues: tuple[float, float]
    within: float
    steps: int
    at: tuple[float, ...]
    divergence: Loss
    p: Density
    grid: Grid

    @property
    def q_mass(self) -> float:
        """The mass of Q on the grid, as `Fit.q_mass`."""
        return ending.mass(self.q, self.grid)

    def __repr__(self) -> str:
        numbers = ", ".join(f"{name}={number:.7g}" for name, number in families.named(self.q).items())
        q = f"{type(self.q).__name__}({numbers})"
        return f"Optimum({loss_title(self.divergence)}: {q}, loss {self.loss:.8g}, {self.verdict})"

    def __str__(self) -> str:
        low, high = self.eigenvalues
        places = ", ".join(f"{x:.6g}" for x in self.at[:SHOWN]) + ", ..." * (len(self.at) > SHOWN)
        kinks = f"; {len(self.at):,} kinks, at x = {places}" if self.at else ""
        units = self.slope / self.terms / newton.EPS
        rows = {
            "verdict": self.verdict + kinks,
            "loss": f"{self.loss:.10g}",
            "gradient": f"{self.slope:.2g}, {units:.2g} eps of its |terms|, which sum to {self.terms:.3g}",
            "eigenvalues": f"{low:.4g} and {high:.4g}, of the second derivatives",
            "known to": f"{self.within:.1g} sigma",
            "mass of Q": f"{self.q_mass:.6g} on the grid",
            "steps": f"{self.steps:,}",
        }
        numbers = ", ".join(f"{name} {number:.10g}" for name, number in families.named(self.q).items())
        head = f"{loss_title(self.divergence)}: {type(self.q).__name__}, {numbers}"
        return "\n".join([head, *(f"  {name:<13}{text}" for name, text in rows.items())])


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
    end = steps.end(search(np.array([inside]), box, REACH, MOST, unheard)[0])
    if not math.isfinite(end.local.value):
        shown = f"{end.local.value:g} at {families.written(start)}"
        smoothed = {"smoothing": "dl.Smoothed(loss, epsilon) if p is 0 where q is not, or q where p is not"}
        _check.fail("loss", "a finite one at the start", shown, smoothed)
    return judged(checked, bends, end, box, backend)


def checked_box(box: Any, checked: Setting) -> Box:
    """The box as four numbers, by default wide around the window."""
    x = checked.grid.x
    width, gap = float(x[-1] - x[0]), float(np.diff(x).min()) if x.size > 1 else 1.0
    if box is None:
        return float(x[0]) - 3.0 * width, float(x[-1]) + 3.0 * width, 0.01 * gap, WIDE * width
    expected = "((mu from, mu to), (sigma from, sigma to))"
    numbers = _check.array("box", box)
    if numbers.shape != (2, 2) or not np.isfinite(numbers).all() or not (numbers[:, 0] < numbers[:, 1]).all():
        _check.fail("box", f"{expected}, finite and rising", _check.shown(box))
    if not numbers[1, 0] > 0.0:
        _check.fail("box", f"{expected} with sigma > 0", _check.shown(box))
    a, b, c, d = numbers.ravel().tolist()
    return a, b, c, d


def default_box(grid: Grid) -> Box:
    """For mu the window, for sigma twice its least gap, below which sums miss Q's shape, and its width."""
    x = grid.x
    width = float(x[-1] - x[0])
    return float(x[0]), float(x[-1]), min(NARROWEST * float(np.diff(x).min()), 0.5 * width), width


def judged(checked: Setting, bends: Kinks, end: End, box: Box, backend: Backend) -> Optimum:
    """An end of Newton's steps as an optimum, with its verdict."""
    end, free = _released(checked, bends, end, box, backend)
    at, kinked, slope, half = end.local, (), end.slope, 0.0
    if bends.any and not _held(at, box):
        low = corners.lowest(checked, bends, backend.evaluate(checked), at.mu, at.sigma, end.slope_terms)
        kinked, (slope, half) = low.kinks, corners.least(checked, low)
        if not (box[0] <= low.mu <= box[1] and box[2] <= low.sigma <= box[3]):
            kinked, slope, half = (), end.slope, 0.0
        elif kinked:
            at = steps.local_by(backend, checked, bends)(low.mu, low.sigma)
        else:  # between the kinks the loss is smooth
            near = np.array([(low.mu, low.sigma)])
            between = steps.search(backend, checked, SMOOTH)
            smooth = steps.end(between(near, box, REACH, MOST, unheard)[0])
            at, slope, end = smooth.local, smooth.slope, smooth._replace(steps=end.steps + smooth.steps)
    size = max(end.slope_terms, sys.float_info.min)
    if slope > TOLERANCE * size and not bends.loss:  # a slope that jumps has no such error
        size = max(size, at.sigma * rounding.sizes(checked, at.mu, at.sigma)[1])
    low_, high, *_ = newton.axes(at)
    q = families.moved(checked.family, at.mu, at.sigma)
    return Optimum(
        q,
        at.value,
        _verdict(checked, at, end, slope, size, box, half, free),
        slope,
        size,
        _check.frozen(np.array([[at.h11, at.h12], [at.h12, at.h22]])),
        (low_, high),
        0.0 if kinked else _within(low_, high, slope, size),
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
    if bends.any or not _held(end.local, box):
        return end, False
    whole = end._replace(local=steps.local_by(backend, checked, bends)(end.local.mu, end.local.sigma))
    free = whole.slope <= TOLERANCE * end.slope_terms
    return (whole if free else end), free


def _held(at: Local, box: Box) -> bool:
    """Whether the place lies at a border of the box."""
    return at.mu <= box[0] or at.mu >= box[1] or at.sigma <= box[2] or at.sigma >= box[3]


def _within(low: float, high: float, slope: float, size: float) -> float:
    """How far an end is from the exact place: Newton's next step, and what rounding makes of it."""
    least = min(abs(low), abs(high))
    return (slope + newton.EPS * size) / least if least > 0.0 else math.inf


def within(rows: Array) -> Array:
    """The same of many ends."""
    slope, size = np.hypot(rows[:, 3], rows[:, 4]), np.hypot(rows[:, 10], rows[:, 11])
    mean, half = 0.5 * (rows[:, 5] + rows[:, 7]), 0.5 * (rows[:, 5] - rows[:, 7])
    spread = np.hypot(half, rows[:, 6])
    with np.errstate(all="ignore"):
        return (slope + newton.EPS * size) / np.minimum(np.abs(mean - spread), np.abs(mean + spread))


def outside(checked: Setting, rows: Array, box: Box) -> Array:
    """For each end "flat", "off the window" or "at the border", or "" where none of these is true."""
    mu, sigma = rows[:, 0], rows[:, 1]
    bends = np.abs(rows[:, 3:8]).max(axis=1)
    held = (mu <= box[0]) | (mu >= box[1]) | (sigma <= box[2]) | (sigma >= box[3])
    found = np.where(held, BORDER, "").astype(object)
    first, last = checked.grid.x[0], checked.grid.x[-1]
    far = np.flatnonzero((mu < first) | (mu > last) | (sigma > last - first))
    if checked.view.on_grid and far.size:
        family: Any = checked.family
        low, high = ((edge - mu[far]) / sigma[far] for edge in (first, last))
        away = far[family.standard_cdf(high) - family.standard_cdf(low) < HALF]
    else:
        away = far[:0]
    found[bends <= TOLERANCE * rows[:, 9]] = FLAT
    found[away] = AWAY
    return found


def _inside(checked: Setting, at: Local, end: End, box: Box) -> bool:
    """Whether none of the verdicts of `outside` can be true, at a glance."""
    x = checked.grid.x
    in_window = x[0] <= at.mu <= x[-1] and at.sigma <= x[-1] - x[0]
    return bool(in_window and not _held(at, box) and at.h11 + at.h22 > 4.0 * TOLERANCE * end.terms[0])


def _verdict(
    checked: Setting, at: Local, end: End, slope: float, size: float, box: Box, half: float, free: bool
) -> str:
    """half: half of the largest jump of the gradient there, 0 without one; free: if no border holds it."""
    if half > 0.0 or not _inside(checked, at, end, box):
        bends = (0.0, 0.0, 0.0) if half > 0.0 else at[5:]
        row = np.array([[*at[:3], max(slope, half / LOUD), 0.0, *bends, end.steps, *end.terms]])
        away = outside(checked, row, box)[0]
        if away and not (free and away == BORDER):
            return away
    if not slope <= TOLERANCE * size:
        return UNDECIDED
    nil, (low, high, *_) = TOLERANCE * size, newton.axes(at)
    if half > 0.0 or low > nil:
        return MINIMUM
    return UNDECIDED if not low < -nil else (MAXIMUM if high < -nil else SADDLE)

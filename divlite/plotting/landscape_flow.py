"""What a landscape leads to: where steepest descent ends inside a box, and the passes between two ends.

Steepest is meant as it is seen on a log axis for sigma: along the gradient in (mu, log sigma), with the two
sides of the box as units. The way goes along the gradient, interpolated between the points of the landscape,
and at last from a point to the lowest of its neighbours. `dl.basins` measures mu in units of sigma instead,
and sees no page: near the border of two basins it may say otherwise.
"""

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .._types import Array

# Labels of starts: where the loss does not change, and from which the way leads out of the box, or to a place
# beside which the loss is infinite.
NOWHERE, OUTSIDE = -1, -2
AROUND = tuple((i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j)
ROUNDING = 1e-14  # of the largest value: differences below it say nothing
OVER = 1e-6  # of a cell, or of a direction: a way that goes less than this over the border runs along it
ASPECT = 0.75  # of the box as it is drawn: its height over its width

Labels: TypeAlias = NDArray[np.int64]
Settle: TypeAlias = "Callable[[float, float], Mark | None]"


class Surface(NamedTuple):
    """A loss and its gradient, shape (n, m), at mu (m,) and sigma (n,); even in mu and in log sigma."""

    mu: Array
    sigma: Array
    loss: Array
    d_mu: Array
    d_sigma: Array


class Mark(NamedTuple):
    """A place on a landscape and what it is: "minimum", "level" ground, "saddle", or "border", a way out."""

    mu: float
    sigma: float
    loss: float
    kind: str


def surface(mu: Array, sigma: Array, loss: Array, d_mu: Array, d_sigma: Array) -> Surface:
    """The same; where one of these is not finite, all are nan."""
    finite = np.isfinite(loss) & np.isfinite(d_mu) & np.isfinite(d_sigma)
    return Surface(mu, sigma, *(np.where(finite, values, np.nan) for values in (loss, d_mu, d_sigma)))


def downhill(shown: Surface) -> tuple[Array, Array]:
    """The direction in which the loss falls most, on the page: along mu and along log sigma, of length 1.

    nan where there is none: where the slope is less than rounding, and where the gradient is not finite.
    """
    x = -shown.d_mu * np.ptp(shown.mu)
    y = -(shown.d_sigma * shown.sigma[:, None]) * math.log(shown.sigma[-1] / shown.sigma[0]) / ASPECT
    with np.errstate(all="ignore"):
        length = np.hypot(x, y)
        length[length <= ROUNDING * np.nanmax(np.abs(shown.loss), initial=0.0)] = np.nan
        return x / length, y / length


def basins(shown: Surface, settle: Settle) -> tuple[Labels, list[Mark]]:
    """The number of the end to which each point leads, shape (n, m), and the ends in this order.

    settle: the end near a point, or None if that is outside the box. NOWHERE and OUTSIDE stand for no end.
    """
    into = _neighbours(shown.loss)
    rows, columns, left = _followed(shown)
    into = np.where(left, OUTSIDE, into[rows, columns])
    ends, numbers = list[Mark](), dict[int, int]()
    for cell in np.unique(into[into >= 0]).tolist():
        row, column = divmod(cell, shown.mu.size)
        end = settle(float(shown.mu[column]), float(shown.sigma[row]))
        same = [i for i, other in enumerate(ends) if end is None or _close(end, other, shown)]
        numbers[cell] = OUTSIDE if end is None else same[0] if same else len(ends)
        ends += [] if end is None or same else [end]
    order = sorted(range(len(ends)), key=lambda i: ends[i].loss)
    found = np.where(into < 0, into, NOWHERE)
    for cell, number in numbers.items():
        found[into == cell] = number if number == OUTSIDE else order.index(number)
    return found, [ends[i] for i in order]


def _neighbours(loss: Array) -> Labels:
    """The cell in which descent from neighbour to lowest neighbour ends, or NOWHERE, or OUTSIDE."""
    n, m = len(loss), len(loss[0])
    high = np.where(np.isfinite(loss), loss, np.inf)
    padded = np.pad(high, 1, constant_values=np.nan)  # which is neither higher nor lower
    level = ROUNDING * np.abs(high[np.isfinite(high)]).max(initial=0.0)
    own: Labels = np.arange(n * m).reshape(n, m)
    best, rises = np.full((n, m), -level), np.zeros((n, m), bool)
    to: Labels = own
    for i, j in AROUND:
        with np.errstate(invalid="ignore"):
            slope = (padded[1 + i : 1 + i + n, 1 + j : 1 + j + m] - high) / math.hypot(i, j)
        rises |= slope > level
        best, to = np.where(slope < best, slope, best), np.where(slope < best, own + i * m + j, to)
    finite = np.pad(np.isfinite(high), 1)
    inside = np.all([finite[1 + i : 1 + i + n, 1 + j : 1 + j + m] for i, j in AROUND], axis=0)
    ends = np.where(rises & np.isfinite(high), np.where(inside, own, OUTSIDE), NOWHERE).ravel()
    way: Labels = to.ravel()
    while (way[way] != way).any():
        way = way[way]
    return ends[way].reshape(n, m)


def _followed(shown: Surface) -> tuple[Labels, Labels, NDArray[np.bool_]]:
    """The cell that the way along the gradient is near at last, from each point; whether it left the box."""
    n, m = shown.sigma.size, shown.mu.size
    x, y = (np.nan_to_num(part) for part in downhill(shown))
    # In units of cells; all steps have one length on the page.
    step = np.array([(n - 1) / ((m - 1) * ASPECT), 1.0])
    last = np.array([[n - 1.0], [m - 1.0]])
    ends: Array = np.indices((n, m), float).reshape(2, -1)
    inside: Labels = np.arange(n * m)  # those that are still on their way
    at = ends
    for _ in range(2 * (n + m)):
        following = at + np.stack(_between((y, x), at)) * step[:, None]
        leaves = ((following < -OVER) | (following > last + OVER)).any(axis=0)
        at = np.clip(following, 0, last)
        if leaves.any():
            ends[:, inside] = at
            inside, at = inside[~leaves], at[:, ~leaves]
    ends[:, inside] = at
    left: NDArray[np.bool_] = np.full(n * m, True)
    left[inside] = False
    rows, columns = np.rint(ends).astype(np.int64).reshape(2, n, m)
    return rows, columns, left.reshape(n, m)


def _between(tables: tuple[Array, ...], at: Array) -> list[Array]:
    """The values of each table at places between its points, by bilinear interpolation.

    at: (row, column), shape (2, k); the tables have one shape.
    """
    n, m = tables[0].shape
    row, column = np.minimum(at.astype(int), np.array([[n - 2], [m - 2]]))
    down, across = at[0] - row, at[1] - column
    corner, up, before = row * m + column, 1 - down, 1 - across
    found = list[Array]()
    for values in (table.ravel() for table in tables):
        upper = before * values[corner] + across * values[1:][corner]
        lower = before * values[m:][corner] + across * values[m + 1 :][corner]
        found.append(up * upper + down * lower)
    return found


def _close(a: Mark, b: Mark, shown: Surface) -> bool:
    """Whether two ends are one: less apart than two points of the landscape, or a twentieth of sigma."""
    apart = max(float(shown.mu[1] - shown.mu[0]), 0.05 * max(a.sigma, b.sigma))
    ratio = max(float(shown.sigma[1] / shown.sigma[0]), 1.05)
    near = abs(a.mu - b.mu) <= apart and max(a.sigma, b.sigma) <= ratio * min(a.sigma, b.sigma)
    return near and a.kind == b.kind

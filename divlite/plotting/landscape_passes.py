"""The saddles between basins, and the places where descent leaves the box."""

import math
from collections.abc import Callable
from itertools import groupby, pairwise

import numpy as np

from .._types import Array
from .landscape_flow import OUTSIDE, OVER, Labels, Mark, Surface, downhill

SHORTEST = 5  # points of the border: fewer are the roughness of a loss whose sums miss a narrow Q's shape
FAR = 0.15  # of a side of the box: further from the pass a saddle is another one

At = Callable[[Array], tuple[float, Array]]


def saddles(shown: Surface, labels: Labels, at: At) -> list[Mark]:
    """The lowest pass between each two basins that touch, where Newton's method finds a saddle near it.

    at: (mu, log sigma) -> (L, gradient).
    """
    found = list[Mark]()
    for row, column in _passes(shown.loss, labels):
        mark = _saddle(at, np.array([shown.mu[column], math.log(shown.sigma[row])]), shown)
        apart = (shown.mu[1] - shown.mu[0], math.log(shown.sigma[1] / shown.sigma[0]))
        if mark is not None and not any(
            abs(mark.mu - other.mu) < apart[0] and abs(math.log(mark.sigma / other.sigma)) < apart[1]
            for other in found
        ):
            found.append(mark)
    return found


def _passes(loss: Array, labels: Labels) -> list[tuple[int, int]]:
    """The lowest place on the line between each two basins; what leads out of the box is a basin here."""
    lowest: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {}
    for axis in (0, 1):
        along, heights = np.moveaxis(labels, axis, 0), np.moveaxis(loss, axis, 0)
        for k, (a, b) in enumerate(pairwise(along)):
            height = np.fmax(heights[k], heights[k + 1])
            for i in np.flatnonzero((a != b) & (a != -1) & (b != -1)).tolist():
                pair = (min(a[i], b[i]), max(a[i], b[i]))
                place = (k, i) if axis == 0 else (i, k)
                lowest[pair] = min(lowest.get(pair, (math.inf, place)), (float(height[i]), place))
    return [place for _, place in lowest.values()]


@np.errstate(all="ignore")  # a step may lead to where the loss is infinite
def _saddle(at: At, theta: Array, shown: Surface) -> Mark | None:
    """A place without slope, by Newton's method, at which the loss bends up one way and down another."""
    start, length = theta, math.inf
    for _ in range(30):
        g, hessian = at(theta)[1], _hessian(at, theta)
        if not np.isfinite(hessian).all() or abs(np.linalg.det(hessian)) < 1e-300:
            return None
        step = -np.linalg.solve(hessian, g)
        length = float(np.abs(step / (math.exp(theta[1]), 1.0)).max())
        theta = theta + step * min(1.0, 0.3 / max(length, 1e-300))
        if length < 1e-6:
            break
    if not length <= 1e-6:
        return None
    far = np.abs(theta - start) / (np.ptp(shown.mu), math.log(shown.sigma[-1] / shown.sigma[0]))
    low, high = np.linalg.eigvalsh(_hessian(at, theta))
    if far.max() > FAR or not low < 0.0 < high:
        return None
    return Mark(float(theta[0]), math.exp(theta[1]), at(theta)[0], "saddle")


def _hessian(at: At, theta: Array) -> Array:
    steps = np.diag([1e-4 * math.exp(theta[1]), 1e-4])
    columns = np.array([(at(theta + h)[1] - at(theta - h)[1]) / (2.0 * h.sum()) for h in steps])
    return 0.5 * (columns + columns.T)


def exits(shown: Surface, labels: Labels) -> list[Mark]:
    """Of each stretch of the border over which descent goes out, the lowest place."""
    x, y = downhill(shown)
    n, m = shown.loss.shape
    # Around the box: along the bottom, up, back along the top and down.
    ring = [
        *((0, k, -y[0, k]) for k in range(m)),
        *((k, m - 1, x[k, -1]) for k in range(1, n)),
        *((n - 1, k, y[-1, k]) for k in range(m - 2, -1, -1)),
        *((k, 0, -x[k, 0]) for k in range(n - 2, 0, -1)),
    ]
    out = [bool(outward > OVER) and labels[row, column] == OUTSIDE for row, column, outward in ring]
    first = out.index(False) if False in out else 0  # so no stretch is cut in two
    around = [*zip(out, ring, strict=True)]
    found = list[Mark]()
    for goes, group in groupby(around[first:] + around[:first], key=lambda one: one[0]):
        stretch = [place[:2] for _, place in group]
        if goes and len(stretch) >= SHORTEST:
            row, column = min(stretch, key=lambda at: shown.loss[at])
            mu, sigma, loss = shown.mu[column], shown.sigma[row], shown.loss[row, column]
            found.append(Mark(float(mu), float(sigma), float(loss), "border"))
    return found

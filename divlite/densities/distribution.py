"""P as a distribution, of mass 1: what a CDF and a quantile are taken of."""

from typing import Any, NamedTuple

import numpy as np

from .. import _check
from .._types import Array
from ..grid import Grid, cells
from .mixture import Mixture
from .tabulated import Tabulated


class Distribution(NamedTuple):
    """A density of mass 1 at the points of a grid, its CDF F, and 1 - F to all its digits; shape (n,)."""

    p: Array
    cdf: Array
    sf: Array


def distribution(p: Any, log_p: Array, points: Grid) -> Distribution:
    """P over its mass; log_p: its log density at the points.

    A member of a family and a Mixture are known on the whole line, and so are their CDFs: what the grid
    cuts off counts as the mass that it is. A table is known on the grid alone: its mass is the sum over the
    points' cells, F at a point is the part of it to the left, and beyond the grid there is nothing.

    Raises: ValueError for a table that is 0 at all points.
    """
    if isinstance(p, Tabulated):
        return _of_table(log_p, points)
    mass = sum(p.weights) if isinstance(p, Mixture) else 1.0
    with np.errstate(over="ignore"):
        shares = np.exp(log_p), p.cdf(points.x), p.sf(points.x)
    return Distribution(*(_check.frozen(share / mass) for share in shares))


@np.errstate(all="ignore")  # cells as wide as floats go
def _of_table(log_p: Array, points: Grid) -> Distribution:
    highest = log_p.max()
    if np.isneginf(highest):
        _check.fail("p", "a density above 0 on the grid, for a loss of distributions", "0 at all points")
    height, edges = np.exp(log_p - highest), cells(points)
    left, right = height * (points.x - edges[:-1]), height * (edges[1:] - points.x)
    below = np.cumsum(left) + np.concatenate([[0.0], np.cumsum(right[:-1])])
    # From the right, so that no digit is lost where 1 - F is small.
    above = np.cumsum(right[::-1])[::-1] + np.concatenate([np.cumsum(left[:0:-1])[::-1], [0.0]])
    mass = float(np.sum(left + right))
    return Distribution(*(_check.frozen(share / mass) for share in (height, below, above)))

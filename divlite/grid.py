"""Where the sums are taken, and with which weights.

Reductions are not a mode, they are the weights: 1/n is torch's "mean", 1 its "sum", and the
trapezoid's widths are the integral that the textbook means.
"""

import math
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from . import _check
from ._types import Array

Weights = Literal["mean", "sum", "integral"]
WEIGHTS: tuple[Weights, ...] = ("mean", "sum", "integral")


class Grid(NamedTuple):
    """Points x and weights w, both of shape (n,), n >= 2: a sum over it is sum_i w_i f(x_i).

    x is finite and strictly increasing, evenly spaced or not; w is finite and >= 0. `Grid(x, w)`
    takes weights of your own; `from_points` and `linspace` make the usual ones. The fields are
    checked by whatever takes the grid.
    """

    x: Array
    w: Array

    @classmethod
    def from_points(cls, x: ArrayLike, weights: Weights = "mean") -> "Grid":
        """The grid on given points: w = 1/n ("mean"), 1 ("sum"), or the trapezoid's widths ("integral").

        The trapezoid's w_i = (x_{i+1} - x_{i-1})/2, half an interval at either end.

        Raises: ValueError for points that are empty, alone, unsorted, repeated or not finite, or
        for weights of another name.
        """
        points = _check.points(x)
        _check.one_of("weights", weights, WEIGHTS)
        if weights == "integral":
            w = np.empty_like(points)
            half = 0.5 * points  # before the differences: those of the largest floats overflow
            w[1:-1] = half[2:] - half[:-2]
            w[0] = half[1] - half[0]
            w[-1] = half[-1] - half[-2]
        else:
            w = np.full(points.size, 1.0 / points.size if weights == "mean" else 1.0)
        # A copy: a grid must not change when the caller's own array does.
        return cls(_check.frozen(points.copy()), _check.frozen(w))

    @classmethod
    def linspace(cls, start: float, stop: float, num: int, weights: Weights = "mean") -> "Grid":
        """num evenly spaced points from start to stop, both included.

        Raises: ValueError as `from_points`, or unless start < stop and num >= 2.
        """
        first, last = _check.number("start", start), _check.number("stop", stop)
        if not first < last:
            _check.fail("stop", f"a number above start = {first:g}", f"{last:g}")
        if not math.isfinite(last - first):
            _check.fail("stop", f"a finite distance from start = {first:g}", f"{last:g}")
        return cls.from_points(np.linspace(first, last, _check.count("num", num, 2, 10**8)), weights)


def checked(grid: Any) -> Grid:
    """The grid as two contiguous read-only float64 arrays, or the ValueError that says what is wrong."""
    x, w = _check.pair("grid", grid, "a Grid(x, w), for example dl.Grid.linspace(-15, 15, 1000)", ("x", "w"))
    points = _check.points(x)
    return Grid(points, _check.weights(w, points.size))


def cells(grid: Grid) -> Array:
    """The edges of the points' cells, shape (n + 1,): half way to each neighbour.

    A cell at an end is as wide as its weight is beside its neighbour's, but no less than the half of it that
    lies on the grid and no more than twice that: so the weights of a mean make no step at the ends, and those
    of an integral none either.
    """
    between, gaps = 0.5 * (grid.x[1:] + grid.x[:-1]), np.diff(grid.x)

    def end(w: float, beside: float, gap: float, next_gap: float) -> float:
        width = 0.5 * (gap + next_gap) * w / beside if beside > 0 else gap
        return min(max(width, 0.5 * gap), gap)

    first = end(grid.w[0], grid.w[1], gaps[0], gaps[min(1, gaps.size - 1)])
    last = end(grid.w[-1], grid.w[-2], gaps[-1], gaps[max(-2, -gaps.size)])
    return np.concatenate([[between[0] - first], between, [between[-1] + last]])

"""How much of a density there is: on the whole line, in a grid's window, and by the sum over its points."""

import math
from typing import Any, NamedTuple

import numpy as np

from .._types import Array, Density
from ..densities import Mixture, Tabulated
from ..grid import Grid, cells
from .sums import log_sum


class Masses(NamedTuple):
    """A density's mass: on the whole line, inside the window, and as the sum over the points says, over c.

    known: whether the density is known beyond the grid. Of one that is not, the first two are the same.
    """

    whole: float
    window: float
    grid: float
    known: bool


def levels(density: Density, log_p: Array, grid: Grid, c: float) -> tuple[float, float, float]:
    """The logarithms of the masses: on the whole line, in the window, and by the sum over the points."""
    on_grid = log_sum(log_p, grid.w) - math.log(c)
    edges = cells(grid)
    by_cells = log_sum(log_p, np.diff(edges))
    if not known(density):
        return by_cells, by_cells, on_grid
    inside = _inside(density, edges[[0, -1]])
    whole = sum(density.weights) if isinstance(density, Mixture) else 1.0
    # Far out a CDF is below the smallest float; the sum, taken of logarithms, still says something.
    return math.log(whole), math.log(inside) if inside > 0.0 else by_cells, on_grid


def known(density: Density) -> bool:
    """Whether it is one of divlite's own, known on the whole line, and not a table."""
    return not isinstance(density, Tabulated)


def masses(density: Density, logs: tuple[float, float, float]) -> Masses:
    """The masses themselves, from their logarithms."""
    whole, window, on_grid = map(math.exp, logs)
    return Masses(whole, window, on_grid, known(density))


def exchange(log_a: float, log_b: float) -> float:
    """e(a, b) = a log(a/b)."""
    return math.exp(log_a) * (log_a - log_b)


def _inside(density: Any, edges: Array) -> float:
    """The mass between the edges, from the tail that has more digits of it."""
    below, above = density.cdf(edges).tolist(), density.sf(edges).tolist()
    return below[1] - below[0] if below[1] <= above[0] else above[0] - above[1]

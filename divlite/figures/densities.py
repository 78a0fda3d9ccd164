"""Densities over the grid: the sanity plot, the comparison of fits, and what every figure draws of them."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .. import _check
from .._types import Array, Density
from ..densities import Normal, normal
from ..grid import Grid
from ..grid import checked as checked_grid
from ..objective import checked_target
from .style import BLUE, COMPARED, DASHES, FILL, TARGET, new_figure, styled

TALLEST = 6.0
"""How many times the target's height the axis reaches for a Q that stands taller; beyond, Q is cut."""
COLUMNS = 3


def prob(p: Density, grid: Grid) -> Array:
    """The density p(x) at the points of the grid, shape (n,)."""
    return np.exp(checked_target(p, grid).log_prob(grid.x))


def top(p: Array, *q: Array) -> float:
    """Where the axis of a density ends: above p and every q, but at most TALLEST times p."""
    target = float(p.max())
    tallest = max([target, *(float(each.max()) for each in q)])
    return 1.06 * (min(tallest, TALLEST * target) if target > 0.0 else tallest) or 1.0


def density_axes(axes: Axes, x: Array, height: float) -> None:
    """The axes of a density: the whole grid across, 0 to `height` upwards."""
    axes.set_xlim(float(x[0]), float(x[-1]))
    axes.set_ylim(0.0, height)
    axes.locator_params(axis="y", nbins=5)


def draw_filled(axes: Axes, x: Array, p: Array, label: str, color: str = TARGET) -> Line2D:
    """A density as an area with an outline: for P, the ground that every Q is seen against."""
    axes.fill_between(x, p, color=color, alpha=FILL, linewidth=0)
    (line,) = axes.plot(x, p, color=color, linewidth=1.4, label=label)
    return line


def plot_densities(densities: Mapping[str, Density], grid: Grid) -> Figure:
    """Each density over the grid in a panel of its own, up to three in a row, all on the same scales.

    The mapping's names are the panels' titles, in its order.

    Raises: ValueError for no densities, or for one that is no density on this grid.
    """
    grid = checked_grid(grid)
    if not densities:
        _check.fail("densities", "at least one density", "none")
    values = [prob(p, grid) for p in densities.values()]
    columns = min(len(values), COLUMNS)
    rows = -(-len(values) // columns)
    with styled():
        figure = new_figure(7.0, 2.1 * rows + 0.3)
        panels = [figure.add_subplot(rows, columns, i + 1) for i in range(len(values))]
        for i, (axes, name, p) in enumerate(zip(panels, densities, values, strict=True)):
            density_axes(axes, grid.x, top(np.stack(values)))
            draw_filled(axes, grid.x, p, name, BLUE)
            axes.set_title(name)
            axes.set_ylabel("" if i % columns else "density")
            axes.set_xlabel("x" if i + columns >= len(values) else "")
            axes.tick_params(labelleft=i % columns == 0, labelbottom=i + columns >= len(values))
    return figure


def plot_separations(
    rows: Sequence[tuple[str, Density, Mapping[str, Normal]]],
    grid: Grid,
    xlim: tuple[float, float] | None = None,
) -> Figure:
    """One panel a row, (name, target P, fits by name): P and the Normals fitted to it, one legend for all.

    A fit keeps its colour and dashes from panel to panel, by its name. xlim: the part of the x axis
    to show, in units of x; the whole grid without it.

    Raises: ValueError for no rows, for a target that is no density on this grid, for a fit that is
    no valid Normal, or for more than four names of fits.
    """
    grid = checked_grid(grid)
    if not rows:
        _check.fail("rows", "at least one row (name, target, fits)", "none")
    names = list(dict.fromkeys(name for _, _, fits in rows for name in fits))
    if len(names) > len(COMPARED):
        _check.fail("rows", f"at most {len(COMPARED)} names of fits", len(names))
    looks = dict(zip(names, zip(COMPARED, DASHES, strict=True), strict=False))
    with styled():
        figure = new_figure(7.0, 2.1 * len(rows) + 0.7)
        panels = [figure.add_subplot(len(rows), 1, i + 1) for i in range(len(rows))]
        handles: dict[str, Line2D] = {}
        for axes, (title, target, fits) in zip(panels, rows, strict=True):
            p = prob(target, grid)
            fitted = {name: prob(normal.checked(q, name), grid) for name, q in fits.items()}
            density_axes(axes, grid.x, top(p, *fitted.values()))
            handles.setdefault("", draw_filled(axes, grid.x, p, "target P"))
            for name, q in fitted.items():
                color, dashes = looks[name]
                (line,) = axes.plot(grid.x, q, color=color, linestyle=dashes, linewidth=2.2, label=name)
                handles.setdefault(name, line)
            axes.set_title(title)
            axes.set_ylabel("density")
            axes.tick_params(labelbottom=axes is panels[-1])
            if xlim is not None:
                axes.set_xlim(*xlim)
        panels[-1].set_xlabel("x")
        figure.legend(handles=list(handles.values()), loc="outside upper left", ncols=len(handles))
    return figure

"""One fit: where it started and ended, and the path between."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .. import _check
from .._types import Array, Density
from ..densities import Normal, normal
from ..fitting import Fit
from ..grid import Grid
from ..grid import checked as checked_grid
from .densities import density_axes, draw_filled, prob, top
from .style import FAINT_INK, FIT, INK, START, START_DASHES, new_figure, styled

DECADES = 2.0
"""A positive loss that spans more than so many is shown on a log scale."""


def plot_fit(p: Density, fit: Fit, grid: Grid, *, title: str = "", every: int | None = None) -> Figure:
    """P filled, the first Q dashed, the last Q strong, with mu and sigma of both in the legend.

    every: draw the Q of every so many steps too, faintly; none of them without it.

    Raises: ValueError for a target that is no density on this grid, or an `every` below 1.
    """
    grid = checked_grid(grid)
    with styled():
        figure = new_figure(7.0, 3.6, title)
        axes = figure.add_subplot()
        _draw_fit(axes, p, fit, grid, every)
        figure.legend(loc="outside upper left", ncols=3, columnspacing=1.6)
    return figure


def plot_path(
    fit: Fit, *, title: str = "", optimum: Normal | None = None, loss_label: str = "loss"
) -> Figure:
    """The loss, mu and sigma against the step, one above another.

    optimum: the Normal that the fit should end at, as a dotted line across mu and across sigma.
    loss_label: the loss and its unit, for example "KL (nats)". Its scale is logarithmic where the
    loss is positive throughout and spans more than two decades.

    Raises: ValueError for an optimum that is no valid Normal.
    """
    with styled():
        figure = new_figure(7.0, 4.8, title)
        panels = [figure.add_subplot(3, 1, i + 1) for i in range(3)]
        _draw_path(panels, fit, optimum, loss_label)
        figure.align_ylabels(panels)
    return figure


def plot_summary(
    p: Density,
    fit: Fit,
    grid: Grid,
    *,
    title: str = "",
    optimum: Normal | None = None,
    loss_label: str = "loss",
) -> Figure:
    """`plot_fit` on the left, `plot_path` on the right, in one figure.

    Raises: ValueError as they do.
    """
    grid = checked_grid(grid)
    with styled():
        figure = new_figure(8.6, 4.2, title)
        cells = figure.add_gridspec(3, 2, width_ratios=(1.45, 1.0))
        axes = figure.add_subplot(cells[:, 0])
        panels = [figure.add_subplot(cells[i, 1]) for i in range(3)]
        _draw_fit(axes, p, fit, grid, None)
        _draw_path(panels, fit, optimum, loss_label)
        figure.align_ylabels(panels)
        figure.legend(loc="outside upper left", ncols=3, columnspacing=1.6)
    return figure


def decimals(x: Array) -> int:
    """How many decimals of mu and sigma can be seen on this grid: two on a width of 10 to 100."""
    return max(0, 3 - int(np.floor(np.log10(x[-1] - x[0]))))


def _draw_fit(axes: Axes, p: Density, fit: Fit, grid: Grid, every: int | None) -> None:
    steps, x, digits = fit.mu.size - 1, grid.x, decimals(grid.x)
    start = Normal(float(fit.mu[0]), float(fit.sigma[0]))
    target, first, last = prob(p, grid), prob(start, grid), prob(fit.q, grid)

    def label(name: str, q: Normal) -> str:
        return rf"{name}  $\mu = {q.mu:.{digits}f},\ \sigma = {q.sigma:.{digits}f}$"

    density_axes(axes, x, top(target, first, last))
    axes.set_xlabel("x")
    axes.set_ylabel("density")
    draw_filled(axes, x, target, "target P")
    if every is not None:
        for i in range(_check.count("every", every, 1), steps, every):
            between = prob(Normal(float(fit.mu[i]), float(fit.sigma[i])), grid)
            axes.plot(x, between, color=FIT, alpha=0.3, linewidth=0.8)
    axes.plot(x, first, color=START, linestyle=START_DASHES, linewidth=1.2, label=label("start", start))
    axes.plot(x, last, color=FIT, linewidth=2.4, label=label(f"step {steps}", fit.q))


def _draw_path(panels: list[Axes], fit: Fit, optimum: Normal | None, loss_label: str) -> None:
    best = (None, None) if optimum is None else normal.checked(optimum, "optimum")
    names = (loss_label, r"$\mu$", r"$\sigma$")
    for axes, name, values, target in zip(panels, names, (fit.loss, fit.mu, fit.sigma), (None, *best), strict=True):
        # A path of one point has no length to draw.
        marker = "o" if values.size == 1 else ""
        color = INK if axes is panels[0] else FIT
        axes.plot(np.arange(values.size), values, color=color, linewidth=1.8, marker=marker)
        axes.set_xlim(0, max(values.size - 1, 1))
        axes.set_ylabel(name)
        axes.tick_params(labelbottom=axes is panels[-1])
        if target is not None:
            axes.axhline(target, color=FAINT_INK, linestyle=":", linewidth=1.4)
            axes.annotate(
                f"optimum\n{target:.4g}", (1.02, target), xycoords=("axes fraction", "data"), va="center",
                fontsize=9.0, color=FAINT_INK,
            )  # fmt: skip
        _scale(axes, values)
    panels[-1].set_xlabel("step")


def _scale(axes: Axes, values: Array) -> None:
    ...

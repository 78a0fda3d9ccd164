"""The still figures: densities, a fit, its path, and fits side by side."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from .. import _check
from .._types import Array, Density
from ..densities import Normal
from ..fitting import Fit
from ..grid import Grid
from . import style

# Above the curves, for the legend, so that it never lies on one.
HEADROOM = 1.4


def plot_densities(densities: Mapping[str, Density], grid: Grid) -> style.Figure:
    """Each density over the grid, a panel for each, under the name it has in the mapping.

    The look to take before a fit: is each where it should be, and all of it inside the window?

    Raises: ValueError if there are none.
    """
    if not densities:
        _check.fail("densities", "at least one", "none")
    fig = style.figure(3.2 * max(2, len(densities)), 2.6)
    for i, (name, p) in enumerate(densities.items()):
        ax = fig.add_subplot(1, len(densities), i + 1)
        style.target(ax, grid, style.density(p, grid))
        style.bare(ax, "x", "density" if i == 0 else "", name)
        ax.set_ylim(0, style.ceiling(style.density(p, grid)))
    return fig


def plot_fit(p: Density, fit: Fit, grid: Grid, *, title: str = "") -> style.Figure:
    """The target, the Normal the fit started from, and the one it ended with."""
    fig = style.figure(6.4, 3.6)
    _fit(fig.add_subplot(), p, fit, grid, title)
    return fig


def plot_path(
    fit: Fit, *, title: str = "", loss_label: str = "loss", optimum: Normal | None = None
) -> style.Figure:
    """The loss, mu and sigma against the step; the optimum, if one is given, as a dashed line."""
    fig = style.figure(6.4, 5.2)
    _path(tuple(fig.subplots(3, 1, sharex=True)), fit, loss_label, optimum)
    fig.align_ylabels()
    fig.suptitle(title, fontsize=11, color=style.TEXT, fontweight="bold", x=0.02, ha="left")
    return fig


def plot_summary(
    p: Density,
    fit: Fit,
    grid: Grid,
    *,
    title: str = "",
    loss_label: str = "loss",
    optimum: Normal | None = None,
) -> style.Figure:
    """`plot_fit` beside `plot_path`: where the fit ended, and how it got there."""
    fig = style.figure(9.6, 4.2)
    halves: Any = fig.subfigures(1, 2, width_ratios=(3, 2))
    left, right = halves
    _fit(left.add_subplot(), p, fit, grid, title)
    _path(tuple(right.subplots(3, 1, sharex=True)), fit, loss_label, optimum)
    right.align_ylabels()
    return fig


def plot_separations(
    rows: Sequence[tuple[str, Density, Mapping[str, Normal]]],
    grid: Grid,
    xlim: tuple[float, float] | None = None,
) -> style.Figure:
    """A panel a row: its name, its target, and the named Normals that were fitted to it.

    Raises: ValueError if there are no rows.
    """
    if not rows:
        _check.fail("rows", "at least one", "none")
    fig = style.figure(7.0, 2.5 * len(rows) + 0.3)
    x = style.fine(grid)
    # A name has one colour and line in every panel.
    names = list(dict.fromkeys(name for _, _, fits in rows for name in fits))
    colours = dict(zip(names, cycle(style.DISTINCT), strict=False))
    lines = dict(zip(names, cycle(("-", "--", "-.", ":")), strict=False))
    for i, (title, p, fits) in enumerate(rows):
        ax = fig.add_subplot(len(rows), 1, i + 1)
        height = style.density(p, grid)
        style.target(ax, grid, height)
        for label, q in sorted(fits.items(), key=lambda item: names.index(item[0])):
            name = f"{label}: {style.parameters(q)}"
            ax.plot(x, q.prob(x), color=colours[label], linestyle=lines[label], linewidth=2, label=name)
        style.bare(ax, "x" if i == len(rows) - 1 else "", "density", title)
        ax.set_ylim(0, HEADROOM * style.ceiling(height, *(q.prob(x) for q in fits.values())))
        ax.set_xlim(xlim or (grid.x[0], grid.x[-1]))
        style.legend(ax, loc="upper right")
    return fig


def _fit(ax: Axes, p: Density, fit: Fit, grid: Grid, title: str) -> None:
    height, start = style.density(p, grid), Normal(float(fit.mu[0]), float(fit.sigma[0]))
    x = style.fine(grid)
    first, last = start.prob(x), fit.q.prob(x)
    style.target(ax, grid, height)
    ax.plot(x, first, ":", color=style.START, linewidth=1.6, label=f"start: {style.parameters(start)}")
    ax.plot(x, last, color=style.FIT, linewidth=2.2, label=f"Q: {style.parameters(fit.q)}")
    style.bare(ax, "x", "density", title)
    ax.set_ylim(0, HEADROOM * style.ceiling(height, last, passing=[first]))
    ax.set_xlim(grid.x[0], grid.x[-1])
    style.legend(ax, loc="upper left")


def _path(axes: tuple[Axes, ...], fit: Fit, loss_label: str, optimum: Normal | None) -> None:
    marks = (None, None) if optimum is None else optimum
    rows = ((loss_label, fit.loss, None), (r"$\mu$", fit.mu, marks[0]), (r"$\sigma$", fit.sigma, marks[1]))
    for ax, (label, values, mark) in zip(axes, rows, strict=True):
        finite = np.isfinite(values)
        # A fit of no steps is a point, which a line would not show.
        marker = "o" if values.size == 1 else ""
        ax.plot(np.flatnonzero(finite), values[finite], marker=marker, color=style.FIT, linewidth=1.6)
        if mark is not None:
            ax.axhline(mark, color=style.ORANGE, linewidth=1.2, linestyle="--", label="optimum")
        style.bare(ax, "step" if ax is axes[-1] else "", label)
        ax.yaxis.label.set(rotation=0, ha="right", va="center")
    if optimum is not None:
        style.legend(axes[1], loc="best", handles=axes[1].get_lines()[1:])
    if _spans_decades(fit.loss):
        axes[0].set_yscale("log")


def _spans_decades(loss: Array) -> bool:
    """Whether the loss is positive throughout and falls by more than a hundred."""
    return bool(np.isfinite(loss).all() and loss.min() > 0 and loss.max() > 100 * loss.min())

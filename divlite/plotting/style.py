"""How every figure looks: colours, and axes with nothing on them that is not needed."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import figure as mpl_figure
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg

from .._types import Array, Density
from ..densities import Normal
from ..grid import Grid

# Petroff's cycle of six, told apart by people with any kind of colour vision.
BLUE, ORANGE, RED, PURPLE, GREY, VIOLET = mpl.color_sequences["petroff6"]
TARGET, FIT, START = GREY, BLUE, PURPLE
DISTINCT = (BLUE, ORANGE, PURPLE, RED, VIOLET)  # on the target's grey
TEXT = "#333333"


class Figure(mpl_figure.Figure):
    """A matplotlib figure that a notebook shows at the end of a cell, without pyplot."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """A PNG of two dots for each of the 96 that make an inch on a page, and its size there."""
        file = BytesIO()
        self.savefig(file, format="png", dpi=192)
        width, height = (round(96 * inches) for inches in self.get_size_inches())
        return file.getvalue(), {"width": width, "height": height}


def figure(width: float, height: float) -> Figure:
    """An empty figure of this many inches, at 144 dots an inch, drawn without a display."""
    fig = Figure(figsize=(width, height), dpi=144, layout="constrained", facecolor="white")
    FigureCanvasAgg(fig)
    return fig


def bare(ax: Axes, xlabel: str = "", ylabel: str = "", title: str = "") -> None:
    """Labels, a light grid, and no frame where there is no scale."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color("#aaaaaa")
    ax.tick_params(colors=TEXT, labelsize=9)
    ax.grid(True, color="#eeeeee", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.set_xlabel(xlabel, fontsize=10, color=TEXT)
    ax.set_ylabel(ylabel, fontsize=10, color=TEXT)
    ax.set_title(title, fontsize=11, color=TEXT, loc="left", fontweight="bold")


def legend(ax: Axes, **options: Any) -> None:
    frame = {"facecolor": "white", "edgecolor": "none", "framealpha": 0.8}
    ax.legend(fontsize=9, labelcolor=TEXT, **frame, **options)


def density(p: Density, grid: Grid) -> Array:
    """p at the points of the grid, in 1/units of x."""
    return np.exp(p.log_prob(grid.x))


def target(ax: Axes, grid: Grid, p: Array, label: str = "P, the target") -> None:
    """The target: a filled shape with a quiet edge, under whatever is fitted to it."""
    ax.fill_between(grid.x, p, color=TARGET, alpha=0.4, linewidth=0)
    ax.plot(grid.x, p, color=TARGET, linewidth=1.2, label=label)


def parameters(q: Normal) -> str:
    """mu and sigma as a legend names them."""
    return rf"$\mu = {number(q.mu)}$, $\sigma = {number(q.sigma)}$"


def number(value: float) -> str:
    """Three decimals, or significant digits where these would say nothing; 0 below what rounding leaves."""
    size = abs(value)
    if size < 1e-12:
        return "0.000"
    return f"{value:.3f}" if 1e-3 <= size < 1e4 else f"{value:.3g}" if size < 1 else f"{value:.8g}"


def fine(grid: Grid) -> Array:
    """Where to draw a Normal: the grid's points, and more between them if they are few."""
    if grid.x.size >= 400:
        return grid.x
    between = np.linspace(float(grid.x[0]), float(grid.x[-1]), 400)
    return np.sort(np.concatenate([grid.x, between]))


def ceiling(*shown: Array, passing: Sequence[Array] = ()) -> float:
    """The top of the density axis: room for what is shown, and for what passes up to six times that.

    A narrow fit on its way may be a spike, and must not flatten everything else.
    """
    highest = max(float(curve.max()) for curve in shown)
    tallest = max((float(curve.max()) for curve in passing), default=0.0)
    return 1.12 * max(highest, min(tallest, 6.0 * highest)) or 1.0

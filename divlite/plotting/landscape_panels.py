"""The panels of a landscape: contours by rank, the way down, basins, ends and paths; from plain arrays."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap
from matplotlib.contour import ContourSet
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from .._types import Array
from . import style
from .landscape_flow import ASPECT, NOWHERE, OUTSIDE, Labels, Mark, Surface, downhill

if TYPE_CHECKING:
    from ..fitting import Fit  # which draws itself in a notebook, and so needs this package

# Of the places shown, the share that lies lower: close together where it is low, so that valleys show.
LEVELS = (0.0, 0.003, 0.01, 0.03, 0.06, 0.1, 0.16, 0.24, 0.34, 0.46, 0.6, 0.75, 0.9, 1.0)
HEIGHTS = LinearSegmentedColormap.from_list("heights", ["#12305f", style.BLUE, "#c9dcff", "#f8fafd"])
GREYS = LinearSegmentedColormap.from_list("greys", ["#5b6470", "#98a1ad", "#d5dae0", "#fafafa"])
INK, PATH = "#111111", style.ORANGE
HATCHES = {OUTSIDE: "///", NOWHERE: "xxxx"}
HATCH, INFINITE = "#9aa7bd", "#d9d9d9"
# What stands for each kind of place, in a legend's order.
MARKS: dict[str, tuple[str, dict[str, Any]]] = {
    "minimum": ("minimum", {"marker": "o", "color": INK, "markersize": 7}),
    "level": ("level ground", {"marker": "o", "color": "white", "markersize": 7}),
    "saddle": ("saddle", {"marker": "X", "color": style.RED, "markersize": 7}),
    "border": ("a way out of the box", {"marker": "^", "color": style.PURPLE, "markersize": 8}),
}


def panel(
    ax: Axes,
    shown: Surface,
    labels: Labels | None,
    marks: Sequence[Mark],
    paths: Sequence["Fit"] = (),
    small: bool = False,
) -> ContourSet | None:
    """One landscape; the filled contours, for a scale, or None where no value is finite.

    small: in greys, for what moves over it to be seen, and without arrows and numbers, which have no room.
    """
    ax.set_box_aspect(ASPECT)
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter("{x:g}")
    ax.set_xlim(shown.mu[0], shown.mu[-1])
    ax.set_ylim(shown.sigma[0], shown.sigma[-1])
    share = ranks(shown.loss)
    ax.set_facecolor(INFINITE)
    if not np.isfinite(share).any():
        ax.text(0.5, 0.5, "infinite everywhere", transform=ax.transAxes, ha="center", color=style.TEXT)
        return None
    norm, colours = BoundaryNorm(LEVELS, HEIGHTS.N), GREYS if small else HEIGHTS
    filled = ax.contourf(shown.mu, shown.sigma, share, levels=LEVELS, norm=norm, cmap=colours)
    ax.contour(shown.mu, shown.sigma, share, levels=LEVELS, colors="white", linewidths=0.5, alpha=0.8)
    if labels is not None:
        _borders(ax, shown, labels)
    if not small:
        _arrows(ax, shown)
    for path in paths:
        ax.plot(path.mu, path.sigma, color=PATH, linewidth=2.0, zorder=4)
        ax.plot(path.mu[0], path.sigma[0], "o", color="white", markeredgecolor=PATH, markersize=6, zorder=4)
    for mark in marks:
        smaller: dict[str, Any] = {"markersize": 5, "markeredgewidth": 0.8} if small else {}
        look = _look(mark.kind) | smaller
        ax.plot(mark.mu, mark.sigma, **look, linestyle="", zorder=5, clip_on=False)
        if mark.kind in ("minimum", "level") and not small:
            _value(ax, mark)
    return filled


def ranks(loss: Array) -> Array:
    """Of each value the share of the finite values below it, in [0, 1]; equal values share a rank."""
    values = loss[np.isfinite(loss)]
    below = np.searchsorted(np.sort(values), loss) / max(1, values.size - 1)
    return np.where(np.isfinite(loss), np.minimum(below, 1.0), np.nan)


def _look(kind: str) -> dict[str, Any]:
    look = MARKS[kind][1]
    edge = INK if look["color"] == "white" else "white"
    return {**look, "markeredgecolor": edge, "markeredgewidth": 1.2}


def _value(ax: Axes, mark: Mark) -> None:
    """The loss at an end, beside its mark."""
    low, high = ax.get_xlim()
    right = mark.mu < low + 0.8 * (high - low)
    place: dict[str, Any] = {
        "textcoords": "offset points",
        "va": "center",
        "ha": "left" if right else "right",
    }
    drawn = ax.annotate(
        f"{mark.loss:.3g}",
        (mark.mu, mark.sigma),
        (7 if right else -7, 0),
        fontsize=8,
        color=INK,
        zorder=6,
        **place,
    )
    drawn.set_path_effects([withStroke(linewidth=2.5, foreground="white")])


def _borders(ax: Axes, shown: Surface, labels: Labels) -> None:
    """A line where two basins meet; hatching where descent leaves the box, and where it does not move."""
    numbers = np.unique(labels)
    for number in numbers[1:]:
        inside = _smooth((labels == number).astype(float))
        ax.contour(shown.mu, shown.sigma, inside, levels=[0.5], colors="white", linewidths=2.6, zorder=2)
        ax.contour(shown.mu, shown.sigma, inside, levels=[0.5], colors=INK, linewidths=1.1, zorder=2)
    for number, hatch in HATCHES.items():
        if number in numbers:
            inside = np.where(np.isnan(shown.loss), np.nan, _smooth((labels == number).astype(float)))
            drawn = ax.contourf(
                shown.mu, shown.sigma, inside, levels=[0.5, 1.5], colors="none", hatches=[hatch]
            )
            drawn.set_edgecolor(HATCH)
            drawn.set_linewidth(0)


def _smooth(inside: Array) -> Array:
    """The mean over three points each way, twice: so the line at one half has no steps."""
    for axis in (0, 1, 0, 1):
        wide = np.pad(inside, [(1, 1) if k == axis else (0, 0) for k in (0, 1)], mode="edge")
        size = inside.shape[axis]
        inside = np.mean([wide.take(range(k, k + size), axis) for k in range(3)], axis=0)
    return inside


def _arrows(ax: Axes, shown: Surface, across: int = 15, up: int = 10) -> None:
    """Arrows of one length that point straight downhill on the page, a few of them."""
    rows, columns = (
        [round((k + 1) * (size - 1) / (few + 1)) for k in range(few)]
        for size, few in ((shown.sigma.size, up), (shown.mu.size, across))
    )
    x, y = (part[np.ix_(rows, columns)] for part in downhill(shown))
    shape: dict[str, Any] = {"scale": 34, "width": 0.0028, "headwidth": 4.5, "headlength": 5, "pivot": "mid"}
    ax.quiver(*np.meshgrid(shown.mu[columns], shown.sigma[rows]), x, y, color=style.TEXT, alpha=0.75, **shape)


def legend_handles(kinds: set[str], labels: set[int], paths: bool, infinite: bool) -> list[Any]:
    """What a legend shows: of each kind that occurs its mark, then lines and hatching."""
    none = np.array([])
    handles: list[Any] = [
        Line2D(none, none, linestyle="", label=words, **_look(kind))
        for kind, (words, _) in MARKS.items()
        if kind in kinds
    ]
    if len(labels) > 1:
        handles.append(Line2D(none, none, color=INK, linewidth=1.1, label="where basins meet"))
    if paths:
        start: dict[str, Any] = {"marker": "o", "markerfacecolor": "white", "markersize": 6}
        handles.append(Line2D(none, none, color=PATH, linewidth=2, label="a fit, from its start", **start))
    away = "starts that leave the box" + (" or reach the grey" if infinite else "")
    words = {OUTSIDE: away, NOWHERE: "no slope: nothing moves"}
    patches = [
        Patch(facecolor="white", edgecolor=HATCH, hatch=hatch, linewidth=0, label=words[number])
        for number, hatch in HATCHES.items()
        if number in labels
    ]
    return handles + patches + [Patch(facecolor=INFINITE, label="not finite")] * infinite

"""The panels of a force diagram: P and Q, sensitivity, score, product; what stands in them and what moves."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.patches import Patch

from .._types import Array, Density, Family
from ..grid import Grid
from ..language import Language, phrase, told
from . import style
from .force_words import Force, Theta

BELOW: dict[str, Any] = {"facecolor": style.VIOLET, "alpha": 0.75}
ABOVE: dict[str, Any] = {"facecolor": style.ORANGE, "alpha": 0.9}
SHADE: dict[str, Any] = {"facecolor": style.TARGET, "alpha": 0.15, "linewidth": 0}


class Column(NamedTuple):
    """The artists that depend on Q, the lowest first; `texts` are Q, both areas, the net, and the step.

    cells: the edges of the bars that are filled, one a point, shape (n + 1,).
    """

    fills: tuple[Any, ...]
    zeros: tuple[Any, ...]
    lines: tuple[Any, ...]
    texts: tuple[Any, ...]
    cells: Array


def build(
    axes: tuple[Any, ...], p: Density, grid: Grid, cells: Array, wrt: Theta, animated: bool = False
) -> Column:
    """Four panels with everything that does not depend on Q, and the artists for what does."""
    for ax, (label, heading) in zip(axes, _labels(wrt), strict=True):
        style.bare(ax, "x" if ax is axes[-1] else "", label, lang=wrt.lang)
        ax.set_title(told(heading, wrt.lang), fontsize=9, color=style.TEXT, loc="left")
        ax.set_xlim(cells[0], cells[-1])
        ax.yaxis.set_major_formatter("{x:.3g}")  # the usual one may put a power of ten under the legend
    height = style.target(axes[0], grid, p, wrt.lang)
    for ax in axes[1:]:
        ax.axhline(0, color="#999999", linewidth=0.8)
        ax.fill_between(
            grid.x, 0, 1, where=height > 0.1 * height.max(), transform=ax.get_xaxis_transform(), **SHADE
        )

    def line(ax: Any, color: Any, width: float, **options: Any) -> Any:
        return ax.plot([], [], color=color, linewidth=width, animated=animated, **options)[0]

    zeros = tuple(line(ax, style.FIT, 1.2, ls=":", transform=ax.get_xaxis_transform()) for ax in axes)
    fills = tuple(
        axes[3].fill_between(cells, 0 * cells, step="post", linewidth=0, animated=animated, **colour)
        for colour in (BELOW, ABOVE)
    )
    colours = (style.FIT, style.TEXT, style.FIT, style.TEXT)
    lines = tuple(line(ax, c, 1.4, marker=".", markersize=4) for ax, c in zip(axes, colours, strict=True))
    lines[0].set(linewidth=2.2, marker="", label=" ")
    # Over the panels and not in them, where they would lie on a curve sooner or later. Of these legends a
    # frame draws only what changes, and where the legend put it: glyphs are most of its time.
    blank = [Patch(label=" ", alpha=0) for _ in range(4)]
    blank[0].set_label(told(phrase("net area: {}", f"dL/d{wrt.sign}"), wrt.lang))
    pushes = (told(push, wrt.lang) for push in wrt.pushes)
    patches = [Patch(label=push, **c) for push, c in zip(pushes, (BELOW, ABOVE), strict=True)]
    style.legend(axes[0], " " if animated else "", ncols=2)
    style.legend(axes[3], handles=[*patches, *blank], ncols=2, columnspacing=-0.5)
    top, bottom = axes[0].get_legend(), axes[3].get_legend()
    texts = top.get_texts()[1], *bottom.get_texts()[3:], top.get_title()
    for text in (bottom.get_texts()[2], texts[3]):
        text.set_fontweight("bold")
    return Column(fills, zeros, lines, texts, cells)


def _labels(wrt: Theta) -> tuple[tuple[str, str], ...]:
    """What stands at the axis of each panel, and over it."""
    seen, net = f"dL/d{wrt.moves}", f"dL/d{wrt.sign}"
    of_loss = phrase("sensitivity {d}: how the loss changes with {what}", d=seen, what=wrt.called)
    of_q = phrase("{score}: how {what} changes with {sign}", score=wrt.score, what=wrt.called, sign=wrt.sign)
    return (
        (style.HEIGHT, ""),
        (phrase("per unit of x"), of_loss),
        (f"d{wrt.moves}/d{wrt.sign}", of_q),
        (phrase("{} per unit of x", net), ""),
    )


def show(
    column: Column, q: Family, grid: Grid, push: Force, wrt: Theta, times: Sequence[float] = (1, 1, 1)
) -> None:
    """Put the artists where this Q has them, each curve magnified so many times."""
    x = style.fine(grid)
    column.lines[0].set_data(x, q.prob(x))
    # Each is a line from 0 to 1, and between two there is a gap.
    zeros = [x for z in wrt.still for x in (q.mu + q.sigma * z, q.mu + q.sigma * z, np.nan)]
    for dotted in column.zeros:
        dotted.set_data(zeros, (0, 1, np.nan) * len(wrt.still))
    drawn = [finite(curve) * much for curve, much in zip(push[:3], times, strict=True)]
    for line, curve in zip(column.lines[1:], drawn, strict=True):
        line.set_data(grid.x, curve)
        line.set_markevery(_dots(curve))
    bars = np.nan_to_num(drawn[2][[*range(grid.x.size), -1]])
    for fill, part in zip(column.fills, (np.minimum(bars, 0), np.maximum(bars, 0)), strict=True):
        fill.set_data(column.cells, part, 0)


def say(column: Column, lang: Language, *texts: str) -> None:
    """Q, both areas, the net and what it does, and the step in an animation."""
    for drawn, text in zip(column.texts, texts, strict=False):
        drawn.set_text(told(text, lang))


def scale(ax: Any, drawn: Array) -> tuple[Any, float, Any]:
    """A fixed scale for all that is drawn in a panel, with one number at its axis, at a round value.

    The text of that number, its value where nothing is magnified, and the text that says what is.
    """
    low, high = limits(drawn)
    end = high if high >= -low else low
    size = 10.0 ** np.floor(np.log10(0.9 * abs(end)))
    at = float(np.copysign(size * max(k for k in (1, 2, 5) if k * size <= 0.95 * abs(end)), end))
    ax.set_yticks([0, at], ["0", ""])
    ax.set_ylim(low, high)
    look: dict[str, Any] = {"fontsize": 9, "color": style.TEXT, "animated": True, "ha": "right"}
    tick = ax.text(-0.015, at, "", transform=ax.get_yaxis_transform(), va="center", **look)
    # Over the panel, beside the first line of what stands there.
    lines = 3 if ax.get_legend() else 1
    above = {"xytext": (0, 14 * lines - 9), "textcoords": "offset points"}
    return tick, at, ax.annotate("", (1, 1), xycoords="axes fraction", **above, **look)


def limits(curve: Array) -> tuple[float, float]:
    """A range with 0 and every finite value in it."""
    values = curve[np.isfinite(curve)]
    low, high = values.min(initial=0.0), values.max(initial=0.0)
    room = 0.1 * (high - low) or 1.0
    return float(low - room), float(high + room)


def tallest(curve: Array) -> float:
    """The largest finite size on a curve; 1 if there is none above 0."""
    return float(np.abs(curve[np.isfinite(curve)]).max(initial=0.0)) or 1.0


def finite(curve: Array) -> Array:
    """The curve with a gap wherever it is infinite."""
    return np.where(np.isfinite(curve), curve, np.nan)


def _dots(curve: Array) -> list[int]:
    """The points that a line would not show: all if they are few, else those alone between two gaps."""
    shown = np.pad(np.isfinite(curve), 1)
    alone = shown[1:-1] & ~shown[:-2] & ~shown[2:]
    few = np.count_nonzero(shown) <= 40
    return np.flatnonzero(shown[1:-1] if few else alone).tolist()

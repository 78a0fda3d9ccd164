"""The panels of a force diagram: P and Q, sensitivity, score, product; what stands in them and what moves."""

from typing import Any, Literal, NamedTuple

import numpy as np
from matplotlib.patches import Patch

from .._types import Array, Density
from ..densities import Normal
from ..grid import Grid
from . import style

Parameter = Literal["mu", "sigma"]
PARAMETERS: tuple[Parameter, ...] = ("mu", "sigma")
# Letters and not mathtext, whose lines would have other heights than those of the numbers.
MU, SIGMA, SQUARED = "\N{GREEK SMALL LETTER MU}", "\N{GREEK SMALL LETTER SIGMA}", "\N{SUPERSCRIPT TWO}"
MINUS, RIGHT, LEFT = "\N{MINUS SIGN}", "\N{RIGHTWARDS ARROW}", "\N{LEFTWARDS ARROW}"
BELOW: dict[str, Any] = {"facecolor": style.VIOLET, "alpha": 0.75}
ABOVE: dict[str, Any] = {"facecolor": style.ORANGE, "alpha": 0.9}
SHADE: dict[str, Any] = {"facecolor": style.TARGET, "alpha": 0.15, "linewidth": 0}
ROUNDING = 1e-12  # of the size of its terms: less of a sum is what rounding leaves


class Words(NamedTuple):
    """What is said of a parameter: its sign, its score; what is done to it by what is below 0, and above."""

    sign: str
    score: str
    pushes: tuple[str, str]
    descends: tuple[str, str]


WORDS = {
    "mu": Words(
        MU,
        f"z/{SIGMA}",
        (f"pushes {MU} right {RIGHT}", f"pushes {MU} left {LEFT}"),
        (f"moves {MU} right", f"moves {MU} left"),
    ),
    "sigma": Words(
        SIGMA, f"(z{SQUARED} {MINUS} 1)/{SIGMA}", ("widens Q", "narrows Q"), ("widens Q", "narrows Q")
    ),
}


class Force(NamedTuple):
    """The factors and their product, shape (n,), NaN where the weight is 0; and sums of w_i product_i.

    `below` sums the negative terms, which push the parameter up, `above` the positive ones, which push it
    down; `net` is dL/dtheta.
    """

    sensitivity: Array
    score: Array
    product: Array
    below: float
    above: float
    net: float


class Column(NamedTuple):
    """The artists that depend on Q, the lowest first; `texts` are Q, both sums, the net, and the step."""

    fills: tuple[Any, ...]
    zeros: tuple[Any, ...]
    lines: tuple[Any, ...]
    texts: tuple[Any, ...]


def build(axes: tuple[Any, ...], p: Density, grid: Grid, wrt: Parameter, animated: bool = False) -> Column:
    """Four panels with everything that does not depend on Q, and the artists for what does."""
    words = WORDS[wrt]
    labels = "density", "dL/dlog q", f"dlog q/d{words.sign}", f"dL/d{words.sign} at x"
    headings = (
        "",
        "sensitivity: how the loss answers to log q at x",
        f"score {words.score}: how log q at x answers to {words.sign}",
        "",
    )
    for ax, label, heading in zip(axes, labels, headings, strict=True):
        style.bare(ax, "x" if ax is axes[-1] else "", label)
        ax.set_title(heading, fontsize=9, color=style.TEXT, loc="left")
        ax.set_xlim(grid.x[0], grid.x[-1])
        ax.yaxis.set_major_formatter("{x:.3g}")  # the usual one may put a power of ten under the legend
    height = style.target(axes[0], grid, p)
    for ax in axes[1:]:
        ax.axhline(0, color="#999999", linewidth=0.8)
        ax.fill_between(
            grid.x, 0, 1, where=height > 0.1 * height.max(), transform=ax.get_xaxis_transform(), **SHADE
        )

    def line(ax: Any, color: Any, width: float, **options: Any) -> Any:
        return ax.plot([], [], color=color, linewidth=width, animated=animated, **options)[0]

    zeros = tuple(line(ax, style.FIT, 1.2, ls=":", transform=ax.get_xaxis_transform()) for ax in axes)
    fills = tuple(
        axes[3].fill_between(grid.x, 0 * grid.x, interpolate=True, linewidth=0, animated=animated, **colour)
        for colour in (BELOW, ABOVE)
    )
    colours = (style.FIT, style.TEXT, style.FIT, style.TEXT)
    lines = tuple(line(ax, c, 1.4, marker=".", markersize=4) for ax, c in zip(axes, colours, strict=True))
    lines[0].set(linewidth=2.2, marker="", label=" ")
    # Over the panels and not in them, where they would lie on a curve sooner or later. Of these legends a
    # frame draws only what changes, and where the legend put it: glyphs are most of its time.
    blank = [Patch(label=" ", alpha=0) for _ in range(4)]
    blank[0].set_label(f"sum: dL/d{words.sign}")
    patches = [Patch(label=push, **c) for push, c in zip(words.pushes, (BELOW, ABOVE), strict=True)]
    style.legend(axes[0], " " if animated else "", ncols=2)
    style.legend(axes[3], handles=[*patches, *blank], ncols=2, columnspacing=-0.5)
    top, bottom = axes[0].get_legend(), axes[3].get_legend()
    texts = top.get_texts()[1], *bottom.get_texts()[3:], top.get_title()
    for text in (bottom.get_texts()[2], texts[3]):
        text.set_fontweight("bold")
    return Column(fills, zeros, lines, texts)


def show(
    column: Column, q: Normal, grid: Grid, push: Force, wrt: Parameter, scales: Any = (1.0, 1.0, 1.0)
) -> None:
    """Put the artists where this Q has them, each curve divided by its scale."""
    words, x = WORDS[wrt], style.fine(grid)
    column.lines[0].set_data(x, q.prob(x))
    zeros = (q.mu, q.mu) if wrt == "mu" else (q.mu - q.sigma, q.mu - q.sigma, np.nan, *[q.mu + q.sigma] * 2)
    for dotted in column.zeros:
        dotted.set_data(zeros, (0, 1, np.nan, 0, 1)[: len(zeros)])
    drawn = [finite(curve) / scale for curve, scale in zip(push[:3], scales, strict=True)]
    for line, curve in zip(column.lines[1:], drawn, strict=True):
        line.set_data(grid.x, curve)
        line.set_markevery(_dots(curve))
    product = np.ma.masked_invalid(drawn[2])
    for fill, where in zip(column.fills, (drawn[2] < 0, drawn[2] > 0), strict=True):
        fill.set_data(grid.x, product, 0, where=where)
    size = push.above - push.below
    below, above, net = (amount(value, size) for value in (push.below, push.above, push.net))
    name = f"Q: {MU} = {style.number(q.mu)}, {SIGMA} = {style.number(q.sigma)}"
    said = name.replace("-", MINUS), below, above, f"{net}: {_verdict(push, words)}"
    for text, words_ in zip(column.texts, said, strict=False):
        text.set_text(words_)


def _verdict(push: Force, words: Words) -> str:
    size = push.above - push.below
    if not np.isfinite(push.net):
        return "no direction"
    if abs(push.net) <= ROUNDING * size:
        return "the pushes balance" if size else f"nothing pushes {words.sign}"
    return f"descent {words.descends[int(push.net > 0)]}"


def amount(value: float, size: float = 0.0) -> str:
    """A signed number of three digits; 0 for what rounding leaves of a sum of terms of this size."""
    if value == 0 or abs(value) <= ROUNDING * size < np.inf:
        return "0"
    return "nan" if np.isnan(value) else f"{value:+#.3g}".rstrip(".").replace("-", MINUS)


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

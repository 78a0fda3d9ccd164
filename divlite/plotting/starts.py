"""A map of starts: the plane of mu and sigma, each start in the colour of where its fit was going to end."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from .._types import Array, Density
from ..descent.optimum import Optimum
from ..destination import VERDICTS
from ..grid import Grid
from ..language import Language, phrase, told
from . import style

MINIMA = (style.BLUE, style.ORANGE, style.PURPLE, style.RED, style.VIOLET)
OTHERS = ("#d9d9d9", "#b9c0cc", "#8f98a8")
PLACES = ("minimum", "saddle", "maximum", "undecided")  # ends whose mu and sigma say something
NOWHERE, INK = "white", "#111111"


def plot_starts(
    p: Density,
    grid: Grid,
    mu: Array,
    sigma: Array,
    ends: NDArray[np.int64],
    optima: Sequence[Optimum],
    title: str,
    lang: Language = "en",
) -> style.Figure:
    """Where the fit from each start was going to end, under P; both have x and mu on one scale.

    mu: shape (m,); sigma: shape (k,), even in its log; ends: shape (k, m), the place in `optima` of the end
    of each, -1 for none. Coloured are ends at a minimum, grey all others.
    """
    fig = style.figure(7.4, 7.0)
    style.headline(fig, told(title, lang))
    axes: Any = fig.subplots(2, 1, height_ratios=(1, 4), sharex=True)
    above, ax = axes
    height = style.target(above, grid, p, lang)
    style.bare(above, title=style.called(p, grid), lang=lang)
    above.set_ylim(0, style.ceiling(height))
    style.bare(ax, phrase(r"$\mu$ of the start"), phrase(r"$\sigma$ of the start"), lang=lang)
    ax.grid(False)
    colours = colours_of(optima)
    norm = BoundaryNorm(np.arange(-1.5, len(optima)), len(colours))
    ax.pcolormesh(edges(mu), np.exp(edges(np.log(sigma))), ends, cmap=ListedColormap(colours), norm=norm)
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter("{x:g}")
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    for k, end in enumerate(optima):
        if end.verdict == "minimum" and left <= end.q.mu <= right and low <= end.q.sigma <= high:
            look: dict[str, Any] = {"markerfacecolor": colours[k + 1], "markeredgecolor": INK}
            ax.plot(end.q.mu, end.q.sigma, "o", markersize=9, markeredgewidth=1.8, **look)
    fig.legend(
        handles=_handles(ends, optima, colours, lang),
        loc="outside lower center",
        ncols=2,
        frameon=False,
        fontsize=9,
    )
    return fig


def colours_of(optima: Sequence[Optimum]) -> list[Any]:
    """Of no end, then of each: a colour of the cycle for a minimum, a grey for anything else."""
    found, seen = list[Any]([NOWHERE]), {True: 0, False: 0}
    for end in optima:
        is_minimum = end.verdict == "minimum"
        cycle = MINIMA if is_minimum else OTHERS
        found.append(cycle[seen[is_minimum] % len(cycle)])
        seen[is_minimum] += 1
    return found


def edges(middles: Array) -> Array:
    """The edges of even cells around these middles."""
    half = 0.5 * float(middles[1] - middles[0]) if middles.size > 1 else 0.5
    return np.append(middles - half, middles[-1] + half)


def _handles(
    ends: NDArray[np.int64], optima: Sequence[Optimum], colours: list[Any], lang: Language
) -> list[Any]:
    words = [_place(end) for end in optima]
    shares = [float((ends == k).mean()) for k in range(len(optima))]
    if (ends < 0).any():
        words.append(phrase("no finite loss, or out of its domain"))
        shares.append(float((ends < 0).mean()))
    handles = list[Any]()
    for place, share, colour in zip(words, shares, [*colours[1:], NOWHERE], strict=False):
        label = told(style.entry(place, phrase("{:.1%} of the starts", share)), lang)
        handles.append(Patch(facecolor=colour, edgecolor="#aaaaaa", label=label))
    none, label = np.array([]), told(phrase("a minimum"), lang)
    ring: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": INK, "markeredgewidth": 1.8}
    handles.append(Line2D(none, none, linestyle="", marker="o", markersize=9, label=label, **ring))
    return handles


def _place(end: Optimum) -> str:
    """Where an end lies, and what it is if it is no minimum."""
    if end.verdict not in PLACES:
        return VERDICTS[end.verdict]
    place = phrase("to {}", style.parameters(end.q))
    return phrase("{0}, {1}", place, VERDICTS[end.verdict]) if end.verdict != "minimum" else place

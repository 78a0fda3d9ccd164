"""The panels of a fit: the densities where it began and ended, and its path."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import SymmetricalLogLocator

from .. import families
from .._types import Array, Density, Family
from ..ending import evaluation
from ..grid import Grid
from ..language import Language, phrase, template, told
from . import style

if TYPE_CHECKING:
    from ..fitting import Fit  # which draws itself in a notebook, and so needs this package


OPTIMUM = phrase("optimum")


class Mark(NamedTuple):
    """A Q that a fit is shown beside, and the loss there, if that is known."""

    label: str
    q: Family
    loss: float | None


def mark(fit: "Fit", optimum: Family | None) -> Mark | None:
    """The optimum if one is named; else a minimum downhill from the end, or at it."""
    loss, p, grid = fit.divergence, fit.p, fit.grid
    if loss is None or p is None or grid is None:
        return None if optimum is None else Mark(OPTIMUM, optimum, None)
    with np.errstate(all="ignore"):  # a fit may end where anything overflows
        if optimum is not None:
            value, *_ = evaluation(loss, p, optimum, grid)(optimum.mu, optimum.sigma)
            return Mark(OPTIMUM, optimum, value)
        try:
            found = fit.optimum
        except ValueError:  # the loss is not finite at the end
            return None
        # Outside the window the loss sees a tail of Q, and no more.
        if found.verdict != "minimum" or not grid.x[0] <= found.q.mu <= grid.x[-1]:
            return None
        label = phrase("the minimum") if fit.converged else phrase("a minimum downhill")
        return Mark(label, found.q, found.loss)


def notes(fit: "Fit") -> tuple[str, ...]:
    """What a reader should know of a fit; nothing of one made by hand."""
    with np.errstate(all="ignore"):
        return () if fit.divergence is None else fit.notes


def densities(ax: Axes, p: Density, fit: "Fit", grid: Grid, marked: Mark | None, lang: Language) -> None:
    """P, Q at the start and at the end, and the mark; what they are, above the panel."""
    start, x = families.moved(fit.q, float(fit.mu[0]), float(fit.sigma[0])), style.fine(grid)
    height = style.target(ax, grid, p, lang)
    first, last = start.prob(x), fit.q.prob(x)
    shown = [height, last]
    began = told(style.entry(phrase("start"), style.parameters(start)), lang)
    ended = told(style.fitted("Q", fit.q, grid), lang)
    ax.plot(x, first, ":", color=style.START, linewidth=1.6, label=began)
    ax.plot(x, last, color=style.FIT, linewidth=2.2, label=ended)
    if marked is not None:
        name = told(style.entry(marked.label, style.parameters(marked.q)), lang)
        shown.append(marked.q.prob(x))
        ax.plot(x, shown[-1], "--", color=style.ORANGE, linewidth=1.4, label=name)
    style.bare(ax, "x", style.HEIGHT, lang=lang)
    ax.set_ylim(0, style.ceiling(*shown, passing=[first]))
    ax.set_xlim(grid.x[0], grid.x[-1])
    style.legend(ax)


def path(axes: tuple[Axes, ...], fit: "Fit", loss_label: str, marked: Mark | None, lang: Language) -> None:
    """The loss, mu and sigma against the step, and where the mark has them.

    Where the loss at the mark is known and none of the fit's is below it, the first panel has the distance
    to it, on a log scale.
    """
    above = _above(fit.loss, marked)
    marks = (None, None, None) if marked is None else (marked.loss, marked.q.mu, marked.q.sigma)
    minimum = marked is None or marked.label != OPTIMUM
    first = (loss_label, fit.loss, marks[0])
    if above is not None:
        where = template("{} above\nthe minimum") if minimum else template("{} above\nthe optimum")
        first = (phrase(where, loss_label), above, None)
    rows = first, (r"$\mu$", fit.mu, marks[1]), (r"$\sigma$", fit.sigma, marks[2])
    for ax, (label, values, at) in zip(axes, rows, strict=True):
        finite = np.isfinite(values)
        # A fit of no steps is a point, which a line would not show.
        marker = "o" if values.size == 1 else ""
        ax.plot(np.flatnonzero(finite), values[finite], marker=marker, color=style.FIT, linewidth=1.6)
        if marked is not None and at is not None:
            ax.axhline(at, color=style.ORANGE, linewidth=1.2, linestyle="--", label=told(marked.label, lang))
        style.bare(ax, phrase("step") if ax is axes[-1] else "", label, lang=lang)
        ax.ticklabel_format(axis="y", useOffset=False)  # not "-1.5e1" above a panel, to be added in the head
        ax.yaxis.label.set(rotation=0, ha="right", va="center")
        ax.xaxis.set_major_formatter("{x:,.0f}")
    if marked is None or above is None:
        _scale(axes[0], fit.loss, lang)
    else:
        axes[0].set_yscale("log")
        least = template("minimum: {:.7g}") if minimum else template("optimum: {:.7g}")
        words = told(phrase(least, marked.loss), lang)
        axes[0].set_title(words, fontsize=8, color=style.TEXT, loc="right")


def _above(loss: Array, marked: Mark | None) -> Array | None:
    """The loss less that at the mark, nan where rounding hides it; None if some of the fit's is below."""
    if marked is None or marked.loss is None or not np.isfinite(marked.loss):
        return None
    above = loss - marked.loss
    rounding = 8 * np.finfo(float).eps * max(abs(marked.loss), np.finfo(float).tiny)
    if (above < -1e3 * rounding).any():
        return None
    seen = np.where(np.isfinite(above) & (above > rounding), above, np.nan)
    return seen if np.isfinite(seen).sum() > 1 else None


def _scale(ax: Any, loss: Array, lang: Language) -> None:
    """A log scale where a loss falls by more than a hundred; a linear part around 0 where it ends below 0."""
    values = loss[np.isfinite(loss)]
    positive, lowest = values[values > 0], values.min(initial=0.0)
    if lowest < 0 and values.max() > -20 * lowest:
        # On a linear scale less than a twentieth of the panel would be below 0.
        linear = 10.0 ** np.floor(np.log10(-lowest))
        ax.set_yscale("symlog", linthresh=linear)
        ax.yaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=linear))
        ax.yaxis.get_major_locator().set_params(numticks=5)
        words = told(phrase("linear within {}", f"\N{PLUS-MINUS SIGN}{linear:g}"), lang)
        ax.set_title(words, fontsize=8, color=style.TEXT, loc="right")
        ax.axhline(0, color="#999999", linewidth=0.8)
    elif lowest >= 0 and positive.size and values.max() > 100 * positive.min():
        ax.set_yscale("log")

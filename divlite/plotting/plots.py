"""The still figures: densities, a fit, its path, and fits side by side."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._types import Density, Family
from ..grid import Grid
from ..language import Language, checked, phrase, told
from . import arguments, fit_panels, style

if TYPE_CHECKING:
    from ..fitting import Fit  # which draws itself in a notebook, and so needs this package

LOSS = phrase("loss")


def plot_densities(densities: Mapping[str, Density], grid: Grid, *, lang: Language = "en") -> style.Figure:
    """Each density over the grid, a panel for each, under the name it has in the mapping, and its mass there.

    The look to take before a fit: is each where it should be, and all of it inside the window?
    lang: the language of the words; the names stay as they are given.

    Raises: ValueError naming the argument, what was expected and what was given; also if there are none.
    """
    points, lang = arguments.drawable(grid), checked(lang)
    shown = arguments.densities("densities", densities, points)
    fig = style.figure(3.2 * max(2, len(shown)), 2.6)
    for i, (name, p) in enumerate(shown.items()):
        ax = fig.add_subplot(1, len(shown), i + 1)
        height = style.target(ax, points, p, lang)
        style.bare(ax, "x", style.HEIGHT if i == 0 else "", name, lang)
        ax.set_title(told(style.held(p, points), lang), fontsize=9, color=style.TEXT, loc="right")
        ax.set_ylim(0, style.ceiling(height))
        ax.set_xlim(points.x[0], points.x[-1])
    return fig


def plot_fit(
    p: Density,
    fit: "Fit",
    grid: Grid,
    *,
    title: str | None = None,
    optimum: Family | None = None,
    lang: Language = "en",
) -> style.Figure:
    """The target, the Q the fit started from, and the one it ended with, with their masses on the grid.

    The title is the whole loss, if no other is given. Dashed stands the optimum: the one that is named, or,
    of a fit of `dl.fit`, its `Fit.optimum` if that is a minimum inside the window; the fit itself may go on
    to another. Under them stand the notes of the fit. lang: the language of the words.

    Raises: ValueError naming the argument, what was expected and what was given.
    """
    (target, points), path, lang = arguments.experiment(p, grid), arguments.fit(fit), checked(lang)
    marked = fit_panels.mark(path, arguments.optimum(optimum))
    fig = style.figure(6.4, 4.0)
    style.headline(fig, arguments.title(title, path))
    fit_panels.densities(fig.add_subplot(), target, path, points, marked, lang)
    style.footnotes(fig, fit_panels.notes(path), lang)
    return fig


def plot_path(
    fit: "Fit",
    *,
    title: str | None = None,
    loss_label: str = LOSS,
    optimum: Family | None = None,
    lang: Language = "en",
) -> style.Figure:
    """The loss, mu and sigma against the step; the title, the optimum and lang as in `plot_fit`.

    Where the loss at the optimum is known, the first panel has the distance to it, on a log scale. Otherwise
    the loss is on a log scale where that says more, and on one with a linear part where it ends below 0.

    Raises: ValueError naming the argument, what was expected and what was given.
    """
    path, label, lang = arguments.fit(fit), arguments.text("loss_label", loss_label), checked(lang)
    marked = fit_panels.mark(path, arguments.optimum(optimum))
    fig = style.figure(6.4, 5.2)
    axes = tuple(fig.subplots(3, 1, sharex=True))
    fit_panels.path(axes, path, label, marked, lang)
    if marked is not None:
        style.legend(axes[0], handles=axes[1].get_lines()[1:])
    fig.align_ylabels()
    style.headline(fig, arguments.title(title, path))
    style.footnotes(fig, fit_panels.notes(path), lang)
    return fig


def plot_summary(
    p: Density,
    fit: "Fit",
    grid: Grid,
    *,
    title: str | None = None,
    loss_label: str = LOSS,
    optimum: Family | None = None,
    lang: Language = "en",
) -> style.Figure:
    """`plot_fit` beside `plot_path`: where the fit ended, and how it got there.

    Raises: ValueError naming the argument, what was expected and what was given.
    """
    (target, points), path, lang = arguments.experiment(p, grid), arguments.fit(fit), checked(lang)
    label = arguments.text("loss_label", loss_label)
    marked = fit_panels.mark(path, arguments.optimum(optimum))
    fig = style.figure(9.6, 4.4)
    style.headline(fig, arguments.title(title, path))
    halves: Any = fig.subfigures(1, 2, width_ratios=(3, 2))
    left, right = halves
    fit_panels.densities(left.add_subplot(), target, path, points, marked, lang)
    fit_panels.path(tuple(right.subplots(3, 1, sharex=True)), path, label, marked, lang)
    right.align_ylabels()
    style.footnotes(fig, fit_panels.notes(path), lang)
    return fig


def plot_separations(
    rows: Sequence[tuple[str, Density, Mapping[str, Family]]],
    grid: Grid,
    xlim: tuple[float, float] | None = None,
    *,
    lang: Language = "en",
) -> style.Figure:
    """A panel a row: its name, its target, and the named Qs that were fitted to it.

    lang: the language of the words; the names stay as they are given.

    Raises: ValueError naming the argument, what was expected and what was given; also if there are no rows.
    """
    points, lang = arguments.drawable(grid), checked(lang)
    panels, window, x = arguments.rows(rows, points), arguments.xlim(xlim, points), style.fine(points)
    # A name has one colour and line in every panel.
    names = list(dict.fromkeys(name for _, _, fits in panels for name in fits))
    looks = dict(zip(names, style.looks(len(names)), strict=True))
    fig = style.figure(7.0, 2.5 * len(panels) + 0.3)
    for i, (title, p, fits) in enumerate(panels):
        ax = fig.add_subplot(len(panels), 1, i + 1)
        heights = [style.target(ax, points, p, lang)]
        for name in (name for name in names if name in fits):
            q = fits[name]
            heights.append(q.prob(x))
            label = told(style.fitted(name, q, points), lang)
            ax.plot(x, heights[-1], label=label, **looks[name])
        style.bare(ax, "x" if i == len(panels) - 1 else "", style.HEIGHT, lang=lang)
        ax.set_ylim(0, style.ceiling(*heights))
        ax.set_xlim(*window)
        style.legend(ax, title)
    return fig

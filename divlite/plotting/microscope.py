"""The figure of rounding errors: what is left of p and q, what each step adds, and what has come together."""

import math
from typing import Any

import numpy as np

from .. import _check
from .._types import Array
from ..microscope import Form, Microscope, Step
from ..microscope.formats import FORMATS, Format
from ..microscope.reasons import broken
from ..microscope.short import label
from ..microscope.words import side_by_side, title
from . import arguments, style

BROKEN: dict[str, Any] = {"color": style.RED, "alpha": 0.15, "linewidth": 0}
LABEL, MOST = 28, 5  # characters of a step in a legend; steps in a panel
DECADES = 16.0  # powers of ten below the largest error that are shown
Shown = list[tuple[Step, dict[str, Any]]]


def plot_microscope(look: Microscope) -> style.Figure:
    """The rounding errors of a loss against x, a column for each form that `look` has.

    On top what the loss sees, such as p and q, as the machine has it, on a log scale: a point that has
    underflowed to 0 is missing, and below the dashed line digits are missing. Below it the size of the error
    that a step adds by itself, given its rounded inputs, for the five steps that add most; then the size of
    the difference from the exact number in the terms that are summed, and in the sum so far. An error of 0,
    or more than 16 powers of ten below the largest, is a gap. On red stand the points whose term is infinite
    or no number, and exactly is finite.

    look: of `dl.microscope`. Raises: ValueError for anything else, or a grid that cannot be drawn.
    """
    if not isinstance(look, Microscope):  # pyright: ignore[reportUnnecessaryIsInstance]
        _check.fail("look", "a Microscope, such as dl.microscope returns", _check.shown(look))
    x, to = arguments.drawable(look.grid).x, FORMATS[look.dtype]
    fig = style.figure(max(6.4, 5.6 * len(look.forms)), 8.2)
    style.headline(fig, title(look))
    panels: Any = fig.subplots(3, len(look.forms), sharex=True, sharey="row", squeeze=False)
    heads = "", "error that the step adds", "all errors so far"
    for axes, form, steps in zip(panels.T, look.forms, adding(look.forms), strict=True):
        _seen(axes[0], x, form, to)
        _errors(axes[1], x, "local", steps)
        _errors(axes[2], x, "difference", _coloured((*form.terms, *_sums(form))))
        for ax, head in zip(axes, heads, strict=True):
            _finish(ax, x, form, head)
        name = f"{form.name}: {form.rounded:.6g}"
        axes[0].set_title(name, fontsize=11, fontweight="bold", color=style.TEXT, loc="left", y=1.2)
        axes[2].set_xlabel("x", fontsize=10, color=style.TEXT)
        axes[2].set_xlim(x[0], x[-1])
    fig.align_ylabels()
    style.footnotes(fig, [_scale(look, to)])
    return fig


def adding(forms: tuple[Form, ...]) -> list[Shown]:
    """For each form the steps that add most, in order: a step has one colour in both forms."""
    rows = [row for row in side_by_side(forms) if any(_most(step) for step in row)]
    most = sorted(rows, key=lambda row: -max(map(_most, row)))[:MOST]
    chosen = [row for row in rows if any(row is one for one in most)]
    looks = style.looks(len(chosen))
    return [
        [(row[k], look) for row, look in zip(chosen, looks, strict=True) if row[k] is not None]  # type: ignore[misc]
        for k in range(len(forms))
    ]


def _most(step: Step | None) -> float:
    return float(_sizes(step.local).max()) if step is not None and step.exact.ndim else 0.0


def _coloured(steps: tuple[Step, ...]) -> Shown:
    return list(zip(steps, style.looks(len(steps)), strict=True))


def _seen(ax: Any, x: Array, form: Form, to: Format) -> None:
    """The densities, or whatever the loss sees, by size; and the smallest numbers of the format."""
    steps = _sights(form)
    for step, look in _coloured(steps):
        lost = np.count_nonzero(step.underflow)
        words = f"{step.name}: 0 at {lost:,} points" if lost else step.name
        ax.plot(x, _above(_sizes(step.rounded)), label=words, **look)
    if any(map(_small, steps)):
        ax.axhline(to.least, color=style.TEXT, linewidth=0.9, linestyle="--")
        ax.axhline(to.tiny, color=style.TEXT, linewidth=0.9, linestyle=":")
    style.bare(ax, "", "size")


def _sights(form: Form) -> tuple[Step, ...]:
    return tuple(step for step in form.steps if step.name in ("p", "q")) or form.steps[:4]


def _small(step: Step) -> bool:
    return bool(step.subnormal.any() or step.underflow.any())


def _errors(ax: Any, x: Array, which: str, steps: Shown) -> None:
    largest = max((float(_sizes(getattr(step, which)).max()) for step, _ in steps), default=0.0)
    for step, look in steps:
        sizes = _sizes(getattr(step, which))
        name = label(step, LABEL) if step.name.startswith("#") else step.name
        shown = _above(np.where(sizes > largest * 10.0**-DECADES, sizes, 0.0))
        ax.plot(x, shown, ".", markersize=2.5, color=look["color"], label=name)
    style.bare(ax, "", "size of the error")


def _finish(ax: Any, x: Array, form: Form, head: str) -> None:
    ax.set_yscale("log")
    ax.set_title(head, fontsize=9, color=style.TEXT, loc="right")
    if broken(form).any():
        ax.fill_between(x, 0, 1, where=broken(form), transform=ax.get_xaxis_transform(), **BROKEN)
    style.legend(ax, ncols=3 if head else 4, markerscale=3)


def _sums(form: Form) -> tuple[Step, ...]:
    return tuple(step for step in form.steps if step.formula.startswith("sum of "))


def _sizes(values: Array) -> Array:
    """Sizes that can be drawn: 0 for what is infinite or no number."""
    return np.nan_to_num(np.abs(values), nan=0.0, posinf=0.0)


def _above(sizes: Array) -> Array:
    """A gap where there is nothing to draw on a log scale."""
    return np.where(sizes > 0.0, sizes, math.nan)


def _scale(look: Microscope, to: Format) -> str:
    small, red = any(map(_small, _sights(look.forms[0]))), any(broken(form).any() for form in look.forms)
    dashed, dotted = (" (dashed)", " (dotted)") if small else ("", "")
    return (
        f"exact: {look.forms[0].exact:.8g}. {to.name}: {to.digits} binary digits; normal numbers from "
        f"{to.least:.3g}{dashed}; the smallest above 0: {to.tiny:.2g}{dotted}; the largest: {to.largest:.3g}."
        f"{' On red the term is infinite or no number.' if red else ''}"
    )

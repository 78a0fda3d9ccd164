"""The force diagram: which part of P pushes mu, or sigma, which way.

    dL/dtheta = sum_i w_i  [dL/dlog q_i / w_i]  [dlog q_i/dtheta]
                               sensitivity            score

All is drawn for a unit of weight, so that a picture does not depend on how dense its grid is. Descent goes
against the gradient: where the product is negative, a point pushes theta up; where it is positive, down.
"""

from collections.abc import Iterator, Sequence
from os import PathLike
from typing import Any

import numpy as np

from .. import _check
from .._types import Density, Loss
from ..densities import Normal, normal
from ..fitting import Fit
from ..grid import Grid
from ..grid import checked as checked_grid
from ..objective import checked_target, d_log_q
from . import force_panels, style
from .force_panels import PARAMETERS, Force, Parameter
from .gif import blitted, canvas, frame_durations, frame_steps, save


def plot_force(
    loss: Loss,
    p: Density,
    q: Normal,
    grid: Grid,
    *,
    wrt: Parameter | Sequence[Parameter] = PARAMETERS,
    title: str = "",
) -> style.Figure:
    """dL/dtheta = sum_i w_i (dL/dlog q_i / w_i)(dlog q_i/dtheta): the sensitivity, the score, their product.

    A column for each parameter in `wrt`, "mu", "sigma" or both, with P and Q on top. The product is
    filled in two colours: below 0 a point pushes mu right or widens Q, above 0 it pushes mu left or
    narrows Q. The sum of either sign is stated, and that of both: dL/dtheta, as `value_and_grad` has it.

    p, q, grid: as `value_and_grad` takes them. Sensitivity and product are for a unit of weight, in the
    unit of the loss and in that over units of x. Dotted lines stand where the score is 0, and it is grey
    where P is above a tenth of its highest. Points of weight 0 are gaps, and so are those where a curve
    is infinite or NaN.

    Raises: ValueError as `value_and_grad` does, or for a `wrt` that names anything else.
    """
    names: list[Parameter] = [_parameter(name) for name in (wrt if isinstance(wrt, tuple | list) else (wrt,))]
    if not names:
        _check.fail("wrt", "at least one of " + ", ".join(PARAMETERS), "none")
    points, target, at = *_checked(p, grid), normal.checked(q)
    fig = style.figure(max(6.4, 5.6 * len(names)), 7.4)
    panels: Any = fig.subplots(4, len(names), sharex=True, squeeze=False, height_ratios=(3, 2, 2, 4))
    for axes, name in zip(panels.T, names, strict=True):
        push = force(loss, target, at, points, name)
        column = force_panels.build(tuple(axes), target, points, name)
        axes[0].set_ylim(0, style.ceiling(style.density(target, points), passing=[at.prob(points.x)]))
        for ax, curve in zip(axes[1:], push[:3], strict=True):
            ax.set_ylim(force_panels.limits(curve))
        force_panels.show(column, at, points, push, name)
    fig.align_ylabels()
    _headline(fig, title)
    return fig


def write_force_gif(
    path: str | PathLike[str],
    loss: Loss,
    p: Density,
    fit: Fit,
    grid: Grid,
    *,
    wrt: Parameter = "mu",
    title: str = "",
    frames: int = 100,
    seconds: float = 10.0,
) -> None:
    """Write `plot_force` for one parameter as a GIF of 640 by 700 pixels, while Q moves along the fit.

    Early forces can be a thousand times the late ones. So each curve is drawn as tall as its panel allows,
    and the numbers at its axis say how much that is. Steps and times are those of `write_gif`.

    Raises: ValueError as `value_and_grad` does, or for a `fit` that is none, a `wrt` that is not "mu" or
    "sigma", frames < 2 or seconds not > 0.
    """
    name, points, target = _parameter(wrt), *_checked(p, grid)
    if not isinstance(fit, Fit):  # pyright: ignore[reportUnnecessaryIsInstance]
        _check.fail("fit", "a Fit, such as dl.fit returns", _check.shown(fit))
    steps = frame_steps(fit.mu.size - 1, frames)
    durations = frame_durations(_check.positive("seconds", seconds), len(steps))
    save(path, list(_frames(loss, target, fit, points, steps, name, title)), durations)


def force(loss: Loss, p: Density, q: Normal, grid: Grid, wrt: Parameter) -> Force:
    """The force on one parameter, of checked arguments; by the core's formulas as they stand."""
    seen = grid.w > 0
    with np.errstate(all="ignore"):
        d = d_log_q(loss, p.log_prob(grid.x), q.log_prob(grid.x), grid.w, "numpy")
        sensitivity = np.where(seen, d / grid.w, np.nan)
        score = np.where(seen, q.score(grid.x)[PARAMETERS.index(wrt)], np.nan)
        product = sensitivity * score
        terms = (grid.w * product)[seen]
        below, above, net = terms[terms < 0].sum(), terms[terms > 0].sum(), terms.sum()
    return Force(sensitivity, score, product, float(below), float(above), float(net))


def _parameter(name: Any) -> Parameter:
    _check.one_of("wrt", name, PARAMETERS)
    return name


def _checked(p: Density, grid: Grid) -> tuple[Grid, Density]:
    points = checked_grid(grid)
    return points, checked_target(p, points)


def _headline(fig: style.Figure, title: str) -> None:
    fig.suptitle(title, fontsize=12, color=style.TEXT, fontweight="bold", x=0.02, ha="left")


def _frames(
    loss: Loss, p: Density, fit: Fit, grid: Grid, steps: list[int], wrt: Parameter, title: str
) -> Iterator[np.ndarray]:
    """The frames as arrays of shape (700, 640, 3)."""
    curves = [Normal(float(fit.mu[i]), float(fit.sigma[i])) for i in steps]
    pushes = [force(loss, p, q, grid, wrt) for q in curves]
    fig = style.figure(6.4, 7.0)
    axes: Any = fig.subplots(4, 1, sharex=True, height_ratios=(3, 2, 2, 4))
    column = force_panels.build(tuple(axes), p, grid, wrt, animated=True)
    axes[0].set_ylim(0, style.ceiling(style.density(p, grid), passing=[q.prob(grid.x) for q in curves]))
    sizes = np.array([[force_panels.tallest(curve) for curve in push[:3]] for push in pushes])
    # What is nothing beside the rest of the fit, such as rounding errors at its end, is drawn as nothing.
    scales = np.maximum(sizes, 1e-4 * sizes.max(axis=0))
    ticks: list[Any] = []
    for ax, *drawn in zip(axes[1:], *(push[:3] for push in pushes), strict=True):
        k = len(ticks)
        scaled = [force_panels.finite(curve) / s for curve, s in zip(drawn, scales[:, k], strict=True)]
        low, high = force_panels.limits(np.concatenate(scaled))
        end = 1 if high >= 1 else -1
        ax.set_yticks([0, end], ["0", ""])
        ax.set_ylim(low, high)
        place: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "ha": "right", "va": "center"}
        ticks.append(ax.text(-0.015, end, "", fontsize=9, color=style.TEXT, animated=True, **place))
    for ax in axes:
        ax.yaxis.set_label_coords(-0.14, 0.5)
    _headline(fig, title)
    canvas(fig).draw()

    def moves() -> Iterator[int]:
        for i, q, push, scale in zip(steps, curves, pushes, scales, strict=True):
            force_panels.show(column, q, grid, push, wrt, scale)
            for text, size in zip(ticks, scale, strict=True):
                text.set_text(force_panels.amount(text.get_position()[1] * size).lstrip("+"))
            now = f"step {i:,}, loss {fit.loss[i]:.4g}"
            column.texts[-1].set_text(now.replace("-", force_panels.MINUS))
            yield i

    artists = (*column.fills, *column.zeros, *column.lines, *column.texts, *ticks)
    yield from blitted(fig, artists, moves())

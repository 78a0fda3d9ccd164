"""The landscape of a loss over (mu, sigma), and of several losses side by side."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import _check, families
from .. import setting as settings
from .._types import Array, Density, Loss
from ..backend import Backend
from ..backends import resolve
from ..coordinates import LogSigma
from ..descent import optimum, solving
from ..descent.boxes import default_box
from ..descent.lattice import measured, most_threads
from ..descent.sweep import means
from ..families import Normal
from ..grid import Grid
from ..losses.protocol import loss_title
from ..objective import objective
from ..setting import Setting
from . import arguments, landscape_flow, landscape_panels, landscape_passes, style
from .landscape_flow import Labels, Mark, Surface

if TYPE_CHECKING:
    from ..fitting import Fit  # which draws itself in a notebook, and so needs this package

# Of the points at which a landscape is known: even, so that none lies on the ridge between equal modes.
COLUMNS, ROWS = 120, 100


class Seen(NamedTuple):
    """What a panel shows: the loss's name, its landscape, which start leads where, and the places marked."""

    title: str
    surface: Surface
    labels: Labels
    marks: list[Mark]
    paths: list["Fit"]


def plot_landscape(
    loss: Loss | Sequence[Loss],
    p: Density,
    grid: Grid,
    *,
    mu: Any = None,
    sigma: Any = None,
    family: Any = Normal,
    paths: "Fit | Sequence[Fit]" = (),
    title: str | None = None,
    backend: str | Backend = "numba",
) -> style.Figure:
    """The loss at each (mu, sigma) of a box: where it is low, which way is down, where each start leads.

    Colour: the share of the box in which the loss is lower. So valleys show, whatever the range of the loss,
    and the panels of several losses have one scale. Arrows point straight downhill on the page. Lines part
    the basins: the starts from which steepest descent on the page ends at the same place. A descent with
    another optimiser can end elsewhere. Hatched are starts from which it leaves the box, and, crosswise,
    where the loss changes by no more than rounding. `dl.solve` finds the minima; beside each stands its loss.

    loss: one, or several, each with a panel of its own beside one of P, all over the same box.
    mu, sigma: the box, each as (low, high); if they are not given, the window of the grid, and from twice the
    spacing of its points to its width. paths: a fit or several, each drawn over the loss that it went down.

    Raises: ValueError naming the argument, what was expected and what was given.
    """
    target, points = arguments.experiment(p, grid)
    losses = _losses(loss)
    box = box_of(mu, sigma, points)
    drawn = _paths(paths, losses)
    seen = [look(one, target, points, family, box, drawn, backend) for one in losses]
    fig = (_alone if len(seen) == 1 else _together)(seen, target, points)
    style.headline(fig, "" if title is None else arguments.text("title", title))
    return fig


def _losses(value: Any) -> list[Loss]:
    """One loss, or a sequence of one or more; a loss is a tuple itself."""
    if _check.has(value, "value") or isinstance(value, type):
        return [_check.loss(value)]
    expected = "a loss such as dl.ForwardKL(), or a sequence of them"
    given = _check.sequence("loss", value, expected)
    return [_check.loss(one) for one in given] or _check.fail("loss", expected, "none")


def box_of(mu: Any, sigma: Any, grid: Grid) -> tuple[Array, Array]:
    """The points at which the landscape is known: evenly spaced in mu and in log sigma."""
    usual = default_box(grid)
    left, right = _pair("mu", usual[:2] if mu is None else mu)
    low, high = _pair("sigma", usual[2:] if sigma is None else sigma)
    if low <= 0:
        _check.fail("sigma", "two numbers > 0, low < high", f"{low:g}, {high:g}")
    return np.linspace(left, right, COLUMNS), np.geomspace(low, high, ROWS)


def _pair(name: str, value: Any) -> tuple[float, float]:
    expected = "two numbers, low < high"
    low, high = (_check.number(name, one) for one in _check.pair(name, value, expected, ("low", "high")))
    return (low, high) if low < high else _check.fail(name, expected, _check.shown(value))


def _paths(value: Any, losses: list[Loss]) -> list["Fit"]:
    one = getattr(value, "_fields", ())[:4] == ("q", "mu", "sigma", "loss")
    given = [value] if one else _check.sequence("paths", value, "a Fit, or a sequence of them")
    names = ["paths"] if one else [f"paths[{i}]" for i in range(len(given))]
    found = [arguments.fit(path, name) for path, name in zip(given, names, strict=True)]
    for path, name in zip(found, names, strict=True):
        if path.divergence is not None and path.divergence not in losses:
            _check.fail(name, "a fit down one of the losses shown", f"one down {loss_title(path.divergence)}")
    return found


def look(
    loss: Loss,
    p: Density,
    grid: Grid,
    family: Any,
    box: tuple[Array, Array],
    paths: list["Fit"],
    backend: Any,
) -> Seen:
    checked = settings.checked(loss, p, grid, family)
    by = resolve(backend)
    threads = means(None, None, None, most_threads(by))
    with np.errstate(all="ignore"):
        shown = landscape_flow.surface(*box, *measured(checked, *box, backend, threads))
    labels, ends = landscape_flow.basins(shown, _settled(checked, box, by))
    at = objective(loss, p, grid, family=family, coordinates=LogSigma(), backend=backend)
    marks = [
        *ends,
        *landscape_passes.saddles(shown, labels, at),
        *landscape_passes.exits(shown, labels),
    ]
    own = [path for path in paths if path.divergence in (None, loss)]
    return Seen(loss_title(loss), shown, labels, marks, own)


def _settled(checked: Setting, box: tuple[Array, Array], backend: Backend) -> landscape_flow.Settle:
    """The optimum near a point, as `dl.solve` finds it in the box, by its verdict."""
    (left, right), (low, high) = (axis[[0, -1]].tolist() for axis in box)

    solver = solving.solver(checked, ((left, right), (low, high)), backend)

    @np.errstate(all="ignore")  # what overflows at a start is no end
    def settle(mu: float, sigma: float) -> Mark | None:
        start = families.moved(checked.family, mu, sigma)
        q, loss, verdict, *_ = solving.solved(solver, start)
        if verdict in (optimum.BORDER, optimum.AWAY) or not (left < q.mu < right and low < q.sigma < high):
            return None
        return Mark(q.mu, q.sigma, loss, verdict if verdict == optimum.MINIMUM else "level")

    return settle


def _alone(seen: list[Seen], p: Density, grid: Grid) -> style.Figure:
    """One landscape under P, one above the other where mu and x are the same."""
    fig = style.figure(7.4, 7.0)
    axes: Any = fig.subplots(2, 1, height_ratios=(1, 4))
    _target(axes[0], p, grid)
    axes[0].set_box_aspect(landscape_flow.ASPECT / 4)
    _draw(fig, axes[1:], seen, axes)
    axes[0].set_xlim(seen[0].surface.mu[[0, -1]])
    return fig


def _together(seen: list[Seen], p: Density, grid: Grid) -> style.Figure:
    """P and the landscapes, three in a row, all with the same axes."""
    columns = min(3, len(seen) + 1)
    rows = math.ceil((len(seen) + 1) / columns)
    fig = style.figure(4.1 * columns + 0.6, 3.3 * rows + 0.6)
    axes: Any = fig.subplots(rows, columns, squeeze=False).ravel()
    _target(axes[0], p, grid)
    axes[0].set_box_aspect(landscape_flow.ASPECT)
    _draw(fig, axes[1 : len(seen) + 1], seen, axes)
    for ax in axes[len(seen) + 1 :]:
        ax.set_visible(False)
    return fig


def _target(ax: Any, p: Density, grid: Grid) -> None:
    height = style.target(ax, grid, p)
    style.bare(ax, "x", "", f"P, the target: {style.held(p, grid)}")
    ax.set_ylim(0, style.ceiling(height))
    ax.set_xlim(grid.x[0], grid.x[-1])


def _draw(fig: style.Figure, axes: Any, seen: list[Seen], beside: Any) -> None:
    scales = list[Any]()
    for ax, one in zip(axes, seen, strict=True):
        style.bare(ax, r"$\mu$", r"$\sigma$", one.title)
        ax.grid(False)
        scales.append(landscape_panels.panel(ax, one.surface, one.labels, one.marks, one.paths))
    filled = [scale for scale in scales if scale is not None]
    if filled:
        bar = fig.colorbar(
            filled[0], ax=list(beside), shrink=0.6, aspect=30, ticks=landscape_panels.LEVELS[::2]
        )
        bar.ax.set_yticklabels([f"{100 * level:g} %" for level in landscape_panels.LEVELS[::2]], fontsize=8)
        bar.set_label("share of the box where the loss is lower", fontsize=9, color=style.TEXT)
    fig.legend(handles=handles(seen), loc="outside lower center", ncols=3, frameon=False, fontsize=9)


def handles(seen: list[Seen]) -> list[Any]:
    """What a legend of these panels shows."""
    kinds = {mark.kind for one in seen for mark in one.marks}
    labels = {int(number) for one in seen for number in np.unique(one.labels)}
    paths, infinite = any(one.paths for one in seen), any(np.isnan(one.surface.loss).any() for one in seen)
    return landscape_panels.legend_handles(kinds, labels, paths, infinite)

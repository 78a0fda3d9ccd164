"""The animation of several fits at once: their Qs over P, and each as a dot on the landscape of its loss."""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from .. import _check, families
from .._types import Array, Density
from ..backend import Backend
from ..grid import Grid
from . import arguments, landscape, landscape_flow, landscape_panels, style
from .arguments import File
from .gif import blitted, canvas, frame_durations, frame_steps, save

if TYPE_CHECKING:
    from ..fitting import Fit  # which draws itself in a notebook, and so needs this package

COLUMNS, PALETTE = 5, 256
WIDTH, TOP = 880, 236  # pixels, as all lengths here: a hundred to the inch; TOP: down to the densities' axis
LEFT, RIGHT, GAP = 52, 14, 14  # from the axes to the edges of the picture, and between two landscapes
HEADING, FOOT = 62, 82  # above a row of landscapes, and below the last one


class Runner(NamedTuple):
    """One fit as the frames show it: its curves, a line each, and its places, a dot with a trail."""

    curves: list[Array]
    mu: Array
    sigma: Array
    curve: Line2D
    trail: Line2D
    dot: Line2D


def write_landscape_gif(
    path: File,
    p: Density,
    fits: "Mapping[str, Fit]",
    grid: Grid,
    *,
    mu: Any = None,
    sigma: Any = None,
    title: str = "",
    frames: int = 100,
    seconds: float = 10.0,
    backend: str | Backend = "numba",
) -> None:
    """Write fits down several losses as a GIF 880 pixels wide: each Q as it moves over P, and below, over its
    loss's landscape, as a dot with its trail. What a landscape shows, `plot_landscape` says.

    fits: by their names, each as `dl.fit` returns it; a fit of fewer steps waits at its end. mu, sigma: the
    box of all landscapes, each as (low, high). path, frames, seconds: as `write_gif` takes them.

    Raises: ValueError naming the argument, what was expected and what was given.
    """
    file, headline = arguments.file(path), arguments.text("title", title)
    target, points = arguments.experiment(p, grid)
    given = arguments.named("fits", fits)
    checked = {name: arguments.fit(fit, f"fits[{name!r}]") for name, fit in given.items()}
    for name, fit in checked.items():
        if fit.divergence is None:
            _check.fail(f"fits[{name!r}]", "a fit with its divergence, as dl.fit returns", "one without")
    box = landscape.box_of(mu, sigma, points)
    steps = frame_steps(max(fit.mu.size for fit in checked.values()) - 1, frames)
    durations = frame_durations(seconds, len(steps))
    seen = [
        landscape.look(fit.divergence, target, points, fit.q, box, [], backend)
        for fit in checked.values()
        if fit.divergence is not None
    ]
    images = list(_frames(target, points, checked, seen, steps, headline))
    save(file, images, durations, PALETTE)


def _frames(
    p: Density,
    grid: Grid,
    fits: "dict[str, Fit]",
    seen: list[landscape.Seen],
    steps: list[int],
    title: str,
) -> Iterator[np.ndarray]:
    wide = (WIDTH - LEFT - RIGHT - (COLUMNS - 1) * GAP) / COLUMNS
    high = landscape_flow.ASPECT * wide
    height = TOP + math.ceil(len(fits) / COLUMNS) * (HEADING + high) + FOOT
    fig = style.figure(WIDTH / 100, height / 100)
    fig.set_layout_engine("none")  # the same places in every frame

    def axes(x: float, y: float, width: float, tall: float) -> Axes:
        """Axes so many pixels from the left and from the top."""
        return fig.add_axes((x / WIDTH, 1 - (y + tall) / height, width / WIDTH, tall / height))

    above, runners = axes(LEFT, 34, WIDTH - LEFT - RIGHT, TOP - 34), list[Runner]()
    looks = style.looks(len(fits))
    for i, (name, fit) in enumerate(fits.items()):
        row, column = divmod(i, COLUMNS)
        ax = axes(LEFT + column * (wide + GAP), TOP + HEADING + row * (HEADING + high), wide, high)
        _landscape(ax, seen[i], name, looks[i]["color"], column == 0, i + COLUMNS >= len(fits))
        runners.append(_runner(above, ax, fit, steps, grid, looks[i]))
    _densities(above, p, grid, runners)
    canvas(fig)
    clock = _headline(fig, title, height, max(steps))
    _legend(fig, seen, f"P, the target: {style.held(p, grid)}")
    fig.canvas.draw()
    yield from blitted(fig, [*_moving(runners), clock], _moves(runners, clock, steps))


def _landscape(ax: Axes, one: landscape.Seen, name: str, colour: Any, first: bool, last: bool) -> None:
    style.bare(ax, r"$\mu$" if last else "", r"$\sigma$" if first else "")
    ax.set_title(name, fontsize=10.5, color=colour, fontweight="bold", loc="left", pad=4)
    ax.grid(False)
    landscape_panels.panel(ax, one.surface, one.labels, one.marks, small=True)
    ax.tick_params(labelsize=8, labelleft=first, labelbottom=last)


def _runner(above: Axes, ax: Axes, fit: "Fit", steps: list[int], grid: Grid, look: dict[str, Any]) -> Runner:
    at = np.minimum(steps, fit.mu.size - 1)
    mu, sigma = fit.mu[at], fit.sigma[at]
    curves = [
        families.moved(fit.q, float(m), float(s)).prob(style.fine(grid))
        for m, s in zip(mu, sigma, strict=True)
    ]
    (curve,) = above.plot(style.fine(grid), curves[0], animated=True, **look)
    around = [withStroke(linewidth=4.0, foreground="white")]
    (trail,) = ax.plot([], [], color=look["color"], linewidth=2.2, animated=True, path_effects=around)
    dot: dict[str, Any] = {"marker": "o", "markersize": 8, "markeredgecolor": "white", "linestyle": ""}
    (place,) = ax.plot([], [], color=look["color"], animated=True, **dot)
    return Runner(curves, mu, sigma, curve, trail, place)


def _densities(ax: Axes, p: Density, grid: Grid, runners: list[Runner]) -> None:
    height = style.target(ax, grid, p)
    style.bare(ax, "", style.HEIGHT)
    ax.tick_params(labelsize=8)
    ax.yaxis.label.set_fontsize(9)
    ax.set_xlim(grid.x[0], grid.x[-1])
    passing = [curve for runner in runners for curve in runner.curves]
    ax.set_ylim(0, style.ceiling(height, *(runner.curves[-1] for runner in runners), passing=passing))


def _headline(fig: style.Figure, title: str, height: float, steps: int) -> Any:
    y = 1 - 20 / height
    fig.text(LEFT / WIDTH, y, title, fontsize=12, fontweight="bold", color=style.TEXT)
    place: dict[str, Any] = {"fontsize": 10, "color": style.TEXT, "ha": "right"}
    fig.text(1 - (RIGHT + 8 * len(f"{steps:,}") + 4) / WIDTH, y, "step", **place)
    return fig.text(1 - RIGHT / WIDTH, y, "0", animated=True, **place)


def _legend(fig: style.Figure, seen: list[landscape.Seen], target: str) -> None:
    handles = [Patch(**style.FILL, label=target), *landscape.handles(seen)]
    options: dict[str, Any] = {"frameon": False, "fontsize": 8, "labelcolor": style.TEXT, "borderpad": 0}
    fig.legend(handles=handles, loc="lower center", ncols=min(4, len(handles)), columnspacing=2.5, **options)


def _moving(runners: list[Runner]) -> list[Artist]:
    return [
        *(runner.curve for runner in runners),
        *(artist for runner in runners for artist in (runner.trail, runner.dot)),
    ]


def _moves(runners: list[Runner], clock: Any, steps: list[int]) -> Iterator[int]:
    for i, step in enumerate(steps):
        for runner in runners:
            runner.curve.set_ydata(runner.curves[i])
            runner.trail.set_data(runner.mu[: i + 1], runner.sigma[: i + 1])
            runner.dot.set_data(runner.mu[i : i + 1], runner.sigma[i : i + 1])
        clock.set_text(f"{step:,}")
        yield i

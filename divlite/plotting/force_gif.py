"""The force diagram as an animation, while Q moves along a fit."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import _check, families
from .._types import Array, Coordinates, Density, Family, Loss
from ..coordinates import Sigma
from ..ending import mass
from ..grid import Grid, cells
from ..language import Language, checked, phrase, told
from ..views import view_of
from . import arguments, force_panels, style
from .arguments import File
from .force import force, parameter
from .force_words import ROUNDING, Force, Parameter, Theta, named, theta, verdict
from .gif import blitted, canvas, frame_durations, frame_steps, save

if TYPE_CHECKING:
    from ..fitting import Fit  # which draws itself in a notebook, and so needs this package

MOST = 1e4  # less of the largest force than one part in so many is drawn as nothing


class Frame(NamedTuple):
    """What a frame shows: Q, the force, how many times each curve is magnified, and the words."""

    q: Family
    push: Force
    times: tuple[float, ...]
    texts: tuple[str, ...]


def write_force_gif(
    path: File,
    loss: Loss,
    p: Density,
    fit: "Fit",
    grid: Grid,
    *,
    wrt: Parameter = "mu",
    coordinates: Coordinates = Sigma(),
    title: str = "",
    frames: int = 100,
    seconds: float = 10.0,
    lang: Language = "en",
) -> None:
    """Write `plot_force` for one parameter as a GIF of 640 by 700 pixels, while Q moves along the fit.

    The scales stay as they are, so that a force that falls is seen to fall. Early forces can be a thousand
    times the late ones: a curve below a tenth of its scale is magnified 10, 100, 1,000 or 10,000 times, which
    stands over its panel and at its axis. Steps, times, `path` and `lang` are those of `write_gif`.

    Raises: ValueError as `value_and_grad` does, or for a `fit` that is none, a `wrt` that is not "mu" or
    "sigma", frames < 2 or seconds not > 0.
    """
    file, headline = arguments.file(path), arguments.text("title", title)
    loss, coordinates, name = _check.loss(loss), _check.coordinates(coordinates), parameter(wrt)
    (target, points), moved = arguments.experiment(p, grid), arguments.fit(fit)
    moving = theta(name, coordinates, view_of(loss), moved.q, checked(lang))
    steps = frame_steps(moved.mu.size - 1, frames)
    durations = frame_durations(seconds, len(steps))
    qs = [families.moved(moved.q, float(moved.mu[i]), float(moved.sigma[i])) for i in steps]
    pushes = [force(loss, target, q, points, moving) for q in qs]
    held = np.array([mass(q, points) for q in qs])
    words = _words(qs, pushes, moving, steps, moved.loss[steps], held)
    times = zip(*(magnified(sizes) for sizes in _sizes(pushes)), strict=True)
    shown = [Frame(*frame) for frame in zip(qs, pushes, times, words, strict=True)]
    save(file, list(_images(target, points, shown, moving, headline)), durations)


def magnified(sizes: Array) -> list[float]:
    """How many times each curve of this size is magnified, a power of ten, the largest of all not at all.

    One that was magnified stays so until it would leave its panel: a size near a limit does not flicker.
    """
    times: list[float] = []
    now = 1.0
    for size in sizes / sizes.max():
        while now > 1 and size * now > 1:
            now /= 10
        while now < MOST and size * now < 0.08:
            now *= 10
        times.append(now)
    return times


def _sizes(pushes: list[Force]) -> Array:
    """The largest size of each curve in each frame, shape (3, frames)."""
    return np.array([[force_panels.tallest(curve) for curve in push[:3]] for push in pushes]).T


def _words(
    qs: list[Family], pushes: list[Force], wrt: Theta, steps: list[int], loss: Array, held: Array
) -> list[tuple[str, ...]]:
    """What the frames say, each number as wide in all of them: Q, both areas and the net, the step.

    And the mass of Q on the grid, where that is not 1.
    """
    mu, sigma = np.array([q.mu for q in qs]), np.array([q.sigma for q in qs])
    areas = np.array([(push.below, push.above, push.net) for push in pushes])
    places = [
        style.steady(style.aligned(values, smallest))
        for values, smallest in ((mu, np.abs(mu).max()), (sigma, sigma.min()))
    ]
    # Three digits of the larger area of a frame; what rounding leaves of their difference is 0.
    sizes = np.abs(areas[:, :2]).max(axis=1)
    areas[np.abs(areas[:, 2]) <= ROUNDING * sizes, 2] = 0.0
    columns = style.steady(style.aligned(areas.ravel(), style.least(sizes)))
    below, above, net = columns[::3], columns[1::3], columns[2::3]
    clocks = style.steady([f"{i:,}" for i in steps])
    losses = style.steady(style.aligned(loss, style.least(loss) / 10))
    found: list[tuple[str, ...]] = []
    for k, push in enumerate(pushes):
        q = named(qs[k], *(column[k] for column in places))
        end = style.entry(net[k], verdict(push, wrt))
        clock = phrase("step {step}, loss {loss}", step=clocks[k], loss=losses[k])
        if not style.whole(held):
            clock = phrase("{clock}, mass of Q in the window {mass:.3f}", clock=clock, mass=held[k])
        found.append((q, below[k], above[k], end, clock))
    return found


def _images(p: Density, grid: Grid, shown: list[Frame], wrt: Theta, title: str) -> Iterator[np.ndarray]:
    """The frames as arrays of shape (700, 640, 3)."""
    fig = style.figure(6.4, 7.0)
    style.headline(fig, title)
    axes: Any = fig.subplots(4, 1, sharex=True, height_ratios=(3, 2, 2, 4))
    column = force_panels.build(tuple(axes), p, grid, cells(grid), wrt, animated=True)
    passing = [frame.q.prob(grid.x) for frame in shown]
    axes[0].set_ylim(0, style.ceiling(style.density(p, grid), passing=passing))
    scales: list[Any] = []
    for k, ax in enumerate(axes[1:]):
        drawn = [force_panels.finite(frame.push[:3][k]) * frame.times[k] for frame in shown]
        scales.append(force_panels.scale(ax, np.concatenate(drawn)))
    for ax in axes:
        ax.yaxis.set_label_coords(-0.12, 0.5)
    canvas(fig).draw()

    def moves() -> Iterator[Frame]:
        for frame in shown:
            force_panels.show(column, frame.q, grid, frame.push, wrt, frame.times)
            force_panels.say(column, wrt.lang, *frame.texts)
            for (tick, at, words), times in zip(scales, frame.times, strict=True):
                tick.set_text(f"{at / times:.3g}".replace("-", style.MINUS))
                words.set_text("" if times == 1 else told(phrase("magnified {:,.0f} times", times), wrt.lang))
            yield frame

    said = [text for tick, _, words in scales for text in (tick, words)]
    yield from blitted(fig, (*column.fills, *column.zeros, *column.lines, *column.texts, *said), moves())

"""The animation of Q moving onto P.

matplotlib's own way draws the whole figure anew for every frame: six seconds for a hundred. Here the
background is drawn once and only what moves is drawn on top of it; Pillow does the rest.
"""

from collections.abc import Iterable, Iterator, Sequence
from os import PathLike
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from .. import _check
from .._types import Density
from ..densities import Normal
from ..fitting import Fit
from ..grid import Grid
from . import style


def frame_steps(steps: int, frames: int = 100) -> list[int]:
    """Which steps are shown: 0, `steps`, and others between them that grow apart quadratically.

    Interesting things happen early. At most `frames` steps, strictly increasing; all, if they fit.

    Raises: ValueError for steps < 0 or frames < 2.
    """
    steps, frames = _check.count("steps", steps, 0), _check.count("frames", frames, 2)
    if steps < frames:
        return list(range(steps + 1))
    chosen = np.rint(steps * np.linspace(0, 1, frames) ** 2).astype(int)
    # The first quadratic steps are less than 1 apart: there every step is shown.
    return np.maximum(chosen, np.arange(frames)).tolist()


def write_gif(
    path: str | PathLike[str],
    p: Density,
    fit: Fit,
    grid: Grid,
    *,
    title: str = "",
    loss_label: str = "loss",
    frames: int = 100,
    seconds: float = 10.0,
) -> None:
    """Write the fit as a GIF of 640 by 480 pixels: P, Q as it moves, and the step, loss, mu and sigma.

    The movement takes `seconds`, or 20 ms a frame if that is more; then the last frame stays for two
    seconds, and the animation repeats.

    Raises: ValueError for frames < 2 or seconds not > 0.
    """
    steps = frame_steps(fit.mu.size - 1, frames)
    durations = frame_durations(_check.positive("seconds", seconds), len(steps))
    save(path, list(_frames(p, fit, grid, steps, title, loss_label)), durations)


def save(path: str | PathLike[str], images: Sequence[np.ndarray], durations: Sequence[int]) -> None:
    """Write frames of shape (height, width, 3), each for so many ms and the last for two seconds more."""
    # One palette for all frames, from three: every colour there is, antialiased edges too, is near one
    # of theirs. The commonest are taken as they are, without others close by, which Pillow might take for
    # them: or the background would be a little grey, and what is filled a little tinted.
    sample = Image.fromarray(np.concatenate([images[0], images[len(images) // 2], images[-1]]))
    palette = sample.quantize(64, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    colours = np.array(palette.getpalette()).reshape(-1, 3)
    for _, colour in sorted(sample.getcolors(1 << 24) or ())[-12:]:
        distance = np.square(colours - np.array(colour)).sum(axis=1)
        colours[distance <= max(100, distance.min())] = colour
    palette.putpalette(colours.ravel().tolist())
    first, *others = (Image.fromarray(a).quantize(palette=palette, dither=Image.Dither.NONE) for a in images)
    shown = [*durations[:-1], durations[-1] + 2000]
    first.save(path, "GIF", save_all=True, append_images=others, duration=shown, loop=0)


def frame_durations(seconds: float, frames: int) -> list[int]:
    """How long each frame stays, in ms: multiples of 10, as GIF counts, that add up to the seconds.

    But never below 20 ms, which browsers slow down: then they add up to more.
    """
    ends = np.rint(100 * seconds * np.arange(frames + 1) / frames).astype(int)
    return np.maximum(10 * np.diff(ends), 20).tolist()


def canvas(fig: Figure) -> Any:
    """The figure's canvas, a hundred dots an inch, as the frames of an animation have."""
    fig.set_dpi(100)
    return FigureCanvasAgg(fig)


def blitted(fig: Figure, artists: Sequence[Artist], moves: Iterable[object]) -> Iterator[np.ndarray]:
    """A frame a move, as arrays: the figure as it was drawn, and these artists drawn anew over it."""
    drawn: Any = fig.canvas
    background = drawn.copy_from_bbox(fig.bbox)
    for _ in moves:
        drawn.restore_region(background)
        for artist in artists:
            artist.draw(drawn.get_renderer())
        yield np.asarray(drawn.buffer_rgba())[..., :3].copy()


def _frames(
    p: Density, fit: Fit, grid: Grid, steps: list[int], title: str, loss_label: str
) -> Iterator[np.ndarray]:
    """The frames as arrays of shape (480, 640, 3)."""
    fig = style.figure(6.4, 4.8)
    ax = fig.add_subplot()
    height = style.density(p, grid)
    x = style.fine(grid)
    curves = [Normal(float(fit.mu[i]), float(fit.sigma[i])).prob(x) for i in steps]
    style.target(ax, grid, height)
    style.bare(ax, "x", "density", title)
    ax.set_xlim(grid.x[0], grid.x[-1])
    ax.set_ylim(0, 1.15 * style.ceiling(height, curves[-1], passing=curves))
    (line,) = ax.plot(x, curves[0], color=style.FIT, linewidth=2.2, animated=True, label="Q, the fit")
    style.legend(ax, loc="upper right")
    place: dict[str, Any] = {
        "transform": ax.transAxes,
        "va": "top",
        "color": style.TEXT,
        "fontsize": 11,
        "linespacing": 1.4,
    }
    # Letters and not mathtext, whose lines would have other heights than those of the numbers.
    mu, sigma = "\N{GREEK SMALL LETTER MU}", "\N{GREEK SMALL LETTER SIGMA}"
    names = ax.text(0.02, 0.97, "\n".join(("step", loss_label, mu, sigma)), **place)
    canvas(fig).draw()
    # Of the text only the numbers are drawn anew: glyphs are what a frame spends most of its time on.
    (edge, _) = ax.transAxes.inverted().transform((names.get_window_extent().x1, 0))
    numbers = ax.text(edge + 0.17, 0.97, "", ha="right", animated=True, **place)

    def moves() -> Iterator[int]:
        for i, curve in zip(steps, curves, strict=True):
            line.set_ydata(curve)
            shown = f"{i:,}", f"{fit.loss[i]:.4g}", style.number(fit.mu[i]), style.number(fit.sigma[i])
            numbers.set_text("\n".join(shown).replace("-", "\N{MINUS SIGN}"))
            yield i

    yield from blitted(fig, (line, numbers), moves())

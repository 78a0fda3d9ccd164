"""The animation of Q moving onto P.

matplotlib's own way draws the whole figure anew for every frame: six seconds for a hundred. Here the
background is drawn once and only what moves is drawn on top of it; Pillow does the rest.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from os import PathLike
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from .. import _check
from .._files import replacing
from . import fonts
from .arguments import File


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


def save(path: File, images: Sequence[np.ndarray], durations: Sequence[int], size: int = 64) -> None:
    """Write frames of shape (height, width, 3), each for so many ms and the last for two seconds more.

    size: of the palette, at most 256.
    """
    # One palette for all frames, from three: every colour there is, antialiased edges too, is near one
    # of theirs. The commonest are taken as they are, without others close by, which Pillow might take for
    # them: or the background would be a little grey, and what is filled a little tinted.
    sample = Image.fromarray(np.concatenate([images[0], images[len(images) // 2], images[-1]]))
    palette = sample.quantize(size, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    colours = np.array(palette.getpalette()).reshape(-1, 3)
    free = np.full(len(colours), True)
    counted = sample.getcolors(sample.width * sample.height) or ()
    for _, colour in sorted(counted, reverse=True)[: 3 * size // 16]:
        distance = np.square(colours - np.array(colour, float)).sum(axis=1)
        if distance[~free].min(initial=np.inf) > 100:
            near = free & (distance <= max(100, distance[free].min()))
            colours[near], free = colour, free & ~near
    palette.putpalette(colours.ravel().tolist())
    first, *others = (Image.fromarray(a).quantize(palette=palette, dither=Image.Dither.NONE) for a in images)
    shown = [*durations[:-1], durations[-1] + 2000]
    with replacing(path) if isinstance(path, str | PathLike) else nullcontext(path) as file:
        first.save(file, "GIF", save_all=True, append_images=others, duration=shown, loop=0)


def frame_durations(seconds: float, frames: int) -> list[int]:
    """How long each frame stays, in ms: multiples of 10, as GIF counts, that add up to the seconds.

    But never below 20 ms, which browsers slow down: then they add up to more.

    Raises: ValueError for seconds not > 0, or for more than ten minutes a frame, which GIF cannot count.
    """
    if _check.positive("seconds", seconds) > 600 * frames:
        _check.fail("seconds", f"at most {600 * frames:,}, 600 a frame", _check.shown(seconds))
    ends = np.rint(100 * seconds * np.arange(frames + 1) / frames).astype(int)
    return np.maximum(10 * np.diff(ends), 20).tolist()


def canvas(fig: Figure) -> Any:
    """The figure's canvas, a hundred dots an inch, as the frames of an animation have."""
    fig.set_dpi(100)
    return FigureCanvasAgg(fig)


def blitted(fig: Figure, artists: Sequence[Artist], moves: Iterable[object]) -> Iterator[np.ndarray]:
    """A frame a move, as arrays: the figure as it was drawn, and these artists drawn anew over it."""
    drawn: Any = fig.canvas
    background, texts = drawn.copy_from_bbox(fig.bbox), fig.findobj(Text)
    for _ in moves:
        fonts.dress(texts)  # what moves may be words that were not there before
        drawn.restore_region(background)
        for artist in artists:
            artist.draw(drawn.get_renderer())
        yield np.asarray(drawn.buffer_rgba())[..., :3].copy()

"""The animation of one Q, or of several, moving onto P."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from .. import families
from .._types import Array, Density
from ..ending import mass
from ..grid import Grid
from ..language import Language, checked, phrase, told
from . import arguments, fonts, style
from .arguments import File
from .gif import blitted, canvas, frame_durations, frame_steps, save

if TYPE_CHECKING:
    from ..fitting import Fit  # which draws itself in a notebook, and so needs this package

WIDTH, HEIGHT = 640, 480  # pixels, as all lengths here: a hundred to the inch
LEFT, RIGHT, BOTTOM = 68, 18, 54  # from the axes to the edges of the picture
STEP = "\N{OBJECT REPLACEMENT CHARACTER}"
ROW, GAP = 20, 24  # from a row of the table to the next, and from a column


class Column(NamedTuple):
    """A heading, and the text under it in each frame; all are as wide as each other, or nearly."""

    heading: str
    texts: list[str]


class Track(NamedTuple):
    """One fit as the frames show it: a curve a frame, and the columns of its row in the table."""

    name: str
    curves: list[Array]
    columns: list[Column]
    look: dict[str, Any]


def write_gif(
    path: File,
    p: Density,
    fit: "Fit | Mapping[str, Fit]",
    grid: Grid,
    *,
    title: str | None = None,
    loss_label: str = phrase("loss"),
    frames: int = 100,
    seconds: float = 10.0,
    lang: Language = "en",
) -> None:
    """Write the fit as a GIF of 640 by 480 pixels: P, Q as it moves, and the step, mu, sigma and loss.

    A mapping of names to fits, {"forward-kl": fit, "mse": another}, shows them at once, each in a colour of
    its own, without their losses, which need not have one unit. A fit of fewer steps waits at its end.
    Where Q leaves the window, its mass on the grid stands beside it. The title of one fit is its whole loss,
    if no other is given. lang: the language of the words.

    path: a name, whose file is replaced once the new one is complete; or a file open for writing bytes.
    The movement takes `seconds`, or 20 ms a frame if that is more; then the last frame stays for two
    seconds, and the animation repeats.

    Raises: ValueError naming the argument, what was expected and what was given.
    """
    file, (target, points), lang = arguments.file(path), arguments.experiment(p, grid), checked(lang)
    fits = arguments.fits(fit)
    steps = frame_steps(max(one.mu.size for one in fits.values()) - 1, frames)
    durations = frame_durations(seconds, len(steps))
    label = arguments.text("loss_label", loss_label)
    tracks = _tracks(fits, points, steps, "" if isinstance(fit, Mapping) else label)
    if title is None and isinstance(fit, Mapping):
        title = ""
    title = arguments.title(title, next(iter(fits.values())))
    images = _frames(target, points, steps, tracks, title, lang)
    save(file, list(images), durations)


def _tracks(fits: dict[str, "Fit"], grid: Grid, steps: list[int], loss_label: str) -> list[Track]:
    """The fits at these steps; of their losses only if they have a label."""
    at = [np.minimum(steps, one.mu.size - 1) for one in fits.values()]
    paths = [(one.mu[i], one.sigma[i], one.loss[i]) for one, i in zip(fits.values(), at, strict=True)]
    qs = [
        [families.moved(one.q, float(m), float(s)) for m, s in zip(mu, sigma, strict=True)]
        for one, (mu, sigma, _) in zip(fits.values(), paths, strict=True)
    ]
    masses = [np.array([mass(q, grid) for q in path]) for path in qs]
    whole = style.whole(np.concatenate(masses))
    x, tracks = style.fine(grid), list[Track]()
    looks = style.looks(len(fits))
    for name, path, (mu, sigma, loss), held, look in zip(fits, qs, paths, masses, looks, strict=True):
        columns = [
            Column("\N{GREEK SMALL LETTER MU}", style.aligned(mu, np.abs(mu).max())),
            Column("\N{GREEK SMALL LETTER SIGMA}", style.aligned(sigma, sigma.min())),
        ]
        if loss_label:
            columns.append(Column(loss_label, style.aligned(loss, style.least(loss) / 10)))
        if not whole:
            columns.append(Column(phrase("mass in window"), [f"{m:.3f}" for m in held]))
        tracks.append(Track(name, [q.prob(x) for q in path], columns, look))
    return tracks


def _frames(
    p: Density, grid: Grid, steps: list[int], tracks: list[Track], title: str, lang: Language
) -> Iterator[np.ndarray]:
    """The frames as arrays of shape (480, 640, 3)."""
    fig = style.figure(WIDTH / 100, HEIGHT / 100)
    # The same places in every frame and every animation: nothing is laid out anew.
    fig.set_layout_engine("none")
    top = HEIGHT - ROW * (len(tracks) + 2) - 18
    box = (LEFT / WIDTH, BOTTOM / HEIGHT, 1 - (LEFT + RIGHT) / WIDTH, (top - BOTTOM) / HEIGHT)
    ax, x = fig.add_axes(box), style.fine(grid)
    height = style.target(ax, grid, p, lang)
    style.bare(ax, "x", style.HEIGHT, lang=lang)
    ax.yaxis.set_major_formatter("{x:.3g}")
    ax.yaxis.set_label_coords(18 / WIDTH, 0.5, transform=fig.transFigure)
    ax.set_xlim(grid.x[0], grid.x[-1])
    last = [track.curves[-1] for track in tracks]
    ax.set_ylim(0, style.ceiling(height, *last, passing=[c for track in tracks for c in track.curves]))
    lines = [ax.plot(x, track.curves[0], animated=True, **track.look)[0] for track in tracks]
    canvas(fig)
    cells, clock = _table(fig, tracks, told(style.called(p, grid), lang), title, max(steps), lang)
    fig.canvas.draw()

    def moves() -> Iterator[int]:
        for i, step in enumerate(steps):
            for track, line in zip(tracks, lines, strict=True):
                line.set_ydata(track.curves[i])
            for text, column in cells:
                text.set_text(column.texts[i])
            clock.set_text(f"{step:,}")
            yield i

    yield from blitted(fig, (*lines, *(text for text, _ in cells), clock), moves())


def _table(
    fig: style.Figure, tracks: list[Track], target: str, title: str, steps: int, lang: Language
) -> tuple[list[tuple[Text, Column]], Text]:
    """Over the axes the title and the step, then P and the headings, then a row for each fit."""

    def text(x: float, row: float, words: str, **options: Any) -> Text:
        y = HEIGHT - ROW * (row + 1) - 4
        drawn = fig.text(x / WIDTH, y / HEIGHT, words, color=style.TEXT, fontsize=9.5)
        drawn.set(**options)
        fonts.dress(fig.texts)  # they are measured before the figure is drawn
        return drawn

    def width(drawn: Text) -> float:
        return drawn.get_window_extent().width

    # Only the number moves, wherever the language has it.
    before, _, behind = told(phrase("step {}", STEP), lang).partition(STEP)
    after = text(WIDTH - RIGHT, 0, behind, ha="right")
    end = WIDTH - RIGHT - width(after)
    clock = text(end, 0, f"{steps:,}", ha="right", animated=True)
    step = text(end - width(clock), 0, before, ha="right")
    headline = text(LEFT, 0, title, fontsize=11, fontweight="bold")
    room = end - width(clock) - width(step) - GAP - LEFT
    headline.set_fontsize(11 * min(1, room / max(1, width(headline))))
    names = [text(LEFT + 34, i, name) for i, name in enumerate((target, *(t.name for t in tracks)), 1)]
    edge, cells = LEFT + 34 + max(width(name) for name in names), list[tuple[Text, Column]]()
    for columns in zip(*(track.columns for track in tracks), strict=True):
        column = [text(0, i, max(c.texts, key=len), ha="right") for i, c in enumerate(columns, 2)]
        heading = text(0, 1, told(columns[0].heading, lang), ha="right")
        edge += GAP + max(width(drawn) for drawn in (heading, *column))
        for drawn in (heading, *column):
            drawn.set_x(edge / WIDTH)
        for drawn, track in zip(column, columns, strict=True):
            drawn.set_animated(True)
            cells.append((drawn, track))
    _samples(fig, tracks)
    return cells, clock


def _samples(fig: style.Figure, tracks: list[Track]) -> None:
    """Before each name a piece of its line, and of what P is filled with."""
    x = np.array([LEFT, LEFT + 26]) / WIDTH
    y = (HEIGHT - ROW * np.arange(2, len(tracks) + 3)) / HEIGHT
    place: dict[str, Any] = {"transform": fig.transFigure}
    fig.add_artist(Rectangle((x[0], y[0] - 5 / HEIGHT), x[1] - x[0], 10 / HEIGHT, **style.FILL, **place))
    for track, height in zip(tracks, y[1:], strict=True):
        fig.add_artist(Line2D(x, [height, height], **track.look, **place))

"""`divlite explain`: a derivation on the terminal, or in a file; the force diagram."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from .. import _check
from .._types import Coordinates, Family
from ..coordinates import Sigma
from ..evidence.experiment import GRID, TARGET
from ..losses import Smoothed
from ..losses.protocol import loss_title
from ..subjects import SUBJECTS, subject
from . import outputs, torch_witness
from .parsing import spoken
from .process import say
from .screen import bold, width

STEPS = 10_000


class Request(NamedTuple):
    """What the command line asked for."""

    loss: str
    smoothing: float | None
    wrt: str | None
    coordinates: Coordinates | None
    at: Family | None
    part: int | None
    format: str
    quiet: bool
    out: Path | None
    plot: Path | None
    gif: Path | None


def run(request: Request) -> int:
    """Print the derivation, or write it; draw what is to be drawn."""
    loss = SUBJECTS[request.loss].loss
    for option in ("smoothing", "plot", "gif"):
        if loss is None and getattr(request, option) is not None:
            _check.fail(f"--{option}", "a loss that is taken on a grid", request.loss)
    what: Any = request.loss
    if request.smoothing is not None:  # in the place of the smoothing that there may be
        inner: Any = getattr(loss, "loss", loss)
        what = Smoothed(inner, request.smoothing)
    with spoken(wrt="--wrt", coordinates="--coordinates", at="--at", mu="--at MU", sigma="--at SIGMA"):
        found = subject(what, request.wrt, request.coordinates, request.at)
        derivation = found.derivation()
    from ..evidence.complete import ADDED, parts

    last = len(derivation.parts) + ADDED
    if request.part is not None and not 1 <= request.part <= last:
        _check.fail("--part", f"a whole number from 1 to {last}", request.part)
    if request.out is not None or not request.quiet:
        # The last part has torch's answer in it.
        needed = request.part in (None, last)
        with torch_witness.asked(found) if needed else nullcontext() as answer:
            _show(request, derivation, parts(derivation, found, answer))
    for draw, file in ((_plot, request.plot), (_animate, request.gif)):
        if file is not None and found.loss is not None:
            wrt: Any = request.wrt if request.wrt in (None, "mu") else "sigma"
            # Not `or`: LogSigma() has no fields, and so counts as false.
            coordinates = Sigma() if request.coordinates is None else request.coordinates
            draw(file, found, wrt, {"coordinates": coordinates, "title": loss_title(found.loss)})
            _tell(request, file)
    return 0


def _show(request: Request, derivation: Any, parts: Iterator[Any]) -> None:
    """On the terminal part by part, each when it is ready: the proof, and torch's answer, come last."""
    if request.format == "terminal":
        unicode = request.out is not None or "utf" in (sys.stdout.encoding or "").lower()
        blocks = _blocks(request, derivation.title, parts, width() if request.out is None else 100, unicode)
        if request.out is None:
            for place, (heading, *rest) in enumerate(blocks):
                say(*[""] * (place > 0), bold(heading), *rest)
            return
        text = "\n\n".join("\n".join(block) for block in blocks)
    else:
        document = import_module(f"divlite.page.{request.format}").document
        text = document(derivation._replace(parts=tuple(parts))).rstrip()
    # In UTF-8, as a page itself declares.
    outputs.write("--out", request.out or Path("/dev/stdout"), [text.encode(), b"\n"])
    if request.out is not None:
        _tell(request, request.out)


def _blocks(
    request: Request, title: str, parts: Iterator[Any], columns: int, unicode: bool
) -> Iterator[list[str]]:
    """The title, and the parts that are asked for, as text."""
    from ..page import terminal

    if request.part is None:
        yield terminal.title_lines(title, columns, unicode)
    for number, part in enumerate(parts, 1):
        if request.part in (None, number):
            yield terminal.part_lines(number, part, columns, unicode)
        if number == request.part:
            return


def _tell(request: Request, file: Path) -> None:
    if not request.quiet and not outputs.is_standard_output(file):
        say(f"wrote {file}")


def _plot(file: Path, found: Any, wrt: Any, moved: Any) -> None:
    from ..plotting import plot_force

    figure = plot_force(found.loss, TARGET, found.q, GRID, wrt=wrt or ("mu", "sigma"), **moved)
    outputs.draw("--plot", file, figure)


def _animate(file: Path, found: Any, wrt: Any, moved: Any) -> None:
    from ..fitting import FitWarning, fit
    from ..optimizers import adam
    from ..plotting import write_force_gif

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)  # the page says what the masses are
        path = fit(found.loss, TARGET, found.q, GRID, optimizer=adam(), steps=STEPS)
    with outputs.writing("--gif", file) as name:
        write_force_gif(name, found.loss, TARGET, path, GRID, wrt=wrt or "mu", **moved)

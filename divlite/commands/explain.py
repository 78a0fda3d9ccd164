"""`divlite explain`: a derivation on the terminal, or in a file; the force diagram."""

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from .. import _check
from .._types import Loss
from ..coordinates import Sigma
from ..densities import Normal
from ..derive import derive, named
from ..evidence.experiment import GRID, TARGET
from ..explain import Explanation
from ..losses import Smoothed
from ..losses.protocol import loss_title
from . import outputs, torch_witness
from .parsing import spoken
from .process import say
from .screen import bold, width

STEPS = 10_000
Ask = Callable[[], Any]


class Request(NamedTuple):
    """What the command line asked for."""

    name: str
    smoothing: float | None
    wrt: str | None
    coordinates: Any
    at: Normal | None
    part: int | None
    format: str
    quiet: bool
    out: Path | None
    plot: Path | None
    gif: Path | None


def run(request: Request) -> int:
    """Print the derivation, or write it; draw what is to be drawn."""
    loss = _loss(request)
    if loss is None and (request.plot or request.gif):
        _check.fail("--plot" if request.plot else "--gif", "a loss that is taken on a grid", request.name)
    with spoken(wrt="--wrt", coordinates="--coordinates", at="--at", mu="--at MU", sigma="--at SIGMA"):
        derivation = derive(request.name if loss is None else loss, request.wrt, request.coordinates)
        from ..evidence import complete  # and with it SymPy

        at = complete.start(request.name, request.at)
    last = len(derivation.parts) + 3
    if request.part is not None and not 1 <= request.part <= last:
        _check.fail("--part", f"a whole number from 1 to {last}", request.part)
    if request.out is not None or not request.quiet:
        # The last part has torch's answer in it.
        needed = request.part in (None, last)
        with torch_witness.asked(loss, request.name, at) if needed else nullcontext(lambda: None) as ask:
            _show(request, derivation, loss, at, ask)
    if loss is not None:
        _draw(request, loss, at)
    return 0


def _show(request: Request, derivation: Any, loss: Loss | None, at: Normal, ask: Ask) -> None:
    from ..evidence import complete

    if request.format == "terminal":
        unicode = request.out is not None or "utf" in (sys.stdout.encoding or "").lower()
        lines = _lines(request, derivation, loss, at, ask, unicode)
        if request.out is None:
            for heading, *rest in lines:
                say(bold(heading), *rest)
            return
        text = "\n".join("\n".join(block) for block in lines)
    else:
        explanation = Explanation(complete.complete(derivation, loss, at, ask))
        text = (explanation.markdown() if request.format == "markdown" else explanation.html()).rstrip()
    # In UTF-8, as a page itself declares.
    outputs.write("--out", request.out or Path("/dev/stdout"), [text.encode(), b"\n"])
    if request.out is not None:
        _tell(request, request.out)


def _lines(
    request: Request, derivation: Any, loss: Loss | None, at: Normal, ask: Ask, unicode: bool
) -> Iterator[list[str]]:
    """The title and the parts as text, each when it is ready: the proof, and torch's answer, come last."""
    from ..evidence import complete, witnesses
    from ..page import terminal

    columns = width() if request.out is None else 100
    if request.part is None:
        title = derivation.title
        yield [title, "=" * len(title), ""]

    def parts() -> Iterator[Any]:
        yield from derivation.parts
        yield from complete.examples(derivation, loss, at)
        yield complete.figures(derivation, loss, at, lambda: witnesses.LATER)

    last = len(derivation.parts) + 3
    for number, part in enumerate(parts(), 1):
        if request.part in (None, number):
            yield terminal.part_lines(number, part, columns, unicode) + [""] * (number != last)
        if number == request.part != last:
            return
    yield terminal.listing_line(witnesses.autograd(ask(), request.name), columns)


def _tell(request: Request, file: Path) -> None:
    if not request.quiet and not outputs.is_standard_output(file):
        say(f"wrote {file}")


def _loss(request: Request) -> Loss | None:
    loss = named(request.name).loss
    if request.smoothing is None:
        return loss
    if loss is None:
        _check.fail("--smoothing", "a loss that is taken on a grid", request.name)
    return Smoothed(loss.loss if isinstance(loss, Smoothed) else loss, request.smoothing)


def _draw(request: Request, loss: Loss, at: Normal) -> None:
    wrt: Any = ("mu", "sigma") if request.wrt is None else "mu" if request.wrt == "mu" else "sigma"
    # Not `or`: LogSigma() has no fields, and so counts as false.
    coordinates = Sigma() if request.coordinates is None else request.coordinates
    moved: Any = {"coordinates": coordinates, "title": loss_title(loss)}
    if request.plot is not None:
        from ..plotting import plot_force

        outputs.draw("--plot", request.plot, plot_force(loss, TARGET, at, GRID, wrt=wrt, **moved))
        _tell(request, request.plot)
    if request.gif is not None:
        from ..fitting import FitWarning, fit
        from ..optimizers import adam
        from ..plotting import write_force_gif

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FitWarning)  # the page says what the masses are
            path = fit(loss, TARGET, at, GRID, optimizer=adam(), steps=STEPS)
        one = wrt if wrt == "sigma" else "mu"
        with outputs.writing("--gif", request.gif) as name:
            write_force_gif(name, loss, TARGET, path, GRID, wrt=one, **moved)
        _tell(request, request.gif)

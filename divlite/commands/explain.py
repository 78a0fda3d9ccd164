"""`divlite explain`: a derivation on the terminal, or in a file; the force diagram."""

import multiprocessing
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from .. import _check
from .._types import Loss
from ..densities import Normal
from ..derivations import derive, named, outside
from ..derivations.experiment import GRID, TARGET
from ..explain import Explanation
from ..losses import Smoothed

STEPS = 10_000


class Request(NamedTuple):
    """What the command line asked for."""

    name: str
    smoothing: float | None
    wrt: str | None
    coordinates: Any
    at: Normal | None
    format: str
    out: Path | None
    plot: Path | None
    gif: Path | None


def run(request: Request) -> int:
    """Print the derivation, or write it; draw what is to be drawn."""
    loss = _loss(request)
    if loss is None and (request.plot or request.gif):
        _check.fail("--plot" if request.plot else "--gif", "a loss that is taken on a grid", request.name)
    derivation = derive(loss or request.name, request.wrt, request.coordinates)
    from ..derivations import page  # and with it SymPy

    at = page.start(request.name, request.at)
    # torch takes longer to import than all the rest takes to do: it is asked in another process, meanwhile.
    spawn = multiprocessing.get_context("spawn")
    answer, connection = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_ask_torch, args=(connection, loss, request.name, at), daemon=True)
    process.start()
    connection.close()
    try:
        _show(request, derivation, loss, at, partial(_answer, answer))
    finally:
        process.kill()
        process.join()
        answer.close()
    if loss is not None:
        _draw(request, loss, at)
    return 0


def _answer(connection: Any) -> Any:
    try:
        return connection.recv()
    except EOFError:  # the other process failed, and has said why
        return None


def _ask_torch(connection: Any, loss: Loss | None, name: str, at: Normal) -> None:
    connection.send(outside.autograd(loss, name, at))


def _show(
    request: Request, derivation: Any, loss: Loss | None, at: Normal, autograd: Callable[[], Any]
) -> None:
    from ..derivations import page

    if request.format == "terminal" and request.out is None:
        _print(derivation, loss, at, autograd)
        return
    explanation = Explanation(page.complete(derivation, loss, at, autograd))
    shown = {"terminal": explanation.text, "markdown": explanation.markdown, "html": explanation.html}
    text = shown[request.format]().rstrip() + "\n"
    if request.out is not None:
        request.out.write_text(text, encoding="utf-8")
        print(request.out)
    elif request.format == "html" and hasattr(sys.stdout, "buffer"):
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())  # as the page itself declares
    else:
        print(text, end="", flush=True)


def _print(derivation: Any, loss: Loss | None, at: Normal, autograd: Callable[[], Any]) -> None:
    """On the terminal each part as soon as it is there: the proof, and torch's answer, come last."""
    from ..derivations import page, terminal, witnesses

    unicode = "utf" in (sys.stdout.encoding or "").lower()
    width = max(min(shutil.get_terminal_size((100, 24)).columns, 120), 60)
    print("\n".join(terminal.lines(derivation, width, unicode)), flush=True)
    later = [
        lambda: page.examples(derivation, loss, at),
        lambda: (page.figures(derivation, loss, at, lambda: witnesses.LATER),),
    ]
    number = len(derivation.parts)
    for parts in later:
        for part in parts():
            number += 1
            print("\n" + "\n".join(terminal.part_lines(number, part, width, unicode)), flush=True)
    print("  " + witnesses.autograd(autograd()))


def _loss(request: Request) -> Loss | None:
    loss = named(request.name).loss
    if request.smoothing is None:
        return loss
    if loss is None:
        _check.fail("--smoothing", "a loss that is taken on a grid", request.name)
    return Smoothed(loss.loss if isinstance(loss, Smoothed) else loss, request.smoothing)


def _draw(request: Request, loss: Loss, at: Normal) -> None:
    wrt: Any = ("mu", "sigma") if request.wrt is None else "mu" if request.wrt == "mu" else "sigma"
    title = request.name if request.smoothing is None else f"{request.name}, epsilon {request.smoothing:g}"
    if request.plot is not None:
        from ..plotting import plot_force

        plot_force(loss, TARGET, at, GRID, wrt=wrt, title=title).savefig(request.plot)
        print(request.plot)
    if request.gif is not None:
        from ..fitting import fit
        from ..optimizers import adam
        from ..plotting import write_force_gif

        path = fit(loss, TARGET, at, GRID, optimizer=adam(), steps=STEPS)
        write_force_gif(
            request.gif, loss, TARGET, path, GRID, wrt=wrt if wrt == "sigma" else "mu", title=title
        )
        print(request.gif)

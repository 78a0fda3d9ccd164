"""`divlite explain`: a derivation on the terminal, or in a file; the force diagram."""

import sys
import warnings
from argparse import Namespace
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from .. import _check
from ..coordinates import NAMED
from ..evidence.experiment import GRID, START, TARGET
from ..explain import Explanation
from ..language import Language, phrase, told
from ..losses import Smoothed
from ..losses.protocol import loss_title
from ..subjects import SUBJECTS, Subject, subject
from . import outputs, torch_witness
from .family import member
from .language import language
from .parsing import spoken
from .process import say
from .screen import bold, width

STEPS = 10_000
PARTS = 9
SPOKEN = {name: f"--{name}" for name in ("wrt", "coordinates", "at", "nu")} | {
    "mu": "--at MU",
    "sigma": "--at SIGMA",
}


def run(args: Namespace) -> int:
    """Print the derivation, or write it; draw what is to be drawn."""
    found, lang = _asked(args), language(args)
    with spoken(**SPOKEN):
        derivation = found.derivation()
    if args.part is not None and not 1 <= args.part <= PARTS:
        _check.fail("--part", f"a whole number from 1 to {PARTS}", args.part)
    if args.out is not None or not args.quiet:
        from ..evidence.complete import page

        # The last part has torch's answer in it.
        needed = args.part in (None, PARTS)
        with torch_witness.asked(found) if needed else nullcontext() as answer:
            _show(args, Explanation(page(derivation, found, answer), args.part, lang))
    for draw, file in ((_plot, args.plot), (_animate, args.gif)):
        if file is not None and found.loss is not None:
            wrt = args.wrt if args.wrt in (None, "mu") else "sigma"
            title = {"title": loss_title(found.loss), "lang": lang}
            draw(file, found, wrt, {"coordinates": NAMED[args.coordinates], **title})
            _tell(args, file, lang)
    return 0


def _asked(args: Namespace) -> Subject:
    """What is to be derived, where it is asked for, as the options have it."""
    known: Any = SUBJECTS[args.loss]
    for option in ("smoothing", "plot", "gif"):
        if known.loss is None and getattr(args, option) is not None:
            _check.fail(f"--{option}", "a loss that is taken on a grid", args.loss)
    what: Any = args.loss
    if args.smoothing is not None:  # in the place of the smoothing that there may be
        inner: Any = getattr(known.loss, "loss", known.loss)
        what = Smoothed(inner, _check.positive("--smoothing", args.smoothing))
    with spoken(**SPOKEN):
        at = member(args, *(args.at or START[:2]))
        given = args.at is not None or type(at) is not type(START)
        moved = None if args.coordinates == "sigma" else NAMED[args.coordinates]
        return subject(what, args.wrt, moved, at if given else None)


def _show(args: Namespace, found: Explanation) -> None:
    """On the terminal part by part, each when it is ready: the proof, and torch's answer, come last."""
    if args.format == "terminal" and args.out is None:
        from ..page import terminal

        unicode = "utf" in (sys.stdout.encoding or "").lower()
        for place, (heading, *rest) in enumerate(
            terminal.blocks(found.derivation, width(), unicode, found.number, found.lang)
        ):
            say(*[""] * (place > 0), bold(heading), *rest)
        return
    text = found.text() if args.format == "terminal" else getattr(found, args.format)()
    # In UTF-8, as a page itself declares.
    outputs.write("--out", args.out or Path("/dev/stdout"), [text.rstrip().encode(), b"\n"])
    if args.out is not None:
        _tell(args, args.out, found.lang)


def _tell(args: Namespace, file: Path, lang: Language) -> None:
    if not args.quiet and not outputs.is_standard_output(file):
        say(told(phrase("wrote {}", str(file)), lang))


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

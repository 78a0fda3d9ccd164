"""`divlite microscope`: the rounding errors of a loss, printed, drawn, or written."""

import argparse
import csv
import io
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from .. import _check
from ..microscope import Microscope, microscope, nearest, words
from . import outputs
from .family import member
from .fit_request import first_of, loss_called, target_of
from .parsing import spoken
from .process import say

HEADER = ("form", "step", "formula", "x", "exact", "rounded", "local", "difference")


def run(args: argparse.Namespace, files: dict[str, Path | None]) -> int:
    """Look, print what is seen or write it to --out, and write the other files."""
    look = looked(args)
    place = None if args.point is None else nearest(look.grid.x, _check.number("--point", args.point))
    if not args.quiet or args.out is not None:
        text = document(look, place, args.format)
        if args.out is None and args.format == "terminal":
            say(text)
        else:  # in UTF-8, as a page itself declares
            outputs.write("--out", args.out or Path("/dev/stdout"), [text.encode(), b"\n"])
    if (file := files["--plot"]) is not None:
        from ..plotting import plot_microscope

        outputs.draw("--plot", file, plot_microscope(look))
    if (file := files["--csv"]) is not None:
        outputs.write("--csv", file, csv_pieces(look))
    quiet = args.quiet or any(map(outputs.is_standard_output, filter(None, files.values())))
    if not quiet:
        say(*(f"wrote {file}" for file in files.values() if file is not None))
    return 0


def looked(args: argparse.Namespace) -> Microscope:
    """What the command line stands for. Raises: ValueError that names the option."""
    _, p, grid, said = target_of(args)
    with spoken(q0="--at", mu="--at MU", sigma="--at SIGMA", nu="--nu"):
        q = member(args, *(args.start or first_of(args, p, grid)))
    with spoken(p=f"P, {said}", grid="--grid", dtype="--dtype"):
        return microscope(loss_called(args.loss, args.smoothing), p, q, grid, args.dtype)


def document(look: Microscope, place: int | None, form: str) -> str:
    """The page as text, Markdown or HTML."""
    if form == "terminal":
        return words.page(look, place)
    from ..derive.notation import Derivation, Listing, Part

    parts = tuple(
        Part(title, tuple(item if isinstance(item, str) else Listing(tuple(item)) for item in content))
        for title, content in words.parts(look, place)
    )
    derivation = Derivation("", words.title(look), {}, parts, {})
    return import_module(f"divlite.page.{form}").document(derivation).rstrip()


def csv_pieces(look: Microscope) -> Iterator[bytes]:
    """A row for each step at each point, to the last digit; x is empty after the sums."""
    yield ",".join(HEADER).encode() + b"\r\n"
    for form in look.forms:
        for step in form.steps:
            places = look.grid.x.tolist() if step.exact.ndim else [""]
            columns = (a.ravel().tolist() for a in (step.exact, step.rounded, step.local, step.difference))
            stream = io.StringIO()
            rows = zip(places, *columns, strict=True)
            csv.writer(stream).writerows((form.name, step.name, step.formula, *row) for row in rows)
            yield stream.getvalue().encode()

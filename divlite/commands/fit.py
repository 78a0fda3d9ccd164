"""`divlite fit`: one Q fitted to any target, with the articles' kind of table."""

import argparse
import csv
import io
import json
import math
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from .. import __version__, _check, families
from .._types import Family
from ..descent.optimum import Optimum
from ..destination import Destination, destination
from ..fitting import Fit, FitWarning, fit
from ..language import Language, phrase, told
from ..language.wrapping import right, width
from . import fit_request, fit_words, outputs
from .fit_request import Request
from .language import language
from .parsing import spoken
from .process import complain, say

PIECE = 10_000  # rows of CSV that are made at a time


def run(args: argparse.Namespace, command: Callable[[Family], str], files: dict[str, Path | None]) -> int:
    """Fit, print what was done and how it ended, write the files asked for, each under its option.

    command: the command line that makes the same fit, by where it began; for --json.
    """
    lang = language(args)
    every = None if args.every is None else _check.count("--every", args.every, 1)
    request = fit_request.build(args)
    path = follow(request)
    ends = destination(path)
    warn(path.notes, lang)
    quiet = args.quiet or any(map(outputs.is_standard_output, filter(None, files.values())))
    if not quiet:
        say(*fit_words.header(request, fit_words.moves(request), lang), "")
        say(*table(path, every, lang), "", *fit_words.footer(path, ends, lang))
    _write(files, command(request.q0), request, path, ends, lang)
    if not quiet:
        say(*(told(phrase("wrote {}", file), lang) for file in files.values() if file is not None))
    return 0


def warn(notes: Iterable[str], lang: Language) -> None:
    """What the reader of a fit should know, on stderr."""
    for note in notes:
        complain(told(phrase("divlite: warning: {}", note), lang))


def follow(request: Request) -> Fit:
    """The fit, with its progress on a terminal once it has taken a second."""
    r = request
    with (
        warnings.catch_warnings(),
        tqdm(total=r.steps, desc="fit", unit=" steps", delay=1, leave=False, disable=None) as bar,
        spoken(p=f"P, {r.target}"),
    ):
        warnings.simplefilter("ignore", FitWarning)  # said by `run`, from the fit's own notes
        return fit(
            r.loss,
            r.p,
            r.q0,
            r.grid,
            optimizer=r.optimizer,
            steps=r.steps,
            coordinates=r.coordinates,
            backend=r.backend,
            progress=lambda done: bar.update(done - bar.n),
        )


def table(path: Fit, every: int | None, lang: Language = "en") -> list[str]:
    """A row every so many steps, the first and the last among them: the loss at (mu, sigma), and both."""
    steps = path.mu.size - 1
    chosen = sorted({*range(0, steps + 1, every or max(1, steps // 10)), steps})
    step, loss = told(phrase("step"), lang), told(phrase("loss"), lang)
    columns = max(width(step), len(str(steps)))
    rows = [f"{right(step, columns)}  {right(loss, 14)}  {'mu':>14}  {'sigma':>14}"]
    for i in chosen:
        rows.append(f"{i:>{columns}}  {path.loss[i]:>14.8g}  {path.mu[i]:>14.8g}  {path.sigma[i]:>14.8g}")
    return rows


def _write(
    files: dict[str, Path | None],
    command: str,
    request: Request,
    path: Fit,
    ends: Destination,
    lang: Language,
) -> None:
    if (file := files["--csv"]) is not None:
        outputs.write("--csv", file, csv_pieces(path))
    if (file := files["--json"]) is not None:
        text = json.dumps(document(command, request, path, ends), allow_nan=False)
        outputs.write("--json", file, [text.encode(), b"\n"])
    if (file := files["--plot"]) is not None:
        from ..plotting import plot_summary

        outputs.draw("--plot", file, plot_summary(request.p, path, request.grid, lang=lang))
    if (file := files["--gif"]) is not None:
        from ..plotting import write_gif

        with outputs.writing("--gif", file) as name:
            write_gif(name, request.p, path, request.grid, lang=lang)


def csv_pieces(path: Fit) -> Iterator[bytes]:
    """step, loss, mu, sigma: every step of the fit, to the last digit."""
    yield b"step,loss,mu,sigma\r\n"
    for first in range(0, path.mu.size, PIECE):
        columns = (a[first : first + PIECE].tolist() for a in (path.loss, path.mu, path.sigma))
        stream = io.StringIO()
        csv.writer(stream).writerows((first + i, *row) for i, row in enumerate(zip(*columns, strict=True)))
        yield stream.getvalue().encode()


def document(command: str, request: Request, path: Fit, ends: Destination) -> dict[str, Any]:
    """All that is needed to make the fit again, its end, and the whole path. What is not finite is null.

    command: the command line; settings: the same as values; points: x, w and log P, as the fit used them.
    """
    x, w = path.grid or request.grid
    return {
        "divlite": __version__,
        "command": command,
        "settings": request.settings,
        "mu": path.q.mu,
        "sigma": path.q.sigma,
        "loss": _finite(path.loss[-1]),
        "gradient": {"mu": _finite(path.gradient.mu), "sigma": _finite(path.gradient.sigma)},
        "converged": path.converged,
        "optimum": _place(ends.optimum),
        "optimum_of_start": _place(ends.of_start),
        "p_mass": _finite(path.p_mass),
        "q_mass": _finite(path.q_mass),
        "notes": path.notes,
        "points": {"x": x.tolist(), "w": w.tolist(), "log_p": _all_finite(request.p.log_prob(x))},
        "path": {"mu": path.mu.tolist(), "sigma": path.sigma.tolist(), "loss": _all_finite(path.loss)},
    }


def _place(end: Optimum | None) -> dict[str, Any] | None:
    return end and {**families.named(end.q), "loss": end.loss, "verdict": end.verdict}


def _all_finite(values: Any) -> list[float | None]:
    return [_finite(value) for value in values.tolist()]


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None

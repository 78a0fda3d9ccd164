"""`divlite fit --starts`: fits from a lattice of starts, and at which optimum each was going to end."""

import argparse
import json
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from .. import _check, families, setting
from .._types import Array
from ..backends import resolve
from ..descent import basins, kinks, many
from ..descent.boxes import checked_box, default_box
from ..descent.finding import cells
from ..descent.many import Fits
from ..descent.optimum import Optimum
from ..descent.solving import Solver
from ..descent.steps import ManyEnds
from ..descent.sweep import means, sweep
from ..destination import VERDICTS
from ..fitting import FitWarning
from ..language import Language, Phrase, phrase, template, told
from ..language.wrapping import right
from . import fit, fit_request, fit_starts_files, fit_words, outputs
from .fit_request import Request
from .fit_starts_files import ARRIVED, PLACELESS, Found, has_arrived
from .language import language
from .parsing import spoken
from .process import say

# What the library says of many fits, as it is said on the command line.
SPOKEN = {
    many.LEFT: template(
        "{fits:,} of {all:,} fits left the domain of mu or sigma; "
        "try a smaller --lr, or --coordinates log-sigma"
    ),
    many.INFINITE: template(
        "{fits:,} of {all:,} fits met a loss that is not finite; try dl.Smoothed(loss, epsilon)"
    ),
    many.OUTSIDE: template("{fits:,} of {all:,} fits ended with less than {whole:g} of Q's mass on the grid"),
}


def run(args: argparse.Namespace, command: Callable[[None], str], files: dict[str, Path | None]) -> int:
    """Follow the fits, print how many ended where, and write the files asked for, each under its option.

    command: the command line that makes the same fits; for --json.
    """
    lang, count = language(args), _check.count("--starts", args.starts, 1)
    request = fit_request.build(args)
    mu, sigma = lattice(request, count)
    starts = np.column_stack([part.ravel() for part in np.meshgrid(mu, sigma)])
    with np.errstate(all="ignore"):
        fits = follow(request, starts)
        ends, labels = told_apart(request, fits)
    notes = [*map(_spoken, fits.notes)]
    fit.warn(notes, lang)
    quiet = args.quiet or any(map(outputs.is_standard_output, filter(None, files.values())))
    if not quiet:
        header = fit_words.header(request, _moves(request, mu, sigma), lang)
        say(*header, "", *table(fits, ends, labels, lang))
    found = Found(starts, fits, ends, labels)
    if (file := files["--csv"]) is not None:
        outputs.write("--csv", file, fit_starts_files.csv_pieces(found))
    if (file := files["--json"]) is not None:
        text = json.dumps(fit_starts_files.document(command(None), request, found, notes), allow_nan=False)
        outputs.write("--json", file, [text.encode(), b"\n"])
    if (file := files["--map"]) is not None:
        from ..plotting.starts import plot_starts

        shown = labels.reshape(sigma.size, mu.size), ends
        descent = fit_words.descent(request)
        title = phrase("Where {fits:,} fits lead: {descent}", fits=labels.size, descent=descent)
        figure = plot_starts(request.p, request.grid, mu, sigma, *shown, title, lang)
        outputs.draw("--map", file, figure)
    wrote = [told(phrase("wrote {}", file), lang) for file in files.values() if file is not None]
    if wrote and not quiet:
        say("", *wrote)
    return 0


def _spoken(note: Phrase) -> Phrase:
    return phrase(SPOKEN.get(note.template, note.template), *note.args, **note.names)


def _moves(request: Request, mu: Array, sigma: Array) -> str:
    return phrase(
        "from {starts:,} starts, {mus} mus from {left:.4g} to {right:.4g} times {sigmas} sigmas "
        "from {low:.4g} to {high:.4g}, down the loss {descent}",
        starts=mu.size * sigma.size,
        mus=mu.size,
        left=mu[0],
        right=mu[-1],
        sigmas=sigma.size,
        low=sigma[0],
        high=sigma[-1],
        descent=fit_words.descent(request),
    )


def lattice(request: Request, count: int) -> tuple[Array, Array]:
    """mu, and sigma even in its log, over the box of `dl.optima`: `count` starts, or a few more.

    They are more where `count` is no product of two numbers of which one is at most twice the other.
    """
    seen = setting.of(request.loss, request.p, request.grid, families.standard(request.q0))
    while not (rows := [n for n in range(math.isqrt(count), 0, -1) if count % n == 0 and count <= 2 * n * n]):
        count += 1
    return cells(default_box(seen.grid), count // rows[0], rows[0])


def follow(request: Request, starts: Array) -> Fits:
    """The fits, with their progress on a terminal once it has taken a second."""
    r = request
    with (
        warnings.catch_warnings(),
        tqdm(total=len(starts), desc="fits", unit=" fits", delay=1, leave=False, disable=None) as bar,
        spoken(p=f"P, {r.target}"),
    ):
        warnings.simplefilter("ignore", FitWarning)  # said by `run`, from the fits' own notes
        return many.fit_many(
            r.loss,
            r.p,
            starts,
            r.grid,
            optimizer=r.optimizer,
            steps=r.steps,
            family=r.q0,
            coordinates=r.coordinates,
            backend=r.backend,
            progress=lambda done: bar.update(done - bar.n),
        )


def told_apart(request: Request, fits: Fits) -> tuple[list[Optimum], NDArray[np.int64]]:
    """The optima downhill from the fits' ends, in short steps, and for each fit which one of them it is.

    Ends off the window are one, and so are those at the border, and those that are flat.
    -1: the loss is not finite at the end, or mu or sigma left its domain.
    """
    r = request
    seen, backend = setting.of(r.loss, r.p, r.grid, families.standard(r.q0)), resolve(r.backend)
    box = checked_box(None, seen)
    at = np.column_stack([np.clip(fits.mu, *box[:2]), np.clip(fits.sigma, *box[2:])])
    task = basins.Searches(seen, kinks.of(seen), at, box, r.backend)
    every = ManyEnds(*sweep(task, means(None, None, None, None if backend.newton else 1), None))
    found, ends = basins.grouped(Solver.of(seen, box, backend), every)
    first: dict[Any, int] = {}
    kinds = [end.verdict if end.verdict in PLACELESS else k for k, end in enumerate(ends)]
    one = np.array([*(first.setdefault(kind, k) for k, kind in enumerate(kinds)), -1])
    labels = np.where(fits.left, -1, one[found])
    reached = set(labels.tolist())  # not those downhill from fits alone that left the domain
    ranked = [k for k in first.values() if k in reached]
    order = sorted(ranked, key=lambda k: (ends[k].verdict != "minimum", ends[k].loss))
    rank = np.full(len(ends) + 1, -1)
    rank[order] = np.arange(len(order))
    return [ends[k] for k in order], rank[labels]


def table(fits: Fits, ends: list[Optimum], labels: NDArray[np.int64], lang: Language = "en") -> list[str]:
    """A row for each optimum: how many fits were going there, and how many of these had arrived."""
    heads = (told(head, lang) for head in (phrase("fits"), phrase("arrived"), phrase("loss"), phrase("end")))
    count, arrived, loss, where = heads
    lines = [
        f"  {right(count, 9)} {'':>6} {right(arrived, 9)} {'mu':>12} {'sigma':>12} {right(loss, 14)}  {where}"
    ]
    for k, end in enumerate(ends):
        mine = labels == k
        arrived = f"{has_arrived(fits, mine, end).sum():,}"
        place = f"{end.q.mu:>12.7g} {end.q.sigma:>12.7g} {end.loss:>14.8g}"
        if end.verdict in PLACELESS:
            arrived, place = "", f"{'':>40}"
        lines.append(f"{_count(mine)} {arrived:>9} {place}  {told(VERDICTS[end.verdict], lang)}")
    if (labels < 0).any():
        lost = phrase("no finite loss, or sigma left its domain")
        lines.append(f"{_count(labels < 0)} {'':>9} {'':>40}  {told(lost, lang)}")
    why = phrase(
        "A fit is counted at the optimum that a descent in short steps from its end leads to. "
        "It has arrived if it ended within {:g} sigma of it.",
        ARRIVED,
    )
    return [*lines, "", *fit_words.wrapped(why, lang)]


def _count(mine: NDArray[np.bool_]) -> str:
    return f"  {mine.sum():>9,} {mine.mean():>6.1%}"

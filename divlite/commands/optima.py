"""`divlite optima`: all local optima of a loss in a box, printed or written."""

import argparse
import json
import math
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from .. import __version__, _check, families, setting
from .._types import Density, Family, Loss
from ..descent.boxes import default_box
from ..descent.finding import COLUMNS, ROWS, Optima, optima
from ..descent.optimum import Optimum
from ..grid import Grid
from ..losses.protocol import loss_title
from . import fit_words, outputs
from .family import member
from .fit_request import loss_called, target_of
from .parsing import spoken
from .process import say

Range = tuple[float, float]


class Search(NamedTuple):
    """What P is, in JSON and in words; P, the grid, a member of Q's family; the box, where it is given."""

    told: dict[str, Any]
    said: str
    p: Density
    grid: Grid
    family: Family
    mu: Range | None
    sigma: Range | None


def run(args: argparse.Namespace) -> int:
    """Print P and the table, and write the file that is asked for."""
    asked = search_of(args)
    quiet = args.quiet or (args.json is not None and outputs.is_standard_output(args.json))
    found = look(args, asked, loss_called(args.loss, args.smoothing))
    if not quiet:
        say(*fit_words.target(asked.said, asked.p, asked.grid, args.reduction), "", *table(found))
    if args.json is not None:
        text = json.dumps(document(found, args, asked), allow_nan=False)
        outputs.write("--json", args.json, [text.encode(), b"\n"])
        if not quiet:
            say(f"wrote {args.json}")
    return 0


def search_of(args: argparse.Namespace) -> Search:
    """What is asked for. Raises: ValueError that names the option."""
    told, p, grid, said = target_of(args)
    with spoken(nu="--nu"):
        family = member(args, 0.0, 1.0)
    mu, sigma = _range("--mu", args.mu, -math.inf), _range("--sigma", args.sigma, 0.0)
    return Search(told, said, p, grid, family, mu, sigma)


def _range(option: str, given: Any, above: float) -> Range | None:
    if given is None:
        return None
    low, high = given
    if not above < low < high < math.inf:
        some = "two numbers > 0" if above == 0.0 else "two finite numbers"
        _check.fail(option, f"{some}, FROM < TO", f"{low:g},{high:g}")
    return low, high


def look(args: argparse.Namespace, asked: Search, loss: Loss) -> Optima:
    """The optima, with the search's progress on a terminal once it has taken a second.

    Raises: ValueError that names the option; also where the loss is finite at no start.
    """
    # A fraction is left for the library to refuse.
    starts: Any = tuple(int(n) if n.is_integer() else n for n in args.starts or (float(COLUMNS), float(ROWS)))
    with (
        np.errstate(all="ignore"),
        spoken(p=f"P, {asked.said}", loss="LOSS", starts="--starts", mu="--starts M", sigma="--starts N"),
        tqdm(desc=loss_title(loss), unit=" starts", delay=1, leave=False, disable=None) as bar,
    ):
        seen = setting.checked(loss, asked.p, asked.grid, asked.family)
        usual = default_box(seen.grid)
        found = optima(
            loss,
            asked.p,
            asked.grid,
            box=(asked.mu or usual[:2], asked.sigma or usual[2:]),
            family=asked.family,
            starts=starts,
            backend=args.backend,
            progress=lambda done: bar.update(done - bar.n),
        )
        if not (found.minima or found.others):
            remedies = {"smoothing": "dl.Smoothed(loss, epsilon)"}
            got = f"{args.loss}, infinite at all {found.starts:,} starts"
            _check.fail("loss", "one that is finite at some start", got, remedies)
    return found


def table(found: Optima) -> list[str]:
    """The text of the optima, its sentences continued below."""
    lines = list[str]()
    for line in str(found).splitlines():
        lines += [line] if line.startswith(" ") else fit_words.wrapped(line)
    return lines


def document(found: Optima, args: argparse.Namespace, asked: Search) -> dict[str, Any]:
    """What was asked, and all optima by the names of their fields. What is not finite is null."""
    pairs = (found.minima, found.share), (found.others, found.other_share)
    minima, others = ([_place(o, s) for o, s in zip(*pair, strict=True)] for pair in pairs)
    (left, right), (low, high) = found.box
    return {
        "divlite": __version__,
        "loss": args.loss,
        "smoothing": args.smoothing,
        "target": asked.told,
        "reduction": args.reduction,
        "family": args.family,
        "nu": args.nu,
        "points": asked.grid.x.size,
        "box": {"mu": [left, right], "sigma": [low, high]},
        "starts": found.starts,
        "minima": minima,
        "others": others,
        "infimum": found.infimum,
        "unique": found.unique,
    }


def _place(end: Optimum, share: float) -> dict[str, Any]:
    numbers = {"loss": end.loss, "slope": end.slope, "terms": end.terms, "within": end.within}
    finite = {name: value if math.isfinite(value) else None for name, value in numbers.items()}
    bends = [value if math.isfinite(value) else None for value in end.eigenvalues]
    where = {**families.named(end.q), "verdict": end.verdict, "share": share}
    return {**where, **finite, "eigenvalues": bends, "at": list(end.at), "steps": end.steps}

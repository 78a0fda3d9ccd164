"""`divlite reproduce`: the articles' printed figures beside the recomputed ones."""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from tqdm import tqdm

from ..articles import ARTICLES, reproduce
from ..articles.report import ABSOLUTE, RELATIVE, WIDTH, Report, lines
from . import outputs
from .process import say
from .screen import bold

RULE = (
    "Each figure that an article prints, and the same recomputed. It is ok if they differ by no more "
    f"than the limit: {ABSOLUTE:.0e} + {RELATIVE:.0e} times the printed figure, unless a remark says "
    "otherwise. The articles computed in float32."
)


def run(articles: Sequence[str], backend: str, out: Path | None, quiet: bool = False) -> int:
    """Print every table; write the drawings below `out`, if it is given. 0 if every row holds, else 1."""
    held, total, written = 0, 0, 0
    if out is not None:
        outputs.check_folder("--out", out)
    if not quiet:
        say(*textwrap.wrap(RULE, WIDTH), "")
    for article in dict.fromkeys(articles or ARTICLES):
        report = reproduce(article, backend, partial(tqdm, desc=article, leave=False, disable=None))
        say(*(_differing(report) if quiet else _tables(report)))
        held += sum(row.holds for row in report.rows)
        total += len(report.rows)
        if out is not None:
            written += _draw(report.drawings, out)
    if out is not None and written and not quiet:
        say(f"{written} drawings and animations in {out}")
    say(f"{held} of {total} rows reproduced on the {backend} backend")
    return 0 if held == total else 1


def _tables(report: Report) -> list[str]:
    result = [bold(f"== {report.article} =="), ""]
    for note in report.notes:
        result += [*textwrap.wrap(note, WIDTH), ""]
    for table in report.tables:
        title, *rest = lines(table)
        result += [bold(title), *rest, ""]
    return result


def _differing(report: Report) -> list[str]:
    """Title, head and the rows of a table in which some row differs, without those that hold."""
    result: list[str] = []
    for table in report.tables:
        rows = tuple(row for row in table.rows if not row.holds)
        if rows:
            result += [f"{report.article}: {table.title}", *list(lines(table._replace(rows=rows)))[1:], ""]
    return result


def _draw(drawings: Mapping[str, Callable[[Path], None]], out: Path) -> int:
    if drawings:
        out.mkdir(parents=True, exist_ok=True)
    for name, draw in tqdm(drawings.items(), "figures", leave=False, disable=None):
        with outputs.writing("--out", out / name) as file:
            draw(file)
    return len(drawings)

"""`divlite reproduce`: the articles' printed figures beside the recomputed ones."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from tqdm import tqdm

from ..articles import ARTICLES, reproduce
from ..articles.report import ABSOLUTE, RELATIVE, WIDTH, Drawing, Report, lines
from ..language import Language, phrase, told
from ..language.wrapping import wrapped
from . import outputs
from .process import say
from .screen import bold

RULE = phrase(
    "Each figure that an article prints, and the same recomputed. It is ok if they differ by no more "
    "than the limit: {absolute:.0e} + {relative:.0e} times the printed figure, unless a remark says "
    "otherwise. The articles computed in float32.",
    absolute=ABSOLUTE,
    relative=RELATIVE,
)


def run(
    articles: Sequence[str], backend: str, out: Path | None, quiet: bool = False, lang: Language = "en"
) -> int:
    """Print every table; write the drawings below `out`, if it is given. 0 if every row holds, else 1."""
    held, total, written = 0, 0, 0
    if out is not None:
        outputs.check_folder("--out", out)
    if not quiet:
        say(*wrapped(told(RULE, lang), WIDTH), "")
    for article in dict.fromkeys(articles or ARTICLES):
        report = reproduce(article, backend, partial(tqdm, desc=article, leave=False, disable=None))
        say(*(_differing(report, lang) if quiet else _tables(report, lang)))
        held += sum(row.holds for row in report.rows)
        total += len(report.rows)
        if out is not None:
            written += _draw(report.drawings, out, lang)
    if out is not None and written and not quiet:
        say(told(phrase("{drawings} drawings and animations in {out}", drawings=written, out=out), lang))
    rows = {"held": held, "total": total, "backend": backend}
    say(told(phrase("{held} of {total} rows reproduced on the {backend} backend", **rows), lang))
    return 0 if held == total else 1


def _tables(report: Report, lang: Language) -> list[str]:
    result = [bold(f"== {report.article} =="), ""]
    for note in report.notes:
        result += [*wrapped(told(note, lang), WIDTH), ""]
    for table in report.tables:
        title, *rest = lines(table, lang)
        result += [bold(title), *rest, ""]
    return result


def _differing(report: Report, lang: Language) -> list[str]:
    """Title, head and the rows of a table in which some row differs, without those that hold."""
    result: list[str] = []
    for table in report.tables:
        rows = tuple(row for row in table.rows if not row.holds)
        if rows:
            title = phrase("{article}: {title}", article=report.article, title=table.title)
            result += [told(title, lang), *list(lines(table._replace(rows=rows), lang))[1:], ""]
    return result


def _draw(drawings: Mapping[str, Drawing], out: Path, lang: Language) -> int:
    if drawings:
        out.mkdir(parents=True, exist_ok=True)
    for name, draw in tqdm(drawings.items(), "figures", leave=False, disable=None):
        with outputs.writing("--out", out / name) as file:
            draw(file, lang)
    return len(drawings)

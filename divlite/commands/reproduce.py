"""`divlite reproduce`: the articles' printed figures beside the recomputed ones."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from tqdm import tqdm

from .. import _check
from ..articles import ARTICLES, reproduce
from ..articles.report import lines


def run(articles: Sequence[str], backend: str, out: Path | None) -> int:
    """Print every table; write the drawings below `out`, if it is given. 0 if every row holds, else 1."""
    held, total, written = 0, 0, 0
    if out is not None and out.exists() and not out.is_dir():
        _check.fail("--out", "a folder, or the name of a new one", str(out))
    for article in dict.fromkeys(articles or ARTICLES):
        report = reproduce(article, backend, partial(tqdm, desc=article, leave=False, disable=None))
        print(f"== {article} ==\n")
        for table in report.tables:
            print("\n".join(lines(table)), end="\n\n")
        held += sum(row.holds for row in report.rows)
        total += len(report.rows)
        if out is not None:
            written += _draw(report.drawings, out)
    if out is not None and written:
        print(f"{written} figures and animations in {out}")
    print(f"{held} of {total} rows reproduced on the {backend} backend")
    return 0 if held == total else 1


def _draw(drawings: Mapping[str, Callable[[Path], None]], out: Path) -> int:
    if drawings:
        out.mkdir(parents=True, exist_ok=True)
    for name, draw in tqdm(drawings.items(), "figures", leave=False, disable=None):
        draw(out / name)
    return len(drawings)

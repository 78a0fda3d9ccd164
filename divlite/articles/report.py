"""Printed beside recomputed: what a row of a reproduction is, when it holds, and how it reads."""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from ..language import Language, phrase, told
from ..language.wrapping import padded, right, width, wrapped

# Draws a figure or an animation into a file, with its words in a language.
Drawing: TypeAlias = Callable[[Path, Language], None]
# What wraps the runs of an article while they are made: tqdm, say, or nothing.
Track: TypeAlias = Callable[[Iterable[Any]], Iterable[Any]]

# The articles print float32, to some seven digits at best, after thousands of float32 steps.
ABSOLUTE = RELATIVE = 5e-5
WIDTH = 80
HEADS = (phrase("printed"), phrase("recomputed"), phrase("diff"), phrase("limit"))


class Cell(NamedTuple):
    """One printed figure and the number recomputed for it, with the tolerance if it is not the usual one."""

    printed: str
    computed: float
    tolerance: float | None = None

    @property
    def difference(self) -> float:
        """recomputed - printed; 0 where both are the same infinity."""
        return 0.0 if self.computed == float(self.printed) else self.computed - float(self.printed)

    @property
    def limit(self) -> float:
        """The largest difference that holds: 5e-5 + 5e-5 |printed|, unless the cell has its own."""
        printed = float(self.printed)
        usual = ABSOLUTE + RELATIVE * abs(printed) if math.isfinite(printed) else 0.0
        return usual if self.tolerance is None else self.tolerance

    @property
    def holds(self) -> bool:
        """Whether they agree within the limit; an infinity only with itself."""
        return abs(self.difference) <= self.limit


class Row(NamedTuple):
    """A row of a printed table: a label, and one cell a column."""

    label: str
    cells: tuple[Cell, ...]

    @property
    def holds(self) -> bool:
        return all(cell.holds for cell in self.cells)


class Table(NamedTuple):
    """A printed table: its title, what labels its rows, its columns, the rows, and remarks below them."""

    title: str
    label: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()


class Report(NamedTuple):
    """All that one article prints, recomputed; its drawings, a function a file name; what to know first."""

    article: str
    tables: tuple[Table, ...]
    drawings: Mapping[str, Drawing]
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for table in self.tables for row in table.rows)


def published(article: str) -> Any:
    """The printed figures of an article, as they are kept in published/*.json."""
    name = article.replace("-", "_") + ".json"
    return json.loads((Path(__file__).parent / "published" / name).read_text(encoding="utf-8"))


def digits(printed: str, computed: float) -> str:
    """The recomputed number with as many decimals as the printed one, and one more."""
    mantissa, _, exponent = printed.lower().partition("e")
    if exponent or not math.isfinite(computed):
        return f"{computed:.7g}"
    return f"{computed:.{len(mantissa.partition('.')[2]) + 1}f}"


def lines(table: Table, lang: Language = "en") -> Iterator[str]:
    """The table as text, a line a figure: printed, recomputed, their difference and its limit, the verdict.

    A row's label stands on the line of its first figure. No line is wider than a terminal's 80 columns.
    """
    yield told(table.title, lang)
    first, *labels = (told(text, lang) for text in (table.label, *(row.label for row in table.rows)))
    # A single column has its name in the title.
    columns = [f"  {told(name, lang)}" for name in table.columns] if len(table.columns) > 1 else [""]
    label_width, column_width = max(map(width, (first, *labels))), max(map(width, columns))
    heads = [told(head, lang) for head in HEADS]
    aligned = "  ".join(right(*head) for head in zip(heads, (13, 14, 6, 6), strict=True))
    yield f"  {padded(first, label_width)}{'':<{column_width}}  {aligned}"
    for label, row in zip(labels, table.rows, strict=True):
        for place, (column, c) in enumerate(zip(columns, row.cells, strict=True)):
            name = padded("" if place else label, label_width) + padded(column, column_width)
            numbers = f"{c.printed:>13}  {digits(c.printed, c.computed):>14}"
            verdict = phrase("ok") if c.holds else phrase("DIFFERS")
            margins = f"{c.difference:>+6.0e}  {c.limit:>6.0e}  {told(verdict, lang)}"
            yield f"  {name}  {numbers}  {margins}"
    for remark in table.remarks:
        yield from wrapped(told(remark, lang), WIDTH, "  ", "    ")

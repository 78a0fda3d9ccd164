"""Printed beside recomputed: what a row of a reproduction is, when it holds, and how it reads."""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

# What wraps the runs of an article while they are made: tqdm, say, or nothing.
Track: TypeAlias = Callable[[Iterable[Any]], Iterable[Any]]

# The articles print float32, to some seven digits at best, after thousands of float32 steps.
ABSOLUTE = RELATIVE = 5e-5


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
    def holds(self) -> bool:
        """Whether they agree within 5e-5 + 5e-5 |printed|; an infinity only with itself."""
        printed = float(self.printed)
        if not math.isfinite(printed):
            return self.computed == printed
        usual = ABSOLUTE + RELATIVE * abs(printed)
        return abs(self.difference) <= (usual if self.tolerance is None else self.tolerance)


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
    """All that one article prints, recomputed; and its drawings, a function a file name."""

    article: str
    tables: tuple[Table, ...]
    drawings: Mapping[str, Callable[[Path], None]]

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for table in self.tables for row in table.rows)


def published(article: str) -> Any:
    """The printed figures of an article, as they are kept in published/*.json."""
    name = article.replace("-", "_") + ".json"
    return json.loads(files("divlite.articles").joinpath("published", name).read_text(encoding="utf-8"))


def digits(printed: str, computed: float) -> str:
    """The recomputed number with as many decimals as the printed one, and one more."""
    mantissa, _, exponent = printed.lower().partition("e")
    if exponent or not math.isfinite(computed):
        return f"{computed:.7g}"
    return f"{computed:.{len(mantissa.partition('.')[2]) + 1}f}"


def lines(table: Table) -> Iterator[str]:
    """The table as text: for each column the printed figure, the recomputed one, and the difference."""
    yield table.title
    width = max(len(table.label), *(len(row.label) for row in table.rows))
    heads = "".join(f"  {column:>13} {'recomputed':>14} {'diff':>7}" for column in table.columns)
    yield f"  {table.label:>{width}}{heads}"
    for row in table.rows:
        cells = "".join(
            f"  {c.printed:>13} {digits(c.printed, c.computed):>14} {c.difference:>+7.0e}" for c in row.cells
        )
        yield f"  {row.label:>{width}}{cells}  {'ok' if row.holds else 'DIFFERS'}"
    for remark in table.remarks:
        yield f"  {remark}"

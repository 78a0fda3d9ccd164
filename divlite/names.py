"""What the names of divergences mean in other libraries and in trainers: a table, every row run by a test.

The rows are in names.toml, where p is the target (teacher, reference policy) and q the fit (student, policy).
"""

import tomllib
from functools import cache
from pathlib import Path
from textwrap import wrap
from typing import Literal, NamedTuple

from . import _check

WIDTH = 96
CHECKS = {
    "library": "run against the library",
    "source": "its formula, as its source has it",
    "documentation": "its formula, as its documentation has it",
}
ABOUT = (
    "p is the target (teacher, reference policy), q the fit (student, policy). divlite: the expression that "
    "gives ours; theirs: what the library gives."
)
# What a row may name, by the word that it is looked for by.
MEANT = {
    "sum_of": "sum_of(loss) is loss.value(p, log_p, q, log_q).sum(), for p and q over outcomes.",
    "d_logits_of": "d_logits_of(loss) is the gradient of that sum by the logits of q.",
    "on_grid": "on_grid(loss) is dl.value_and_grad(loss, P, Q, grid)[0], p and q being at the grid's points.",
    "distance": "distance(loss) is the same with integral weights on a fine grid.",
    "entropy_p": "entropy_p is the entropy of p.",
    "mass_": "mass_p and mass_q are the sums of p and q.",
    "_T": "log_q_T and p_T are of the logits over T.",
    "mixed": "mixed is beta p + (1 - beta) q.",
    "skewed": "skewed is lam p + (1 - lam) q.",
    "small": "small is beta near 0, and 1 - beta near 1.",
}


class Name(NamedTuple):
    """A name, the library that it stands in, what it computes in words, and the same in divlite.

    here: an expression in divlite; theirs: the library's number by means of its value, ours.
    check: how the test of the row compares the two, a key of `CHECKS`. note: what people trip over.
    """

    name: str
    where: str
    means: str
    here: str
    theirs: str
    check: Literal["library", "source", "documentation"]
    note: str = ""


@cache
def names() -> tuple[Name, ...]:
    """All rows, in the order of the table."""
    text = (Path(__file__).parent / "names.toml").read_text(encoding="utf-8")
    return tuple(Name(**row) for row in tomllib.loads(text)["name"])


def found(word: str = "") -> tuple[Name, ...]:
    """The rows with this word in them, whatever its case; all of them without one.

    Raises: ValueError where no row has it.
    """
    rows = tuple(row for row in names() if word.lower() in " ".join(row).lower())
    places = ", ".join(dict.fromkeys(row.where.partition(":")[0] for row in names()))
    return rows or _check.fail("WORD", f"one that a name has, or a library: {places}", word)


def page(rows: tuple[Name, ...]) -> str:
    """The rows as text, in lines of at most 96 characters."""
    blocks = ["\n".join(_block(row)) for row in rows]
    return "\n\n".join([*blocks, "\n".join(wrap(legend(rows), WIDTH))])


def legend(rows: tuple[Name, ...]) -> str:
    """What the words in these rows stand for."""
    used = " ".join(f"{row.here} {row.theirs}" for row in rows)
    return " ".join([ABOUT, *(said for word, said in MEANT.items() if word in used)])


def _block(row: Name) -> list[str]:
    lines = [f"{row.name}   [{row.where}]"]
    said = (
        ("is", row.means),
        ("divlite", row.here),
        ("theirs", f"{row.theirs}   ({CHECKS[row.check]})"),
        ("note", row.note),
    )
    for label, text in said:
        inner = wrap(text, WIDTH - 11, break_long_words=False, break_on_hyphens=False)
        lines += [f"  {label if i == 0 else '':<9}{line}" for i, line in enumerate(inner)]
    return lines


def markdown(rows: tuple[Name, ...]) -> str:
    """The rows as a table for each library."""
    lines = ["# What a name means where", "", *wrap(_plain(legend(rows)), 120)]
    lines += ["", "Every row is run by a test. `divlite names WORD` prints those with a word in them.", ""]
    for where in dict.fromkeys(row.where for row in rows):
        lines += [
            f"## {where}",
            "",
            "| name | is | in divlite: ours | theirs | checked |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(row) for row in rows if row.where == where]
        notes = [
            f"- {_code(row.name)}: {_plain(row.note)}" for row in rows if row.where == where and row.note
        ]
        lines += ["", *notes, *[""] * bool(notes)]
    return "\n".join(lines).rstrip() + "\n"


def _row(row: Name) -> str:
    cells = _code(row.name), _plain(row.means), _code(row.here), _code(row.theirs), CHECKS[row.check]
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    """In a table a bar would end the cell, in code too."""
    return f"`{text}`".replace("|", "\\|")


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")

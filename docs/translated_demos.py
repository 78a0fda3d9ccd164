"""The demos in other languages: the script of the English one, with its words from a catalogue.

docs/translations.py makes them. Words are the paragraphs of a text cell, and the strings, docstrings and
comments of a code cell; everything else is taken over. A string that is code, such as weights="integral", has
itself for its translation.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from divlite.language import catalogue
from divlite.language.wrapping import width

DEMOS = Path(__file__).parents[1] / "demos"
LESSONS = ("gradient_of_kl", "understanding_kl", "forward_vs_reverse_kl", "kl_div_reductions")
MADE = "# docs/translations.py made this file from {} and words.po: change those.\n"
COLUMNS = 106  # of a text cell, behind its "# "
KEPT = re.compile(rf"{catalogue.OBJECT.pattern}|\([^()]*\)", re.DOTALL)
BREAK = re.compile(r" (?![-+*#>|=] |\d+[.)] )")
FILE = re.compile(r"""f?["'][^"' ]*\.(png|gif)["']""")


class Piece(NamedTuple):
    """Words in a script: where they begin and end, and the text that is translated."""

    start: int
    end: int
    text: str
    markdown: bool


def pieces(source: str) -> list[Piece]:
    """All words of a script, in its order."""
    return sorted((*_paragraphs(source), *_literals(source), *_comments(source)))


def _paragraphs(source: str) -> Iterator[Piece]:
    """Those of the text cells, each on one line; but for formulas that stand alone."""
    for cell in re.finditer(r"^# %% \[markdown\]\n((?:#.*\n?)*)", source, re.MULTILINE):
        for found in re.finditer(r"(?:^# .*\n?)+", cell[1], re.MULTILINE):
            text = " ".join(line.removeprefix("# ") for line in found[0].splitlines())
            if _has_words(text):
                start = cell.start(1) + found.start()
                yield Piece(start, start + len(found[0].rstrip("\n")), text, True)


def _literals(source: str) -> Iterator[Piece]:
    starts = [0, *accumulate(len(line) for line in source.splitlines(keepends=True))]
    lines = source.splitlines()

    def place(line: int, column: int) -> int:  # ast counts the bytes of a line
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    inside = set[int]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in ast.walk(node)} - {id(node)}
        string = isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        if string and id(node) not in inside:
            start, end = (
                place(node.lineno, node.col_offset),
                place(node.end_lineno or 0, node.end_col_offset or 0),
            )
            text = source[start:end]
            if _has_words(text) and not FILE.fullmatch(text):
                yield Piece(start, end, text, False)


def _comments(source: str) -> Iterator[Piece]:
    """Those of the code: not of a text cell, whose lines begin with #."""
    starts = [0, *accumulate(len(line) for line in source.splitlines(keepends=True))]
    cells = [cell.span() for cell in re.finditer(r"^# %% \[markdown\]\n(?:#.*\n?)*", source, re.MULTILINE)]
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        start, end = (starts[line - 1] + column for line, column in (token.start, token.end))
        in_cell = any(first <= start < last for first, last in cells)
        if token.type == tokenize.COMMENT and not in_cell and not token.string.startswith("# %%"):
            yield Piece(start, end, token.string, False)


def _has_words(text: str) -> bool:
    return bool(re.search(r"[A-Za-z]{2,}", catalogue.OBJECT.sub("", text)))


def messages() -> dict[str, list[str]]:
    """{a text that is to be translated: the demos that it stands in}."""
    found: dict[str, list[str]] = {}
    for name in LESSONS:
        for piece in pieces((DEMOS / f"{name}.py").read_text(encoding="utf-8")):
            files = found.setdefault(piece.text, [])
            files += [] if f"demos/{name}.py" in files else [f"demos/{name}.py"]
    return found


def made(name: str, language: str) -> str:
    """The demo in that language."""
    source = (DEMOS / f"{name}.py").read_text(encoding="utf-8")
    return translated(source, name, language)


def translated(source: str, name: str, language: str) -> str:
    """A script with other words; name: that of its file, which it says itself."""
    known = catalogue.read(DEMOS / language / "words.po")
    result, end = "", 0
    for piece in pieces(source):
        text = (known.said(piece.text) or piece.text).replace("demos/", f"demos/{language}/")
        result += source[end : piece.start] + (_filled(text) if piece.markdown else text)
        end = piece.end
    return (result + source[end:]).replace("# %%\n", "# %%\n" + MADE.format(f"../{name}.py"), 1)


def _filled(text: str) -> str:
    """A paragraph in lines of a text cell. A line ends at a space: a notebook shows one there. But not
    in a formula or a bracket, nor before what would be taken for the mark of a list or of a heading."""
    whole = KEPT.sub(lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), text)
    lines = [""]
    for word in BREAK.split(whole):
        longer = f"{lines[-1]} {word}".strip()
        lines[-1:] = [longer] if width(longer) <= COLUMNS or not lines[-1] else [lines[-1], word]
    return "\n".join(f"# {line}" for line in lines).replace("\N{NO-BREAK SPACE}", " ")


def write(language: str) -> None:
    """All of them."""
    for name in LESSONS:
        (DEMOS / language / f"{name}.py").write_text(made(name, language), encoding="utf-8", newline="\n")

"""A derivation in the terminal: formulas in two dimensions, the reasons beside them."""

import re
import textwrap
from typing import Any

import sympy as sp

from ..derive.notation import Chain, Derivation, Part, numbered
from .inline import inline
from .printers import pretty
from .words import because, typeset

MARGIN = 2
SHORT = 20  # a formula of so many characters is not broken among words
_NOT_BY_A_SIGN = re.compile(r"(?<![-+=]) (?![-+=] )")  # a space where a formula is not to be broken


def lines(
    derivation: Derivation,
    width: int = 100,
    unicode: bool = True,
    bold: bool = False,
    number: int | None = None,
) -> list[str]:
    """The whole derivation, or one part; no line is longer than the width, which is 60 at least."""
    parts = [part_lines(place, part, width, unicode, bold) for place, part in numbered(derivation, number)]
    if number is not None:
        return parts[0]
    title = textwrap.wrap(typeset(derivation.title, lambda math: inline(math, unicode)), width)
    result = [*(_strong(text, bold) for text in title), "=" * max(map(len, title))]
    for part in parts:
        result += ["", *part]
    return result


def part_lines(
    number: int, part: Part, width: int = 100, unicode: bool = True, bold: bool = False
) -> list[str]:
    """One part, under its number and heading."""
    heading = _strong(f"{number}. {part.title}", bold)
    return [heading, "", *(text.rstrip() for text in _part(part, width, unicode))]


def listing_line(text: str, width: int) -> list[str]:
    """A line of code or of figures; where it is too long, what follows is moved to the right."""
    indent = len(text) - len(text.lstrip())
    return textwrap.wrap(
        text,
        width,
        initial_indent=" " * MARGIN,
        subsequent_indent=" " * (MARGIN + indent + 4),
        replace_whitespace=False,
        break_on_hyphens=False,
    ) or [""]


def _strong(text: str, bold: bool) -> str:
    return f"\x1b[1m{text}\x1b[0m" if bold else text


def _part(part: Part, width: int, unicode: bool) -> list[str]:
    result: list[str] = []
    for item in part.content:
        if isinstance(item, str):
            result += _wrapped(typeset(item, lambda math: _unbroken(math, unicode)), width)
        elif isinstance(item, Chain):
            result += _chain(item, width, unicode)
        else:
            result += [row for text in item.lines for row in listing_line(text, width)]
        result.append("")
    return result[:-1]


def _chain(chain: Chain, width: int, unicode: bool) -> list[str]:
    equations = isinstance(chain.head, sp.Eq)
    relation = ("\N{LEFT RIGHT DOUBLE ARROW}" if unicode else "<=>") if equations else "="
    head, head_base = _block(chain.head, unicode, width - MARGIN)
    # A wide head, and one of an equation, stands on a line of its own.
    beside = not equations and len(head[0]) <= 16
    indent = MARGIN + (len(head[0]) + 1 if beside else 2)
    start = indent + len(relation) + 1
    rows = [_block(step.math, unicode, width - start) for step in chain.lines]
    column = min(max(start + max(len(text[0]) for text, _ in rows) + 3, 44), width - 30)
    result = [] if beside else [" " * MARGIN + text for text in head]
    tall = False
    for place, ((text, base), step) in enumerate(zip(rows, chain.lines, strict=True)):
        reason = because(step, lambda math: _unbroken(math, unicode))
        left, left_base = (head, head_base) if beside and place == 0 else ([""], 0)
        above = max(base, left_base)
        height = above + max(len(text) - base, len(left) - left_base)
        block = [
            _at(left, row - above + left_base).ljust(indent - MARGIN)
            + (relation if row == above else "").ljust(len(relation) + 1)
            + _at(text, row - above + base)
            for row in range(height)
        ]
        block = [" " * MARGIN + row for row in block]
        if place and (len(block) > 1 or tall):
            result.append("")  # formulas of several rows would run into one another
        tall = len(block) > 1
        result += _beside(block, above, _wrapped(reason, width - column), column)
    return result


def _beside(block: list[str], base: int, reason: list[str], column: int) -> list[str]:
    """The reason to the right, level with the formula; below it where the formula is too wide."""
    if max(map(len, block)) > column - 2:
        return [*(row.rstrip() for row in block), *(" " * column + text for text in reason)]
    top = max(0, base - (len(reason) - 1) // 2)
    height = max(len(block), top + len(reason))
    return [(_at(block, row).ljust(column) + _at(reason, row - top)).rstrip() for row in range(height)]


def _unbroken(math: Any, unicode: bool) -> str:
    """On one line, for among words: a short formula stays whole, a long one breaks by a sign."""
    text = inline(math, unicode)
    return (
        text.replace(" ", "\N{NO-BREAK SPACE}")
        if len(text) <= SHORT
        else _NOT_BY_A_SIGN.sub("\N{NO-BREAK SPACE}", text)
    )


def _wrapped(text: str, width: int, **how: Any) -> list[str]:
    return [row.replace("\N{NO-BREAK SPACE}", " ") for row in textwrap.wrap(text, width, **how)]


def _at(rows: list[str], place: int) -> str:
    return rows[place] if 0 <= place < len(rows) else ""


def _block(math: Any, unicode: bool, width: int) -> tuple[list[str], int]:
    """Its rows, and the one an equals sign stands on; on one line, broken, where it is too wide."""
    form = pretty(math, unicode)
    picture, baseline = form.picture, form.baseline
    if max(map(len, picture)) > width:
        text = _NOT_BY_A_SIGN.sub("\N{NO-BREAK SPACE}", inline(math, unicode))
        picture, baseline = _wrapped(text, width, subsequent_indent="  ", break_on_hyphens=False), 0
    widest = max(map(len, picture))
    return [row.ljust(widest) for row in picture], baseline

"""A derivation in the terminal: formulas in two dimensions, the reasons beside them."""

import textwrap
from typing import Any

import sympy as sp

from .inline import inline
from .notation import Chain, Derivation, Part
from .printers import pretty
from .words import because, typeset

MARGIN = 2


def lines(derivation: Derivation, width: int = 100, unicode: bool = True) -> list[str]:
    """The whole derivation, no line longer than the width unless one formula is."""
    result = [derivation.title, "=" * len(derivation.title)]
    for number, part in enumerate(derivation.parts, 1):
        result += ["", *part_lines(number, part, width, unicode)]
    return result


def part_lines(number: int, part: Part, width: int = 100, unicode: bool = True) -> list[str]:
    """One part, under its number and heading."""
    return [f"{number}. {part.title}", "", *(text.rstrip() for text in _part(part, width, unicode))]


def _part(part: Part, width: int, unicode: bool) -> list[str]:
    result: list[str] = []
    for item in part.content:
        if isinstance(item, str):
            result += textwrap.wrap(typeset(item, lambda math: inline(math, unicode)), width)
        elif isinstance(item, Chain):
            result += _chain(item, width, unicode)
        else:
            result += [f"  {text}" for text in item.lines]
        result.append("")
    return result[:-1]


def _chain(chain: Chain, width: int, unicode: bool) -> list[str]:
    equations = isinstance(chain.head, sp.Eq)
    relation = ("\N{LEFT RIGHT DOUBLE ARROW}" if unicode else "<=>") if equations else "="
    head, head_base = _block(chain.head, unicode)
    rows = [_block(step.math, unicode) for step in chain.lines]
    # A wide head, and one of an equation, stands on a line of its own.
    beside = not equations and len(head[0]) <= 16
    indent = MARGIN + (len(head[0]) + 1 if beside else 2)
    start = indent + len(relation) + 1
    column = min(max(start + max(len(text[0]) for text, _ in rows) + 3, 44), width - 30)
    result = [] if beside else [" " * MARGIN + text for text in head]
    tall = False
    for place, ((text, base), step) in enumerate(zip(rows, chain.lines, strict=True)):
        reason = because(step, lambda math: inline(math, unicode))
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
        result += _beside(block, above, textwrap.wrap(reason, width - column), column)
    return result


def _beside(block: list[str], base: int, reason: list[str], column: int) -> list[str]:
    """The reason to the right, level with the formula; below it where the formula is too wide."""
    if max(map(len, block)) > column - 2:
        return [*(row.rstrip() for row in block), *(" " * column + text for text in reason)]
    top = max(0, base - (len(reason) - 1) // 2)
    height = max(len(block), top + len(reason))
    return [(_at(block, row).ljust(column) + _at(reason, row - top)).rstrip() for row in range(height)]


def _at(rows: list[str], place: int) -> str:
    return rows[place] if 0 <= place < len(rows) else ""


def _block(math: Any, unicode: bool) -> tuple[list[str], int]:
    form = pretty(math, unicode)
    widest = max(map(len, form.picture))
    return [row.ljust(widest) for row in form.picture], form.baseline

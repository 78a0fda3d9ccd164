"""A derivation in the terminal: formulas in two dimensions, the reasons beside them."""

import re
import textwrap
from collections.abc import Iterator
from functools import partial
from typing import Any

import sympy as sp
from sympy.printing.pretty.stringpict import stringPict

from ..derive.notation import Chain, Derivation, Listing, numbered
from .printers import inline, pretty
from .words import Words

MARGIN = 2
SHORT = 20  # a formula of so many characters is not broken among words
_NOT_BY_A_SIGN = re.compile(r"(?<![-+=]) (?![-+=] )")  # a space where a formula is not to be broken


def blocks(derivation: Derivation, width: int, unicode: bool, number: int | None) -> Iterator[list[str]]:
    """The title, underlined, and each part under its number and heading; or one part alone.

    No line is longer than the width, which is 60 at least.
    """
    if number is None:
        rows = textwrap.wrap(Words(partial(inline, unicode=unicode)).typeset(derivation.title), width)
        yield [*rows, "=" * max(map(len, rows))]
    for place, part in numbered(derivation, number):
        rows = [row for item in part.content for row in ("", *_item(item, width, unicode))]
        yield [f"{place}. {part.title}", *(row.rstrip() for row in rows)]


def _item(item: str | Chain | Listing, width: int, unicode: bool) -> list[str]:
    if isinstance(item, str):
        return _wrapped(_words(unicode).typeset(item), width)
    if isinstance(item, Chain):
        return _chain(item, width, unicode)
    return [row for text in item.lines for row in listing_line(text, width)]


def listing_line(text: str, width: int) -> list[str]:
    """A line of code or of figures; where it is too long, what follows is moved to the right."""
    margin, indent = " " * MARGIN, " " * (len(text) - len(text.lstrip()) + 4)
    how: Any = {"replace_whitespace": False, "break_on_hyphens": False}
    return textwrap.wrap(text, width, initial_indent=margin, subsequent_indent=margin + indent, **how) or [""]


def _chain(chain: Chain, width: int, unicode: bool) -> list[str]:
    equations = isinstance(chain.head, sp.Eq)
    relation = ("\N{LEFT RIGHT DOUBLE ARROW}" if unicode else "<=>") if equations else "="
    head = _form(chain.head, unicode, width - MARGIN)
    # A wide head, and one of an equation, stands on a line of its own.
    beside = not equations and head.width() <= 16
    left = head.width() if beside else 1
    start = MARGIN + left + len(relation) + 2
    forms = [_form(step.math, unicode, width - start) for step in chain.lines]
    column = min(max(start + max(form.width() for form in forms) + 3, 44), width - 30)
    result = [] if beside else [" " * MARGIN + row for row in head.picture]
    tall = False
    for place, (form, step) in enumerate(zip(forms, chain.lines, strict=True)):
        before = head if beside and place == 0 else " " * left
        block = stringPict(*stringPict.next(" " * MARGIN, before, f" {relation} ", form))
        reason = _words(unicode).because(step)
        # Formulas of several rows would run into one another.
        result += [""] * (place > 0 and (tall or block.height() > 1))
        result += _beside(block, _wrapped(reason, width - column) or [""], column)
        tall = block.height() > 1
    return result


def _beside(block: stringPict, reason: list[str], column: int) -> list[str]:
    """The reason to the right, level with the formula; below it where the formula is too wide."""
    gap = column - block.width()
    if gap < 2:
        return [*block.picture, *(" " * column + text for text in reason)]
    level = min((len(reason) - 1) // 2, block.baseline)
    return stringPict(*stringPict.next(block, " " * gap, _picture(reason, level))).picture


def _form(math: Any, unicode: bool, width: int) -> stringPict:
    """In two dimensions; on one line, broken, where that is too wide."""
    form = pretty(math, unicode)
    if form.width() <= width:
        return form
    text = _NOT_BY_A_SIGN.sub("\N{NO-BREAK SPACE}", inline(math, unicode))
    return _picture(_wrapped(text, width, subsequent_indent="  ", break_on_hyphens=False))


def _picture(rows: list[str], baseline: int = 0) -> stringPict:
    """Flush left, where stringPict would centre them."""
    widest = max(map(len, rows))
    return stringPict("\n".join(row.ljust(widest) for row in rows), baseline)


def _words(unicode: bool) -> Words:
    """Formulas on one line, a short one unbroken, a long one broken by a sign."""

    def unbroken(math: Any) -> str:
        text = inline(math, unicode)
        spaces = _NOT_BY_A_SIGN if len(text) > SHORT else re.compile(" ")
        return spaces.sub("\N{NO-BREAK SPACE}", text)

    return Words(unbroken)


def _wrapped(text: str, width: int, **how: Any) -> list[str]:
    return [row.replace("\N{NO-BREAK SPACE}", " ") for row in textwrap.wrap(text, width, **how)]

"""A derivation in the terminal: formulas in two dimensions, the reasons beside them."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import sympy as sp
from sympy.printing.pretty.stringpict import stringPict

from ..derive.notation import Chain, Derivation, Listing, numbered
from ..language import Language, wrapping
from .printers import inline, pretty
from .words import Words

MARGIN = 2
SHORT = 20  # a formula of so many characters is not broken among words
_GAP = re.compile("  +")
_NOT_BY_A_SIGN = re.compile(r"(?<![-+=]) (?![-+=] )")  # a space where a formula is not to be broken


def blocks(
    derivation: Derivation, width: int, unicode: bool, number: int | None, language: Language = "en"
) -> Iterator[list[str]]:
    """The title, underlined, and each part under its number and heading; or one part alone.

    No line is wider than the width, which is 60 columns at least.
    """
    if number is None:
        title = Words(partial(inline, unicode=unicode), language=language).typeset(derivation.title)
        rows = wrapping.wrapped(title, width)
        yield [*rows, "=" * max(map(wrapping.width, rows))]
    page = Page(width, unicode, Words(partial(_unbroken, unicode=unicode), language=language))
    for place, part in numbered(derivation, number):
        rows = [row for item in part.content for row in ("", *_item(item, page))]
        heading = _wrapped(f"{place}. {page.words.told(part.title)}", width)
        yield [*heading, *(row.rstrip() for row in rows)]


class Page(NamedTuple):
    """How many columns it has, whether its formulas may have other characters than ASCII, and its words."""

    width: int
    unicode: bool
    words: Words


def _item(item: str | Chain | Listing, page: Page) -> list[str]:
    if isinstance(item, str):
        return _wrapped(page.words.typeset(item), page.width)
    if isinstance(item, Chain):
        return _chain(item, page)
    return [row for text in item.lines for row in _listing_line(text, page)]


def _listing_line(text: str, page: Page) -> list[str]:
    """A line of code or of figures; where it is too long, what follows is moved to the right."""
    line = page.words.told(text)
    if wrapping.width(line) > len(line):  # there a line is taken apart, and what stands in columns would move
        line = _GAP.sub(lambda gap: "\N{NO-BREAK SPACE}" * len(gap[0]), line)
    start = " " * (MARGIN + len(line) - len(line.lstrip()))
    how: Any = {"replace_whitespace": False, "break_on_hyphens": False}
    return _wrapped(line.lstrip(), page.width, start, start + "    ", **how) or [""]


def _chain(chain: Chain, page: Page) -> list[str]:
    width, unicode, words = page
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
        reason = words.because(step)
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
    return _picture(_wrapped(text, width, indent="  ", break_on_hyphens=False))


def _picture(rows: list[str], baseline: int = 0) -> stringPict:
    """Flush left, where stringPict would centre them."""
    widest = max(map(len, rows))
    return stringPict("\n".join(row.ljust(widest) for row in rows), baseline)


def _unbroken(math: Any, unicode: bool) -> str:
    """A formula on one line: a short one is not broken, a long one only by a sign."""
    text = inline(math, unicode)
    spaces = _NOT_BY_A_SIGN if len(text) > SHORT else re.compile(" ")
    return spaces.sub("\N{NO-BREAK SPACE}", text)


def _wrapped(text: str, width: int, *indents: str, **how: Any) -> list[str]:
    rows = wrapping.wrapped(text, width, *indents, **how)
    return [row.replace("\N{NO-BREAK SPACE}", " ") for row in rows]

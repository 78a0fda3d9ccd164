"""Lines of so many columns of a terminal, where a Japanese or Chinese character takes two."""

import textwrap
from typing import Any


def width(text: str) -> int:
    """How many columns a text takes."""
    if text.isascii():
        return len(text)
    from wcwidth import width as columns  # which knows of tabs and the like, too

    return columns(text)


def padded(text: str, columns: int) -> str:
    """With spaces behind it, up to so many columns."""
    return text + " " * (columns - width(text))


def right(text: str, columns: int) -> str:
    """With spaces before it, up to so many columns."""
    return " " * (columns - width(text)) + text


def wrapped(text: str, columns: int, first: str = "", indent: str = "", **how: Any) -> list[str]:
    """As `textwrap.wrap` does, with an indent before the first line and one before the others.

    In Japanese and Chinese a line ends where the Unicode line breaking algorithm lets it: not before a full
    stop, nor after an opening bracket. A formula or a word among them is broken at its spaces only, whatever
    the other options say.
    """
    if width(text) == len(text):
        return textwrap.wrap(text, columns, initial_indent=first, subsequent_indent=indent, **how)
    if width(first + text) <= columns:
        return [first + text]
    lines, start = list[str](), first
    row = ""
    for unit in _units(" ".join(part for part in text.split(" ") if part)):
        if row and width(start + row + unit.rstrip(" ")) > columns:
            lines.append((start + row).rstrip(" "))
            row, start = "", indent
        row += unit
    return [*lines, (start + row).rstrip(" ")] if row else lines


def _units(text: str) -> list[str]:
    """The text, cut wherever a line may end."""
    from uniseg.linebreak import line_break_units

    result: list[str] = []
    for unit in line_break_units(text):
        if result and not (result[-1].endswith(" ") or _wide(result[-1][-1]) or _wide(unit[0])):
            result[-1] += unit
        else:
            result.append(unit)
    return result


def _wide(character: str) -> bool:
    return width(character) == 2

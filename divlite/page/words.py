"""The words of a page, and the formulas among them: what stands between two dollar signs."""

from collections.abc import Callable
from typing import Any

from ..derive.notation import Line
from .formulas import formula


def because(step: Line, inline: Callable[[Any], str], plain: Callable[[str], str] = str) -> str:
    """Why a line follows: under which equations, what both sides were multiplied by, and the reason."""
    clauses = [plain("if ") + plain(" and ").join(map(inline, step.given))] if step.given else []
    clauses += [_multiplied(step.times, inline, plain)] if step.times != 1 else []
    clauses += [typeset(step.why, inline, plain)] if step.why else []
    return plain(": ").join(clauses)


def _multiplied(times: Any, inline: Callable[[Any], str], plain: Callable[[str], str]) -> str:
    division = times.is_Pow and times.exp == -1
    done, by = ("divided by ", times.base) if division else ("times ", times)
    return plain("both sides " + done) + inline(by) + plain(", which is not 0")


def typeset(text: str, inline: Callable[[Any], str], plain: Callable[[str], str] = str) -> str:
    """The text, its formulas put through `inline` and its words through `plain`."""
    pieces = text.split("$")
    if len(pieces) % 2 == 0:
        raise ValueError(f"formula: expected a second $, got {text!r}")
    return "".join(
        inline(formula(piece)) if place % 2 else plain(piece) for place, piece in enumerate(pieces)
    )

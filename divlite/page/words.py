"""The words between the formulas, and the symbols in them.

What stands between dollar signs is read as `formulas` says, and printed like every formula; letters that
stand for something, such as p, q_k or sigma^2, are set as symbols wherever they stand alone.
"""

import re
from collections.abc import Callable
from typing import Any

from ..derive.notation import Line
from .formulas import formula

TOKEN = re.compile(
    r"(?<![\w'\\])(?:log )?(?:mu|sigma|epsilon|[pqwxza]_[ink]|[pqwxzLPQBCm]|[s](?=\^))'?(?:\^\d)?(?![\w'(])"
)


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
    """The text, its formulas and symbols put through `inline` and its words through `plain`."""
    result = ""
    for place, piece in enumerate(text.split("$")):
        if place % 2:
            result += inline(formula(piece))
            continue
        end = 0
        for match in TOKEN.finditer(piece):
            result += plain(piece[end : match.start()]) + inline(formula(match.group()))
            end = match.end()
        result += plain(piece[end:])
    return result

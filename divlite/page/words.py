"""The words of a page, and the formulas among them: what stands between two dollar signs."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from ..derive import formulas
from ..derive.notation import Line

_formula = cache(formulas.formula)  # the same few stand on every page


class Words(NamedTuple):
    """How a printer shows what stands among words: inline for the formulas, plain for the rest."""

    inline: Callable[[Any], str]
    plain: Callable[[str], str] = str

    def typeset(self, text: str) -> str:
        """The text with its formulas shown."""
        pieces = text.split("$")
        if len(pieces) % 2 == 0:
            raise ValueError(f"formula: expected a second $, got {text!r}")
        shown = (self.inline(_formula(a)) if place % 2 else self.plain(a) for place, a in enumerate(pieces))
        return "".join(shown)

    def because(self, step: Line) -> str:
        """Why a line follows: under which equations, what both sides were multiplied by, and the reason."""
        given = self.plain("if ") + self.plain(" and ").join(map(self.inline, step.given))
        clauses = [given] if step.given else []
        if step.times != 1:
            division = step.times.is_Pow and step.times.exp == -1
            done, by = ("divided by", step.times.base) if division else ("times", step.times)
            clauses.append(
                f"{self.plain(f'both sides {done} ')}{self.inline(by)}{self.plain(', which is not 0')}"
            )
        return self.plain(": ").join([*clauses, *([self.typeset(step.why)] if step.why else [])])

"""The words of a page, and the formulas among them: what stands between two dollar signs."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from ..derive import formulas
from ..derive.notation import Line
from ..language import Language, joined, phrase, told

_formula = cache(formulas.formula)  # the same few stand on every page


class Words(NamedTuple):
    """How a printer shows what stands among words: inline for the formulas, plain for the rest.

    language: of the words.
    """

    inline: Callable[[Any], str]
    plain: Callable[[str], str] = str
    language: Language = "en"

    def told(self, text: str) -> str:
        """A text without formulas, in the language."""
        return told(text, self.language)

    def typeset(self, text: str, objects: tuple[Any, ...] = ()) -> str:
        """The text in the language, with its formulas shown; $#0$, $#1$ ... are those of the objects."""
        pieces = self.told(text).split("$")
        if len(pieces) % 2 == 0:
            raise ValueError(f"formula: expected a second $, got {text!r}")
        return "".join(
            self.inline(_read(a, objects)) if place % 2 else self.plain(a) for place, a in enumerate(pieces)
        )

    def because(self, step: Line) -> str:
        """Why a line follows: under which equations, what both sides were multiplied by, and the reason."""
        division = step.times.is_Pow and step.times.exp == -1
        objects = (step.times.base if division else step.times, *step.given)
        given = joined("{0} and {1}", [f"$#{place}$" for place in range(1, len(objects))])
        clauses = [phrase("if {}", given)] if given else []
        if division:
            clauses.append(phrase("both sides divided by {}, which is not 0", "$#0$"))
        elif step.times != 1:
            clauses.append(phrase("both sides times {}, which is not 0", "$#0$"))
        return self.typeset(joined("{}: {}", [*clauses, *([step.why] if step.why else [])]), objects)


def _read(text: str, objects: tuple[Any, ...]) -> Any:
    return objects[int(text[1:])] if text.startswith("#") else _formula(text)

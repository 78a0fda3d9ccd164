"""Part 7: the articles' numbers, put into each line of a derivation."""

from collections.abc import Mapping
from typing import Any

import sympy as sp

from ..derive import notation
from ..derive.notation import (
    Chain,
    Derivation,
    Figure,
    Integral,
    Limit,
    Line,
    Listing,
    Part,
    Total,
    as_written,
    i,
)
from ..language import phrase
from . import Evidence
from .balance import QUESTION, balance
from .numbers import Numbers


def part(derivation: Derivation, evidence: Evidence) -> Part:
    """The numbers at one point, then line by line, then what the library says."""
    numbers = Numbers(evidence.known, derivation.definitions, evidence.k)
    chapters = [[c for c in part.content if isinstance(c, Chain)] for part in derivation.parts]
    lines = [shown for chapter in chapters[:4] for chain in chapter for shown in _put_into(chain, numbers)]
    balances = [shown for chain in chapters[4] for shown in balance(chain, numbers)]
    question = [QUESTION] if balances else []
    return Part(
        phrase("With numbers"), (evidence.words, *lines, *question, *balances, _listing(evidence.library))
    )


@as_written
def _put_into(chain: Chain, numbers: Numbers) -> list[Chain]:
    shown = [step.math for step in chain.lines if _has_a_number(step.math)]
    lines = [
        Line(numbers.put_into(math), f"= {Figure(numbers.value(math)).text}", (), sp.S.One) for math in shown
    ]
    return [Chain(chain.head, tuple(lines))] if lines else []


def _has_a_number(math: Any) -> bool:
    """Whether there is a number for everything in it: no x off the grid, no i outside a sum."""
    outside = math.xreplace(dict.fromkeys(math.atoms(Total, Integral), sp.S.One))
    outside = outside.xreplace({e: e.indices[0] for e in outside.atoms(sp.Indexed)})  # x[k] has x in it
    return not outside.has(notation.X, i, notation.n) and not isinstance(math, sp.Eq | Limit)


def _listing(library: Mapping[str, Mapping[str, float]]) -> Listing:
    """The calls, and what they return; + 0.0 makes the -0 of an optimum a 0."""
    returned = {
        call: [f"{name} = {u + 0.0:.6g}" for name, u in found.items()] for call, found in library.items()
    }
    return Listing(
        tuple(f"{call:<{max(map(len, library))}}    {'  '.join(u)}" for call, u in returned.items())
    )

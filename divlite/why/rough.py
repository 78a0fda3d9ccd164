"""Large arrays: a search in float32 says which conventions are worth working out in float64.

That takes half of the memory, which is what these sums wait for.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .._types import Array
from .bases import Recipe, Source, bases, recipes
from .given import Given
from .search import Match, Scored, Search, counted, found, nearest, scored
from .sides import Sides
from .terms import Term

LARGE = 200_000  # entries
SHARE = 1e-3  # of the size of a sum: more than float32 loses
SPAN, LEAST = 80.0, 1e-30  # of logarithms, and of what is above 0: float32 holds their exponentials


class Known(NamedTuple):
    """The two arrays along one event axis, and what people make of each."""

    input: Source
    target: Source
    input_recipes: Sequence[Recipe]
    target_recipes: Sequence[Recipe]
    most: int

    def sides(self, inputs: Sequence[Recipe], targets: Sequence[Recipe], dtype: type) -> Sides:
        """With these recipes, in this dtype."""
        first, second = (s._replace(values=s.values.astype(dtype, copy=False)) for s in self[:2])
        return Sides(first, second, bases(inputs, first.values), bases(targets, second.values), self.most)


def known(first: Source, second: Source, most: int) -> Known:
    """The two arrays with their recipes."""
    return Known(first, second, recipes(first), recipes(second), most)


def suits(arrays: Sequence[Array]) -> bool:
    """Whether float32 loses digits of these, and nothing else."""
    return arrays[0].size > LARGE and all(map(_held, arrays))


def _held(a: Array) -> bool:
    low, high = (float(np.min(a, where=np.isfinite(a), initial=np.inf)), float(np.max(a)))
    above = a[a > 0.0] if low == 0.0 else a
    return abs(high) < SPAN and low > -SPAN and (low < 0.0 or float(above.min(initial=1.0)) > LEAST)


@np.errstate(all="ignore")
def search(pairs: Sequence[Known], given: Given) -> tuple[list[Sides], Search]:
    """What float32 leaves over, in float64, with what was tried in float32."""
    tables = [scored(p.sides(p.input_recipes, p.target_recipes, np.float32), given) for p in pairs]
    near = nearest(tables, given)
    exact = [_left(pair, table, given, near) for pair, table in zip(pairs, tables, strict=True)]
    again = [scored(sides, given) for sides in exact]
    matches = found(again, given)
    return exact, counted(matches, tables, given)._replace(near=None if matches else nearest(again, given))


def _left(pair: Known, table: Scored, given: Given, near: Match | None) -> Sides:
    """With the recipes that may give the number, those of the nearest, and the right ones."""
    gaps = np.abs(table.values - given.value)
    may_be = (gaps <= table.tolerances + SHARE * table.sizes) & (table.costs <= pair.most)
    kept: list[Term] = [table.terms[int(i)] for i in np.flatnonzero(may_be.any(axis=1))]
    kept += [] if near is None or near.sides is not table.sides else [near.term]
    used = {(slot.owner, slot.base.code) for term in kept for slot in term.slots}
    inputs, targets = (
        [one for one in made if not one.slips or (name, one.code) in used]
        for name, made in (("input", pair.input_recipes), ("target", pair.target_recipes))
    )
    least = [made[:1] for made in (pair.input_recipes, pair.target_recipes)]
    return pair.sides(inputs or least[0], targets or least[1], np.float64)

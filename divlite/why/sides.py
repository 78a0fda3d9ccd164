"""Two arrays along one event axis, what people make of each, and all sums that these give."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from . import slips, symmetric, terms
from .bases import Base, Source, bases, recipes
from .terms import Term


class Sides(NamedTuple):
    """The two arrays along one event axis, what people make of each, and the most deviations to look at."""

    input: Source
    target: Source
    input_bases: Sequence[Base]
    target_bases: Sequence[Base]
    most: int = terms.MOST


def sides(first: Source, second: Source, most: int = terms.MOST) -> Sides:
    inputs, targets = (bases(recipes(source), source.values) for source in (first, second))
    return Sides(first, second, inputs, targets, most)


@np.errstate(all="ignore")
def all_terms(pair: Sides) -> list[Term]:
    """Both orders, the same array twice, and the symmetric divergences."""
    temperature, most = pair.input.temperature, pair.most
    xs, ts, ys, us = (
        make(name, found, most)
        for name, found in (("input", pair.input_bases), ("target", pair.target_bases))
        for make in (terms.inputs, terms.targets)
    )
    of = terms.products((*xs, *ys), (*ts, *us))
    first_x, second_x = slice(len(xs)), slice(len(xs), None)
    first_t, second_t = slice(len(ts)), slice(len(ts), None)
    none: frozenset[slips.Slip] = frozenset()
    swapped, same = frozenset({slips.SWAPPED}), frozenset({slips.SAME})
    forward, back = of.part(first_x, second_t), of.part(second_x, first_t)
    entropies = of.t_log_t[first_t], of.t_log_t[second_t]
    single = pair.input.values.size == pair.input.values.shape[pair.input.axis]
    return [
        *terms.paired(xs, us, forward, none, temperature, most),
        *terms.paired(ys, ts, back, swapped, temperature, most),
        *terms.paired(xs, ts, of.part(first_x, first_t), same, temperature, most),
        *terms.paired(ys, us, of.part(second_x, second_t), same, temperature, most),
        *symmetric.jeffreys((xs, ts, ys, us), (forward, back), temperature, most),
        *symmetric.jensen_shannon((ts, us), entropies, single, temperature, most),
    ]

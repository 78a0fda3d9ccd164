"""Arrays in the place of a number: the terms that are not summed, or a sum for each distribution."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .._types import Array
from . import slips, terms
from .answer import Candidate
from .given import FLOAT32, ROUNDING, Given
from .search import WINDOW
from .sides import Sides
from .slips import Slip
from .terms import Slot
from .written import right_kl

MOST = 2  # deviations
FEW, DIGITS = 3, 3  # at most so many entries equal to a number of at least so many digits say something


class Table(NamedTuple):
    """An array that torch would give: its values, what they are, their torch code, and the slips."""

    values: Array
    size: Array
    says: str
    code: str
    slips: frozenset[Slip]
    sides: Sides
    slots: tuple[Slot, Slot]


@np.errstate(all="ignore")
def matching(wanted: Sequence[Given], pairs: Sequence[Sides]) -> tuple[tuple[Candidate, ...], int]:
    """The arrays that are these numbers, in this order, with the fewest deviations; how many were tried."""
    values = np.array([one.value for one in wanted])
    half = np.array([one.half for one in wanted])
    tables = list(_tables(pairs, MOST))
    found = [
        table
        for table in tables
        if table.values.size == values.size
        and (np.abs(table.values.ravel() - values) <= np.maximum(half, _lost(table).ravel())).all()
    ]
    least = min((slips.cost(table.slips) for table in found), default=0)
    kept = [table for table in found if slips.cost(table.slips) == least]
    distinct = {table.code: _candidate(table, None) for table in kept}
    return tuple(distinct.values()), len(tables)


@np.errstate(all="ignore")
def single(given: Given, pairs: Sequence[Sides], most: int = 1) -> tuple[Candidate, ...]:
    """A number that is one term, or one distribution's sum, and no reduction; of at most so many slips."""
    if given.digits < DIGITS:
        return ()
    for table in _tables(pairs, most):
        within = max(given.half, FLOAT32 * abs(given.value))
        gaps = np.abs(table.values - given.value)
        hits = gaps <= within
        # Among many entries some come near by chance, and then others come nearly as near.
        alone = hits.sum() == (gaps <= WINDOW * within).sum()
        if slips.cost(table.slips) <= most and 0 < hits.sum() <= FEW and alone:
            places = ", ".join(str([int(i) for i in place]) for place in np.argwhere(hits))
            return (_candidate(table._replace(says=f"{table.says}, at {places}"), given.value),)
    return ()


def _lost(table: Table) -> Array:
    return np.maximum(FLOAT32 * np.abs(table.values), ROUNDING * table.size)


def _candidate(table: Table, value: float | None) -> Candidate:
    families = {slot.owner: slot.base.family for slot in table.slots}
    mean, write = right_kl(table.sides, families["input"], families["target"])
    said = tuple((slip.name, slip.says) for slip in sorted(table.slips))
    return Candidate(table.says, said, table.code, value, mean, write, False)


def _tables(pairs: Sequence[Sides], most: int) -> Iterator[Table]:
    for pair in pairs:
        xs, ts = terms.inputs("input", pair.input_bases), terms.targets("input", pair.input_bases)
        ys, us = terms.inputs("target", pair.target_bases), terms.targets("target", pair.target_bases)
        found = [(x, t, x.slips | t.slips) for x in xs for t in us]
        found += [(x, t, x.slips | t.slips | {slips.SWAPPED}) for x in ys for t in ts]
        for x, t, both in sorted(found, key=lambda one: slips.cost(one[2])):
            if slips.cost(both) <= most:
                yield from _of(pair, x, t, both)


def _of(pair: Sides, x: Slot, t: Slot, both: frozenset[Slip]) -> Iterator[Table]:
    """The terms; their sum over each distribution; their mean over each distribution."""
    axis, slots = pair.input.axis, (x, t)
    entropy = np.where(t.values == 0, 0.0, t.values * t.log_values)
    each = entropy - t.values * x.values
    size = np.abs(entropy) + np.abs(t.values * x.values)
    code = f'F.kl_div({x.code}, {t.code}, reduction="none"{t.option})'
    noun = f"KL({t.owner} || {x.owner})"
    yield Table(each, size, f"The terms of {noun}", code, both | {slips.NOT_SUMMED}, pair, slots)
    sums, sizes = np.sum(each, axis=axis), np.sum(size, axis=axis)
    says = f"{noun} of each distribution"
    yield Table(sums, sizes, says, f"{code}.sum({axis})", both, pair, slots)
    n = each.shape[axis]
    wrong = both | {slips.mean_over_outcomes(n)}
    yield Table(sums / n, sizes / n, f"{says}, divided by {n}", f"{code}.mean({axis})", wrong, pair, slots)

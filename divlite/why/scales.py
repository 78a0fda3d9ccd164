"""What a sum over all entries is divided by, and multiplied with: reductions, bits, the temperature."""

import math
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from . import slips
from .slips import Slip


class Divisor(NamedTuple):
    """by: the number; reduction: torch's name for it, or "" where it has none; end: the code after a body."""

    by: int
    slips: frozenset[Slip]
    words: str
    reduction: str
    end: str


class Factor(NamedTuple):
    by: float
    slips: frozenset[Slip]
    code: str


def divisors(shape: tuple[int, ...], axis: int, rows: int) -> list[Divisor]:
    """The means over every set of axes, each once; the mean over distributions first.

    rows: the length of the input's axis 0, by which "batchmean" divides.
    """
    found: dict[int, Divisor] = {}
    for divisor in _all(shape, axis, rows):
        found.setdefault(divisor.by, divisor)
    return list(found.values())


def _all(shape: tuple[int, ...], axis: int, rows: int) -> Iterator[Divisor]:
    entries, ndim = math.prod(shape), len(shape)
    each = entries // max(shape[axis], 1)
    named = {1: "sum", entries: "mean", rows: "batchmean"}
    words = "" if each == 1 else f"the mean over the {each:,} distributions"
    end = ".sum()" if each == 1 else f".sum({axis}).mean()"
    usual = "batchmean" if rows == each and ndim > 1 else named.get(each, "")
    yield Divisor(each, frozenset(), words, usual, end)
    yield Divisor(1, frozenset({slips.added(each)}), "the sum over all entries", "sum", ".sum()")
    over = frozenset({slips.mean_over_entries(entries, each)})
    yield Divisor(entries, over, "the mean over all entries", "mean", ".mean()")
    batch = frozenset({slips.batchmean(rows, each)})
    yield Divisor(rows, batch, "the sum divided by the length of axis 0", "batchmean", f".sum() / {rows}")
    for count in range(1, ndim):
        for axes in combinations(range(ndim), count):
            by = math.prod(shape[i] for i in axes)
            others = tuple(i for i in range(ndim) if i not in axes)
            say = f"the mean over axis {' and axis '.join(map(str, axes))} and the sum over the rest"
            slip = frozenset({slips.other_mean(by, each)})
            yield Divisor(by, slip, say, "", f".sum({others}).mean()")


def factors(temperature: float | None, classes: int) -> list[Factor]:
    """Nats, bits, decimal digits; a half, the number of classes; of a temperature T, T^2 (usual) and T."""
    none: frozenset[Slip] = frozenset()
    found = [
        Factor(1.0, none, ""),
        Factor(1.0 / math.log(2.0), frozenset({slips.BITS}), " / math.log(2)"),
        Factor(1.0 / math.log(10.0), frozenset({slips.LOG10}), " / math.log(10)"),
        Factor(0.5, frozenset({slips.HALVED}), " * 0.5"),
    ]
    if classes > 2:
        found.append(Factor(classes, frozenset({slips.times_classes(classes)}), f" * {classes}"))
    if temperature is not None and temperature != 1.0:
        found.append(Factor(temperature**2, none, f" * {temperature:g}**2"))
        once = frozenset({slips.times_temperature(temperature)})
        found.append(Factor(temperature, once, f" * {temperature:g}"))
    return found

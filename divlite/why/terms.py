"""Every sum over all entries that the readings of two arrays give: KL, its relatives, and their slips.

With t log t summed once a target and t x a matrix product, a pair of readings costs one dot product.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .._types import Array
from . import slips
from .bases import Base
from .slips import Slip

MOST = 4  # deviations at once: with more, any number can be had
BLOCK = 1 << 15  # entries


class Slot(NamedTuple):
    """An array in kl_div's first place (values: log q) or second place (values: t; log_values: log t)."""

    base: Base
    owner: str
    values: Array
    log_values: Array
    code: str
    slips: frozenset[Slip]
    log_target: bool = False
    minus_inf: bool = False  # whether a log_values is, which log_target makes NaN of

    @property
    def option(self) -> str:
        return ", log_target=True" if self.log_target else ""


class Term(NamedTuple):
    """A sum over all entries. size: the sum of |parts|, of which its rounding is a share.

    noun: what it is, in words; body: the torch code of its entries, after the lines `before`; slots: what it
    is made of; bare: whether F.kl_div alone gives it; root: whether it is a number and no sum of entries.
    """

    value: float
    size: float
    slips: frozenset[Slip]
    noun: str
    body: str
    before: str
    slots: tuple[Slot, ...]
    bare: bool = False
    root: bool = False


def inputs(owner: str, found: Sequence[Base], most: int = MOST) -> list[Slot]:
    """What may stand in the first place: log-probabilities, or by mistake probabilities."""
    slots: list[Slot] = []
    for b in found:
        wrong = b.slips | {slips.probabilities_as_input(owner)}
        slots.append(Slot(b, owner, b.log_p, b.log_p, b.log_code, b.slips))
        slots.append(Slot(b, owner, b.p, b.p, b.code, wrong))
    return _cheap(slots, most)


@np.errstate(all="ignore")
def targets(owner: str, found: Sequence[Base], most: int = MOST) -> list[Slot]:
    """What may stand in the second place: probabilities, with log_target log-probabilities, or a mix-up."""
    slots: list[Slot] = []
    for b in found:
        logs = b.log_code == owner  # given as logs, and so with log_target
        minus_inf = logs and bool(np.isneginf(b.log_p).any())
        slots.append(Slot(b, owner, b.p, b.log_p, owner if logs else b.code, b.slips, logs, minus_inf))
        wrong = b.slips | {slips.log_target(owner)}
        if slips.cost(wrong) <= most // 2:
            slots.append(Slot(b, owner, np.exp(b.p), b.p, b.code, wrong, True))
    return _cheap(slots, most)


def _cheap(slots: list[Slot], most: int) -> list[Slot]:
    """Those with at most half of the deviations: the other half is for the other array and the reduction."""
    return [slot for slot in slots if slips.cost(slot.slips) <= most // 2]


class Products(NamedTuple):
    """Of inputs x and targets t: sums of t log t, t, exp x; of t x for each pair, also without t = 0."""

    t_log_t: Array
    t: Array
    exp_x: Array
    t_x: Array
    left_out: Array

    def part(self, x: slice, t: slice) -> "Products":
        """Those of some of the inputs and targets."""
        return Products(self.t_log_t[t], self.t[t], self.exp_x[x], self.t_x[x, t], self.left_out[x, t])


def blocks(size: int) -> Iterator[slice]:
    """Parts of so many entries, each of which the processor's cache holds."""
    return (slice(start, start + BLOCK) for start in range(0, size, BLOCK))


@np.errstate(all="ignore")
def products(xs: Sequence[Slot], ts: Sequence[Slot]) -> Products:
    parts = [_products(xs, ts, part) for part in blocks(xs[0].values.size)]
    return Products(*(np.sum(np.stack(of), axis=0) for of in zip(*parts, strict=True)))


def _products(xs: Sequence[Slot], ts: Sequence[Slot], part: slice) -> Products:
    x, t, log_t = (
        np.stack([a.ravel()[part] for a in of])
        for of in ([s.values for s in xs], [s.values for s in ts], [s.log_values for s in ts])
    )
    exp_x = [
        np.sum(s.base.p.ravel()[part] if s.values is s.base.log_p else np.exp(s.values.ravel()[part]))
        for s in xs
    ]
    t_x = x @ t.T
    left_out = t_x
    if not np.isfinite(x).all():
        none = np.isneginf(x)
        left_out = np.where(none, 0.0, x) @ t.T
        left_out = np.where(none.astype(x.dtype) @ t.T > 0, -np.inf, left_out)
    sums = xlogx(t, log_t), t.sum(1), np.array(exp_x), t_x, left_out
    return Products(*(np.asarray(of, dtype=np.float64) for of in sums))


def xlogx(t: Array, log_t: Array) -> Array:
    """The sums of t log t along the last axis; 0 for a t of 0."""
    terms = t * log_t
    return np.sum(terms if t.all() else np.where(t == 0, 0.0, terms), axis=-1)


def paired(
    xs: Sequence[Slot],
    ts: Sequence[Slot],
    of: Products,
    more: frozenset[Slip],
    temperature: float | None,
    most: int,
) -> Iterator[Term]:
    """KL, cross-entropy and generalised KL of every input with every target, of at most so many slips."""
    for i, x in enumerate(xs):
        for j, t in enumerate(ts):
            both = x.slips | t.slips | more | temperatures(x, t, temperature)
            if slips.cost(both) <= most:
                sums = of.t_log_t[j], of.t_x[i, j], of.left_out[i, j], of.exp_x[i] - of.t[j]
                h, c, left_out, masses = map(float, sums)
                size = abs(h) + abs(left_out)
                for value, slip, noun, body in _of_pair(x, t, h, c, left_out, masses):
                    slipped = both if slip is None else both | {slip}
                    yield Term(value, size, slipped, noun, body, "", (x, t), slip is None)


def _of_pair(
    x: Slot, t: Slot, h: float, c: float, left_out: float, masses: float
) -> Iterator[tuple[float, Slip | None, str, str]]:
    """(value, slip, noun, code) of each sum. h, c: the sums of t log t and t x; masses: that of exp x - t;
    left_out: c without the terms where t is 0.

    A sum that torch has as NaN or infinite is none.
    """
    noun = f"KL({t.owner} || {x.owner})"
    kl = f'F.kl_div({x.code}, {t.code}, reduction="none"{t.option})'
    p = f"{t.code}.exp()" if t.log_target else t.code
    if np.isfinite(c) and not t.minus_inf:
        yield h - c, None, noun, kl
        yield -c, slips.CROSS_ENTROPY, "the cross-entropy", f"(-{p} * {x.code})"
        if abs(h - c) > 1e-12 * (abs(h) + abs(c)):
            yield c - h, slips.SIGN, f"minus {noun}", f"-{kl}"
    elif np.isfinite(left_out):
        yield h - left_out, slips.ZEROS_LEFT_OUT, noun, f"torch.where({p} > 0, {kl}, 0.0)"
    if np.isfinite(left_out + masses) and abs(masses) > 1e-6 * abs(h - left_out + masses):
        body = f"({kl} - {p} + {x.code}.exp())"
        yield h - left_out + masses, slips.GENERALISED, f"generalised {noun}", body


def temperatures(x: Slot, t: Slot, temperature: float | None) -> frozenset[Slip]:
    """Both divided by the temperature, or neither where nothing could be, is as it should be."""
    if temperature is None:
        return frozenset()
    with_it = [slot for slot in (x, t) if slot.base.temperature == temperature]
    if len(with_it) == 2:
        return frozenset()
    if with_it:
        return frozenset({slips.one_temperature(with_it[0].owner, temperature)})
    return frozenset({slips.no_temperature(temperature)})

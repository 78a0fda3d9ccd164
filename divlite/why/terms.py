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


class Slot(NamedTuple):
    """An array in kl_div's first place (values: log q) or second place (values: t; log_values: log t)."""

    base: Base
    owner: str
    values: Array
    log_values: Array
    code: str
    slips: frozenset[Slip]
    log_target: bool = False

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
        slots.append(Slot(b, owner, b.p, b.log_p, owner if logs else b.code, b.slips, logs))
        wrong = b.slips | {slips.log_target(owner)}
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


@np.errstate(all="ignore")
def products(xs: Sequence[Slot], ts: Sequence[Slot]) -> Products:
    x = np.stack([slot.values.ravel() for slot in xs])
    t = np.stack([slot.values.ravel() for slot in ts])
    entropies = [np.sum(np.where(s.values == 0, 0.0, s.values * s.log_values)) for s in ts]
    t_x = x @ t.T
    left_out = t_x
    if not np.isfinite(x).all():
        none = np.isneginf(x)
        left_out = np.where(none, 0.0, x) @ t.T
        left_out = np.where(none.astype(float) @ t.T > 0, -np.inf, left_out)
    return Products(np.array(entropies), t.sum(1), np.exp(x).sum(1), t_x, left_out)


def paired(
    xs: Sequence[Slot], ts: Sequence[Slot], more: frozenset[Slip], temperature: float | None, most: int
) -> Iterator[Term]:
    """KL, cross-entropy and generalised KL of every input with every target, of at most so many slips."""
    of = products(xs, ts)
    for i, x in enumerate(xs):
        for j, t in enumerate(ts):
            both = x.slips | t.slips | more | _temperatures(x, t, temperature)
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
    nan_at_zero = t.log_target and bool(np.isneginf(t.log_values).any())
    if np.isfinite(c) and not nan_at_zero:
        yield h - c, None, noun, kl
        yield -c, slips.CROSS_ENTROPY, "the cross-entropy", f"(-{p} * {x.code})"
        if abs(h - c) > 1e-12 * (abs(h) + abs(c)):
            yield c - h, slips.SIGN, f"minus {noun}", f"-{kl}"
    elif np.isfinite(left_out):
        yield h - left_out, slips.ZEROS_LEFT_OUT, noun, f"torch.where({p} > 0, {kl}, 0.0)"
    if np.isfinite(left_out + masses) and abs(masses) > 1e-6 * abs(h - left_out + masses):
        body = f"({kl} - {p} + {x.code}.exp())"
        yield h - left_out + masses, slips.GENERALISED, f"generalised {noun}", body


def _temperatures(x: Slot, t: Slot, temperature: float | None) -> frozenset[Slip]:
    """Both divided by the temperature, or neither where nothing could be, is as it should be."""
    if temperature is None:
        return frozenset()
    with_it = [slot for slot in (x, t) if slot.base.temperature == temperature]
    if len(with_it) == 2:
        return frozenset()
    if with_it:
        return frozenset({slips.one_temperature(with_it[0].owner, temperature)})
    return frozenset({slips.no_temperature(temperature)})


def symmetric(
    sides: tuple[Sequence[Slot], Sequence[Slot], Sequence[Slot], Sequence[Slot]],
    temperature: float | None,
    most: int,
) -> Iterator[Term]:
    """Jeffreys and half of it, with their slips.

    sides: the inputs and the targets of the first array, the inputs and the targets of the second.
    """
    xs_a, ts_a, xs_b, ts_b = sides
    ab, ba = products(xs_a, ts_b), products(xs_b, ts_a)
    for (i, xa), (k, ta) in _own(xs_a, ts_a):
        for (j, xb), (m, tb) in _own(xs_b, ts_b):
            both = xa.slips | ta.slips | xb.slips | tb.slips | _temperatures(xa, xb, temperature)
            if slips.cost(both) >= most:
                continue
            value = ab.t_log_t[m] - ab.left_out[i, m] + ba.t_log_t[k] - ba.left_out[j, k]
            if not np.isfinite(value):
                continue
            size = abs(ab.t_log_t[m]) + abs(ba.t_log_t[k]) + abs(ab.t_x[i, m]) + abs(ba.t_x[j, k])
            body = (
                f'(F.kl_div({xa.code}, {tb.code}, reduction="none"{tb.option})'
                f' + F.kl_div({xb.code}, {ta.code}, reduction="none"{ta.option}))'
            )
            noun, slots = f"Jeffreys of {xa.owner} and {xb.owner}", (xa, tb, xb, ta)
            yield Term(value, size, both | {slips.JEFFREYS}, noun, body, "", slots)
            half = both | {slips.HALF_JEFFREYS}
            yield Term(value / 2, size, half, f"half of {noun}", f"{body} / 2", "", slots)


def _own(xs: Sequence[Slot], ts: Sequence[Slot]) -> list[tuple[tuple[int, Slot], tuple[int, Slot]]]:
    """Inputs and targets that are made of the same distribution, with log_target as it should be."""
    good = [(k, t) for k, t in enumerate(ts) if t.values is t.base.p]
    return [((i, x), (k, t)) for i, x in enumerate(xs) for k, t in good if x.base is t.base]


def jensen_shannon(
    ts: tuple[Sequence[Slot], Sequence[Slot]], single: bool, temperature: float | None
) -> Iterator[Term]:
    """Jensen-Shannon, without its half, and the root of that of a single pair of distributions."""
    first, second = ([t for t in side if t.values is t.base.p and slips.cost(t.slips) <= 2] for side in ts)
    for a in first:
        for b in second:
            p, q, m = a.values, b.values, (a.values + b.values) / 2
            ours, theirs, mean = (np.sum(np.where(s == 0, 0.0, s * np.log(s))) for s in (p, q, m))
            value, size = float(ours + theirs) / 2 - float(mean), float(abs(ours + theirs) + abs(mean))
            if not np.isfinite(value):
                continue
            both = a.slips | b.slips | _temperatures(a, b, temperature) | {slips.JENSEN_SHANNON}
            noun = f"Jensen-Shannon of {a.owner} and {b.owner}"
            before = f"p = {a.base.code}\nq = {b.base.code}\nm = (p + q) / 2\n"
            body = "(torch.xlogy(p, p) / 2 + torch.xlogy(q, q) / 2 - torch.xlogy(m, m))"
            yield Term(value, size, both, noun, body, before, (a, b))
            twofold = both | {slips.WITHOUT_HALF}
            yield Term(2 * value, size, twofold, f"twice {noun}", f"(2 * {body})", before, (a, b))
            if single and value > 0:
                rooted = f"{body}.sum().sqrt()"
                root = Term(
                    value**0.5, size, both | {slips.ROOT}, f"the root of {noun}", rooted, before, (a, b)
                )
                yield root._replace(root=True)

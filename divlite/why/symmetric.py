"""The sums in which both arrays stand alike: Jeffreys, and Jensen-Shannon."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from .._types import Array
from . import slips
from .slips import Slip
from .terms import Products, Slot, Term, blocks, temperatures, xlogx


def jeffreys(
    sides: tuple[Sequence[Slot], Sequence[Slot], Sequence[Slot], Sequence[Slot]],
    across: tuple[Products, Products],
    temperature: float | None,
    most: int,
) -> Iterator[Term]:
    """Jeffreys and half of it, with their slips.

    sides: the inputs and the targets of the first array, the inputs and the targets of the second; across:
    the sums of the first's inputs with the second's targets, and of the second's with the first's.
    """
    xs_a, ts_a, xs_b, ts_b = sides
    ab, ba = across
    for (i, xa), (k, ta) in _own(xs_a, ts_a):
        for (j, xb), (m, tb) in _own(xs_b, ts_b):
            both = xa.slips | ta.slips | xb.slips | tb.slips | temperatures(xa, xb, temperature)
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
    ts: tuple[Sequence[Slot], Sequence[Slot]],
    entropies: tuple[Array, Array],
    single: bool,
    temperature: float | None,
    most: int,
) -> Iterator[Term]:
    """Jensen-Shannon, without its half, and the root of that of a single pair of distributions.

    entropies: the sums of t log t of both sides.
    """
    first, second = (
        [(t, float(h)) for t, h in zip(side, of, strict=True) if t.values is t.base.p]
        for side, of in zip(ts, entropies, strict=True)
    )
    for (a, ours), (b, theirs) in itertools.product(first, second):
        both = a.slips | b.slips | temperatures(a, b, temperature) | {slips.JENSEN_SHANNON}
        if slips.cost(both) > most:
            continue
        mean = _of_mean(a.values.ravel(), b.values.ravel())
        value, size = (ours + theirs) / 2 - mean, abs(ours + theirs) + abs(mean)
        if np.isfinite(value):
            yield from _of_mixture(a, b, value, size, both, single)


def _of_mean(p: Array, q: Array) -> float:
    """The sum of m log m for the mean m of both."""
    means = ((p[part] + q[part]) / 2 for part in blocks(p.size))
    return float(sum(float(xlogx(m, np.log(m))) for m in means))


def _of_mixture(
    a: Slot, b: Slot, value: float, size: float, both: frozenset[Slip], single: bool
) -> Iterator[Term]:
    noun = f"Jensen-Shannon of {a.owner} and {b.owner}"
    before = f"p = {a.base.code}\nq = {b.base.code}\nm = (p + q) / 2\n"
    body = "(torch.xlogy(p, p) / 2 + torch.xlogy(q, q) / 2 - torch.xlogy(m, m))"
    yield Term(value, size, both, noun, body, before, (a, b))
    twofold = both | {slips.WITHOUT_HALF}
    yield Term(2 * value, size, twofold, f"twice {noun}", f"(2 * {body})", before, (a, b))
    if single and value > 0:
        rooted, says = f"{body}.sum().sqrt()", f"the root of {noun}"
        yield Term(value**0.5, size, both | {slips.ROOT}, says, rooted, before, (a, b), root=True)

"""Why a number is NaN or infinite: which call gives it, and at which points."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._types import Array
from . import slips
from .answer import Candidate
from .arrays import Arrays
from .sides import Sides
from .written import right_kl

SHOWN = 4  # points at most
AT_ONCE = 4  # calls at most
INFINITE = "It is infinite: the target has probability where the fit has none. Another call changes nothing."


NAN = (
    "An array has NaN, and every sum over it is NaN. Another number was computed from other arrays, or with "
    "these entries left out."
)


def holds_nan(arrays: Arrays) -> bool:
    """Whether an entry of either array is NaN."""
    return bool(np.isnan(arrays.input).any() or np.isnan(arrays.target).any())


class Call(NamedTuple):
    """torch code, its value, and why: (a short name, a sentence) for each cause."""

    code: str
    value: float
    causes: tuple[tuple[str, str], ...]


@np.errstate(all="ignore")
def explanations(value: float, pair: Sides) -> tuple[Candidate, ...]:
    """Calls that give this NaN or infinity, the likeliest first, each with its points."""
    mean, write = right_kl(pair)
    found: list[Call] = []
    for most in (0, 1):
        found = found or [call for call in _calls(pair, most) if _equal(call.value, value) and call.causes]
    distinct: dict[tuple[str, ...], Call] = {}
    for call in found:
        distinct.setdefault(tuple(name for name, _ in call.causes), call)
    # A NaN of the arrays is mended by no call, and where the KL is infinite none makes it finite.
    cure = write if math.isfinite(mean) else ""
    infinite = (("the KL itself", INFINITE),) if mean == math.inf else ()
    return tuple(
        Candidate("KL(target || input)", (*call.causes, *infinite), call.code, value, mean, cure, False)
        for call in list(distinct.values())[:AT_ONCE]
    )


def _equal(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


def _calls(pair: Sides, most: int) -> Iterator[Call]:
    """As given; then what people make of the arrays, by F.kl_div and by hand; then with what underflows."""
    a, b = pair.input.values, pair.target.values
    yield _kl_div("input", "target", a, b, False)
    if not (b > 0).any():
        yield _kl_div("input", "target", a, b, True)
    for x in (base for base in pair.input_bases if slips.cost(base.slips) <= most):
        for t in (base for base in pair.target_bases if slips.cost(base.slips) <= most):
            yield _kl_div(x.log_code, t.code, x.log_p, t.p, False)
            yield _by_hand(x.code, t.code, x.p, t.p)
            yield _kl_div(x.log_code, t.log_code, x.log_p, t.log_p, True)
    for x in (base for base in pair.input_bases if base.code.startswith("F.softmax") and not base.slips):
        for t in (base for base in pair.target_bases if not base.slips):
            short = np.log(x.p.astype(np.float32).astype(float))
            yield _kl_div(f"{x.code}.log()", t.code, short, t.p, False)


def _kl_div(x_code: str, t_code: str, x: Array, t: Array, log_target: bool) -> Call:
    p = np.exp(t) if log_target else t
    terms = p * (t - x) if log_target else np.where(t == 0, 0.0, t * np.log(t)) - t * x
    option = ", log_target=True" if log_target else ""
    causes = _causes(x, t, log_target, x_code, t_code)
    return Call(f'F.kl_div({x_code}, {t_code}, reduction="sum"{option})', float(np.sum(terms)), causes)


def _causes(x: Array, t: Array, log_target: bool, x_code: str, t_code: str) -> tuple[tuple[str, str], ...]:
    p = np.exp(t) if log_target else t
    looked_at = [
        (np.isnan(x), "NaN", f"{x_code} is NaN itself"),
        (np.isnan(t), "NaN", f"{t_code} is NaN itself"),
        ((t < 0) & (not log_target), "target below 0", f"{t_code} is below 0, and its log is NaN"),
        (np.isneginf(t) & log_target, "0 * inf", f"{t_code} is -inf, and exp(-inf) * (-inf) is 0 * inf"),
        ((p == 0) & np.isneginf(x), "0 * inf", f"{t_code} is 0 and {x_code} is -inf, and 0 * inf is NaN"),
        ((p > 0) & np.isneginf(x), "inf", f"the target has probability and {x_code} is -inf"),
        (np.isposinf(x), "inf", f"{x_code} is +inf"),
        (np.isposinf(p), "inf", f"the target, {t_code}, overflows or is infinite"),
    ]
    hint = (
        ""
        if log_target or not (t <= 0).all()
        else " Numbers that are all below 0 look like logs: log_target=True."
    )
    return tuple(
        (name, f"{_points(where)} {what}.{hint if name == 'target below 0' else ''}")
        for where, name, what in looked_at
        if where.any()
    )


def _by_hand(q_code: str, p_code: str, q: Array, p: Array) -> Call:
    terms = p * np.log(p / q)
    looked_at = [
        ((p == 0) & (q > 0), "0 * log 0", f"{p_code} is 0, and 0 * log 0 is 0 * inf"),
        ((p == 0) & (q == 0), "0 / 0", f"{p_code} and {q_code} are both 0, and 0 / 0 is NaN"),
        ((p > 0) & (q == 0), "inf", f"{p_code} is above 0 and {q_code} is 0"),
        (np.isnan(p) | np.isnan(q), "NaN", "one of the two is NaN itself"),
    ]
    causes = tuple((name, f"{_points(where)} {what}.") for where, name, what in looked_at if where.any())
    return Call(f"({p_code} * ({p_code} / {q_code}).log()).sum()", float(np.sum(terms)), causes)


def _points(where: NDArray[np.bool_]) -> str:
    """At [0, 1] and [2, 0]; of many, the first few and how many there are."""
    places = [str([int(i) for i in place]) for place in np.argwhere(where)[:SHOWN]]
    count = int(where.sum())
    rest = f", and {count - SHOWN:,} more points," if count > SHOWN else ""
    return f"At {', '.join(places)}{rest}"

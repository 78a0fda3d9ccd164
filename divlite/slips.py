"""The slips that make a wrong d_log_q out of a right one: what each looks like, and its cure.

A slip is an equation that the wrong formula satisfies at every point, for one constant c:

    numeric = base + c * direction

It is named only if that does hold, everywhere and within the error of the numeric derivative. So any
other mistake is given no name rather than a wrong one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._types import Array
from .language import phrase, template
from .slip_words import CHAIN, PLUS_ONE, factor, product_rule, simple, term


class Case(NamedTuple):
    """What slips are looked for in, one number a point; swapped is d_log_q(q, log_q, p, log_p)."""

    p: Array
    log_p: Array
    q: Array
    log_q: Array
    value: Array
    given: Array
    swapped: Array
    numeric: Array
    tolerance: Array
    d_log_p: Array  # the numeric derivative by log p, and its tolerance
    d_log_p_tolerance: Array


@dataclass(frozen=True)
class Slip:
    """numeric, or the derivative by log p, = base + c * direction.

    says: the words, where c can only be 1, or words about c; constants: those that c may be, any if none.
    """

    says: str | Callable[[float], str]
    direction: Callable[[Case], Any]
    base: Callable[[Case], Any] = lambda a: 0.0
    constants: tuple[float, ...] = ()
    by_log_p: bool = False


def likely_slip(case: Case, right: NDArray[np.bool_]) -> str | None:
    """The first slip that explains the case, in words; right: whether a point needs no explanation."""
    if not (right & (np.abs(case.numeric) > case.tolerance)).any():  # where all is 0, many a formula is right
        return named(case)
    less, falling = case.q < case.p, case.numeric < 0.0
    sides = (
        (less, phrase("q < p")),
        (falling, phrase("the derivative is negative")),
        (~less, phrase("q > p")),
        (case.numeric > 0.0, phrase("the derivative is positive")),
    )
    for side, name in sides:
        if (side == ~right).all():
            return phrase(
                "wrong only where {name} (a lost absolute value, sign or `where`?); there: {there}",
                name=name,
                there=named(Case(*(a[side] for a in case))) or phrase("no slip that is known."),
            )
    return None


def named(case: Case) -> str | None:
    """The first slip of the table whose equation holds, in words."""
    if not case.given.any():
        return phrase("given is 0, or left out, but value changes with q.")
    if (np.abs(case.numeric) <= case.tolerance).all():
        return phrase("value does not change with q at fixed p. Right is 0.")
    for slip in SLIPS:
        c = constant(slip, case)
        if c is not None:
            return slip.says if isinstance(slip.says, str) else slip.says(c)
    return None


def constant(slip: Slip, case: Case) -> float | None:
    """The c that makes the slip's equation hold at all points, if there is one."""
    target, tolerance = case[-2:] if slip.by_log_p else (case.numeric, case.tolerance)
    rest = target - slip.base(case)
    direction = slip.direction(case) * np.ones_like(target)
    i = np.argmax(np.abs(direction) / (tolerance + np.finfo(float).tiny))  # where c is known best
    c = float(rest[i] / direction[i])
    if c == 0.0 or not np.isfinite(c):
        return None
    possible = (1.0,) if isinstance(slip.says, str) else slip.constants or (float(simple(c)), c)
    return next((k for k in possible if (np.abs(k * direction - rest) <= tolerance).all()), None)


def given(a: Case) -> Array:
    return a.given


TERMS: dict[str, Callable[[Case], Any]] = {
    "q": lambda a: a.q,
    "p": lambda a: a.p,
    "1": lambda a: 1.0,
    "p * q": lambda a: a.p * a.q,
    "q * q": lambda a: a.q * a.q,
    "p * p": lambda a: a.p * a.p,
    "p * p / q": lambda a: a.p * a.p / a.q,
    "q * q / p": lambda a: a.q * a.q / a.p,
    "sqrt(p * q)": lambda a: np.sqrt(a.p * a.q),
    "q * log_q": lambda a: a.q * a.log_q,
    "q * log_p": lambda a: a.q * a.log_p,
}
USUAL = (-1.0, 2.0, 0.5, -2.0, -0.5)

SLIPS: tuple[Slip, ...] = (
    Slip(factor(), given, constants=USUAL),
    Slip(factor("q * given", CHAIN), lambda a: a.q * a.given),
    Slip(
        factor("given / q", phrase("a factor q too many (the chain rule brings it once)")),
        lambda a: a.given / a.q,
    ),
    Slip(
        factor("sqrt(q) / 2 * given", phrase("this is the derivative with respect to sqrt(q), not log q")),
        lambda a: np.sqrt(a.q) / 2.0 * a.given,
    ),
    Slip(
        phrase("this is the derivative with respect to log p. Hold p fixed, and let q move."),
        given,
        by_log_p=True,
    ),
    Slip(
        phrase("this is the derivative with respect to p. Hold p fixed, and let log q move."),
        lambda a: a.p * a.given,
        by_log_p=True,
    ),
    Slip(
        factor("q / p * given", phrase("a factor p in place of q (the chain rule has dq/dlog q = q)")),
        lambda a: a.q / a.p * a.given,
        constants=(1.0, *USUAL),
    ),
    Slip(
        phrase("p and q have changed places in d_log_q. Exchange them there, and their logs."),
        lambda a: a.swapped,
    ),
    Slip(
        phrase(
            "this belongs to the other direction, value with p and q exchanged. "
            "Exchange them in one of the two."
        ),
        lambda a: a.swapped,
        by_log_p=True,
    ),
    Slip(term("q", cause=PLUS_ONE), lambda a: a.q, given, constants=(1.0, -1.0, 2.0)),
    Slip(factor(), given),
    Slip(
        phrase("this is value itself. It is still to be differentiated."),
        lambda a: a.value,
        lambda a: a.numeric - a.given,
    ),
    Slip(product_rule, lambda a: a.value, given),
    *(Slip(term(name), direction, given) for name, direction in TERMS.items()),
    Slip(
        term(
            "q",
            "q * given",
            template("{missing}, and {chain}"),
        ),
        lambda a: a.q,
        lambda a: a.q * a.given,
    ),
    Slip(term("q", "-given", template("{missing}, and a wrong sign")), lambda a: a.q, lambda a: -a.given),
)

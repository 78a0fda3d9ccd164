"""Distances: h(d) of the difference d of what is seen of P and of Q."""

from collections.abc import Callable
from typing import Any

from ..notation import *
from ..request import Request
from .csiszar import slope
from .pointwise import formula, of

DIFFERENCE = sp.Symbol("d", real=True)


@as_written
def theorem(h: Callable[[Any], Any]) -> tuple[Chain, ...]:
    """The sensitivity, for every h, which may be undefined."""
    d = p[k] - q[k]
    return (chain(D(h(d), log(q[k])), line(-q[k] * slope(h, d), "the chain rule: $p$ does not change")),)


@as_written
def family(loss: Any, request: Request) -> list[str | Chain]:
    """That only the difference counts."""
    if not hasattr(loss, "h"):
        return []
    seen_p, seen_q = (seen.base.label for seen in of(loss).pair)
    h = formula(loss, "h", DIFFERENCE)
    return [
        f"This is a distance: a term depends on the difference $d = {seen_p} - {seen_q}$ alone. "
        f"It is $h(d)$ with $h(d) = {h}$."
    ]

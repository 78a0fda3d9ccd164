"""Distances: h(d) of the difference d of what is seen of P and of Q."""

from collections.abc import Callable
from typing import Any

from ..lessons import Items, said
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


def family(loss: Any, request: Request) -> Items:
    """That only the difference counts."""
    if not hasattr(loss, "h"):
        return ()
    seen_p, seen_q = (seen.base.label for seen in of(loss).pair)
    return said("distance", seen_p=seen_p, seen_q=seen_q, h=formula(loss, "h", DIFFERENCE))

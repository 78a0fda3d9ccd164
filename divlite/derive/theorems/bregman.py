"""Bregman divergences between the densities: phi(p) - phi(q) - phi'(q) (p - q), for a convex phi.

Source: A. Banerjee et al., J. Mach. Learn. Res. 6 (2005), 1705, definition 1.
"""

from collections.abc import Callable
from typing import Any

from ..lessons import Items, said
from ..notation import *
from ..request import Request
from ..written import minus, plus, times
from .csiszar import slope
from .pointwise import formula


@as_written
def theorem(phi: Callable[[Any], Any]) -> tuple[Chain, ...]:
    """The term and its sensitivity, for every phi, which may be undefined."""
    term = phi(p[k]) - phi(q[k]) - slope(phi, q[k]) * (p[k] - q[k])
    sensitivity = -q[k] * slope(phi, q[k], 2) * (p[k] - q[k])
    return (
        chain(D(term, log(q[k])), line(sensitivity, "the two terms with the slope of $phi$ cancel")),
        chain(D(sensitivity, log(q[k])), line(q[k] ** 2 * slope(phi, q[k], 2), "", Eq(q[k], p[k]))),
    )


@as_written
def family(loss: Any, request: Request) -> Items:
    """What the error at a point counts with."""
    if not hasattr(loss, "phi"):
        return ()
    bent = carried_out(sp.diff)(formula(loss, "phi", q[k]), q[k], 2)
    sensitivity = times(-1, bent, w[k], q[k], plus(p[k], minus(q[k])))
    return said("bregman", phi=formula(loss, "phi", u), sensitivity=sensitivity)

"""Bregman divergences between the densities: phi(p) - phi(q) - phi'(q) (p - q), for a convex phi.

Source: A. Banerjee et al., J. Mach. Learn. Res. 6 (2005), 1705, definition 1.
"""

from collections.abc import Callable
from typing import Any

from ..notation import *
from ..request import Request
from ..written import times
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
def family(loss: Any, request: Request) -> list[str | Chain]:
    """What the error at a point counts with."""
    if not hasattr(loss, "phi"):
        return []
    phi = formula(loss, "phi", q[k])
    bent = carried_out(sp.diff)(phi, q[k], 2)
    return [
        f"This is a Bregman divergence: how far ${formula(loss, 'phi', u)}$ lies above its tangent, where "
        "the tangent touches it at $u = q$ and the distance is taken at $u = p$. Each error counts with $q$ "
        "times the curvature at $q$:",
        chain(D(L, log(q[k])), line(times(-1, bent, w[k], q[k], p[k] - q[k]), "")),
    ]

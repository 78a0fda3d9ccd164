"""What a loss sees of P and Q at a point, and how that moves with mu and sigma.

    view       of P            of Q              what moves, and how
    Density    p, log p        q, log q          dlog q/d(mu, sigma): the score
    CDF        F, 1 - F        G, 1 - G          dG/d(mu, sigma) = -q (1, z)
    Quantile   x_p, u          x_q, z            dx_q/d(mu, sigma) = (1, z), for x_q = mu + sigma z

A loss says which it takes with a class attribute `view`; without one it takes densities. Always two numbers of P
and two of Q: the second is for the digits that the first has lost, or for the level u of a quantile.
The chain rule does not know which view, loss or family it is given.
"""

from typing import Any, NamedTuple

import numpy as np

from . import _check
from ._types import Array
from .elementary import exp
from .families import location_scale
from .grid import Grid
from .losses.protocol import distinct


@distinct
class Density(NamedTuple):
    """Densities at the points of the grid."""

    derivative = "d_log_q"

    def seen(self, family: Any, at: Any, x: Any) -> tuple[Any, Any, Any, Any]:
        """q, log q, and the derivatives of log q by mu and sigma."""
        log_q = location_scale.log_prob(family, at, x)
        d_mu, d_sigma = location_scale.score(family, at, x)
        return exp(log_q), log_q, d_mu, d_sigma

    def table(self, p: Any, log_p: Array, family: Any, points: Grid) -> tuple[Array, Array, Array, Array]:
        """x, p, log p, w; a table may hold a log density whose exponential is no float."""
        with np.errstate(over="ignore"):
            return points.x, _check.frozen(np.exp(log_p)), log_p, points.w


View = Density


def view_of(loss: Any) -> Any:
    """The view that a loss, or its class, takes."""
    return getattr(loss, "view", DENSITY)


DENSITY = Density()

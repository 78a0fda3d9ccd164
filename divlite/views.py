"""What a loss sees of P and Q at a point, and how that moves with mu and sigma.

    view       of P            of Q              what moves, and how
    Density    p, log p        q, log q          dlog q/d(mu, sigma): the score
    CDF        F, 1 - F        G, 1 - G          dG/d(mu, sigma) = -q (1, z)
    Quantile   x_p, u          x_q, z            dx_q/d(mu, sigma) = (1, z), for x_q = mu + sigma z

A loss says which it takes with a class attribute `view`; without one it takes densities. Always two numbers
of P and two of Q: the second is for the digits that the first has lost, or for the level u of a quantile.
The chain rule does not know which view, loss or family it is given.

A CDF and a quantile need a P of mass 1: see `densities.distribution`. `table` gives four columns, one row a
point: where the view looks at Q, the two numbers of P, and the weight of the point. `derivative` is the name
of the loss's method, `shows` its arguments, `moves` and `called` what moves, as a figure names it, and `spot`
what it moves at; `on_grid` says whether Q is looked at at the points of the grid, and `rest` what a loss then
knows of Q beyond them; `masses` says whether P is taken with the mass that it has.
"""

from typing import Any, NamedTuple

import numpy as np

from . import _check
from ._distinct import distinct
from ._types import Array
from .densities.distribution import distribution
from .elementary import exp
from .families import location_scale, standard_quantile
from .grid import Grid
from .language import phrase

Table = tuple[Array, Array, Array, Array]


@distinct
class Density(NamedTuple):
    """Densities at the points of the grid."""

    derivative = "d_log_q"
    shows = "(p, log_p, q, log_q)"
    moves, called, spot = "log q", phrase("log q at x"), "point"
    on_grid, masses = True, True
    rest = phrase("the loss does not see the rest")

    def seen(self, family: Any, at: Any, x: Any) -> tuple[Any, Any, Any, Any]:
        """q, log q, and the derivatives of log q by mu and sigma."""
        log_q = location_scale.log_prob(family, at, x)
        d_mu, d_sigma = location_scale.score(family, at, x)
        return exp(log_q), log_q, d_mu, d_sigma

    def apart(self, a: Any, b: Any, c: Any, d: Any) -> Any:
        """log q - log p."""
        return d - b

    def beside(self, a: Any, b: Any, h: float) -> tuple[Any, Any]:
        """q and log q where log q is log p + h, for a small h."""
        return a * (1.0 + h), b + h

    def table(self, p: Any, log_p: Array, family: Any, points: Grid) -> Table:
        """x, p, log p, w; a table may hold a log density whose exponential is no float."""
        with np.errstate(over="ignore"):
            return points.x, _check.frozen(np.exp(log_p)), log_p, points.w

    def still(self, family: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The z at which log q does not change with mu, and with sigma: where z g'(z) = -1."""
        low, high = 0.0, 2.0
        for _ in range(60):
            z = 0.5 * (low + high)
            low, high = (z, high) if z * family.pull(z) <= 1.0 else (low, z)
        return (0.0,), (-low, low)


@distinct
class CDF(NamedTuple):
    """Cumulative distribution functions at the points of the grid, from below and from above."""

    derivative = "d_cdf_q"
    shows = "(cdf_p, sf_p, cdf_q, sf_q)"
    moves, called, spot = "G", phrase("the CDF G of Q at x"), "point"
    on_grid, masses = True, False
    rest = phrase("of the rest the loss sees how much lies below and how much above, but not where")

    def seen(self, family: Any, at: Any, x: Any) -> tuple[Any, Any, Any, Any]:
        """G, 1 - G, and the derivatives of G by mu and sigma."""
        mu, sigma, _ = at
        z = (x - mu) / sigma
        d_mu, d_sigma = location_scale.d_cdf(family, at, x)
        cdf, sf = location_scale.standard_cdf(family, z), location_scale.standard_sf(family, z)
        return cdf, sf, d_mu, d_sigma

    def apart(self, a: Any, b: Any, c: Any, d: Any) -> Any:
        """G - F."""
        return c - a

    def beside(self, a: Any, b: Any, h: float) -> tuple[Any, Any]:
        """G and 1 - G where G is F + h."""
        return a + h, b - h

    def table(self, p: Any, log_p: Array, family: Any, points: Grid) -> Table:
        """x, F, 1 - F, w."""
        _, cdf, sf = distribution(p, log_p, points)
        return points.x, cdf, sf, points.w

    def still(self, family: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Where G does not change: with mu nowhere, with sigma in the middle."""
        return (), (0.0,)


@distinct
class Quantile(NamedTuple):
    """Quantiles at the levels u_i = F(x_i) that P has at the points of the grid, so that x_p = x_i.

    The weights are w_i p_i: with those of an integral, du = p dx. Where u is 0 or 1 to a float the family's
    quantile is infinite, and the weight is 0: there P has no mass to speak of, unless it is a table that
    begins or ends with some, of which half a cell is left out.
    """

    derivative = "d_x_q"
    shows = "(x_p, u, x_q, z)"
    moves, called, spot = "y", phrase("the quantile y of Q"), "level"
    on_grid, masses = False, False
    rest = ""

    def seen(self, family: Any, at: Any, z: Any) -> tuple[Any, Any, Any, Any]:
        """x_q = mu + sigma z, z, and the derivatives of x_q by mu and sigma."""
        mu, sigma, _ = at
        return mu + sigma * z, z, 1.0, z

    def apart(self, a: Any, b: Any, c: Any, d: Any) -> Any:
        """x_q - x_p."""
        return c - a

    def beside(self, a: Any, b: Any, h: float) -> tuple[Any, Any]:
        """x_q where it is x_p + h, and the level as it stands: no loss asks for it there."""
        return a + h, b

    def table(self, p: Any, log_p: Array, family: Any, points: Grid) -> Table:
        """z, x_p, u, w p."""
        height, cdf, sf = distribution(p, log_p, points)
        z = standard_quantile(family, cdf, sf)
        inside = np.isfinite(z)
        w = np.where(inside, points.w * height, 0.0)
        return _check.frozen(np.where(inside, z, 0.0)), points.x, cdf, _check.frozen(w)

    def still(self, family: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Where y does not change is no place of Q's, but of P's: at its median, with sigma."""
        return (), ()


View = Density | CDF | Quantile


def view_of(loss: Any) -> Any:
    """The view that a loss, or its class, takes."""
    return getattr(loss, "view", DENSITY)


DENSITY = Density()

"""The 1-Wasserstein distance: how far mass must be carried from Q to P, on average."""

from typing import NamedTuple

from .._types import Array
from ..elementary import where
from ..views import Quantile
from .protocol import distinct


@distinct
class Wasserstein1(NamedTuple):
    """sum_i w_i p_i |x_i - y_i|, y_i the quantile of Q at the level F(x_i) of P; in units of x.

    With the weights of an integral it is the integral over u in (0, 1) of |F^-1(u) - G^-1(u)|, which is that
    of |F - G| over x, and the least mean distance |X - Y| of any X from P and Y from Q.
    Source: Vallender, Theory of Probability and Its Applications 18 (1974), p. 784; Villani, Topics in
    Optimal Transportation (2003), section 2.2.

    Derivation. d|x - y|/dy = sign(y - x), and y = mu + sigma z moves with (1, z). So the pull does not fade
    with the distance: mu is drawn to where half of P's mass is carried right, and half left.

    Edge cases: at x = y the derivative jumps; 0 is taken there, a subgradient. Where p = 0 the weight is 0.
    Where u is 0 or 1 to a float the weight is 0, too. P is taken with mass 1, and what the grid cuts off of
    it is not carried. To a Q without a mean (a Cauchy, a Student-t with nu <= 1) the distance is infinite: on
    a grid the sum is finite, but it grows with the width of the grid.
    """

    view = Quantile()

    def value(self, x_p: Array, u: Array, x_q: Array, z: Array) -> Array:
        return where(x_p > x_q, x_p - x_q, x_q - x_p)

    def d_x_q(self, x_p: Array, u: Array, x_q: Array, z: Array) -> Array:
        return where(x_q > x_p, 1.0, where(x_q < x_p, -1.0, 0.0))

    def h(self, d: Array) -> Array:
        return where(d > 0.0, d, -d)

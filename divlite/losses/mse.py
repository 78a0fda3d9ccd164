"""Mean squared error between two densities: a mode that q does not reach does not pull."""

from typing import NamedTuple

from .._types import Array
from .protocol import distinct


@distinct
class MSE(NamedTuple):
    """sum_i w_i (p_i - q_i)^2, in 1/units of x squared; the mean, with weights 1/n.

    It is F.mse_loss in torch; with integral weights, the squared L2 distance.

    Derivation. d q/dlog q = q, so d f/dlog q = 2 (q - p) q. Where q is almost 0 the factor q makes
    this almost 0, whatever p is there: a narrow q stays at its mode, a wide one can cover several.

    Edge cases: p = 0 and q = 0 are ordinary values; the square of a density above 1e154 is inf.
    """

    def phi(self, q: Array) -> Array:
        return q * q

    def h(self, d: Array) -> Array:
        return d * d

    def value(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
        return (p - q) * (p - q)

    def d_log_q(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
        return 2.0 * (q - p) * q

"""Squared Hellinger distance: one minus the overlap of two distributions; symmetric and bounded."""

from typing import NamedTuple

from .._types import Array
from ..elementary import sqrt
from .protocol import distinct


@distinct
class SquaredHellinger(NamedTuple):
    """sum_i w_i (sqrt(p_i) - sqrt(q_i))^2 / 2, without a unit; at most the mean of both masses.

    Source: Taneja, arXiv:math/0501301, eq. 1. With masses 1 it is 1 - sum_i w_i sqrt(p_i q_i).
    Others leave the 1/2 out (tfp.vi.squared_hellinger). With it the bound for masses 1 is 1, and
    f''(1) = 1/4, the same as Jensen-Shannon's: near p = q the two agree.

    Derivation. d sqrt(q)/dlog q = sqrt(q)/2, so d f/dlog q = sqrt(q) (sqrt(q) - sqrt(p))/2.

    Edge cases: p = 0 costs q/2, q = 0 costs p/2. The derivative is 0 at q = 0. Near p = q nothing
    is lost: the roots are subtracted before they are squared.
    """

    def f(self, u: Array) -> Array:
        return 0.5 * ((sqrt(u) - 1.0) * (sqrt(u) - 1.0))

    def value(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
        apart = sqrt(p) - sqrt(q)
        return 0.5 * (apart * apart)

    def d_log_q(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
        return 0.5 * (sqrt(q) * (sqrt(q) - sqrt(p)))

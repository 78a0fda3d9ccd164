"""Reverse KL, KL(q || p): zero-forcing, because it asks q to be nowhere that p is not."""

from typing import NamedTuple

from .._types import Array
from ..elementary import log, where
from .protocol import distinct


@distinct
class ReverseKL(NamedTuple):
    """KL(q || p) = sum_i w_i q_i (log q_i - log p_i), in nats.

    Source: Bishop, Pattern Recognition and Machine Learning (2006), eq. 1.113 with p and q exchanged,
    and section 10.1.2.

    Derivation. q appears twice: d q/dlog q = q and d log q/dlog q = 1, so by the product rule
    d f/dlog q = q (log q - log p) + q = q (log q - log p + 1). The +1 is q itself; its sum against
    the score is the derivative of q's mass, 0 over the whole line but not on a grid that cuts q off.

    Edge cases: q = 0 contributes 0 to the value and to the gradient, and so does a q that underflows
    to 0 (below 5e-324; in compiled code, which has no subnormal numbers, below 3.3e-308). p = 0 where
    q > 0 makes the loss +inf. Where p has more mass on the grid than q, the loss can be negative.
    """

    def f(self, u: Array) -> Array:
        return -log(u)

    def value(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
        return where(q > 0.0, q * (log_q - log_p), 0.0)

    def d_log_q(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
        return where(q > 0.0, q * (log_q - log_p + 1.0), 0.0)

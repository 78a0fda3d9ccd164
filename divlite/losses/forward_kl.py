"""Forward KL, KL(p || q): mass-covering, because it asks q to be wherever p is."""

from typing import NamedTuple

from .._types import Array
from ..elementary import log, where
from .protocol import distinct


@distinct
class ForwardKL(NamedTuple):
    """KL(p || q) = sum_i w_i p_i (log p_i - log q_i), in nats.

    Source: Bishop, Pattern Recognition and Machine Learning (2006), eq. 1.113.
    It is F.kl_div(log q, p) in torch's order of arguments.

    Derivation. Only log q depends on q, so d f/dlog q = -p. Summed against the Normal's score the
    gradient is 0 where mu and sigma^2 are the mean and the variance of p: moments are matched.

    Edge cases: p = 0 contributes 0, whatever q is (the limit of p log p); q = 0 where p > 0 makes
    the loss +inf. A q that underflows while log q is finite costs nothing: log q is what counts.
    Where q has more mass on the grid than p, the loss can be negative.
    """

    def f(self, u: Array) -> Array:
        return u * log(u)

    def value(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
        return where(p > 0.0, p * (log_p - log_q), 0.0)

    def d_log_q(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
        return -p

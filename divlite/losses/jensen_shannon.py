"""Jensen-Shannon divergence: how far p and q are from their mean; symmetric and bounded."""

import math
from typing import NamedTuple

from .._types import Array
from ..elementary import log, where
from .protocol import distinct

LOG_2 = math.log(2.0)


@distinct
class JensenShannon(NamedTuple):
    """(KL(p || m) + KL(q || m))/2 with m = (p + q)/2, in nats; at most log 2 times the mean of both masses.

    Source: Lin, IEEE Trans. Inf. Theory 37 (1991) 145; as here in Nielsen, Entropy 23 (2021) 464, eq. 1.
    Derivation. d(q log q)/dlog q = q (log q + 1), d(2 m log m)/dlog q = q (log m + 1): half their difference.
    Edge cases: p = 0 costs q log(2)/2, q = 0 costs p log(2)/2; both 0, nothing. The derivative is 0 at q = 0.
    """

    def f(self, u: Array) -> Array:
        return 0.5 * (u * log(u) - (1.0 + u) * (log(1.0 + u) - LOG_2))

    def value(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
        log_m = log(p + q) - LOG_2  # half of the smallest number would be 0
        return 0.5 * (where(p > 0.0, p * (log_p - log_m), 0.0) + where(q > 0.0, q * (log_q - log_m), 0.0))

    def d_log_q(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
        return where(q > 0.0, 0.5 * (q * (log_q - (log(p + q) - LOG_2))), 0.0)

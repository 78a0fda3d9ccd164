"""Triangular discrimination: the squared difference over the sum; symmetric, bounded, without logs."""

from typing import NamedTuple

from .._types import Array
from ..elementary import where
from .protocol import distinct


@distinct
class Triangular(NamedTuple):
    """sum_i w_i (p_i - q_i)^2 / (p_i + q_i), without a unit; at most the sum of both masses.

    Source: Topsoe, IEEE Trans. Inf. Theory 46 (2000) 1602, section I, whose number this is; half of it
    is the Vincze-Le Cam distance. f''(1) = 1: near p = q, with equal masses, it agrees with KL.

    Derivation. With r = (p - q)/(p + q) the term is (p - q) r, and by the quotient rule
    d f/dlog q = -q r (2 + r).

    Edge cases: p = 0 costs q and has the derivative q; q = 0 costs p and has the derivative 0; where
    both are 0 the term is 0. It is (p - q) r and not (p - q)^2 / (p + q), which would underflow first.
    """

    def f(self, u: Array) -> Array:
        return (u - 1.0) * (u - 1.0) / (u + 1.0)

    def value(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
        return where(p + q > 0.0, (p - q) * ((p - q) / (p + q)), 0.0)

    def d_log_q(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
        r = (p - q) / (p + q)
        return where(p + q > 0.0, -q * r * (2.0 + r), 0.0)

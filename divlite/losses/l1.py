"""The L1 distance between two densities; twice their total variation if both are integrals of mass 1."""

from typing import NamedTuple

from .._types import Array
from ..elementary import where
from .protocol import distinct


@distinct
class L1(NamedTuple):
    """sum_i w_i |p_i - q_i|, in 1/units of x; the mean, with weights 1/n.

    It is F.l1_loss in torch.

    Derivation. d|p - q|/dq = sign(q - p) and d q/dlog q = q, so d f/dlog q = sign(q - p) q.

    Edge cases: at p = q the derivative jumps; 0 is taken there, a subgradient, as torch does. Near
    an optimum where p and q cross, a rounding error of one ulp decides signs, so two correct
    implementations follow paths that differ by about the step size.
    """

    def f(self, u: Array) -> Array:
        return abs(u - 1.0)

    def h(self, d: Array) -> Array:
        return abs(d)

    def value(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
        return where(p > q, p - q, q - p)

    def d_log_q(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
        return where(q > p, q, where(q < p, -q, 0.0))

"""Negative cosine similarity of two densities: it sees shape and not scale."""

from typing import Any, NamedTuple

from .._types import Array
from ..elementary import sqrt, where
from .protocol import distinct

TINY = 2.2250738585072014e-308  # the smallest normal float


@distinct
class Cosine(NamedTuple):
    """-S_pq / sqrt(S_qq S_pp), with S_ab = sum_i w_i a_i b_i: dimensionless, -1 where q is c p.

    It is -F.cosine_similarity in torch, negated because a loss is minimised. Add 1 for the cosine
    distance.

    Derivation. d(p q)/dlog q = p q and d(q q)/dlog q = 2 q q; S_pp has no q in it. With
    C = S_pq/sqrt(S_qq S_pp), the finish has dL/dS_pq = -1/sqrt(S_qq S_pp), dL/dS_qq = C/(2 S_qq).

    Edge cases: where p or q is 0 at every grid point no angle is defined; the loss and its gradient
    are 0 then, as torch has it. A sum of squares below 2.2e-308, the smallest normal number, counts as
    0 too: its digits are lost. No norm is clamped otherwise (torch clamps each one at 1e-8).
    """

    def value(self, p: Array, log_p: Array, q: Array, log_q: Array) -> tuple[Array, Array, Array]:
        return p * q, q * q, p * p

    def d_log_q(self, p: Array, log_p: Array, q: Array, log_q: Array) -> tuple[Array, Array]:
        return p * q, 2.0 * (q * q)

    def finish(self, sums: tuple[Any, Any, Any]) -> Any:
        pq, qq, pp = sums
        norms = sqrt(qq) * sqrt(pp)
        return where((qq >= TINY) & (pp >= TINY), -pq / norms, 0.0)

    def d_finish(self, sums: tuple[Any, Any, Any]) -> tuple[Any, Any]:
        pq, qq, pp = sums
        norms = sqrt(qq) * sqrt(pp)
        seen = (qq >= TINY) & (pp >= TINY)
        # pq / norms first: norms * qq would underflow long before the quotient does.
        return where(seen, -1.0 / norms, 0.0), where(seen, 0.5 * (pq / norms) / qq, 0.0)

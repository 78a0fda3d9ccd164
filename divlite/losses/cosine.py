"""Negative cosine similarity of two densities: it sees shape and not scale."""

from typing import Any, NamedTuple

import numpy as np

from .._types import Array
from ..elementary import where
from .protocol import distinct


@distinct
class Cosine(NamedTuple):
    """-S_pq / sqrt(S_qq S_pp), with S_ab = sum_i w_i a_i b_i: dimensionless, -1 where q is c p.

    It is -F.cosine_similarity in torch, negated because a loss is minimised. Add 1 for the cosine
    distance.

    Derivation. d(p q)/dlog q = p q and d(q q)/dlog q = 2 q q; S_pp has no q in it. With
    C = S_pq/sqrt(S_qq S_pp), the finish has dL/dS_pq = -1/sqrt(S_qq S_pp), dL/dS_qq = C/(2 S_qq).

    Edge cases: where p or q is 0, or underflows to 0 squared, at every grid point, no angle is
    defined; the loss and its gradient are 0 there, as torch has it. No norm is clamped otherwise
    (torch clamps each one at 1e-8).
    """

    def value(self, p: Array, log_p: Array, q: Array, log_q: Array) -> tuple[Array, Array, Array]:
        return p * q, q * q, p * p

    def d_log_q(self, p: Array, log_p: Array, q: Array, log_q: Array) -> tuple[Array, Array]:
        return p * q, 2.0 * (q * q)

    def finish(self, sums: tuple[Any, Any, Any]) -> Any:
        pq, qq, pp = sums
        norms = np.sqrt(qq) * np.sqrt(pp)
        return where(norms > 0.0, -pq / norms, 0.0)

    def d_finish(self, sums: tuple[Any, Any, Any]) -> tuple[Any, Any]:
        pq, qq, pp = sums
        norms = np.sqrt(qq) * np.sqrt(pp)
        return where(norms > 0.0, -1.0 / norms, 0.0), where(norms > 0.0, 0.5 * pq / (norms * qq), 0.0)

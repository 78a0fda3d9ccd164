"""One oracle a loss: the same quantity from torch's own functional losses, as a scalar tensor.

Each is called as oracle(loss, log_p, log_q, w) with tensors of shape (n,); autograd does the rest. A loss of
CDFs or quantiles is called with the four that its view shows: oracle(loss, cdf_p, sf_p, cdf_q, sf_q, w).
`where` keeps the places where torch has NaN and divlite has the limit (p log p at 0); what goes into a
log or a quotient is masked, because autograd multiplies 0 by what a mask of the result would hide.
"""

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from divlite import _check
from divlite import losses as dl

Oracle: TypeAlias = Callable[..., Tensor]
Term: TypeAlias = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def summed(term: Term) -> Oracle:
    """The oracle of a loss that is one sum, from its term as a function of p, a = log p, q, b = log q."""

    def weighted_sum(loss: Any, log_p: Tensor, log_q: Tensor, w: Tensor) -> Tensor:
        return (w * term(log_p.exp(), log_p, log_q.exp(), log_q)).sum()

    return weighted_sum


def shown(term: Term) -> Oracle:
    """The oracle of a loss that is one sum, from its term as a function of the four that its view shows."""

    def weighted_sum(loss: Any, a: Tensor, b: Tensor, c: Tensor, d: Tensor, w: Tensor) -> Tensor:
        return (w * term(a, b, c, d)).sum()

    return weighted_sum


def kl(log_p: Tensor, log_q: Tensor) -> Tensor:
    """p (log p - log q), and 0 where p is 0."""
    seen = log_p.exp() > 0
    log_p, log_q = torch.where(seen, log_p, 0.0), torch.where(seen, log_q, 0.0)
    return F.kl_div(log_q, log_p, reduction="none", log_target=True)


def log_m(log_p: Tensor, log_q: Tensor) -> Tensor:
    """log m with m = (p + q)/2; -inf where both are 0."""
    seen = torch.maximum(log_p, log_q) > -math.inf
    both = torch.where(seen, log_p, 0.0), torch.where(seen, log_q, 0.0)
    # Not logaddexp: its second derivative is NaN where one of the two is next to nothing (torch 2.13).
    return torch.where(seen, torch.stack(both).logsumexp(0) - math.log(2), -math.inf)


def positive(a: Tensor) -> Tensor:
    """a, and 1 where it is 0, or so near that 1/a is inf: something to divide by."""
    return torch.where(a >= torch.finfo(a.dtype).tiny, a, 1.0)


def cosine(loss: dl.Cosine, log_p: Tensor, log_q: Tensor, w: Tensor) -> Tensor:
    # The weights go in as their roots, one on either side. torch clamps each norm at eps, by
    # default 1e-8, which a narrow q between two grid points falls below.
    q, p = w.sqrt() * log_q.exp(), w.sqrt() * log_p.exp()
    tiny = torch.finfo(w.dtype).tiny
    if min(q.dot(q), p.dot(p)) < tiny:
        return 0.0 * q.sum()
    return -F.cosine_similarity(q, p, dim=0, eps=tiny)


def smoothed(loss: dl.Smoothed, log_p: Tensor, log_q: Tensor, w: Tensor) -> Tensor:
    log_p, log_q = (log_p.exp() + loss.epsilon).log(), (log_q.exp() + loss.epsilon).log()
    return oracle(loss.loss)(loss.loss, log_p, log_q, w)


ORACLES: dict[type, Oracle] = {
    dl.ForwardKL: summed(lambda p, a, q, b: kl(a, b)),
    dl.ReverseKL: summed(lambda p, a, q, b: kl(b, a)),
    dl.MSE: summed(lambda p, a, q, b: F.mse_loss(q, p, reduction="none")),
    dl.L1: summed(lambda p, a, q, b: F.l1_loss(q, p, reduction="none")),
    dl.Cosine: cosine,
    dl.JensenShannon: summed(lambda p, a, q, b: (kl(a, log_m(a, b)) + kl(b, log_m(a, b))) / 2),
    dl.SquaredHellinger: summed(lambda p, a, q, b: ((b / 2).exp() - (a / 2).exp()).square() / 2),
    dl.Triangular: summed(lambda p, a, q, b: F.mse_loss(q, p, reduction="none") / positive(p + q)),
    dl.CramerVonMises: shown(lambda f, not_f, g, not_g: F.mse_loss(g, f, reduction="none")),
    dl.Wasserstein1: shown(lambda x, u, y, z: F.l1_loss(y, x, reduction="none")),
    dl.Smoothed: smoothed,
}


def oracle(loss: object) -> Oracle:
    """The oracle for this loss, or a ValueError that lists those there are."""
    if type(loss) not in ORACLES:
        known = ", ".join(cls.__name__ for cls in ORACLES)
        _check.fail("loss", f"one with a torch oracle ({known})", type(loss).__name__)
    return ORACLES[type(loss)]

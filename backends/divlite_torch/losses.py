"""One oracle a loss: the same quantity from torch's own functional losses, as a scalar tensor.

Each is called as oracle(loss, log_p, log_q, w) with tensors of shape (n,); autograd does the rest.
`where` keeps the places where torch has NaN and divlite has the limit (p log p at 0); its inputs
are masked as well as its output, because autograd multiplies 0 by what the mask hides.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from divlite import _check
from divlite import losses as dl

Oracle: TypeAlias = Callable[[Any, Tensor, Tensor, Tensor], Tensor]


def forward_kl(loss: dl.ForwardKL, log_p: Tensor, log_q: Tensor, w: Tensor) -> Tensor:
    p = log_p.exp()
    seen = p > 0
    terms = F.kl_div(torch.where(seen, log_q, 0.0), p, reduction="none")
    return (w * terms).sum()


def reverse_kl(loss: dl.ReverseKL, log_p: Tensor, log_q: Tensor, w: Tensor) -> Tensor:
    seen = log_q.exp() > 0
    t, log_p = torch.where(seen, log_q, 0.0), torch.where(seen, log_p, 0.0)
    terms = F.kl_div(log_p, t, reduction="none", log_target=True)
    return (w * torch.where(seen, terms, 0.0)).sum()


def mse(loss: dl.MSE, log_p: Tensor, log_q: Tensor, w: Tensor) -> Tensor:
    return (w * F.mse_loss(log_q.exp(), log_p.exp(), reduction="none")).sum()


def l1(loss: dl.L1, log_p: Tensor, log_q: Tensor, w: Tensor) -> Tensor:
    return (w * F.l1_loss(log_q.exp(), log_p.exp(), reduction="none")).sum()


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
    dl.ForwardKL: forward_kl,
    dl.ReverseKL: reverse_kl,
    dl.MSE: mse,
    dl.L1: l1,
    dl.Cosine: cosine,
    dl.Smoothed: smoothed,
}


def oracle(loss: object) -> Oracle:
    """The oracle for this loss, or a ValueError that lists those there are."""
    if type(loss) not in ORACLES:
        known = ", ".join(cls.__name__ for cls in ORACLES)
        _check.fail("loss", f"one with a torch oracle ({known})", type(loss).__name__)
    return ORACLES[type(loss)]

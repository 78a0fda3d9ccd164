"""Gradients by autograd of what is no fit on a grid: the discrete KL by its logits, the KL of two Normals."""

import numpy as np
import torch
import torch.nn.functional as F
from torch.distributions import Normal, kl_divergence

from divlite._types import Array
from divlite.families import Normal as OurNormal


@torch.enable_grad()  # pyright: ignore[reportUntypedFunctionDecorator]
def d_kl_div_logits(logits: Array, target: Array) -> Array:
    """The gradient of F.kl_div(log_softmax(logits), target, reduction="sum")."""
    a = torch.tensor(np.array(logits), requires_grad=True)
    loss = F.kl_div(F.log_softmax(a, dim=-1), torch.tensor(np.array(target)), reduction="sum")
    (d,) = torch.autograd.grad(loss, a)
    return d.numpy()


@torch.enable_grad()  # pyright: ignore[reportUntypedFunctionDecorator]
def d_normal_kl(p: OurNormal, q: OurNormal) -> OurNormal:
    """The gradient of torch's closed form at q."""
    mu, sigma = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in q)
    m, s = (torch.tensor(v, dtype=torch.float64) for v in p)
    d_mu, d_sigma = torch.autograd.grad(kl_divergence(Normal(m, s), Normal(mu, sigma)), (mu, sigma))
    return OurNormal(d_mu.item(), d_sigma.item())

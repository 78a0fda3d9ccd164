"""The benchmark's fit as a user of torch would write it, eager and with torch.compile.

float64 on the CPU, in log densities: exp then log is infinite where q underflows. torch is imported on use.
"""

# torch's functions carry partly unknown types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from .._types import Density, Loss
from ..densities import Normal
from ..grid import Grid
from ..losses import L1, MSE, Cosine, ForwardKL, ReverseKL
from .peers_types import Path, Run, columns


@cache
def why_not_compiled() -> str:
    """Why torch.compile does not work here, by trying it; empty where it does."""
    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own parts
            torch.compile(lambda a: a * a + 1.0)(torch.ones(3))
    except Exception as error:  # it needs a C++ compiler, and what fails may be any of its parts
        return next(line for line in (*f"{error}".splitlines(), type(error).__name__) if line.strip())
    return ""


def fit(
    loss: Loss,
    target: Density,
    q0: Normal,
    grid: Grid,
    lr: float,
    steps: int,
    compiled: bool = False,
) -> Run | None:
    """torch on one thread: the articles' loop, with today's Adam. Weights are means.

    compiled: the loss as a function of mu and sigma goes through torch.compile, its gradient with it.
    """
    import torch
    import torch.nn.functional as F

    x, log_p = torch.tensor(grid.x), torch.tensor(target.log_prob(grid.x))
    p = log_p.exp()
    # "batchmean" is the mean here, where the batch is the grid; "mean" itself warns.
    losses: dict[Loss, Callable[[Any], Any]] = {
        ForwardKL(): lambda log_q: F.kl_div(log_q, p, reduction="batchmean"),
        ReverseKL(): lambda log_q: F.kl_div(log_p, log_q, reduction="batchmean", log_target=True),
        MSE(): lambda log_q: F.mse_loss(log_q.exp(), p),
        L1(): lambda log_q: F.l1_loss(log_q.exp(), p),
        Cosine(): lambda log_q: -F.cosine_similarity(log_q.exp(), p, dim=0),
    }
    loss_function = losses.get(loss)
    if loss_function is None:
        return None

    def objective(mu: Any, sigma: Any) -> Any:
        return loss_function(torch.distributions.Normal(mu, sigma, validate_args=not compiled).log_prob(x))

    at = torch.compile(objective) if compiled else objective

    def run() -> Path:
        # Not put back: once the number has been set, and set again to two, a step on such small tensors
        # can take ten times as long, for the rest of the process.
        torch.set_num_threads(1)
        mu, sigma = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in q0)
        optimizer = torch.optim.Adam([mu, sigma], lr=lr)
        path: list[tuple[float, float, float]] = []
        # One round more than there are steps: it records where the last step led.
        for _ in range(steps + 1):
            value = at(mu, sigma)
            path.append((mu.item(), sigma.item(), value.item()))
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
        return columns(np.array(path).T)

    return run

"""The benchmark's fit as a user of torch, and one of JAX, would write it: what divlite is timed against.

Both are float64 on the CPU, work in log densities (exp then log is infinite where q underflows), and
record the whole path (mu, sigma, loss) as `divlite.fit` does. A peer is a function of the problem that
returns the fit ready to be run any number of times, or None for a loss that it has not been taught.
Each imports its library when it is called.
"""

# torch's functions and JAX's carry partly unknown types, and JAX need not be installed.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false, reportMissingImports=false

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from .._types import Array, Density, Loss
from ..densities import Normal
from ..grid import Grid
from ..losses import L1, MSE, Cosine, ForwardKL, ReverseKL

Path: TypeAlias = tuple[Array, Array, Array]
Peer: TypeAlias = Callable[[Loss, Density, Normal, Grid, float, int], Callable[[], Path] | None]


def torch_fit(
    loss: Loss, target: Density, q0: Normal, grid: Grid, lr: float, steps: int
) -> Callable[[], Path] | None:
    """torch eager on one thread: the articles' loop, with today's Adam. Weights are means."""
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

    def run() -> Path:
        # Not put back: once the number has been set, and set again to two, a step on such small tensors
        # can take ten times as long, for the rest of the process.
        torch.set_num_threads(1)
        mu, sigma = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in q0)
        optimizer = torch.optim.Adam([mu, sigma], lr=lr)
        path: list[tuple[float, float, float]] = []
        # One round more than there are steps: it records where the last step led.
        for _ in range(steps + 1):
            q = torch.distributions.Normal(mu, sigma)
            value = loss_function(q.log_prob(x))
            path.append((mu.item(), sigma.item(), value.item()))
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
        return _columns(np.array(path).T)

    return run


def jax_fit(
    loss: Loss, target: Density, q0: Normal, grid: Grid, lr: float, steps: int
) -> Callable[[], Path] | None:
    """JAX: value_and_grad and Adam in one lax.scan under jit, compiled in the first run. Weights are means.

    JAX is left to choose its threads; on 1,000 points it keeps to one (processor time equals wall time).
    """
    import jax
    import jax.numpy as jnp

    log_density = target.log_prob(grid.x)
    problem = grid.x, np.exp(log_density), log_density, np.array(q0, dtype=np.float64)
    losses: dict[Loss, Callable[[Any, Any, Any], Any]] = {
        ForwardKL(): lambda p, log_p, log_q: jnp.mean(p * (log_p - log_q)),
        ReverseKL(): lambda p, log_p, log_q: jnp.mean(jnp.exp(log_q) * (log_q - log_p)),
        MSE(): lambda p, log_p, log_q: jnp.mean((p - jnp.exp(log_q)) ** 2),
        L1(): lambda p, log_p, log_q: jnp.mean(jnp.abs(p - jnp.exp(log_q))),
        Cosine(): lambda p, log_p, log_q: -_cosine(jnp, p, jnp.exp(log_q)),
    }
    loss_function = losses.get(loss)
    if loss_function is None:
        return None

    def fit(x: Any, p: Any, log_p: Any, start: Any) -> Any:
        def objective(theta: Any) -> Any:
            mu, sigma = theta
            log_q = -0.5 * ((x - mu) / sigma) ** 2 - jnp.log(sigma) - 0.5 * math.log(2 * math.pi)
            return loss_function(p, log_p, log_q)

        def step(carry: Any, t: Any) -> tuple[Any, Any]:
            theta, m, v = carry
            value, g = jax.value_and_grad(objective)(theta)
            m = 0.9 * m + 0.1 * g
            v = 0.999 * v + 0.001 * g * g
            m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
            return (theta - lr * m_hat / (jnp.sqrt(v_hat) + 1e-8), m, v), (*theta, value)

        zero = jnp.zeros_like(start)
        return jax.lax.scan(step, (start, zero, zero), jnp.arange(1.0, steps + 2.0))[1]

    compiled = jax.jit(fit)

    def run() -> Path:
        # What JAX compiled is keyed on both settings: every run is made under them. They end with the block.
        with _x64(jax), jax.default_device(jax.local_devices(backend="cpu")[0]):
            return _columns(jax.block_until_ready(compiled(*problem)))

    return run


def _x64(jax: Any) -> Any:
    """JAX's float64 switch, for the length of a with-block; it has moved."""
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    from jax.experimental import enable_x64  # pyright: ignore[reportAttributeAccessIssue]

    return enable_x64()


def _cosine(jnp: Any, a: Any, b: Any) -> Any:
    return jnp.vdot(a, b) / (jnp.linalg.norm(a) * jnp.linalg.norm(b))


def _columns(path: Any) -> Path:
    mu, sigma, loss = (np.asarray(column) for column in path)
    return mu, sigma, loss


PEERS: dict[str, Peer] = {"torch": torch_fit, "jax": jax_fit}

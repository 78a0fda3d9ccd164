"""The benchmark's fit as a user of JAX would write it.

float64 on the CPU, in log densities: exp then log is infinite where q underflows. JAX is imported on use.
"""

# JAX need not be installed.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false, reportMissingImports=false

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .._types import Density, Loss
from ..densities import Normal
from ..grid import Grid
from ..losses import L1, MSE, Cosine, ForwardKL, JensenShannon, ReverseKL, Smoothed
from .peers_types import Path, Run, columns

EPSILON = 1e-3  # of the smoothed losses


def fit(loss: Loss, target: Density, q0: Normal, grid: Grid, lr: float, steps: int) -> Run | None:
    """JAX: value_and_grad and Adam in one lax.scan under jit, compiled in the first run. Weights are means.

    JAX is left to choose its threads; on 1,000 points it keeps to one (processor time equals wall time).
    """
    import jax
    import jax.numpy as jnp

    log_density = target.log_prob(grid.x)
    problem = grid.x, np.exp(log_density), log_density, np.array(q0, dtype=np.float64)
    loss_function = _losses(jnp).get(loss)
    if loss_function is None:
        return None

    def path(x: Any, p: Any, log_p: Any, start: Any) -> Any:
        def objective(theta: Any) -> Any:
            mu, sigma = theta
            log_q = -0.5 * ((x - mu) / sigma) ** 2 - jnp.log(sigma) - 0.5 * math.log(2 * math.pi)
            return loss_function(p, log_p, jnp.exp(log_q), log_q)

        def step(carry: Any, t: Any) -> tuple[Any, Any]:
            theta, m, v = carry
            value, g = jax.value_and_grad(objective)(theta)
            m = 0.9 * m + 0.1 * g
            v = 0.999 * v + 0.001 * g * g
            m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
            return (theta - lr * m_hat / (jnp.sqrt(v_hat) + 1e-8), m, v), (*theta, value)

        zero = jnp.zeros_like(start)
        return jax.lax.scan(step, (start, zero, zero), jnp.arange(1.0, steps + 2.0))[1]

    compiled = jax.jit(path)

    def run() -> Path:
        # What JAX compiled is keyed on both settings: every run is made under them. They end with the block.
        with _x64(jax), jax.default_device(jax.local_devices(backend="cpu")[0]):
            return columns(jax.block_until_ready(compiled(*problem)))

    return run


def _x64(jax: Any) -> Any:
    """JAX's float64 switch, for the length of a with-block; it has moved."""
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    from jax.experimental import enable_x64  # pyright: ignore[reportAttributeAccessIssue]

    return enable_x64()


Formula = Callable[[Any, Any, Any, Any], Any]


def _losses(jnp: Any) -> dict[Loss, Formula]:
    """Functions of p, log p, q and log q; XLA drops those that a loss does not use."""
    losses: dict[Loss, Formula] = {
        ForwardKL(): lambda p, log_p, q, log_q: jnp.mean(p * (log_p - log_q)),
        ReverseKL(): lambda p, log_p, q, log_q: jnp.mean(q * (log_q - log_p)),
        MSE(): lambda p, log_p, q, log_q: jnp.mean((p - q) ** 2),
        L1(): lambda p, log_p, q, log_q: jnp.mean(jnp.abs(p - q)),
        Cosine(): lambda p, log_p, q, log_q: -_cosine(jnp, p, q),
        JensenShannon(): lambda p, log_p, q, log_q: _jensen_shannon(jnp, p, log_p, q, log_q),
    }
    kl = ForwardKL(), ReverseKL()
    return losses | {Smoothed(loss, EPSILON): _smoothed(jnp, losses[loss]) for loss in kl}


def _cosine(jnp: Any, a: Any, b: Any) -> Any:
    return jnp.vdot(a, b) / (jnp.linalg.norm(a) * jnp.linalg.norm(b))


def _jensen_shannon(jnp: Any, p: Any, log_p: Any, q: Any, log_q: Any) -> Any:
    log_m = jnp.log(p + q) - math.log(2.0)
    return 0.5 * jnp.mean(p * (log_p - log_m) + q * (log_q - log_m))


def _smoothed(jnp: Any, loss: Formula) -> Formula:
    def smoothed(p: Any, log_p: Any, q: Any, log_q: Any) -> Any:
        p_, q_ = p + EPSILON, q + EPSILON
        return loss(p_, jnp.log(p_), q_, jnp.log(q_))

    return smoothed

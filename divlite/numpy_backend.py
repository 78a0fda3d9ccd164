"""The core's formulas as they stand, on whole arrays: for reading, and for checking the others by."""

import math

import numpy as np

from . import optimizers
from ._types import Array, Coordinates, Density, Loss, Optimizer, Progress, Sums
from .backends import Backend
from .chain import assemble, integrand
from .coordinates import from_sigma, to_sigma
from .densities import Normal
from .elementary import exp
from .grid import Grid
from .losses.protocol import d_finish, dot, each, scale, value
from .losses.protocol import d_log_q as d_log_q_terms


def total(terms: Sums) -> Sums:
    """The sums. NumPy's own pairwise ones: no BLAS, whose threads could change bits."""
    return each(np.sum, terms)


def evaluate(
    loss: Loss, mu: float, sigma: float, grid: Grid, p: Array, log_p: Array
) -> tuple[float, float, float]:
    """(L, dL/dmu, dL/dsigma)."""
    # 0 * inf and inf - inf at the edges are evaluated and then not selected: see `where`.
    with np.errstate(all="ignore"):
        terms = integrand(loss, mu, sigma, grid.x, p, log_p, grid.w)
        return assemble(loss, *(total(t) for t in terms))


def value_and_grad(loss: Loss, p: Density, q: Normal, grid: Grid) -> tuple[float, Normal]:
    log_p = p.log_prob(grid.x)
    loss_, d_mu, d_sigma_ = evaluate(loss, q.mu, q.sigma, grid, exp(log_p), log_p)
    return float(loss_), Normal(float(d_mu), float(d_sigma_))


def d_log_q(loss: Loss, log_p: Array, log_q: Array, w: Array) -> Array:
    p, q = exp(log_p), exp(log_q)
    with np.errstate(all="ignore"):
        d = d_finish(loss, total(scale(value(loss, p, log_p, q, log_q), w)))
        return w * dot(d, d_log_q_terms(loss, p, log_p, q, log_q))


def path(
    loss: Loss,
    p: Density,
    q0: Normal,
    grid: Grid,
    optimizer: Optimizer,
    steps: int,
    coordinates: Coordinates,
    progress: Progress,
) -> tuple[Array, Array, Array]:
    log_p = p.log_prob(grid.x)
    density = exp(log_p)
    mu_path, sigma_path, loss_path = (np.full(steps + 1, np.nan) for _ in range(3))
    mu, t = q0.mu, from_sigma(coordinates, q0.sigma)
    states = optimizers.init(optimizer), optimizers.init(optimizer)
    with np.errstate(all="ignore"):
        for i in range(steps + 1):
            sigma = to_sigma(coordinates, t)
            mu_path[i], sigma_path[i] = mu, sigma
            if not (math.isfinite(mu) and 0.0 < sigma < math.inf):
                return mu_path[: i + 1], sigma_path[: i + 1], loss_path[: i + 1]
            loss_path[i], d_mu, d_s = evaluate(loss, mu, sigma, grid, density, log_p)
            mu, t, states = optimizers.descend(
                optimizer, coordinates, mu, t, sigma, d_mu, d_s, states, i + 1.0
            )
            progress(i)
    return mu_path, sigma_path, loss_path


BACKEND = Backend("numpy", value_and_grad, d_log_q, path)

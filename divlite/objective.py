"""A loss between a target and a Normal on a grid: its value, its gradient, its sensitivity."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import _check
from ._types import Array, Density, Loss
from .backends import Backend, resolve
from .densities import Normal, normal, target
from .densities.tabulated import Tabulated
from .grid import Grid
from .grid import checked as checked_grid


def checked_target(p: Any, grid: Grid) -> Density:
    """The target, once its log density has been found to be one on this grid."""
    return target.checked(p, grid.x)


def seen(p: Density, grid: Grid) -> tuple[Density, Grid]:
    """Target and grid without the points of weight 0: there even an infinite term counts for nothing."""
    keep = grid.w > 0
    if keep.all():
        return p, grid
    kept = Grid(_check.frozen(grid.x[keep]), _check.frozen(grid.w[keep]))
    return (Tabulated(p.log_prob(grid.x)[keep]) if isinstance(p, Tabulated) else p), kept


def value_and_grad(
    loss: Loss, p: Density, q: Normal, grid: Grid, backend: str | Backend = "numba"
) -> tuple[float, Normal]:
    """L = C(sum_i w_i f(p_i, q_i)) and its analytic gradient at q, as `Normal(d_mu, d_sigma)`.

    p: a Normal, Mixture or Tabulated, a distribution of torch's or SciPy's, or anything with a
    log_prob(x); q: a Normal; grid: points and weights, shape (n,).
    backend: "numba", "numpy", "torch", or a `Backend` value; the torch one differentiates by
    autograd and shares no formula with the others.

    The loss comes in its own unit (nats for the KLs), the gradient in that over units of x.
    The loss may be +inf, and the gradient is then infinite or NaN; each loss says when. Below a sigma
    of about 1e-100 the score overflows, and the gradient can be NaN where the loss is finite.
    A point of weight 0 is left out, whatever the loss is there.

    Raises: ValueError naming the argument, what was expected and what was given.
    """
    loss, checked, at = _check.loss(loss), checked_grid(grid), normal.checked(q)
    density, points = seen(checked_target(p, checked), checked)
    return resolve(backend).value_and_grad(loss, density, at, points)


def d_log_q(
    loss: Loss, log_p: ArrayLike, log_q: ArrayLike, w: ArrayLike, backend: str | Backend = "numba"
) -> Array:
    """The sensitivity dL/dlog q_i = w_i sum_k (dC/dS_k) (df_k/dlog q)(p_i, q_i), shape (n,).

    log_p, log_q: log densities at the same n points, in nats, -inf allowed; w: weights, shape (n,).
    Which density q comes from does not matter here: this is the loss's half of the chain rule.

    Raises: ValueError naming the argument, what was expected and what was given.
    """
    loss = _check.loss(loss)
    log_p_ = _check.log_density("log_p", log_p)
    log_q_ = _check.log_density("log_q", log_q, log_p_.size)
    w_ = _check.weights(w, log_p_.size)
    keep = w_ > 0
    d = np.zeros(w_.size)
    d[keep] = resolve(backend).d_log_q(loss, *(_check.frozen(a[keep]) for a in (log_p_, log_q_, w_)))
    return d

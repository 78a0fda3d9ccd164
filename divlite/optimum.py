"""A minimum downhill from a point, by Newton's method. A slower descent from there may end at another."""

import math
from collections.abc import Callable

import numpy as np

from . import families
from ._types import Array, Density, Family, Loss
from .backend import Backend
from .coordinates import LogSigma
from .grid import Grid
from .objective import objective


def nearest_minimum(
    loss: Loss, p: Density, q: Family, grid: Grid, backend: str | Backend = "numba"
) -> tuple[Family, float] | None:
    """A minimum of a smooth loss downhill from q, and the loss there; None where none was found.

    Newton's method in (mu, log sigma): the Hessian by central differences of the analytic gradient,
    its negative eigenvalues turned round so that each step descends, and each step halved until the
    loss falls. It ends when rounding stops it. What it returns has a positive definite Hessian, and
    Newton's next step from there would be below 1e-6, in units of sigma.
    """

    at = objective(loss, p, grid, family=q, coordinates=LogSigma(), backend=backend)

    theta = np.array([q.mu, math.log(q.sigma)])
    value, g = at(theta)
    if not (math.isfinite(value) and np.isfinite(g).all()):
        return None  # there is no way down from an infinite loss
    for _ in range(50):
        step, length, _ = _newton(at, theta, g)
        step *= min(1.0, 0.5 / (length or 1.0))
        for _ in range(40):
            trial_value, trial_g = at(theta + step)
            if trial_value < value or (trial_value == value and np.abs(trial_g).sum() < np.abs(g).sum()):
                break
            step *= 0.5
        else:
            break
        theta, value, g = theta + step, trial_value, trial_g
    # Where the terms of a loss cancel, its rounding hides the last steps, and the gradient still shows them.
    for _ in range(5):
        step, length, convex = _newton(at, theta, g)
        if not convex or length > 1e-2:
            break
        trial_value, trial_g = at(theta + step)
        if np.abs(trial_g).sum() >= np.abs(g).sum():
            break
        theta, value, g = theta + step, trial_value, trial_g
    _, length, convex = _newton(at, theta, g)
    return (
        (families.moved(q, float(theta[0]), math.exp(theta[1])), value) if convex and length < 1e-6 else None
    )


def _newton(at: Callable[[Array], tuple[float, Array]], theta: Array, g: Array) -> tuple[Array, float, bool]:
    """The step, its length in units of sigma, and whether the Hessian is positive definite."""
    sigma = math.exp(theta[1])
    hessian = np.empty((2, 2))
    for k, h in enumerate((1e-4 * sigma, 1e-4)):
        ahead, behind = theta.copy(), theta.copy()
        ahead[k] += h
        behind[k] -= h
        with np.errstate(invalid="ignore"):
            hessian[k] = (at(ahead)[1] - at(behind)[1]) / (2 * h)
    if not np.isfinite(hessian).all():
        return np.zeros(2), math.inf, False
    eigenvalues, axes = np.linalg.eigh(0.5 * (hessian + hessian.T))
    step = -axes @ ((axes.T @ g) / np.maximum(np.abs(eigenvalues), 1e-300))
    return step, float(np.abs(step / (sigma, 1.0)).max()), bool((eigenvalues > 0).all())

"""Fit one Normal to a target, and keep the whole path."""

import math
from typing import NamedTuple

from . import _check
from ._types import Array, Coordinates, Density, Loss, Optimizer
from .backends import Backend, resolve
from .coordinates import LogSigma, Sigma
from .densities import Normal, normal
from .grid import Grid
from .grid import checked as checked_grid
from .objective import checked_target, seen


class Fit(NamedTuple):
    """Where a fit went: `q` is the last Normal; `mu`, `sigma` and `loss` have shape (steps + 1,).

    loss[i] is the loss at (mu[i], sigma[i]); index 0 is the start, its sigma as it comes back from the
    coordinates, an ulp or two off in some. The arrays are read-only.
    """

    q: Normal
    mu: Array
    sigma: Array
    loss: Array


def fit(
    loss: Loss,
    p: Density,
    q0: Normal,
    grid: Grid,
    *,
    optimizer: Optimizer,
    steps: int,
    coordinates: Coordinates = Sigma(),
    backend: str | Backend = "numba",
) -> Fit:
    """Follow `steps` steps of the optimiser from q0, down the loss between p and a Normal.

    coordinates: which numbers are moved: `Sigma()` for (mu, sigma), `Variance(scale)` for
    (mu, sigma^2/scale), `LogSigma()` for (mu, log sigma).
    backend: "numba" (the whole loop compiled), "numpy", "torch", or a `Backend` value.

    From numba and numpy the same arguments give the same bits, whatever the number of threads.

    Raises: ValueError naming the argument, what was expected and what was given; also when mu or
    sigma leaves its domain on the way, with the step at which it did.
    """
    _check.loss(loss)
    _check.optimizer(optimizer)
    _check.coordinates(coordinates)
    checked, start = checked_grid(grid), normal.checked(q0, "q0")
    steps = _check.count("steps", steps, 0)
    target, points = seen(checked_target(p, checked), checked)
    path = resolve(backend).path(loss, target, start, points, optimizer, steps, coordinates)
    mu, sigma, losses = (_check.frozen(a) for a in path)
    if not (math.isfinite(mu[-1]) and 0.0 < sigma[-1] < math.inf):
        _left_domain(mu, sigma, losses, coordinates)
    return Fit(Normal(float(mu[-1]), float(sigma[-1])), mu, sigma, losses)


def _left_domain(mu: Array, sigma: Array, losses: Array, coordinates: Coordinates) -> None:
    """Say which number left its domain, at which step, and what to do about it."""
    i = mu.size - 1
    if i > 0 and not math.isfinite(losses[i - 1]):
        smoothed = "dl.Smoothed(loss, epsilon) if p is 0 where q is not, or q is 0 where p is not"
        got = f"{losses[i - 1]:g} at step {i - 1}"
        _check.fail("loss", "to stay finite during the fit", got, {"smoothing": smoothed})
    remedies = {"lr": "a smaller lr"}
    if not isinstance(coordinates, LogSigma):
        remedies["log-sigma"] = "coordinates=dl.LogSigma()"
    if not math.isfinite(mu[-1]):
        _check.fail("mu", "to stay finite during the fit", f"{mu[-1]:g} at step {i}", remedies)
    _check.fail("sigma", "to stay finite and > 0 during the fit", f"{sigma[-1]:g} at step {i}", remedies)

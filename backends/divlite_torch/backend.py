"""Densities from torch.distributions, gradients from autograd, steps from torch.optim."""

import math
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily
from torch.distributions import Normal as TorchNormal

import divlite as dl
from divlite import _check
from divlite._types import Array, Coordinates, Density, Loss, Optimizer, Progress
from divlite.discrete import Reduction
from divlite.optimizers import SGD, Adam

from .losses import oracle


class Place(NamedTuple):
    """The precision tensors are made with, and where."""

    dtype: torch.dtype
    device: torch.device

    def tensor(self, values: Any) -> Tensor:
        # A copy: torch warns of, and could write to, memory that NumPy marks read-only.
        return torch.tensor(np.array(values), dtype=self.dtype, device=self.device)


def log_prob(p: Density, x: Array, place: Place) -> Tensor:
    """The target's log density, from torch's distributions where it is one of theirs."""
    points = place.tensor(x)
    if isinstance(p, dl.Normal):
        return TorchNormal(place.tensor(p.mu), place.tensor(p.sigma)).log_prob(points)
    if isinstance(p, dl.Mixture):
        weights, components = place.tensor(p.weights), place.tensor(p.components)
        normals = TorchNormal(components[:, 0], components[:, 1])
        # torch normalises the weights, divlite does not; and as probabilities it would clamp small ones.
        mixture = MixtureSameFamily(Categorical(logits=weights.log()), normals)
        return mixture.log_prob(points) + weights.sum().log()
    return place.tensor(p.log_prob(x))


@torch.enable_grad()  # pyright: ignore[reportUntypedFunctionDecorator]
def value_and_grad(
    place: Place, loss: Loss, p: Density, q: dl.Normal, grid: dl.Grid
) -> tuple[float, dl.Normal]:
    mu, sigma = place.tensor(q.mu).requires_grad_(), place.tensor(q.sigma).requires_grad_()
    log_q = TorchNormal(mu, sigma).log_prob(place.tensor(grid.x))
    value = oracle(loss)(loss, log_prob(p, grid.x, place), log_q, place.tensor(grid.w))
    d_mu, d_sigma = torch.autograd.grad(value, (mu, sigma))
    return value.item(), dl.Normal(d_mu.item(), d_sigma.item())


@torch.enable_grad()  # pyright: ignore[reportUntypedFunctionDecorator]
def d_log_q(place: Place, loss: Loss, log_p: Array, log_q: Array, w: Array) -> Array:
    leaf = place.tensor(log_q).requires_grad_()
    value = oracle(loss)(loss, place.tensor(log_p), leaf, place.tensor(w))
    (d,) = torch.autograd.grad(value, leaf)
    return d.cpu().numpy().astype(np.float64)


def kl_div(
    place: Place, input: Array, target: Array, reduction: Reduction, log_target: bool
) -> float | Array:
    with warnings.catch_warnings():
        # Of "mean", which torch has been about to change since 2018.
        warnings.simplefilter("ignore", UserWarning)
        arguments = place.tensor(input), place.tensor(target)
        result = F.kl_div(*arguments, reduction=reduction, log_target=log_target)
    return result.cpu().numpy().astype(np.float64) if reduction == "none" else result.item()


# For each kind of coordinate, sigma from the number t that is moved, and t from sigma.
COORDINATES: dict[type, tuple[Callable[[Any, Tensor], Tensor], Callable[[Any, Tensor], Tensor]]] = {
    dl.Sigma: (lambda c, t: t, lambda c, sigma: sigma),
    dl.Variance: (lambda c, t: (c.scale * t).sqrt(), lambda c, sigma: sigma.square() / c.scale),
    dl.LogSigma: (lambda c, t: t.exp(), lambda c, sigma: sigma.log()),
}


def stepper(optimizer: Optimizer, parameters: list[Tensor]) -> Callable[[int], None]:
    """step(t), the t-th update of the parameters from their gradients, t = 1, 2, ..."""
    if isinstance(optimizer, SGD):
        descent = torch.optim.SGD(parameters, lr=optimizer.lr, momentum=optimizer.momentum)
    elif isinstance(optimizer, Adam):
        betas = (optimizer.beta1, optimizer.beta2)
        descent = torch.optim.Adam(parameters, lr=optimizer.lr, betas=betas, eps=optimizer.eps)
    else:
        _check.fail("optimizer", "one of torch.optim's (dl.sgd, dl.adam)", type(optimizer).__name__)

    def step(t: int) -> None:
        if isinstance(optimizer, Adam) and optimizer.epsilon_hat:
            # torch adds eps after the bias correction; before it is the same as this eps after it.
            descent.param_groups[0]["eps"] = optimizer.eps / math.sqrt(1.0 - optimizer.beta2**t)
        descent.step()

    return step


@torch.enable_grad()  # pyright: ignore[reportUntypedFunctionDecorator]
def path(
    place: Place,
    loss: Loss,
    p: Density,
    q0: dl.Normal,
    grid: dl.Grid,
    optimizer: Optimizer,
    steps: int,
    coordinates: Coordinates,
    progress: Progress,
) -> tuple[Array, Array, Array]:
    if type(coordinates) not in COORDINATES:
        known = ", ".join(cls.__name__ for cls in COORDINATES)
        _check.fail("coordinates", f"one known to torch ({known})", type(coordinates).__name__)
    to_sigma, from_sigma = COORDINATES[type(coordinates)]
    loss_of, x, w = oracle(loss), place.tensor(grid.x), place.tensor(grid.w)
    log_p = log_prob(p, grid.x, place)
    mu = place.tensor(q0.mu).requires_grad_()
    t = from_sigma(coordinates, place.tensor(q0.sigma)).clone().requires_grad_()
    step = stepper(optimizer, [mu, t])
    paths = np.full((3, steps + 1), np.nan)
    for i in range(steps + 1):
        sigma = to_sigma(coordinates, t)
        paths[:2, i] = mu.item(), sigma.item()
        if not (math.isfinite(paths[0, i]) and 0.0 < paths[1, i] < math.inf):
            return paths[0, : i + 1], paths[1, : i + 1], paths[2, : i + 1]
        value = loss_of(loss, log_p, TorchNormal(mu, sigma).log_prob(x), w)
        paths[2, i] = value.item()
        mu.grad, t.grad = torch.autograd.grad(value, (mu, t))
        if i < steps:
            step(i + 1)
        progress(i)
    return paths[0], paths[1], paths[2]


def backend(dtype: torch.dtype = torch.float64, device: str | torch.device = "cpu") -> dl.Backend:
    """The torch backend in a precision and on a device of your choice, to pass as `backend=`.

    Raises: ValueError for a dtype that is not a floating-point one.
    """
    if not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):  # pyright: ignore[reportUnnecessaryIsInstance]
        _check.fail("dtype", "a floating-point torch.dtype", _check.shown(dtype))
    place = Place(dtype, torch.device(device))
    return dl.Backend(
        "torch",
        partial(value_and_grad, place),
        partial(d_log_q, place),
        partial(path, place),
        partial(kl_div, place),
    )

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
from torch.distributions import Normal as TorchNormal

from divlite import _check
from divlite._types import Array, Coordinates, Density, Family, Loss, Optimizer, Progress
from divlite.backend import Backend, Evaluate
from divlite.coordinates import LogSigma, Sigma, Variance
from divlite.densities import Mixture
from divlite.discrete import Reduction
from divlite.families import Normal
from divlite.optimizers import SGD, Adam
from divlite.setting import Setting

from .losses import oracle


class Place(NamedTuple):
    """The precision tensors are made with, and where."""

    dtype: torch.dtype
    device: torch.device

    def tensor(self, values: Any) -> Tensor:
        # A copy: torch warns of, and could write to, memory that NumPy marks read-only.
        return torch.tensor(np.array(values), dtype=self.dtype, device=self.device)

    def leaves(self, mu: float, sigma: float) -> tuple[Tensor, Tensor]:
        """Both parameters as leaves, or the ValueError that says which is out of this precision's range."""
        for name, value in (("mu", mu), ("sigma", sigma)):
            if not math.isfinite(rounded := self.tensor(value).item()) or (
                name == "sigma" and rounded == 0.0
            ):
                _check.fail(name, f"a number within the range of {self.dtype}", _check.shown(value))
        return self.tensor(mu).requires_grad_(), self.tensor(sigma).requires_grad_()


def normal_log_prob(x: Tensor, mu: Tensor, sigma: Tensor) -> Tensor:
    """By torch's standard Normal. With (mu, sigma) it squares sigma, which is 0 below 1e-162 already."""
    standard = TorchNormal(torch.zeros_like(sigma), torch.ones_like(sigma), validate_args=False)
    return standard.log_prob((x - mu) / sigma) - sigma.log()


def log_prob(p: Density, x: Array, place: Place) -> Tensor:
    """The target's log density, from torch's distributions where it is one of theirs."""
    points = place.tensor(x)
    if isinstance(p, Normal):
        return normal_log_prob(points, place.tensor(p.mu), place.tensor(p.sigma))
    if isinstance(p, Mixture):
        weights, components = place.tensor(p.weights), place.tensor(p.components)
        # Not by MixtureSameFamily: it normalises the weights, and clamps small ones.
        terms = normal_log_prob(points[:, None], components[:, 0], components[:, 1]) + weights.log()
        return torch.logsumexp(terms, dim=1)
    return place.tensor(p.log_prob(x))


def evaluate(place: Place, setting: Setting) -> Evaluate:
    loss, x, w = setting.loss, place.tensor(setting.grid.x), place.tensor(setting.grid.w)
    loss_of, log_p = oracle(loss), log_prob(setting.p, setting.grid.x, place)

    @torch.enable_grad()  # pyright: ignore[reportUntypedFunctionDecorator]
    def at(mu: float, sigma: float) -> tuple[float, float, float]:
        theta = place.leaves(mu, sigma)
        value = loss_of(loss, log_p, normal_log_prob(x, *theta), w)
        d_mu, d_sigma = torch.autograd.grad(value, theta)
        return value.item(), d_mu.item(), d_sigma.item()

    return at


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
    Sigma: (lambda c, t: t, lambda c, sigma: sigma),
    Variance: (lambda c, t: (c.scale * t).sqrt(), lambda c, sigma: sigma.square() / c.scale),
    LogSigma: (lambda c, t: t.exp(), lambda c, sigma: sigma.log()),
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
    setting: Setting,
    q0: Family,
    optimizer: Optimizer,
    steps: int,
    coordinates: Coordinates,
    progress: Progress,
) -> tuple[Array, Array, Array]:
    if type(coordinates) not in COORDINATES:
        known = ", ".join(cls.__name__ for cls in COORDINATES)
        _check.fail("coordinates", f"one known to torch ({known})", type(coordinates).__name__)
    to_sigma, from_sigma = COORDINATES[type(coordinates)]
    loss, x, w = setting.loss, place.tensor(setting.grid.x), place.tensor(setting.grid.w)
    loss_of, log_p = oracle(loss), log_prob(setting.p, setting.grid.x, place)
    mu, sigma = place.leaves(q0.mu, q0.sigma)
    t = from_sigma(coordinates, sigma.detach()).clone().requires_grad_()
    step = stepper(optimizer, [mu, t])
    paths = np.full((3, steps + 1), np.nan)
    for i in range(steps + 1):
        sigma = to_sigma(coordinates, t)
        paths[:2, i] = mu.item(), sigma.item()
        if not (math.isfinite(paths[0, i]) and 0.0 < paths[1, i] < math.inf):
            return paths[0, : i + 1], paths[1, : i + 1], paths[2, : i + 1]
        value = loss_of(loss, log_p, normal_log_prob(x, mu, sigma), w)
        paths[2, i] = value.item()
        mu.grad, t.grad = torch.autograd.grad(value, (mu, t))
        if i < steps:
            step(i + 1)
        progress(i)
    return paths[0], paths[1], paths[2]


DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)  # those with all the functions needed


def backend(dtype: torch.dtype = torch.float64, device: str | torch.device = "cpu") -> Backend:
    """The torch backend in a precision and on a device of your choice, to pass as `backend=`.

    Raises: ValueError for another dtype than float64, float32, float16 and bfloat16, or an unknown device.
    """
    if dtype not in DTYPES:
        _check.fail("dtype", f"one of {', '.join(map(str, DTYPES))}", _check.shown(dtype))
    try:
        place = Place(dtype, torch.device(device))
        place.tensor(0.0)
    except Exception as error:  # torch's own, of several kinds: the name is wrong, or there is no such device
        reason = str(error).partition("\n")[0]
        raise ValueError(
            f"device: expected one that torch has, got {_check.shown(device)}: {reason}"
        ) from error
    return Backend(
        "torch",
        partial(evaluate, place),
        partial(d_log_q, place),
        partial(path, place),
        partial(kl_div, place),
    )

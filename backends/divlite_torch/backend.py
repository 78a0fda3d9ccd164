"""Densities from torch.distributions, gradients from autograd, steps from torch.optim."""

import math
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from divlite import _check
from divlite._types import Array, Coordinates, Family, Loss, Optimizer, Progress
from divlite.backend import Backend, Curvature, Evaluate
from divlite.coordinates import LogSigma, Sigma, Variance
from divlite.discrete import Reduction
from divlite.optimizers import SGD, Adam
from divlite.setting import Setting

from . import views
from .losses import oracle
from .place import Place


def evaluate(place: Place, setting: Setting) -> Evaluate:
    loss, loss_of = setting.loss, oracle(setting.loss)
    seen, w = views.seen(setting, place)

    @torch.enable_grad()  # pyright: ignore[reportUntypedFunctionDecorator]
    def at(mu: float, sigma: float) -> tuple[float, float, float]:
        theta = place.leaves(mu, sigma)
        value = loss_of(loss, *seen(*theta), w)
        d_mu, d_sigma = torch.autograd.grad(value, theta)
        return value.item(), d_mu.item(), d_sigma.item()

    return at


def curvature(place: Place, setting: Setting) -> Curvature:
    loss, loss_of = setting.loss, oracle(setting.loss)
    seen, w = views.seen(setting, place)

    @torch.enable_grad()  # pyright: ignore[reportUntypedFunctionDecorator]
    def at(mu: float, sigma: float) -> tuple[float, float, float, float, float, float]:
        theta = place.leaves(mu, sigma)
        value = loss_of(loss, *seen(*theta), w)
        first = torch.autograd.grad(value, theta, create_graph=True)
        by_mu, by_sigma = (_or_zeros(d, theta) for d in first)
        second = by_mu[0].item(), by_mu[1].item(), by_sigma[1].item()
        return value.item(), first[0].item(), first[1].item(), *second

    return at


def _or_zeros(d: Tensor, theta: tuple[Tensor, Tensor]) -> tuple[Tensor, ...]:
    """The derivatives of d, which are 0 where it does not depend on theta at all."""
    if not d.requires_grad:
        return tuple(torch.zeros_like(t) for t in theta)
    found = torch.autograd.grad(d, theta, retain_graph=True, allow_unused=True)
    return tuple(torch.zeros_like(t) if u is None else u for u, t in zip(found, theta, strict=True))


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
    loss, loss_of = setting.loss, oracle(setting.loss)
    seen, w = views.seen(setting, place)
    mu, sigma = place.leaves(q0.mu, q0.sigma)
    t = from_sigma(coordinates, sigma.detach()).clone().requires_grad_()
    step = stepper(optimizer, [mu, t])
    paths = np.full((3, steps + 1), np.nan)
    for i in range(steps + 1):
        sigma = to_sigma(coordinates, t)
        paths[:2, i] = mu.item(), sigma.item()
        if not (math.isfinite(paths[0, i]) and 0.0 < paths[1, i] < math.inf):
            return paths[0, : i + 1], paths[1, : i + 1], paths[2, : i + 1]
        value = loss_of(loss, *seen(mu, sigma), w)
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
        curvature=partial(curvature, place),
    )

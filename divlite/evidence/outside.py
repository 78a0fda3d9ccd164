"""The witnesses from outside: differences of the loss, and torch's autograd. No SymPy is needed for them."""

import importlib.util
from collections.abc import Callable, Iterable

import numpy as np

from .. import discrete, numpy_backend, objective
from .._types import Loss
from ..closed_form import d_normal_kl, normal_kl
from ..densities import Normal
from ..derivative import difference
from .experiment import GRID, TARGET, logits


def differences(loss: Loss | None, name: str, at: Normal) -> float:
    """The relative error of the analytic gradient against fourth-order differences of the loss."""
    analytic, f, start = _problem(loss, name, at)
    numeric: list[float] = []
    h = 1e-3 if name == "discrete-kl" else (1e-3 if loss is None else 3e-5) * at.sigma
    for j in range(len(start)):

        def moved(e: float, j: int = j) -> float:
            return f([v + e * (place == j) for place, v in enumerate(start)])

        numeric.append(difference(moved, h))
    return _error(analytic, numeric, _size(loss, name, at))


def autograd(loss: Loss | None, name: str, at: Normal) -> tuple[float, str] | None:
    """The relative error against torch's autograd, and torch's version; None where torch is missing."""
    if importlib.util.find_spec("torch") is None:
        return None
    import torch

    from divlite_torch import gradients

    analytic, _, start = _problem(loss, name, at)
    if name == "discrete-kl":
        d = tuple(gradients.d_kl_div_logits(np.array(start), logits()[1]).tolist())
    elif loss is None:
        d = tuple(gradients.d_normal_kl(TARGET.components[1], at))
    else:
        d = tuple(objective.value_and_grad(loss, TARGET, at, GRID, "torch")[1])
    return _error(analytic, d, _size(loss, name, at)), str(torch.__version__)


def _size(loss: Loss | None, name: str, at: Normal) -> float:
    """The size of a gradient's terms, and L/sigma: near an optimum the gradient itself is next to nothing."""
    if name == "normal-kl":
        m, s = TARGET.components[1]
        z, r = (m - at.mu) / at.sigma, s / at.sigma
        return (abs(z) + 1.0 + r * r + z * z) / at.sigma
    if loss is None:  # the logits are fixed, and no optimum
        return 0.0
    d = numpy_backend.d_log_q(loss, TARGET.log_prob(GRID.x), at.log_prob(GRID.x), GRID.w)
    terms = np.hypot(*(np.sum(np.abs(d * score)) for score in at.score(GRID.x)))
    return float(terms) + abs(objective.value_and_grad(loss, TARGET, at, GRID, "numpy")[0]) / at.sigma


def _problem(
    loss: Loss | None, name: str, at: Normal
) -> tuple[tuple[float, ...], Callable[[list[float]], float], tuple[float, ...]]:
    """The analytic gradient, the value as a function of the parameters, and the parameters."""
    if name == "discrete-kl":
        a, p = logits()

        def kl(logits: list[float]) -> float:
            return float(discrete.kl_div(discrete.log_softmax(logits), p, "sum"))

        return tuple(discrete.d_kl_div_logits(a, p, reduction="sum").tolist()), kl, tuple(a.tolist())
    if loss is None:
        mode = TARGET.components[1]
        return tuple(d_normal_kl(mode, at)), lambda theta: normal_kl(mode, Normal(*theta)), tuple(at)
    gradient = objective.value_and_grad(loss, TARGET, at, GRID, "numpy")[1]
    return (
        tuple(gradient),
        lambda theta: objective.value_and_grad(loss, TARGET, Normal(*theta), GRID, "numpy")[0],
        tuple(at),
    )


def _error(analytic: Iterable[float], other: Iterable[float], at_least: float) -> float:
    """The length of the difference over that of the gradient, or over at_least."""
    a, b = np.array(list(analytic)), np.array(list(other))
    return float(np.linalg.norm(a - b) / max(float(np.linalg.norm(a)), at_least, 1e-300))

"""KL(q || N(0, tau^2)) with a tau that stands in the function: right code, of another prior than N(0, 1)."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..._types import Array
from ...language import phrase
from .. import sparse
from ..report import Finding, Report
from .columns import log_sigma
from .probes import Arguments, Setting, exact, probes

Call = Callable[..., float]


class Prior(NamedTuple):
    """fn = weight * sum of KL(q || N(0, tau^2)) over all elements."""

    tau: float
    weight: float


def found(call: Call, place: Setting) -> Prior | None:
    """The prior that gives fn's values for random arguments, or None; N(0, 1) is none.

    KL(q || N(0, tau^2)) = KL(q || N(0, 1)) + (1/tau^2 - 1) (mu^2 + sigma^2)/2 + log tau, so fn is a sum of
    three columns, and their numbers, weight (1, 1/tau^2 - 1, log tau), must belong together.
    """
    if place.two:
        return None
    tried = probes(place, 16, True, 31)
    values = sparse.values(call, tried)
    if values is None or not np.isfinite(values).all():
        return None
    columns = np.array([_columns(place, probe) for probe in tried])
    numbers = np.linalg.solve(columns.T @ columns, columns.T @ values)
    weight = float(numbers[0])
    curved = 1.0 + numbers[1] / weight if weight else 0.0
    if curved <= 0.0 or abs(curved - 1.0) < 1e-6:
        return None
    tau = float(curved**-0.5)
    model = columns @ (weight * np.array([1.0, curved - 1.0, np.log(tau)]))
    right = np.allclose(model, values, rtol=1e-8, atol=10 * sparse.tolerance(values) * np.abs(values).max())
    return Prior(float(f"{tau:.9g}"), weight) if right else None


def _columns(place: Setting, probe: Arguments) -> tuple[float, float, float]:
    """The sums over all elements of KL(q || N(0, 1)), of (mu^2 + sigma^2)/2, and of 1."""
    kl = exact(place, probe, "KL(q || p)")
    return float(kl.sum()), float(_halves(place, probe).sum()), float(kl.size)


def _halves(place: Setting, probe: Arguments) -> Array:
    """(mu^2 + sigma^2)/2 of each element."""
    mu, s = probe[place.sides.mu], probe[place.sides.q]
    return np.asarray(0.5 * (mu * mu + np.exp(2.0 * log_sigma(place.q, s))))


def accepted(prior: Prior, full: tuple[int, ...], mean: str | None) -> bool:
    """Whether it is the sum over the dimensions, and over the batch the mean or the sum that is meant."""
    rows = float(np.prod(full[:-1], initial=1.0))
    weights = {"sum": (1.0,), "distribution": (1.0 / rows,)}.get(mean or "", (1.0, 1.0 / rows))
    return any(np.isclose(prior.weight, weight, rtol=1e-9) for weight in weights)


def report(prior: Prior, gradient: tuple[Finding, ...], value: float, right: float) -> Report:
    """The report of a right KL to a prior that is not N(0, 1)."""
    tau = f"{prior.tau:.6g}"
    what = phrase("the Kullback-Leibler divergence KL(q || p), p = N(0, tau^2) with tau = {}", tau)
    note = phrase(
        "The prior has the sigma {tau}. If N(0, 1) is meant, {kl:.6g} is its KL here.", tau=tau, kl=right
    )
    return Report("wrong gradient only" if gradient else "right", what, gradient, (), (note,), value, value)

"""Log-probabilities of samples: which estimator a function is, and whose gradient it has.

A loss is judged by the step it makes: "right" where its expected gradient, with the samples held fixed, is
that of the KL that is meant, even if its number is biased, as k2's is; a note says so. "wrong gradient only"
where the number estimates the KL without bias and the gradient is another one, as for k1 and k3.
"""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from ... import _check
from ..._types import Array
from ...losses.forward_kl import ForwardKL
from ...losses.reverse_kl import ReverseKL
from .. import sparse
from ..report import Report
from ..sparse import Shape
from . import page as sample_page
from .forms import ALONE, FORMS, P_Q, Q_P, Form
from .gradient import Case
from .probes import Arguments, Fitted, Place, derivative, fitted, pair, predicted, probes, weights

Call = Callable[..., float]
Grad = Callable[..., Sequence[Array | None]]


def crosscheck(
    call: Call, grad: Grad, arguments: Arguments, given: tuple[str, ...], expected: Any, mean: str | None
) -> Report:
    """What fn(log_q, log_p) of samples of q estimates, or fn(log_q) of samples of p (data).

    Meant is KL(q || p) unless `expected` says ForwardKL; of log_q alone, KL(p || q).
    Arrays whose exponentials sum to 1 along the last axis are whole distributions, and no samples.

    Raises: ValueError for names that are not log_q, or log_q and log_p; for another expected loss.
    """
    place = _place(arguments, given)
    meant = P_Q if isinstance(expected, ForwardKL) or (expected is None and place.p is None) else Q_P
    if expected is not None and not isinstance(expected, ForwardKL | ReverseKL):
        _check.fail("expected", "ForwardKL() or ReverseKL() for samples", expected)
    value = call(*arguments)
    found = fitted(call, place, weights(grad, place))
    read = None if found is None else _read(found, place)
    if found is None or read is None:
        return sample_page.unexplained(call, place, value, found)
    form, total = read
    slope = derivative(grad, place, found, total)
    whole = _whole(place, arguments)
    factor, powers = _factor(total, found, place.shape)
    case = Case(form, factor, powers, found, slope, meant, mean, whole, place)
    if not np.isclose(
        predicted(place, found, arguments), value, rtol=10 * found.limit, atol=10 * found.limit
    ):
        return sample_page.elsewhere(case, value)
    return sample_page.report(case, value, _estimate(place, arguments, case), _error(call, place, found))


def _place(arguments: Arguments, given: tuple[str, ...]) -> Place:
    if sorted(given) not in (["log_q"], ["log_p", "log_q"]):
        _check.fail("given", "log_q, or log_q and log_p", ", ".join(given))
    shapes = {a.shape for a in arguments}
    if len(shapes) > 1:
        _check.fail("log_p", "the shape of log_q", " and ".join(map(str, sorted(shapes))))
    return Place(given.index("log_q"), given.index("log_p") if "log_p" in given else None, arguments[0].shape)


def _read(found: Fitted, place: Place) -> tuple[Form, float] | None:
    """The form whose terms the function has, and what they are multiplied by."""
    for form in FORMS if place.p is not None else ALONE:
        if set(form.terms) != set(found.coefficients):
            continue
        ratios = np.array([found.coefficients[key] / c for key, c in form.terms.items()])
        if np.ptp(ratios) <= 1e-6 * np.abs(ratios).max():
            return form, float(ratios[0])
    return None


def _factor(total: float, found: Fitted, shape: Shape) -> tuple[float, tuple[int, ...]]:
    """total = factor * prod n_i^x: x as other shapes tell, else the first that leaves a plain factor."""
    sizes = shape[:-1] if found.rows else shape
    count = len(sizes)
    likely = [(-1,) * count, (0,) * count, *((-1,) * k + (0,) * (count - k) for k in range(1, count))]
    known = found.powers
    if known is not None:
        fixed = abs(abs(total) * prod(sizes) - 1) < 1e-6 and not any(known)  # the mean by a fixed number
        likely = [x for x in likely if fixed or all(k in (None, n) for k, n in zip(known, x, strict=False))]
        likely = likely or [tuple(x or 0 for x in known[:count])]
    kept = float((found.weights != 0).mean())  # where a mask leaves samples out, they are not in the sum
    factors = [
        total / prod(float(n) ** power for n, power in zip(sizes, x, strict=True)) / (1.0 if any(x) else kept)
        for x in likely
    ]
    plain = [k for k, f in enumerate(factors) if min(abs(abs(f) - c) for c in (1.0, 0.5, 2.0)) < 1e-6]
    best = plain[0] if plain else 0
    return float(f"{factors[best]:.6g}"), likely[best]


def _whole(place: Place, arguments: Arguments) -> bool:
    """Whether the arrays are whole distributions, all of whose classes are there."""
    found = [a for a in pair(place, arguments) if a is not None]
    if not place.shape or place.shape[-1] < 2:
        return False
    return all(np.allclose(np.exp(a).sum(-1), 1.0, rtol=0, atol=1e-5) for a in found)


def _estimate(place: Place, arguments: Arguments, case: Case) -> float:
    """The KL of whole distributions, else its estimate from these samples; NaN for data alone.

    That of k2 and k3 is their own number, mended, and not k1's.
    """
    log_q, log_p = pair(place, arguments)
    if log_p is None:
        return float("nan")
    if case.form.name in ("k2", "k3") and case.meant == Q_P and not case.whole:
        return predicted(place, case.found, arguments) / case.factor
    d, forward = log_q - log_p, case.meant == P_Q
    if case.whole:
        terms = -np.exp(log_p) * d if forward else np.exp(log_q) * d
        return float(terms.sum(-1).mean())
    each = -d * np.exp(-d) if forward else d
    sizes = zip(place.shape, case.powers, strict=False)
    count = prod(place.shape) / prod(float(n) ** -x for n, x in sizes)
    return float((case.found.weights * each).mean()) * count


def _error(call: Call, place: Place, found: Fitted) -> float:
    """How far the sum is from fn on arguments that it was not fitted to, relative to the largest value."""
    fresh = probes(place, 6, 34)
    return sparse.error(
        [predicted(place, found, probe) for probe in fresh], [call(*probe) for probe in fresh]
    )

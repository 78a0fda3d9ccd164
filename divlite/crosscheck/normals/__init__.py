"""Closed forms of two Normals: which formula a function of (mu, sigma) is, and the slips in it.

fn = sum of columns: the columns are sums over all elements of mu^2, exp(log_variance), log sigma and their
like (`normal_columns`), found on random arguments (`normal_probes`), and compared term by term with the
formulas that may be meant, read in every way in which the numbers may be taken (`normal_match`).
"""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from ... import _check
from ..._types import Array
from ...language import joined, phrase
from ...losses.forward_kl import ForwardKL
from ...losses.reverse_kl import ReverseKL
from .. import sparse
from ..report import Alternative, Finding, Report, Verdict
from . import free_bits, other_prior
from . import gradient as normal_gradient
from . import page as normal_page
from .match import Match, Meant, accepted, matches
from .probes import Arguments, Fitted, Setting, exact, fitted, predicted, probes, setting

Call = Callable[..., float]
Grad = Callable[..., Sequence[Array | None]]
# Differences that no parameter moves.
CONSTANTS = {"constant", "constant missing", "constant of one dimension", "sign of the constant", "log 2 pi"}


def crosscheck(
    call: Call, grad: Grad, arguments: Arguments, given: tuple[str, ...], expected: Any, mean: str | None
) -> Report:
    """What fn computes of Normals q = (mu, sigma) and p (N(0, 1) where none is given), of d dimensions each.

    The last axis is that of the dimensions. Meant is KL(q || p), the VAE's term; of two Normals with nothing
    `expected` either direction will do. A sum and a mean over the batch are both right unless `mean` says
    which.
    What differs by a constant only is "right up to a constant": its gradient is right.

    Raises: ValueError for names that are not those of Normals, or an expected loss of another kind.
    """
    place = setting(arguments, given)
    due = _due(expected)
    meant = Meant(_prices(expected, place.two), mean)
    value, weight = call(*arguments), _weight(place.full, mean)
    right = weight * float(exact(place, arguments, due).sum())
    found = fitted(call, place)
    ranked = matches(found, place.q, place.p, meant) if found else []
    bounded = found is None or not _same_at_least(call, place, found)
    clamp = free_bits.found(call, place, due) if bounded or not ranked else None
    if clamp is not None:
        return free_bits.report(clamp, place, due, mean, value, right)
    if found is None or not ranked:
        return _unexplained(call, place, due, weight, value, right)
    if bounded or not _same(predicted(found, place, arguments), value, found.limit):
        return normal_page.elsewhere(ranked[0], place, value, right)
    best = ranked[0]
    findings = normal_page.findings(best, place, found, due, meant)
    prior = other_prior.found(call, place) if findings and due == "KL(q || p)" else None
    if prior is not None and other_prior.accepted(prior, place.full, mean):
        gradient = normal_gradient.findings(call, grad, place, found.limit)
        return other_prior.report(prior, tuple(gradient), value, right)
    right = _expected(best, place, arguments, due if findings else best.formula.name, mean, right)
    gradient = normal_gradient.findings(call, grad, place, found.limit)
    return Report(
        _verdict(findings, gradient),
        normal_page.says(best, place),
        (*findings, *gradient),
        _others(ranked, place),
        normal_page.notes(best, place),
        value,
        right,
        _error(call, place, found),
    )


def _expected(
    best: Match, place: Setting, arguments: Arguments, name: str, mean: str | None, right: float
) -> float:
    """The right KL, with the function's own sum or mean over the batch where either will do."""
    if not accepted(best.powers, mean):
        return right
    weight = prod(float(n) ** x for n, x in zip(place.full, best.powers, strict=True))
    return weight * float(exact(place, arguments, name).sum())


def _others(ranked: Sequence[Match], place: Setting) -> tuple[Alternative, ...]:
    """The readings that need no more slips than the first."""
    probe = phrase("nothing can, for they give the same number for all arguments of this shape.")
    near = [one for one in ranked[1:] if one.cost < ranked[0].cost + 0.05]
    different = [one for one in near if normal_page.names(one) != normal_page.names(ranked[0])]
    return tuple(dict.fromkeys(Alternative(normal_page.says(one, place), probe) for one in different))


def _same_at_least(call: Call, place: Setting, found: Fitted) -> bool:
    """Whether the sum holds where q = p too: there a KL is 0, and free bits are not."""
    value = sparse.tried(call, free_bits.prior(place))
    if value is None or not np.isfinite(value):
        return True
    return _same(predicted(found, place, free_bits.prior(place)), value, 1e-6)


def _prices(expected: Any, two: bool) -> dict[str, float]:
    """What each formula costs: 0 for what is meant."""
    other = {"KL(q || p)": 1.0, "KL(p || q)": 1.0, "Jeffreys": 1.0, "W2": 1.3, "cross-entropy": 1.5}
    if expected is None:
        return other | {"KL(q || p)": 0.0} | ({"KL(p || q)": 0.01} if two else {})
    return other | {_due(expected): 0.0}


def _due(expected: Any) -> str:
    """The direction that is meant. Raises: ValueError for a loss that has no closed form here."""
    if expected is not None and not isinstance(expected, ForwardKL | ReverseKL):
        _check.fail("expected", "ForwardKL() or ReverseKL() for Normals in closed form", expected)
    return "KL(p || q)" if isinstance(expected, ForwardKL) else "KL(q || p)"


def _weight(full: tuple[int, ...], mean: str | None) -> float:
    return 1.0 if mean == "sum" else 1.0 / prod(full[:-1])


def _error(call: Call, place: Setting, found: Fitted) -> float:
    """How far the sum is from fn on arguments that it was not fitted to, relative to the largest value."""
    fresh = probes(place, 6, True, 26)
    return sparse.error(
        [predicted(found, place, probe) for probe in fresh], [call(*probe) for probe in fresh]
    )


def _same(a: float, b: float, limit: float) -> bool:
    return bool(np.isclose(a, b, rtol=10 * limit, atol=10 * limit)) or a == b


def _verdict(findings: Sequence[Finding], gradient: Sequence[Finding]) -> Verdict:
    if not findings:
        return "wrong gradient only" if gradient else "right"
    constant = all(finding.slip in CONSTANTS for finding in findings)
    return "right up to a constant" if constant and not gradient else "wrong value"


def _unexplained(call: Call, place: Setting, due: str, weight: float, value: float, right: float) -> Report:
    """With the points at which fn and the right KL are farthest apart."""
    rows: list[tuple[str, float, float]] = []
    for probe in probes(place, 12, True, 22):
        at = sparse.tried(call, probe)
        if at is not None:
            means = [
                phrase("mean {name} {mean:.3g}", name=name, mean=a.mean())
                for name, a in zip(place.given, probe, strict=True)
            ]
            rows.append((joined("{}, {}", [*means]), at, weight * float(exact(place, probe, due).sum())))
    rows.sort(key=lambda row: -abs(row[1] - row[2]))
    return Report("unexplained", "", value=value, expected=right, worst=tuple(rows[:4]))

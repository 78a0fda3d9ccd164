"""What the user's own numbers show in their own dtype: gradients that are not finite, lost digits."""

from typing import Any, NamedTuple

import numpy as np

from ..._types import Array
from ...language import phrase
from .. import as_given, calling
from ..calling import Function, RefusedError
from ..report import Finding, Report
from .data import places
from .meant import Meant, Side
from .meant import finding as said
from .naming import Named
from .probes import Asked
from .readings import right

IMPRECISE = 1e-2
# Below these a logarithm's exponential is 0: the least subnormal number of the dtype.
LEAST = {"bfloat16": -92.2, "float16": -17.4, "float32": -103.98, "": -745.2}


class Given(NamedTuple):
    """What the function gives for the user's own tensors, in their own dtype."""

    value: float
    gradients: tuple[Array | None, ...]


def given(function: Function, asked: Asked, tensors: tuple[Any, ...]) -> Given:
    """The value and the gradients, worked out once."""
    return Given(
        as_given.value_as_given(function.fn, tensors),
        as_given.gradients_as_given(function.fn, tensors, asked.fit),
    )


def of_gradient(
    given: Given, asked: Asked, meant: Meant, tensors: tuple[Any, ...], one: Named
) -> list[Finding]:
    """What the gradients show: NaN or inf where the value is finite, or one into the target."""
    if not np.isfinite(given.value):
        return []
    found: list[Finding] = []
    for place, gradient in enumerate(given.gradients):
        side = meant.q if place == asked.fit else meant.p
        if gradient is None:
            continue
        if not np.isfinite(gradient).all():
            found.append(_bad(asked, meant, side, place, gradient, as_given.narrowest(tensors), one))
        elif place != asked.fit and calling.asks_gradient(tensors[place]) and np.abs(gradient).max() > 0.0:
            found.append(said("detach", meant, n=f"{np.abs(gradient).max():.4g}"))
    return found


def _bad(
    asked: Asked, meant: Meant, side: Side, place: int, gradient: Array, dtype: str, one: Named
) -> Finding:
    bad = ~np.isfinite(gradient)
    fits = place == asked.fit
    taken = one.match.pair.q if fits else one.match.pair.p
    with np.errstate(all="ignore"):
        # A gradient of log_softmax spreads a NaN over its whole distribution.
        gone = (right(asked.arguments[place], taken).log < LEAST[dtype]).any()
    slip = "guarded gradient" if not gone else "nan gradient" if fits else "nan gradient of zero target"
    return said(slip, meant, side, n=places(bad))


def of_precision(
    function: Function, given: Given, asked: Asked, meant: Meant, tensors: tuple[Any, ...], value: float
) -> list[Finding]:
    """Whether the dtype of the user's tensors loses the value or the gradient; value: the exact one."""
    dtype = as_given.narrowest(tensors)
    if not dtype:
        return []
    try:
        exact = function.gradients(*asked.arguments)[asked.fit]
    except RefusedError:  # by the backward pass, which has a finding of its own
        return []
    rounded = given.gradients[asked.fit]
    found = [(phrase("value"), _apart(np.asarray(given.value), np.asarray(value)))]
    if exact is not None and rounded is not None:
        found.append((phrase("gradient"), _apart(rounded, exact)))
    return [
        said(
            "precision",
            meant,
            None,
            phrase("relative error {:.3g}", apart),
            what=what,
            n=f"{apart:.1%}",
            dtype=dtype,
        )
        for what, apart in found
        if apart > IMPRECISE
    ]


def _apart(rounded: Array, exact: Array) -> float:
    scale = float(np.linalg.norm(exact))
    return float(np.linalg.norm(rounded - exact)) / scale if 1e-6 < scale < np.inf else 0.0


def rounded(report: Report, meant: Meant, value: float) -> Report | None:
    """The report on a function without its casts to fewer digits, with these; value: with them."""
    if report.verdict == "unexplained":
        return None
    apart = abs(value - report.value) / abs(report.value) if report.value else np.inf
    evidence = phrase("value {own:.6g}; without these casts {exact:.6g}", own=value, exact=report.value)
    cast = said("rounded inside", meant, evidence=evidence, n=f"{apart:.2g}")
    right = report.verdict in ("right", "differs by precision")
    verdict = "differs by precision" if right else report.verdict
    return report._replace(verdict=verdict, findings=(*report.findings, cast), value=value)

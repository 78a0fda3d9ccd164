"""Whether autograd's gradient is that of the value: a part of it may be detached."""

from collections.abc import Callable, Sequence

import numpy as np

from ..._types import Array
from ...language import phrase
from .. import vocabulary
from ..report import Finding
from .probes import Arguments, Setting, probes

Call = Callable[..., float]
Grad = Callable[..., Sequence[Array | None]]
STEP = 1e-4


def findings(call: Call, grad: Grad, place: Setting, limit: float) -> tuple[Finding, ...]:
    """One for each argument of q whose gradient is not the slope of the value. Not in float32."""
    if limit > 1e-6:
        return ()
    probe = probes(place, 1, True, 23)[0]
    gradients = grad(*probe)
    found: list[Finding] = []
    for k in (place.sides.mu, place.sides.q):
        given = gradients[k]
        direction = np.random.default_rng(k).standard_normal(probe[k].shape)
        slope = _slope(call, probe, k, direction)
        autograd = 0.0 if given is None else float((given * direction).sum())
        if abs(autograd - slope) <= 1e-5 * max(1.0, abs(slope)):
            continue
        name = "detached" if given is None or not given.any() else "another gradient"
        evidence = _evidence(autograd, slope)
        found.append(vocabulary.finding("normals", name, evidence, given=place.given[k]))
    return tuple(found)


def _slope(call: Call, probe: Arguments, k: int, direction: Array) -> float:
    """The derivative of the value along a direction, of fourth order."""

    def at(step: float) -> float:
        return call(*(a + step * direction if i == k else a for i, a in enumerate(probe)))

    return (8 * (at(STEP) - at(-STEP)) - (at(2 * STEP) - at(-2 * STEP))) / (12 * STEP)


def _evidence(autograd: float, slope: float) -> str:
    return phrase(
        "along a random direction autograd gives {autograd:.6g}, differences of the value give {slope:.6g}",
        autograd=autograd,
        slope=slope,
    )

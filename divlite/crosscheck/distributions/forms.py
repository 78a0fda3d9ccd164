"""What an array of numbers seems to be, and random arrays of each form."""

from typing import Any

import numpy as np

from ... import masses
from ..._types import Array
from ...discrete import log_softmax
from ...language import phrase

SAID: dict[str, str] = {
    "logits": phrase("logits"),
    "log_probabilities": phrase("log-probabilities"),
    "probabilities": phrase("probabilities"),
    "log_densities": phrase("log-densities"),
    "densities": phrase("densities"),
}
FORMS = tuple(SAID)


def found(a: Array, axis: int) -> str:
    """The form that the numbers have: by their sums along the axis, and by their signs."""
    if masses.near_one(a, axis):
        return "probabilities"
    with np.errstate(over="ignore"):
        if (a <= 0.0).all() and masses.near_one(np.exp(a), axis):
            return "log_probabilities"
    return "logits"


POINTS = 50  # of a grid, at least
JUMP = 0.2  # of the range, the most from one point of a grid to the next
SAME_MASS = 1e-4


def grid(arrays: tuple[Array, ...], axis: int) -> tuple[str, float] | None:
    """The form and the points' distance of densities on a grid; None for anything else.

    They run smoothly, and all have one sum, which is not 1: one over the distance.
    """
    first, *others = arrays
    if not all(-axis <= a.ndim and a.shape[axis] >= POINTS and _smooth(a, axis) for a in arrays):
        return None
    if all(a.shape == first.shape and np.array_equal(a, first) for a in others):
        return None  # then one sum says nothing
    logs = any((a < 0.0).any() for a in arrays)
    densities = [np.exp(np.minimum(a, 700.0)) for a in arrays] if logs else arrays
    sums = np.concatenate([np.sum(a, axis=axis).ravel() for a in densities])
    if not 0.0 < sums.max() <= (1.0 + SAME_MASS) * sums.min():
        return None
    return "log_densities" if logs else "densities", float(1.0 / sums.mean())


def _smooth(a: Array, axis: int) -> bool:
    return bool(np.abs(np.diff(a, axis=axis)).max() <= JUMP * np.ptp(a))


def unnormalised_logs(arrays: tuple[Array, ...]) -> bool:
    """Whether these may be log-probabilities of samples: none above 0, no distributions along any axis."""
    one = arrays[0]
    if any(a.shape != one.shape or not a.size or (a > 0.0).any() for a in arrays):
        return False
    return all(found(a, axis) == "logits" for a in arrays for axis in range(-a.ndim, 0))


def event_axis(arrays: tuple[Array, ...]) -> int:
    """Along which axis the outcomes run, counted from the end: where the sums say it, else as torch has it.

    For (B, C, H, W) that is axis 1; otherwise the last one.
    """
    ndim = max(a.ndim for a in arrays)
    for axis in (-1, *range(-ndim, -1)):
        if any(-axis <= a.ndim and found(a, axis) != "logits" for a in arrays):
            return axis
    return -3 if ndim == 4 else -1


def draw(
    rng: Any, form: str, shape: tuple[int, ...], axis: int, dx: float = 1.0, spread: float = 1.5
) -> Array:
    """A random array of this form; dx: the distance of the points of a density."""
    logits = rng.normal(0.0, spread, shape)
    if form == "logits":
        return logits
    log_p = log_softmax(logits, axis)
    if form in ("log_densities", "densities"):
        log_p = log_p - np.log(dx)
    return np.exp(log_p) if form in ("probabilities", "densities") else log_p

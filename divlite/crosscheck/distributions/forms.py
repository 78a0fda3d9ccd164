"""What an array of numbers seems to be, and random arrays of each form."""

from typing import Any

import numpy as np

from ... import masses
from ..._types import Array
from ...discrete import log_softmax

FORMS = ("logits", "log_probabilities", "probabilities", "log_densities", "densities")


def found(a: Array, axis: int) -> str:
    """The form that the numbers have: by their sums along the axis, and by their signs."""
    if masses.near_one(a, axis):
        return "probabilities"
    with np.errstate(over="ignore"):
        if (a <= 0.0).all() and masses.near_one(np.exp(a), axis):
            return "log_probabilities"
    return "logits"


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

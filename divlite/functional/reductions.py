"""torch's reductions: the entries, their sum, or the sum over a number; and what arrives at each entry."""

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from . import door
from .door import Shape, Values

Reduction = Literal["mean", "sum", "none"]
REDUCTIONS: tuple[Reduction, ...] = ("mean", "sum", "none")


def checked(reduction: Any) -> str:
    return _check.one_of("reduction", reduction, REDUCTIONS)


def divisor(reduction: str, shape: Shape, rows: int = 1) -> int:
    """What the sum is divided by. rows: what "batchmean" divides by."""
    return math.prod(shape) if reduction == "mean" else rows if reduction == "batchmean" else 1


def reduced(entries: Values, reduction: str, rows: int = 1) -> Values:
    """The entries for "none", else their sum over the divisor: 0/0 = NaN for the mean of nothing."""
    if reduction == "none":
        return np.asarray(entries)
    return np.asarray(np.sum(entries) / divisor(reduction, entries.shape, rows))


def arriving(
    grad_output: ArrayLike, shape: Shape, dtype: np.dtype[Any], reduction: str, rows: int = 1
) -> Values:
    """The gradient of what follows by each of the entries, which have this shape."""
    g = door.arriving(grad_output, shape if reduction == "none" else (), dtype)
    # Divided before anything is summed: of no terms at all the sum is 0, as in torch, and not 0/0.
    return np.broadcast_to(g / divisor(reduction, shape, rows), shape)

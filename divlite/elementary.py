"""exp, log, sqrt, where and their like: what the formulas of families and losses call, besides arithmetic.

They are NumPy's. They have names of their own so that a compiled backend can put a
vectorisable version in their place without touching NumPy for anyone else.
"""

import math
from typing import Any

import numpy as np

from ._types import Array


def exp(a: Array) -> Array:
    """e**a, elementwise."""
    return np.exp(a)


def log(a: Array) -> Array:
    """The natural logarithm, elementwise; log 0 = -inf."""
    return np.log(a)


def sqrt(a: Array) -> Array:
    """The square root, elementwise."""
    return np.sqrt(a)


def where(condition: Any, a: Any, b: Any) -> Array:
    """a where the condition holds and b elsewhere; both are evaluated, neither is branched on."""
    return np.where(condition, a, b)  # pyright: ignore[reportUnknownVariableType]


def erfc(a: Array) -> Array:
    """1 - erf(a), to all its digits, elementwise."""
    return _ERFC(a)


_ERFC = np.vectorize(math.erfc, otypes=[np.float64])

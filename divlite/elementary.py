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


def log1p(a: Array) -> Array:
    """log(1 + a), to all its digits where a is near 0, elementwise."""
    return np.log1p(a)


def expm1(a: Array) -> Array:
    """e**a - 1, to all its digits where a is near 0, elementwise."""
    return np.expm1(a)


def absolute(a: Array) -> Array:
    """|a|, elementwise."""
    return np.absolute(a)


def atan(a: Array) -> Array:
    """The angle in (-pi/2, pi/2) whose tangent is a, elementwise."""
    return np.arctan(a)


def where(condition: Any, a: Any, b: Any) -> Array:
    """a where the condition holds and b elsewhere; both are evaluated, neither is branched on."""
    return np.where(condition, a, b)  # pyright: ignore[reportUnknownVariableType]


def some(condition: Any) -> bool:
    """Whether the condition holds at any of the points."""
    return bool(np.any(condition))


def erfc(a: Any) -> Any:
    """1 - erf(a), to all its digits, elementwise."""
    if isinstance(a, float):
        return math.erfc(a)
    return a.erfc() if hasattr(a, "erfc") else _ERFC(a)


_ERFC = np.vectorize(math.erfc, otypes=[np.float64])


def log_half_beta(b: Any) -> Any:
    """log B(1/2, b) = log Gamma(1/2) + log Gamma(b) - log Gamma(b + 1/2), of one number b > 0."""
    if hasattr(b, "lgamma"):  # a symbol
        return 0.5 * (math.log(math.pi) + 2.0 * b.lgamma() - 2.0 * (b + 0.5).lgamma())
    return log_half_beta_of(b)


def log_half_beta_of(b: Any) -> Any:
    """By a series in 1/b to the power 9 for b >= 16; below by B(1/2, b) = B(1/2, b + 1) (b + 1/2)/b.

    Source: Tricomi and Erdelyi, Pacific Journal of Mathematics 1 (1951), p. 133.
    """
    factor = math.pi
    while b < 16.0:
        ratio = (b + 0.5) / b
        factor, b = factor * (ratio * ratio), b + 1.0
    r = 1.0 / (b * b)
    odd = 1 / 640 - r * (17 / 14336 - r * (31 / 18432))
    return 0.5 * log(factor / b) + (1 / 8 - r * (1 / 192 - r * odd)) / b

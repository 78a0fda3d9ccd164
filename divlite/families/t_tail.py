"""The tail of Student's t distribution, P(T > |z|), and the point at which it has a given mass.

    P(T > |z|) = I_x(nu/2, 1/2)/2,   x = nu/(nu + z^2)

with I_x(a, b) the regularised incomplete beta function. Trusted and elementwise, as a family's formulas are.

Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1972), eq. 26.7.1.
"""

import math
from typing import Any

import numpy as np

from .._types import Array
from ..elementary import absolute, erfc, exp, log1p, log_half_beta, some, sqrt, where

MANY = 1e4  # degrees of freedom above which the fraction would take hundreds of terms
EPS = 2.0**-52


def beyond(nu: Any, z: Any) -> Any:
    """P(T > |z|): its error relative to itself is some eps times 1 + |log P|, as that of an exponential."""
    return by_normal(nu, z) if nu > MANY else by_fraction(nu, z)


def by_fraction(nu: Any, z: Any) -> Any:
    """By I_x(a, 1/2) in the tail, by 1 - I_{1-x}(1/2, a) in the middle: where each fraction is short."""
    a, odds = 0.5 * nu, z * z / nu
    x, rest = 1.0 / (1.0 + odds), where(odds < 1.0, odds / (1.0 + odds), 1.0 - 1.0 / (1.0 + odds))
    # x^a: by its logarithm an error grows with the exponent, by the power with a.
    power = where(odds < 1.0, exp(-a * log1p(odds)), x**a)
    front = power * sqrt(rest) * exp(-log_half_beta(a))
    far = x < (a + 1.0) / (a + 2.5)
    first, second = where(far, a, 0.5), where(far, 0.5, a)
    share = front / fraction(first, second, where(far, x, rest), where(far, rest, x))
    return where(far, 0.5 * share, 0.5 - 0.5 * share)


def fraction(a: Any, b: Any, x: Any, y: Any) -> Any:
    """x^a y^b/(B(a, b) I_x(a, b)) with y = 1 - x, as a continued fraction, for x < (a + 1)/(a + b + 2).

    Source: DiDonato and Morris, ACM Transactions on Mathematical Software 18 (1992), eq. 9; by Lentz's
    method.
    """
    c = value = a * (a * y - b * x + 1.0) / (a + 1.0)
    d = 0.0 * x
    for m in range(1, 1000):
        twice = a + 2.0 * m
        over = (a + m - 1.0) * (a + b + m - 1.0) * m * (b - m) * x * x / ((twice - 1.0) * (twice - 1.0))
        under = m + m * (b - m) * x / (twice - 1.0)
        under = under + (a + m) * (a * y - b * x + 1.0 + m * (1.0 + y)) / (twice + 1.0)
        d, c = 1.0 / (under + over * d), under + over / c
        value = value * (c * d)
        # Of a NaN this does not hold either, and the loop ends.
        if not some(absolute(c * d - 1.0) > EPS):
            break
    return value


def by_normal(nu: Any, z: Any) -> Any:
    """For a large nu: P(N(0, 1) > w), with w a series in 1/(nu - 1/2)^2, here to its third term.

    With nu > 1e4 what is left out is less than rounding wherever the result is a float.

    Source: Hill, Algorithm 395: Student's t-distribution, Communications of the ACM 13 (1970), p. 617.
    """
    a = nu - 0.5
    b = 48.0 * a * a
    y = a * log1p(z * z / nu)
    first, second = (y + 3.0) / b, (((4.0 * y + 33.0) * y + 240.0) * y + 855.0) / (10.0 * b * b)
    third = ((((64.0 * y + 788.0) * y + 9801.0) * y + 89775.0) * y + 543375.0) * y + 1788885.0
    return 0.5 * erfc(math.sqrt(0.5) * sqrt(y) * (1.0 + (first - second + third / (210.0 * b * b * b))))


def quantile(family: Any, u: Array) -> Array:
    """The z <= 0 at which the family's CDF is u, 0 < u <= 1/2; -inf beyond -1e150.

    By Newton's method on log u, kept inside a bracket: a step that would leave it is the half of it instead.
    """
    low, high = np.full_like(u, -1.0), np.zeros_like(u)
    while (more := (beyond(family.nu, low) > u) & (low > -1e150)).any():
        low, high = np.where(more, 4.0 * low, low), np.where(more, low, high)
    z = 0.5 * (low + high)
    for _ in range(200):
        mass = beyond(family.nu, z)
        low, high = np.where(mass < u, z, low), np.where(mass < u, high, z)
        # The ratio of mass and density in logarithms: far out the density underflows.
        ratio = np.exp(np.log(mass) - (family.log_kernel(z) - family.log_mass()))
        newton = z + ratio * np.log(u / mass)
        following = np.where((low <= newton) & (newton <= high), newton, 0.5 * (low + high))
        moved, z = np.abs(following - z) > 1e-12 * np.abs(z) + 1e-15, following
        if not moved.any():
            break
    return np.where(u < 0.5, np.where(z > -1e150, z, -np.inf), 0.0)

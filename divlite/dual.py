"""Dual numbers: a value together with its derivative along some direction, carried through any formula.

    (u, u') + (v, v') = (u + v, u' + v')
    (u, u') (v, v')   = (u v, u' v + u v')
    f((u, u'))        = (f(u), f'(u) u')

A loss's gradient is written by hand and proved. Its second derivatives are the derivatives of that gradient:
the formulas that run, run on dual numbers instead of floats. So no loss, view or family has a formula more
for them. The derivatives are exact; there is no step, as differences have one.

The values may be floats, arrays (the numpy backend) or scalars in a compiled loop (the numba backend, which
compiles the functions of this file).

Source: Griewank and Walther, Evaluating Derivatives (2008), section 3.1 (forward mode).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .elementary import absolute, atan, erfc, exp, expm1, log, log1p, sqrt, where

TWO_BY_ROOT_PI = 2.0 / math.sqrt(math.pi)


@dataclass(frozen=True, slots=True, eq=False)
class Dual:
    """`value`, and its derivative `slope` along the direction.

    Comparisons look at the value alone: which branch is taken does not change with an infinitely small step.
    """

    value: Any
    slope: Any

    def __add__(self, other: Any) -> "Dual":
        return plus(self, other) if isinstance(other, Dual) else shifted(self, other)

    def __sub__(self, other: Any) -> "Dual":
        return plus(self, negative(other)) if isinstance(other, Dual) else shifted(self, -other)

    def __mul__(self, other: Any) -> "Dual":
        return times(self, other) if isinstance(other, Dual) else scaled(self, other)

    def __truediv__(self, other: Any) -> "Dual":
        return over(self, other) if isinstance(other, Dual) else divided(self, other)

    def __pow__(self, other: Any) -> "Dual":
        return power(self, other)

    def __neg__(self) -> "Dual":
        return negative(self)

    def __abs__(self) -> "Dual":
        return magnitude(self)

    def __radd__(self, other: Any) -> "Dual":
        return shifted(self, other)

    def __rsub__(self, other: Any) -> "Dual":
        return shifted(negative(self), other)

    def __rmul__(self, other: Any) -> "Dual":
        return scaled(self, other)

    def __rtruediv__(self, other: Any) -> "Dual":
        return reciprocal(other, self)

    def __eq__(self, other: Any) -> Any:
        return self.value == value_of(other)

    def __ne__(self, other: Any) -> Any:
        return self.value != value_of(other)

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __lt__(self, other: Any) -> Any:
        return self.value < value_of(other)

    def __le__(self, other: Any) -> Any:
        return self.value <= value_of(other)

    def __gt__(self, other: Any) -> Any:
        return self.value > value_of(other)

    def __ge__(self, other: Any) -> Any:
        return self.value >= value_of(other)

    def erfc(self) -> "Dual":
        """What `elementary.erfc` asks its argument for."""
        return d_erfc(self)

    def __array_ufunc__(self, ufunc: Any, method: str, *arguments: Any, **options: Any) -> Any:
        """NumPy's functions and operators, for arrays on the left of an operator and for `elementary`."""
        if method == "__call__" and not options:
            if ufunc in FUNCTIONS:
                return FUNCTIONS[ufunc](*arguments)
            if ufunc in OPERATORS:
                left, right = arguments
                return getattr(right if isinstance(right, Dual) else left, OPERATORS[ufunc])(left)
        return NotImplemented

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        """np.where, and np.sum over the points."""
        if function is np.where and not options:
            return chosen(*arguments)
        if function is np.sum and not options:
            (terms,) = arguments
            return Dual(np.sum(terms.value), np.sum(terms.slope))
        return NotImplemented


def value_of(u: Any) -> Any:
    return u.value if isinstance(u, Dual) else u


def slope_of(u: Any) -> Any:
    """The derivative; 0 of a number, which does not move."""
    return u.slope if isinstance(u, Dual) else 0.0


def plus(u: Any, v: Any) -> Any:
    return Dual(u.value + v.value, u.slope + v.slope)


def shifted(u: Any, c: Any) -> Any:
    return Dual(u.value + c, u.slope)


def negative(u: Any) -> Any:
    return Dual(-u.value, -u.slope)


def times(u: Any, v: Any) -> Any:
    return Dual(u.value * v.value, u.value * v.slope + v.value * u.slope)


def scaled(u: Any, c: Any) -> Any:
    return Dual(u.value * c, u.slope * c)


def over(u: Any, v: Any) -> Any:
    """u/v, with (u/v)' = (u' - (u/v) v')/v."""
    ratio = u.value / v.value
    return Dual(ratio, (u.slope - ratio * v.slope) / v.value)


def divided(u: Any, c: Any) -> Any:
    return Dual(u.value / c, u.slope / c)


def reciprocal(c: Any, v: Any) -> Any:
    """c/v, with (c/v)' = -(c/v) v'/v."""
    ratio = c / v.value
    return Dual(ratio, -ratio / v.value * v.slope)


def through(u: Any, value: Any, slope: Any) -> Any:
    """f(u), from f and f' at its value."""
    return Dual(value, slope * u.slope)


def power(u: Any, c: Any) -> Any:
    """u^c of a number c."""
    return through(u, u.value**c, c * u.value ** (c - 1.0))


def magnitude(u: Any) -> Any:
    """|u|; at 0, where the derivative jumps, 0 is taken."""
    a = u.value
    return through(u, absolute(a), where(a > 0.0, 1.0, where(a < 0.0, -1.0, 0.0)))


def d_exp(u: Any) -> Any:
    y = exp(u.value)
    return through(u, y, y)


def d_expm1(u: Any) -> Any:
    return through(u, expm1(u.value), exp(u.value))


def d_log(u: Any) -> Any:
    """u'/u, and not (1/u) u': of the smallest numbers 1/u is infinite."""
    return Dual(log(u.value), u.slope / u.value)


def d_log1p(u: Any) -> Any:
    return through(u, log1p(u.value), 1.0 / (1.0 + u.value))


def d_sqrt(u: Any) -> Any:
    """At 0, where the slope is infinite, 0 is taken: a density is 0 where it has underflowed, and stays."""
    y = sqrt(u.value)
    return through(u, y, where(y > 0.0, 0.5 / y, 0.0))


def d_atan(u: Any) -> Any:
    return through(u, atan(u.value), 1.0 / (1.0 + u.value * u.value))


def d_erfc(u: Any) -> Any:
    return through(u, erfc(u.value), -TWO_BY_ROOT_PI * exp(-(u.value * u.value)))


def chosen(condition: Any, u: Any, v: Any) -> Any:
    """u where the condition holds and v elsewhere, with its derivative."""
    return Dual(
        where(condition, value_of(u), value_of(v)),
        where(condition, slope_of(u), slope_of(v)),
    )


FUNCTIONS: dict[Any, Any] = {
    np.exp: d_exp,
    np.expm1: d_expm1,
    np.log: d_log,
    np.log1p: d_log1p,
    np.sqrt: d_sqrt,
    np.arctan: d_atan,
    np.absolute: magnitude,
    np.negative: negative,
}
"""NumPy's functions of one argument."""

OPERATORS: dict[Any, str] = {
    np.add: "__radd__",
    np.subtract: "__rsub__",
    np.multiply: "__rmul__",
    np.true_divide: "__rtruediv__",
    np.equal: "__eq__",
    np.not_equal: "__ne__",
    np.less: "__gt__",
    np.less_equal: "__ge__",
    np.greater: "__lt__",
    np.greater_equal: "__le__",
}
"""NumPy's operators with an array on the left, by the method of the dual number on the right."""

"""Dual numbers in compiled code: a type of two floats, with the rules of `divlite.dual` as they stand.

So a loop over the points gives, besides the sums, their derivatives; LLVM keeps both floats in registers, and
the loop vectorises as it does with one.
"""

# pyright: basic
# Numba has no types to check: a compiled function is given its types by its callers.

import operator

from numba import types
from numba.core import cgutils
from numba.extending import (
    lower_builtin,
    make_attribute_wrapper,
    models,
    overload,
    register_jitable,
    register_model,
    type_callable,
)

from divlite import dual, elementary
from divlite.dual import Dual

from .flags import EXACT, FORMULA


class DualType(types.Type):
    def __init__(self, name="Dual"):
        super().__init__(name)


class ScaleType(DualType):
    """Of a dual number that is the same at all points."""

    def __init__(self):
        super().__init__("Scale")


class Scale(Dual):
    """A dual number that is the same at all points, as sigma is: to divide by it is to multiply by 1/it."""


@register_model(DualType)
@register_model(ScaleType)
class _Model(models.StructModel):
    def __init__(self, manager, fe_type):
        super().__init__(manager, fe_type, [(name, types.float64) for name in Dual.__slots__])


def _constructor(cls, type_):
    """cls(value, slope), compiled."""

    @type_callable(cls)
    def _type(context):
        numbers = types.Float | types.Integer

        def typer(value, slope):
            return type_ if isinstance(value, numbers) and isinstance(slope, numbers) else None

        return typer

    @lower_builtin(cls, types.Number, types.Number)
    def _make(context, builder, signature, arguments):
        made = cgutils.create_struct_proxy(type_)(context, builder)
        for name, given, argument in zip(Dual.__slots__, signature.args, arguments, strict=True):
            setattr(made, name, context.cast(builder, argument, given, types.float64))
        return made._getvalue()

    for name in Dual.__slots__:
        make_attribute_wrapper(type(type_), name, name)


_constructor(Dual, DualType())
_constructor(Scale, ScaleType())


def is_dual(u):
    return isinstance(u, DualType)


for rule in (
    dual.plus,
    dual.shifted,
    dual.negative,
    dual.times,
    dual.scaled,
    dual.over,
    dual.divided,
    dual.reciprocal,
    dual.through,
    dual.power,
    dual.magnitude,
    dual.d_exp,
    dual.d_expm1,
    dual.d_log,
    dual.d_log1p,
    dual.d_sqrt,
    dual.d_atan,
    dual.d_erfc,
):
    register_jitable(**EXACT)(rule)


@overload(dual.value_of, jit_options=EXACT)
def _value_of(u):
    return (lambda u: u.value) if is_dual(u) else (lambda u: u)


@overload(dual.slope_of, jit_options=EXACT)
def _slope_of(u):
    return (lambda u: u.slope) if is_dual(u) else (lambda u: 0.0)


def _operator(function, both, right, left):
    """`function` of two dual numbers, of a dual number and a number, of a number and a dual number."""

    @overload(function, jit_options=EXACT, strict=False)  # a rule calls its arguments what it likes
    def _compiled(u, v):
        if is_dual(u):
            return both if is_dual(v) else right
        return left if is_dual(v) else None


_operator(
    operator.add,
    dual.plus,
    dual.shifted,
    lambda u, v: dual.shifted(v, u),
)
_operator(
    operator.sub,
    lambda u, v: dual.plus(u, dual.negative(v)),
    lambda u, v: dual.shifted(u, -v),
    lambda u, v: dual.shifted(dual.negative(v), u),
)
_operator(
    operator.mul,
    dual.times,
    dual.scaled,
    lambda u, v: dual.scaled(v, u),
)


@overload(operator.truediv, jit_options=EXACT, strict=False)
def _over(u, v):
    if isinstance(v, ScaleType):
        return None
    if is_dual(u):
        return dual.over if is_dual(v) else None
    return dual.reciprocal if is_dual(v) else None


# What divides all points is divided by once: the compiler may multiply by its reciprocal.
@overload(operator.truediv, jit_options=FORMULA, strict=False)
def _over_one(u, v):
    if isinstance(v, ScaleType):
        return dual.over if is_dual(u) else dual.reciprocal
    return dual.divided if is_dual(u) and not is_dual(v) else None


_operator(operator.pow, None, dual.power, None)
_operator(
    operator.eq,
    *(lambda u, v: dual.value_of(u) == dual.value_of(v),) * 3,
)
_operator(
    operator.ne,
    *(lambda u, v: dual.value_of(u) != dual.value_of(v),) * 3,
)
_operator(
    operator.lt,
    *(lambda u, v: dual.value_of(u) < dual.value_of(v),) * 3,
)
_operator(
    operator.le,
    *(lambda u, v: dual.value_of(u) <= dual.value_of(v),) * 3,
)
_operator(
    operator.gt,
    *(lambda u, v: dual.value_of(u) > dual.value_of(v),) * 3,
)
_operator(
    operator.ge,
    *(lambda u, v: dual.value_of(u) >= dual.value_of(v),) * 3,
)


def _function(function, rule):
    """`function` of one dual number."""

    @overload(function, jit_options=EXACT, strict=False)
    def _compiled(u):
        return rule if is_dual(u) else None


_function(operator.neg, dual.negative)
_function(abs, dual.magnitude)
_function(elementary.absolute, dual.magnitude)
_function(elementary.exp, dual.d_exp)
_function(elementary.expm1, dual.d_expm1)
_function(elementary.log, dual.d_log)
_function(elementary.log1p, dual.d_log1p)
_function(elementary.sqrt, dual.d_sqrt)
_function(elementary.atan, dual.d_atan)
_function(elementary.erfc, dual.d_erfc)


@overload(elementary.where, jit_options=EXACT)
def _where(condition, u, v):
    if not (is_dual(u) or is_dual(v)):
        return None
    return lambda condition, u, v: Dual(
        dual.value_of(u) if condition else dual.value_of(v),
        dual.slope_of(u) if condition else dual.slope_of(v),
    )

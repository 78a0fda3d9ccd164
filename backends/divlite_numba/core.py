"""Tells Numba that the core's functions are to be compiled as they stand.

Each is registered as its own implementation; a function that asks a value for its method
(`protocol.value`, `optimizers.step`, ...) is replaced by that method, looked up on the type. So the
formulas stay in one place, and a loss the core has never heard of compiles as well.
"""

# pyright: basic
# Numba has no types to check: a compiled function is given its types by its callers.

import inspect
from types import FunctionType
from typing import Any

from numba import types
from numba.core.errors import TypingError
from numba.extending import overload, register_jitable

from divlite import chain, coordinates, optimizers
from divlite.dual import Dual
from divlite.families import cauchy, location_scale, t_tail
from divlite.losses import protocol
from divlite.views import Density, view_of

from . import elementary as elementary  # its overloads are needed by the functions below
from .dual import is_dual
from .flags import EXACT, FORMULA, SUM_INLINE

for function in (
    location_scale.place,
    location_scale.log_prob,
    location_scale.score,
    location_scale.d_cdf,
    cauchy.below,
    t_tail.beyond,
    t_tail.by_fraction,
    t_tail.fraction,
    t_tail.by_normal,
    chain.integrand,
    chain.assemble,
):
    register_jitable(**FORMULA)(function)
register_jitable(**EXACT)(optimizers.descend)


def dispatch(function, method, jit_options, default=None):
    """Compile calls of `function(value, ...)` as the method of the value's class."""

    # strict=False: the method calls its first argument self, the function calls it loss.
    @overload(function, jit_options=jit_options, strict=False)
    def _method(value, *_):
        return getattr(value.instance_class, method, default)


_adopted: set[Any] = set()


def adopt(cls):
    """Let the methods of a class from outside divlite call plain functions: Numba must be told of each."""
    for member in vars(cls).values():
        if isinstance(member, FunctionType):
            _adopt_calls(member)


def _adopt_calls(function):
    """Register the functions that this one finds under the names in it, and those that they find."""
    named = [function.__globals__.get(name) for name in function.__code__.co_names]
    for called in (*named, *inspect.getclosurevars(function).nonlocals.values()):
        plain = isinstance(called, FunctionType) and called.__module__.split(".")[0] not in (
            "divlite",
            "numpy",
        )
        if plain and called not in _adopted:
            _adopted.add(called)
            register_jitable(**FORMULA)(called)
            _adopt_calls(called)


def _identity(loss, sums):
    return sums


def _one(loss, sums):
    return 1.0


dispatch(protocol.value, "value", FORMULA)
dispatch(protocol.d_log_q, "d_log_q", FORMULA)
dispatch(protocol.of_p, "of_p", FORMULA)
for name in ("log_kernel", "pull", "log_mass", "standard_cdf", "standard_sf"):
    dispatch(getattr(location_scale, name), name, FORMULA)
for name in ("seen", "apart", "beside"):
    dispatch(getattr(chain, name), name, FORMULA)
dispatch(protocol.finish, "finish", EXACT, _identity)
dispatch(protocol.d_finish, "d_finish", EXACT, _one)
dispatch(coordinates.to_sigma, "to_sigma", EXACT)
dispatch(coordinates.from_sigma, "from_sigma", EXACT)
dispatch(coordinates.d_sigma, "d_sigma", EXACT)
dispatch(optimizers.init, "init", EXACT)
dispatch(optimizers.step, "step", EXACT)


@overload(protocol.sensitivity, jit_options=FORMULA, strict=False)
def _sensitivity(loss, *_):
    return getattr(loss.instance_class, view_of(loss.instance_class).derivative)


@overload(protocol.scale, jit_options=FORMULA)
def _scale(terms, c):
    if not isinstance(terms, types.BaseTuple):
        return lambda terms, c: terms * c
    if len(terms) == 1:
        return lambda terms, c: (terms[0] * c,)
    return lambda terms, c: (terms[0] * c, *protocol.scale(terms[1:], c))


@overload(protocol.dot, jit_options=EXACT)
def _dot(a, b):
    if not isinstance(a, types.BaseTuple):
        return lambda a, b: a * b
    if not isinstance(b, types.BaseTuple) or len(a) != len(b):
        raise TypingError(f"d_finish has {a} where d_log_q has {b}")
    if len(a) == 1:
        return lambda a, b: a[0] * b[0]
    return lambda a, b: a[0] * b[0] + protocol.dot(a[1:], b[1:])


def frame(view, mu, sigma) -> Any:
    """An origin and a unit of x, and the mu and sigma of Q in these; compiled only.

    In its own units Q is standard: what is multiplied by 1/sigma at each point is then not multiplied at all.
    """
    raise NotImplementedError


@overload(frame, jit_options=EXACT)
def _frame(view, mu, sigma):
    if view.instance_class is Density:
        return lambda view, mu, sigma: (mu, sigma, 0.0, 1.0)
    return lambda view, mu, sigma: (0.0, 1.0, mu, sigma)


def add(sums, terms) -> Any:
    """sums + terms, number by number; compiled only."""
    raise NotImplementedError


@overload(add, jit_options=SUM_INLINE)
def _add(sums, terms):
    if is_dual(terms):
        return lambda sums, terms: Dual(sums.value + terms.value, sums.slope + terms.slope)
    if not isinstance(terms, types.BaseTuple):
        return lambda sums, terms: sums + terms
    if len(terms) == 1:
        return lambda sums, terms: (add(sums[0], terms[0]),)
    return lambda sums, terms: (add(sums[0], terms[0]), *add(sums[1:], terms[1:]))


def zeros(terms) -> Any:
    """As many zeros as there are terms; compiled only."""
    raise NotImplementedError


@overload(zeros, jit_options=EXACT)
def _zeros(terms):
    if is_dual(terms):
        return lambda terms: Dual(0.0, 0.0)
    if not isinstance(terms, types.BaseTuple):
        return lambda terms: 0.0
    if len(terms) == 1:
        return lambda terms: (zeros(terms[0]),)
    return lambda terms: (zeros(terms[0]), *zeros(terms[1:]))

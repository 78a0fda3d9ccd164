"""A symbol that takes part in a formula as an array does.

The methods of losses, views, families and coordinates are arithmetic, comparisons and NumPy's functions. A
`Term` takes part in all of these through NumPy's own protocols, so the very same code runs on it.
"""

import math
from collections.abc import Callable
from traceback import walk_tb
from typing import Any, NamedTuple, cast

import numpy as np
import sympy as sp
from numpy.lib.mixins import NDArrayOperatorsMixin

from .. import _check
from .kinks import on_sides
from .written import carried, minus, over, plus, power, times

# Numbers in the code that stand for exact ones: for a symbol, no number is too small.
EXACT = {
    0.5 * math.log(2 * math.pi): sp.log(2 * sp.pi) / 2,
    math.log(2): sp.log(2),
    math.log(math.pi): sp.log(sp.pi),
    math.pi: sp.pi,
    float(np.finfo(float).tiny): sp.S.Zero,
}
FORMULAS = "arithmetic, comparisons and exp, log, sqrt and where, which can be run on symbols"


class _NoSymbolError(Exception):
    """What was asked of a symbol that only a number can answer."""


class Term(NDArrayOperatorsMixin):
    """An expression that takes part in a formula as an array would; what is computed is left as written."""

    __slots__ = ("math",)

    def __init__(self, math: Any) -> None:
        self.math = math

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs or ufunc.__name__ not in FUNCTIONS:
            raise _NoSymbolError(f"np.{ufunc.__name__}")
        found = FUNCTIONS[ufunc.__name__](*map(exact, inputs))
        return found if isinstance(found, Condition) else Term(found)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function is not np.where:
            raise _NoSymbolError(f"np.{function.__name__}")
        return where(*args)

    def lgamma(self) -> "Term":
        return Term(sp.loggamma(carried(self.math)))

    def __bool__(self) -> bool:
        raise _NoSymbolError("an if")

    def __float__(self) -> float:
        raise _NoSymbolError("a function of one number, such as math.log")


class Condition(NamedTuple):
    """above > 0; holds: whether it does for all positive symbols, or None where it depends on them."""

    above: Any
    holds: bool | None

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return where(*args)

    def __and__(self, other: "Condition") -> "Condition":
        if self.holds is None and other.holds is None:
            raise _NoSymbolError("two conditions at once")
        return min(self, other, key=lambda one: {False: 0, None: 1, True: 2}[one.holds])

    def __bool__(self) -> bool:
        if self.holds is None:
            raise _NoSymbolError("an if")
        return self.holds


def _greater(a: Any, b: Any) -> Condition:
    above = plus(a, minus(b))
    u = carried(above)
    return Condition(above, True if u.is_nonnegative else False if u.is_negative else None)


def _equal(a: Any, b: Any) -> Condition:
    """Whether they are the same; what is equal at single points only is not, as these have no weight."""
    apart = plus(a, minus(b))
    return Condition(apart, carried(apart) == 0)


def where(condition: Any, a: Any, b: Any) -> Term:
    """a or b, where that is decided for positive symbols; else what they are on the sides of a kink."""
    first, second = exact(a), exact(b)
    if not isinstance(condition, Condition) or condition.holds is not None:
        return Term(first if condition else second)
    return Term(on_sides(condition.above, first, second))


def exact(number: Any) -> Any:
    """The expression of a term; a float as the fraction that it is, or as what it stands for."""
    if isinstance(number, Term | sp.Basic):
        return number.math if isinstance(number, Term) else number
    value = float(number)
    known = EXACT.get(abs(value))
    return sp.Rational(value) if known is None else known if value > 0 else minus(known)


def _applied(function: Any) -> Callable[[Any], Any]:
    """A function, carried out where it undoes another: exp(log q) is q."""

    def apply(u: Any) -> Any:
        undone = function(u)
        return undone if undone.func != function else function(u, evaluate=False)

    return apply


_exp, _log = _applied(sp.exp), _applied(sp.log)
# By the names that NumPy has for them, and for the operators.
OF_ONE: dict[str, Callable[[Any], Any]] = {
    "negative": minus,
    "absolute": lambda u: where(_greater(u, 0), u, minus(u)).math,
    "square": lambda u: times(u, u),
    "sqrt": lambda u: power(u, sp.S.Half),
    "exp": _exp,
    "expm1": lambda u: plus(_exp(u), -1),
    "log": _log,
    "log1p": lambda u: _log(plus(u, 1)),
    "tanh": _applied(sp.tanh),
    "arctan": _applied(sp.atan),
    "sign": _applied(sp.sign),
}
OF_TWO: dict[str, Callable[[Any, Any], Any]] = {
    "add": plus,
    "subtract": lambda a, b: plus(a, minus(b)),
    "multiply": times,
    "divide": over,
    "power": power,
    "greater": _greater,
    "greater_equal": _greater,  # equality has no weight: a kink is one point
    "less": lambda a, b: _greater(b, a),
    "less_equal": lambda a, b: _greater(b, a),
    "equal": _equal,
    "not_equal": lambda a, b: Condition(sp.S.One, not _equal(a, b)),
}
FUNCTIONS: dict[str, Callable[..., Any]] = OF_ONE | OF_TWO


def on_terms(function: Callable[..., Any], *args: Any) -> Any:
    """What a formula gives for these expressions: one, or a tuple of them.

    Raises: ValueError for a formula that cannot be run on symbols.
    """
    try:
        return _without_terms(function(*map(_with_terms, args)))
    except (_NoSymbolError, TypeError, AttributeError) as error:
        return _check.fail(_place(error, function), FORMULAS, str(error))


def _place(error: BaseException, function: Any) -> str:
    """The method that raised an error: that of a loss, rather than what asked it."""
    owners = ((frame.f_locals.get("self"), frame.f_code.co_name) for frame, _ in walk_tb(error.__traceback__))
    found = [f"{type(owner).__name__}.{name}" for owner, name in owners if hasattr(owner, "value")]
    return found[-1] if found else function.__name__


def _with_terms(a: Any) -> Any:
    if type(a) is tuple:
        return tuple(_with_terms(entry) for entry in cast("tuple[Any, ...]", a))
    return Term(a) if isinstance(a, sp.Basic) else a


def _without_terms(given: Any) -> Any:
    if not isinstance(given, tuple):
        return exact(given)
    return tuple(_without_terms(entry) for entry in cast("tuple[Any, ...]", given))

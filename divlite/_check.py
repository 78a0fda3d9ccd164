"""The door: every public function checks its arguments here, once; what lies behind it trusts them.

A message names the argument, says what was expected and what was given, and does not depend on the
backend. What comes back is canonical: floats, and contiguous read-only float64 arrays that are
never the caller's own memory made read-only, only views of it.
"""

import math
import operator
from collections.abc import Iterable, Mapping, Set
from typing import Any

from ._arrays import SCALAR
from ._arrays import array as array
from ._arrays import every as every
from ._arrays import frozen as frozen
from ._arrays import listed as listed
from ._arrays import log_density as log_density
from ._arrays import points as points
from ._arrays import samples as samples
from ._arrays import shown as shown
from ._arrays import tensor_cure as tensor_cure
from ._arrays import vector as vector
from ._arrays import weights as weights
from ._complaint import Complaint as Complaint
from ._complaint import fail as fail
from ._types import Coordinates, Loss, Optimizer


def number(name: str, value: Any, expected: str = "a finite number") -> float:
    """A finite float, from anything that is one real number; a string is none."""
    if type(value) is float and math.isfinite(value):  # the usual case, at once
        return value
    try:
        if isinstance(value, str | bytes | bytearray):
            raise TypeError
        # By way of an array: float() drops an imaginary part and a gradient, with a warning at most.
        number_ = array(name, value) if hasattr(value, "__array__") else value
        result = float(number_ if getattr(number_, "ndim", 0) == 0 else "an array")
    except Exception:  # __float__ and __array__ of someone else's may raise anything
        fail(name, expected, shown(value) + tensor_cure(value))
    return result if math.isfinite(result) else fail(name, expected, shown(value))


def positive(name: str, value: Any) -> float:
    result = number(name, value, "a finite number > 0")
    return result if result > 0 else fail(name, "a finite number > 0", shown(value))


def within(name: str, value: Any, low: float, high: float) -> float:
    """low <= value < high."""
    expected = f"a number in [{low:g}, {high:g})" if math.isfinite(high) else f"a number >= {low:g}"
    result = number(name, value, expected)
    return result if low <= result < high else fail(name, expected, shown(value))


def count(name: str, value: Any, least: int, most: int = 10**9) -> int:
    """A whole number, from a Python or a NumPy integer; a bool is none, and 3.0 is not one either."""
    expected = f"a whole number >= {least}"
    try:
        result = least - 1 if isinstance(value, bool) else operator.index(value)
    except Exception:  # __index__ of someone else's may raise anything
        fail(name, expected, shown(value))
    if result > most:
        fail(name, f"a whole number <= {most}", shown(value))
    return result if result >= least else fail(name, expected, shown(value))


def flag(name: str, value: Any) -> bool:
    """True or False; 1 and 0 are those too, as everywhere in Python, but no text and no array."""
    plain: Any = value.item() if isinstance(value, SCALAR) else value
    if isinstance(plain, int) and plain in (0, 1):
        return bool(plain)
    fail(name, "True or False", shown(value))


def pair(name: str, value: Any, expected: str, fields: tuple[str, str]) -> tuple[Any, Any]:
    """Both fields of a NamedTuple with these fields, or of a plain pair in its place."""
    try:
        if isinstance(value, str | bytes | Mapping | Set) or getattr(value, "_fields", fields) != fields:
            raise TypeError
        if len(value) != 2:
            raise TypeError
        first, second = value
    except Exception:  # the methods of a value of someone else's may raise anything
        fail(name, expected, shown(value))
    return first, second


def sequence(name: str, value: Any, expected: str) -> list[Any]:
    """The values of a sequence, or of an array's first axis; a NamedTuple is one value."""
    known: Any = listed(value)
    if type(known) not in (tuple, list) and not (has(known, "__array__") and getattr(known, "ndim", 0) > 0):
        fail(name, expected, shown(value))
    return list(known)


def one_of(name: str, value: object, known: Iterable[str]) -> str:
    names = list(known)
    if isinstance(value, str) and value in names:
        return value
    fail(name, "one of " + ", ".join(names), shown(value))


def callback(name: str, value: Any, default: Any) -> Any:
    """A function, or the default in place of None."""
    if value is None:
        return default
    return value if callable(value) else fail(name, "a function, or None", shown(value))


def has(value: Any, method: str) -> bool:
    try:
        return callable(getattr(value, method, None))
    except Exception:  # a property of someone else's may raise anything
        return False


def instance(name: str, value: Any, methods: tuple[str, ...], example: str) -> None:
    """A value with these methods. A class has them too, but is no value."""
    lacking = [method for method in methods if isinstance(value, type) or not has(value, method)]
    if lacking:
        without = f", which has no {' and no '.join(lacking)}" if len(lacking) < len(methods) else ""
        foreign = isinstance(value, type) and not all(has(value, method) for method in methods)
        fail(
            name,
            f"a value such as {example}",
            f"the class {value.__name__}" if foreign else shown(value) + without,
        )


def parameters(value: Any) -> Any:
    """The value with its parameters as plain numbers, where it has a method `check` that says so."""
    if not has(value, "check"):
        return value
    checked = value.check()
    return value if checked is None else checked


def loss(value: Any) -> Loss:
    """A loss; one with parameters has a method `check` that looks at them."""
    view = getattr(value, "view", None)
    if isinstance(view, type):
        fail(
            "loss",
            f"a view such as {view.__name__}()",
            f"a {type(value).__name__} with the class {view.__name__}",
        )
    derivative = getattr(view, "derivative", "d_log_q")
    instance("loss", value, ("value", derivative), "dl.ForwardKL()")
    if has(value, "finish") != has(value, "d_finish"):
        fail("loss", "finish and d_finish, or neither", f"a {type(value).__name__} with one of them")
    return parameters(value)


def target(value: Any, name: str = "p") -> Any:
    """Anything with a log density: `log_prob`, or `logpdf` as SciPy calls it."""
    if not has(value, "logpdf") or isinstance(value, type):
        instance(name, value, ("log_prob",), "dl.Normal(0, 1) or dl.Mixture(...)")
    return value


def coordinates(value: Any) -> Coordinates:
    instance("coordinates", value, ("to_sigma", "from_sigma", "d_sigma"), "dl.Sigma()")
    return parameters(value)


def optimizer(value: Any) -> Optimizer:
    instance("optimizer", value, ("init", "step"), "dl.adam(lr=1e-3)")
    return parameters(value)

"""The door: every public function checks its arguments here, once; what lies behind it trusts them.

A message names the argument, says what was expected and what was given, and does not depend on the
backend. What comes back is canonical: floats, and contiguous read-only float64 arrays that are
never the caller's own memory made read-only, only views of it.
"""

import math
import operator
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import numpy as np

from ._types import Array, Coordinates, Density, Loss, Optimizer


class Complaint(str):
    """The text of an error, and its parts: the command line says them with the names of its options.

    remedies: what to try, in the library's words, each by a name for it.
    """

    name: str
    expected: str
    got: str
    remedies: Mapping[str, str]

    def __new__(cls, name: str, expected: str, got: str, remedies: Mapping[str, str] = {}) -> "Complaint":
        tried = f"; try {', or '.join(remedies.values())}" if remedies else ""
        self = super().__new__(cls, f"{name}: expected {expected}, got {got}{tried}")
        self.name, self.expected, self.got, self.remedies = name, expected, got, remedies
        return self

    def __getnewargs__(self) -> Any:  # so that the error can be sent from one process to another
        return self.name, self.expected, self.got, self.remedies


def fail(name: str, expected: str, got: object, remedies: Mapping[str, str] = {}) -> NoReturn:
    raise ValueError(Complaint(name, expected, str(got), remedies))


def shown(value: object) -> str:
    """A value as an error message shows it: short, and a NumPy scalar as the number it is."""
    text = repr(value.item() if isinstance(value, np.generic) else value)  # pyright: ignore
    return text if len(text) <= 60 else text[:57] + "..."


def number(name: str, value: Any, expected: str = "a finite number") -> float:
    try:
        if isinstance(value, str | bytes) or getattr(value, "ndim", 0) != 0:
            raise TypeError
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        fail(name, expected, shown(value))
    return result if math.isfinite(result) else fail(name, expected, shown(value))


def positive(name: str, value: Any) -> float:
    result = number(name, value, "a finite number > 0")
    return result if result > 0 else fail(name, "a finite number > 0", shown(value))


def within(name: str, value: Any, low: float, high: float) -> float:
    """low <= value < high."""
    expected = f"a number in [{low:g}, {high:g})" if math.isfinite(high) else f"a number >= {low:g}"
    result = number(name, value, expected)
    return result if low <= result < high else fail(name, expected, shown(value))


def count(name: str, value: Any, least: int) -> int:
    """A whole number, from a Python or a NumPy integer; a bool is none, and 3.0 is not one either."""
    expected = f"a whole number >= {least}"
    try:
        result = operator.index(value)
    except TypeError:
        fail(name, expected, shown(value))
    return result if result >= least and not isinstance(value, bool) else fail(name, expected, shown(value))


def pair(name: str, value: Any, expected: str) -> tuple[Any, Any]:
    """Both fields of a NamedTuple of two, or of a plain pair in its place."""
    try:
        first, second = value
    except (TypeError, ValueError):
        fail(name, expected, shown(value))
    return first, second


def one_of(name: str, value: object, known: Iterable[str]) -> str:
    names = list(known)
    if isinstance(value, str) and value in names:
        return value
    fail(name, "one of " + ", ".join(names), shown(value))


def array(name: str, values: Any) -> Array:
    """The values as a float64 array, of any shape; float32, ints, lists and strided arrays are fine."""
    expected = "an array of real numbers"
    try:
        raw = np.asarray(values)
        if raw.dtype.kind not in "fiub":
            raise TypeError
    except (TypeError, ValueError, RuntimeError):
        # RuntimeError: a torch tensor that requires a gradient.
        fail(name, expected, shown(values))
    return raw.astype(np.float64, copy=False)


def frozen(values: Array) -> Array:
    """A contiguous read-only view (or copy, where the memory is not contiguous)."""
    view = np.ascontiguousarray(values).view()
    view.flags.writeable = False
    return view


def vector(name: str, values: Any, size: int | None = None) -> Array:
    result = array(name, values)
    if result.ndim != 1:
        fail(name, "a one-dimensional array", f"shape {result.shape}")
    if size is not None and result.size != size:
        fail(name, f"{size} numbers, one a grid point", result.size)
    return frozen(result)


def finite(name: str, values: Array, expected: str) -> Array:
    """The vector itself, or the ValueError that names its first entry that is not finite."""
    bad = ~np.isfinite(values)
    if bad.any():
        i = int(np.argmax(bad))
        fail(name, expected, f"{name}[{i}] = {values[i]:g}")
    return values


def points(x: Any) -> Array:
    result = vector("x", x)
    if result.size < 2:
        fail("x", "at least 2 points", result.size)
    finite("x", result, "finite points")
    if (result[1:] <= result[:-1]).any():
        i = int(np.flatnonzero(result[1:] <= result[:-1])[0])
        fail("x", "strictly increasing points", f"x[{i}] = {result[i]:g}, x[{i + 1}] = {result[i + 1]:g}")
    return result


def samples(values: Any) -> Array:
    """One finite number a sample, one sample at least."""
    result = vector("samples", values)
    if result.size == 0:
        fail("samples", "at least one number", "none")
    return finite("samples", result, "finite numbers")


def weights(w: Any, size: int | None, *, zero: bool = True) -> Array:
    """Finite weights, >= 0 (or > 0 where a zero has no meaning), one at least above 0."""
    result = vector("w" if zero else "weights", w, size)
    expected = f"finite weights {'>=' if zero else '>'} 0"
    bad = ~(np.isfinite(result) & ((result >= 0) if zero else (result > 0)))
    name = "w" if zero else "weights"
    if bad.any():
        i = int(np.flatnonzero(bad)[0])
        fail(name, expected, f"{name}[{i}] = {result[i]:g}")
    return result if result.any() else fail(name, "a weight above 0", "none")


def log_density(name: str, values: Any, size: int) -> Array:
    """Log densities on the grid: -inf where the density is 0, never NaN and never +inf."""
    result = vector(name, values, size)
    bad = np.isnan(result) | (result == np.inf)
    if bad.any():
        i = int(np.flatnonzero(bad)[0])
        fail(name, "log densities, finite or -inf", f"{name}[{i}] = {result[i]:g}")
    return result


def instance(name: str, value: Any, methods: tuple[str, ...], example: str) -> None:
    """A value with these methods; the commonest slip, the class in place of a value, has its own words."""
    if isinstance(value, type):
        fail(name, f"a value such as {example}", f"the class {value.__name__}: write {value.__name__}(...)")
    lacking = [method for method in methods if not callable(getattr(value, method, None))]
    if lacking:
        without = f", which has no {' and no '.join(lacking)}" if len(lacking) < len(methods) else ""
        fail(name, f"a value such as {example}", shown(value) + without)


def loss(value: Any) -> Loss:
    """A loss; one with parameters has a method `check` that looks at them."""
    instance("loss", value, ("value", "d_log_q"), "dl.ForwardKL()")
    if hasattr(value, "finish") != hasattr(value, "d_finish"):
        fail("loss", "finish and d_finish, or neither", f"a {type(value).__name__} with one of them")
    if hasattr(value, "check"):
        value.check()
    return value


def target(value: Any) -> Density:
    instance("p", value, ("log_prob",), "dl.Normal(0, 1) or dl.Mixture(...)")
    return value


def coordinates(value: Any) -> Coordinates:
    instance("coordinates", value, ("to_sigma", "from_sigma", "d_sigma"), "dl.Sigma()")
    if hasattr(value, "check"):
        value.check()
    return value


def optimizer(value: Any) -> Optimizer:
    instance("optimizer", value, ("init", "step"), "dl.adam(lr=1e-3)")
    return value

"""Arrays at the door: what comes in as any sequence of numbers goes on as read-only float64, or is refused.

The other half of `divlite._check`, which is where the rest of the core finds these functions.
"""

import math
from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._complaint import fail
from ._types import Array

# Typed as Any, because a check against these tells a type checker nothing about what is in the value.
SCALAR: Any = np.generic
LISTS: Any = (list, tuple)
KNOWN: Any = (list, tuple, str, bytes, memoryview, Mapping, type)  # NumPy knows what these are


def shown(value: Any) -> str:
    """A value as an error message shows it: one short line; a NumPy scalar as the number it is.

    The commonest slip, a class in place of a value, has its own words.
    """
    if isinstance(value, type):
        return f"the class {value.__name__}: write {value.__name__}(...)"
    try:
        text = " ".join(repr(value.item() if isinstance(value, SCALAR) else value).split())
    except Exception:  # a repr of someone else's, which may do anything
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def tensor_cure(value: Any) -> str:
    """What to call on a torch tensor (or a list of them) that NumPy cannot read; empty for anything else."""
    try:
        if isinstance(value, LISTS):
            inner = [tensor_cure(one) for one in value[:100]]
            return max(inner, default="").replace("(a tensor", "(of tensors")
        layout, device, dtype = (str(getattr(value, name, "")) for name in ("layout", "device", "dtype"))
        if not (hasattr(value, "detach") and layout):
            return ""
        cures = {
            ".detach()": value.requires_grad,
            ".to_dense()": "strided" not in layout,
            ".cpu()": device != "cpu",
            ".double()": "float" in dtype and dtype[-2:] not in ("32", "64"),
        }
    except Exception:  # the attributes of a value of someone else's may raise anything
        return ""
    calls = "".join(call for call, needed in cures.items() if needed)
    return f" (a tensor: write {calls})" if calls else ""


def listed(values: Any) -> Any:
    """A sequence of a kind that NumPy does not know, as a list; anything else as it is."""
    sequence = hasattr(values, "__len__") and hasattr(values, "__getitem__")
    if isinstance(values, KNOWN) or hasattr(values, "__array__") or not sequence:
        return values
    # Counted out: NumPy reads one to its end, which may never come. A range can be longer than the memory.
    counted: Any = islice(values, len(values))
    return list(counted) if len(values) <= 10**8 else None


def array(name: str, values: Any) -> Array:
    """The values as a float64 array, of any shape; float32, ints, lists and strided arrays are fine."""
    if type(values) is np.ndarray and values.dtype == np.float64:  # the usual case
        return values
    expected = "an array of real numbers"
    try:
        raw = np.asarray(listed(values))
        if raw.dtype.kind not in "fiub":
            raise TypeError
    except Exception:  # __array__ and __iter__ of someone else's may raise anything
        fail(name, expected, shown(values) + tensor_cure(values))
    if hasattr(values, "mask") and np.ma.is_masked(values):
        fail(name, expected, "masked entries: fill them, or leave them out")
    with np.errstate(over="ignore"):  # a longdouble beyond the range of a float is inf
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


def every(name: str, values: Array, good: NDArray[np.bool_], expected: str) -> Array:
    """The vector itself, or the ValueError that names its first entry that is not good."""
    if not good.all():
        i = int(np.argmin(good))
        fail(name, expected, f"{name}[{i}] = {values[i]:g}")
    return values


def points(x: Any) -> Array:
    result = vector("x", x)
    if result.size < 2:
        fail("x", "at least 2 points", result.size)
    # Where all stands in order, nothing is NaN, and only an end can be infinite: one pass for the usual case.
    if math.isfinite(result[0]) and math.isfinite(result[-1]) and (result[1:] > result[:-1]).all():
        return result
    every("x", result, np.isfinite(result), "finite points")
    if (result[1:] <= result[:-1]).any():
        i = int(np.flatnonzero(result[1:] <= result[:-1])[0])
        fail("x", "strictly increasing points", f"x[{i}] = {result[i]:g}, x[{i + 1}] = {result[i + 1]:g}")
    return result


def samples(values: Any) -> Array:
    """One finite number a sample, one sample at least."""
    result = vector("samples", values)
    if result.size == 0:
        fail("samples", "at least one number", "none")
    return every("samples", result, np.isfinite(result), "finite numbers")


def weights(w: Any, size: int | None, *, zero: bool = True) -> Array:
    """Finite weights, >= 0 (or > 0 where a zero has no meaning), one at least above 0."""
    name, sign = ("w", ">=") if zero else ("weights", ">")
    result = vector(name, w, size)
    if result.size and 0.0 < result.min() and result.max() < np.inf:  # the usual case
        return result
    good = np.isfinite(result) & ((result >= 0) if zero else (result > 0))
    every(name, result, good, f"finite weights {sign} 0")
    return result if result.any() else fail(name, "a weight above 0", "none")


def log_density(name: str, values: Any, size: int | None = None) -> Array:
    """Log densities on the grid: -inf where the density is 0, never NaN and never +inf."""
    result = vector(name, values, size)
    if result.size and result.max() < np.inf:  # the largest is NaN where one is
        return result
    return every(name, result, result < np.inf, "log densities, finite or -inf")

"""The door of `divlite.functional`: float arrays keep their type here, and nothing else comes in.

The rest of the library computes in float64 whatever comes in; torch computes in the type of its arguments.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check

Values: TypeAlias = NDArray[np.floating[Any]]
Shape: TypeAlias = tuple[int, ...]


def raw(name: str, value: Any) -> NDArray[Any]:
    """The argument as an array of whatever type it has."""
    try:
        array = np.asarray(_check.listed(value))
        if array.dtype.kind not in "fiub":
            raise TypeError
    except Exception:  # __array__ and __iter__ of someone else's may raise anything
        _check.fail(name, "an array of real numbers", _check.shown(value) + _check.tensor_cure(value))
    if hasattr(value, "mask") and np.ma.is_masked(value):
        _check.fail(name, "an array of real numbers", "masked entries: fill them, or leave them out")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def floats(name: str, value: Any) -> Values:
    """The argument as an array of float32 or float64, whichever it is."""
    array = raw(name, value)
    if array.dtype.kind != "f" or array.dtype.itemsize not in (4, 8):
        _check.fail(name, "an array of float32 or float64", f"{array.dtype}: write .astype(np.float32)")
    return array


def common(arrays: Iterable[Values], expanded: bool = False) -> np.dtype[Any]:
    """The type that these are computed in: the widest. Beside arrays, numbers without an axis do not count.

    expanded: torch broadcasts the arguments before it looks at their types, and every one counts.
    """
    arrays = list(arrays)
    counted = [a.dtype for a in arrays if expanded or a.ndim]
    return np.result_type(*(counted or [a.dtype for a in arrays]))


def broadcast(a: Values, b: Values, names: tuple[str, str] = ("input", "target")) -> Shape:
    """The shape that the two broadcast to."""
    try:
        return np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        _check.fail(names[1], f"a shape that broadcasts with {names[0]}'s {a.shape}", f"{b.shape}")


def axis(dim: Any, shape: Shape) -> int:
    """The axis, counted from 0, of an array of this shape; a single number counts as one entry."""
    axes = len(shape) or 1
    index = _check.count("dim", dim, -axes)
    if index >= axes:
        _check.fail("dim", f"an axis of an array of shape {shape}", dim)
    return index % axes


def arriving(grad_output: ArrayLike, shape: Shape, dtype: np.dtype[Any]) -> Values:
    """grad_output in this type and shape: an array of the shape of the value, or one number for all of it."""
    g = raw("grad_output", grad_output)
    if g.dtype.kind == "b" or g.shape not in ((), shape):
        _check.fail("grad_output", f"a number, or an array of the value's shape {shape}", f"shape {g.shape}")
    return np.broadcast_to(g.astype(dtype), shape)


def back(d: Values, like: Values) -> Values:
    """A gradient as its argument had it: summed over what was broadcast, and in the argument's type."""
    d = np.asarray(d.sum(axis=tuple(range(d.ndim - like.ndim))))
    repeated = tuple(i for i, n in enumerate(like.shape) if n == 1 and d.shape[i] != 1)
    return np.asarray(d.sum(axis=repeated, keepdims=True), like.dtype)

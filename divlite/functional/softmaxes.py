"""softmax and log_softmax along an axis."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .. import _check
from . import door
from .door import Values
from .gradients import InputGradient


def shifted(a: Values, axis: int) -> Values:
    """a - max a: no exponential overflows. NaN in a slice that holds NaN, +inf or nothing but -inf."""
    return a - np.max(a, axis=axis, keepdims=True, initial=-np.inf)


def along(a: Values, axis: int) -> Values:
    """exp(a) / sum exp(a), of an array with at least one axis."""
    powers = np.exp(shifted(a, axis))
    return powers / np.sum(powers, axis=axis, keepdims=True)


def log_along(a: Values, axis: int) -> Values:
    """a - log sum exp(a), of an array with at least one axis."""
    a = shifted(a, axis)
    return a - np.log(np.sum(np.exp(a), axis=axis, keepdims=True))


def pull(g: Values, softmax: Values, axis: int) -> Values:
    """What arrives at a, where g arrives at softmax(a): s (g - sum s g)."""
    return softmax * (g - np.sum(g * softmax, axis=axis, keepdims=True))


def log_pull(g: Values, log_softmax: Values, axis: int) -> Values:
    """What arrives at a, where g arrives at log softmax(a): g - s sum g."""
    return g - np.exp(log_softmax) * np.sum(g, axis=axis, keepdims=True)


def given(input: ArrayLike, dim: int | None, dtype: DTypeLike | None) -> tuple[Values, Values, int]:
    """The input as it came; the same in the type that is computed in, with an axis; and that axis."""
    came = door.raw("input", input) if dtype is not None else door.floats("input", input)
    if dim is None:
        dim = 0 if came.ndim in (0, 1, 3) else 1
    wanted = came.dtype if dtype is None else _type(dtype)
    return came, came.astype(wanted).reshape(came.shape or (1,)), door.axis(dim, came.shape)


def _type(dtype: Any) -> np.dtype[Any]:
    try:
        wanted = np.dtype(dtype)
    except TypeError:
        wanted = np.dtype(bool)
    if wanted.kind != "f" or wanted.itemsize not in (4, 8):
        _check.fail("dtype", "np.float32 or np.float64", _check.shown(dtype))
    return wanted


@np.errstate(all="ignore")  # inf - inf; log of no sum
def softmax(input: ArrayLike, dim: int | None = None, dtype: DTypeLike | None = None) -> Values:
    """exp(a) / sum exp(a) along the axis dim, a = input; the shape of the input.

    dim: None is torch's old choice, of which torch warns: 0 for an input with 0, 1 or 3 axes, else 1.
    dtype: the type that the input is cast to first; with it, integers may come in.

    Edge cases: a slice with NaN, with +inf or with nothing but -inf gives NaN; a single number gives 1.

    Raises: ValueError for an axis that the input does not have, or a type that is not float32 or float64.
    Source: aten/src/ATen/native/SoftMax.cpp.
    """
    came, a, axis = given(input, dim, dtype)
    return along(a, axis).reshape(came.shape)


@np.errstate(all="ignore")
def d_softmax(
    input: ArrayLike, dim: int | None = None, dtype: DTypeLike | None = None, *, grad_output: ArrayLike = 1.0
) -> InputGradient:
    """s (g - sum s g), s = softmax(input) and g = grad_output: of the sum of all entries, 0 to rounding.

    Raises: ValueError as `softmax`, for a grad_output of another shape, and for an input of integers.
    """
    came, a, axis = given(door.floats("input", input), dim, dtype)
    g = door.arriving(grad_output, came.shape, a.dtype).reshape(a.shape)
    return InputGradient(pull(g, along(a, axis), axis).reshape(came.shape).astype(came.dtype))


@np.errstate(all="ignore")
def log_softmax(input: ArrayLike, dim: int | None = None, dtype: DTypeLike | None = None) -> Values:
    """a - log sum exp(a) along the axis dim, a = input, in nats; the shape of the input.

    dim, dtype, edge cases and errors: as `softmax`. A single number gives 0.

    Source: aten/src/ATen/native/SoftMax.cpp.
    """
    came, a, axis = given(input, dim, dtype)
    return log_along(a, axis).reshape(came.shape)


@np.errstate(all="ignore")
def d_log_softmax(
    input: ArrayLike, dim: int | None = None, dtype: DTypeLike | None = None, *, grad_output: ArrayLike = 1.0
) -> InputGradient:
    """g - softmax(input) sum g, g = grad_output, the sum along the axis dim.

    Raises: ValueError as `d_softmax`.
    """
    came, a, axis = given(door.floats("input", input), dim, dtype)
    g = door.arriving(grad_output, came.shape, a.dtype).reshape(a.shape)
    return InputGradient(log_pull(g, log_along(a, axis), axis).reshape(came.shape).astype(came.dtype))

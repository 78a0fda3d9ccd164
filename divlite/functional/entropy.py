"""cross_entropy: minus the log-probability of a class, or its mean over given probabilities of classes."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check
from . import door, reductions, softmaxes
from .door import Shape, Values
from .gradients import ClassGradient
from .reductions import Reduction


class Given(NamedTuple):
    came: tuple[Values, NDArray[Any], Values | None]
    log_q: Values
    axis: int  # along which the classes run
    weight: Values  # of a shape that broadcasts with log_q; 1 where there is none
    smoothing: float
    reduction: str
    ignore_index: int


def given(
    input: ArrayLike, target: ArrayLike, weight: ArrayLike | None, ignore: Any, how: Any, smoothing: Any
) -> Given:
    a, t = door.floats("input", input), door.raw("target", target)
    if a.ndim == 0:
        _check.fail("input", "an array with an axis of classes", "a single number")
    axis = 0 if a.ndim == 1 else 1
    smooth = _check.number("label_smoothing", smoothing)
    if not 0.0 <= smooth <= 1.0:
        _check.fail("label_smoothing", "a number in [0, 1]", f"{smooth:g}")
    came = None if weight is None else door.floats("weight", weight)
    if came is not None and came.shape != (a.shape[axis],):
        _check.fail("weight", f"one number a class, {a.shape[axis]}", f"shape {came.shape}")
    index = _check.count("ignore_index", ignore, -(2**63), 2**63 - 1)
    log_q = softmaxes.log_along(a, axis)
    by_class = [-1 if i == axis else 1 for i in range(a.ndim)]
    w = np.ones(1, a.dtype).reshape([1] * a.ndim) if came is None else came.reshape(by_class)
    how = reductions.checked(how)
    result = Given((a, t, came), log_q, axis, w, smooth, how, index)
    _check_target(result)
    return result


def _check_target(arguments: Given) -> None:
    a, t, came = arguments.came
    if a.shape == t.shape:
        door.floats("target", t)
        if arguments.ignore_index >= 0:
            _check.fail("ignore_index", "no index to ignore, with probabilities", arguments.ignore_index)
        return
    shape = without(a.shape, arguments.axis)
    if t.dtype.kind not in "iu" or t.shape != shape:
        expected = f"probabilities of shape {a.shape}, or whole numbers of shape {shape}"
        _check.fail("target", expected, f"{t.dtype} of shape {t.shape}")
    if came is not None and came.dtype != a.dtype:
        _check.fail("weight", f"input's type {a.dtype}", came.dtype)
    if a.shape[arguments.axis] == 0:
        _check.fail("input", "at least one class", f"shape {a.shape}")
    wrong = ((t < 0) | (t >= a.shape[arguments.axis])) & (t != arguments.ignore_index)
    if wrong.any():
        _check.fail("target", f"classes from 0 to {a.shape[arguments.axis] - 1}", int(t[wrong].flat[0]))


def without(shape: Shape, axis: int) -> Shape:
    return (*shape[:axis], *shape[axis + 1 :])


class Classes(NamedTuple):
    """What class indices come to, all with the class axis of length 1."""

    of: NDArray[Any]  # the index of the class, 0 where ignored
    counts: NDArray[np.bool_]  # False where ignored
    weight: Values  # of its class, 0 where ignored


def classes(arguments: Given) -> Classes:
    _, t, _ = arguments.came
    index = np.expand_dims(t, arguments.axis)
    counts = index != arguments.ignore_index
    index = np.where(counts, index, 0)
    weights = np.broadcast_to(arguments.weight, arguments.log_q.shape)
    picked = np.take_along_axis(weights, index, arguments.axis)
    return Classes(index, counts, np.where(counts, picked, arguments.log_q.dtype.type(0)))


def by_class(arguments: Given) -> Values:
    """The value for class indices."""
    log_q, axis, smooth = arguments.log_q, arguments.axis, arguments.smoothing
    index, counts, weight = classes(arguments)
    zero = log_q.dtype.type(0)

    def whole(entries: Values) -> Values:
        if arguments.reduction == "none":
            return np.squeeze(entries, axis)
        return np.asarray(np.sum(entries) / (np.sum(weight) if arguments.reduction == "mean" else 1))

    at_class = whole(np.where(counts, -np.take_along_axis(log_q, index, axis) * weight, zero))
    if smooth == 0.0:
        return at_class
    spread = -np.sum(log_q * arguments.weight, axis=axis, keepdims=True)
    share = smooth / log_q.shape[axis]
    return np.asarray((1.0 - smooth) * at_class + share * whole(np.where(counts, spread, zero)))


def d_by_class(arguments: Given, grad_output: ArrayLike) -> Values:
    """What arrives at log_q, for class indices."""
    log_q, axis, smooth = arguments.log_q, arguments.axis, arguments.smoothing
    index, counts, weight = classes(arguments)
    how = "none" if arguments.reduction == "none" else "sum"
    g = reductions.arriving(grad_output, without(log_q.shape, axis), log_q.dtype, how)
    g = np.expand_dims(g, axis) / (np.sum(weight) if arguments.reduction == "mean" else 1)
    g = np.where(counts, g, log_q.dtype.type(0))
    at_class = np.zeros_like(log_q)
    np.put_along_axis(at_class, index, -g * weight, axis)
    if smooth > 0.0:
        return (1.0 - smooth) * at_class - (smooth / log_q.shape[axis]) * (g * arguments.weight)
    return at_class


def smoothed(arguments: Given) -> tuple[Values, Values, int]:
    """log_q and the probabilities, smoothed, in the type of both; and the divisor of their reduction."""
    _, t, came = arguments.came
    dtype = door.common((arguments.log_q, t) if came is None else (arguments.log_q, t, came))
    log_q, t, n = arguments.log_q.astype(dtype), t.astype(dtype), t.shape[arguments.axis]
    if arguments.smoothing > 0.0:
        t = t * (1.0 - arguments.smoothing) + (arguments.smoothing / n if n else 0.0)
    rows = log_q.size // n if n else 0
    return log_q, t, rows if arguments.reduction == "mean" else 1


def by_probability(arguments: Given) -> Values:
    """The value for probabilities."""
    log_q, t, divisor = smoothed(arguments)
    terms = -(log_q * t * arguments.weight)
    if arguments.reduction == "none":
        return np.asarray(np.sum(terms, axis=arguments.axis))
    return np.asarray(np.sum(terms) / divisor)


def d_by_probability(arguments: Given, grad_output: ArrayLike) -> tuple[Values, Values, Values]:
    """What arrives at log_q, at the probabilities and at the weight, each in the shape of log_q."""
    log_q, t, divisor = smoothed(arguments)
    how = "none" if arguments.reduction == "none" else "sum"
    g = reductions.arriving(grad_output, without(log_q.shape, arguments.axis), log_q.dtype, how)
    g = -np.expand_dims(g, arguments.axis) / divisor
    d_t = g * arguments.weight * log_q
    if arguments.smoothing > 0.0:
        d_t = d_t * (1.0 - arguments.smoothing)
    return g * arguments.weight * t, d_t, g * (log_q * t)


@np.errstate(all="ignore")  # 0 * inf; 0/0 where every class is ignored
def cross_entropy(
    input: ArrayLike,
    target: ArrayLike,
    weight: ArrayLike | None = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
) -> Values:
    """-sum w t log softmax(input) along the classes, for each sample; then reduced. In nats.

    input: logits of shape (C), (N, C) or (N, C, d1, ...). target: probabilities t of the same shape, or the
    index of a class for each sample, of the input's shape without C, which counts as t = 1 for that class.
    label_smoothing: s in [0, 1]; t becomes (1 - s) t + s/C.
    "mean" divides by the number of samples; for class indices, by the sum of the weights of their classes.
    ignore_index: samples of this class are left out; not for probabilities.

    Edge cases: the mean of nothing, or of ignored samples only, is NaN; t = 0 with a logit of -inf is NaN.

    Raises: ValueError for shapes or types that do not fit, a class out of range, and a reduction of another
    name.
    Source: `cross_entropy_loss` in aten/src/ATen/native/LossNLL.cpp.
    """
    arguments = given(input, target, weight, ignore_index, reduction, label_smoothing)
    a, t, _ = arguments.came
    return by_probability(arguments) if a.shape == t.shape else by_class(arguments)


@np.errstate(all="ignore")
def d_cross_entropy(
    input: ArrayLike,
    target: ArrayLike,
    weight: ArrayLike | None = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
    *,
    grad_output: ArrayLike = 1.0,
) -> ClassGradient:
    """By the input w (softmax(input) sum t - t) over the divisor, for one weight w of all classes.

    By the probabilities -w log softmax(input), by the weight -t log softmax(input) summed over the samples.
    For class indices these two are None: torch does not differentiate by them.

    Raises: ValueError as `cross_entropy`, and for a grad_output of another shape than the value's.
    """
    arguments = given(input, target, weight, ignore_index, reduction, label_smoothing)
    (a, t, came), axis = arguments.came, arguments.axis
    if a.shape != t.shape:
        d = d_by_class(arguments, grad_output)
        return ClassGradient(softmaxes.log_pull(d, arguments.log_q, axis), None, None)
    d, d_t, d_w = d_by_probability(arguments, grad_output)
    by_input = softmaxes.log_pull(d.astype(a.dtype), arguments.log_q, axis)
    others = tuple(i for i in range(a.ndim) if i != axis)
    by_weight = None if came is None else np.sum(d_w, axis=others).astype(came.dtype)
    return ClassGradient(by_input, d_t.astype(t.dtype), by_weight)

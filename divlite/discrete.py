"""KL between discrete distributions, with torch's exact meaning, and the mean that was meant.

torch's `kl_div` takes the fit first and as log-probabilities, the target second: KL(target || input).
Its "mean" divides by the number of entries and its "batchmean" by the length of axis 0, whichever
axis the outcomes run along; `mean_kl` asks which axis that is. Everything is computed in float64.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from . import _check
from ._types import Array

Reduction = Literal["mean", "sum", "batchmean", "none"]
REDUCTIONS: tuple[Reduction, ...] = ("mean", "sum", "batchmean", "none")


def log_softmax(a: ArrayLike, axis: int = -1) -> Array:
    """a - log sum exp(a) along the axis, in nats; the shape of a. Never overflows for finite a.

    Raises: ValueError for an axis that a does not have.
    """
    logits = _axis(_check.array("a", a), axis)
    with np.errstate(invalid="ignore"):  # inf - inf: NaN where a whole slice is -inf, as torch
        shifted = logits - np.max(logits, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def softmax(a: ArrayLike, axis: int = -1) -> Array:
    """exp(a) / sum exp(a) along the axis; the shape of a.

    Raises: ValueError for an axis that a does not have.
    """
    return np.exp(log_softmax(a, axis))


def kl_div(
    input: ArrayLike, target: ArrayLike, reduction: Reduction = "mean", log_target: bool = False
) -> float | Array:
    """t (log t - input) for each entry, then reduced; t = target, or exp(target) with log_target.

    input: log-probabilities of the fit; target: probabilities, or their logs. They broadcast.
    reduction: "none", the entries; "sum"; "mean", the sum over the number of entries; "batchmean",
    the sum over the length of the input's axis 0 (its value, for a single number).

    Edge cases, as torch 2.13: t = 0 gives 0 where the input is finite and NaN where it is -inf
    (0 times inf); t < 0 gives NaN; t > 0 with input -inf gives +inf; with log_target, a target of
    -inf gives NaN.

    Raises: ValueError for shapes that do not broadcast or a reduction of another name.
    """
    log_q, t = _pair(input, target)
    _check.one_of("reduction", reduction, REDUCTIONS)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        if log_target:
            pointwise = np.exp(t) * (t - log_q)
        else:
            pointwise = np.where(t == 0, 0.0, t * np.log(t)) - t * log_q
        if reduction == "none":
            return pointwise
        return float(np.sum(pointwise) / _divisor(reduction, log_q, pointwise))


def d_kl_div_input(
    input: ArrayLike, target: ArrayLike, reduction: Reduction = "mean", log_target: bool = False
) -> Array:
    """d kl_div/d input = -t over the reduction's divisor; the shape of input.

    With reduction "none", the gradient of the sum of the entries. Where the target broadcasts over
    the input it is repeated; where the input broadcasts over the target its gradient is summed.

    Raises: ValueError as `kl_div`.
    """
    log_q, t = _pair(input, target)
    _check.one_of("reduction", reduction, REDUCTIONS)
    with np.errstate(over="ignore"):
        t = np.exp(t) if log_target else t
    d = np.broadcast_to(-t, np.broadcast_shapes(log_q.shape, t.shape))
    return _unbroadcast(d, log_q.shape) / _divisor(reduction, log_q, d)


def d_kl_div_logits(
    logits: ArrayLike,
    target: ArrayLike,
    axis: int = -1,
    reduction: Reduction = "mean",
    log_target: bool = False,
) -> Array:
    """The gradient of kl_div(log_softmax(logits, axis), target) with respect to the logits.

    (softmax(a) sum t - t) over the reduction's divisor, the sum along the axis: softmax(a) - t for
    a target that sums to 1. By the chain rule through d log_softmax_j/d a_i = [i = j] - softmax_i.

    Raises: ValueError as `kl_div` and `log_softmax`.
    """
    d = d_kl_div_input(log_softmax(logits, axis), target, reduction, log_target)
    return d - softmax(logits, axis) * np.sum(d, axis=axis, keepdims=True)


def mean_kl(input: ArrayLike, target: ArrayLike, axis: int, log_target: bool = False) -> float:
    """The mean over distributions of KL(target || exp(input)), in nats.

    Here t = 0 contributes 0 whatever the input, the limit of t log t, where `kl_div` has torch's NaN.

    axis: the event axis, along which the outcomes of one distribution run; every other axis counts
    distributions. This is what "batchmean" gives only where the outcomes fill all axes but axis 0.

    Raises: ValueError for shapes that do not broadcast, or an axis they do not have.
    """
    pointwise = np.asarray(kl_div(input, target, "none", log_target))
    absent = np.asarray(target) == (-np.inf if log_target else 0.0)
    pointwise = np.where(absent, 0.0, pointwise)
    divergences: Array = np.sum(_axis(pointwise, axis, "input"), axis=axis)
    return float(np.mean(divergences))


def _axis(a: Array, axis: int, name: str = "a") -> Array:
    if a.ndim == 0 or a.size == 0:
        _check.fail(name, "an array with at least one entry and one axis", f"shape {a.shape}")
    _check.count("axis", axis, -a.ndim)
    return a if axis < a.ndim else _check.fail("axis", f"an axis of an array of shape {a.shape}", axis)


def _pair(input: ArrayLike, target: ArrayLike) -> tuple[Array, Array]:
    log_q, t = _check.array("input", input), _check.array("target", target)
    try:
        np.broadcast_shapes(log_q.shape, t.shape)
    except ValueError:
        _check.fail("target", f"a shape that broadcasts with input's {log_q.shape}", f"{t.shape}")
    return log_q, t


def _divisor(reduction: Reduction, log_q: Array, pointwise: Array) -> float:
    if reduction == "mean":
        return pointwise.size
    return log_q.shape[0] if reduction == "batchmean" and log_q.ndim else 1


def _unbroadcast(d: Array, shape: tuple[int, ...]) -> Array:
    """Summed over the axes along which an array of this shape was repeated."""
    d = d.sum(axis=tuple(range(d.ndim - len(shape))))
    return d.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1 and d.shape[i] != 1), keepdims=True)

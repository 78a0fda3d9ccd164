"""KL between discrete distributions, with torch's exact meaning, and the mean that was meant.

torch's `kl_div` takes the fit first and as log-probabilities, the target second: KL(target || input).
Its "mean" divides by the number of entries and its "batchmean" by the length of axis 0, whichever
axis the outcomes run along; `mean_kl` asks which axis that is. Everything is computed in float64.
"""

import warnings
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from . import _check, masses
from ._types import Array

Reduction = Literal["mean", "sum", "batchmean", "none"]
REDUCTIONS: tuple[Reduction, ...] = ("mean", "sum", "batchmean", "none")


def log_softmax(a: ArrayLike, axis: int = -1) -> Array:
    """a - log sum exp(a) along the axis, in nats; the shape of a. Never overflows for finite a.

    As torch 2.13: of a single number it is 0, of an empty array an empty one; a slice with nothing but -inf,
    or with +inf, gives NaN.

    Raises: ValueError for an axis that a does not have.
    """
    logits = _check.array("a", a)
    along = _axis(logits.shape or (1,), axis, "a")
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # inf - inf; log of no sum
        entries = logits.reshape(logits.shape or (1,))
        shifted = entries - np.max(entries, axis=along, keepdims=True, initial=-np.inf)
        result = shifted - np.log(np.sum(np.exp(shifted), axis=along, keepdims=True))
    return result.reshape(logits.shape)


def softmax(a: ArrayLike, axis: int = -1) -> Array:
    """exp(a) / sum exp(a) along the axis; the shape of a. 1 for a single number, as torch has it.

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
        if _check.flag("log_target", log_target):
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
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        t = np.exp(t) if _check.flag("log_target", log_target) else t
        d = np.broadcast_to(-t, np.broadcast_shapes(log_q.shape, t.shape))
        # Divided before it is summed: of no terms at all the sum is 0, as in torch, and not 0/0.
        return _unbroadcast(d / _divisor(reduction, log_q, d), log_q.shape)


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
    log_q = log_softmax(_check.array("logits", logits), axis)
    d = d_kl_div_input(log_q, target, reduction, log_target)
    along = axis if log_q.ndim else ()
    with np.errstate(invalid="ignore", over="ignore"):
        return d - np.exp(log_q) * np.sum(d, axis=along, keepdims=True)


def mean_kl(input: ArrayLike, target: ArrayLike, axis: int, log_target: bool = False) -> float:
    """The mean over distributions of KL(target || exp(input)), in nats.

    Here t = 0 contributes 0 whatever the input, the limit of t log t, where `kl_div` has torch's NaN.

    axis: the event axis, along which the outcomes of one distribution run; every other axis counts
    distributions. This is what "batchmean" gives only where the outcomes fill all axes but axis 0.

    The sums along the axis must be those of distributions, 1 to within 2 in 100, which leaves room for
    half precision. For any other numbers `kl_div` takes them as they are.

    Warns: UserWarning where the target or exp(input) sums to another mass.
    Raises: ValueError for shapes that do not broadcast, an axis they do not have, and for what is something
    else: probabilities or logits as the input, log-probabilities as the target or the other way round.
    """
    log_q, t = _pair(input, target)
    along = _axis(np.broadcast_shapes(log_q.shape, t.shape), axis, "input", least=1)
    log_target = _check.flag("log_target", log_target)
    for warning in masses.checked(log_q, t, along, log_target):
        warnings.warn(warning, stacklevel=2)
    pointwise = np.asarray(kl_div(log_q, t, "none", log_target))
    pointwise = np.where(t == (-np.inf if log_target else 0.0), 0.0, pointwise)
    divergences: Array = np.sum(pointwise, axis=along)
    return float(np.mean(divergences))


def _axis(shape: tuple[int, ...], axis: int, name: str, least: int = 0) -> int:
    """The axis, of an array of this shape, with at least so many entries."""
    if not shape or (least and 0 in shape):
        _check.fail(name, "an array with at least one entry and one axis", f"shape {shape}")
    index = _check.count("axis", axis, -len(shape))
    return index if index < len(shape) else _check.fail("axis", f"an axis of an array of shape {shape}", axis)


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

"""KL between discrete distributions, with torch's exact meaning, and the mean that was meant.

torch's `kl_div` takes the fit first and as log-probabilities, the target second: KL(target || input).
Its "mean" divides by the number of entries and its "batchmean" by the length of axis 0, whichever
axis the outcomes run along; `mean_kl` asks which axis that is. Everything is computed in float64, by the
formulas of `divlite.functional`.
"""

import warnings

import numpy as np
from numpy.typing import ArrayLike

from . import _check, masses
from ._types import Array
from .functional import kl, softmaxes
from .functional.kl import REDUCTIONS as REDUCTIONS
from .functional.kl import Reduction as Reduction


def log_softmax(a: ArrayLike, axis: int = -1) -> Array:
    """a - log sum exp(a) along the axis, in nats; the shape of a. Never overflows for finite a.

    As torch 2.13: of a single number it is 0, of an empty array an empty one; a slice with nothing but -inf,
    or with +inf, gives NaN.

    Raises: ValueError for an axis that a does not have.
    """
    logits = _check.array("a", a)
    along = _axis(logits.shape or (1,), axis, "a")
    return np.asarray(softmaxes.log_softmax(logits, along), np.float64)


def softmax(a: ArrayLike, axis: int = -1) -> Array:
    """exp(a) / sum exp(a) along the axis; the shape of a. 1 for a single number, as torch has it.

    Raises: ValueError for an axis that a does not have.
    """
    logits = _check.array("a", a)
    return np.asarray(softmaxes.softmax(logits, _axis(logits.shape or (1,), axis, "a")), np.float64)


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
    result = kl.kl_div(*_pair(input, target), reduction, log_target)
    return np.asarray(result, np.float64) if reduction == "none" else float(result)


def d_kl_div_input(
    input: ArrayLike, target: ArrayLike, reduction: Reduction = "mean", log_target: bool = False
) -> Array:
    """d kl_div/d input = -t over the reduction's divisor; the shape of input.

    With reduction "none", the gradient of the sum of the entries. Where the target broadcasts over
    the input it is repeated; where the input broadcasts over the target its gradient is summed.

    Raises: ValueError as `kl_div`.
    """
    return np.asarray(kl.d_kl_div(*_pair(input, target), reduction, log_target).input, np.float64)


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

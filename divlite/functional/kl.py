"""kl_div: the KL divergence with the fit first, as log-probabilities, and the target second."""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from . import door, reductions
from .door import Values
from .gradients import PairGradient

Reduction = Literal["mean", "sum", "batchmean", "none"]
REDUCTIONS: tuple[Reduction, ...] = ("mean", "sum", "batchmean", "none")


def xlogy(a: Values, b: Values) -> Values:
    """a log b, and 0 where a is 0. (torch's is NaN where b is NaN; here another term is NaN then.)"""
    return np.where(a == 0, a.dtype.type(0), a * np.log(b))


def points(log_q: Values, t: Values, log_target: bool) -> Values:
    return np.exp(t) * (t - log_q) if log_target else xlogy(t, t) - t * log_q


def pull_input(g: Values, t: Values, log_target: bool) -> Values:
    """What arrives at the input, where g arrives at the points."""
    return -(g * (np.exp(t) if log_target else t))


def pull_target(g: Values, log_q: Values, t: Values, log_target: bool) -> Values:
    """What arrives at the target. The t/t, 1 but for a target of 0 or inf, is from the log: NaN there.

    Summed over what was broadcast before it meets what is the target's alone, as in torch.
    """
    if log_target:
        return door.back(g * (t - log_q), t) * np.exp(t) + door.back(g * np.exp(t), t)
    own = door.back(g, t)
    return xlogy(own, t) + own * t / t - door.back(g * log_q, t)


def given(input: ArrayLike, target: ArrayLike, how: Any) -> tuple[Values, Values, str, int]:
    """The arguments, each in its own type; the reduction, and the rows that "batchmean" divides by."""
    log_q, t = door.floats("input", input), door.floats("target", target)
    door.broadcast(log_q, t)
    return log_q, t, _check.one_of("reduction", how, REDUCTIONS), log_q.shape[0] if log_q.ndim else 1


@np.errstate(all="ignore")  # log 0, 0 * inf
def kl_div(
    input: ArrayLike, target: ArrayLike, reduction: Reduction = "mean", log_target: bool = False
) -> Values:
    """t (log t - input) for each entry, then reduced; t = target, or exp(target) with log_target.

    The input and the target broadcast. "mean" divides by the number of entries, "batchmean" by the length of
    the input's axis 0, whatever that axis is for.

    Edge cases: t = 0 gives 0 where the input is finite and NaN where it is -inf (0 times inf); t < 0 gives
    NaN; t > 0 with input -inf gives +inf; with log_target, a target of -inf gives NaN.

    Raises: ValueError for shapes that do not broadcast, types other than float32 and float64, and a reduction
    of another name.
    Source: `kl_div` in aten/src/ATen/native/Loss.cpp.
    """
    log_q, t, how, rows = given(input, target, reduction)
    dtype = door.common((log_q, t))
    flag = _check.flag("log_target", log_target)
    return reductions.reduced(points(log_q.astype(dtype), t.astype(dtype), flag), how, rows)


@np.errstate(all="ignore")
def d_kl_div(
    input: ArrayLike,
    target: ArrayLike,
    reduction: Reduction = "mean",
    log_target: bool = False,
    *,
    grad_output: ArrayLike = 1.0,
) -> PairGradient:
    """By the input -t, by the target log t + 1 - input, over the divisor; with log_target exp(t) times these.

    With log_target the second is exp(target) (target - input + 1).

    Edge cases: by a target of 0 the gradient is NaN, also where grad_output is 0; by a negative one NaN.

    Raises: ValueError as `kl_div`, and for a grad_output of another shape than the value's.
    """
    log_q, t, how, rows = given(input, target, reduction)
    dtype, shape = door.common((log_q, t)), door.broadcast(log_q, t)
    flag = _check.flag("log_target", log_target)
    g = reductions.arriving(grad_output, shape, dtype, how, rows)
    by_input = pull_input(g, t.astype(dtype), flag)
    by_target = pull_target(g, log_q.astype(dtype), t.astype(dtype), flag)
    return PairGradient(door.back(by_input, log_q), door.back(by_target, t))

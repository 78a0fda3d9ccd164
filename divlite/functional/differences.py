"""mse_loss, l1_loss, smooth_l1_loss and huber_loss."""

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from . import difference
from .door import Values
from .gradients import PairGradient, WeightedGradient
from .reductions import Reduction


def mse_loss(
    input: ArrayLike, target: ArrayLike, reduction: Reduction = "mean", weight: ArrayLike | None = None
) -> Values:
    """(input - target)^2 for each entry, times the weight, then reduced.

    The input and the target broadcast; the weight has the shape of the input. With a weight, "mean" divides
    by the sum of the weights.

    Edge cases: the mean of nothing is NaN.

    Raises: ValueError for shapes that do not broadcast, types other than float32 and float64, and a reduction
    of another name.
    Source: `mse_loss` in torch/nn/functional.py and aten/src/ATen/native/Loss.cpp.
    """
    return difference.value(difference.SQUARE, input, target, reduction, weight)


def d_mse_loss(
    input: ArrayLike,
    target: ArrayLike,
    reduction: Reduction = "mean",
    weight: ArrayLike | None = None,
    *,
    grad_output: ArrayLike = 1.0,
) -> WeightedGradient:
    """By the input 2 w (input - target) over the divisor, by the target the negative of that.

    By the weight (input - target)^2, or for "mean" ((input - target)^2 - value) / sum w.

    Raises: ValueError as `mse_loss`, and for a grad_output of another shape than the value's.
    """
    return difference.gradient(difference.SQUARE, input, target, reduction, weight, grad_output)


def l1_loss(
    input: ArrayLike, target: ArrayLike, reduction: Reduction = "mean", weight: ArrayLike | None = None
) -> Values:
    """|input - target| for each entry, times the weight, then reduced. All else as `mse_loss`.

    Source: `l1_loss` in torch/nn/functional.py.
    """
    return difference.value(difference.SIZE, input, target, reduction, weight)


def d_l1_loss(
    input: ArrayLike,
    target: ArrayLike,
    reduction: Reduction = "mean",
    weight: ArrayLike | None = None,
    *,
    grad_output: ArrayLike = 1.0,
) -> WeightedGradient:
    """By the input w sign(input - target) over the divisor, where sign(0) = 0; else as `d_mse_loss`.

    Edge cases: the gradient is 0 where the difference is NaN, though the value is NaN there.

    Raises: ValueError as `mse_loss`, and for a grad_output of another shape than the value's.
    """
    return difference.gradient(difference.SIZE, input, target, reduction, weight, grad_output)


def smooth_l1_loss(
    input: ArrayLike, target: ArrayLike, reduction: Reduction = "mean", beta: float = 1.0
) -> Values:
    """e^2 / (2 beta) where |e| < beta, else |e| - beta/2, e = input - target; then reduced.

    Edge cases: beta = 0 is `l1_loss`; the mean of nothing is NaN.

    Raises: ValueError as `mse_loss`, and for a beta that is negative or not finite.
    Source: `smooth_l1_loss` in torch/nn/functional.py.
    """
    return difference.value(
        difference.smooth(_check.within("beta", beta, 0.0, np.inf)), input, target, reduction, None
    )


def d_smooth_l1_loss(
    input: ArrayLike,
    target: ArrayLike,
    reduction: Reduction = "mean",
    beta: float = 1.0,
    *,
    grad_output: ArrayLike = 1.0,
) -> PairGradient:
    """By the input e/beta where |e| < beta, else sign(e), over the divisor; by the target its negative.

    Raises: ValueError as `smooth_l1_loss`, and for a grad_output of another shape than the value's.
    """
    rule = difference.smooth(_check.within("beta", beta, 0.0, np.inf))
    return PairGradient(*difference.gradient(rule, input, target, reduction, None, grad_output)[:2])


def huber_loss(
    input: ArrayLike,
    target: ArrayLike,
    reduction: Reduction = "mean",
    delta: float = 1.0,
    weight: ArrayLike | None = None,
) -> Values:
    """e^2 / 2 where |e| <= delta, else delta (|e| - delta/2), e = input - target; weighted, then reduced.

    delta times `smooth_l1_loss` with beta = delta. With a weight, "mean" divides by the number of entries:
    here torch has another rule than in `mse_loss`.

    Raises: ValueError as `mse_loss`, and for a delta that is not finite and > 0.
    Source: `huber_loss` in torch/nn/functional.py.
    """
    return difference.value(
        difference.huber(_check.positive("delta", delta)), input, target, reduction, weight
    )


def d_huber_loss(
    input: ArrayLike,
    target: ArrayLike,
    reduction: Reduction = "mean",
    delta: float = 1.0,
    weight: ArrayLike | None = None,
    *,
    grad_output: ArrayLike = 1.0,
) -> WeightedGradient:
    """By the input w e where |e| < delta, else w delta sign(e), over the divisor; by the target the negative.

    By the weight the unweighted entry, over the divisor.

    Raises: ValueError as `huber_loss`, and for a grad_output of another shape than the value's.
    """
    rule = difference.huber(_check.positive("delta", delta))
    return difference.gradient(rule, input, target, reduction, weight, grad_output)

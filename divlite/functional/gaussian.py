"""gaussian_nll_loss: minus the log density of a Normal, with its variance clamped from below."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from . import door, reductions
from .door import Values
from .gradients import VarianceGradient
from .reductions import Reduction


class Given(NamedTuple):
    came: tuple[Values, Values, Values | None]
    e: Values
    var: Values  # clamped, and of a shape that broadcasts
    reduction: str


def given(input: ArrayLike, target: ArrayLike, var: ArrayLike, eps: Any, how: Any) -> Given:
    a, b = door.floats("input", input), door.floats("target", target)
    door.broadcast(a, b)
    # A plain number has torch's meaning: the same variance everywhere, by which nothing is differentiated.
    plain = isinstance(var, float | int)
    came = np.full(a.shape, var, a.dtype) if plain else door.floats("var", var)
    least = float(var if plain else np.fmin.reduce(came, axis=None, initial=np.inf))
    if least < 0:
        _check.fail("var", "entries >= 0", f"{least:g}")
    dtype = door.common((a, b, came))
    clamped = np.maximum(came.reshape(_shape(came, a)), dtype.type(_check.number("eps", eps)))
    e = np.subtract(a, b, dtype=dtype)
    return Given((a, b, None if plain else came), e, clamped.astype(dtype), reductions.checked(how))


def _shape(var: Values, input: Values) -> door.Shape:
    """The shape in which the variance broadcasts: as it is, or with an axis more at its end."""
    if var.shape == input.shape:
        return var.shape
    if var.shape == input.shape[:-1] and input.ndim:
        return (*var.shape, 1)
    differing = [n for m, n in zip(input.shape, var.shape, strict=False) if m != n]
    if var.ndim == input.ndim and sum(differing) == 1:
        return var.shape
    fitting = f"input's shape {input.shape}, or that without its last axis, or with one axis of length 1"
    _check.fail("var", fitting, f"{var.shape}")


@np.errstate(all="ignore")  # log 0 and 0/0 with eps = 0
def gaussian_nll_loss(
    input: ArrayLike,
    target: ArrayLike,
    var: ArrayLike,
    full: bool = False,
    eps: float = 1e-6,
    reduction: Reduction = "mean",
) -> Values:
    """(log v + (input - target)^2 / v) / 2, v = max(var, eps), for each entry; then reduced. In nats.

    full: adds log(2 pi) / 2, without which this is no density.
    var: of the input's shape; that with one axis of length 1; that without its last axis; or a number.

    Raises: ValueError for a negative variance, shapes that do not fit, types other than float32 and float64,
    an eps that is not finite, and a reduction of another name.
    Source: `gaussian_nll_loss` in torch/nn/functional.py.
    """
    _, e, v, how = given(input, target, var, eps, reduction)
    entries = 0.5 * (np.log(v) + e * e / v)
    if _check.flag("full", full):
        entries = entries + 0.5 * math.log(2.0 * math.pi)
    return reductions.reduced(entries, how)


@np.errstate(all="ignore")
def d_gaussian_nll_loss(
    input: ArrayLike,
    target: ArrayLike,
    var: ArrayLike,
    full: bool = False,
    eps: float = 1e-6,
    reduction: Reduction = "mean",
    *,
    grad_output: ArrayLike = 1.0,
) -> VarianceGradient:
    """By the input (input - target)/v, by the target its negative, by the variance (1 - e^2/v) / (2 v).

    Over the divisor, with e = input - target and v = max(var, eps). The clamp is no part of the derivative:
    by a variance below eps the gradient is the one at eps, and not 0. `var` is None for a plain number.

    Raises: ValueError as `gaussian_nll_loss`, and for a grad_output of another shape than the value's.
    """
    (a, b, came), e, v, how = given(input, target, var, eps, reduction)
    _check.flag("full", full)
    shape = np.broadcast_shapes(e.shape, v.shape)
    g = 0.5 * reductions.arriving(grad_output, shape, e.dtype, how)
    d_e = 2 * (g / v) * e
    by_input, by_target = door.back(d_e, a), door.back(-d_e, b)
    if came is None:
        return VarianceGradient(by_input, by_target, None)
    # Summed over what was broadcast before it meets what is the variance's alone, as in torch.
    d_v = door.back(g, v) / v - door.back(g * (e * e / v / v), v)
    return VarianceGradient(by_input, by_target, np.asarray(d_v, came.dtype).reshape(came.shape))

"""cosine_similarity: the inner product of two vectors, each over its own length."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from . import door
from .door import Values
from .gradients import CosineGradient


class Side(NamedTuple):
    """One of the two vectors: it, its length, the length that it is divided by, and what comes of that."""

    x: Values
    norm: Values
    clamped: Values
    unit: Values


def side(x: Values, axis: int, eps: float) -> Side:
    # Of one entry torch takes the size itself, whose square could underflow.
    single = x.shape[axis] == 1
    norm = np.abs(x) if single else np.sqrt(np.sum(x * x, axis=axis, keepdims=True))
    clamped = np.maximum(norm, x.dtype.type(eps))
    return Side(x, norm, clamped, x / clamped)


def pull(g: Values, one: Side, other: Side, axis: int) -> Values:
    """What arrives at one side: as if the norm were what it is divided by, clamped or not."""
    arrives = g * other.unit
    by_norm = np.sum(-arrives * (one.unit / one.clamped), axis=axis, keepdims=True)
    direction = np.where(one.norm == 0, g.dtype.type(0), one.x / one.norm)
    return arrives / one.clamped + by_norm * direction


class Given(NamedTuple):
    came: tuple[Values, Values]
    expanded: tuple[Values, Values]
    axis: int
    shape: door.Shape


def given(x1: ArrayLike, x2: ArrayLike, dim: Any) -> Given:
    """The vectors as they came; in one type and shape; the axis, counted from 0; the shape of the value."""
    a, b = came = door.floats("x1", x1), door.floats("x2", x2)
    shape, dtype = door.broadcast(a, b, ("x1", "x2")), door.common(came, expanded=True)
    axis = door.axis(dim, shape)
    full = shape or (1,)
    expanded = tuple(np.broadcast_to(x.astype(dtype), full) for x in came)
    return Given(came, (expanded[0], expanded[1]), axis, (*shape[:axis], *shape[axis + 1 :]))


@np.errstate(all="ignore")  # 0/0 with eps = 0; squares that overflow
def cosine_similarity(x1: ArrayLike, x2: ArrayLike, dim: int = 1, eps: float = 1e-8) -> Values:
    """sum (x1/N1) (x2/N2) along the axis dim, N = max(|x|, eps): each length is clamped by itself.

    x1 and x2 broadcast; dim is an axis of the shape that they broadcast to, and the value lacks it.

    Edge cases: a vector of zeros gives 0; with eps = 0, NaN. A length over the range of the type is inf.

    Raises: ValueError for shapes that do not broadcast, an axis that they do not have (dim is 1 where nothing
    is said, which single vectors lack), and an eps that is negative or not finite.
    Source: `cosine_similarity` in aten/src/ATen/native/Distance.cpp.
    """
    arguments = given(x1, x2, dim)
    bound = _check.within("eps", eps, 0.0, np.inf)
    one, other = (side(x, arguments.axis, bound) for x in arguments.expanded)
    return np.asarray(np.sum(one.unit * other.unit, axis=arguments.axis)).reshape(arguments.shape)


@np.errstate(all="ignore")
def d_cosine_similarity(
    x1: ArrayLike, x2: ArrayLike, dim: int = 1, eps: float = 1e-8, *, grad_output: ArrayLike = 1.0
) -> CosineGradient:
    """By x1: y2/N1 - (sum x1 y2)/N1^2 x1/|x1|, with y2 = x2/N2 and the sum along dim; by x2 likewise.

    Below eps this is no derivative of the value: the clamp changes the number and leaves the gradient of |x|
    in place, as torch has it. At x = 0 the second term is 0.

    Raises: ValueError as `cosine_similarity`, and for a grad_output of another shape than the value's.
    """
    arguments = given(x1, x2, dim)
    axis, bound = arguments.axis, _check.within("eps", eps, 0.0, np.inf)
    one, other = (side(x, axis, bound) for x in arguments.expanded)
    g = door.arriving(grad_output, arguments.shape, one.x.dtype)
    g = np.expand_dims(g, axis) if arguments.came[0].ndim or arguments.came[1].ndim else g.reshape(1)
    back = [pull(g, one, other, axis), pull(g, other, one, axis)]
    shape = door.broadcast(*arguments.came)
    by_x1, by_x2 = (door.back(d.reshape(shape), x) for d, x in zip(back, arguments.came, strict=True))
    return CosineGradient(by_x1, by_x2)

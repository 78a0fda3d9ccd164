"""What older versions of torch did, as far as it changes a number; and the old formulas that can be computed.

Written from torch's sources and threads, which each entry names; no old version was run.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from . import cosine, door, kl, reductions
from .door import Values
from .gradients import CosineGradient, PairGradient
from .kl import Reduction


@np.errstate(all="ignore")
def kl_div_until_1_12(
    input: ArrayLike, target: ArrayLike, reduction: Reduction = "mean", log_target: bool = False
) -> Values:
    """`kl_div` of torch up to 1.12: t (log t - input) where t > 0, and 0 everywhere else.

    So a negative target counted as 0, and so did a target of 0 where the input is -inf, and one of NaN.
    With log_target nothing has changed.

    Raises: ValueError as `kl_div`.
    """
    if _check.flag("log_target", log_target):
        return kl.kl_div(input, target, reduction, True)
    log_q, t, how, rows = kl.given(input, target, reduction)
    dtype = door.common((log_q, t))
    log_q, t = log_q.astype(dtype), t.astype(dtype)
    return reductions.reduced(np.where(t > 0, t * (np.log(t) - log_q), dtype.type(0)), how, rows)


@np.errstate(all="ignore")
def d_kl_div_until_1_12(
    input: ArrayLike,
    target: ArrayLike,
    reduction: Reduction = "mean",
    log_target: bool = False,
    *,
    grad_output: ArrayLike = 1.0,
) -> PairGradient:
    """By the input -t where t > 0, else 0; by the target log t + 1 - input, 0 where t = 0, NaN where t < 0.

    Over the divisor. For an input and a target of one shape: of others, older torch's gradient was another.

    Raises: ValueError as `d_kl_div`, and for two different shapes.
    """
    log_q, t, how, rows = kl.given(input, target, reduction)
    if log_q.shape != t.shape:
        _check.fail("target", f"the shape of input, {log_q.shape}", f"{t.shape}")
    if _check.flag("log_target", log_target):
        return kl.d_kl_div(log_q, t, reduction, True, grad_output=grad_output)
    dtype = door.common((log_q, t))
    g = reductions.arriving(grad_output, t.shape, dtype, how, rows)
    by_input = np.where(t > 0, -t * g, dtype.type(0))
    by_target = np.where(t == 0, dtype.type(0), g * (np.log(t) + 1 - log_q))
    return PairGradient(door.back(by_input, log_q), door.back(by_target, t))


@np.errstate(all="ignore")
def cosine_similarity_until_1_11(x1: ArrayLike, x2: ArrayLike, dim: int = 1, eps: float = 1e-8) -> Values:
    """`cosine_similarity` of torch up to 1.11: sum x1 x2 / sqrt(max(|x1|^2 |x2|^2, eps^2)), with one clamp.

    For an x1 and an x2 of one shape: what was done with others changed between these versions.

    Raises: ValueError as `cosine_similarity`, and for two different shapes.
    """
    return _product(_alike(x1, x2, dim), _check.within("eps", eps, 0.0, np.inf))[0]


@np.errstate(all="ignore")
def d_cosine_similarity_until_1_11(
    x1: ArrayLike, x2: ArrayLike, dim: int = 1, eps: float = 1e-8, *, grad_output: ArrayLike = 1.0
) -> CosineGradient:
    """By x1: (x2 - c |x2|^2 x1 / n) / n, with c the value and n the root; below eps the second term is 0.

    Raises: ValueError as `cosine_similarity_until_1_11`, and for a grad_output of another shape.
    """
    arguments = _alike(x1, x2, dim)
    one, two = arguments.expanded
    value, root, squares, free = _product(arguments, _check.within("eps", eps, 0.0, np.inf))
    g = door.arriving(grad_output, arguments.shape, one.dtype)
    shape = door.broadcast(*arguments.came)
    along = (np.expand_dims(np.reshape(x, arguments.shape), arguments.axis) for x in (g, value, root, free))
    g, value, root, free = (x.reshape((1,)) if not shape else x for x in along)
    pulls: list[Values] = []
    for x, y, other in ((one, two, squares[1]), (two, one, squares[0])):
        through_root = np.where(free, g * value / root / root * other * x, x.dtype.type(0))
        pulls.append((g * y / root - through_root).reshape(shape))
    by_x1, by_x2 = (door.back(d, x) for d, x in zip(pulls, arguments.came, strict=True))
    return CosineGradient(by_x1, by_x2)


def _alike(x1: ArrayLike, x2: ArrayLike, dim: Any) -> cosine.Given:
    arguments = cosine.given(x1, x2, dim)
    one, two = arguments.came
    return (
        arguments if one.shape == two.shape else _check.fail("x2", f"x1's shape {one.shape}", f"{two.shape}")
    )


def _product(arguments: cosine.Given, eps: float) -> tuple[Values, Values, tuple[Values, Values], Any]:
    """The value, the clamped root, both squared lengths with the axis kept, and where nothing was clamped."""
    (one, two), axis = arguments.expanded, arguments.axis
    squares = np.sum(one * one, axis=axis, keepdims=True), np.sum(two * two, axis=axis, keepdims=True)
    product = np.squeeze(squares[0] * squares[1], axis)
    root = np.sqrt(np.maximum(product, one.dtype.type(eps * eps)))
    value = np.asarray(np.sum(one * two, axis=axis) / root)
    free = product >= one.dtype.type(eps * eps)
    return value.reshape(arguments.shape), root, squares, free


class Change(NamedTuple):
    """A number that torch once gave otherwise.

    since, until: the first and the last version that did so; "" where that is not known.
    formula, d_formula: the old functions, where they can be computed here.
    """

    function: str
    since: str
    until: str
    was: str
    now: str
    source: str
    formula: Callable[..., Any] | None = None
    d_formula: Callable[..., Any] | None = None


CHANGES: tuple[Change, ...] = (
    Change(
        "kl_div",
        "",
        "1.12",
        "a target that is not > 0 counts 0: a negative one, a NaN, and a 0 beside an input of -inf",
        "NaN for these; and the gradient by a target of 0 is NaN, where it was 0",
        "pytorch/pytorch#80334, #69230, #89558",
        kl_div_until_1_12,
        d_kl_div_until_1_12,
    ),
    Change(
        "cosine_similarity",
        "",
        "1.11",
        "the product of the two squared lengths is clamped, to eps^2",
        "each length is clamped by itself, to eps; the clamp does not stop the gradient",
        "pytorch/pytorch#31378, #104771",
        cosine_similarity_until_1_11,
        d_cosine_similarity_until_1_11,
    ),
    Change(
        "cosine_similarity",
        "2.1.0",
        "2.1.1",
        "the lengths are taken before x1 and x2 are broadcast: wrong, and over 1, for different shapes",
        "x1 and x2 are broadcast first",
        "pytorch/pytorch#109333, #114795",
    ),
    Change(
        "Adam",
        "",
        "1.2",
        "eps is added before the bias correction: dl.adam(..., epsilon_hat=True)",
        "eps is added after it: dl.adam(...)",
        "Kingma and Ba 2014, the end of section 2",
    ),
    Change(
        "kl_divergence(Uniform(0, 1), Beta(1, 1))",
        "",
        "2.7",
        "NaN (seen in 2.7; in which version it ended is not known)",
        "0 (seen in 2.13)",
        "torch.distributions.kl",
    ),
)

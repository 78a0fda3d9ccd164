"""A loss that is a function of the difference e = input - target, weighted and reduced; and its gradient."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from . import door, reductions
from .door import Values
from .gradients import WeightedGradient


class Rule(NamedTuple):
    """What a loss makes of a difference e, and what arrives at e where g arrives at the loss.

    over_weights: a weighted "mean" divides by the sum of the weights, and not by the number of entries.
    """

    point: Callable[[Values], Values]
    pull: Callable[[Values, Values], Values]
    over_weights: bool = True


def square(e: Values) -> Values:
    return e * e


def pull_square(g: Values, e: Values) -> Values:
    return 2 * g * e


def pull_size(g: Values, e: Values) -> Values:
    """The sign that torch takes is 0 where e is 0, and where it is NaN."""
    return g * ((e > 0).astype(e.dtype) - (e < 0).astype(e.dtype))


SQUARE = Rule(square, pull_square)
SIZE = Rule(np.abs, pull_size)


def smooth(beta: float) -> Rule:
    """e^2 / (2 beta) where |e| < beta, else |e| - beta/2. At the joint the slope is the outer one."""
    if beta == 0:
        return SIZE

    def point(e: Values) -> Values:
        return np.where(np.abs(e) < beta, 0.5 * e * e / beta, np.abs(e) - 0.5 * beta)

    def pull(g: Values, e: Values) -> Values:
        return np.where(e <= -beta, -g, np.where(e >= beta, g, g * e / beta))

    return Rule(point, pull)


def huber(delta: float) -> Rule:
    """e^2 / 2 where |e| <= delta, else delta (|e| - delta/2)."""

    def point(e: Values) -> Values:
        return np.where(np.abs(e) <= delta, 0.5 * e * e, delta * (np.abs(e) - 0.5 * delta))

    def pull(g: Values, e: Values) -> Values:
        return np.where(e <= -delta, -g * delta, np.where(e >= delta, g * delta, g * e))

    return Rule(point, pull, over_weights=False)


class Given(NamedTuple):
    came: tuple[Values, Values, Values | None]
    e: Values
    weight: Values | None
    reduction: str
    total: Values | None  # what a weighted mean divides by


def given(rule: Rule, input: ArrayLike, target: ArrayLike, how: Any, weight: ArrayLike | None) -> Given:
    a, b = door.floats("input", input), door.floats("target", target)
    door.broadcast(a, b)
    came = None if weight is None else door.floats("weight", weight)
    if came is not None and came.shape != a.shape:
        _check.fail("weight", f"the shape of input, {a.shape}", f"{came.shape}")
    dtype = door.common((a, b) if came is None else (a, b, came), expanded=True)
    w = None if came is None else came.astype(dtype)
    how = reductions.checked(how)
    total = np.sum(w) if w is not None and rule.over_weights and how == "mean" else None
    return Given((a, b, came), np.subtract(a, b, dtype=dtype), w, how, total)


@np.errstate(all="ignore")  # inf - inf; 0/0 for the mean of nothing
def value(rule: Rule, input: ArrayLike, target: ArrayLike, how: Any, weight: ArrayLike | None) -> Values:
    arguments = given(rule, input, target, how, weight)
    entries = rule.point(arguments.e)
    if arguments.weight is not None:
        entries = entries * arguments.weight
    if arguments.total is not None:
        return np.asarray(np.sum(entries) / arguments.total)
    return reductions.reduced(entries, arguments.reduction)


@np.errstate(all="ignore")
def gradient(
    rule: Rule,
    input: ArrayLike,
    target: ArrayLike,
    how: Any,
    weight: ArrayLike | None,
    grad_output: ArrayLike,
) -> WeightedGradient:
    (a, b, came), e, w, how, total = given(rule, input, target, how, weight)
    # Of a mean over the weights, the sum arrives with 1 over their total.
    arriving = reductions.arriving(grad_output, e.shape, e.dtype, "sum" if total is not None else how)
    g = arriving if total is None else arriving / total
    d_e = rule.pull(g if w is None else g * w, e)
    by_input, by_target = door.back(d_e, a), door.back(-d_e, b)
    if w is None or came is None:
        return WeightedGradient(by_input, by_target, None)
    points = rule.point(e)
    by_weight = door.back(g * points, came)
    if total is not None:
        d_total = -door.arriving(grad_output, (), e.dtype) * (np.sum(points * w) / total / total)
        by_weight = np.asarray(by_weight + d_total, came.dtype)
    return WeightedGradient(by_input, by_target, by_weight)

"""Whether numbers are distributions along an axis, and if not, what they look like.

A KL of what is no distribution is a number all the same, often a plausible one.
"""

import numpy as np

from . import _check
from ._types import Array

NEAR = 0.02  # of a sum from 1: half precision and numbers rounded to two digits are distributions yet
# Of a sum above 1: bfloat16 gives log-probabilities below -8 an error of up to 0.03, below -16 of 0.06.
ROUNDED = 0.1


def near_one(values: Array, axis: int) -> bool:
    """Whether these are probabilities: >= 0, summing to 1 along the axis."""
    return bool((values >= 0.0).all() and (np.abs(np.sum(values, axis=axis) - 1.0) <= NEAR).all())


def extreme(values: Array, axis: int) -> float:
    """The sum along the axis that is furthest from 1; NaN where all are."""
    sums = np.ravel(np.sum(values, axis=axis))
    return float(sums[np.argmax(np.nan_to_num(np.abs(sums - 1.0), nan=-1.0))])


def other_axis(values: Array, axis: int) -> int | None:
    """An axis along which these are probabilities, where they are not along the one given."""
    others = (i for i in range(values.ndim) if i != axis % values.ndim)
    return next((i for i in others if near_one(values, i)), None)


def refuse_log_probabilities(t: Array, axis: int, exchanged: bool) -> None:
    """The target, where it should be probabilities, has an entry below 0."""
    if not (t < 0.0).any():
        return
    cure = f"a negative entry, {t.min():.4g}: of logits, take dl.softmax(target, axis={axis})"
    if exchanged:
        cure = "log-probabilities: the input, in logs, stands first and the target second"
    elif near_one(np.exp(t), axis):
        cure = "log-probabilities: say log_target=True, or write np.exp(target)"
    _check.fail("target", f"probabilities along axis {axis}", cure)


def refuse_others(name: str, log_p: Array, axis: int, cure: str) -> None:
    """What should be log-probabilities sums to more than 1, and not because of its rounding."""
    mass = extreme(np.exp(log_p), axis)
    if not mass > 1.0 + ROUNDED:
        return
    if (along := other_axis(np.exp(log_p), axis)) is not None:
        _check.fail(
            name,
            f"log-probabilities along axis {axis}",
            f"log-probabilities along axis {along}: say axis={along}",
        )
    got = f"exp({name}) that sums to {mass:.4g}: of logits, take dl.log_softmax({name}, axis={axis})"
    _check.fail(
        name,
        f"log-probabilities along axis {axis}",
        f"probabilities: {cure}" if near_one(log_p, axis) else got,
    )


@np.errstate(over="ignore", invalid="ignore")
def checked(log_q: Array, t: Array, axis: int, log_target: bool) -> tuple[str, ...]:
    """Warnings of masses that are not 1; a ValueError for numbers that are something else.

    Both are broadcast first, as they are in the sum.
    """
    log_q, t = np.broadcast_arrays(log_q, t)
    if log_target:
        refuse_others("target", t, axis, "say log_target=False, or write np.log(target)")
    else:
        refuse_log_probabilities(t, axis, exchanged=near_one(log_q, axis) and near_one(np.exp(t), axis))
    refuse_others("input", log_q, axis, "write np.log(input)")
    first = "exp(target)" if log_target else "target"
    seen = {first: np.exp(t) if log_target else t, "exp(input)": np.exp(log_q)}
    masses = {name: extreme(values, axis) for name, values in seen.items()}
    return tuple(
        warning(name, mass, axis, other_axis(seen[name], axis))
        for name, mass in masses.items()
        if abs(mass - 1.0) > NEAR
    )


def warning(name: str, mass: float, axis: int, along: int | None) -> str:
    cure = "" if along is None else f"; along axis {along} it does"
    logs = f"dl.log_softmax({name[4:-1]}, axis={axis})"
    if name == "target":
        logs = (
            f"target / target.sum(axis={axis}, keepdims=True), or of logits dl.softmax(target, axis={axis})"
        )
    return (
        f"{name} sums to {mass:.4g} along axis {axis}, not to 1{cure}: this is no KL between distributions, "
        f"and may be negative{'' if along is not None else f'. To make it one, take {logs}'}"
    )

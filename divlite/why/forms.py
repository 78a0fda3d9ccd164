"""What the numbers of an array seem to be, and along which axis its outcomes run."""

from typing import Literal, NamedTuple

import numpy as np

from .. import masses
from .._types import Array

Kind = Literal["probabilities", "log-probabilities", "weights", "logits"]


class Form(NamedTuple):
    """kind: "weights" are >= 0 and sum to something else than 1; "logits" are any other numbers.

    axes: those along which these are distributions, the last first; none of weights and logits.
    """

    kind: Kind
    axes: tuple[int, ...]


@np.errstate(over="ignore", invalid="ignore")
def form(values: Array) -> Form:
    """The form of an array with at least one axis. NaN makes it logits: nothing else can be said."""
    axes = range(values.ndim - 1, -1, -1)
    if along := tuple(i for i in axes if masses.near_one(values, i)):
        return Form("probabilities", along)
    if values.size and (values <= masses.NEAR).all():  # half precision may round a log-probability above 0
        exp = np.exp(values)
        if along := tuple(i for i in axes if masses.near_one(exp, i)):
            return Form("log-probabilities", along)
    return Form("weights" if (values >= 0.0).all() else "logits", ())


def event_axes(forms: tuple[Form, Form], ndim: int, axis: int | None) -> tuple[int, ...]:
    """The axes along which outcomes may run, the likeliest first."""
    if axis is not None:
        return (axis,)
    first, second = (set(form.axes) for form in forms)
    shared = (first & second) or (first | second)
    usual = (1, ndim - 1) if ndim == 4 else (ndim - 1,)  # images have their classes on axis 1
    return tuple(sorted(shared, reverse=True)) or usual


@np.errstate(over="ignore", invalid="ignore")
def sums(values: Array, axis: int) -> str:
    """The sums along the axis in words: one number, or the least and the greatest."""
    total = np.sum(values, axis=axis)
    low, high = (f"{number:.4g}" for number in (np.min(total), np.max(total)))
    return low if low == high else f"{low} to {high}"


@np.errstate(over="ignore", invalid="ignore")
def described(values: Array, found: Form, axis: int) -> str:
    """The form in words, with its sums along the axis where it is no distribution."""
    if values.size == 0:
        return "empty"
    if bad := int(np.isnan(values).sum()):
        return f"{bad:,} of {values.size:,} entries are NaN"
    if found.axes:
        return f"{found.kind} along axis {' and axis '.join(map(str, found.axes))}"
    if found.kind == "weights":
        return f"numbers >= 0 that sum to {sums(values, axis)} along axis {axis}: weights, or logits"
    return f"logits: exp sums to {sums(np.exp(values), axis)} along axis {axis}"

"""The door of a cross-check: what is said of a function, and what is refused before a search."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import numpy as np

from .. import _check
from .._types import Array, Loss
from . import as_given, calling
from .calling import Function, RefusedError

Mean = Literal["distribution", "sum", "entries"]
MEANS: tuple[Mean, ...] = ("distribution", "sum", "entries")
# What arguments may be, other than distributions: the numbers of a Normal, and samples' log-probabilities.
NORMAL = ("mu", "sigma", "log_sigma", "variance", "log_variance")
SAMPLES = ("log_q", "log_p")


class Options(NamedTuple):
    """What is said of a function besides its arguments, as `crosscheck` takes it."""

    fit: int
    expected: Loss | None
    mean: Mean | None
    axis: int | None
    temperature: float
    dx: float


def checked(fn: Any, arguments: tuple[Any, ...], gradient: Any, said: Options) -> None:
    """What can be said before anything is called.

    Raises: ValueError.
    """
    if not callable(fn):
        _check.fail("fn", "a function of tensors", fn)
    if not arguments:
        _check.fail("arguments", "the tensors to call fn with", "none")
    if said.mean is not None:
        _check.one_of("mean", said.mean, MEANS)
    if _check.count("fit", said.fit, 0) > 1:
        _check.fail("fit", "0 or 1, the place of the fit's argument", said.fit)
    _check.positive("temperature", said.temperature)
    _check.positive("dx", said.dx)
    _check.callback("gradient", gradient, None)


def without_nan(arrays: tuple[Array, ...]) -> None:
    """Refuse NaN: then it is in the arguments, and not of the function's making. Raises: ValueError."""
    for place, array in enumerate(arrays, 1):
        if np.isnan(array).any():
            index = tuple(int(i) for i in np.argwhere(np.isnan(array))[0])
            _check.fail(f"argument {place}", "numbers", f"NaN at index {index}, before fn is called")


def without_labels(tensors: Sequence[Any], arrays: tuple[Array, ...]) -> None:
    """Refuse class indices in the place of a distribution. Raises: ValueError."""
    if len(arrays) != 2:
        return
    for place in (0, 1):
        own, other = arrays[place], arrays[1 - place]
        whole = not calling.floating(tensors[place])
        if whole and other.ndim == own.ndim + 1 and own.size * other.ndim and (own >= 0.0).all():
            _check.fail(
                f"argument {place + 1}",
                f"a number for every class, such as F.one_hot(labels, {other.shape[-1]}).double()",
                f"class indices of shape {own.shape}",
            )


def not_empty(arrays: tuple[Array, ...]) -> None:
    for place, array in enumerate(arrays, 1):
        if not array.size:
            _check.fail(f"argument {place}", "at least one entry", f"shape {array.shape}")


def function(
    fn: Callable[..., Any],
    gradient: Callable[..., Any] | None,
    fit: int,
    tensors: tuple[Any, ...],
    arrays: tuple[Array, ...],
) -> Function:
    """The function, which must take these arguments.

    Raises: ValueError where it, or its backward, raises an error for them.
    """
    with refusals("a function that takes these arguments"):
        as_given.value_as_given(fn, tensors)
        found = calling.function(fn, arrays, gradient, fit)
    with refusals("a function that can be differentiated"):
        found.gradients(*arrays)
    return found


@contextmanager
def refusals(expected: str) -> Generator[None]:
    """What the function raises inside, as bad input. Raises: ValueError."""
    try:
        yield
    except RefusedError as error:
        _check.fail("fn", expected, str(error))

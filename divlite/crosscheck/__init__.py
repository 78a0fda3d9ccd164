"""What a torch loss really computes, and which line to change.

The function is a black box. It is called on random arguments, where slips show: what it gives is a sum of known
terms times numbers, and these are found by least squares, to the last digits. What fits is named by its parts.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Literal

from .. import _check
from .._types import Array, Loss
from . import calling, data, discrete, forms, naming
from .calling import RefusedError
from .probes import Asked
from .report import Alternative as Alternative
from .report import Finding as Finding
from .report import Report as Report

Mean = Literal["distribution", "sum", "entries"]


def crosscheck(
    fn: Callable[..., Any],
    *arguments: Any,
    given: str | Sequence[str] | None = None,
    fit: int = 0,
    expected: Loss | None = None,
    mean: Mean | None = None,
    axis: int | None = None,
    temperature: float = 1.0,
    dx: float = 1.0,
) -> Report:
    """What does this torch function compute, and if it is not what is meant, which line is to be changed?

    fn: called as fn(*arguments) with tensors; it is called, and never read or changed.
    """
    arrays = tuple(calling.plain(f"argument {n + 1}", a) for n, a in enumerate(arguments))
    names = _names(fn, len(arrays))
    function = _function(fn, arrays)
    found = axis if axis is not None else forms.event_axis((arrays[0], arrays[1]))
    ndim = max(a.ndim for a in arrays)
    event = found - ndim if found >= 0 else found
    kinds = _kinds(given, arrays, event)
    asked = Asked(function.output, (arrays[0], arrays[1]), (kinds[0], kinds[1]), fit, event, dx, temperature)
    sides = [naming.Side(names[i], kinds[i], event, temperature) for i in (1 - fit, fit)]
    reduced = function.output(*arrays).size == 1
    meant = naming.Meant(
        naming.spelled(expected), mean or ("" if expected is None else "distribution"), *sides, ndim, reduced
    )
    return discrete.crosscheck(function, asked, meant, arguments)


def _function(fn: Callable[..., Any], arrays: tuple[Array, ...]) -> calling.Function:
    try:
        return calling.function(fn, arrays)
    except RefusedError as error:
        return _check.fail("fn", "a function that takes these arguments", str(error))


def _kinds(given: str | Sequence[str] | None, arrays: tuple[Array, ...], axis: int) -> tuple[str, ...]:
    if given is None:
        return tuple(data.form_of(a, axis) for a in arrays)
    return (given,) * len(arrays) if isinstance(given, str) else tuple(given)


def _names(fn: Callable[..., Any], count: int) -> list[str]:
    """What the function calls its arguments; x1, x2 where it does not say."""
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return named[:count] if len(named) >= count else [f"x{n + 1}" for n in range(count)]

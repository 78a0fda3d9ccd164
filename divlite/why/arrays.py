"""The two arrays at the door: broadcast, with what each seems to be, and along which axes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from .._types import Array
from .bases import Source
from .forms import Form, described, event_axes, form
from .sides import Sides, sides
from .terms import MOST


class Arrays(NamedTuple):
    """Both arrays, broadcast, with their forms; what each is in words; the likely event axes."""

    input: Array
    target: Array
    forms: tuple[Form, Form]
    what: tuple[tuple[str, str], ...]
    axes: tuple[int, ...]


def arranged(input: ArrayLike, target: ArrayLike, axis: int | None) -> Arrays:
    """Both arrays, broadcast, with what they seem to be. Raises: ValueError as `why`."""
    first, second = _check.array("input", input), _check.array("target", target)
    try:
        a, b = np.broadcast_arrays(np.atleast_1d(first), np.atleast_1d(second))
    except ValueError:
        _check.fail("target", f"a shape that broadcasts with input's {first.shape}", f"{second.shape}")
    if axis is not None:
        along = _check.count("axis", axis, -a.ndim)
        axis = along % a.ndim if along < a.ndim else _check.fail("axis", f"an axis of shape {a.shape}", axis)
    forms = form(a), form(b)
    axes = event_axes(forms, a.ndim, axis)
    said = [
        (name, f"{np.shape(given)}, {described(values, found, axes[0])}")
        for name, given, values, found in (("input", first, a, forms[0]), ("target", second, b, forms[1]))
    ]
    return Arrays(a, b, forms, tuple(said), axes)


def sources_of(arrays: Arrays, temperature: float | None) -> list[tuple[Source, Source]]:
    """Two for each likely event axis."""
    first, second = arrays.forms
    return [
        (
            Source("input", arrays.input, first, axis, temperature),
            Source("target", arrays.target, second, axis, temperature),
        )
        for axis in arrays.axes
    ]


def sides_of(arrays: Arrays, temperature: float | None, most: int = MOST) -> list[Sides]:
    """One for each likely event axis."""
    return [sides(*two, most) for two in sources_of(arrays, temperature)]

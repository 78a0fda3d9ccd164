"""Numbers of few bits: float16, bfloat16 and float32, with the values of each held in float64.

A float64 holds every number of these formats, so rounding is a function from float64 to float64. It rounds to
the nearest number of the format, and halfway between two to the one whose last bit is 0, as IEEE 754 has it.
Numbers below the smallest normal one are kept with fewer digits, as subnormal numbers.
"""

from typing import Any, NamedTuple

import numpy as np

from .._types import Array
from ..elementary import where


class Format(NamedTuple):
    """A format: how many binary digits a number has, and which numbers it reaches.

    least: the smallest normal number; tiny: the smallest number above 0; largest: the largest finite one.
    """

    name: str
    digits: int
    least: float
    tiny: float
    largest: float


FORMATS = {
    "float16": Format("float16", 11, 2.0**-14, 2.0**-24, 65504.0),
    "bfloat16": Format("bfloat16", 8, 2.0**-126, 2.0**-133, (2.0 - 2.0**-7) * 2.0**127),
    "float32": Format("float32", 24, 2.0**-126, 2.0**-149, (2.0 - 2.0**-23) * 2.0**127),
}


def rounded(to: Format, values: Any) -> Array:
    """The nearest numbers of the format, as float64; beyond the largest, inf."""
    wide = np.asarray(values, dtype=np.float64)
    with np.errstate(all="ignore"):
        if to.name == "float16":
            return wide.astype(np.float16).astype(np.float64)
        single = wide.astype(np.float32)
        narrow: Any = _half_the_bits(single) if to.name == "bfloat16" else single
        return narrow.astype(np.float64)


def _half_the_bits(single: Any) -> Any:
    """float32 rounded to its upper 16 bits, which are a bfloat16.

    By way of float32, as machines do it, which have its arithmetic and not bfloat16's. For + - * / and the
    root this gives the nearest bfloat16 all the same: 24 digits are more than twice 8, and two.
    """
    bits = single.view(np.uint32)
    even = (bits >> np.uint32(16)) & np.uint32(1)
    near = ((bits + np.uint32(0x7FFF) + even) & np.uint32(0xFFFF0000)).view(np.float32)
    # To the bits of a NaN nothing may be added: they could become those of a number.
    return where(np.isnan(single), single, near)


def running(to: Format, terms: Array) -> Array:
    """The sums of the first, the first two, ... of the terms: one after the other, each rounded."""
    with np.errstate(all="ignore"):
        if to.name != "bfloat16":
            return np.add.accumulate(terms.astype(to.name)).astype(np.float64)
        sums = np.empty_like(terms)
        last = np.zeros(1)
        for i in range(terms.size):
            last = rounded(to, last + terms[i])
            sums[i] = last[0]
        return sums

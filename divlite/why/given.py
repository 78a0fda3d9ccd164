"""The number that is to be explained: what it is, and how exactly it is known."""

import math
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import numpy as np

from .. import _check

# A float32 has 24 bits: what torch prints in full is right to 1e-6 of it, after a sum of many terms too.
FLOAT32 = 1e-6
ROUNDING = 1.2e-7  # of the sum of |terms|: what a float32 sum loses where the terms cancel
DIGITS16 = 6  # more than half precision has; what is written with more is not round by chance
FULL = 15  # digits of a double that was printed in full
EXPECTED = "a number such as -0.0648, or an array of them"


class Given(NamedTuple):
    """half: half a unit of the last digit that was written; text: the number as it was written."""

    value: float
    half: float
    text: str
    digits: int

    @property
    def half_precision(self) -> bool:
        """Whether these many digits are those of one of the few numbers that half precision can hold."""
        bits = int(np.float32(self.value).view(np.uint32))
        few = bits % 2**16 == 0 or float(np.float16(self.value)) == self.value
        return self.short and self.digits > DIGITS16 and float(np.float32(self.value)) == self.value and few

    @property
    def short(self) -> bool:
        """Whether a float32 may have been printed here, and not a double."""
        return self.digits < FULL or float(np.float32(self.value)) == self.value


def given(value: Any) -> Given:
    """The number from a float, an int, a scalar of NumPy's or torch's, or a text; its digits as written."""
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "ndim", 1) == 0:
        kind = str(getattr(value, "dtype", ""))
        # The digits that a float32 has, and not those of its double.
        value = str(value) if type(value).__module__ == "numpy" and "32" in kind else item()
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        _check.fail("value", EXPECTED, _check.shown(value) + _check.tensor_cure(value))
    text = str(value).strip().replace("\u2212", "-")  # the minus sign of a text that was copied
    try:
        decimal = Decimal(text)
    except InvalidOperation:
        _check.fail("value", EXPECTED, _check.shown(value))
    if decimal.is_snan():
        decimal = Decimal("nan")
    exponent = decimal.as_tuple().exponent
    if not isinstance(exponent, int):
        return Given(float(decimal), 0.0, text, 0)
    half = float(Decimal((0, (5,), exponent - 1))) if decimal else 0.0
    number = float(decimal)
    if not math.isfinite(number):
        _check.fail("value", "a number within the range of a float", _check.shown(value))
    return Given(number, half, text, len(decimal.as_tuple().digits))

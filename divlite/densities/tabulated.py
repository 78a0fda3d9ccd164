"""A target known only at the points of the grid: measured data, a histogram, another program's output."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from .._types import Array


class Tabulated(NamedTuple):
    """log p at the points of the grid it will be used with; -inf where p is 0.

    Raises (methods): ValueError where the grid has another number of points, or for a NaN or +inf.
    """

    log_p: ArrayLike

    @classmethod
    def from_density(cls, p: ArrayLike) -> "Tabulated":
        """From densities p >= 0, in 1/units of x, of shape (n,); a 0 becomes log p = -inf.

        Raises: ValueError for a density that is negative or not finite.
        """
        values = _check.vector("p", p)
        bad = ~(np.isfinite(values) & (values >= 0))
        if bad.any():
            i = int(np.flatnonzero(bad)[0])
            _check.fail("p", "finite densities >= 0", f"p[{i}] = {values[i]:g}")
        with np.errstate(divide="ignore"):
            return cls(_check.frozen(np.log(values)))

    def log_prob(self, x: ArrayLike) -> Array:
        """The tabulated values, if x has as many points as there are values; they are not interpolated."""
        return _check.log_density("log_p", self.log_p, _check.array("x", x).size)

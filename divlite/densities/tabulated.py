"""A target known only at the points of the grid: measured data, a histogram, another program's output."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from .._types import Array
from . import samples as estimate
from .samples import METHODS, Method


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
        _check.every("p", values, np.isfinite(values) & (values >= 0), "finite densities >= 0")
        with np.errstate(divide="ignore"):
            return cls(_check.frozen(np.log(values)))

    @classmethod
    def from_samples(
        cls, samples: ArrayLike, x: ArrayLike, bandwidth: float | None = None, method: Method = "kernel"
    ) -> "Tabulated":
        """The density that samples come from, estimated at the points x of a grid.

        "kernel": p(x) = 1/n sum_j N(x; samples_j, h), with h = bandwidth, in units of x, or by Scott's rule
        h = s n^(-1/5), with s the samples' standard deviation (n - 1 in its denominator). Above 0 everywhere.
        "histogram": the share of samples in the bin of x, over the bin's width h = bandwidth, or by Scott's
        rule h = s (24 sqrt(pi)/n)^(1/3). The first bin starts at the least sample. 0 where a bin is empty.

        samples: shape (n,); x: shape (m,), as `grid.x`. The mass is 1 over the whole line, so on a grid it is
        about the share of the samples that the grid covers. A kernel estimate takes n m exponentials.

        Raises: ValueError for samples that are not finite, for samples all alike where there is no bandwidth,
        for points that no sample is near, and for a method of another name.
        Source: Scott, Multivariate Density Estimation (1992).
        """
        values, points = _check.samples(samples), _check.points(x)
        _check.one_of("method", method, METHODS)
        width = None if bandwidth is None else _check.positive("bandwidth", bandwidth)
        return cls(_check.frozen(estimate.log_density(values, points, width, method)))

    def log_prob(self, x: ArrayLike) -> Array:
        """The tabulated values, if x has as many points as there are values; they are not interpolated."""
        return _check.log_density("log_p", self.log_p, _check.array("x", x).size)

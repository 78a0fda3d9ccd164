"""The Normal family: g(z) = -z^2/2."""

import math
from typing import Any, NamedTuple

import numpy as np

from .._distinct import apart
from .._types import Array
from ..elementary import erfc
from . import methods

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
SQRT_HALF = math.sqrt(0.5)


@apart
class Normal(NamedTuple):
    """The Normal density with mean mu and standard deviation sigma, both in units of x.

    N(x; mu, sigma) = exp(-(x - mu)^2 / (2 sigma^2)) / (sigma sqrt(2 pi))

    A gradient with respect to (mu, sigma) is returned as a `Normal` too: same shape, its fields
    d_mu and d_sigma. So constructing one checks nothing; every function that takes one, and every
    method below, does.

    Raises (methods): ValueError for a sigma that is not finite and > 0, or a mu that is not finite.
    Source: Bishop, Pattern Recognition and Machine Learning (2006), eq. 1.46.
    """

    mu: float
    sigma: float

    log_prob = methods.log_prob
    prob = methods.prob
    score = methods.score
    cdf = methods.cdf
    sf = methods.sf
    quantile = methods.quantile

    def log_kernel(self, z: Any) -> Any:
        return -0.5 * (z * z)

    def pull(self, z: Any) -> Any:
        return z

    def log_mass(self) -> float:
        return HALF_LOG_2PI

    def standard_cdf(self, z: Any) -> Any:
        return 0.5 * erfc(-SQRT_HALF * z)

    def standard_sf(self, z: Any) -> Any:
        return 0.5 * erfc(SQRT_HALF * z)

    def standard_quantile(self, u: Array) -> Array:
        """Source: Wichura, Algorithm AS 241 (1988), as the standard library computes it."""
        from statistics import NormalDist

        return np.vectorize(NormalDist().inv_cdf, otypes=[np.float64])(u)

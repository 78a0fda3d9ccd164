"""The logistic family: g(z) = -z - 2 log(1 + exp(-z)), the same for z and -z."""

from typing import Any, NamedTuple

from .._distinct import apart
from .._types import Array
from ..elementary import absolute, exp, expm1, log, log1p, where
from . import methods


@apart
class Logistic(NamedTuple):
    """The logistic density with mean mu and scale sigma, both in units of x.

    exp(-z) / (sigma (1 + exp(-z))^2), z = (x - mu)/sigma; its standard deviation is pi sigma/sqrt(3).

    In |z| here, so that nothing overflows; -g'(z) = tanh(z/2).
    A gradient with respect to (mu, sigma) is returned as a `Logistic` too, as with `Normal`.

    Raises (methods): ValueError for a sigma that is not finite and > 0, or a mu that is not finite.
    Source: Krishnamoorthy, Handbook of Statistical Distributions (2016).
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
        distance = absolute(z)
        return -distance - 2.0 * log1p(exp(-distance))

    def pull(self, z: Any) -> Any:
        # 1 - exp(-|z|) by expm1: near the middle the difference has no digits.
        distance = absolute(z)
        size = -expm1(-distance) / (1.0 + exp(-distance))
        return where(z < 0.0, -size, size)

    def log_mass(self) -> float:
        return 0.0

    def standard_cdf(self, z: Any) -> Any:
        beyond = exp(-absolute(z))
        return where(z < 0.0, beyond, 1.0) / (1.0 + beyond)

    def standard_sf(self, z: Any) -> Any:
        beyond = exp(-absolute(z))
        return where(z > 0.0, beyond, 1.0) / (1.0 + beyond)

    def standard_quantile(self, u: Array) -> Array:
        """log(u/(1 - u)); near u = 1/2 from the distance to it, which keeps its digits."""
        return where(u < 0.25, log(u / (1.0 - u)), log1p((2.0 * u - 1.0) / (1.0 - u)))

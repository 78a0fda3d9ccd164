"""The Laplace family: g(z) = -|z|."""

import math
from typing import Any, NamedTuple

from .._distinct import apart
from .._types import Array
from ..elementary import absolute, exp, log, where
from . import methods

LOG_2 = math.log(2.0)


@apart
class Laplace(NamedTuple):
    """The Laplace density, or double exponential, with median mu and scale sigma, both in units of x.

    exp(-|x - mu|/sigma) / (2 sigma); its standard deviation is sqrt(2) sigma.

    At x = mu the density has a kink; 0 is taken as the derivative of |z| there.
    A gradient with respect to (mu, sigma) is returned as a `Laplace` too, as with `Normal`.

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
        return -absolute(z)

    def pull(self, z: Any) -> Any:
        return where(z > 0.0, 1.0, where(z < 0.0, -1.0, 0.0))

    def log_mass(self) -> float:
        return LOG_2

    def standard_cdf(self, z: Any) -> Any:
        beyond = 0.5 * exp(-absolute(z))
        return where(z < 0.0, beyond, 1.0 - beyond)

    def standard_sf(self, z: Any) -> Any:
        beyond = 0.5 * exp(-absolute(z))
        return where(z > 0.0, beyond, 1.0 - beyond)

    def standard_quantile(self, u: Array) -> Array:
        return log(2.0 * u)

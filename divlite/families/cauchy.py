"""The Cauchy family: g(z) = -log(1 + z^2)."""

import math
from typing import Any, NamedTuple

import numpy as np

from .._distinct import apart
from .._types import Array
from ..elementary import atan, log1p, where
from . import methods

LOG_PI = math.log(math.pi)


@apart
class Cauchy(NamedTuple):
    """The Cauchy density with median mu and half width at half maximum sigma, both in units of x.

    1 / (pi sigma (1 + z^2)), z = (x - mu)/sigma. It has neither a mean nor a variance.

    A gradient with respect to (mu, sigma) is returned as a `Cauchy` too, as with `Normal`.

    Raises (methods): ValueError for a sigma that is not finite and > 0, or a mu that is not finite.
    Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1972), p. 930.
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
        return -log1p(z * z)

    def pull(self, z: Any) -> Any:
        return 2.0 * z / (1.0 + z * z)

    def log_mass(self) -> float:
        return LOG_PI

    def standard_cdf(self, z: Any) -> Any:
        return below(z)

    def standard_sf(self, z: Any) -> Any:
        return below(-z)

    def standard_quantile(self, u: Array) -> Array:
        """-1/tan(pi u); near u = 1/2 from the distance to it, which keeps its digits."""
        return np.where(u < 0.25, -1.0 / np.tan(math.pi * u), -np.tan(math.pi * (0.5 - u)))


def below(z: Any) -> Any:
    """1/2 + atan(z)/pi; in the left tail atan(-1/z)/pi, which keeps its digits."""
    far = z < -1.0
    return where(far, atan(-1.0 / where(far, z, -1.0)), 0.5 * math.pi + atan(z)) / math.pi

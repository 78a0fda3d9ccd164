"""The Student-t family: g(z) = -(nu + 1)/2 log(1 + z^2/nu)."""

from typing import Any, NamedTuple

from .._distinct import apart
from .._types import Array
from ..elementary import log, log1p, log_half_beta, where
from . import methods, t_tail


@apart
class StudentT(NamedTuple):
    """Student's t density with median mu, scale sigma, both in units of x, and nu > 0 degrees of freedom.

    (1 + z^2/nu)^(-(nu + 1)/2) / (sigma sqrt(nu) B(1/2, nu/2)), z = (x - mu)/sigma. With nu = 1 it is the
    Cauchy density, and it tends to the Normal one as nu grows. nu need not be a whole number.

    nu is held fixed: a fit moves mu and sigma only. A gradient is returned as a `StudentT` too, with
    d_mu and d_sigma in its fields, and 0 in the place of nu.

    Raises (methods): ValueError for a sigma or nu that is not finite and > 0, or a mu that is not finite.
    Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1972), eq. 26.7.1.
    """

    mu: float
    sigma: float
    nu: float

    log_prob = methods.log_prob
    prob = methods.prob
    score = methods.score
    cdf = methods.cdf
    sf = methods.sf
    quantile = methods.quantile

    def log_kernel(self, z: Any) -> Any:
        return -0.5 * (self.nu + 1.0) * log1p(z * z / self.nu)

    def pull(self, z: Any) -> Any:
        return (self.nu + 1.0) * z / (self.nu + z * z)

    def log_mass(self) -> Any:
        return 0.5 * log(self.nu) + log_half_beta(0.5 * self.nu)  # pyright: ignore[reportArgumentType]

    def standard_cdf(self, z: Any) -> Any:
        beyond = t_tail.beyond(self.nu, z)
        return where(z < 0.0, beyond, 1.0 - beyond)

    def standard_sf(self, z: Any) -> Any:
        beyond = t_tail.beyond(self.nu, z)
        return where(z > 0.0, beyond, 1.0 - beyond)

    def standard_quantile(self, u: Array) -> Array:
        return t_tail.quantile(self, u)

"""Location and scale, one theorem for every family: X = mu + sigma Z, with Z the family's standard variable.

    log q(x) = g(z) - log sigma - c,   z = (x - mu)/sigma,   c = log of the integral of exp(g)
    dlog q/dmu = -g'(z)/sigma,   dlog q/dsigma = -(1 + z g'(z))/sigma

So a family is a few functions of z: g (`log_kernel`), -g' (`pull`), c (`log_mass`), and the CDF of Z from
below and from above. The functions here are trusted and elementwise: arrays in the numpy backend, scalars
inlined into the compiled loop in the numba one. A compiler puts a family's own method in place of the first
five, by its type.

Source: Casella and Berger, Statistical Inference (2002), section 3.5 (location and scale families).
"""

from typing import Any

from ..elementary import exp, log


def log_kernel(family: Any, z: Any) -> Any:
    """g(z), the log density of Z but for its constant."""
    return family.log_kernel(z)


def pull(family: Any, z: Any) -> Any:
    """-g'(z): how log q rises, in units of 1/sigma, when mu moves towards the point."""
    return family.pull(z)


def log_mass(family: Any) -> Any:
    """c, the logarithm of the integral of exp(g)."""
    return family.log_mass()


def standard_cdf(family: Any, z: Any) -> Any:
    """P(Z <= z)."""
    return family.standard_cdf(z)


def standard_sf(family: Any, z: Any) -> Any:
    """P(Z > z) = 1 - P(Z <= z), to all its digits."""
    return family.standard_sf(z)


def place(family: Any, mu: Any, sigma: Any) -> tuple[Any, Any, Any]:
    """Where a member of the family stands: mu, sigma, and log sigma + c, which is the same at every point."""
    return mu, sigma, log(sigma) + log_mass(family)


def log_prob(family: Any, at: tuple[Any, Any, Any], x: Any) -> Any:
    """log q(x) = g(z) - (log sigma + c)."""
    mu, sigma, log_scale = at
    return log_kernel(family, (x - mu) / sigma) - log_scale


def score(family: Any, at: tuple[Any, Any, Any], x: Any) -> tuple[Any, Any]:
    """dlog q/dmu = -g'/sigma and dlog q/dsigma = (-g' z - 1)/sigma."""
    mu, sigma, _ = at
    z = (x - mu) / sigma
    f = pull(family, z)
    return f / sigma, (z * f - 1.0) / sigma


def d_cdf(family: Any, at: tuple[Any, Any, Any], x: Any) -> tuple[Any, Any]:
    """dG/dmu = -q and dG/dsigma = -q z, for the CDF G of the member at x."""
    mu, sigma, _ = at
    q = exp(log_prob(family, at, x))
    return -q, -q * ((x - mu) / sigma)

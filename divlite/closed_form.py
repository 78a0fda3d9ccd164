"""KL between two Normals, in closed form: no grid, the integral itself."""

from typing import Any

from .densities import Normal, normal
from .elementary import log


def kl(m: Any, s: Any, mu: Any, sigma: Any) -> Any:
    """KL(N(m, s) || N(mu, sigma)) = log(sigma/s) + (s^2 + (m - mu)^2)/(2 sigma^2) - 1/2."""
    ratio, z = s / sigma, (m - mu) / sigma
    return 0.5 * (ratio * ratio + z * z - 1.0) - log(ratio)


def d_kl(m: Any, s: Any, mu: Any, sigma: Any) -> tuple[Any, Any]:
    """Its derivatives by mu and sigma: -z/sigma and (1 - (s/sigma)^2 - z^2)/sigma, z = (m - mu)/sigma."""
    ratio, z = s / sigma, (m - mu) / sigma
    return -z / sigma, (1.0 - ratio * ratio - z * z) / sigma


def normal_kl(p: Normal, q: Normal) -> float:
    """KL(p || q) = log(sigma/s) + (s^2 + (m - mu)^2)/(2 sigma^2) - 1/2, in nats; p = (m, s), q = (mu, sigma).

    Over the whole line, with no grid: `value_and_grad(ForwardKL(), p, q, grid)` tends to it on a fine grid
    with integral weights that holds all of p. Exchange the arguments for the other direction.

    Raises: ValueError for a Normal whose sigma is not finite and > 0, or whose mu is not finite.
    """
    return float(kl(*normal.checked(p, "p"), *normal.checked(q)))


def d_normal_kl(p: Normal, q: Normal) -> Normal:
    """The gradient of normal_kl(p, q) at q, as `Normal(d_mu, d_sigma)`, in nats over units of x.

    d_mu = (mu - m)/sigma^2 and d_sigma = (sigma^2 - s^2 - (m - mu)^2)/sigma^3.

    Raises: ValueError as `normal_kl`.
    """
    return Normal(*map(float, d_kl(*normal.checked(p, "p"), *normal.checked(q))))

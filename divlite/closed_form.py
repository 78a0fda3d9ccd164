"""KL between two Normals, in closed form: no grid, the integral itself."""

from collections.abc import Callable
from math import log
from typing import Any

from . import _check, families
from .families import Normal


def excess(u: float, s: float, sigma: float) -> float:
    """u - log(s/sigma) with u = s/sigma - 1, to all digits: near 0 the two cancel, and a series is summed."""
    if abs(u) < 0.1:
        return sum((-u) ** power / power for power in range(2, 20))
    return u - (log(s) - log(sigma))


def kl(m: Any, s: Any, mu: Any, sigma: Any, excess: Callable[[Any, Any, Any], Any] = excess) -> Any:
    """KL(N(m, s) || N(mu, sigma)) = z^2/2 + (r^2 - 1)/2 - log r, r = s/sigma, z = (m - mu)/sigma.

    Written in u = r - 1, of which no digit is lost where s and sigma are nearly the same.
    """
    z, u = (m - mu) / sigma, (s - sigma) / sigma
    return 0.5 * (z * z) + 0.5 * (u * u) + excess(u, s, sigma)


def d_kl(m: Any, s: Any, mu: Any, sigma: Any) -> tuple[Any, Any]:
    """Its derivatives by mu and sigma: -z/sigma and (1 - r^2 - z^2)/sigma, with 1 - r^2 = -u (2 + u)."""
    z, u = (m - mu) / sigma, (s - sigma) / sigma
    return -z / sigma, -(u * (2.0 + u) + z * z) / sigma


def normal_kl(p: Normal, q: Normal) -> float:
    """KL(p || q) = log(sigma/s) + (s^2 + (m - mu)^2)/(2 sigma^2) - 1/2, in nats; p = (m, s), q = (mu, sigma).

    Over the whole line, with no grid: `value_and_grad(ForwardKL(), p, q, grid)` tends to it on a fine grid
    with integral weights that holds all of p. Exchange the arguments for the other direction.

    Raises: ValueError for a Normal whose sigma is not finite and > 0, or whose mu is not finite.
    """
    return kl(*_normal(p, "p"), *_normal(q, "q"))


def d_normal_kl(p: Normal, q: Normal) -> Normal:
    """The gradient of normal_kl(p, q) at q, as `Normal(d_mu, d_sigma)`, in nats over units of x.

    d_mu = (mu - m)/sigma^2 and d_sigma = (sigma^2 - s^2 - (m - mu)^2)/sigma^3.

    Raises: ValueError as `normal_kl`.
    """
    return Normal(*d_kl(*_normal(p, "p"), *_normal(q, "q")))


def _normal(q: Any, name: str) -> Any:
    """A Normal, checked; of another family there is no such formula here."""
    checked = families.checked(q, name, families.NORMAL)
    return checked if type(checked) is Normal else _check.fail(name, families.NORMAL, _check.shown(q))

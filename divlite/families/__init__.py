"""The families of Q, and of P's components: each a few formulas of the standard variable z = (x - mu)/sigma.

    log_kernel(z)      g, the log density of the standard variable but for its constant
    pull(z)            -g', elementwise as g is
    log_mass()         log of the integral of exp(g), so that log q = g(z) - log sigma - log_mass
    standard_cdf(z), standard_sf(z)      P(Z <= z) and P(Z > z), each to all its digits
    standard_quantile(u)                 the z below which u lies, for 0 < u <= 1/2; one number at a time

`location_scale` makes log densities, scores and their like of these, once for all of them.
"""

from typing import Any

from .. import _check
from .._types import Family
from .methods import parameters, standard_quantile
from .normal import Normal

__all__ = ["Normal", "checked", "gradient", "parameters", "standard", "standard_quantile"]

OURS = __name__ + "."
FORMULAS = ("log_kernel", "pull", "log_mass")


def checked(q: Any, name: str = "q") -> Family:
    """q with floats in it, or the ValueError that says what is wrong with it; a pair is a Normal's."""
    if is_family(q):
        return parameters(q)
    expected = "a Normal(mu, sigma)"
    if _check.has(q, "log_prob") and not isinstance(q, type):
        hint = ". The target p stands before the fit q: are they exchanged?" if name in ("q", "q0") else ""
        if type(q).__name__ == "Normal":  # torch's
            expected, hint = f"divlite's own {expected[2:]}", ": write dl.Normal(its loc, its scale)"
        _check.fail(name, expected, _check.shown(q) + hint)
    return parameters(Normal(*_check.pair(name, q, expected, ("mu", "sigma"))))


def is_family(q: Any) -> bool:
    """Whether this is a member of a family: a NamedTuple with mu, sigma and the formulas of z."""
    if isinstance(q, type) or getattr(q, "_fields", ())[:2] != ("mu", "sigma"):
        return False
    return type(q).__module__.startswith(OURS) or all(_check.has(q, name) for name in FORMULAS)


def standard(q: Family) -> Family:
    """The family of this member: the member with mu = 0 and sigma = 1."""
    return q._replace(mu=0.0, sigma=1.0)


def gradient(family: Family, d_mu: float, d_sigma: float) -> Family:
    """A gradient in the shape of Q. What else a family has, such as nu, is held fixed: 0 there."""
    return type(family)(d_mu, d_sigma, *(0.0 for _ in family[2:]))

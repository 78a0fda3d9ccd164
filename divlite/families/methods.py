"""The methods that all families share: the doors to the formulas, which trust what they are given.

They are functions, and each family names them in its body: a family is a plain value and has no base class.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from .._types import Array, Family
from . import location_scale as formulas

LEAST = 5e-324  # the smallest float above 0
TINY = 2.2250738585072014e-308  # the smallest normal float: below it 1/sigma soon overflows


def log_prob(q: Family, x: ArrayLike) -> Array:
    """log q(x), in nats; the shape of x. Never -inf before the squares in it overflow."""
    member = parameters(q)
    with np.errstate(all="ignore"):
        return formulas.log_prob(
            member, formulas.place(member, member.mu, member.sigma), _check.array("x", x)
        )


def prob(q: Family, x: ArrayLike) -> Array:
    """q(x), in 1/units of x; the shape of x."""
    with np.errstate(over="ignore"):
        return np.exp(log_prob(q, x))


def score(q: Family, x: ArrayLike) -> tuple[Array, Array]:
    """(dlog q/dmu, dlog q/dsigma) at x, each the shape of x."""
    member = parameters(q)
    with np.errstate(all="ignore"):
        return formulas.score(member, formulas.place(member, member.mu, member.sigma), _check.array("x", x))


def cdf(q: Family, x: ArrayLike) -> Array:
    """P(X <= x), accurate in the left tail too; the shape of x."""
    member = parameters(q)
    with np.errstate(all="ignore"):
        return member.standard_cdf((_check.array("x", x) - member.mu) / member.sigma)


def sf(q: Family, x: ArrayLike) -> Array:
    """P(X > x) = 1 - cdf(x), accurate in the right tail too; the shape of x."""
    member = parameters(q)
    with np.errstate(all="ignore"):
        return member.standard_sf((_check.array("x", x) - member.mu) / member.sigma)


def quantile(q: Family, u: ArrayLike) -> Array:
    """The x at which cdf(x) = u, in units of x: -inf at 0, inf at 1; the shape of u.

    Raises: ValueError for a u outside [0, 1].
    """
    member, probability = parameters(q), _check.array("u", u)
    inside = (probability >= 0) & (probability <= 1)
    if not inside.all():
        _check.fail("u", "probabilities in [0, 1]", f"{probability[~inside][0]:g}")
    with np.errstate(over="ignore"):
        return member.mu + member.sigma * standard_quantile(member, probability, 1.0 - probability)


def standard_quantile(family: Family, u: Array, above: Array) -> Array:
    """The z at which the family's standard CDF is u; above: 1 - u, to all its digits.

    All families here are symmetric, so the upper half is found from its distance to 1.
    """

    lower = np.minimum(u, above)
    with np.errstate(all="ignore"):
        z = np.where(lower > 0.0, family.standard_quantile(np.maximum(lower, LEAST)), -np.inf)
    return np.where(u < above, z, -z)


def parameters(q: Any) -> Any:
    """The same member with plain numbers in it, or the ValueError that says what is wrong with one."""
    mu, sigma = q.mu, q.sigma
    if type(mu) is type(sigma) is float and abs(mu) < np.inf and TINY <= sigma < np.inf and len(q) == 2:
        return q  # the usual case, at once
    mu, scale = _check.number("mu", mu), _check.positive("sigma", sigma)
    if scale < TINY:
        _check.fail("sigma", f"a number >= {TINY:.3g}, whose reciprocal is finite", _check.shown(q.sigma))
    shape = [_check.positive(name, getattr(q, name)) for name in q._fields[2:]]
    return type(q)(mu, scale, *shape)

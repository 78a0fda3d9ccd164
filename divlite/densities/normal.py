"""The Normal density, with its derivatives right beside it.

The free functions are the formulas, trusted and elementwise: arrays in the numpy backend, scalars
inlined into the compiled loop in the numba one. The methods of `Normal` are their door.

Source: Bishop, Pattern Recognition and Machine Learning (2006), eq. 1.46 (density).
The scores follow by differentiating its logarithm.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from .._types import Array
from ..elementary import log

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
TINY = 2.2250738585072014e-308  # the smallest normal float: below it 1/sigma soon overflows


def log_prob(x: Any, mu: Any, sigma: Any) -> Any:
    """log N(x; mu, sigma) = -z^2/2 - log sigma - log sqrt(2 pi), z = (x - mu)/sigma."""
    z = (x - mu) / sigma
    return -0.5 * (z * z) - (log(sigma) + HALF_LOG_2PI)


def score(x: Any, mu: Any, sigma: Any) -> tuple[Any, Any]:
    """d log N/d mu = z/sigma and d log N/d sigma = (z^2 - 1)/sigma."""
    z = (x - mu) / sigma
    return z / sigma, (z * z - 1.0) / sigma


class Normal(NamedTuple):
    """The Normal density with mean mu and standard deviation sigma, both in units of x.

    N(x; mu, sigma) = exp(-(x - mu)^2 / (2 sigma^2)) / (sigma sqrt(2 pi))

    A gradient with respect to (mu, sigma) is returned as a `Normal` too: same shape, its fields
    d_mu and d_sigma. So constructing one checks nothing; every function that takes one, and every
    method below, does.

    Raises (methods): ValueError for a sigma that is not finite and > 0, or a mu that is not finite.
    """

    mu: float
    sigma: float

    def log_prob(self, x: ArrayLike) -> Array:
        """log N(x; mu, sigma), in nats; the shape of x. Never -inf before z^2 overflows."""
        mu, sigma = checked(self)
        with np.errstate(all="ignore"):
            return log_prob(_check.array("x", x), mu, sigma)

    def prob(self, x: ArrayLike) -> Array:
        """N(x; mu, sigma), in 1/units of x; the shape of x."""
        with np.errstate(over="ignore"):
            return np.exp(self.log_prob(x))

    def score(self, x: ArrayLike) -> tuple[Array, Array]:
        """(d log N/d mu, d log N/d sigma) = (z/sigma, (z^2 - 1)/sigma), each the shape of x."""
        mu, sigma = checked(self)
        with np.errstate(all="ignore"):
            return score(_check.array("x", x), mu, sigma)

    def cdf(self, x: ArrayLike) -> Array:
        """P(X <= x) = erfc(-z/sqrt 2)/2, accurate in the left tail too; the shape of x."""
        mu, sigma = checked(self)
        with np.errstate(over="ignore"):
            z = (_check.array("x", x) - mu) / sigma
        return 0.5 * np.vectorize(math.erfc, otypes=[np.float64])(-z / math.sqrt(2))

    def quantile(self, u: ArrayLike) -> Array:
        """The x at which cdf(x) = u, in units of x: -inf at 0, inf at 1; the shape of u.

        Raises: ValueError for a u outside [0, 1].
        Source: Wichura, Algorithm AS 241 (1988), as the standard library computes it.
        """
        from statistics import NormalDist

        mu, sigma = checked(self)
        probability = _check.array("u", u)
        if not ((probability >= 0) & (probability <= 1)).all():
            bad = probability[~((probability >= 0) & (probability <= 1))][0]
            _check.fail("u", "probabilities in [0, 1]", f"{bad:g}")
        ends = {0.0: -math.inf, 1.0: math.inf}
        inverse = NormalDist().inv_cdf

        def standard(v: float) -> float:
            return ends[v] if v in ends else inverse(v)

        with np.errstate(over="ignore"):
            return mu + sigma * np.vectorize(standard, otypes=[np.float64])(probability)


def checked(q: Any, name: str = "q") -> Normal:
    """q as two floats, or the ValueError that says what is wrong with it."""
    expected = "a Normal(mu, sigma)"
    if _check.has(q, "log_prob") and not isinstance(q, Normal | type):
        hint = ". The target p stands before the fit q: are they exchanged?" if name in ("q", "q0") else ""
        if type(q).__name__ == "Normal":  # torch's
            expected, hint = f"divlite's own {expected[2:]}", ": write dl.Normal(its loc, its scale)"
        _check.fail(name, expected, _check.shown(q) + hint)
    mu, sigma = _check.pair(name, q, expected, ("mu", "sigma"))
    mu, scale = _check.number("mu", mu), _check.positive("sigma", sigma)
    if scale < TINY:
        _check.fail("sigma", f"a number >= {TINY:.3g}, whose reciprocal is finite", _check.shown(sigma))
    return Normal(mu, scale)

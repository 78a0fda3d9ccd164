"""A weighted sum of members of families."""

from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _check, families
from .._types import Array, Family
from ..families import location_scale


class Mixture(NamedTuple):
    """p(x) = sum_k w_k p_k(x), with any weights w_k > 0; each p_k a Normal or a member of another family.

    The weights need not sum to 1 and are never normalised: `Mixture((1, 1), ...)` has mass 2.

    Raises (methods): ValueError for weights that are not finite and > 0, for a component that is
    no valid member of one, or for two lengths that differ.
    """

    weights: tuple[float, ...]
    components: tuple[Family, ...]

    def log_prob(self, x: ArrayLike) -> Array:
        """log p(x) = log sum_k exp(log w_k + log p_k(x)), in nats; the shape of x.

        By log-sum-exp, the largest term taken out: finite where every p_k(x) underflows to 0.
        """
        return log_density(*checked(self), _check.array("x", x))

    def prob(self, x: ArrayLike) -> Array:
        """p(x), in 1/units of x; the shape of x."""
        with np.errstate(over="ignore"):
            return np.exp(self.log_prob(x))

    def cdf(self, x: ArrayLike) -> Array:
        """sum_k w_k P(X_k <= x): rises to the mass sum_k w_k, which need not be 1; the shape of x."""
        weights, components = checked(self)
        points = _check.array("x", x)
        return np.sum([w * c.cdf(points) for w, c in zip(weights, components, strict=True)], axis=0)

    def sf(self, x: ArrayLike) -> Array:
        """sum_k w_k P(X_k > x), accurate in the right tail too; the shape of x."""
        weights, components = checked(self)
        points = _check.array("x", x)
        return np.sum([w * c.sf(points) for w, c in zip(weights, components, strict=True)], axis=0)


def log_density(weights: tuple[float, ...], components: tuple[Family, ...], x: Array) -> Array:
    """log p at x, of checked parts."""
    with np.errstate(all="ignore"):
        terms = [
            np.log(w) + location_scale.log_prob(c, location_scale.place(c, c.mu, c.sigma), x)
            for w, c in zip(weights, components, strict=True)
        ]
        return reduce(np.logaddexp, terms)


def checked(p: Mixture) -> tuple[tuple[float, ...], tuple[Family, ...]]:
    """The weights and components, or the ValueError that says what is wrong with them."""
    given = _check.sequence("components", p.components, "a tuple of Normals")
    components = tuple(families.checked(c, "components") for c in given)
    if not components:
        _check.fail("components", "at least one Normal", "none")
    weights = _check.weights(p.weights, None, zero=False)
    if weights.size != len(components):
        _check.fail("weights", f"{len(components)} of them, one a component", weights.size)
    return tuple(weights.tolist()), components

"""Why each minimum of forward KL is a lowest one, and where it is.

A loss whose derivative by log q is -p at each point is -sum_i w_i p_i log q_i, but for what does not depend
on Q: the mean of -log q under P. With a = 1/sigma and b = mu/sigma a location and scale family has

    -log q(x) = -g(a x - b) - log a + c

which is convex in (a, b) if g is concave, because a x - b is linear in them and -log a is convex. A sum of
convex functions with weights w p >= 0 is convex; so each minimum is a lowest one. For a Normal it is one
place, if P is above 0 at two points or more: where Q has P's mean and standard deviation on the grid.

Source: Burridge, Journal of the Royal Statistical Society B 43 (1981), p. 41, on concave log densities;
Bishop, Pattern Recognition and Machine Learning (2006), section 10.7, on matching moments.
"""

import math
from typing import Any

import numpy as np

from .. import families
from .._types import Density
from ..densities import Mixture
from ..families import Laplace, Logistic, Normal
from ..losses.protocol import sensitivity, several
from ..setting import Setting


def is_likelihood(setting: Setting) -> bool:
    """Whether the loss's derivative by log q is -p, whatever q: looked at on its formula, at these points."""
    if setting.view.derivative != "d_log_q":
        return False
    _, p, log_p, _ = setting.table
    for shift in (-1.5, 0.0, 2.0):
        with np.errstate(all="ignore"):
            try:
                found = sensitivity(setting.loss, p, log_p, p * math.exp(shift), log_p + shift)
            except Exception:  # someone's formulas, which take numbers and no arrays
                return False
        if several(found) or not np.array_equal(found + 0.0 * p, -p):
            return False
    return True


# Those with a concave g. Of a Student-t and a Cauchy the tails are not.
CONCAVE: tuple[type, ...] = (Normal, Laplace, Logistic)


def moments(setting: Setting) -> tuple[float, float]:
    """The mean and the standard deviation of P on the grid."""
    x, p, _, w = setting.table
    mass = np.sum(w * p)
    mean = float(np.sum(w * p * x) / mass)
    return mean, math.sqrt(float(np.sum(w * p * (x - mean) ** 2) / mass))


def whole_moments(p: Density) -> tuple[float, float] | None:
    """The same over the whole line: of a Normal, or a mixture of them, in closed form."""
    parts = p.components if isinstance(p, Mixture) else (p,)
    if not all(isinstance(part, Normal) for part in parts):
        return None
    members: Any = parts
    weights = np.array(p.weights if isinstance(p, Mixture) else (1.0,))
    mu, sigma = (np.array([member[k] for member in members]) for k in (0, 1))
    share = weights / np.sum(weights)
    mean = float(np.sum(share * mu))
    return mean, math.sqrt(float(np.sum(share * (sigma**2 + (mu - mean) ** 2))))


def reason(setting: Setting, found: int) -> str:
    """Why there is one minimum, in a sentence; "" where that was not shown, or is not what was found."""
    _, p, _, w = setting.table
    shown = isinstance(setting.family, CONCAVE) and is_likelihood(setting)
    if not shown or found != 1 or np.count_nonzero(w * p > 0.0) < 2:
        return ""
    why = (
        "No other place has a lower loss: in 1/sigma and mu/sigma the loss is convex, "
        f"because the {families.spelled(setting.family)} log density is concave."
    )
    if not isinstance(setting.family, Normal):
        return why
    mean, deviation = moments(setting)
    why = why.replace("No other place has a lower loss", "This is the only minimum")
    why += f" There Q has the mean and standard deviation of P on the grid, {mean:.10g} and {deviation:.10g}"
    whole = whole_moments(setting.p)
    return why + (f"; on the whole line they are {whole[0]:.10g} and {whole[1]:.10g}." if whole else ".")

"""What a rounding error is measured against: the sum of |terms|.

Two right computations of a sum differ by some units of eps times the sum of the absolute values of its
terms (Higham, Accuracy and Stability of Numerical Algorithms, 2002, eq. 4.4). The sum itself may be next to
nothing: the gradient of L1 is, where q lies wholly below p, and that of any loss at its minimum.
"""

from typing import Any

import numpy as np

from ._types import Loss, Sums
from .chain import integrand
from .families.location_scale import place
from .losses.protocol import d_finish, each, sensitivity, several
from .setting import Setting

# How many units, on a grid of some 1,000 points: for the operations in a term, the ten levels of a sum by
# halves, and the digits of log q that q has lost, some |log q|. The most seen, over all losses and smoothed
# ones, is 15.
OPERATIONS = 64
EXACT = OPERATIONS * float(np.finfo(float).eps)


def sizes(setting: Setting, mu: float, sigma: float) -> tuple[float, float]:
    """The sums of |terms| of L, and of its gradient's two components as a length."""
    at = place(setting.family, mu, sigma)
    with np.errstate(all="ignore"):
        terms = integrand(setting.loss, setting.view, setting.family, at, *setting.table)
        slopes = _listed(d_finish(setting.loss, each(np.sum, terms[0])))
        # The sums that q does not enter have no slope. They stand last, and are left out.
        size, by_mu, by_sigma = (
            sum(abs(slope) * np.sum(np.abs(t)) for slope, t in zip(slopes, _listed(term), strict=False))
            for term in terms
        )
    return float(size), float(np.hypot(by_mu, by_sigma))


def jumps(loss: Loss) -> bool:
    """Whether the loss has a kink: its derivative jumps where p = q.

    Where p and q cross, the last bit then decides the sign of a term, and with it a step of a descent. So two
    right implementations follow paths that part by about the size of a step.
    """
    p, near = np.array([0.3, 0.3]), np.array([1.0 - 1e-9, 1.0 + 1e-9])
    q = p * near
    sides = _listed(sensitivity(loss, p, np.log(p), q, np.log(q)))
    return any(abs(below - above) > 1e-6 * abs(above) + 1e-6 for below, above in sides)


def _listed(terms: Sums) -> tuple[Any, ...]:
    return terms if several(terms) else (terms,)

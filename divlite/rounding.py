"""What a rounding error is measured against: the sum of |terms|, and how these change with a digit of z.

Two right computations of a sum differ by some units of eps times the sum of the absolute values of its
terms (Higham, Accuracy and Stability of Numerical Algorithms, 2002, eq. 4.4). The sum itself may be next to
nothing: the gradient of L1 is, where q lies wholly below p, and that of any loss at its minimum.

A term is computed from z = (x - mu)/sigma and from the constant of the density, and each of these is known
to some eps of itself only. So what a term changes by, if both change by eps, is a part of its rounding
error. It is some |log q| times the term where that is a power of q: little next to the other terms if q is
a factor, but not if the loss divides by a q that is next to nothing.
"""

from typing import Any

import numpy as np

from ._types import Array, Loss, Sums
from .chain import integrand
from .families.location_scale import place
from .losses.protocol import d_finish, each, sensitivity, several
from .setting import Setting

# How many units, on a grid of some 1,000 points: for the operations in a term, and the ten levels of a sum
# by halves. The most seen, over all losses and smoothed ones, is 6.
OPERATIONS = 16
EXACT = OPERATIONS * float(np.finfo(float).eps)
STEP = 2.0**-26  # the root of eps: so a difference has half of the digits, and a kink is seldom within it


def sizes(setting: Setting, mu: float, sigma: float) -> tuple[float, float]:
    """The sums of |terms| and of their changes: of L, and of its gradient's two components as a length."""
    scale, constant = sigma * (1.0 + STEP), place(setting.family, mu, sigma)[2]
    with np.errstate(all="ignore"):
        terms, changed = (
            integrand(setting.loss, setting.view, setting.family, at, *setting.table)
            for at in ((mu, sigma, constant), (mu, scale, constant * (1.0 + STEP)))
        )
        slopes = _listed(d_finish(setting.loss, each(np.sum, terms[0])))
        # The sums that q does not enter have no slope. They stand last, and are left out.
        size, by_mu, by_sigma = (
            sum(
                abs(slope) * _size(one, other)
                for slope, one, other in zip(slopes, _listed(term), _listed(off), strict=False)
            )
            for term, off in zip(terms, changed, strict=True)
        )
    return float(size), float(np.hypot(by_mu, by_sigma))


def _size(term: Array, changed: Array) -> Any:
    """sum_i |t_i| + |dt_i|; an infinite term has no change."""
    return np.sum(np.abs(term) + np.fmax(np.abs(changed - term) / STEP, 0.0))  # fmax(NaN, 0) is 0


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

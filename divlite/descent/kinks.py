"""Losses with kinks: what the jumps of a first derivative add to the second ones, as a fine grid sees them.

L1 has a kink at each point where p = q, and a Laplace density one at its peak. Between two kinks the sum is
smooth; across many of them its slope changes as that of the integral does. Where what moves of Q, such as
log q, crosses that of P between two neighbouring points, the slope of the loss jumps as a point of the grid
passes through the crossing. So with r how far they are apart at a point, and J the jump of the loss's
derivative where r = 0, the integral's second derivative has the part

    w J (dr/dtheta)(dr/dtheta)^T / |r_i - r_(i-1)|

and a peak of log q between two points, where g' jumps by -peak, has -w dL/dlog q peak / (z_i - z_(i-1)) in
the direction of mu. Newton's steps then come within the distance of two grid points of the minimum; the
corner where it lies is found in `corners`.

The formulas are trusted and elementwise: arrays, or scalars in the compiled loop.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..chain import apart, beside, seen
from ..elementary import absolute, where
from ..families.location_scale import place
from ..losses.protocol import d_finish, dot, each, scale, sensitivity, value
from ..numpy_backend import failed
from ..rounding import jumps
from ..setting import Setting
from ..views import view_of

NEAR = 1e-9


class Kinks(NamedTuple):
    """1.0 for a loss whose derivative jumps where P and Q are equal, else 0.0; the jump of -g' at z = 0."""

    loss: float
    peak: float

    @property
    def any(self) -> bool:
        return self.loss != 0.0 or self.peak != 0.0


SMOOTH = Kinks(0.0, 0.0)


def of(setting: Setting) -> Kinks:
    """The kinks of a loss in this family."""
    try:
        return _of(setting.loss, setting.family)
    except Exception:  # a loss of a user's own: it may have no hash, or formulas that fail
        return _afresh(setting.loss, setting.family)


@lru_cache
def _of(loss: Any, family: Any) -> Kinks:
    with np.errstate(all="ignore"):
        below, above = (float(family.pull(np.array([z]))[0]) for z in (-NEAR, NEAR))
    peaked = view_of(loss).derivative == "d_log_q" and abs(above - below) > 1e-6
    return Kinks(float(jumps(loss)), above - below if peaked else 0.0)


def _afresh(loss: Any, family: Any) -> Kinks:
    """Raises: ValueError for formulas that fail."""
    try:
        return _of.__wrapped__(loss, family)
    except Exception as error:
        failed(loss, error)


def jump(loss: Any, view: Any, slopes: Any, a: Any, b: Any) -> Any:
    """How much larger the loss's derivative is just above P than just below."""
    c, d = beside(view, a, b, NEAR)
    above = dot(slopes, sensitivity(loss, a, b, c, d))
    c, d = beside(view, a, b, -NEAR)
    return above - dot(slopes, sensitivity(loss, a, b, c, d))


def bend(
    loss: Any, view: Any, family: Any, at: Any, slopes: Any, peak: Any, before: Any, point: Any
) -> tuple[Any, Any, Any, Any]:
    """(r, and what a kink between the point before and this one adds to H11, H12, H22), in units of sigma.

    at: the `place` of Q; slopes: dC/dS; before: x and r at the point before; point: x, a, b, w.
    """
    x, a, b, w = point
    mu, sigma, _ = at
    c, d, by_mu, by_sigma = seen(view, family, at, x)
    r = apart(view, a, b, c, d)
    x_before, r_before = before
    crossed = ((r > 0.0) & (r_before <= 0.0)) | ((r <= 0.0) & (r_before > 0.0))
    weight = where(crossed, w * jump(loss, view, slopes, a, b) / absolute(r - r_before), 0.0)
    one, two = sigma * by_mu, sigma * by_sigma
    top = where((x_before <= mu) & (x > mu), peak * sigma / (x - x_before), 0.0)
    pulled = w * dot(slopes, sensitivity(loss, a, b, c, d))
    return r, weight * one * one - top * pulled, weight * one * two, weight * two * two


def bends(setting: Setting, kinks: Kinks, mu: float, sigma: float) -> tuple[float, float, float]:
    """What all kinks add to H11, H12, H22, from whole arrays."""
    loss, view, family = setting.loss, setting.view, setting.family
    x, a, b, w = setting.table
    at = place(family, mu, sigma)
    with np.errstate(all="ignore"):  # of two points that are equally far apart, none is crossed
        c, d, _, _ = seen(view, family, at, x)
        slopes = d_finish(loss, each(np.sum, scale(value(loss, a, b, c, d), w)))
        r = apart(view, a, b, c, d)[:-1]
        point = x[1:], a[1:], b[1:], w[1:]
        _, *parts = bend(loss, view, family, at, slopes, kinks.peak, (x[:-1], r), point)
    h11, h12, h22 = (float(np.sum(part)) for part in parts)
    return h11, h12, h22

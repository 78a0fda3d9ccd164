"""Newton's steps compiled: the loop of `divlite.descent.newton` from one start, and from many."""

# pyright: basic
# Numba has no types to check: a compiled function is given its types by its callers.

from typing import Any, NamedTuple

from numba import njit, types
from numba.extending import overload, register_jitable

from divlite import chain, elementary
from divlite.descent import kinks as kinks_of
from divlite.descent import newton
from divlite.descent.newton import Local
from divlite.dual import Dual, slope_of, value_of
from divlite.families import location_scale
from divlite.losses import protocol

from . import core, kernels
from .cache import keep
from .core import add, frame, zeros
from .dual import Scale, is_dual
from .flags import ENTRY, EXACT, FORMULA, PLAIN, SUM, SUM_INLINE, wide

register_jitable(**EXACT)(chain.bent)
for function in (
    newton.free,
    newton.projected,
    newton.step,
    newton.middle,
    newton.axes,
    newton.foreseen,
    newton.clipped,
    newton.moved,
    newton.share,
    newton.judged,
    newton.stale,
    newton.alike,
    newton.arrived,
    newton.steepness,
    newton.length_of,
    newton.descend,
):
    register_jitable(**PLAIN)(function)
for function in (kinks_of.jump, kinks_of.bend, chain.curved):
    register_jitable(**FORMULA)(function)


@njit(**SUM)
def sizes(loss, view, family, mu, sigma, x, a, b, w):
    """The sums of |terms|: of dL/dlog q, or of what moves instead, and of the gradient in units of sigma."""
    wide()
    at = location_scale.place(family, mu, sigma)
    g = protocol.sensitivity(loss, a[0], b[0], a[0], b[0])
    total, by_mu, by_sigma = zeros(g), zeros(g), zeros(g)
    for i in range(x.size):
        c, d, d_mu, d_sigma = chain.seen(view, family, at, x[i])
        g = larger(zeros(g), protocol.scale(protocol.sensitivity(loss, a[i], b[i], c, d), w[i]))
        total = add(total, g)
        by_mu = add(by_mu, protocol.scale(g, sigma * abs(d_mu)))
        by_sigma = add(by_sigma, protocol.scale(g, sigma * abs(d_sigma)))
    return total, by_mu, by_sigma


def larger(sums, terms) -> Any:
    """sums + |terms|, number by number; compiled only."""
    raise NotImplementedError


@overload(larger, jit_options=SUM_INLINE)
def _larger(sums, terms):
    if not isinstance(terms, types.BaseTuple):
        return lambda sums, terms: sums + abs(terms)
    if len(terms) == 1:
        return lambda sums, terms: (sums[0] + abs(terms[0]),)
    return lambda sums, terms: (sums[0] + abs(terms[0]), *larger(sums[1:], terms[1:]))


@overload(chain.along, jit_options=FORMULA)
def _along(g, s):
    if not isinstance(g, types.BaseTuple):
        return (lambda g, s: Dual(g.value, g.slope * s)) if is_dual(g) else (lambda g, s: g)
    if len(g) == 1:
        return lambda g, s: (chain.along(g[0], s),)
    return lambda g, s: (chain.along(g[0], s), *chain.along(g[1:], s))


@overload(chain.slopes, jit_options=EXACT)
def _slopes(terms):
    if not isinstance(terms, types.BaseTuple):
        return lambda terms: slope_of(terms)
    if len(terms) == 1:
        return lambda terms: (slope_of(terms[0]),)
    return lambda terms: (slope_of(terms[0]), *chain.slopes(terms[1:]))


@overload(chain.moving, jit_options=EXACT)
def _moving(sums, d):
    if not isinstance(sums, types.BaseTuple):
        return lambda sums, d: Dual(value_of(sums), value_of(d))
    if len(d) == 1:
        return lambda sums, d: (chain.moving(sums[0], d[0]), *sums[1:])
    return lambda sums, d: (chain.moving(sums[0], d[0]), *chain.moving(sums[1:], d[1:]))


@njit(**SUM)
def curved_sums(loss, view, family, mu, sigma, x, a, b, w):
    """The sums of `chain.curved`, in the frame of the view."""
    wide()
    origin, unit, mu, sigma = frame(view, mu, sigma)
    at = places(family, mu, sigma, unit)
    # For the types alone, as in `kernels.sums`.
    f, mu_mu, mu_sigma, sigma_sigma = chain.curved(loss, view, family, at, x[0], a[0], b[0], w[0])
    f, mu_mu, mu_sigma, sigma_sigma = zeros(f), zeros(mu_mu), zeros(mu_sigma), zeros(sigma_sigma)
    for i in range(x.size):
        point = (x[i] - origin) / unit
        terms = chain.curved(loss, view, family, at, point, a[i], b[i], w[i])
        f = add(f, terms[0])
        mu_mu = add(mu_mu, terms[1])
        mu_sigma = add(mu_sigma, terms[2])
        sigma_sigma = add(sigma_sigma, terms[3])
    return f, mu_mu, mu_sigma, sigma_sigma


@register_jitable(**FORMULA)
def places(family, mu, sigma, unit):
    """As `chain.places`, of a Q whose log density is still that for the x before it was measured in units."""
    log_unit = elementary.log(unit)
    _, _, still = location_scale.place(family, mu, sigma)
    scale = Scale(sigma, 1.0)  # known to be the same at all points
    _, _, moving = location_scale.place(family, mu, scale)
    still, moving = still + log_unit, moving + log_unit
    return (mu, sigma, still), (Dual(mu, 1.0), sigma, still), (mu, scale, moving)


@register_jitable(**EXACT)
def local(loss, view, family, kinks, mu, sigma, x, a, b, w):
    """The loss, its gradient and its second derivatives at (mu, sigma), in units of sigma."""
    sums = curved_sums(loss, view, family, mu, sigma, x, a, b, w)
    value, d_mu, d_sigma, mu_mu, mu_sigma, sigma_sigma = chain.bent(loss, *sums)
    unit = frame(view, mu, sigma)[3]  # of the derivatives; one step of Newton's is measured in sigma
    g1, g2, scale = unit * d_mu, unit * d_sigma, unit * unit
    h11, h12, h22 = scale * mu_mu, scale * mu_sigma, scale * sigma_sigma + g2
    if kinks is not None:  # decided when it is compiled
        slopes = protocol.d_finish(loss, sums[0])
        b11, b12, b22 = bends(loss, view, family, kinks, slopes, mu, sigma, x, a, b, w)
        h11, h12, h22 = h11 + b11, h12 + b12, h22 + b22
    return Local(mu, sigma, value, g1, g2, h11, h12, h22)


@njit(**PLAIN)
def bends(loss, view, family, kinks, slopes, mu, sigma, x, a, b, w):
    """What all kinks add to the second derivatives."""
    at = location_scale.place(family, mu, sigma)
    h11, h12, h22 = 0.0, 0.0, 0.0
    c, d, _, _ = chain.seen(view, family, at, x[0])
    before, r = x[0], chain.apart(view, a[0], b[0], c, d)
    for i in range(1, x.size):
        point = x[i], a[i], b[i], w[i]
        r, b11, b12, b22 = kinks_of.bend(loss, view, family, at, slopes, kinks[1], (before, r), point)
        before = x[i]
        h11, h12, h22 = h11 + value_of(b11), h12 + value_of(b12), h22 + value_of(b22)
    return h11, h12, h22


def slopes_at(loss, view, family, mu, sigma, x, a, b, w) -> Any:
    """dC/dS; compiled only."""
    raise NotImplementedError


@overload(slopes_at, jit_options=EXACT)
def _slopes_at(loss, view, family, mu, sigma, x, a, b, w):
    if not hasattr(loss.instance_class, "d_finish"):  # the sum is the loss: it need not be known
        return lambda loss, view, family, mu, sigma, x, a, b, w: 1.0
    return lambda loss, view, family, mu, sigma, x, a, b, w: protocol.d_finish(
        loss, kernels.sums(loss, view, family, mu, sigma, x, a, b, w)[0]
    )


class CompiledDownhill(NamedTuple):
    """What `newton.descend` goes down, compiled: it has the methods that `newton` asks for."""

    loss: Any
    view: Any
    family: Any
    kinks: Any
    x: Any
    a: Any
    b: Any
    w: Any

    def local(self, mu, sigma):
        loss, view, family, kinks, x, a, b, w = self
        return local(loss, view, family, kinks, mu, sigma, x, a, b, w)

    def terms(self, here):
        loss, view, family, _, x, a, b, w = self
        total, by_mu, by_sigma = sizes(loss, view, family, here.mu, here.sigma, x, a, b, w)
        slopes = slopes_at(loss, view, family, here.mu, here.sigma, x, a, b, w)
        slopes = larger(zeros(slopes), slopes)
        size = abs(here.value) + protocol.dot(slopes, total)
        return size, protocol.dot(slopes, by_mu), protocol.dot(slopes, by_sigma)


core.dispatch(newton.local, "local", EXACT)
core.dispatch(newton.terms, "terms", PLAIN)


def entries(stamp, cached):
    """The compiled entry point; see `kernels.kernels_of`."""

    @njit(**ENTRY)
    def descend_all(loss, view, family, kinks, box, reach, most, x, a, b, w, rows):
        """In each row, in place of a start's mu and sigma, the numbers of a `descent.steps.End`."""
        _ = stamp  # what a function closes over is part of its cache key
        down = CompiledDownhill(loss, view, family, kinks, x, a, b, w)
        for i in range(rows.shape[0]):
            here, steps, size = newton.descend(down, rows[i, 0], rows[i, 1], box, reach, most)
            numbers = (*here[:8], float(steps), *size)
            for k in range(len(numbers)):
                rows[i, k] = numbers[k]

    if cached:
        keep(descend_all)
    return descend_all

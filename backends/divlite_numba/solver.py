"""Newton's steps compiled: the loop of `divlite.descent.newton` from one start, and from many."""

# pyright: basic
# Numba has no types to check: a compiled function is given its types by its callers.

from typing import Any, NamedTuple

from numba import njit, types
from numba.extending import overload, register_jitable

from divlite import chain
from divlite.descent import kinks as kinks_of
from divlite.descent import newton
from divlite.descent.newton import Local
from divlite.dual import Dual, lifted, value_of
from divlite.families import location_scale
from divlite.losses import protocol

from . import core, kernels
from .cache import keep
from .dual import Scale
from .flags import ENTRY, EXACT, FORMULA, PLAIN, SUM, SUM_INLINE, wide

for function in (
    newton.free,
    newton.projected,
    newton.step,
    newton.axes,
    newton.foreseen,
    newton.clipped,
    newton.moved,
    newton.share,
    newton.judged,
    newton.alike,
    newton.arrived,
    newton.descend,
):
    register_jitable(**PLAIN)(function)
for function in (kinks_of.jump, kinks_of.bend):
    register_jitable(**FORMULA)(function)


@njit(**SUM)
def sizes(loss, view, family, mu, sigma, x, a, b, w):
    """The sums of |terms|: of dL/dlog q, or of what moves instead, and of the gradient in units of sigma."""
    wide()
    at = location_scale.place(family, mu, sigma)
    g = protocol.sensitivity(loss, a[0], b[0], a[0], b[0])
    total, by_mu, by_sigma = core.zeros(g), core.zeros(g), core.zeros(g)
    for i in range(x.size):
        c, d, d_mu, d_sigma = chain.seen(view, family, at, x[i])
        g = larger(core.zeros(g), protocol.scale(protocol.sensitivity(loss, a[i], b[i], c, d), w[i]))
        total = core.add(total, g)
        by_mu = core.add(by_mu, protocol.scale(g, sigma * abs(d_mu)))
        by_sigma = core.add(by_sigma, protocol.scale(g, sigma * abs(d_sigma)))
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


def sums_of(term, loss, view, family, mu, sigma, x, a, b, w) -> Any:
    """The sums of the loss and of its gradient, with their derivatives by mu and log sigma; compiled only.

    term: what is summed, at some point, for its type.
    """
    raise NotImplementedError


@overload(sums_of, jit_options=SUM)
def _sums_of(term, loss, view, family, mu, sigma, x, a, b, w):
    if not isinstance(term, types.BaseTuple):
        return one_sum
    return lambda term, loss, view, family, mu, sigma, x, a, b, w: kernels.sums(
        loss, view, family, Dual(mu, sigma, 0.0), Scale(sigma, 0.0, sigma), x, a, b, w
    )


def one_sum(term, loss, view, family, mu, sigma, x, a, b, w):
    """`sums_of` a loss that is one sum, without adding up what is known: that its tangent is its gradient."""
    wide()
    at = location_scale.place(family, Dual(mu, sigma, 0.0), Scale(sigma, 0.0, sigma))
    value, d_mu, d_sigma, first, mixed, second = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(x.size):
        f, f_mu, f_sigma = chain.integrand(loss, view, family, at, x[i], a[i], b[i], w[i])
        f_mu, f_sigma = lifted(f_mu), lifted(f_sigma)
        value += value_of(f)
        d_mu += f_mu.value
        d_sigma += f_sigma.value
        first += f_mu.first
        mixed += f_mu.second
        second += f_sigma.second
    by_mu, by_sigma = Dual(d_mu, first, mixed), Dual(d_sigma, mixed, second)
    return Dual(value, sigma * d_mu, sigma * d_sigma), by_mu, by_sigma


@register_jitable(**EXACT)
def local(loss, view, family, kinks, mu, sigma, x, a, b, w):
    """The loss, its gradient and its second derivatives at (mu, sigma), in units of sigma."""
    term = protocol.value(loss, a[0], b[0], a[0], b[0])
    sums = sums_of(term, loss, view, family, mu, sigma, x, a, b, w)
    value, d_mu, d_sigma = chain.assemble(loss, *sums)
    d_mu, d_sigma = lifted(d_mu), lifted(d_sigma)
    g1, g2 = sigma * d_mu.value, sigma * d_sigma.value
    h11, h12, h22 = sigma * d_mu.first, sigma * d_mu.second, sigma * d_sigma.second + g2
    if kinks is not None:  # decided when it is compiled
        slopes = protocol.d_finish(loss, sums[0])
        b11, b12, b22 = bends(loss, view, family, kinks, slopes, mu, sigma, x, a, b, w)
        h11, h12, h22 = h11 + b11, h12 + b12, h22 + b22
    return Local(mu, sigma, value_of(value), g1, g2, h11, h12, h22)


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
        slopes = larger(core.zeros(slopes), slopes)
        size = abs(here.value) + protocol.dot(slopes, total)
        return size, protocol.dot(slopes, by_mu), protocol.dot(slopes, by_sigma)


core.dispatch(newton.local, "local", EXACT)
core.dispatch(newton.terms, "terms", PLAIN)


def entries(stamp, cached):
    """The compiled entry point; see `kernels.kernels_of`."""

    @njit(**ENTRY)
    def descend_all(loss, view, family, kinks, starts, box, reach, most, x, a, b, w, out):
        """A row of `out` for each start: the numbers of `descent.steps.ManyEnds`, in their order."""
        _ = stamp  # what a function closes over is part of its cache key
        down = CompiledDownhill(loss, view, family, kinks, x, a, b, w)
        for i in range(starts.shape[0]):
            here, steps, size = newton.descend(down, starts[i, 0], starts[i, 1], box, reach, most)
            numbers = (*here[:8], float(steps), *size)
            for k in range(len(numbers)):
                out[i, k] = numbers[k]

    if cached:
        keep(descend_all)
    return descend_all

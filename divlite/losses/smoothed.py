"""A combinator: any loss, taken between p + epsilon and q + epsilon."""

from typing import Any, NamedTuple

from .. import _check
from .._types import Array, Loss, Sums
from ..elementary import log
from . import protocol
from .protocol import distinct


@distinct
class Smoothed(NamedTuple):
    """L(p + epsilon, q + epsilon) for a loss L, with epsilon > 0 in 1/units of x.

    The usual cure for the log of an underflowed density. It is a different loss, with a different
    minimum, and so it says so: nothing else in divlite adds an epsilon inside a log.

    Derivation. With q' = q + epsilon, d log q'/dlog q = q/q', so by the chain rule
    d f/dlog q = (d f/dlog q')(p', q') q/q'.

    Edge cases: p = 0 and q = 0 are ordinary values; a disjoint support costs a finite amount. An
    epsilon far above the densities drowns them: they are known to 1e-16 epsilon then.
    """

    loss: Loss
    epsilon: float

    def check(self) -> "Smoothed":
        """The same with a float for its epsilon; smoothed twice, it is smoothed once with both epsilons.

        Raises: ValueError for an epsilon that is not finite and > 0, a loss that is none, or one that sees
        no densities.
        """
        inner = _check.loss(self.loss)
        if not _check.has(inner, "d_log_q"):
            _check.fail("loss", "a loss of densities, to be smoothed", _check.shown(inner))
        epsilon = _check.positive("epsilon", self.epsilon)
        if type(inner) is Smoothed:
            return Smoothed(inner.loss, inner.epsilon + epsilon)
        return Smoothed(inner, epsilon)

    def of_p(self, p: Array, log_p: Array) -> tuple[Array, Array]:
        p_ = p + self.epsilon
        return p_, log(p_)

    def value(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Sums:
        p_, log_p_ = protocol.of_p(self, p, log_p)
        q_ = q + self.epsilon
        return protocol.value(self.loss, p_, log_p_, q_, log(q_))

    def d_log_q(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Sums:
        p_, log_p_ = protocol.of_p(self, p, log_p)
        q_ = q + self.epsilon
        return protocol.scale(protocol.d_log_q(self.loss, p_, log_p_, q_, log(q_)), q / q_)

    def finish(self, sums: Sums) -> Any:
        return protocol.finish(self.loss, sums)

    def d_finish(self, sums: Sums) -> Sums:
        return protocol.d_finish(self.loss, sums)

    def given_p(self) -> "_GivenP":
        return _GivenP(*self)


@distinct
class _GivenP(Smoothed):
    """The same loss, for a p and a log p that `of_p` has made already."""

    def of_p(self, p: Array, log_p: Array) -> tuple[Array, Array]:
        return p, log_p

    def __repr__(self) -> str:  # an error names the loss that was given
        return repr(Smoothed(*self))

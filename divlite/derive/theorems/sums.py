"""A function of several sums: L = C(A, B, ...), where each sum has its own sensitivity."""

from typing import Any

from ...language import phrase
from .. import run
from ..lessons import Items, said
from ..notation import *
from ..request import Request
from ..written import added, over, plus, power, times
from .curvature import AT_P, Pair, at_p, bend, chains, of_pair
from .pointwise import Pointwise, at_i, degree, moves, of
from .short import simple


def scale(loss: Any, request: Request) -> Items:
    """That the scale of q does not count, where it does not."""
    one = of(loss)
    if one.value is not None or not one.densities or degree(loss, q[i]) != 0:
        return ()
    return said("scale", whole=Total(run.sensitivity(loss, i)))


@as_written
def second(loss: Any, request: Request) -> list[str | Chain]:
    """The second derivatives where q is p: those of each sum, and how the sums change together."""
    one, (_, scale) = of(loss), moves(of(loss), request)
    same, moving = _same(loss, one), run.each_of(run.inner(loss, k))  # the sums without q stand last
    inner = {name: at_i(over(e, one.weight)) for name, e in zip(same, moving, strict=False)}

    @carried_out
    def outer(*names: Any) -> Any:
        """The derivative of C by these sums."""
        return simple(sp.diff(run.definitions(loss)[L], *names).xreplace(same))

    def total(slope: Any, factor: Any) -> Any:
        number, rest = times(at_i(one.weight), at_p(slope, one), factor).as_coeff_Mul()
        return times(number, Total(rest)) if number != 0 else number

    @carried_out
    def lines(pair: Pair) -> tuple[Line, ...]:
        """sum_k C_k d2S_k + sum_kl C_kl dS_k dS_l."""
        terms: list[Any] = []
        for name, slope in inner.items():
            own = plus(total(bend(slope, one), pair.square), total(slope, pair.whole))
            terms += [times(outer(name), e) for e in added(own)]
            first = total(slope, pair.factor)
            terms += [times(outer(name, b), first, total(e, pair.other)) for b, e in inner.items()]
        why = phrase("the chain rule: what each sum adds, and what each two of them add")
        return (line(over(plus(*terms), power(scale, 2)), why, Eq(*one.pair[::-1])),)

    @carried_out
    def gradient(pair: Pair, _: Any) -> Any:
        """Of a loss of one sum it need not be 0 on a grid."""
        return over(simple(plus(*(times(outer(a), total(e, pair.factor)) for a, e in inner.items()))), scale)

    return [of_pair(AT_P, one), *chains(one, request, lines, gradient)]


def _same(loss: Any, one: Pointwise) -> dict[Any, Any]:
    """One name for all sums that are the same where q is p."""
    _, *sums = run.definitions(loss).items()
    there = {name: at_p(total.args[0], one) for name, total in sums}
    first = {math: name for name, math in reversed(there.items())}
    return {name: first[math] for name, math in there.items()}

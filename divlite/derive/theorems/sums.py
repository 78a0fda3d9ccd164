"""A function of several sums: L = C(A, B, ...), where each sum has its own sensitivity."""

from typing import Any

from .. import run
from ..coordinates import twice
from ..notation import *
from ..request import Request
from ..written import added, over, plus, power, times
from .curvature import AT_P, Pair, at_p, pairs
from .pointwise import Pointwise, at_i, degree, moves, of
from .short import simple


def scale(loss: Any, request: Request) -> list[str | Chain]:
    """That the scale of q does not count, where it does not."""
    one = of(loss)
    if one.value is not None or not one.densities or degree(loss, q[i]) != 0:
        return []
    return [
        "If $q$ is multiplied by a constant, the same number is added to every $log(q)$. How fast $L$ "
        "changes then is the sum of all sensitivities:",
        chain(
            Total(D(L, log(q[i]))),
            line(Total(run.sensitivity(loss, i)), "the sensitivity of part 2, at every point"),
            line(sp.S.Zero, "summed with the weights, the terms cancel"),
        ),
        "So $L$ does not depend on the scale of $q$, only on its shape.",
    ]


@as_written
def second(loss: Any, request: Request) -> list[str | Chain]:
    """The second derivatives where q is p: those of each sum, and how the sums change together."""
    one = of(loss)
    content: list[str | Chain] = [AT_P.format(*one.pair[::-1])]
    for pair in pairs(one, request):
        end = over(_end(loss, one, pair, moves(one, request)[0]), power(moves(one, request)[1], 2))
        steps = (
            line(
                end, "the chain rule: what each sum adds, and what each two of them add", Eq(*one.pair[::-1])
            ),
        )
        content.append(chain(D(D(L, pair.a), pair.b), *steps))
        content += twice(request, steps, _gradient(loss, one, request)) if pair.a is sigma else []
    return content


def _end(loss: Any, one: Pointwise, pair: Pair, factors: dict[Any, Any]) -> Any:
    """sum_k C_k d2S_k + sum_kl C_kl dS_k dS_l, with one name for all sums that are the same there."""
    (_, whole), *sums = run.definitions(loss).items()
    first = {at_p(total.args[0], one): name for name, total in sums[::-1]}
    same = {name: first[at_p(total.args[0], one)] for name, total in sums}
    moving = run.each_of(run.inner(loss, k))  # the sums that q does not enter stand last
    inner = {name: at_i(over(e, one.weight)) for (name, _), e in zip(sums, moving, strict=False)}

    def total(slope: Any, factor: Any) -> Any:
        number, rest = times(at_i(one.weight), at_p(slope, one), factor).as_coeff_Mul()
        return times(number, Total(rest)) if number != 0 else number

    terms: list[Any] = []
    for name, slope in inner.items():
        own = plus(total(_rate(slope, one), pair.square), total(slope, pair.whole))
        terms += [times(_diff(whole, same, name), e) for e in added(own)]
        for other, slope_2 in inner.items():
            changes = total(slope, factors[pair.a]), total(slope_2, factors[pair.b])
            terms.append(times(_diff(whole, same, name, other), *changes))
    return plus(*terms)


@carried_out
def _gradient(loss: Any, one: Pointwise, request: Request) -> Any:
    """The derivative by sigma where q is p: of a loss of one sum it need not be 0 on a grid."""
    (_, whole), *sums = run.definitions(loss).items()
    first = {at_p(total.args[0], one): name for name, total in sums[::-1]}
    same = {name: first[at_p(total.args[0], one)] for name, total in sums}
    factors, scale = moves(one, request)
    found = sp.S.Zero
    for (name, _), slope in zip(sums, run.each_of(run.inner(loss, k)), strict=False):
        number, rest = sp.sympify(at_p(slope, one) * factors[sigma]).as_coeff_Mul()
        found += _diff(whole, same, name) * number * Total(rest)
    return simple(found) / scale


@carried_out
def _rate(slope: Any, one: Pointwise) -> Any:
    seen = at_i(one.pair[1])
    return simple(seen * slope.diff(seen) - slope if one.densities else slope.diff(seen))


@carried_out
def _diff(math: Any, same: dict[Any, Any], *names: Any) -> Any:
    return simple(sp.diff(math, *names).xreplace(same))

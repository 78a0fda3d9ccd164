"""A function of several sums: L = C(A, B, ...), where each sum has its own sensitivity."""

from typing import Any

from .. import run
from ..coordinates import twice
from ..notation import *
from ..request import Request
from ..written import over, power, times
from .curvature import AT_P, pairs
from .pointwise import at_i, degree, moves, of, simple


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
            line(sp.S.Zero, "the sums cancel"),
        ),
        "So $L$ does not depend on the scale of $q$, only on its shape.",
    ]


@as_written
def second(loss: Any, request: Request) -> list[str | Chain]:
    """The second derivatives where q is p: those of each sum, and how the sums change together."""
    one, content = of(loss), list[str | Chain]([AT_P.format(*of(loss).pair[::-1])])
    whole, *_ = run.definitions(loss).values()
    inner = [at_i(over(e, one.weight)) for e in run.inner(loss, k)]
    names = [*run.definitions(loss)][1 : 1 + len(inner)]
    for pair in pairs(one, request):
        end = _end(one, pair, whole, dict(zip(names, inner, strict=True)), moves(one, request))
        steps = (line(end, "the chain rule through each sum, and through two of them", Eq(*one.pair[::-1])),)
        content.append(chain(D(D(L, pair.a), pair.b), *steps))
        content += twice(request, steps) if pair.a is sigma else []
    return content


@as_written
def _end(one: Any, pair: Any, whole: Any, inner: dict[Any, Any], moved: Any) -> Any:
    factors, scale = moved
    weight, seen_q = at_i(one.weight), at_i(one.pair[1])

    def total(slope: Any, factor: Any) -> Any:
        return Total(times(weight, slope, factor))

    terms: list[Any] = []
    for name, slope in inner.items():
        rate = _rate(slope, seen_q, one.densities)
        own = times(rate, pair.square) + times(slope, pair.whole) if rate != 0 else times(slope, pair.whole)
        terms.append(times(_diff(whole, name), Total(times(weight, own))))
        for other, slope_2 in inner.items():
            both = _diff(whole, name, other)
            terms.append(times(both, total(slope, factors[pair.a]), total(slope_2, factors[pair.b])))
    return over(sp.Add(*(e for e in terms if e != 0)), power(scale, 2))


@carried_out
def _rate(slope: Any, seen: Any, densities: bool) -> Any:
    return simple(seen * slope.diff(seen) - slope if densities else slope.diff(seen))


@carried_out
def _diff(math: Any, *names: Any) -> Any:
    return simple(sp.diff(math, *names))

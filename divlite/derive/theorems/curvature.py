"""The second derivative of any loss of one sum, and by any other number than sigma: one theorem each."""

from typing import Any, NamedTuple

from ..notation import *
from ..request import Request
from .pointwise import Pointwise, of

KINK = (
    "$L$ has a kink where a difference of $p$ and $q$ changes its sign at a point of the grid. As long as "
    "none does, the signs are constants. Then"
)
AT_P = "This is simple where $q[k] = p[k]$ at every point, so that P has the form of Q. There"
MASS = "the mass that Q has on the whole line is always 1"


class Pair(NamedTuple):
    """Parameters a and b, and the scores F/sigma by them: F_a, F_a F_b, sigma^2 times d(F_a/sigma)/db."""

    a: Any
    b: Any
    factor: Any
    square: Any
    bent: Any


@carried_out
def pairs(request: Request) -> list[Pair]:
    factors, step = request.factors(sigma), {mu: sp.S.One, sigma: z[i]}
    return [
        Pair(a, b, f, f * g, sp.expand(-step[b] * f.diff(z[i]) - (f if b is sigma else 0)))
        for place, (a, f) in enumerate(factors)
        for b, g in factors[place:]
    ]


@carried_out
def bend(one: Pointwise) -> Any:
    """dS/dlog q - S for the sensitivity S at a point i: how far it is from growing in proportion to q."""
    rate = one.slope.diff(q[k]) * q[k]
    rate = rate.xreplace(dict.fromkeys(rate.atoms(sp.DiracDelta), sp.S.Zero))
    return sp.simplify(rate - one.slope).xreplace({k: i})


@carried_out
def at_p(math: Any) -> Any:
    """The same where p is q."""
    return sp.simplify(math.xreplace({k: i}).xreplace({p[i]: q[i]}))


def second(loss: Any, request: Request) -> list[str | Chain]:
    """The second derivatives where q is p; of a loss with kinks, between them."""
    one = of(loss)
    assert one is not None
    content: list[str | Chain] = [KINK if one.kink else AT_P]
    for pair in pairs(request):
        lines = (*_anywhere(one, pair), *(() if one.kink else _where_q_is_p(one, pair)))
        content.append(chain(D(D(L, pair.a), pair.b), *lines))
        if pair.a is sigma:
            content += in_coordinates(request, lines, _gradient(one, pair) if one.kink else sp.S.Zero)
    return content


@as_written
def _gradient(one: Pointwise, pair: Pair) -> Any:
    return Total(w[i] * one.slope.xreplace({k: i}) * pair.factor) / sigma


@as_written
def _anywhere(one: Pointwise, pair: Pair) -> tuple[Line, ...]:
    slope, excess, whole = one.slope.xreplace({k: i}), bend(one), _factored(pair.square + pair.bent)
    inner = slope * whole + (excess * pair.square if excess != 0 else 0)
    return (
        line(D(_gradient(one, pair), pair.b), "the gradient of part 4"),
        line(Total(w[i] * inner) / sigma**2, "the product rule: the sensitivity and the score both change"),
    )


@as_written
def _where_q_is_p(one: Pointwise, pair: Pair) -> tuple[Line, ...]:
    """If anything is left of the sensitivity there, it is q: then this term is how the mass of Q changes."""
    slope, excess = at_p(one.slope), at_p(bend(one))
    whole, ratio = _factored(pair.square + pair.bent), _factored(excess / q[i])
    start = line(Total(w[i] * _factored(excess * pair.square + slope * whole)) / sigma**2, "", Eq(q[k], p[k]))
    if ratio.is_number and pair.square.is_polynomial(z[i]):
        powers = sp.Poly(pair.square + (whole if slope != 0 else 0), z[i]).monoms()
        given = [Eq(Total(w[i] * q[i] * z[i] ** n), _moment(n) * Total(w[i] * q[i])) for (n,) in powers if n]
        end = times(ratio * _average(pair.square) * Total(w[i] * q[i]), 1 / sigma**2)
        return start, line(end, "the values for a Normal on the whole line", *given)
    if slope == 0:
        return (start,)
    end = Total(w[i] * excess * pair.square) / sigma**2
    return start, line(end, MASS, Eq(Total(w[i] * q[i] * whole), 0))


@carried_out
def _moment(power: int) -> Any:
    """The mean of z^power under a Normal."""
    return sp.S.Zero if power % 2 else sp.factorial2(power - 1)


@carried_out
def _average(square: Any) -> Any:
    """The mean of a polynomial in z under a Normal."""
    return sum(c * _moment(power) for (power,), c in sp.Poly(square, z[i]).terms())


_factored = carried_out(sp.factor)


def also(request: Request) -> list[str | Chain]:
    """What the stationarity in sigma says of the coordinate that is moved in its place."""
    if not (request.second and request.coordinate.rate):
        return []
    return [
        f"The second parameter here is {request.coordinate.words}. The derivative of $L$ by it is the "
        "derivative by $sigma$ times a factor that is never 0 (part 3). So both are 0 in the same places."
    ]


@as_written
def in_coordinates(request: Request, lines: tuple[Line, ...], slope: Any = sp.S.Zero) -> list[str | Chain]:
    """From the lines of the second derivative by sigma to that by the second parameter.

    slope: the derivative by sigma, where it is not 0 under the conditions of these lines.
    """
    symbol, rate = request.symbol, request.coordinate.d_sigma
    if not request.coordinate.rate:
        return []
    end, given = times(lines[-1].math, rate**2), tuple(e for step in lines for e in step.given)
    if slope != 0:
        end += times(slope, times(rate, rate.diff(sigma)))
    twice = D(D(L, sigma), sigma) * D(sigma, symbol) ** 2 + D(L, sigma) * D(D(sigma, symbol), symbol)
    why = "both from above" if slope != 0 else "where $D(L, sigma)$ is 0"
    return [
        chain(D(D(L, symbol), symbol), line(twice, "the chain rule, applied twice"), line(end, why, *given))
    ]


@carried_out
def times(a: Any, b: Any) -> Any:
    """The product with its factors brought together; what stands under a sum stays as it is."""
    sums = {total: sp.Dummy(positive=True) for total in a.atoms(Total)}
    product = _evaluated(a.xreplace(sums)) * _evaluated(b)
    return product.xreplace({name: total for total, name in sums.items()})


def _evaluated(math: Any) -> Any:
    return math.func(*map(_evaluated, math.args)) if math.args else math

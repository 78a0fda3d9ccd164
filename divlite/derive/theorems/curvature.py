"""The second derivative of any loss of one sum, and by any other number than sigma: one theorem each."""

from math import prod
from typing import Any, NamedTuple

from ..notation import *
from ..request import Request
from .pointwise import Pointwise, of, simple, tidy

KINK = (
    "$L$ has a kink where a difference of $p$ and $q$ changes its sign at a point of the grid. As long as "
    "none does, the signs are constants. Then"
)
AT_P = "This is simple where $q[k] = p[k]$ at every point, so that P has the form of Q. There"
MASS = "the mass that Q has on the whole line is always 1"


class Pair(NamedTuple):
    """Parameters a and b, and the scores F/sigma by them: F_a, F_a F_b, and F_a F_b + sigma^2 d(F_a/sigma)/db."""

    a: Any
    b: Any
    factor: Any
    square: Any
    whole: Any


@carried_out
def pairs(request: Request) -> list[Pair]:
    factors, step = request.factors(sigma), {mu: sp.S.One, sigma: z[i]}
    return [
        Pair(a, b, f, f * g, tidy(sp.expand(f * g - step[b] * f.diff(z[i]) - (f if b is sigma else 0))))
        for place, (a, f) in enumerate(factors)
        for b, g in factors[place:]
    ]


@carried_out
def bend(one: Pointwise) -> Any:
    """dS/dlog q - S for the sensitivity S at a point i: how far it is from growing in proportion to q."""
    rate = one.slope.diff(q[k]) * q[k]
    rate = rate.xreplace(dict.fromkeys(rate.atoms(sp.DiracDelta), sp.S.Zero))
    return simple(rate - one.slope).xreplace({k: i})


@carried_out
def at_p(math: Any) -> Any:
    """The same where p is q."""
    return simple(math.xreplace({k: i}).xreplace({p[i]: q[i]}))


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
    slope, excess = one.slope.xreplace({k: i}), bend(one)
    inner = slope * pair.whole + (excess * pair.square if excess != 0 else 0)
    return (
        line(D(_gradient(one, pair), pair.b), "the gradient of part 4"),
        line(Total(w[i] * inner) / sigma**2, "the product rule: the sensitivity and the score both change"),
    )


@as_written
def _where_q_is_p(one: Pointwise, pair: Pair) -> tuple[Line, ...]:
    """If anything is left of the sensitivity there, it is q: then this term is how the mass of Q changes."""
    slope, excess, whole, mass = at_p(one.slope), at_p(bend(one)), pair.whole, Total(w[i] * q[i])
    if excess == 0 or not simple(slope / excess).is_number:
        inner = excess * pair.square + (slope * whole if slope != 0 else 0)
    else:
        inner = product(excess, pair.square if slope == 0 else polynomial(pair, simple(slope / excess)))
    start = line(product(Total(w[i] * inner), sigma**-2), "", Eq(q[k], p[k]))
    in_z = simple(inner / q[i])
    if in_z.is_polynomial(z[i]) and not in_z.has(q):
        given = [Eq(Total(product(w[i], q[i], z[i] ** n)), times(mass, moment(n))) for n in powers(in_z) if n]
        end = times(average(in_z) * mass, 1 / sigma**2)
        return (start, line(end, "the values for a Normal on the whole line", *given)) if given else (start,)
    if slope == 0:
        return (start,)
    end = Total(w[i] * excess * pair.square) / sigma**2
    return start, line(end, MASS, Eq(Total(w[i] * q[i] * whole), 0))


def moment(power: int) -> int:
    """The mean of z^power under a Normal."""
    return 0 if power % 2 else prod(range(power - 1, 0, -2))


@carried_out
def powers(polynomial: Any) -> list[int]:
    """The powers of z in it, the lowest first."""
    return sorted(n for (n,) in sp.Poly(polynomial, z[i]).monoms())


@carried_out
def average(polynomial: Any) -> Any:
    """The mean of a polynomial in z under a Normal."""
    return sum(c * moment(n) for (n,), c in sp.Poly(polynomial, z[i]).terms())


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
        chain(
            D(D(L, symbol), symbol), line(twice, "the chain rule, applied twice"), line(end, why, *given)
        )
    ]


@carried_out
def polynomial(pair: Pair, c: Any) -> Any:
    return tidy(sp.expand(pair.square + c * pair.whole))


def product(*factors: Any) -> Any:
    """The product as it is written, without ones."""
    left = [factor for factor in factors if factor != 1]
    return sp.Mul(*left, evaluate=False) if len(left) > 1 else left[0]


@carried_out
def times(a: Any, b: Any) -> Any:
    """The product with its factors brought together; what stands under a sum stays as it is."""
    sums = {total: sp.Dummy(positive=True) for total in a.atoms(Total)}
    product = _evaluated(a.xreplace(sums)) * _evaluated(b)
    return product.xreplace({name: total for total, name in sums.items()})


def _evaluated(math: Any) -> Any:
    return math.func(*map(_evaluated, math.args)) if getattr(math, "args", ()) else math

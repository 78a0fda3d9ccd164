"""The second derivative of any loss of one sum."""

from collections.abc import Callable
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

from ...language import phrase, template
from ..coordinates import twice
from ..lessons import is_normal
from ..notation import *
from ..request import Request
from ..written import again, over, power, times, without_jumps
from .pointwise import Pointwise, at_i, moves, of
from .short import simple, tidy

KINK = template(
    "$L$ has a kink where ${seen_q}$ and ${seen_p}$ are equal at a point of the grid. As long as none of "
    "their differences changes its sign, the signs are constants. Then"
)
AT_P = template(
    "This is simple where ${seen_q} = {seen_p}$ at every point, so that $P$ has the form of $Q$. There"
)
JUMPS = phrase(
    "The score by $mu$ jumps where $z$ is 0. These second derivatives hold between such jumps, where $mu$ is "
    "no point of the grid. They do not count what the gradient gains or loses when $mu$ passes a point."
)
CONSTANT = phrase("the signs and $z$ are constants")
PRODUCT = {
    True: phrase("the product rule: the derivatives of the sensitivity and of the score"),
    False: phrase("the product rule: the derivatives of the sensitivity and of what part 3 found"),
}
NORMAL = phrase("the values for a Normal on the whole line")
MASS = phrase("the mass that $Q$ has on the whole line is always 1")


class Pair(NamedTuple):
    """Parameters a and b, and the scores F/sigma by them: F_a, F_b, F_a F_b, and sigma^2 (1/q) d^2 q/dadb."""

    a: Any
    b: Any
    factor: Any
    other: Any
    square: Any
    whole: Any


@carried_out
def pairs(one: Pointwise, request: Request) -> list[Pair]:
    factors, scale = moves(one, request)
    score, step = dict(request.factors(sigma)), {mu: sp.S.One, sigma: z[i]}

    def bent(f: Any, b: Any) -> Any:
        """scale^2 times the derivative of f/scale by b; z does not move where a quantile is seen."""
        if one.moved == y[k]:
            return sp.S.Zero
        rate = (f.diff(q[i]) * q[i] * score[b] - without_jumps(f.diff(z[i])) * step[b]) / sigma
        return scale * rate - f * sp.diff(scale, b)

    def pair(a: Any, b: Any) -> Pair:
        square = factors[a] * factors[b]
        whole = multiplied_out((square if one.densities else 0) + bent(factors[a], b))
        return Pair(a, b, factors[a], factors[b], tidy(square), whole)

    return [pair(a, b) for a, b in combinations_with_replacement(factors, 2)]


def chains(
    one: Pointwise, request: Request, lines: Callable[[Pair], tuple[Line, ...]], gradient: Callable[..., Any]
) -> list[str | Chain]:
    """The second derivatives by each pair, and by what is moved in the place of sigma.

    gradient: the derivative by sigma under the conditions of the lines, or 0 where they end without it.
    """
    content: list[str | Chain] = []
    for pair in pairs(one, request):
        found = lines(pair)
        content.append(chain(D(D(L, pair.a), pair.b), *found))
        content += twice(request, found, gradient(pair, found)) if pair.a is sigma else []
    return content


@again
@carried_out
def bend(slope: Any, one: Pointwise) -> Any:
    """How a sensitivity S changes with what moves, at a point i; for densities dS/dlog q - S, which is 0
    for an S that grows in proportion to q."""
    moved, slope = at_i(one.pair[1]), at_i(slope)
    rate = moved * slope.diff(moved) - slope if one.densities else slope.diff(moved)
    return simple(without_jumps(rate))


@again
@carried_out
def at_p(math: Any, one: Pointwise) -> Any:
    """The same where what is seen of P and of Q is equal."""
    seen_p, seen_q = map(at_i, one.pair)
    return simple(at_i(math).xreplace({seen_p: seen_q}).doit())


def second(loss: Any, request: Request) -> list[str | Chain]:
    """The second derivatives where q is p; of a loss with kinks, between them."""
    one = of(loss)

    def lines(pair: Pair) -> tuple[Line, ...]:
        return (*_anywhere(one, pair, request), *(() if one.kink else _where_q_is_p(one, pair, request)))

    def gradient(pair: Pair, found: tuple[Line, ...]) -> Any:
        # What is left of the sensitivity where q is p makes a gradient, unless the lines end without it.
        left = one.slope if one.kink else sp.S.Zero if found[-1].why == NORMAL else at_p(one.slope, one)
        return _gradient(one, pair, request, left)

    return [of_pair(KINK if one.kink else AT_P, one), *chains(one, request, lines, gradient)]


def of_pair(text: str, one: Pointwise) -> str:
    """The words about what is seen of P and of Q."""
    seen_p, seen_q = map(str, one.pair)
    return phrase(text, seen_p=seen_p, seen_q=seen_q)


def _gradient(one: Pointwise, pair: Pair, request: Request, slope: Any) -> Any:
    summed = times(at_i(one.weight), at_i(slope), pair.factor)
    return over(Total(summed), moves(one, request)[1]) if summed != 0 else summed


def _total(one: Pointwise, request: Request, *terms: Any) -> Any:
    """The sum of terms over all points, each with its weight and over the square of the scale."""
    left = [term for term in terms if term != 0]
    inner = sp.Add(*left, evaluate=False) if len(left) > 1 else [*left, sp.S.Zero][0]
    if inner == 0:
        return inner
    return over(Total(times(at_i(one.weight), inner)), power(moves(one, request)[1], 2))


@as_written
def _anywhere(one: Pointwise, pair: Pair, request: Request) -> tuple[Line, ...]:
    terms = [times(at_i(one.slope), pair.whole), times(bend(one.slope, one), pair.square)]
    return (
        line(D(_gradient(one, pair, request, one.slope), pair.b), phrase("the gradient of part 4")),
        line(
            _total(one, request, *terms),
            CONSTANT if one.kink and one.moved == y[k] else PRODUCT[one.densities],
        ),
    )


@as_written
def _where_q_is_p(one: Pointwise, pair: Pair, request: Request) -> tuple[Line, ...]:
    """If what is left of the sensitivity there is a multiple of q, its term is how the mass of Q changes."""
    slope, excess, whole = at_p(one.slope, one), at_p(bend(one.slope, one), one), pair.whole
    share = simple(slope / excess) if excess != 0 else None
    if share is not None and share.is_number:
        terms = [times(excess, pair.square if slope == 0 else polynomial(pair, share))]
    else:
        terms = [times(excess, pair.square), times(slope, whole)]
    start = line(_total(one, request, *terms), "", Eq(*one.pair[::-1]))
    in_z, mass = simple(sum(terms) / q[i]), Total(times(w[i], q[i]))
    if is_normal(request) and in_z.free_symbols <= z[i].free_symbols and in_z.is_polynomial(z[i]):
        given = [Eq(Total(times(w[i], q[i], power(z[i], n))), times(moment(n), mass)) for n in powers(in_z)]
        end = over(times(average(in_z), mass), sigma**2)
        return (start, line(end, NORMAL, *given)) if given else (start,)
    # Where a score jumps, so does the slope of q: the mass then has a part at the jump that no sum here has.
    jumps = any(score.has(sp.sign) for _, score in request.factors(sigma))
    if slope == 0 or jumps or simple(slope / q[i]).has(i):
        return (start,)
    end = _total(one, request, times(excess, pair.square))
    return start, line(end, MASS, Eq(Total(times(w[i], q[i], whole)), 0))


@carried_out
def moment(n: int) -> Any:
    """The mean of z^n under a Normal."""
    return sp.S.Zero if n % 2 else sp.factorial2(n - 1)


@carried_out
def powers(polynomial: Any) -> list[int]:
    """The powers of z in it, the lowest first, but for 1."""
    return sorted(n for (n,) in sp.Poly(polynomial, z[i]).monoms() if n)


@carried_out
def average(polynomial: Any) -> Any:
    """The mean of a polynomial in z under a Normal."""
    return sum(c * moment(n) for (n,), c in sp.Poly(polynomial, z[i]).terms())


@carried_out
def polynomial(pair: Pair, c: Any) -> Any:
    return multiplied_out(pair.square + c * pair.whole)


@again
@carried_out
def multiplied_out(math: Any) -> Any:
    """The same without brackets; but a quotient with z below its line as one quotient, of factors."""
    whole = sp.cancel(math)
    return tidy(sp.factor(whole) if sp.fraction(whole)[1].has(z[i]) else sp.expand(math))

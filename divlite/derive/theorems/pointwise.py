"""Any loss of one sum: what its term and its sensitivity at one point say of the fit."""

from typing import Any, NamedTuple

from ...language import phrase, template
from .. import run
from ..lessons import Items, said
from ..notation import *
from ..request import Request
from ..term import on_terms
from ..written import again, over, times
from .short import limit, simple, tidy


class Pointwise(NamedTuple):
    """At the point k, without the weight: the term, and its derivative by what the view shows moving of Q.

    Of a loss of several sums there is no one term; the derivative is that of L, with the sums by their names.
    """

    value: Any
    slope: Any
    weight: Any
    moved: Any  # log q, or what stands in its place

    @property
    def kink(self) -> bool:
        """Whether the derivative jumps somewhere."""
        return bool(self.slope.has(sp.sign, sp.Abs))

    @property
    def densities(self) -> bool:
        return self.moved == log(q[k])

    @property
    def pair(self) -> tuple[Any, Any]:
        """What is seen of P, and of Q."""
        return {G[k]: (F[k], G[k]), y[k]: (x[k], y[k])}.get(self.moved, (p[k], q[k]))


@carried_out
def of(loss: Any) -> Pointwise:
    """The loss at one point."""
    at, single = run.seen(loss, k), len(run.definitions(loss)) == 1
    value = over(run.terms(loss, k), at.weight) if single else None
    return Pointwise(value, over(run.sensitivity(loss, k), at.weight), at.weight, at.moved)


@carried_out
def formula(loss: Any, name: str, *at: Any) -> Any:
    """f, phi or h of a loss there."""
    return on_terms(getattr(run.with_symbols(loss), name), *at)


def at_i(math: Any) -> Any:
    return math.xreplace({k: i})


def at_0(math: Any, zero: Any) -> Any:
    """The limit where p, or q, goes to 0, with p and q as plain symbols."""
    plain = {e: sp.Symbol(str(e.base), positive=True) for e in (p[k], q[k])}
    return None if (found := limit(math, zero)) is None else found.xreplace(plain)


@carried_out
def moves(one: Pointwise, request: Request) -> tuple[dict[Any, Any], Any]:
    """How what moves does so at the point i: {parameter: factor}, and what every factor is divided by."""
    if one.densities:
        return {theta: tidy(factor) for theta, factor in request.factors(sigma)}, sigma
    factors = {mu: sp.S.One, sigma: z[i]}
    sign = times(-1, q[i]) if one.moved == G[k] else sp.S.One
    return {theta: times(sign, factors[theta]) for theta, _ in request.factors(sigma)}, sp.S.One


def score_jumps(one: Pointwise, request: Request) -> bool:
    """Whether the score by mu jumps where z is 0, as that of a Laplace density does."""
    return one.densities and dict(request.factors(sigma)).get(mu, sp.S.Zero).has(sp.sign)


@as_written
def stationary(loss: Any, request: Request) -> list[str | Chain]:
    """The equations that say that the gradient is 0."""
    one = of(loss)
    factors, scale = moves(one, request)
    content: list[str | Chain] = [_at_the_minimum(one, request)]
    for theta, factor in factors.items():
        number, inner = times(at_i(one.weight), at_i(one.slope), factor).as_coeff_Mul()
        content.append(chain(Eq(D(L, theta), 0), line(Eq(Total(inner), 0), "", times=over(scale, number))))
    return content


KINKS = {  # whether what is seen of P and of Q can be equal, and whether the score jumps
    (True, False): template("where ${seen_q}$ and ${seen_p}$ are equal at one of the points"),
    (False, True): template("where $mu$ is one of the points"),
    (True, True): template(
        "where ${seen_q}$ and ${seen_p}$ are equal at one of the points, and where $mu$ is one of the points"
    ),
}


def _at_the_minimum(one: Pointwise, request: Request) -> str:
    """When the gradient is 0: always at a minimum, but for kinks."""
    seen_p, seen_q = (str(seen.base) for seen in one.pair)
    kinks = one.kink, score_jumps(one, request)
    if not any(kinks):
        return phrase("At the minimum the gradient is 0:")
    return phrase(
        "At a minimum without a kink the gradient is 0. (On a grid, $L$ has a kink {}. The gradient jumps "
        "there. At a minimum it may jump from below 0 to above 0.)",
        phrase(KINKS[kinks], seen_q=seen_q, seen_p=seen_p),
    )


@as_written
def far(loss: Any, request: Request) -> Items:
    """The pull of a point that Q has left."""
    one = of(loss)
    if one.value is None or not one.densities:
        return ()
    pull, with_score = limit(one.slope, q[k]), times(one.slope, log(q[k]))
    if pull == 0 and limit(with_score, q[k]) == 0:
        return said("far, no pull", with_score=with_score)
    if pull is None or pull == 0:
        return ()
    if pull.is_infinite:
        return said("far, without limit", inverse=over(1, one.slope))
    return said("far", slope=one.slope, pull=pull)


@as_written
def edges(loss: Any, request: Request) -> Items:
    """What a point costs where q or p is 0."""
    one = of(loss)
    if one.value is None or not one.densities:
        return ()
    costs = [(zero, limit(one.value, zero)) for zero in (q[k], p[k])]
    found = (
        said(f"infinite where {zero.base} is 0")
        if cost.is_infinite
        else said("edge", zero=zero.base, at=zero, value=one.value, cost=cost)
        for zero, cost in costs
        if cost is not None
    )
    return tuple(item for items in found for item in items)


def symmetric(loss: Any, request: Request) -> Items:
    """Whether P and Q can be exchanged."""
    exchanged = phrase("If $P$ and $Q$ are exchanged, $L$ stays as it is.")
    return (exchanged,) if is_symmetric(loss) else ()


@carried_out
def is_symmetric(loss: Any) -> bool | None:
    """Whether each sum stays as it is if P and Q are exchanged; None if P has the weights of the points."""
    if of(loss).weight != w[k]:
        return None
    whole, *_ = run.definitions(loss).values()
    a, b = (at_i(math) for math in of(loss).pair)
    there = whole.xreplace(run.definitions(loss))
    first, second = _plain(there), _plain(there.xreplace({a: b, b: a}))
    return bool(simple(first - second) == 0)


@again
@carried_out
def _plain(math: Any) -> Any:
    """The expression with its logarithms taken apart and its absolute values turned one way."""
    turned = {
        e: type(e)(_plain(e.args[0]) if isinstance(e, Total) else sp.factor(e.args[0]))
        for e in math.atoms(Total, sp.Abs)
    }
    return sp.expand(sp.expand_log(math.xreplace(turned).doit(), force=True))


@carried_out
def degree(loss: Any, *scaled: Any) -> Any:
    """The d for which L grows as c^d if these of p[i], q[i], ... become c times as large; or None."""
    c, (whole, *_) = sp.Dummy(positive=True), run.definitions(loss).values()
    sums = {name: total for name, total in run.definitions(loss).items() if isinstance(total, Total)}

    def grows(total: Any) -> Any:
        (summand,) = total.args
        large = sp.expand_log(summand.xreplace({e: c * e for e in scaled}).doit(), force=True)
        return simple(c * large.diff(c) / large)

    found = [
        (grows(total), 1 if name == L else name * whole.diff(name) / whole) for name, total in sums.items()
    ]
    power = simple(sp.Add(*(d * share for d, share in found)).doit())
    return power if power.is_number and all(d.is_number for d, _ in found) else None

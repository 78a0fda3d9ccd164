"""f-divergences: L = sum_i w_i q_i f(p_i/q_i), for a convex f with f(1) = 0.

Source: I. Csiszar, Studia Sci. Math. Hungar. 2 (1967), 299.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from ...language import phrase
from .. import run
from ..lessons import Items, said
from ..notation import *
from ..request import Request
from ..written import plus, times, without_jumps
from .pointwise import formula, of, score_jumps
from .short import simple, tidy

RATIO = p[k] / q[k]
V = sp.Symbol("V", real=True)  # of either sign, as a difference is


@carried_out
def slope(f: Callable[[Any], Any], place: Any, order: int = 1) -> Any:
    """The derivative of f there, but for kinks; f may be undefined."""
    return without_jumps(sp.diff(f(V), V, order)).subs(V, place)


@as_written
def theorem(f: Callable[[Any], Any]) -> tuple[Chain, ...]:
    """What holds for every f, which may be undefined: f(1) = 0 and convexity are not used here."""
    term, g = q[k] * f(RATIO), f(RATIO) - RATIO * slope(f, RATIO)
    total, ones = Total(w[i] * q[i] * f(p[i] / q[i])), Total(w[i] * p[i])
    tangent = f(p[i] / q[i]) - slope(f, 1) * (p[i] / q[i] - 1)
    curved = slope(f, 1, 2) * z[i] ** 2 + (slope(f, 1, 0) - slope(f, 1)) * (z[i] ** 2 - 1)
    return (
        chain(
            D(term, log(q[k])),
            line(D(q[k], log(q[k])) * f(RATIO) + q[k] * D(f(RATIO), log(q[k])), "the product rule"),
            line(q[k] * g, "the chain rule: the derivative of $p/q$ by $log(q)$ is $-p/q$"),
        ),
        chain(D(f(u) - u * slope(f, u), u), line(-u * slope(f, u, 2), "the product rule")),
        chain(
            D(slope(f, s) * u - f(u), u),
            line(sp.S.Zero, "so for a convex f its conjugate at f'(s) is reached at $s$", Eq(u, s)),
        ),
        chain(
            D(term, log(p[k])) + D(term, log(q[k])),
            line(q[k] * (RATIO * slope(f, RATIO)) + q[k] * g, "both derivatives"),
            line(term, "the term grows as $p$ and $q$ together do: Euler's identity"),
        ),
        chain(D(p[k] * f(q[k] / p[k]), log(q[k])), line(q[k] * slope(f, 1 / RATIO), "the dual, $u*f(1/u)$")),
        chain(total, line(Total(w[i] * q[i] * tangent), "", Eq(ones, Total(w[i] * q[i])))),
        chain(
            D(D(total, mu), mu),
            line(Total(w[i] * q[i] * curved) / sigma**2, "the curvature", Eq(q[k], p[k])),
        ),
    )


class Generator(NamedTuple):
    """f(u), with u = p/q, and what follows from it.

    g: f - u f', so that the sensitivity is w q g(u). bend: f'', but for kinks. slope, curvature: f'(1) and
    f''(1), 0 at a kink. alone: f(0), what Q costs where P is 0, for each unit of its mass; missed: what P
    costs where Q is 0. pull: the limit of g(u)/u at infinity. convex: whether SymPy shows that f is.
    """

    f: Any
    g: Any
    bend: Any
    slope: Any
    curvature: Any
    alone: Any
    missed: Any
    pull: Any
    kink: bool
    convex: bool


def of_loss(loss: Any) -> Generator | None:
    """The generator of a loss that has one."""
    if not hasattr(loss, "f"):
        return None
    return _generator(formula(loss, "f", u), tuple(run.given(loss).items()))


@cache
@carried_out
def _generator(f: Any, given: tuple[tuple[Any, Any], ...]) -> Generator:
    def at(place: Any) -> Any:
        return f.xreplace({u: place})

    kink, g, bend = f.has(sp.Abs, sp.sign), simple(f - u * slope(at, u)), simple(slope(at, u, 2))
    from_kink = kink and f.subs(u, 1).doit() == 0 and simple(f / sp.Abs(u - 1)).is_positive
    first, second = (simple(math.subs(u, 1).doit()) for math in (slope(at, u), bend))
    # With the loss's own numbers: u^alpha/u has another limit for alpha below 1 than above.
    f_, g_ = f.xreplace(dict(given)), g.xreplace(dict(given))
    alone, missed, pull = sp.limit(f_, u, 0, "+"), sp.limit(f_ / u, u, sp.oo), sp.limit(g_ / u, u, sp.oo)
    convex = bool(from_kink or (not kink and bend.is_positive))
    return Generator(f, g, bend, first, second, alone, missed, pull, kink, convex)


@as_written
def family(loss: Any, request: Request) -> Items:
    """That the loss is an f-divergence, and its sensitivity from f alone."""
    f = of_loss(loss)
    if f is None:
        return ()
    return said(
        "f-divergence",
        value=of(loss).value,
        term=pointwise(f.f),
        f=f.f,
        rule=plus(f.f, times(-1, u, D(f.f, u))),
        g=f.g,
        sensitivity=times(w[k], pointwise(f.g)),
    )


def bound(loss: Any, request: Request) -> Items:
    """How large L can become."""
    f = of_loss(loss)
    if f is None or not f.convex or f.alone.is_infinite or f.missed.is_infinite:
        return ()
    of_q, of_p = _mass(f.alone, "Q"), _mass(f.missed, "P")
    return said("bound", missed=f.missed, line=f.alone + f.missed * u, of_q=of_q, of_p=of_p)


def _mass(number: Any, of: str) -> str:
    """The mass of P or Q, so many times."""
    if number == 1:
        return phrase("the mass of ${}$", of)
    return phrase("${number}$ times the mass of ${of}$", number=str(number), of=of)


@as_written
def never_negative(loss: Any, request: Request) -> Items:
    """For which masses L is never below 0, because f is convex."""
    f = of_loss(loss)
    if f is None or not f.convex:
        return ()
    if f.kink:
        return said("never negative, with a kink")
    equal = f.slope != 0
    factor = plus(f.f, times(-f.slope, u - 1)) if equal else f.f
    whole = Total(times(w[i], q[i], factor.xreplace({u: p[i] / q[i]})))
    masses = "with equal masses" if equal else "whatever the masses"
    return (
        *said(f"never negative, {masses}", whole=whole),
        *said("the factor behind w q", factor=factor, rate=derivative(factor), bend=f.bend),
        *(said("with other masses", rate=times(-f.slope, Total(w[i] * q[i]))) if equal else ()),
    )


@carried_out
def derivative(f: Any) -> Any:
    return simple(sp.diff(f, u))


@carried_out
def pointwise(math: Any) -> Any:
    """q times a function of u, at u = p/q."""
    there = q[k] * math.xreplace({u: RATIO})
    return simple(there) if there.has(sp.Abs, sp.sign) else tidy(there)


def alike(loss: Any, request: Request) -> Items:
    """That near p = q an f-divergence is any other one without a kink, times a number."""
    f = of_loss(loss)
    if f is None or f.kink or score_jumps(of(loss), request):
        return ()
    if f.curvature == 1:
        return said("alike", here=phrase("It is $1$ here."))
    here = phrase("It is ${}$ here, and 1 for both KL divergences.", str(f.curvature))
    return said("alike", here=here)

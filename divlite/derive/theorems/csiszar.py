"""f-divergences: L = sum_i w_i q_i f(p_i/q_i), for a convex f with f(1) = 0.

Source: I. Csiszar, Studia Sci. Math. Hungar. 2 (1967), 299.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from .. import run
from ..notation import *
from ..request import Request
from ..written import plus, times, without_jumps
from .pointwise import formula, of, score_jumps
from .short import simple, tidy

RATIO = p[k] / q[k]
EQUAL = "if $P$ and $Q$ have the same mass on the grid"
WHATEVER = "whatever the masses of $P$ and $Q$ are"
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
def family(loss: Any, request: Request) -> list[str | Chain]:
    """That the loss is an f-divergence, and its sensitivity from f alone."""
    f, one = of_loss(loss), of(loss)
    if f is None:
        return []
    return [
        "This is an f-divergence: with $u = p/q$ the term of a point is $q$ times a function $f(u)$. If $p$ "
        "and $q$ both become $c$ times as large, so does $L$.",
        chain(one.value, line(pointwise(f.f), f"$q*f(u)$ with $f(u) = {f.f}$")),
        "The sensitivity follows from $f$ alone: it is $w*q*g(u)$ with",
        chain(plus(f.f, times(-1, u, D(f.f, u))), line(f.g, "this is $g(u)$")),
        chain(D(L, log(q[k])), line(times(w[k], pointwise(f.g)), "")),
    ]


def bound(loss: Any, request: Request) -> list[str | Chain]:
    """How large L can become."""
    f = of_loss(loss)
    if f is None or not f.convex or f.alone.is_infinite or f.missed.is_infinite:
        return []
    return [
        f"The slope of $f$ grows up to ${f.missed}$, so $f(u)$ is at most ${f.alone + f.missed * u}$. So $L$ "
        f"is at most {_times(f.alone)}the mass of $Q$ plus {_times(f.missed)}the mass of $P$. It comes "
        "near that where $P$ and $Q$ lie far apart."
    ]


def _times(number: Any) -> str:
    return "" if number == 1 else f"${number}$ times "


@as_written
def never_negative(loss: Any, request: Request) -> list[str | Chain]:
    """For which masses L is never below 0, because f is convex."""
    f = of_loss(loss)
    if f is None or not f.convex:
        return []
    if f.kink:
        return ["$f(u)$ falls up to $u = 1$, where it is 0, and grows from there. So $L$ is never below 0."]
    bracket = plus(f.f, times(-f.slope, u - 1)) if f.slope != 0 else f.f
    here = Total(times(w[i], q[i], bracket.xreplace({u: p[i] / q[i]})))
    same = line(here, "what is new adds up to 0", Eq(Total(w[i] * p[i]), Total(w[i] * q[i])))
    masses = WHATEVER if f.slope == 0 else EQUAL
    content: list[str | Chain] = [
        f"$L$ is never below 0, {masses}:",
        chain(L, same if f.slope != 0 else line(here, "with $u = p/q$")),
        "Let $u$ be $p/q$. The factor behind $w*q$ is 0 at $u = 1$, and its derivative is",
        chain(D(bracket, u), line(derivative(bracket), "")),
        "This is 0 at $u = 1$, and it grows with $u$:",
        chain(D(D(bracket, u), u), line(f.bend, "above 0 for every $u > 0$")),
        "So the factor falls where $u < 1$ and grows where $u > 1$. It is above 0 everywhere but at $u = 1$. "
        "No term of this sum is below 0, and the sum is 0 only if $p$ and $q$ are the same wherever $w$ is "
        "above 0.",
    ]
    if f.slope == 0:
        return content
    return [
        *content,
        "With other masses $L$ can be below 0. Where $q$ is $p$, $L$ is 0. If $q$ then grows everywhere by "
        "the same factor, $L$ changes at this rate:",
        chain(Total(D(L, log(q[i]))), line(times(-f.slope, Total(w[i] * q[i])), "", Eq(q[k], p[k]))),
    ]


@carried_out
def derivative(f: Any) -> Any:
    return simple(sp.diff(f, u))


@carried_out
def pointwise(math: Any) -> Any:
    """q times a function of u, at u = p/q."""
    there = q[k] * math.xreplace({u: RATIO})
    return simple(there) if there.has(sp.Abs, sp.sign) else tidy(there)


def alike(loss: Any, request: Request) -> list[str | Chain]:
    """That near p = q an f-divergence is any other one without a kink, times a number."""
    f = of_loss(loss)
    if f is None or f.kink or score_jumps(of(loss), request):
        return []
    known = "" if f.curvature == 1 else ", and 1 for both KL divergences"
    return [
        "Near a perfect fit all f-divergences without a kink look like this, as long as the mass of $Q$ on "
        "the grid does not change. They differ by one factor, the second "
        f"derivative of $f(u)$ at $u = 1$. It is ${f.curvature}$ here{known}."
    ]

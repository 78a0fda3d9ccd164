"""What each view shows of P and Q, in symbols and in words, and how it moves with mu and sigma."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ..language import joined, phrase, template
from ..views import view_of
from . import run
from .notation import *
from .reasons import rate_of, text
from .rules import Moving, lines
from .written import minus, over, rebuilt, times

WHO = template(
    "$P$ is the target. $Q$ is the member of the {family} family that is fitted to it, with location $mu$ "
    "and scale $sigma$. (Those of a Normal are its mean and its standard deviation.)"
)
WEIGHT = phrase(
    "$w[i]$ is the weight of a point: $1/n$ at each of $n$ points makes a sum a mean, the distance between "
    "points makes it an integral."
)
Z_IS = phrase(
    "The standardised distance $z[k] = (x[k] - mu)/sigma$ says how many $sigma$ the point $x[k]$ lies from "
    "$mu$."
)
# The names of families that other languages have words for.
FAMILIES = (
    template("Normal"),
    template("Laplace"),
    template("Logistic"),
    template("Cauchy"),
    template("Student-t"),
    template("StudentT"),
)
QUANTILE = mu + sigma * z[k]


class View(NamedTuple):
    """One view, in words. A family is that of Q.

    sees: what it shows of P and Q, then what the weights are; ask: what the sensitivity asks.
    name: of what moves, in a reason; half: the title of part 3; begins: its beginning.
    steps: for a family and theta, from the derivative by theta on. product: the beginning of part 4.
    """

    sees: tuple[str, ...]
    ask: str
    name: str
    half: str
    begins: str
    steps: Callable[[Any, Any], list[Line]]
    product: str


def family_name(family: Any) -> str:
    """Normal, Student-t: the class as words."""
    return phrase(re.sub(r"(?<=[a-z])[A-Z]", lambda capital: "-" + capital[0].lower(), type(family).__name__))


def of(loss: Any) -> View:
    """The view of a loss."""
    return VIEWS[view_of(loss).derivative]


def meanings(loss: Any, family: Any) -> dict[Any, Any]:
    """What is known of Q: its quantile or its density, in z."""
    if run.seen(loss, i).moved == y[i]:
        return {y: QUANTILE.xreplace({k: i})}
    return {q: exp(run.log_prob(family, run.in_z(family), z[i]), evaluate=False)}


def who(loss: Any, family: Any) -> str:
    """What the letters of a derivation stand for."""
    log_is = phrase("log is the natural logarithm.")
    return joined("{} {}", [phrase(WHO, family=family_name(family)), *of(loss).sees, log_is])


def begins(loss: Any, family: Any) -> list[str | Chain]:
    """The beginning of part 3; for a density, with its logarithm."""
    said = phrase(of(loss).begins, z=Z_IS, family=family_name(family))
    if run.seen(loss, k).moved != log(q[k]):
        return [said]
    log_q = run.log_prob(family, run.in_z(family), z[k])
    density = text(over(exp(log_q.args[0], evaluate=False), sigma))
    why = phrase("the logarithm of {}, times a constant that makes the mass 1", density)
    return [said, chain(log(q[k]), line(log_q, why))]


def rate_of_z(theta: Any, j: Any) -> dict[Any, Any]:
    """How the standardised distance, and log sigma, move with mu or sigma."""
    return (
        {z[j]: over(-1, sigma)}
        if theta is mu
        else {z[j]: over(minus(z[j]), sigma), log(sigma): over(1, sigma)}
    )


def _density_steps(family: Any, theta: Any) -> list[Line]:
    log_q = run.log_prob(family, run.in_z(family), z[k])
    return lines(log_q, Moving(theta, rate_of_z(theta, k), text(theta)), whole=True)


def _cdf_steps(_: Any, theta: Any) -> list[Line]:
    dz, moved = rate_of_z(theta, k)[z[k]], times(sigma, q[k], D(z[k], theta))
    return [
        line(moved, phrase("the derivative of $G$ by $z$ is $sigma*q$, and the chain rule")),
        line(rebuilt(moved, {D(z[k], theta): dz}), rate_of(z[k], theta, dz)),
    ]


def _quantile_steps(_: Any, theta: Any) -> list[Line]:
    first = line(D(QUANTILE, theta), phrase("$y$ is $mu + sigma*z$"))
    return [first, *lines(QUANTILE, Moving(theta, {theta: sp.S.One}, text(theta)))]


def _ask(what: str, where: str) -> str:
    return phrase(
        "This is the loss's half of the gradient: how fast does $L$ change if {what} changes at one "
        "{where} and nowhere else?",
        what=what,
        where=where,
    )


POINT, LEVEL = phrase("point $x[k]$"), phrase("level")
OF_POINTS = template(
    "A parameter changes {} at every point, and each of these changes $L$. So by the chain rule the "
    "gradient is a sum over the points: the loss's half times the other half."
)
OF_LEVELS = template(
    "A parameter changes {} at every level, and each of these changes $L$. So by the chain rule the "
    "gradient is a sum over the levels: the loss's half times the other half."
)
WHY_LOG = phrase(
    "We take $log(q)$, and not $q$, for two reasons. The logarithm of a density is a simple formula. And "
    "far from $mu$ a computer rounds $q$ to 0, while $log(q)$ is still an ordinary number."
)
VIEWS = {
    "d_log_q": View(
        (
            phrase("$p[i]$ and $q[i]$ are their densities at the points $x[i]$ of a grid."),
            WEIGHT,
            phrase("The mass of $P$ on the grid is $sum(w[i]*p[i])$."),
        ),
        joined("{} {}", [_ask("$log(q)$", POINT), WHY_LOG]),
        "$q$",
        phrase("The score"),
        template(
            "This is the density's half of the gradient: how fast does $log(q)$ change with the "
            "parameters? {z} With it, the logarithm of the {family} density is"
        ),
        _density_steps,
        OF_POINTS,
    ),
    "d_cdf_q": View(
        (
            phrase(
                "$F[i]$ and $G[i]$ are their distribution functions at the points $x[i]$ of a grid: how "
                "much of their mass lies below the point. Both masses count as 1."
            ),
            WEIGHT,
        ),
        _ask("$G$", POINT),
        "$G$",
        phrase("How the distribution function moves"),
        template(
            "This is the other half of the gradient: how fast does $G$ change with the parameters? {z} "
            "$G[k]$ depends on it alone, and its derivative by $x[k]$ is the density $q[k]$."
        ),
        _cdf_steps,
        OF_POINTS,
    ),
    "d_x_q": View(
        (
            phrase(
                "$F[i]$ is a level: how much of the mass of $P$ lies below the point $x[i]$ of a grid. "
                "$y[i]$ is the point below which as much of the mass of $Q$ lies. Both masses count as 1."
            ),
            WEIGHT,
            phrase("The weight of a level is $w[i]*p[i]$."),
        ),
        _ask(phrase("the quantile $y$"), LEVEL),
        "$y$",
        phrase("How the quantile moves"),
        template(
            "This is the other half of the gradient: how fast does $y$ change with the parameters? If "
            "$z[k]$ is the quantile of the member of the family with $mu = 0$ and $sigma = 1$, then $y[k] "
            "= mu + sigma*z[k]$."
        ),
        _quantile_steps,
        OF_LEVELS,
    ),
}

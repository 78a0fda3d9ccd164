"""What each view shows of P and Q, in symbols and in words, and how it moves with mu and sigma."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ..views import view_of
from . import run
from .notation import *
from .reasons import text
from .rules import Moving, lines
from .written import minus, over, rebuilt, times


def words(text: str) -> str:
    """A paragraph on one line."""
    return " ".join(text.split())


WHO = """$P$ is the target. $Q$ is the member of the {family} family that is fitted to it, with location
    $mu$ and scale $sigma$. (Those of a Normal are its mean and its standard deviation.) {sees} $w[i]$ is the
    weight of a point: $1/n$ at each of $n$ points makes a sum a mean, the distance between points makes it
    an integral.
    {weighs} log is the natural logarithm."""
ASK = (
    "This is the loss's half of the gradient: how fast does $L$ change if {} changes at one {} and nowhere "
    "else?"
)
Z_IS = """The standardised distance $z[k] = (x[k] - mu)/sigma$ says how many $sigma$ the point $x[k]$ lies
    from $mu$."""
QUANTILE = mu + sigma * z[k]


class View(NamedTuple):
    """One view, in words. A family is that of Q.

    sees, weighs, ask: what it shows of P and Q; what the weights make; what the sensitivity asks.
    name: of what moves, in a reason; half: the title of part 3; begins: its beginning.
    steps: for a family and theta, from the derivative by theta on.
    """

    sees: str
    weighs: str
    ask: str
    name: str
    half: str
    begins: str
    steps: Callable[[Any, Any], list[Line]]


def family_name(family: Any) -> str:
    """Normal, Student-t: the class as words."""
    return re.sub(r"(?<=[a-z])[A-Z]", lambda capital: "-" + capital[0].lower(), type(family).__name__)


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
    view = of(loss)
    return words(WHO.format(family=family_name(family), sees=view.sees, weighs=view.weighs))


def begins(loss: Any, family: Any) -> list[str | Chain]:
    """The beginning of part 3; for a density, with its logarithm."""
    said = words(of(loss).begins.format(family=family_name(family)))
    if run.seen(loss, k).moved != log(q[k]):
        return [said]
    log_q = run.log_prob(family, run.in_z(family), z[k])
    density = text(over(exp(log_q.args[0], evaluate=False), sigma))
    why = f"the logarithm of {density}, times a constant that makes the mass 1"
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
        line(moved, "the derivative of $G$ by $z$ is $sigma*q$, and the chain rule"),
        line(rebuilt(moved, {D(z[k], theta): dz}), f"the derivative of $z$ by {text(theta)} is {text(dz)}"),
    ]


def _quantile_steps(_: Any, theta: Any) -> list[Line]:
    first = line(D(QUANTILE, theta), "$y$ is $mu + sigma*z$")
    return [first, *lines(QUANTILE, Moving(theta, {theta: sp.S.One}, text(theta)))]


VIEWS = {
    "d_log_q": View(
        "$p[i]$ and $q[i]$ are their densities at the points $x[i]$ of a grid.",
        "The mass of $P$ on the grid is $sum(w[i]*p[i])$.",
        words(f"""{ASK.format("$log(q)$", "point $x[k]$")} We take $log(q)$, and not $q$, for two reasons. The
            logarithm of a density is a simple formula. And far from $mu$ a computer rounds $q$ to 0, while
            $log(q)$ is still an ordinary number."""),
        "$q$",
        "The score",
        f"""This is the density's half of the gradient: how fast does $log(q)$ change with the parameters?
        {Z_IS} With it, the logarithm of the {{family}} density is""",
        _density_steps,
    ),
    "d_cdf_q": View(
        """$F[i]$ and $G[i]$ are their distribution functions at the points $x[i]$ of a grid: how much of
        their mass lies below the point. Both masses count as 1.""",
        "",
        ASK.format("$G$", "point $x[k]$"),
        "$G$",
        "How the distribution function moves",
        f"""This is the other half of the gradient: how fast does $G$ change with the parameters? {Z_IS}
        $G[k]$ depends on it alone, and its derivative by $x[k]$ is the density $q[k]$.""",
        _cdf_steps,
    ),
    "d_x_q": View(
        """$F[i]$ is a level: how much of the mass of $P$ lies below the point $x[i]$ of a grid. $y[i]$ is the
        point below which as much of the mass of $Q$ lies. Both masses count as 1.""",
        "The weight of a level is $w[i]*p[i]$.",
        ASK.format("the quantile $y$", "level"),
        "$y$",
        "How the quantile moves",
        f"""This is the other half of the gradient: how fast does $y$ change with the parameters? If $z[k]$
        is the quantile of the member of the family with $mu = 0$ and $sigma = 1$, then
        $y[k] = {QUANTILE}$.""",
        _quantile_steps,
    ),
}

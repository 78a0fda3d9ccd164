"""The negative cosine: an angle, and a variance."""

from ..notation import *
from ..request import Request
from ..theorems.curvature import in_coordinates
from . import Items, Lesson

A, B, C = sp.symbols("A B C", positive=True)
with sp.evaluate(False):
    NORMS = sqrt(B) * sqrt(C)
    SQUARES = (
        line(
            B / B + C / C - 2 * A / NORMS,
            "the square is multiplied out, and the three sums are $B$, $C$ and $A$",
        ),
        line(2 * (1 + L), "$B/B$ and $C/C$ are 1, and $A$ over the lengths is $-L$"),
    )
    DISTANCE = chain(Total(w[i] * (q[i] / sqrt(B) - p[i] / sqrt(C)) ** 2), *SQUARES)


def definition(request: Request) -> Items:
    return (
        "The densities at the points are taken as two vectors. $A$ is their inner product, $B$ and $C$ are the squares "
        "of the lengths of $q$ and of $p$. $L$ is minus the cosine of the angle between them. With the minus sign "
        "the best fit has the smallest $L$, -1.",
    )


@as_written
def stationary(request: Request) -> Items:
    content: list[str | Chain] = ["At the minimum the gradient is 0:"]
    for theta, factor in request.factors(sigma):
        fitted, inner = Total(w[i] * q[i] ** 2 * factor), Total(w[i] * p[i] * q[i] * factor)
        content.append(chain(Eq(D(L, theta), 0), line(Eq(A / B * fitted, inner), "", times=sigma * NORMS)))
    return (
        *content,
        "This is the equation of mse with $A/B$ times $q$ in the place of $q$. (Of all multiples of $q$ it is the one "
        "nearest to $p$.) As with mse, every term has the factor $q$, so a mode where $q$ is almost 0 does not pull.",
    )


@as_written
def second(request: Request) -> Items:
    content: list[str | Chain] = [
        "This is simple where $q[k] = p[k]$ at every point. There the angle is 0. (It is also 0 where $q$ is a "
        "multiple of $p$.)"
    ]
    why = "only the bracket of part 2 changes: a variance under the weights $w*q**2$"
    for theta, factor in request.factors(sigma):
        square, mean = Total(w[i] * q[i] ** 2 * factor**2), Total(w[i] * q[i] ** 2 * factor)
        lines = (line((square / B - (mean / B) ** 2) / sigma**2, why, Eq(q[k], p[k])),)
        content.append(chain(D(D(L, theta), theta), *lines))
        content += in_coordinates(request, lines) if theta is sigma else []
    return (
        *content,
        "A variance is never below 0. And $L$ is never below -1, because $2*(1 + L)$ is a sum of squares:",
        DISTANCE,
        "Where $q$ is $p$, or a multiple of $p$, $L$ is -1. So this is the minimum.",
    )


LESSON = Lesson(definition, instead={"stationary": stationary, "second": second})

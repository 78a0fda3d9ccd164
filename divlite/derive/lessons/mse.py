"""The mean squared error: the overlap of two Normals, and how fast a pull falls with the distance."""

from ..notation import *
from ..request import Request
from . import Items, Lesson, is_normal

with sp.evaluate(False):
    WIDTH = sqrt(s**2 + sigma**2)
    OVERLAP = chain(
        Integral(Normal(X, m, s) * Normal(X, mu, sigma)),
        line(Normal(m, mu, WIDTH), "the overlap of two Normals is a Normal density too"),
    )
    PULL = chain(
        D(Normal(m, mu, WIDTH), mu),
        line(
            Normal(m, mu, WIDTH) * ((m - mu) / (s**2 + sigma**2)),
            "the density times its score: a pull towards $m$, which falls as fast as the density",
        ),
    )
    ITSELF = chain(
        Integral(Normal(X, mu, sigma) * Normal(X, mu, sigma)),
        line(1 / (2 * sigma * sqrt(sp.pi)), "the overlap of $Q$ with itself"),
    )


def definition(request: Request) -> Items:
    return ("The difference of the densities is squared, so an error of either sign counts.",)


@as_written
def stationary(request: Request) -> Items:
    content: list[str | Chain] = ["At the minimum the gradient is 0:"]
    why = "the errors $q - p$ cancel, each weighted with $q$ times the score"
    for theta, factor in request.factors(sigma):
        errors, fitted = Total(w[i] * p[i] * q[i] * factor), Total(w[i] * q[i] ** 2 * factor)
        zero = line(Eq(Total(w[i] * (q[i] - p[i]) * q[i] * factor), 0), why, times=sigma / 2)
        sides = line(Eq(fitted, errors), "the two terms of $q - p$, one on each side")
        content.append(chain(Eq(D(L, theta), 0), zero, sides))
    return tuple(content)


def overlap(request: Request) -> Items:
    if not is_normal(request):
        return ()
    return (
        "How fast does the pull of a mode fall with its distance? Let the mode be a Normal with mean $m$ and standard "
        "deviation $s$, and let the sums be integrals. Then $L$ has the term -2 times this overlap:",
        OVERLAP,
        *[PULL] * request.mu,
        "Two Normals with standard deviation 1 at a distance of 15 have the overlap $exp(-225/4)/sqrt(4*pi)$, about "
        "$1e-25$. So a narrow $Q$ at one mode feels nothing of the other, and stays there. $L$ has one more term "
        "that depends on $Q$, the integral of $q**2$:",
        ITSELF,
        "It falls as $sigma$ grows, so it always pushes towards a wider $Q$. A fit that starts with a wide $Q$ reaches "
        "several modes from the start, and can end over all of them.",
    )


def second(request: Request) -> Items:
    return ("$L$ is a sum of squares, so it is never below 0, and here it is 0. This is the minimum.",)


LESSON = Lesson(definition, instead={"stationary": stationary}, meaning=overlap, second=second)

"""KL(q || p): what becomes of its +1, and why it may leave modes out."""

from ..notation import *
from ..request import Request
from . import Items, Lesson, is_normal

ONE_MORE = "$q$ stands in the logarithm too: this is where the +1 comes from"

with sp.evaluate(False):
    RATIO = log(q[i]) - log(p[i])
    MASS = Total(w[i] * q[i])
    IDLE = {mu: Eq(Total(w[i] * q[i] * z[i]), 0), sigma: Eq(Total(w[i] * q[i] * z[i] ** 2), MASS)}
    OVER_LINE = {mu: (X - mu) / sigma**2, sigma: (X - mu) ** 2 / sigma**3 - 1 / sigma}


def definition(request: Request) -> Items:
    return (
        "A point where $q$ is 0 adds 0. The weights $w*q$ contain $q$ too, so $q$ appears twice. If the weights are "
        "those of an integral and the masses of $P$ and $Q$ are 1, $L$ is the mean of $log(q/p)$ under $Q$, in nats.",
    )


@as_written
def plus_one(request: Request) -> Items:
    """What the +1 adds, and that it adds nothing over the whole line."""
    content: list[str | Chain] = [
        "First the +1. It adds to the gradient the derivative of the mass that $Q$ has on the grid:"
    ]
    for theta, factor in request.factors(sigma):
        why = "$q$ times the score: this is what the +1 adds"
        steps = (
            line(Total(D(w[i] * q[i], theta)), "the derivative of each term"),
            line(Total(w[i] * q[i] * factor) / sigma, why),
        )
        content.append(chain(D(MASS, theta), *steps))
        if is_normal(request):
            whole = line(
                sp.S.Zero, "the mass of $Q$ on the whole line is always 1: the mean of the score is 0"
            )
            content.append(chain(Integral(Normal(X, mu, sigma) * OVER_LINE[theta]), whole))
    return (
        *content,
        "So if the grid holds all of $Q$ and its points lie much closer than $sigma$, what the +1 adds is 0 in the "
        "sum, although it is not 0 in the terms. If the grid cuts off a part of $Q$, the +1 does count. It pushes "
        "$Q$ out of the grid, because gradient descent lowers the mass of $Q$ on the grid. Without the +1 the "
        "gradient would be wrong there.",
    )


@as_written
def stationary(request: Request) -> Items:
    if not is_normal(request):
        return ()
    content: list[str | Chain] = ["At the minimum the gradient is 0:"]
    for theta, factor in request.factors(sigma):
        first = line(Eq(Total(w[i] * q[i] * (RATIO + 1) * factor), 0), "", times=sigma)
        then = line(Eq(Total(w[i] * q[i] * RATIO * factor), 0), "what the +1 adds is 0", IDLE[theta])
        content.append(chain(Eq(D(L, theta), 0), first, then))
    return (
        *content,
        "The sensitivity is above 0 where $p$ is smaller than $exp(1)*q$, and there gradient descent lowers "
        "$log(q)$. As $p$ falls it grows without limit:",
        chain(
            D(w[k] * q[k] * (log(q[k]) - log(p[k]) + 1), log(p[k])),
            line(-(w[k] * q[k]), "when $log(p)$ falls by 1, the sensitivity grows by $w*q$"),
        ),
    )


def second(request: Request) -> Items:
    return (
        "Forward KL has the same second derivatives at its minimum. So close to a perfect fit the two KL divergences "
        "are almost the same.",
    )


LESSON = Lesson(definition, meaning=plus_one, instead={"stationary": stationary}, second=second)

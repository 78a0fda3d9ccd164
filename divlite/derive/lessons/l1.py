"""The L1 distance: only the sign of the error counts, and every crossing is a kink."""

from ..notation import *
from ..request import Request
from . import Items, Lesson


def definition(request: Request) -> Items:
    return (
        "If the weights are those of an integral, $L$ is the area between the two curves. Where $p$ and $q$ are equal, "
        "the absolute value has a kink and no derivative. We take 0 there, which is one of its subgradients.",
    )


@as_written
def stationary(request: Request) -> Items:
    content: list[str | Chain] = [
        "At a minimum without a kink the gradient is 0. (On a grid, $L$ has a kink where $q$ and $p$ are equal at one "
        "of the points, and the gradient jumps there. At a minimum it may jump from below 0 to above 0.)"
    ]
    why = "the points where $q$ is above $p$ and those where it is below balance"
    for theta, factor in request.factors(sigma):
        balance = Eq(Total(w[i] * sign(q[i] - p[i]) * q[i] * factor), 0)
        content.append(chain(Eq(D(L, theta), 0), line(balance, why, times=sigma)))
    return (
        *content,
        "The gradient depends on $P$ only through the sign of $q - p$. If a mode is made ten times as high, the "
        "gradient stays the same, as long as that sign stays the same at every point:",
        chain(
            D(w[k] * sign(q[k] - p[k]) * q[k], log(p[k])),
            line(sp.S.Zero, "a sign is constant, except where $q$ and $p$ are equal: there it jumps"),
        ),
    )


def second(request: Request) -> Items:
    return (
        "It can be above or below 0, also at a minimum: a minimum can be at a kink, where the first derivative jumps "
        "from below 0 to above 0. Where $q[k] = p[k]$ at every point, every point is a kink, and there is no second "
        "derivative. Steps with a fixed learning rate usually do not stop at such a minimum. They jump from one side "
        "to the other.",
    )


LESSON = Lesson(definition, instead={"stationary": stationary}, second=second)

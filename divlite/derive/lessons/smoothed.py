"""Smoothed(loss, epsilon): one factor more in the chain rule, and what it switches off."""

from ..notation import *
from ..request import Request
from . import Items, Lesson

with sp.evaluate(False):
    FACTOR = q[k] / (q[k] + epsilon)
    CLOSE = chain(Limit(FACTOR, epsilon), line(sp.S.One, "the limit is $q/q$"))
    FAR = chain(Limit(FACTOR, q[k]), line(sp.S.Zero, "the limit is $0/epsilon$"))


def definition(request: Request) -> Items:
    return (
        "A number $epsilon$ above 0 is added to both densities. This is another loss than without $epsilon$, so in "
        "general its minimum is at another place.",
    )


def meaning(request: Request) -> Items:
    return (
        "A density plus $epsilon$ moves less than the density itself. $log(q + epsilon)$ moves $q/(q + epsilon)$ times "
        "as fast as $log(q)$. This factor lies between 0 and 1. Where $epsilon$ is far below $q$, it is almost 1:",
        CLOSE,
        "Where $q$ is far below $epsilon$, it is almost 0:",
        FAR,
        "(A loss that depends only on the difference of the densities stays as it is: $epsilon$ cancels.) Neither "
        "logarithm is ever below $log(epsilon)$. So the loss stays finite where $p$ or $q$ is 0. And if both "
        "densities are multiplied by a constant, $epsilon$ is not.",
    )


LESSON = Lesson(definition, meaning=meaning)

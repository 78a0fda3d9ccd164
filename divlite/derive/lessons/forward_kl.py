"""KL(p || q): messages, and the moments that it matches."""

from ..notation import *
from ..request import Request
from ..theorems.curvature import in_coordinates
from . import Items, Lesson, is_normal

PART_4 = "the gradient of part 4"

with sp.evaluate(False):
    MASS = Total(w[i] * p[i])
    CENTRED = Eq(Total(w[i] * p[i] * z[i]), 0)
    AT_MOMENTS = Eq(Total(w[i] * p[i] * z[i] ** 2), MASS)
    SPREAD = Total(w[i] * p[i] * (x[i] - mu) ** 2)
    MEAN = (
        line(CENTRED, "", times=-sigma),
        line(
            Eq(Total(w[i] * p[i] * x[i]), mu * MASS),
            "$z$ is $(x - mu)/sigma$, and $mu$ goes right",
            times=sigma,
        ),
        line(Eq(Total(w[i] * p[i] * x[i]) / MASS, mu), "the mean of $P$ is $mu$", times=1 / MASS),
    )
    VARIANCE = (
        line(AT_MOMENTS, "the two terms of $z**2 - 1$, one on each side", times=-sigma),
        line(Eq(SPREAD, sigma**2 * MASS), "$z$ is $(x - mu)/sigma$", times=sigma**2),
        line(Eq(SPREAD / MASS, sigma**2), "the variance of $P$ about $mu$ is $sigma**2$", times=1 / MASS),
    )
    BY_MU = line(MASS / sigma**2, "the derivative of $z$ by $mu$ is $-1/sigma$; this holds for every $mu$")
    MIXED = (
        line(2 * Total(w[i] * p[i] * z[i]) / sigma**2, "both $z$ and $1/sigma$ change with $sigma$"),
        line(sp.S.Zero, "this is what part 5 says of the minimum", CENTRED),
    )
    BY_SIGMA = (
        line(
            Total(w[i] * p[i] * (3 * z[i] ** 2 - 1)) / sigma**2,
            "both $z**2$ and $1/sigma$ change with $sigma$",
        ),
        line(2 * MASS / sigma**2, "this is what part 5 says of the minimum", AT_MOMENTS),
    )


def definition(request: Request) -> Items:
    return (
        "A point where $p$ is 0 adds 0. If the weights are those of an integral and the masses of $P$ and $Q$ are 1, "
        "$L$ has a meaning. Send messages that come from $P$, in the best code for $Q$. They are on average $L$ nats "
        "longer than in the best code for $P$. With other weights or masses $L$ has no such meaning.",
    )


@as_written
def moments(request: Request) -> Items:
    if not is_normal(request):
        return ()
    return (
        "At the minimum the gradient is 0. What does that say about $Q$?",
        *[chain(Eq(D(L, mu), 0), *MEAN)] * request.mu,
        *[chain(Eq(D(L, sigma), 0), *VARIANCE)] * request.second,
        f"So $Q$ takes {'the mean and the variance' if request.mu and request.second else 'this moment'} of all of "
        "$P$, wherever its modes are. This is called moment matching. A far mode counts with its full weight "
        "$w[k]*p[k]$, however small $q[k]$ is there.",
    )


@as_written
def second(request: Request) -> Items:
    if not is_normal(request):
        return ()
    content: list[str | Chain] = []
    if request.mu:
        content.append(
            chain(D(D(L, mu), mu), line(D(-(Total(w[i] * p[i] * z[i]) / sigma), mu), PART_4), BY_MU)
        )
    if request.second:
        gradient = -(Total(w[i] * p[i] * (z[i] ** 2 - 1)) / sigma)
        lines = line(D(gradient, sigma), PART_4), *BY_SIGMA
        content += [chain(D(D(L, sigma), sigma), *lines), *in_coordinates(request, lines)]
    if not (request.mu and request.second):
        return (*content, "This is positive, so this is a minimum.")
    return (
        *content,
        chain(D(D(L, mu), sigma), *MIXED),
        "The first two are positive and the mixed one is 0, so this is a minimum. It is the only one: the "
        "equations of part 5 have one solution. (If $P$ lies at one point alone, its variance is 0. Then there is "
        "no minimum, because $sigma$ is above 0.)",
    )


LESSON = Lesson(definition, instead={"stationary": moments, "second": second})

"""KL(q || p): why it may leave modes out, and what becomes of its +1."""

from ..losses import ReverseKL
from . import source
from .notation import *
from .parts import ASK, WHO, also, bracket, curvature, product, score
from .request import Request


@as_written
def sensitivity(j: sp.Symbol) -> sp.Expr:
    return w[j] * q[j] * (log(q[j]) - log(p[j]) + 1)


@as_written
def derivation(request: Request) -> Derivation:
    parts = (
        _definition(),
        _sensitivity(),
        score(request),
        product(request, sensitivity, gradient, "$1/sigma$ is the same at every point"),
        _meaning(request),
        _second(request),
    )
    title = "reverse-kl: KL(Q || P), the reverse KL divergence"
    return Derivation("reverse-kl", title, {L: source.value(ReverseKL())}, parts)


@as_written
def _definition() -> Part:
    return Part(
        "The definition",
        (
            WHO + "A point where q is 0 adds 0, which is the limit of $q log q$ as q goes to 0.",
            chain(
                L,
                line(
                    Total(w[i] * q[i] * (log(q[i]) - log(p[i]))), "$log(q/p)$, summed with the weights $w q$"
                ),
            ),
            "The weights $w q$ contain q too, so q appears twice. If the weights are those of an integral "
            "and the masses of P and Q are 1, L is the mean of $log(q/p)$ under Q, in nats. If P has more "
            "mass on the grid than Q, L can be below 0.",
        ),
    )


@as_written
def _sensitivity() -> Part:
    ratio = log(q[k]) - log(p[k])
    return Part(
        "The sensitivity",
        (
            ASK,
            chain(
                D(L, log(q[k])),
                line(D(w[k] * q[k] * ratio, log(q[k])), "only the term of the point $k$ has q_k in it"),
                line(
                    w[k] * (D(q[k], log(q[k])) * ratio + q[k] * D(ratio, log(q[k]))),
                    "the product rule: q appears twice, as a factor and in the logarithm",
                ),
                line(
                    w[k] * (q[k] * ratio + q[k]),
                    "the derivative of q by log q is q, that of log q is 1, and p does not depend on q",
                ),
                line(
                    sensitivity(k), "q is taken out; the +1 comes from the second q, the one in the logarithm"
                ),
            ),
        ),
    )


@as_written
def gradient(factor: sp.Expr) -> sp.Expr:
    return Total(w[i] * q[i] * (log(q[i]) - log(p[i]) + 1) * factor) / sigma


@as_written
def _meaning(request: Request) -> Part:
    ratio, mass = log(q[i]) - log(p[i]), Total(w[i] * q[i])
    content: list[str | Chain] = [
        "First the +1. It adds to the gradient the derivative of the mass that Q has on the grid:"
    ]
    for theta, factor in request.factors(sigma):
        over_line = (X - mu) / sigma**2 if theta is mu else (X - mu) ** 2 / sigma**3 - 1 / sigma
        content += [
            chain(
                D(mass, theta),
                line(Total(D(w[i] * q[i], theta)), "the derivative of each term"),
                line(Total(w[i] * q[i] * factor) / sigma, "q times the score: this is what the +1 adds"),
            ),
            chain(
                Integral(Normal(X, mu, sigma) * over_line),
                line(
                    sp.S.Zero,
                    "the mass of Q on the whole line is always 1: the mean of the score is 0",
                ),
            ),
        ]
    content.append(
        "So if the grid holds all of Q and its points lie much closer than sigma, what the +1 adds is 0 in "
        "the sum, although it is not 0 in the terms. If the grid cuts off a part of Q, the +1 does count. It "
        "pushes Q out of the grid, because gradient descent lowers the mass of Q on the grid. Without the +1 "
        "the gradient would be wrong there. At the minimum the gradient is 0:"
    )
    if request.mu:
        content.append(
            chain(
                Eq(D(L, mu), 0),
                line(
                    Eq(Total(w[i] * q[i] * (ratio + 1) * z[i]), 0),
                    "",
                    times=sigma,
                ),
                line(
                    Eq(Total(w[i] * q[i] * ratio * z[i]), 0),
                    "what the +1 adds is 0",
                    Eq(Total(w[i] * q[i] * z[i]), 0),
                ),
            )
        )
    if request.second:
        content.append(
            chain(
                Eq(D(L, sigma), 0),
                line(Eq(Total(w[i] * q[i] * (ratio + 1) * (z[i] ** 2 - 1)), 0), "", times=sigma),
                line(
                    Eq(Total(w[i] * q[i] * ratio * (z[i] ** 2 - 1)), 0),
                    "what the +1 adds is 0",
                    Eq(Total(w[i] * q[i] * z[i] ** 2), mass),
                ),
            )
        )
    content += [
        "Every term has the factor q, so a point counts only if q is not almost 0 there. The sensitivity is "
        "above 0 where p is smaller than $e q$, and there gradient descent lowers log q. As p falls it grows "
        "without limit:",
        chain(
            D(sensitivity(k), log(p[k])),
            line(-(w[k] * q[k]), "when log p falls by 1, the sensitivity grows by $w q$"),
        ),
        "If p is 0 at a point where q is above 0, L is infinite. So Q is forced to be 0 where P is 0, and "
        "reverse KL is called zero-forcing. But where Q is almost 0, P does not pull it back, however large "
        "p is there:",
        chain(
            Limit(q[k] * (log(q[k]) - log(p[k]) + 1) * log(q[k]), q[k]),
            line(sp.S.Zero, "q falls faster than any power of log q grows"),
        ),
        "(The last factor, log q, stands for the score. Far from mu the score is large, but its size is at "
        "most about $(-2 log q)/sigma$.) So a fit can leave out whole modes of P, those that Q does not "
        "reach from its start. If the masses of P and Q on the grid are the same, L is never below 0:",
        chain(
            L,
            line(
                Total(w[i] * (q[i] * (log(q[i]) - log(p[i])) - q[i] + p[i])),
                "then the two new terms add up to 0",
                Eq(Total(w[i] * p[i]), mass),
            ),
            line(
                Total(w[i] * q[i] * (p[i] / q[i] - 1 - log(p[i] / q[i]))),
                "q is taken out; a term where q is 0 is $w p$",
            ),
        ),
        *bracket("$p/q$"),
    ]
    content += also(request)
    return Part("What it means", tuple(content))


@as_written
def _second(request: Request) -> Part:
    ratio, mass = log(q[i]) - log(p[i]), Total(w[i] * q[i])
    second_moment = Eq(Total(w[i] * q[i] * z[i] ** 2), mass)
    fourth_moment = Eq(Total(w[i] * q[i] * z[i] ** 4), 3 * mass)
    content: list[str | Chain] = [
        "This is simple if P is a Normal itself, the grid holds all of it, and the points lie much closer "
        "than sigma. Then the gradient is 0 where $q_k = p_k$ at every point. There $log(q/p)$ is 0, and the "
        "sums over z have the values that a Normal gives them on the whole line."
    ]
    if request.mu:
        content.append(
            chain(
                D(D(L, mu), mu),
                line(D(gradient(z[i]), mu), "the gradient of part 4"),
                line(
                    Total(w[i] * q[i] * ((ratio + 1) * (z[i] ** 2 - 1) + z[i] ** 2)) / sigma**2,
                    "the product rule: q, log q and z depend on mu",
                ),
                line(
                    Total(w[i] * q[i] * (2 * z[i] ** 2 - 1)) / sigma**2,
                    "$log(q/p)$ is 0",
                    Eq(q[k], p[k]),
                ),
                line(mass / sigma**2, "the mean of z^2 is 1, as on the whole line", second_moment),
            )
        )
    if request.second:
        bracket = (ratio + 1) * ((z[i] ** 2 - 1) ** 2 + 1 - 3 * z[i] ** 2) + (z[i] ** 2 - 1) ** 2
        step = line(
            Total(w[i] * q[i] * bracket) / sigma**2,
            "the product rule: q, log q, z and $1/sigma$ all depend on sigma",
        )
        why = "the values for a Normal"
        given = Eq(q[k], p[k]), second_moment, fourth_moment
        first = gradient(z[i] ** 2 - 1)
        content.append(curvature(request, given, first, 2 * mass / sigma**2, why, step))
    if request.mu and request.second:
        odd = Eq(Total(w[i] * q[i] * z[i]), 0), Eq(Total(w[i] * q[i] * z[i] ** 3), 0)
        content.append(
            chain(
                D(D(L, mu), sigma),
                line(
                    2 * Total(w[i] * q[i] * (z[i] ** 3 - 2 * z[i])) / sigma**2,
                    "$log(q/p)$ is 0",
                    Eq(q[k], p[k]),
                ),
                line(sp.S.Zero, "the values for a Normal", *odd),
            )
        )
    content.append(
        "Forward KL has the same second derivatives at its minimum. So close to a perfect fit the two KL "
        "divergences are almost the same."
    )
    return Part("The second derivative at the optimum", tuple(content))

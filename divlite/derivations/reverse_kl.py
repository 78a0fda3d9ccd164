"""KL(q || p): why it settles on one mode, and what becomes of its +1."""

from ..losses import ReverseKL
from . import source
from .notation import *
from .parts import ASK, WHO, Request, also, curvature, product, score


@as_written
def sensitivity(j: sp.Symbol) -> sp.Expr:
    return w[j] * q[j] * (log(q[j]) - log(p[j]) + 1)


@as_written
def derivation(request: Request) -> Derivation:
    parts = (
        _definition(),
        _sensitivity(),
        score(request),
        product(request, sensitivity, gradient, "1/sigma is the same at every point"),
        _meaning(request),
        _second(request),
    )
    return Derivation("reverse-kl", "Reverse KL: KL(Q || P)", {L: source.value(ReverseKL())}, parts)


@as_written
def _definition() -> Part:
    return Part(
        "The definition",
        (
            WHO
            + "The log ratio is summed under Q, so that q appears twice. A point where q is 0 counts as 0, "
            "the limit of q log q. With the weights of an integral and masses of 1 it is a mean, in nats, "
            "and never below 0:",
            chain(
                L, line(Total(w[i] * q[i] * (log(q[i]) - log(p[i]))), "log(q/p), summed with the weights w q")
            ),
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
                line(D(w[k] * q[k] * ratio, log(q[k])), "only the term of the point k has q_k in it"),
                line(
                    w[k] * (D(q[k], log(q[k])) * ratio + q[k] * D(ratio, log(q[k]))),
                    "the product rule: q appears twice, as a weight and in the logarithm",
                ),
                line(
                    w[k] * (q[k] * ratio + q[k]),
                    "q is e to the log q, its own derivative; log q moves one for one, p not at all",
                ),
                line(sensitivity(k), "q taken out; the +1 is what the second appearance of q leaves"),
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
        "First the +1. Its share of the gradient is the change of q's own mass on the grid:"
    ]
    for theta, factor in request.factors(sigma):
        over_line = (X - mu) / sigma**2 if theta is mu else (X - mu) ** 2 / sigma**3 - 1 / sigma
        content += [
            chain(
                D(mass, theta),
                line(Total(D(w[i] * q[i], theta)), "term by term"),
                line(Total(w[i] * q[i] * factor) / sigma, "q times the score, which is what the +1 adds"),
            ),
            chain(
                Integral(Normal(X, mu, sigma) * over_line),
                line(
                    sp.S.Zero,
                    "over the whole line the mass is 1 whatever the parameters: the score's mean is 0",
                ),
            ),
        ]
    content.append(
        "So on a grid that holds all of Q, and is fine against sigma, the +1 drops out of the sum, though "
        "it is in every term. On a grid that cuts Q off it does not: there its share is the derivative of "
        "the mass inside. Descent lowers that mass, so it pushes Q out through the cut, and a gradient "
        "without the +1 is another one. Where the score's mean is 0, the gradient is 0 if"
    )
    if request.mu:
        content.append(
            chain(
                Eq(D(L, mu), 0),
                line(
                    Eq(Total(w[i] * q[i] * (ratio + 1) * z[i]), 0),
                    "which is never 0",
                    times=sigma,
                ),
                line(
                    Eq(Total(w[i] * q[i] * ratio * z[i]), 0),
                    "the score's mean is 0. On the line, by parts, log(q/p) has mean slope 0 under q",
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
                    "the score's mean is 0. On the line, by parts, log(q/p) has mean curvature 0 under q",
                    Eq(Total(w[i] * q[i] * z[i] ** 2), mass),
                ),
            )
        )
    content += [
        "Only points where Q is count: both conditions are averages under q. Where p sinks below q, the "
        "sensitivity turns positive and grows without limit, so that descent lowers log q there; at p = 0 "
        "with q above 0, L is infinite. Q is forced to 0 where P is 0, hence zero-forcing:",
        chain(
            D(sensitivity(k), log(p[k])),
            line(-(w[k] * q[k]), "each nat by which log p sinks adds w q to the sensitivity"),
        ),
        "And where Q has left, nothing pulls it back, however much of P is there. So it may drop whole "
        "modes:",
        chain(
            Limit(q[k] * (log(q[k]) - log(p[k]) + 1), q[k]),
            line(sp.S.Zero, "q goes to 0 faster than its logarithm, or the score, goes to infinity"),
        ),
    ]
    content += also(request)
    return Part("What it means", tuple(content))


@as_written
def _second(request: Request) -> Part:
    ratio, mass = log(q[i]) - log(p[i]), Total(w[i] * q[i])
    second_moment = Eq(Total(w[i] * q[i] * z[i] ** 2), mass)
    fourth_moment = Eq(Total(w[i] * q[i] * z[i] ** 4), 3 * mass)
    content: list[str | Chain] = [
        "Simple where P is a Normal itself, and the grid holds all of it and is fine against sigma: then "
        "the gradient is 0 at $q_k = p_k$, and log(q/p) is 0 there."
    ]
    if request.mu:
        content.append(
            chain(
                D(D(L, mu), mu),
                line(D(gradient(z[i]), mu), "the gradient of part 4, once more"),
                line(
                    Total(w[i] * q[i] * ((ratio + 1) * (z[i] ** 2 - 1) + z[i] ** 2)) / sigma**2,
                    "the product rule: q and its logarithm move by the score, z by -1/sigma",
                ),
                line(
                    Total(w[i] * q[i] * (2 * z[i] ** 2 - 1)) / sigma**2,
                    "the log ratio is 0",
                    Eq(q[k], p[k]),
                ),
                line(mass / sigma**2, "the mean of z^2 is 1, as over the whole line", second_moment),
            )
        )
    if request.second:
        bracket = (ratio + 1) * ((z[i] ** 2 - 1) ** 2 + 1 - 3 * z[i] ** 2) + (z[i] ** 2 - 1) ** 2
        step = line(
            Total(w[i] * q[i] * bracket) / sigma**2,
            "the product rule: q and its logarithm move by the score, z^2 and 1/sigma shrink",
        )
        why = "z has the moments of a Normal"
        given = Eq(q[k], p[k]), second_moment, fourth_moment
        first = gradient(z[i] ** 2 - 1)
        content.append(curvature(request, given, first, 2 * mass / sigma**2, why, step))
    content.append(
        "The curvature of forward KL (the mixed derivative is 0 for both): near a perfect fit the two "
        "directions agree to second order."
    )
    return Part("The second derivative at the optimum", tuple(content))

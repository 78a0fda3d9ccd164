"""The mean squared error: why far modes exert no pull."""

from ..losses import MSE
from . import source
from .notation import *
from .parts import ASK, WHO, also, product, score, times
from .request import Request


@as_written
def sensitivity(j: sp.Symbol) -> sp.Expr:
    return 2 * w[j] * (q[j] - p[j]) * q[j]


@as_written
def derivation(request: Request) -> Derivation:
    parts = (
        _definition(),
        _sensitivity(),
        score(request),
        product(request, sensitivity, gradient, "$2/sigma$ is the same at every point"),
        _meaning(request),
        _second(request),
    )
    return Derivation("mse", "mse: the mean squared error", {L: source.value(MSE())}, parts)


@as_written
def _definition() -> Part:
    return Part(
        "The definition",
        (
            WHO + "The difference of the densities is squared, so that an error of either sign counts:",
            chain(
                L,
                line(Total(w[i] * (p[i] - q[i]) ** 2), "the weighted sum of the squares"),
            ),
        ),
    )


@as_written
def _sensitivity() -> Part:
    return Part(
        "The sensitivity",
        (
            ASK,
            chain(
                D(L, log(q[k])),
                line(D(w[k] * (p[k] - q[k]) ** 2, log(q[k])), "only the term of the point $k$ has q_k in it"),
                line(
                    2 * w[k] * (p[k] - q[k]) * D(p[k] - q[k], log(q[k])),
                    "the power rule and the chain rule; w does not depend on q",
                ),
                line(
                    2 * w[k] * (p[k] - q[k]) * (0 - q[k]),
                    "p does not depend on q either, and the derivative of q by log q is q",
                ),
                line(
                    sensitivity(k),
                    "the minus sign turns $p - q$ into $q - p$",
                ),
            ),
        ),
    )


@as_written
def gradient(factor: sp.Expr) -> sp.Expr:
    return 2 * Total(w[i] * (q[i] - p[i]) * q[i] * factor) / sigma


@as_written
def _meaning(request: Request) -> Part:
    content: list[str | Chain] = ["At the minimum the gradient is 0:"]
    why = "the errors $q - p$ cancel, each weighted with q times the score"
    for theta, factor in request.factors(sigma):
        errors, fitted = Total(w[i] * p[i] * q[i] * factor), Total(w[i] * q[i] ** 2 * factor)
        content.append(
            chain(
                Eq(D(L, theta), 0),
                line(Eq(Total(w[i] * (q[i] - p[i]) * q[i] * factor), 0), why, times=sigma / 2),
                line(Eq(fitted, errors), "the two terms of $q - p$, one on each side"),
            )
        )
    width = sqrt(s**2 + sigma**2)
    content += [
        "Every term has the factor q. So a point where q is almost 0 has no effect, however large p is "
        "there:",
        chain(
            Limit(2 * (q[k] - p[k]) * q[k], q[k]),
            line(sp.S.Zero, "the error does not go to 0, but the factor q does"),
        ),
        "How fast does the pull of a mode fall with its distance? Let the mode be a Normal with mean m and "
        "standard deviation s, and let the sums be integrals. Then L has the term -2 times this overlap:",
        chain(
            Integral(Normal(X, m, s) * Normal(X, mu, sigma)),
            line(Normal(m, mu, width), "the overlap of two Normals is a Normal density too"),
        ),
    ]
    if request.mu:
        content.append(
            chain(
                D(Normal(m, mu, width), mu),
                line(
                    Normal(m, mu, width) * ((m - mu) / (s**2 + sigma**2)),
                    "the density times its score: a pull towards m, which falls as fast as the density",
                ),
            )
        )
    content += [
        "Two Normals with standard deviation 1 at a distance of 15 have the overlap $exp(-225/4)/sqrt(4 "
        "pi)$, about $1e-25$. So a narrow Q at one mode feels nothing of the other, and stays there. L has "
        "one more term that depends on Q, the integral of q^2:",
        chain(
            Integral(Normal(X, mu, sigma) * Normal(X, mu, sigma)),
            line(1 / (2 * sigma * sqrt(sp.pi)), "the overlap of Q with itself"),
        ),
        "It falls as sigma grows, so it always pushes towards a wider Q. A fit that starts with a wide Q "
        "reaches several modes from the start, and can end over all of them.",
    ]
    content += also(request)
    return Part("What it means", tuple(content))


@as_written
def _second(request: Request) -> Part:
    content: list[str | Chain] = [
        "This is simple if P is a Normal itself. Then L is 0 where $q_k = p_k$ at every point."
    ]
    if request.mu:
        content.append(
            chain(
                D(D(L, mu), mu),
                line(D(gradient(z[i]), mu), "the gradient of part 4"),
                line(
                    2
                    * Total(w[i] * (q[i] ** 2 * z[i] ** 2 + (q[i] - p[i]) * q[i] * (z[i] ** 2 - 1)))
                    / sigma**2,
                    "the product rule: q, $q - p$ and z depend on mu",
                ),
                line(
                    2 * Total(w[i] * q[i] ** 2 * z[i] ** 2) / sigma**2,
                    "$q - p$ is 0",
                    Eq(q[k], p[k]),
                ),
            )
        )
    if request.second:
        rate = request.coordinate.d_sigma
        square = 2 * Total(w[i] * q[i] ** 2 * (z[i] ** 2 - 1) ** 2)
        curvature = {sigma: square / sigma**2, v: square / (4 * sigma**4), t: square}[request.symbol]
        first = line(D(times(gradient(z[i] ** 2 - 1), rate), request.symbol), "the gradient of part 4")
        content.append(
            chain(
                D(D(L, request.symbol), request.symbol),
                first,
                line(
                    curvature,
                    "the product rule; $q - p$ is 0, so only the term with its derivative is left",
                    Eq(q[k], p[k]),
                ),
            )
        )
    content.append("L is a sum of squares, so it is never below 0, and here it is 0. This is the minimum.")
    return Part("The second derivative at the optimum", tuple(content))

"""The mean squared error: why far modes exert no pull."""

from ..losses import MSE
from . import source
from .notation import *
from .parts import ASK, WHO, Request, also, product, score, times


@as_written
def sensitivity(j: sp.Symbol) -> sp.Expr:
    return 2 * w[j] * (q[j] - p[j]) * q[j]


@as_written
def derivation(request: Request) -> Derivation:
    parts = (
        _definition(),
        _sensitivity(),
        score(request),
        product(request, sensitivity, gradient, "2/sigma is the same at every point"),
        _meaning(request),
        _second(request),
    )
    return Derivation("mse", "Mean squared error", {L: source.value(MSE())}, parts)


@as_written
def _definition() -> Part:
    return Part(
        "The definition",
        (
            WHO + "The difference of the densities, squared so that both signs count:",
            chain(
                L,
                line(
                    Total(w[i] * (p[i] - q[i]) ** 2), "the weighted sum of squares; the mean where w is 1/n"
                ),
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
                line(D(w[k] * (p[k] - q[k]) ** 2, log(q[k])), "only the term of the point k has q_k in it"),
                line(
                    2 * w[k] * (p[k] - q[k]) * D(p[k] - q[k], log(q[k])),
                    "the power rule, then the chain rule; w does not depend on q",
                ),
                line(
                    2 * w[k] * (p[k] - q[k]) * (0 - q[k]),
                    "nor does p; and q is e to the log q, its own derivative",
                ),
                line(
                    sensitivity(k),
                    "the minus turns the difference round; the factor q came from the chain rule",
                ),
            ),
        ),
    )


@as_written
def gradient(factor: sp.Expr) -> sp.Expr:
    return 2 * Total(w[i] * (q[i] - p[i]) * q[i] * factor) / sigma


@as_written
def _meaning(request: Request) -> Part:
    content: list[str | Chain] = ["At the end of a fit the gradient is 0:"]
    why = "the errors, weighed by q, are in balance"
    for theta, factor in request.factors(sigma):
        errors, fitted = Total(w[i] * p[i] * q[i] * factor), Total(w[i] * q[i] ** 2 * factor)
        content.append(
            chain(
                Eq(D(L, theta), 0),
                line(Eq(Total(w[i] * (q[i] - p[i]) * q[i] * factor), 0), why, times=sigma / 2),
                line(Eq(fitted, errors), "the two halves of the bracket apart"),
            )
        )
    width = sqrt(s**2 + sigma**2)
    content += [
        "Every term has the factor q. A point that Q does not reach has no say, whatever P is there:",
        chain(
            Limit(2 * (q[k] - p[k]) * q[k], q[k]),
            line(sp.S.Zero, "the error stays, but nothing answers to it"),
        ),
        "How fast does the pull of a mode vanish? Let the mode be a Normal with mean m and standard "
        "deviation s. Under the integral, L has -2 times the overlap of the two:",
        chain(
            Integral(Normal(X, m, s) * Normal(X, mu, sigma)),
            line(Normal(m, mu, width), "the overlap of two Normals is a Normal in their distance"),
        ),
    ]
    if request.mu:
        content.append(
            chain(
                D(Normal(m, mu, width), mu),
                line(
                    Normal(m, mu, width) * ((m - mu) / (s**2 + sigma**2)),
                    "the score once more: a pull towards m that dies off like the density's tail",
                ),
            )
        )
    content.append(
        "Two modes of width 1 at a distance of 15 overlap by $exp(-225/4)$, that is 4e-25, over the root "
        "of 4 pi: a narrow Q at one mode knows nothing of the other, and stays. The rest of L that moves, "
        "the integral of q^2, is 1 over (2 sigma sqrt(pi)): it always pushes towards a wider Q, and a Q "
        "that is wide enough reaches far modes and can come to rest over several."
    )
    content += also(request)
    return Part("What it means", tuple(content))


@as_written
def _second(request: Request) -> Part:
    content: list[str | Chain] = ["Simple where P is a Normal itself: then the fit ends at $q_k = p_k$."]
    if request.mu:
        content.append(
            chain(
                D(D(L, mu), mu),
                line(D(gradient(z[i]), mu), "the gradient of part 4, once more"),
                line(
                    2
                    * Total(w[i] * (q[i] ** 2 * z[i] ** 2 + (q[i] - p[i]) * q[i] * (z[i] ** 2 - 1)))
                    / sigma**2,
                    "the product rule: both q move by the score, z by -1/sigma",
                ),
                line(
                    2 * Total(w[i] * q[i] ** 2 * z[i] ** 2) / sigma**2,
                    "the difference q - p is 0",
                    Eq(q[k], p[k]),
                ),
            )
        )
    if request.second:
        rate = request.coordinate.d_sigma
        square = 2 * Total(w[i] * q[i] ** 2 * (z[i] ** 2 - 1) ** 2)
        curvature = {sigma: square / sigma**2, v: square / (4 * sigma**4), t: square}[request.symbol]
        first = line(
            D(times(gradient(z[i] ** 2 - 1), rate), request.symbol), "the gradient of part 4, once more"
        )
        content.append(
            chain(
                D(D(L, request.symbol), request.symbol),
                first,
                line(
                    curvature,
                    "of the product rule's terms only those remain that take the derivative of q - p",
                    Eq(q[k], p[k]),
                ),
            )
        )
    content.append("L is never below 0, and 0 is reached there: a minimum.")
    return Part("The second derivative at the optimum", tuple(content))

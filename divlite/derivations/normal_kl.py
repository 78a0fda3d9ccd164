"""KL between two Normals, in closed form: no grid, the integral itself."""

from ..losses import ForwardKL
from . import source
from .notation import *
from .parts import Request, also, curvature, times

with sp.evaluate(False):
    P, Q = Normal(X, m, s), Normal(X, mu, sigma)
    SPREAD = s**2 + (m - mu) ** 2


@as_written
def derivation(request: Request) -> Derivation:
    parts = (
        _definition(),
        _sensitivity(),
        _score(request),
        _product(request),
        _meaning(request),
        _second(request),
    )
    with sp.evaluate(True):
        (summand,) = source.value(ForwardKL()).args
        integral = Integral((summand / w[i]).xreplace({p[i]: P, q[i]: Q}))
    return Derivation("normal-kl", "KL of two Normals", {L: integral}, parts)


@as_written
def _definition() -> Part:
    return Part(
        "The definition",
        (
            "P is the Normal with mean m and standard deviation s, Q the one with $mu$ and $sigma$; N is "
            "the Normal density, log the natural logarithm, and the integrals run over the whole line. "
            "There the sum of forward KL is an integral, which can be carried out.",
            chain(
                L,
                line(Integral(P * (log(P) - log(Q))), "the mean of log(p/q), under p"),
                line(
                    Integral(
                        P * ((X - mu) ** 2 / (2 * sigma**2) + log(sigma) - (X - m) ** 2 / (2 * s**2) - log(s))
                    ),
                    "both logarithms written out; log sqrt(2 pi) stands in both and cancels",
                ),
                line(
                    SPREAD / (2 * sigma**2) + log(sigma) - half - log(s),
                    "under p the mean of (x - m)^2 is s^2, that of (x - mu)^2 is $s**2 + (m - mu)**2$",
                ),
            ),
        ),
    )


@as_written
def _sensitivity() -> Part:
    return Part(
        "The sensitivity",
        (
            "Only log q depends on Q, and it stands with the factor -p: that is the sensitivity. So the "
            "gradient must be minus the mean, under P, of Q's score.",
            chain(
                L,
                line(Integral(P * log(P)) - Integral(P * log(Q)), "of the two, only the second has Q in it"),
            ),
        ),
    )


@as_written
def _score(request: Request) -> Part:
    content: list[str | Chain] = ["The density's half of the chain rule, from the logarithm of q:"]
    if request.mu:
        content.append(
            chain(
                D(log(Q), mu),
                line((X - mu) / sigma**2, "log q is -z^2/2 and terms without mu; z falls by 1/sigma"),
            )
        )
    if request.second:
        content.append(
            chain(
                D(log(Q), sigma),
                line(
                    (X - mu) ** 2 / sigma**3 - 1 / sigma,
                    "sigma is in z, which shrinks in proportion, and in -log sigma",
                ),
            )
        )
        if request.coordinate.rate:
            content.append(f"The number that is moved is {request.coordinate.words}, so one more factor:")
            content.append(chain(D(sigma, request.symbol), *request.coordinate.rate))
    return Part("The score", tuple(content))


@as_written
def d_sigma() -> sp.Expr:
    return (sigma**2 - SPREAD) / sigma**3


@as_written
def _product(request: Request) -> Part:
    content: list[str | Chain] = ["Minus the mean of the score under p:"]
    if request.mu:
        content.append(
            chain(
                D(L, mu),
                line(-Integral(P * ((X - mu) / sigma**2)), "the sensitivity -p times the score"),
                line((mu - m) / sigma**2, "under p the mean of x is m"),
            )
        )
    if request.second:
        content.append(
            chain(
                D(L, sigma),
                line(
                    -Integral(P * ((X - mu) ** 2 / sigma**3 - 1 / sigma)),
                    "the sensitivity -p times the score",
                ),
                line(1 / sigma - SPREAD / sigma**3, "under p the mean of (x - mu)^2 is $s**2 + (m - mu)**2$"),
                line(d_sigma(), "over one denominator"),
            )
        )
        if request.coordinate.rate:
            content.append(
                chain(
                    D(L, request.symbol),
                    line(D(L, sigma) * D(sigma, request.symbol), "the chain rule once more"),
                    line(times(d_sigma(), request.coordinate.d_sigma), "both factors are known"),
                )
            )
    return Part("The product: the gradient", tuple(content))


@as_written
def _meaning(request: Request) -> Part:
    content: list[str | Chain] = ["At the end of a fit the gradient is 0:"]
    if request.mu:
        content.append(
            chain(
                Eq(D(L, mu), 0),
                line(Eq(mu, m), "which is never 0: the means match", times=sigma**2),
            )
        )
    if request.second:
        content.append(
            chain(
                Eq(D(L, sigma), 0),
                line(
                    Eq(sigma**2, SPREAD),
                    "Q's variance is P's, and the square of what its mean is off",
                    times=sigma**3,
                ),
            )
        )
    if request.mu and request.second:
        content.append("Together: the means match, and with them the standard deviations. The moments match.")
    if request.mu:
        content.append(
            "The pull on the mean grows in proportion to the distance, however far m is; but it is over "
            "sigma squared, so a wide Q is pulled gently."
        )
    content += also(request)
    return Part("What it means", tuple(content))


@as_written
def _second(request: Request) -> Part:
    content: list[str | Chain] = []
    if request.mu:
        content.append(
            chain(
                D(D(L, mu), mu),
                line(1 / sigma**2, "the gradient of part 4, once more: the same for every mu"),
            )
        )
    if request.second:
        step = line(3 * SPREAD / sigma**4 - 1 / sigma**2, "the powers of sigma, one by one")
        why = "at the optimum"
        content.append(curvature(request, (Eq(m, mu), Eq(s, sigma)), d_sigma(), 2 / sigma**2, why, step))
    content.append(
        "Positive; and the mixed derivative, $2*(m - mu)/sigma**3$, is 0 there: a minimum, where L is 0. "
        "These are the entries of the Normal's Fisher information: near its minimum KL is half of what "
        "they make of a small step, squared."
    )
    return Part("The second derivative at the optimum", tuple(content))

"""KL between two Normals, in closed form: no grid, the integral itself."""

from ..losses import ForwardKL
from . import source
from .notation import *
from .parts import also, bracket, curvature, times
from .request import Request

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
    title = "normal-kl: KL(P || Q) of two Normals, in closed form"
    from .proof import ends_of

    return Derivation("normal-kl", title, {L: integral}, parts, ends_of(None, "normal-kl"))


@as_written
def _definition() -> Part:
    return Part(
        "The definition",
        (
            "P is the Normal with mean m and standard deviation $s$. Q is the Normal with mean mu and "
            "standard deviation sigma. $p = N(x, m, s)$ and $q = N(x, mu, sigma)$ are their densities at "
            "$x$, and log is the natural logarithm. There is no grid. The sum of forward KL is an integral "
            "over the whole line, and this integral has a formula.",
            chain(
                L,
                line(Integral(P * (log(P) - log(Q))), "the mean of $log(p/q)$ under P"),
                line(
                    Integral(
                        P * ((X - mu) ** 2 / (2 * sigma**2) + log(sigma) - (X - m) ** 2 / (2 * s**2) - log(s))
                    ),
                    "both logarithms are written out; both contain $log(2 pi)/2$, which cancels",
                ),
                line(
                    SPREAD / (2 * sigma**2) + log(sigma) - half - log(s),
                    "under P the mean of $(x - m)^2$ is s^2, and that of $(x - mu)^2$ is $s^2 + (m - mu)^2$",
                ),
            ),
        ),
    )


@as_written
def _sensitivity() -> Part:
    return Part(
        "The sensitivity",
        (
            "Only log q depends on the parameters of Q, and its factor is $-p$. This is the sensitivity. So "
            "the gradient is minus the mean of the score of Q under P.",
            chain(
                L,
                line(Integral(P * log(P)) - Integral(P * log(Q)), "only the second integral depends on Q"),
            ),
        ),
    )


@as_written
def _score(request: Request) -> Part:
    content: list[str | Chain] = [
        "This is the density's half of the gradient: how fast does log q change with the parameters? The "
        "standardised distance $z = (x - mu)/sigma$ says how many sigma the point $x$ lies from mu. With it, "
        "log q is $-z^2/2 - log sigma - log(2 pi)/2$."
    ]
    if request.mu:
        content.append(
            chain(
                D(log(Q), mu),
                line((X - mu) / sigma**2, "only z depends on mu, and its derivative by mu is $-1/sigma$"),
            )
        )
    if request.second:
        content.append(
            chain(
                D(log(Q), sigma),
                line(
                    (X - mu) ** 2 / sigma**3 - 1 / sigma,
                    "z and log sigma depend on sigma; the derivative of z by sigma is $-z/sigma$",
                ),
            )
        )
        if request.coordinate.rate:
            content.append(
                f"The second parameter is {request.coordinate.words}. So one more factor is needed:"
            )
            content.append(chain(D(sigma, request.symbol), *request.coordinate.rate))
    return Part("The score", tuple(content))


@as_written
def d_sigma() -> sp.Expr:
    return (sigma**2 - SPREAD) / sigma**3


@as_written
def _product(request: Request) -> Part:
    content: list[str | Chain] = ["The gradient is minus the mean of the score under P:"]
    if request.mu:
        content.append(
            chain(
                D(L, mu),
                line(-Integral(P * ((X - mu) / sigma**2)), "the sensitivity, $-p$, times the score"),
                line((mu - m) / sigma**2, "under P the mean of $x$ is m"),
            )
        )
    if request.second:
        content.append(
            chain(
                D(L, sigma),
                line(
                    -Integral(P * ((X - mu) ** 2 / sigma**3 - 1 / sigma)),
                    "the sensitivity, $-p$, times the score",
                ),
                line(1 / sigma - SPREAD / sigma**3, "under P the mean of $(x - mu)^2$ is $s^2 + (m - mu)^2$"),
                line(d_sigma(), "written as one fraction"),
            )
        )
        if request.coordinate.rate:
            content.append(
                chain(
                    D(L, request.symbol),
                    line(D(L, sigma) * D(sigma, request.symbol), "the chain rule again"),
                    line(
                        times(d_sigma(), request.coordinate.d_sigma),
                        "the two factors, from above and from part 3",
                    ),
                )
            )
    return Part("The product: the gradient", tuple(content))


@as_written
def _meaning(request: Request) -> Part:
    content: list[str | Chain] = ["At the minimum the gradient is 0:"]
    if request.mu:
        content.append(
            chain(
                Eq(D(L, mu), 0),
                line(Eq(mu, m), "the means match", times=sigma**2),
            )
        )
    if request.second:
        content.append(
            chain(
                Eq(D(L, sigma), 0),
                line(
                    Eq(sigma**2, SPREAD),
                    "the variance of Q is that of P plus the square of the distance between the means",
                    times=sigma**3,
                ),
            )
        )
    if request.mu and request.second:
        content.append(
            "Together: the means are the same, so the distance between them is 0, and the standard "
            "deviations are the same too. The moments match."
        )
    if request.mu:
        content.append(
            "The pull on mu grows in proportion to the distance between m and mu, however large that is. It "
            "is divided by sigma^2, so the pull on a wide Q is weak."
        )
    if request.mu and request.second:
        ratio = s**2 / sigma**2
        content += [
            "L is never below 0:",
            chain(
                L,
                line(
                    (m - mu) ** 2 / (2 * sigma**2) + (ratio - 1 - log(ratio)) / 2,
                    "the formula of part 1, in another order",
                ),
            ),
            "The first term is a square.",
            *bracket("$s^2/sigma^2$"),
        ]
    content += also(request)
    return Part("What it means", tuple(content))


@as_written
def _second(request: Request) -> Part:
    content: list[str | Chain] = []
    if request.mu:
        content.append(
            chain(
                D(D(L, mu), mu),
                line(1 / sigma**2, "the derivative of the gradient of part 4; this holds for every mu"),
            )
        )
    if request.second:
        step = line(3 * SPREAD / sigma**4 - 1 / sigma**2, "the derivative of each power of sigma")
        why = "this is the minimum"
        content.append(curvature(request, (Eq(m, mu), Eq(s, sigma)), d_sigma(), 2 / sigma**2, why, step))
    if request.mu and request.second:
        content.append(
            chain(
                D(D(L, mu), sigma),
                line(2 * (m - mu) / sigma**3, "the gradient by mu has sigma^2 in its denominator"),
                line(sp.S.Zero, "this is the minimum", Eq(m, mu)),
            )
        )
    content.append(
        "These derivatives make up the Fisher information of the Normal. They say how fast KL grows near its "
        "minimum: if mu is off by a small number $a$ and sigma by a small number $b$, KL is about $(a^2 + 2 "
        "b^2)/(2 sigma^2)$."
    )
    return Part("The second derivative at the optimum", tuple(content))

"""KL(p || q): why it covers every mode."""

from ..losses import ForwardKL
from . import source
from .notation import *
from .parts import ASK, WHO, Request, also, curvature, product, score

with sp.evaluate(False):
    MASS = Total(w[i] * p[i])
    AT_MOMENTS = Eq(Total(w[i] * p[i] * z[i] ** 2), MASS)


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
    return Derivation("forward-kl", "Forward KL: KL(P || Q)", {L: source.value(ForwardKL())}, parts)


@as_written
def _definition() -> Part:
    return Part(
        "The definition",
        (
            WHO
            + "A point where p is 0 counts as 0, the limit of p log p. With the weights of an integral, and "
            "masses of 1, L is how much longer, in nats, a message becomes that comes from P and is coded "
            "for Q; other weights or masses scale the parts of p and q, and L may then fall below 0:",
            chain(
                L, line(Total(w[i] * p[i] * (log(p[i]) - log(q[i]))), "log(p/q), summed with the weights w p")
            ),
        ),
    )


@as_written
def sensitivity(j: sp.Symbol) -> sp.Expr:
    return -w[j] * p[j]


@as_written
def _sensitivity() -> Part:
    return Part(
        "The sensitivity",
        (
            ASK,
            chain(
                D(L, log(q[k])),
                line(
                    D(w[k] * p[k] * (log(p[k]) - log(q[k])), log(q[k])),
                    "only the term of the point k has q_k",
                ),
                line(
                    w[k] * p[k] * (D(log(p[k]), log(q[k])) - D(log(q[k]), log(q[k]))),
                    "w and p do not depend on q",
                ),
                line(w[k] * p[k] * (sp.S(0) - 1), "nor does log p; and log q moves one for one with itself"),
                line(sensitivity(k), "that is all: raising log q helps by as much as p is there"),
            ),
        ),
    )


@as_written
def gradient(factor: sp.Expr) -> sp.Expr:
    return -(Total(w[i] * p[i] * factor) / sigma)


@as_written
def _meaning(request: Request) -> Part:
    content: list[str | Chain] = ["At the end of a fit the gradient is 0. What does that say about Q?"]
    if request.mu:
        content.append(
            chain(
                Eq(D(L, mu), 0),
                line(Eq(Total(w[i] * p[i] * z[i]), 0), "which is never 0", times=-sigma),
                line(
                    Eq(Total(w[i] * p[i] * x[i]), mu * MASS),
                    "then mu to the other side",
                    times=sigma,
                ),
                line(
                    Eq(mu, Total(w[i] * p[i] * x[i]) / MASS),
                    "the mass of p, which is above 0, with the sides exchanged: mu is the mean of p",
                    times=-1 / MASS,
                ),
            )
        )
    if request.second:
        content.append(
            chain(
                Eq(D(L, sigma), 0),
                line(Eq(Total(w[i] * p[i] * z[i] ** 2), MASS), "", times=-sigma),
                line(
                    Eq(sigma**2, Total(w[i] * p[i] * (x[i] - mu) ** 2) / MASS),
                    "the sides exchanged: sigma^2 is the variance of p about mu",
                    times=-(sigma**2) / MASS,
                ),
            )
        )
    both = request.mu and request.second
    content.append(
        ("The moments match. Q takes the mean and the variance" if both else "Q takes this moment")
        + " of all of P, wherever its modes are: a far mode weighs as $p_k$, however small $q_k$ is there. "
        "Where p is above 0 and q is not, L is infinite. That is why forward KL is called mass-covering."
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
                line(D(gradient(z[i]), mu), "the gradient of part 4, once more"),
                line(MASS / sigma**2, "z falls by 1/sigma; the curvature is the same for every mu"),
            )
        )
    if request.second:
        moved = Total(w[i] * p[i] * (3 * z[i] ** 2 - 1)) / sigma**2
        why = "at the optimum, where the variances match"
        step = line(moved, "z^2 and 1/sigma both fall with sigma")
        content.append(
            curvature(request, (AT_MOMENTS,), gradient(z[i] ** 2 - 1), 2 * MASS / sigma**2, why, step)
        )
    ending = "Positive: the optimum is a minimum."
    if request.mu and request.second:
        ending = (
            "Both are positive, and the mixed derivative, by mu and by the second parameter, is a "
            "multiple of the sum of w p z, which is 0 at the optimum: it is a minimum. Part 5 has one "
            "solution, unless p is all at one point, so it is the only one."
        )
    content.append(ending)
    return Part("The second derivative at the optimum", tuple(content))

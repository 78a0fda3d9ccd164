"""KL(p || q): why it covers every mode."""

from ..losses import ForwardKL
from . import source
from .notation import *
from .parts import ASK, WHO, also, bracket, curvature, product, score
from .request import Request

with sp.evaluate(False):
    MASS = Total(w[i] * p[i])
    CENTRED = Eq(Total(w[i] * p[i] * z[i]), 0)
    AT_MOMENTS = Eq(Total(w[i] * p[i] * z[i] ** 2), MASS)


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
    title = "forward-kl: KL(P || Q), the forward KL divergence"
    return Derivation("forward-kl", title, {L: source.value(ForwardKL())}, parts)


@as_written
def _definition() -> Part:
    return Part(
        "The definition",
        (
            WHO + "A point where p is 0 adds 0, which is the limit of $p log p$ as p goes to 0.",
            chain(
                L,
                line(
                    Total(w[i] * p[i] * (log(p[i]) - log(q[i]))), "$log(p/q)$, summed with the weights $w p$"
                ),
            ),
            "If the weights are those of an integral and the masses of P and Q are 1, L has a meaning. Send "
            "messages that come from P, in the best code for Q. They are on average L nats longer than in "
            "the best code for P. With other weights or masses L has no such meaning. It can be below 0 if Q "
            "has more mass on the grid than P.",
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
                    "only the term of the point $k$ has q_k in it",
                ),
                line(
                    w[k] * p[k] * (D(log(p[k]), log(q[k])) - D(log(q[k]), log(q[k]))),
                    "w and p do not depend on q",
                ),
                line(
                    w[k] * p[k] * (sp.S(0) - 1),
                    "log p does not depend on q either, and the derivative of log q by itself is 1",
                ),
                line(sensitivity(k), "L falls when log q rises, and it falls most where $w p$ is largest"),
            ),
        ),
    )


@as_written
def gradient(factor: sp.Expr) -> sp.Expr:
    return -(Total(w[i] * p[i] * factor) / sigma)


@as_written
def _meaning(request: Request) -> Part:
    content: list[str | Chain] = ["At the minimum the gradient is 0. What does that say about Q?"]
    if request.mu:
        content.append(
            chain(
                Eq(D(L, mu), 0),
                line(CENTRED, "", times=-sigma),
                line(
                    Eq(Total(w[i] * p[i] * x[i]), mu * MASS),
                    "z is $(x - mu)/sigma$; then the part with mu goes to the right side",
                    times=sigma,
                ),
                line(Eq(Total(w[i] * p[i] * x[i]) / MASS, mu), "the mean of P is mu", times=1 / MASS),
            )
        )
    if request.second:
        centred = Total(w[i] * p[i] * (x[i] - mu) ** 2)
        content.append(
            chain(
                Eq(D(L, sigma), 0),
                line(AT_MOMENTS, "the two terms of $z^2 - 1$, one on each side", times=-sigma),
                line(Eq(centred, sigma**2 * MASS), "z is $(x - mu)/sigma$", times=sigma**2),
                line(Eq(centred / MASS, sigma**2), "the variance of P about mu is sigma^2", times=1 / MASS),
            )
        )
    both = request.mu and request.second
    content += [
        ("So Q takes the mean and the variance" if both else "So Q takes this moment")
        + " of all of P, wherever its modes are. This is called moment matching. A far mode counts with its "
        "full weight $w_k p_k$, however small $q_k$ is there. And if q is 0 at a point where p is above 0, L "
        "is infinite. That is why forward KL is called mass-covering.",
        "If P and Q have the same mass on the grid, L is never below 0:",
        chain(
            L,
            line(
                Total(w[i] * (p[i] * (log(p[i]) - log(q[i])) - p[i] + q[i])),
                "then the two new terms add up to 0",
                Eq(MASS, Total(w[i] * q[i])),
            ),
            line(
                Total(w[i] * p[i] * (q[i] / p[i] - 1 - log(q[i] / p[i]))),
                "p is taken out; a term where p is 0 is $w q$",
            ),
        ),
        *bracket("$q/p$"),
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
                line(D(gradient(z[i]), mu), "the gradient of part 4"),
                line(MASS / sigma**2, "the derivative of z by mu is $-1/sigma$; this holds for every mu"),
            )
        )
    if request.second:
        moved = Total(w[i] * p[i] * (3 * z[i] ** 2 - 1)) / sigma**2
        why = "this is what part 5 says of the minimum"
        step = line(moved, "the product rule: both z^2 and $1/sigma$ change with sigma")
        content.append(
            curvature(request, (AT_MOMENTS,), gradient(z[i] ** 2 - 1), 2 * MASS / sigma**2, why, step)
        )
    if request.mu and request.second:
        content += [
            chain(
                D(D(L, mu), sigma),
                line(2 * Total(w[i] * p[i] * z[i]) / sigma**2, "both z and $1/sigma$ change with sigma"),
                line(sp.S.Zero, "this is what part 5 says of the minimum", CENTRED),
            ),
            "The first two are positive and the mixed one is 0, so this is a minimum. It is the only one: "
            "the equations of part 5 have one solution. (If P lies at one point alone, its variance is 0. "
            "Then there is no minimum, because sigma is above 0.)",
        ]
    else:
        content.append("This is positive, so this is a minimum.")
    return Part("The second derivative at the optimum", tuple(content))

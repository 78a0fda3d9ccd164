"""The negative cosine: why the scale of q does not matter."""

from ..losses import Cosine
from . import source
from .notation import *
from .parts import ASK, WHO, also, over, product, score, times
from .request import Request

A, B, C = sp.symbols("A B C", positive=True)
with sp.evaluate(False):
    SUMS = {
        A: Total(w[i] * p[i] * q[i]),
        B: Total(w[i] * q[i] ** 2),
        C: Total(w[i] * p[i] ** 2),
    }
    NORMS = sqrt(B) * sqrt(C)


@as_written
def sensitivity(j: sp.Symbol) -> sp.Expr:
    return w[j] * q[j] / NORMS * (A / B * q[j] - p[j])


@as_written
def derivation(request: Request) -> Derivation:
    parts = (
        _definition(),
        _sensitivity(),
        score(request),
        product(request, sensitivity, gradient, "A, B, C and sigma are the same at every point"),
        _meaning(request),
        _second(request),
    )
    definitions = {L: source.value(Cosine()), **SUMS}
    return Derivation("cosine", "cosine: the negative cosine similarity", definitions, parts)


@as_written
def _definition() -> Part:
    return Part(
        "The definition",
        (
            WHO + "The densities at the points are taken as two vectors. L is minus the cosine of the angle "
            "between them. It is made of three sums:",
            *(chain(name, line(total, why)) for (name, total), why in zip(SUMS.items(), _WHY, strict=True)),
            "The loss is",
            chain(L, line(-(A / NORMS), "with a minus sign, so that the best fit has the smallest L, -1")),
        ),
    )


_WHY = ("the inner product", "the square of the length of q", "the square of the length of p")


@as_written
def _sensitivity() -> Part:
    return Part(
        "The sensitivity",
        (
            ASK + "First the sums. The third does not depend on q.",
            chain(
                D(A, log(q[k])),
                line(D(w[k] * p[k] * q[k], log(q[k])), "only the term of the point $k$ has q_k in it"),
                line(w[k] * p[k] * q[k], "the derivative of q by log q is q"),
            ),
            chain(
                D(B, log(q[k])),
                line(D(w[k] * q[k] ** 2, log(q[k])), "only the term of the point $k$ has q_k in it"),
                line(2 * w[k] * q[k] ** 2, "the power rule; the derivative of q by log q is q"),
            ),
            "Then the quotient:",
            chain(
                D(L, log(q[k])),
                line(
                    A / (2 * B * NORMS) * D(B, log(q[k])) - D(A, log(q[k])) / NORMS,
                    "the product rule; the derivative of $1/sqrt(B)$ by B is $-1/(2 B sqrt(B))$",
                ),
                line(
                    2 * A * w[k] * q[k] ** 2 / (2 * B * NORMS) - w[k] * p[k] * q[k] / NORMS,
                    "the two derivatives from above",
                ),
                line(sensitivity(k), "$w q$ and the two lengths are taken out"),
            ),
        ),
    )


@as_written
def gradient(factor: sp.Expr) -> sp.Expr:
    fitted, inner = Total(w[i] * q[i] ** 2 * factor), Total(w[i] * p[i] * q[i] * factor)
    return 1 / (sigma * NORMS) * (A / B * fitted - inner)


@as_written
def _meaning(request: Request) -> Part:
    content: list[str | Chain] = [
        "If q is multiplied by a constant, the same number is added to every log q. How fast L changes then "
        "is the sum of all sensitivities:",
        chain(
            Total(D(L, log(q[i]))),
            line(Total(sensitivity(i)), "the sensitivity of part 2, at every point"),
            line((A / B * B - A) / NORMS, "the two sums are B and A"),
            line(sp.S.Zero, "the two terms cancel"),
        ),
        "So L does not depend on the scale of q, only on its shape. At the minimum the gradient is 0:",
    ]
    for theta, factor in request.factors(sigma):
        fitted, inner = Total(w[i] * q[i] ** 2 * factor), Total(w[i] * p[i] * q[i] * factor)
        content.append(
            chain(
                Eq(D(L, theta), 0),
                line(Eq(A / B * fitted, inner), "", times=sigma * NORMS),
            )
        )
    content.append(
        "This is the equation of mse with $A/B$ times q in the place of q. (Of all multiples of q it is the "
        "one nearest to p.) As with mse, every term has the factor q, so a mode where q is almost 0 does not "
        "pull."
    )
    content += also(request)
    return Part("What it means", tuple(content))


@as_written
def _second(request: Request) -> Part:
    content: list[str | Chain] = [
        "This is simple where $q_k = p_k$ at every point. There the angle is 0. (It is also 0 where q is a "
        "multiple of p.)"
    ]
    rate = request.coordinate.d_sigma
    for theta, factor in request.factors(request.symbol):
        scale = {v: 4 * sigma**4, t: None}.get(theta, sigma**2)
        square, mean = Total(w[i] * q[i] ** 2 * factor**2), Total(w[i] * q[i] ** 2 * factor)
        before = times(gradient(factor), rate) if theta in (v, t) else gradient(factor)
        content.append(
            chain(
                D(D(L, theta), theta),
                line(D(before, theta), "the gradient of part 4"),
                line(
                    over(square / B - (mean / B) ** 2, scale),
                    "the bracket of part 2 is 0, so only the term with its derivative is left: a variance "
                    "under the weights $w q^2$",
                    Eq(q[k], p[k]),
                ),
            )
        )
    content += [
        "A variance is never below 0. And L is never below -1, because $2 (1 + L)$ is a sum of squares:",
        chain(
            Total(w[i] * (q[i] / sqrt(B) - p[i] / sqrt(C)) ** 2),
            line(
                B / B + C / C - 2 * A / NORMS,
                "the square is multiplied out, and the three sums are B, C and A",
            ),
            line(2 * (1 + L), "$B/B$ and $C/C$ are 1, and A over the lengths is -L"),
        ),
        "Where q is p, or a multiple of p, L is -1. So this is the minimum.",
    ]
    return Part("The second derivative at the optimum", tuple(content))

"""The negative cosine: why the scale of q does not matter."""

from ..losses import Cosine
from . import source
from .notation import *
from .parts import ASK, WHO, Request, also, over, product, score, times

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
    return Derivation("cosine", "Negative cosine similarity", definitions, parts)


@as_written
def _definition() -> Part:
    return Part(
        "The definition",
        (
            WHO
            + "The densities are taken as vectors, and L is minus the cosine of the angle between them. With "
            "the sums",
            *(chain(name, line(total, why)) for (name, total), why in zip(SUMS.items(), _WHY, strict=True)),
            "the loss is",
            chain(L, line(-(A / NORMS), "minus, because a loss is minimised; -1 is a perfect fit")),
        ),
    )


_WHY = ("the inner product", "the square of q's length", "the square of p's length")


@as_written
def _sensitivity() -> Part:
    return Part(
        "The sensitivity",
        (
            ASK + "First the sums; the third has no q in it.",
            chain(
                D(A, log(q[k])),
                line(D(w[k] * p[k] * q[k], log(q[k])), "only the term of the point k has q_k in it"),
                line(w[k] * p[k] * q[k], "q is e to the log q, its own derivative"),
            ),
            chain(
                D(B, log(q[k])),
                line(D(w[k] * q[k] ** 2, log(q[k])), "only the term of the point k"),
                line(2 * w[k] * q[k] ** 2, "the power rule: q twice"),
            ),
            "Then the quotient:",
            chain(
                D(L, log(q[k])),
                line(
                    A / (2 * B * NORMS) * D(B, log(q[k])) - D(A, log(q[k])) / NORMS,
                    "the product rule; the derivative of 1/sqrt(B) is -1/(2 B sqrt(B))",
                ),
                line(
                    A * 2 * w[k] * q[k] ** 2 / (2 * B * NORMS) - w[k] * p[k] * q[k] / NORMS,
                    "both derivatives are known",
                ),
                line(sensitivity(k), "w q over the lengths taken out"),
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
        "Multiply q by a constant: the same number is added to every log q. The answer of L to that is "
        "the sum of all sensitivities:",
        chain(
            Total(D(L, log(q[i]))),
            line(Total(sensitivity(i)), "part 2, at every point"),
            line((A / B * B - A) / NORMS, "the two sums are B and A again"),
            line(sp.S.Zero, "they cancel"),
        ),
        "So no scale of q is better than another: L sees its shape. At the end of a fit the gradient is 0:",
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
        "That is the balance of MSE, with $A/B$ times q in the place of q: the multiple of q that comes "
        "nearest to p. And as with MSE, every term has the factor q: a mode out of Q's reach exerts no "
        "pull."
    )
    content += also(request)
    return Part("What it means", tuple(content))


@as_written
def _second(request: Request) -> Part:
    content: list[str | Chain] = [
        "Simple where $q_k = p_k$: there the angle is 0, and so it is where q is a multiple of p."
    ]
    rate = request.coordinate.d_sigma
    for theta, factor in request.factors(request.symbol):
        scale = {v: 4 * sigma**4, t: None}.get(theta, sigma**2)
        square, mean = Total(w[i] * q[i] ** 2 * factor**2), Total(w[i] * q[i] ** 2 * factor)
        before = times(gradient(factor), rate) if theta in (v, t) else gradient(factor)
        content.append(
            chain(
                D(D(L, theta), theta),
                line(D(before, theta), "the gradient of part 4, once more"),
                line(
                    over(square / B - (mean / B) ** 2, scale),
                    "the bracket of part 2 is 0, so only its own derivative counts: what is left is the "
                    "variance of the score under the weights w q^2",
                    Eq(q[k], p[k]),
                ),
            )
        )
    content.append("A variance, so not negative. And no cosine is above 1, so that L = -1 is a minimum.")
    return Part("The second derivative at the optimum", tuple(content))

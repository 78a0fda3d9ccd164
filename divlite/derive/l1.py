"""The L1 distance: only the sign of the error counts."""

from ..losses import L1
from . import source
from .notation import *
from .parts import ASK, WHO, also, product, score, times
from .request import Request


@as_written
def sensitivity(j: sp.Symbol) -> sp.Expr:
    return w[j] * sign(q[j] - p[j]) * q[j]


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
    return Derivation("l1", "l1: the L1 distance", {L: source.value(L1())}, parts)


@as_written
def _definition() -> Part:
    return Part(
        "The definition",
        (
            WHO + "If the weights are those of an integral, L is the area between the two curves:",
            chain(L, line(Total(w[i] * sp.Abs(p[i] - q[i])), "the weighted sum of the distances")),
        ),
    )


@as_written
def _sensitivity() -> Part:
    return Part(
        "The sensitivity",
        (
            ASK
            + "Where p and q are equal, the absolute value has a kink and no derivative. We take 0 there, "
            "which is one of its subgradients. Everywhere else",
            chain(
                D(L, log(q[k])),
                line(
                    D(w[k] * sp.Abs(p[k] - q[k]), log(q[k])), "only the term of the point $k$ has q_k in it"
                ),
                line(
                    w[k] * sign(p[k] - q[k]) * D(p[k] - q[k], log(q[k])),
                    "the derivative of $|x|$ is the sign of $x$; w does not depend on q",
                ),
                line(
                    w[k] * sign(p[k] - q[k]) * (0 - q[k]),
                    "p does not depend on q either, and the derivative of q by log q is q",
                ),
                line(sensitivity(k), "the minus sign turns $p - q$ into $q - p$"),
            ),
        ),
    )


@as_written
def gradient(factor: sp.Expr) -> sp.Expr:
    return Total(w[i] * sign(q[i] - p[i]) * q[i] * factor) / sigma


@as_written
def _meaning(request: Request) -> Part:
    content: list[str | Chain] = [
        "At a minimum without a kink the gradient is 0. (On a grid, L has a kink where q and p are equal at "
        "one of the points, and the gradient jumps there. At a minimum it may jump from below 0 to above 0.)"
    ]
    why = "the points where q is above p and those where it is below balance"
    for theta, factor in request.factors(sigma):
        balance = Eq(Total(w[i] * sign(q[i] - p[i]) * q[i] * factor), 0)
        content.append(chain(Eq(D(L, theta), 0), line(balance, why, times=sigma)))
    content += [
        "The gradient depends on P only through the sign of $q - p$. If a mode is made ten times as high, "
        "the gradient stays the same, as long as that sign stays the same at every point:",
        chain(
            D(sensitivity(k), log(p[k])),
            line(sp.S.Zero, "a sign is constant, except where q and p are equal: there it jumps"),
        ),
        "Every term has the factor q. So a mode where q is almost 0 does not pull:",
        chain(
            Limit(sp.Abs(sign(q[k] - p[k]) * q[k]), q[k]),
            line(sp.S.Zero, "the sign stays at -1 where p is above 0, and q goes to 0"),
        ),
    ]
    content += also(request)
    return Part("What it means", tuple(content))


@as_written
def _second(request: Request) -> Part:
    content: list[str | Chain] = [
        "As long as the sign of $q - p$ changes at no point of the grid, the signs are constants. Then the "
        "second derivative is"
    ]
    if request.mu:
        content.append(
            chain(
                D(D(L, mu), mu),
                line(D(gradient(z[i]), mu), "the gradient of part 4"),
                line(
                    Total(w[i] * sign(q[i] - p[i]) * q[i] * (z[i] ** 2 - 1)) / sigma**2,
                    "the product rule: q and z depend on mu, and the sign is constant",
                ),
            )
        )
    if request.second:
        rate, sides = request.coordinate.d_sigma, w[i] * sign(q[i] - p[i]) * q[i]
        end = {
            sigma: Total(sides * (z[i] ** 4 - 5 * z[i] ** 2 + 2)) / sigma**2,
            v: Total(sides * (z[i] ** 4 - 6 * z[i] ** 2 + 3)) / (4 * sigma**4),
            t: Total(sides * (z[i] ** 4 - 4 * z[i] ** 2 + 1)),
        }[request.symbol]
        content.append(
            chain(
                D(D(L, request.symbol), request.symbol),
                line(
                    D(times(gradient(z[i] ** 2 - 1), rate), request.symbol),
                    "the gradient of part 4",
                ),
                line(end, "the product rule: q, z and the powers of sigma depend on sigma"),
            )
        )
    content.append(
        "It can be above or below 0, also at a minimum: a minimum can be at a kink, where the first "
        "derivative jumps from below 0 to above 0. Where $q_k = p_k$ at every point, every point is a kink, "
        "and there is no second derivative. Steps with a fixed learning rate usually do not stop at such a "
        "minimum. They jump from one side to the other."
    )
    return Part("The second derivative", tuple(content))

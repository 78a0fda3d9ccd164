"""The L1 distance: only the sign of the error counts."""

from ..losses import L1
from . import source
from .notation import *
from .parts import ASK, WHO, Request, also, product, score, times


@as_written
def sensitivity(j: sp.Symbol) -> sp.Expr:
    return w[j] * sign(q[j] - p[j]) * q[j]


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
    return Derivation("l1", "L1 distance", {L: source.value(L1())}, parts)


@as_written
def _definition() -> Part:
    return Part(
        "The definition",
        (
            WHO + "With the weights of an integral L is the area between the two:",
            chain(L, line(Total(w[i] * sp.Abs(p[i] - q[i])), "the weighted sum of the distances")),
        ),
    )


@as_written
def _sensitivity() -> Part:
    return Part(
        "The sensitivity",
        (
            ASK
            + "Where p and q are equal the modulus has a kink; there 0 is taken, a subgradient. Everywhere "
            "else",
            chain(
                D(L, log(q[k])),
                line(D(w[k] * sp.Abs(p[k] - q[k]), log(q[k])), "only the term of the point k has q_k in it"),
                line(
                    w[k] * sign(p[k] - q[k]) * D(p[k] - q[k], log(q[k])),
                    "the derivative of |u| is the sign of u; w does not depend on q",
                ),
                line(
                    w[k] * sign(p[k] - q[k]) * (0 - q[k]),
                    "nor does p; and q is e to the log q, its own derivative",
                ),
                line(sensitivity(k), "the minus turns the sign round; the factor q came from the chain rule"),
            ),
        ),
    )


@as_written
def gradient(factor: sp.Expr) -> sp.Expr:
    return Total(w[i] * sign(q[i] - p[i]) * q[i] * factor) / sigma


@as_written
def _meaning(request: Request) -> Part:
    content: list[str | Chain] = ["At the end of a fit the gradient is 0, if the end is not at a kink:"]
    why = "w q times the score, where q is too high, balances that where it is too low"
    for theta, factor in request.factors(sigma):
        balance = Eq(Total(w[i] * sign(q[i] - p[i]) * q[i] * factor), 0)
        content.append(chain(Eq(D(L, theta), 0), line(balance, why, times=sigma)))
    content += [
        "P enters the gradient by the sign alone. Make a mode ten times as high, and the gradient does "
        "not change, as long as q - p changes its sign at no point:",
        chain(
            D(sensitivity(k), log(p[k])),
            line(sp.S.Zero, "a sign does not move, except at the crossing, where it jumps"),
        ),
        "And every term has the factor q, so that a mode out of Q's reach exerts no pull:",
        chain(
            Limit(sp.Abs(sign(q[k] - p[k]) * q[k]), q[k]),
            line(sp.S.Zero, "where p is above 0 the sign is -1, and stays; q vanishes"),
        ),
    ]
    content += also(request)
    return Part("What it means", tuple(content))


@as_written
def _second(request: Request) -> Part:
    content: list[str | Chain] = [
        "As long as no crossing of p and q passes a point of the grid the signs are constants, and the "
        "second derivative is"
    ]
    if request.mu:
        content.append(
            chain(
                D(D(L, mu), mu),
                line(D(gradient(z[i]), mu), "the gradient of part 4, once more"),
                line(
                    Total(w[i] * sign(q[i] - p[i]) * q[i] * (z[i] ** 2 - 1)) / sigma**2,
                    "the product rule: q moves by the score, z by -1/sigma; the sign not at all",
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
                    "the gradient of part 4, once more",
                ),
                line(end, "the product rule: q moves by the score, and the powers of z and sigma move"),
            )
        )
    content.append(
        "It can have either sign, and it need not be what holds a minimum: where a crossing passes a "
        "point, the first derivative jumps. At $q_k = p_k$ every point is a kink, and there is no second "
        "derivative at all. Near such a minimum steps of a fixed learning rate as a rule do not come to "
        "rest; they chatter about it."
    )
    return Part("The second derivative", tuple(content))

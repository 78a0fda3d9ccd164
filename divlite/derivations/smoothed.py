"""Smoothed(loss, epsilon): one factor more in the chain rule, and what it switches off."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..losses import L1, MSE, Cosine, ForwardKL, ReverseKL, Smoothed
from . import cosine, forward_kl, l1, mse, reverse_kl, source
from .notation import *
from .parts import WHO, Request, also, over, product, score

INNER: dict[type, ModuleType] = {
    ForwardKL: forward_kl,
    ReverseKL: reverse_kl,
    MSE: mse,
    L1: l1,
    Cosine: cosine,
}


SAYS: dict[type, str] = {
    ForwardKL: "That undoes forward KL's mass-covering beyond the reach of Q: the pull of a far mode, "
    "$w_k*p_k$ without epsilon, is gone where $q_k$ has sunk far below epsilon.",
    ReverseKL: "And log p' is never below log epsilon: Q is no longer forced to 0 where P is 0, it only "
    "pays for it.",
    Cosine: "And q' is no multiple of q: the sum of all sensitivities is no longer 0, and the scale of q "
    "matters.",
}


@as_written
def primed(math: Any) -> Any:
    """The same with p' and q' in the place of p and q."""
    return math.xreplace({old[j]: new[j] for old, new in ((p, p_), (q, q_)) for j in (i, k)})


@as_written
def derivation(request: Request, loss: Smoothed) -> Derivation:
    inner = INNER[type(loss.loss)].derivation(request)
    with sp.evaluate(True):
        sums = {name: primed(total) for name, total in inner.definitions.items() if name != L}
        definitions = {L: source.value(loss), p_: p[i] + epsilon, q_: q[i] + epsilon, **sums}
    parts = (
        _definition(inner),
        _sensitivity(loss, inner),
        score(request),
        product(request, sensitivity(loss), gradient(loss), "1/sigma is the same at every point"),
        _meaning(request, loss),
        _second(request, loss),
    )
    title = f"{inner.title}, smoothed by epsilon"
    return Derivation(f"smoothed-{inner.name}", title, definitions, parts)


@as_written
def _definition(inner: Derivation) -> Part:
    chains = [c for c in inner.parts[0].content if isinstance(c, Chain)]
    return Part(
        "The definition",
        (
            WHO
            + "Both densities are lifted by a number $epsilon$ > 0, to $p_k' = p_k + epsilon$ and $q_k' = "
            f"q_k + epsilon$, and the loss is that of {inner.name}, between those (the mark says what is "
            "lifted, and is no derivative):",
            *(
                chain(c.head, *(line(primed(step.math), f"as for {inner.name}") for step in c.lines))
                for c in chains
            ),
        ),
    )


def sensitivity(loss: Smoothed) -> Callable[[Any], Any]:
    inner = INNER[type(loss.loss)]

    @as_written
    def at(j: Any) -> Any:
        return primed(inner.sensitivity(j)) * (q[j] / q_[j])

    return at


@as_written
def _sensitivity(loss: Smoothed, inner: Derivation) -> Part:
    known = INNER[type(loss.loss)].sensitivity(k)
    return Part(
        "The sensitivity",
        (
            f"What L answers to log q' is known: it is part 2 of the derivation of {inner.name} (divlite "
            f"explain "
            f"{inner.name}), at p' and q'.",
            chain(D(L, log(q_[k])), line(primed(known), f"as for {inner.name}, with p' and q'")),
            "What is left is how log q' answers to log q:",
            chain(
                D(log(q_[k]), log(q[k])),
                line(D(q[k] + epsilon, log(q[k])) / q_[k], "the derivative of a logarithm"),
                line(q[k] / q_[k], "epsilon is a constant; q is e to the log q, its own derivative"),
            ),
            "By the chain rule the one times the other:",
            chain(
                D(L, log(q[k])),
                line(D(L, log(q_[k])) * D(log(q_[k]), log(q[k])), "through log q'"),
                line(sensitivity(loss)(k), "both factors are known"),
            ),
        ),
    )


def gradient(loss: Smoothed) -> Callable[[Any], Any]:
    @as_written
    def of(factor: Any) -> Any:
        return Total(sensitivity(loss)(i) * factor) / sigma

    return of


@as_written
def _meaning(request: Request, loss: Smoothed) -> Part:
    known = INNER[type(loss.loss)].sensitivity(k)
    content: list[str | Chain] = []
    if isinstance(loss.loss, MSE | L1):
        content += [
            "This loss sees only the difference of the densities, which epsilon leaves as it is: the "
            "factor q' of part 2 cancels the new one's denominator, and nothing has changed.",
            chain(sensitivity(loss)(k), line(known, "q' - p' is q - p, and q' over q' is 1")),
        ]
    else:
        content += [
            "The new factor lies between 0 and 1. Where q is far above epsilon it tends to 1, and nothing "
            "changes:",
            chain(Limit(q[k] / (q[k] + epsilon), epsilon), line(sp.S.One, "q over q")),
            "Where q is far below epsilon it tends to 0, and the point has no say, however much of P is "
            "there:",
            chain(Limit(q[k] / (q[k] + epsilon), q[k]), line(sp.S.Zero, "0 over epsilon")),
            SAYS[type(loss.loss)]
            + " In general the minimum is another one than without epsilon; it is another loss.",
        ]
    content.append("At the end of a fit the gradient is 0, that is")
    for theta, factor in request.factors(sigma):
        balance = Eq(Total(sensitivity(loss)(i) * factor), 0)
        content.append(chain(Eq(D(L, theta), 0), line(balance, "which is never 0", times=sigma)))
    content += also(request)
    return Part("What it means", tuple(content))


@as_written
def _second(request: Request, loss: Smoothed) -> Part:
    if isinstance(loss.loss, L1):
        text = "At $q_k = p_k$ every point is a kink, as without epsilon: there is no second derivative."
        return Part("The second derivative at the optimum", (text,))
    content: list[str | Chain] = [
        "Simple where P is a Normal itself, and the grid holds all of it: then the gradient is 0 at $q_k "
        "= p_k$."
    ]
    mass = Total(w[i] * q[i])
    second_moment = Eq(Total(w[i] * q[i] * z[i] ** 2), mass)
    fourth_moment = Eq(Total(w[i] * q[i] * z[i] ** 4), 3 * mass)
    kl = isinstance(loss.loss, ForwardKL | ReverseKL)
    for theta, factor in request.factors(request.symbol):
        scale = {v: 4 * sigma**4, t: None}.get(theta, sigma**2)
        if kl:
            curvature = Total(w[i] * q[i] ** 2 / q_[i] * factor**2)
            moments = (second_moment,) if theta is mu else (second_moment, fourth_moment)
            why = "z has the moments of a Normal"
        elif isinstance(loss.loss, MSE):
            curvature, moments, why = (
                2 * Total(w[i] * q[i] ** 2 * factor**2),
                (),
                "as for mse",
            )
        else:
            mean = Total(w[i] * q_[i] * q[i] * factor)
            curvature = Total(w[i] * q[i] ** 2 * factor**2) / cosine.B - (mean / cosine.B) ** 2
            moments, why = (), "a variance, as for the cosine"
        content.append(
            chain(D(D(L, theta), theta), line(over(curvature, scale), why, Eq(q[k], p[k]), *moments))
        )
    content.append("Not negative, as at a minimum.")
    return Part("The second derivative at the optimum", tuple(content))

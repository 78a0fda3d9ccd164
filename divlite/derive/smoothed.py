"""Smoothed(loss, epsilon): one factor more in the chain rule, and what it switches off."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..losses import L1, MSE, Cosine, ForwardKL, ReverseKL, Smoothed
from ..losses.protocol import loss_title
from . import cosine, forward_kl, l1, mse, reverse_kl, source
from .notation import *
from .parts import WHO, also, over, product, score
from .request import Request

INNER: dict[type, ModuleType] = {
    ForwardKL: forward_kl,
    ReverseKL: reverse_kl,
    MSE: mse,
    L1: l1,
    Cosine: cosine,
}


SAYS: dict[type, str] = {
    ForwardKL: "So smoothed forward KL does not cover the modes that Q does not reach. Without epsilon the "
    "sensitivity at a far mode is $-w_k p_k$. With epsilon it is almost 0 where q is far below epsilon.",
    ReverseKL: "And log p' is never below log epsilon. So Q is not forced to be 0 where P is 0: the loss "
    "stays finite there.",
    Cosine: "And if q is multiplied by a constant, q' is not. So the sum of all sensitivities is not 0, and "
    "L depends on the scale of q.",
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
        product(request, sensitivity(loss), gradient(loss), "$1/sigma$ is the same at every point"),
        _meaning(request, loss, inner.name),
        _second(request, loss),
    )
    title = f"{loss_title(loss)}: epsilon is added to p and q"
    return Derivation(f"smoothed-{inner.name}", title, definitions, parts)


@as_written
def _definition(inner: Derivation) -> Part:
    chains = [c for c in inner.parts[0].content if isinstance(c, Chain)]
    return Part(
        "The definition",
        (
            WHO
            + "A number epsilon above 0 is added to both densities: $p_k' = p_k + epsilon$ and $q_k' = q_k + "
            f"epsilon$. (The mark does not mean a derivative.) L is the loss {inner.name} between these two:",
            *(
                chain(
                    c.head,
                    *(line(primed(step.math), f"as for {inner.name}, with p' and q'") for step in c.lines),
                )
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
            "How fast L changes with log q' is known. It is the sensitivity of part 2 in the derivation of "
            f"{inner.name} (divlite explain {inner.name}), with p' and q' in the place of p and q.",
            chain(D(L, log(q_[k])), line(primed(known), f"as for {inner.name}, with p' and q'")),
            "How fast does log q' change with log q?",
            chain(
                D(log(q_[k]), log(q[k])),
                line(
                    D(q[k] + epsilon, log(q[k])) / q_[k], "the derivative of a logarithm, and the chain rule"
                ),
                line(q[k] / q_[k], "epsilon is a constant, and the derivative of q by log q is q"),
            ),
            "By the chain rule the two are multiplied:",
            chain(
                D(L, log(q[k])),
                line(
                    D(L, log(q_[k])) * D(log(q_[k]), log(q[k])),
                    "the chain rule: L depends on log q through log q'",
                ),
                line(sensitivity(loss)(k), "the two factors from above"),
            ),
        ),
    )


def gradient(loss: Smoothed) -> Callable[[Any], Any]:
    @as_written
    def of(factor: Any) -> Any:
        return Total(sensitivity(loss)(i) * factor) / sigma

    return of


@as_written
def _meaning(request: Request, loss: Smoothed, inner_name: str) -> Part:
    known = INNER[type(loss.loss)].sensitivity(k)
    content: list[str | Chain] = []
    if isinstance(loss.loss, MSE | L1):
        content += [
            "This loss depends only on the difference of the densities, and epsilon does not change that. So "
            f"the sensitivity is that of {inner_name}:",
            chain(sensitivity(loss)(k), line(known, "$q' - p'$ is $q - p$, and $q'/q'$ is 1")),
        ]
    else:
        content += [
            "The new factor $q/q'$ lies between 0 and 1. Where epsilon is far below q, it is almost 1:",
            chain(Limit(q[k] / (q[k] + epsilon), epsilon), line(sp.S.One, "the limit is $q/q$")),
            "Where q is far below epsilon, it is almost 0, and the point has no effect, however large p is "
            "there:",
            chain(Limit(q[k] / (q[k] + epsilon), q[k]), line(sp.S.Zero, "the limit is $0/epsilon$")),
            SAYS[type(loss.loss)]
            + " This is another loss than without epsilon, so in general its minimum is at another place.",
        ]
    content.append("At the minimum the gradient is 0:")
    for theta, factor in request.factors(sigma):
        balance = Eq(Total(sensitivity(loss)(i) * factor), 0)
        content.append(chain(Eq(D(L, theta), 0), line(balance, "", times=sigma)))
    content += also(request)
    return Part("What it means", tuple(content))


@as_written
def _second(request: Request, loss: Smoothed) -> Part:
    if isinstance(loss.loss, L1):
        text = (
            "Where $q_k = p_k$ at every point, every point is a kink, as for l1. There is no second "
            "derivative."
        )
        return Part("The second derivative at the optimum", (text,))
    content: list[str | Chain] = [
        "This is simple if P is a Normal itself, the grid holds all of it, and the points lie much closer "
        "than sigma. Then the gradient is 0 where $q_k = p_k$ at every point."
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
            why = "the product rule, and the values for a Normal"
        elif isinstance(loss.loss, MSE):
            curvature, moments, why = (
                2 * Total(w[i] * q[i] ** 2 * factor**2),
                (),
                "the product rule, as for mse",
            )
        else:
            mean = Total(w[i] * q_[i] * q[i] * factor)
            curvature = Total(w[i] * q[i] ** 2 * factor**2) / cosine.B - (mean / cosine.B) ** 2
            moments, why = (), "the product rule, as for cosine: a variance"
        content.append(
            chain(D(D(L, theta), theta), line(over(curvature, scale), why, Eq(q[k], p[k]), *moments))
        )
    content.append("It is never below 0, as it must be at a minimum.")
    return Part("The second derivative at the optimum", tuple(content))

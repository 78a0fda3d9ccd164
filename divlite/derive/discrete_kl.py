"""The discrete KL with respect to logits: softmax minus target."""

from ..losses import ForwardKL
from . import source
from .notation import *


@as_written
def derivation() -> Derivation:
    parts = _definition(), _sensitivity(), _score(), _product(), _meaning(), _second()
    with sp.evaluate(True):
        weighted = source.value(ForwardKL())
        definitions = {L: weighted.xreplace({w[i]: sp.S.One}), q: exp(a[i]) / Total(exp(a[i]))}
    title = "discrete-kl: KL(P || Q) of discrete distributions, by the logits of Q"
    return Derivation("discrete-kl", title, definitions, parts)


@as_written
def _definition() -> Part:
    return Part(
        "The definition",
        (
            "P gives the probability $p_i$ to the outcome $i$. Q is the softmax of the logits $a_i$, which "
            "can be any numbers: $q_k = exp(a_k)/sum exp(a_i)$. log is the natural logarithm.",
            chain(L, line(Total(p[i] * (log(p[i]) - log(q[i]))), "$log(p/q)$, summed with the weights p")),
            "The logarithm of the softmax is",
            chain(log(q[k]), line(a[k] - log(Total(exp(a[i]))), "the logarithm of a quotient")),
        ),
    )


@as_written
def _sensitivity() -> Part:
    return Part(
        "The sensitivity",
        (
            "How fast does L change if one log q_k changes, and nothing else?",
            chain(
                D(L, log(q[k])),
                line(
                    D(p[k] * (log(p[k]) - log(q[k])), log(q[k])),
                    "only the term of the outcome k has q_k in it",
                ),
                line(
                    p[k] * (sp.S(0) - 1), "p does not depend on q, and the derivative of log q by itself is 1"
                ),
                line(-p[k], "L falls when log q rises, and it falls most where p is largest"),
            ),
        ),
    )


@as_written
def _score() -> Part:
    return Part(
        "The score of the softmax",
        (
            "Each logit $a_k$ changes every log q: its own directly, and all of them through the sum in the "
            "softmax.",
            chain(
                D(log(q[n]), a[k]),
                line(
                    D(a[n], a[k]) - D(log(Total(exp(a[i]))), a[k]),
                    "log q_n is a_n minus the logarithm of the sum",
                ),
                line(
                    sp.KroneckerDelta(n, k) - exp(a[k]) / Total(exp(a[i])),
                    "the first is called $delta$: it is 1 if $n = k$, and 0 if not; in the sum only one "
                    "term has a_k in it",
                ),
                line(
                    sp.KroneckerDelta(n, k) - q[k],
                    "the quotient is q_k; when a_k rises, q_k rises and every other q falls",
                ),
            ),
        ),
    )


@as_written
def _product() -> Part:
    return Part(
        "The product: the gradient",
        (
            "A logit changes every log q, and each log q changes L. So by the chain rule",
            chain(
                D(L, a[k]),
                line(
                    Total(D(L, log(q[i])) * D(log(q[i]), a[k])), "the chain rule: L depends on every log q_i"
                ),
                line(
                    Total(-p[i] * (sp.KroneckerDelta(i, k) - q[k])),
                    "the sensitivity of part 2 times the score of part 3",
                ),
                line(
                    q[k] * Total(p[i]) - p[k],
                    "the $delta$ is 0 in all terms but the term $k$; q_k is the same in all terms",
                ),
                line(q[k] - p[k], "", Eq(Total(p[i]), 1)),
            ),
        ),
    )


@as_written
def _meaning() -> Part:
    return Part(
        "What it means",
        (
            "At the minimum the gradient is 0:",
            chain(
                Eq(D(L, a[k]), 0),
                line(Eq(q[k] * Total(p[i]), p[k]), "the gradient of part 4"),
                line(
                    Eq(q[k], p[k] / Total(p[i])),
                    "",
                    times=1 / Total(p[i]),
                ),
            ),
            "So Q becomes P, divided by its sum. (Where $p_k$ is 0 there is no such Q: the logit $a_k$ falls "
            "for ever.) If all logits grow by the same number, Q does not change. The derivatives of one log "
            "q by all the logits add up to 0:",
            chain(
                Total(D(log(q[n]), a[i])),
                line(Total(sp.KroneckerDelta(n, i) - q[i]), "the score of part 3, for every logit"),
                line(1 - Total(q[i]), "one $delta$ is 1, the others are 0"),
                line(sp.S.Zero, "the q add up to 1"),
            ),
        ),
    )


@as_written
def _second() -> Part:
    return Part(
        "The second derivative",
        (
            chain(
                D(D(L, a[k]), a[k]),
                line(D(q[k] * Total(p[i]) - p[k], a[k]), "the gradient of part 4"),
                line(
                    q[k] * (1 - q[k]) * Total(p[i]), "the derivative of q_k is q_k times the score of part 3"
                ),
                line(q[k] * (1 - q[k]), "", Eq(Total(p[i]), 1)),
            ),
            "This is never below 0, for any logits. For two outcomes n and k,",
            chain(
                D(D(L, a[k]), a[n]),
                line(D(q[k] * Total(p[i]) - p[k], a[n]), "the gradient of part 4"),
                line(q[k] * (sp.KroneckerDelta(n, k) - q[n]) * Total(p[i]), "the score of part 3 again"),
            ),
            "So if the logits move in a direction $u$, and the p add up to 1, the second derivative of L is "
            "the variance of $u$ under Q. A variance is never below 0, so L is convex.",
        ),
    )

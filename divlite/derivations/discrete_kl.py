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
    return Derivation("discrete-kl", "Discrete KL, by logits", definitions, parts)


@as_written
def _definition() -> Part:
    return Part(
        "The definition",
        (
            "P gives a probability $p_i$ to each outcome i. Q comes out of a softmax: $q_k$ is $exp(a_k)$ "
            "over the sum of all such terms, for logits $a_i$ that may be any numbers.",
            chain(L, line(Total(p[i] * (log(p[i]) - log(q[i]))), "log(p/q), summed with the weights p")),
            "The logarithm of the softmax is",
            chain(log(q[k]), line(a[k] - log(Total(exp(a[i]))), "the logarithm of the quotient")),
        ),
    )


@as_written
def _sensitivity() -> Part:
    return Part(
        "The sensitivity",
        (
            "How does L answer when one $log(q_k)$ moves and nothing else does?",
            chain(
                D(L, log(q[k])),
                line(D(p[k] * (log(p[k]) - log(q[k])), log(q[k])), "only the term of k has q_k in it"),
                line(p[k] * (sp.S(0) - 1), "p does not depend on q; log q moves one for one with itself"),
                line(-p[k], "raising log q helps by as much as p is there"),
            ),
        ),
    )


@as_written
def _score() -> Part:
    return Part(
        "The score of the softmax",
        (
            "A logit $a_k$ enters every log q, its own directly and all through the normalising sum:",
            chain(
                D(log(q[n]), a[k]),
                line(
                    D(a[n], a[k]) - D(log(Total(exp(a[i]))), a[k]),
                    "log $q_n$ is $a_n$ minus the logarithm of the sum",
                ),
                line(
                    sp.KroneckerDelta(n, k) - exp(a[k]) / Total(exp(a[i])),
                    "the first is 1 if n is k, else 0, which delta stands for; of the sum one term has "
                    "a_k in it",
                ),
                line(sp.KroneckerDelta(n, k) - q[k], "which is q_k: what one outcome gains, all others lose"),
            ),
        ),
    )


@as_written
def _product() -> Part:
    return Part(
        "The product: the gradient",
        (
            "L depends on the logit through every log q, so by the chain rule",
            chain(
                D(L, a[k]),
                line(Total(D(L, log(q[i])) * D(log(q[i]), a[k])), "the chain rule, through every log q_i"),
                line(
                    Total(-p[i] * (sp.KroneckerDelta(i, k) - q[k])),
                    "the sensitivity of part 2, the score of part 3",
                ),
                line(q[k] * Total(p[i]) - p[k], "the delta picks the term k; q_k is the same in all others"),
                line(q[k] - p[k], "the p add up to 1", Eq(Total(p[i]), 1)),
            ),
        ),
    )


@as_written
def _meaning() -> Part:
    return Part(
        "What it means",
        (
            "At the end of a fit the gradient is 0:",
            chain(
                Eq(D(L, a[k]), 0),
                line(Eq(q[k] * Total(p[i]), p[k]), "part 4"),
                line(
                    Eq(q[k], p[k] / Total(p[i])),
                    "which is above 0",
                    times=1 / Total(p[i]),
                ),
            ),
            "Q becomes P, made to add up to 1 (where a $p_k$ is 0 its logit falls for ever). And if all "
            "logits grow by the same number nothing changes, because what one log q answers to all of "
            "them adds up to 0:",
            chain(
                Total(D(log(q[n]), a[i])),
                line(Total(sp.KroneckerDelta(n, i) - q[i]), "part 3, for every logit"),
                line(1 - Total(q[i]), "one delta among them is 1"),
                line(sp.S.Zero, "and the q add up to 1"),
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
                line(D(q[k] * Total(p[i]) - p[k], a[k]), "the gradient of part 4, once more"),
                line(q[k] * (1 - q[k]) * Total(p[i]), "the score of part 3, at i = k, times q_k"),
                line(q[k] * (1 - q[k]), "the p add up to 1", Eq(Total(p[i]), 1)),
            ),
            "Never negative, and at any logits. The mixed derivatives are minus $q_k$ times $q_n$, so in "
            "a direction u the second derivative is the variance of u under q: the loss is convex.",
        ),
    )

"""Averages over samples: what people write with log q and log p of samples, and the words for it.

Samples x are drawn from q and held fixed; d = log q(x) - log p(x). The value of an average estimates
E_q[value], and a loss's step follows E_q[g d log q(x)], g its derivative by log q(x): two questions.
E_q[d log q] = 0, so a constant in g moves nothing; g = d gives grad KL(q || p); g = -exp(-d) = -p/q gives
grad KL(p || q), for E_q[-(p/q) d log q] = -E_p[d log q].
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..._types import Array

K2 = "loss = (0.5 * (log_q - log_p)**2).mean()  # k2\nprinted = (log_q - log_p).mean()  # k1"
NLL = "loss = -log_q.mean()"

SLIPS: dict[str, tuple[str, str]] = {
    "k1 as a loss": (
        "k1 estimates the value of KL(q || p); as a loss with the samples held fixed its expected gradient "
        "is 0, and log_p does not enter it at all.",
        K2,
    ),
    "k3 as a loss": (
        "k3 estimates the value of KL(q || p), but its expected gradient is p_q - p_p, that of the forward "
        "KL(p || q).",
        K2,
    ),
    "gradient of the other direction": (
        "The expected gradient is that of {other}, not of {meant}.",
        "{line}",
    ),
    "no gradient": ("No gradient reaches log_q: it is detached.", K2),
    "another gradient": ("The expected gradient is not that of a KL.", "{line}"),
    "ratio upside down": (
        "The sign of d is wrong: exp(d) - 1 - d is k3 for samples of p; on samples of q it estimates no KL.",
        "d = log_q - log_p; kl = ((-d).exp() - 1 + d).mean()",
    ),
    "constant missing": (
        "The -1 of k3 is missing: it is exp(-d) - 1 + d.",
        "d = log_q - log_p; kl = ((-d).exp() - 1 + d).mean()",
    ),
    "absolute value": (
        "The absolute value is taken: single terms of a KL may be negative, and without their sign they "
        "estimate no KL.",
        K2,
    ),
    "clamped at zero": (
        "What is negative is set to 0: the average is biased upwards, and has no gradient there.",
        K2,
    ),
    "weighted by q again": (
        "The terms are weighted by q, though the samples are drawn from q already: q counts twice.",
        K2,
    ),
    "weighted by p": ("The terms are weighted by p; samples of q need the weight p/q.", K2),
    "weight of the other samples": (
        "The weight is q/p, which samples of p need; for samples of q it counts q twice.",
        K2,
    ),
    "not drawn from q": (
        "An average over samples that were not drawn from q: no KL, and it may have either sign.",
        "kl = (log_q.exp() * (log_q - log_p)).sum(-1)",
    ),
    "direction": ("This estimates {found}; {meant} was meant.", "{line}"),
    "likelihood without its log": ("The likelihood itself is averaged, where its logarithm is due.", NLL),
    "entropy of p left out": (
        "The cross-entropy: KL(p || q) plus the entropy of p, which no parameter of q moves. "
        "A density's entropy may be negative, so the value may be, too.",
        "kl = -log_q.mean() - entropy_of_p  # the same gradient",
    ),
    "sign of the whole": ("The whole has the wrong sign.", "-loss"),
    "half forgotten": ("The factor 1/2 is missing.", "0.5 * loss"),
    "factor of the whole": ("The whole is multiplied by {factor}.", "loss / {factor}"),
    "sum over the samples": ("The sum is taken over the samples, where their mean is meant.", "{line}"),
    "mean over the samples": ("The mean is taken over the samples, where their sum is meant.", "{line}"),
}


class Form(NamedTuple):
    """One estimator: its terms.

    estimates: the KL whose value it has without bias; slip: what is wrong with it, if anything.
    """

    name: str
    says: str
    terms: Mapping[str, float]
    estimates: str = ""
    slip: str = ""


_D = {"log_q": 1.0, "log_p": -1.0}
Q_P, P_Q = "KL(q || p)", "KL(p || q)"
_K3 = {"exp(-d)": 1.0, "1": -1.0, **_D}
_UPSIDE_DOWN = {"exp(d)": 1.0, "1": -1.0, "log_q": -1.0, "log_p": 1.0}
_CLAMP = {"|d|": 0.5, "log_q": 0.5, "log_p": -0.5}
FORMS = (
    Form("k1", "k1, the mean of log_q - log_p over samples of q", _D, Q_P),
    Form("k2", "k2, half of the mean of (log_q - log_p)^2", {"d^2": 0.5}),
    Form("k3", "k3, the mean of exp(-d) - 1 + d, d = log_q - log_p", _K3, Q_P),
    Form("", "the mean of exp(d) - 1 - d, d = log_q - log_p", _UPSIDE_DOWN, "", "ratio upside down"),
    Form("", "the mean of exp(-d) + d, d = log_q - log_p", {"exp(-d)": 1.0, **_D}, "", "constant missing"),
    Form("", "the mean of |log_q - log_p|", {"|d|": 1.0}, "", "absolute value"),
    Form("", "the mean of max(log_q - log_p, 0)", _CLAMP, "", "clamped at zero"),
    Form("importance", "the mean of (p/q) log(p/q) over samples of q", {"d exp(-d)": -1.0}, P_Q),
    Form("", "the mean of (q/p) log(q/p)", {"d exp(d)": 1.0}, "", "weight of the other samples"),
    Form("twice", "the sum of q (log_q - log_p)", {"q d": 1.0}, "", "weighted by q again"),
    Form("by p", "the sum of p (log_p - log_q)", {"p d": -1.0}, "", "weighted by p"),
    Form("score", "the score function's surrogate, the mean of d.detach() * log_q", {"d log_q": 1.0}),
)
ALONE = (
    Form("nll", "minus the mean log-likelihood, the cross-entropy of p and q", {"log_q": -1.0}, P_Q),
    Form("likelihood", "minus the mean likelihood", {"q": -1.0}, "", "likelihood without its log"),
)


def columns(log_q: Array, log_p: Array | None) -> dict[str, Array]:
    """What is added up, for each sample."""
    with np.errstate(over="ignore"):
        q = np.exp(log_q)
        found = {"1": np.ones_like(log_q), "log_q": log_q, "q": q}
        if log_p is None:
            return found | {"log_q^2": log_q**2}
        d, p = log_q - log_p, np.exp(log_p)
        powers = {"|d|": np.abs(d), "d^2": d * d, "d log_q": d * log_q}
        ratios = {
            "exp(-d)": np.exp(-d),
            "exp(d)": np.exp(d),
            "d exp(-d)": d * np.exp(-d),
            "d exp(d)": d * np.exp(d),
        }
        return found | {"log_p": log_p, "p": p, "q d": q * d, "p d": p * d} | powers | ratios


def slopes(log_q: Array, log_p: Array | None) -> dict[str, Array]:
    """What the derivative by log_q of one sample may be made of."""
    with np.errstate(over="ignore"):
        q = np.exp(log_q)
        if log_p is None:
            return {"1": np.ones_like(q), "q": q, "log_q": log_q}
        d, p = log_q - log_p, np.exp(log_p)
        steps = {"sign d": np.sign(d), "q": q, "q d": q * d, "p": p, "p d": p * d}
        powers = {"1": np.ones_like(d), "d": d, "d^2": d * d, "log_q": log_q}
        up, down = np.exp(d), np.exp(-d)
        return steps | powers | {"exp(-d)": down, "exp(d)": up, "d exp(-d)": d * down, "d exp(d)": d * up}

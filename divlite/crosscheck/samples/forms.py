"""Averages over samples: what people write with log q and log p of samples.

Samples x are drawn from q and held fixed; d = log q(x) - log p(x). The value of an average estimates
E_q[value], and a loss's step follows E_q[g d log q(x)], g its derivative by log q(x): two questions.
E_q[d log q] = 0, so a constant in g moves nothing; g = d gives grad KL(q || p); g = -exp(-d) = -p/q gives
grad KL(p || q), for E_q[-(p/q) d log q] = -E_p[d log q].
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..._types import Array
from ...language import phrase, template

K2 = "loss = (0.5 * (log_q - log_p)**2).mean()  # k2\nprinted = (log_q - log_p).mean()  # k1"
NLL = "loss = -log_q.mean()"


class Form(NamedTuple):
    """One estimator: its terms. says: what it is, with braces for the word "mean".

    estimates: the KL whose value it has without bias; slip: what is wrong with it, if anything.
    """

    name: str
    says: str
    terms: Mapping[str, float]
    estimates: str = ""
    slip: str = ""

    def said(self, summed: bool = False) -> str:
        """What it is, or what its sum is in the place of the mean."""
        return phrase(self.says, mean=phrase("sum") if summed else phrase("mean"))


_D = {"log_q": 1.0, "log_p": -1.0}
Q_P, P_Q = "KL(q || p)", "KL(p || q)"
_K3 = {"exp(-d)": 1.0, "1": -1.0, **_D}
_UPSIDE_DOWN = {"exp(d)": 1.0, "1": -1.0, "log_q": -1.0, "log_p": 1.0}
_CLAMP = {"|d|": 0.5, "log_q": 0.5, "log_p": -0.5}
FORMS = (
    Form("k1", template("k1, the {mean} of log_q - log_p over samples of q"), _D, Q_P),
    Form("k2", template("k2, half of the {mean} of (log_q - log_p)^2"), {"d^2": 0.5}),
    Form("k3", template("k3, the {mean} of exp(-d) - 1 + d, d = log_q - log_p"), _K3, Q_P),
    Form(
        "", template("the {mean} of exp(d) - 1 - d, d = log_q - log_p"), _UPSIDE_DOWN, "", "ratio upside down"
    ),
    Form(
        "",
        template("the {mean} of exp(-d) + d, d = log_q - log_p"),
        {"exp(-d)": 1.0, **_D},
        "",
        "constant missing",
    ),
    Form("", template("the {mean} of |log_q - log_p|"), {"|d|": 1.0}, "", "absolute value"),
    Form("", template("the {mean} of max(log_q - log_p, 0)"), _CLAMP, "", "clamped at zero"),
    Form("importance", template("the {mean} of (p/q) log(p/q) over samples of q"), {"d exp(-d)": -1.0}, P_Q),
    Form("", template("the {mean} of (q/p) log(q/p)"), {"d exp(d)": 1.0}, "", "weight of the other samples"),
    Form("twice", template("the sum of q (log_q - log_p)"), {"q d": 1.0}, "", "weighted by q again"),
    Form("by p", template("the sum of p (log_p - log_q)"), {"p d": -1.0}, "", "weighted by p"),
    Form(
        "score",
        template("the score function's surrogate, the {mean} of d.detach() * log_q"),
        {"d log_q": 1.0},
    ),
)
ALONE = (
    Form(
        "nll", template("minus the {mean} log-likelihood, the cross-entropy of p and q"), {"log_q": -1.0}, P_Q
    ),
    Form(
        "likelihood", template("minus the {mean} likelihood"), {"q": -1.0}, "", "likelihood without its log"
    ),
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

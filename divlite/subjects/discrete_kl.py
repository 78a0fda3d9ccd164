"""KL between discrete distributions, by the logits of Q."""

from typing import Any, NamedTuple

import numpy as np

from .. import _check
from .._types import Array
from ..discrete import d_kl_div_logits, kl_div, log_softmax, softmax
from ..evidence import Evidence
from ..evidence.experiment import logits
from ..language import phrase, template

WORDS = template(
    "These are random numbers of the third article, for three outcomes. The logits are {a}. Their softmax "
    "$q$ is {q}, and $p$ is {p}. $k$ is the first outcome."
)


class DiscreteKL(NamedTuple):
    """KL(P || softmax(a)), for random numbers of the third article."""

    name = "discrete-kl"
    summary = phrase("KL(P || softmax(a)) by the logits a: softmax minus target.")
    loss = None

    def asked(self, wrt: str | None, coordinate: str | None, at: Any) -> "DiscreteKL":
        _check.one_of("wrt", wrt or "logits", ("logits",))
        for name, given, what in (("coordinates", coordinate, "sigma"), ("at", at, "mu and sigma")):
            if given is not None:
                _check.fail(name, f"none, for discrete-kl has no {what}", _check.shown(given))
        return self

    def derivation(self) -> Any:
        from ..derive.discrete_kl import derivation

        return derivation()

    def evidence(self) -> Evidence:
        from ..derive import notation
        from ..derive.notation import i

        (a, p), n = logits(), notation
        q = softmax(a)

        def measured(*a: float) -> tuple[float, ...]:
            return float(kl_div(log_softmax(a), p, "sum")), *d_kl_div_logits(a, p, reduction="sum").tolist()

        value, d, *_ = measured(*a)
        return Evidence(
            words=phrase(WORDS, a=_shown(a), q=_shown(q), p=_shown(p)),
            known={n.a[i]: a, n.p[i]: p, n.q[i]: q},
            library={
                "dl.kl_div(dl.log_softmax(a), p, 'sum')": {"L": value},
                "dl.d_kl_div_logits(a, p, reduction='sum')[0]": {"dL/da_k": d},
            },
            functions=(kl_div, d_kl_div_logits),
            measured=measured,
            theta=tuple(a.tolist()),
            size=float(np.linalg.norm(q * p.sum() + p)),
        )

    def by_torch(self) -> tuple[float, ...]:
        from divlite_torch.gradients import d_kl_div_logits

        return tuple(d_kl_div_logits(*logits()).tolist())


def _shown(numbers: Array) -> str:
    return ", ".join(f"{u:.4g}" for u in numbers)

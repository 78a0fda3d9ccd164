"""KL between discrete distributions, by the logits of Q."""

from typing import Any, NamedTuple

import numpy as np

from .. import _check, discrete
from ..evidence import Evidence, Measured
from ..evidence.experiment import logits

WORDS = (
    "These are random numbers of the third article, for three outcomes. The logits are {a}. Their softmax "
    "$q$ is {q}, and $p$ is {p}. $k$ is the first outcome."
)


class DiscreteKL(NamedTuple):
    """KL(P || softmax(a)), for random numbers of the third article."""

    name = "discrete-kl"
    summary = "KL(P || softmax(a)) by the logits a: softmax minus target"
    loss = None

    def asked(self, wrt: str | None, coordinate: str | None, at: Any) -> "DiscreteKL":
        _check.one_of("wrt", "logits" if wrt is None else wrt, ("logits",))
        if coordinate is not None:
            _check.fail("coordinates", "none, for discrete-kl has no sigma", coordinate)
        if at is not None:
            _check.fail("at", "none, for discrete-kl has no mu and sigma", _check.shown(at))
        return self

    def derivation(self) -> Any:
        from ..derive.discrete_kl import derivation

        return derivation()

    def evidence(self) -> Evidence:
        from ..derive import notation

        a, p = logits()
        q, d = discrete.softmax(a), discrete.d_kl_div_logits(a, p, reduction="sum")

        def value(a: Any) -> float:
            return float(discrete.kl_div(discrete.log_softmax(a), p, "sum"))

        size = float(np.linalg.norm(q * p.sum() + p)) + abs(value(a))
        return Evidence(
            words=WORDS.format(**{name: ", ".join(f"{u:.4g}" for u in v) for name, v in zip("apq", (a, p, q))}),
            known={base[notation.i]: v for base, v in ((notation.a, a), (notation.p, p), (notation.q, q))},
            place=0,
            library=(
                ("dl.kl_div(dl.log_softmax(a), p, 'sum')", {"L": value(a)}),
                ("dl.d_kl_div_logits(a, p, reduction='sum')[0]", {"dL/da_k": d[0]}),
            ),
            functions=(discrete.kl_div, discrete.d_kl_div_logits),
            measured=Measured(tuple(d), value, tuple(a), 1e-3, size, "its |terms| + |L|"),
        )

    def by_torch(self) -> tuple[float, ...]:
        from divlite_torch import gradients

        return tuple(gradients.d_kl_div_logits(*logits()).tolist())

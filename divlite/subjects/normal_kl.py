"""KL between two Normals, in closed form: no grid."""

from typing import Any, NamedTuple

from .. import _check, closed_form, families
from .._types import Family
from ..evidence import Evidence, Measured
from ..evidence.experiment import START, TARGET
from ..families import Normal

P = TARGET.components[1]
WORDS = (
    "These are Normals of the first article. P is the mode with $m = {p.mu:g}$ and $s = {p.sigma:g}$. Q has "
    "$mu = {q.mu:.4g}$ and $sigma = {q.sigma:.4g}$."
)


class NormalKL(NamedTuple):
    """KL(P || Q), for the right mode of the articles' P, and this Q."""

    q: Family = START
    wrt: str | None = None
    coordinate: str = "sigma"

    name = "normal-kl"
    summary = "KL(P || Q) between two Normals, in closed form"
    loss = None

    def asked(self, wrt: str | None, coordinate: str | None, at: Any) -> "NormalKL":
        q = families.checked(START if at is None else at, "at")
        if type(q) is not Normal:
            _check.fail("at", "a Normal(mu, sigma)", _check.shown(q))
        return NormalKL(q, wrt, coordinate or "sigma")

    def derivation(self) -> Any:
        from ..derive.normal_kl import derivation
        from ..derive.request import request

        return derivation(request(self.wrt, self.coordinate))

    def evidence(self) -> Evidence:
        from ..derive import notation
        from ..evidence.numbers import coordinates, scalars

        (mu, sigma), (m, s) = self.q[:2], P
        value, d = closed_form.normal_kl(P, self.q), closed_form.d_normal_kl(P, self.q)
        z, r = (m - mu) / sigma, s / sigma
        size = (abs(z) + 1.0 + r * r + z * z) / sigma + value / sigma
        return Evidence(
            words=WORDS.format(p=P, q=self.q),
            known={notation.m: m, notation.s: s} | scalars(self.q) | coordinates(sigma),
            place=0,
            library=(
                ("dl.normal_kl(p, q)", {"L": value}),
                ("dl.d_normal_kl(p, q)", {"dL/dmu": d.mu, "dL/dsigma": d.sigma}),
            ),
            functions=(closed_form.kl, closed_form.d_kl),
            measured=Measured(d, lambda q: closed_form.normal_kl(P, Normal(*q)), (mu, sigma), 1e-3 * sigma, size),
        )

    def by_torch(self) -> tuple[float, ...]:
        from divlite_torch import gradients

        return tuple(gradients.d_normal_kl(P, self.q))

"""KL between two Normals, in closed form: no grid."""

from typing import Any, NamedTuple

from .. import _check, families
from ..closed_form import d_kl, d_normal_kl, kl, normal_kl
from ..evidence import Evidence
from ..evidence.experiment import START, TARGET
from ..families import Normal
from ..language import phrase, template

P: Any = TARGET.components[1]
WORDS = template(
    "These are Normals of the first article. $P$ is the mode with $m = {p.mu:g}$ and $s = {p.sigma:g}$. $Q$ "
    "has $mu = {q.mu:.4g}$ and $sigma = {q.sigma:.4g}$."
)


class NormalKL(NamedTuple):
    """KL(P || Q), for a mode P of the articles and this Q."""

    q: Normal = START
    wrt: str | None = None
    coordinate: str = "sigma"

    name = "normal-kl"
    summary = phrase("KL(P || Q) between two Normals, in closed form.")
    loss = None

    def asked(self, wrt: str | None, coordinate: str | None, at: Any) -> "NormalKL":
        q = families.checked(START if at is None else at, "at", families.NORMAL)
        if not isinstance(q, Normal):
            _check.fail("at", families.NORMAL, _check.shown(q))
        return NormalKL(q, wrt, coordinate or "sigma")

    def derivation(self) -> Any:
        from ..derive.normal_kl import derivation
        from ..derive.request import request

        return derivation(request(self.wrt, self.coordinate))

    def evidence(self) -> Evidence:
        from ..derive import notation
        from ..evidence.numbers import of_q

        (m, s), (mu, sigma), gradient = P, self.q, d_normal_kl(P, self.q)._asdict()
        z, r = (m - mu) / sigma, s / sigma

        def measured(mu: float, sigma: float) -> tuple[float, ...]:
            return kl(m, s, mu, sigma), *d_kl(m, s, mu, sigma)

        return Evidence(
            words=phrase(WORDS, p=P, q=self.q),
            known={notation.m: m, notation.s: s} | of_q(self.q),
            library={
                "dl.normal_kl(p, q)": {"L": normal_kl(P, self.q)},
                "dl.d_normal_kl(p, q)": {f"dL/d{name}": d for name, d in gradient.items()},
            },
            functions=(kl, d_kl),
            measured=measured,
            theta=self.q,
            unit=sigma,
            size=(abs(z) + 1.0 + r * r + z * z) / sigma,
        )

    def by_torch(self) -> tuple[float, ...]:
        from divlite_torch.gradients import d_normal_kl

        return tuple(d_normal_kl(P, self.q))

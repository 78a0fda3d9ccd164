"""Whose gradient an estimator has, with the samples held fixed."""

from typing import NamedTuple

from ...language import phrase
from .. import vocabulary
from ..report import Finding
from .forms import K2, NLL, P_Q, Q_P, Form
from .probes import Fitted, Place

FORWARD = "weight = (log_p - log_q).exp().detach()  # p/q\nloss = -(weight * (log_q - log_p)).mean()"


class Case(NamedTuple):
    """fn = factor * prod n_i^powers * form; slope: its derivative by log_q over that factor.

    whole: the arrays are whole distributions, not samples.
    """

    form: Form
    factor: float
    powers: tuple[int, ...]
    found: Fitted
    slope: dict[str, float] | None
    meant: str
    mean: str | None
    whole: bool
    place: Place


def finding(name: str, evidence: str, factor: float | None = None, /, **more: str) -> Finding:
    return vocabulary.finding("samples", name, evidence, factor, k2=K2, nll=NLL, **more)


def exact(case: Case) -> bool:
    """Whether this is the sum over all classes of whole distributions, weighted by one of them."""
    return case.whole and case.form.name in {"twice", "by p"}


def estimates(case: Case) -> str:
    if exact(case):
        return Q_P if case.form.name == "twice" else P_Q
    return case.form.estimates


def _moving(case: Case) -> dict[str, float] | None:
    """The derivative without its constant, which moves nothing on average."""
    return None if case.slope is None else {key: c for key, c in case.slope.items() if key != "1"}


def _only(terms: dict[str, float] | None, *due: tuple[str, float]) -> bool:
    return terms is not None and set(terms) == {key for key, _ in due} and all(
        abs(terms[key] - c) < 1e-5 for key, c in due
    )  # fmt: skip


def right_gradient(case: Case) -> bool:
    """Whether the expected gradient is that of what is meant."""
    moving = _moving(case)
    if exact(case):
        due = [("q d", 1.0), ("q", 1.0)] if case.form.name == "twice" else [("p", -1.0)]
        return _only(moving, *due) and estimates(case) == case.meant
    if case.place.p is None:
        return _only(case.slope, ("1", -1.0)) and case.meant == P_Q
    return _only(moving, ("d", 1.0) if case.meant == Q_P else ("exp(-d)", -1.0))


def gradient(case: Case) -> list[Finding]:
    """What is wrong with the gradient."""
    if right_gradient(case):
        return []
    slope, moving = case.slope, _moving(case)
    evidence = phrase("d loss / d log_q of one sample, times their number, is {}", _written(slope))
    if slope == {}:
        return [finding("no gradient", evidence)]
    if moving == {} and case.place.p is not None:
        return [finding("k1 as a loss", evidence)]
    other = Q_P if case.meant == P_Q else P_Q
    if _only(moving, ("exp(-d)", -1.0)) or _only(moving, ("d", 1.0)):
        if case.form.name == "k3" and case.meant == Q_P:
            return [finding("k3 as a loss", evidence)]
        line = K2 if case.meant == Q_P else FORWARD
        return [
            finding("gradient of the other direction", evidence, other=other, meant=case.meant, line=line)
        ]
    return (
        [finding("another gradient", evidence, line=K2 if case.meant == Q_P else FORWARD)]
        if estimates(case) == case.meant or not estimates(case)
        else []
    )


def _written(slope: dict[str, float] | None) -> str:
    if slope is None:
        return phrase("no sum of the usual terms")
    return " + ".join(f"{c:.4g}" + (f" {key}" if key != "1" else "") for key, c in slope.items()) or "0"

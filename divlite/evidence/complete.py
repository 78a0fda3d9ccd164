"""A derivation made complete: the numbers, the code and the witnesses after its own parts."""

from collections.abc import Callable
from typing import Any

from .. import _check, families
from .._types import Loss
from ..derive import derive, named, proof
from ..derive.notation import Derivation, Part, carried_out
from ..families import Normal
from . import example, outside, witnesses
from .experiment import GRID, START


@carried_out
def build(what: Loss | str, wrt: str | None, coordinates: Any, at: Any, autograd: bool) -> Derivation:
    """The derivation that `divlite.explain` documents, checked at the door."""
    derivation = derive(what, wrt, coordinates)
    loss = named(what).loss if isinstance(what, str) else what
    q = start(derivation.name, at)
    return complete(
        derivation,
        loss,
        q,
        lambda: outside.autograd(loss, derivation.name, q) if autograd else witnesses.LATER,
    )


def start(name: str, at: Any) -> Normal:
    """The Normal whose numbers are put in, checked."""
    if name == "discrete-kl" and at is not None:
        _check.fail("at", "none, for discrete-kl has no mu and sigma", _check.shown(at))
    q = families.checked(START if at is None else at, "at")
    if name != "normal-kl" and not 1e-100 < q.prob(GRID.x).max() < 1e100:
        _check.fail(
            "at", "a Normal that is seen on the grid, from -15 to 15", f"Normal({q.mu:g}, {q.sigma:g})"
        )
    return q


def complete(derivation: Derivation, loss: Loss | None, q: Normal, autograd: Callable[[], Any]) -> Derivation:
    """The parts 1 to 6 as derived, and 7 to 9; `autograd` returns what `outside.autograd` does."""
    parts = *derivation.parts, *examples(derivation, loss, q), figures(derivation, loss, q, autograd)
    return derivation._replace(parts=parts)


def examples(derivation: Derivation, loss: Loss | None, q: Normal) -> tuple[Part, Part]:
    """Parts 7 and 8: the numbers and the code."""
    return example.part(derivation, loss, q), witnesses.code(loss, derivation.name)


def figures(derivation: Derivation, loss: Loss | None, q: Normal, autograd: Callable[[], Any]) -> Part:
    """Part 9: the proof, made now, and the witnesses from outside."""
    verdicts, anchored = proof.prove(derivation, count=2), proof.anchors(derivation, loss, count=2)
    error = outside.differences(loss, derivation.name, q)
    return witnesses.part(verdicts, anchored, error, autograd(), derivation.name)

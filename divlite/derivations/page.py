"""A derivation made complete: the numbers, the code and the witnesses after its own parts."""

from typing import Any

from .. import _check
from .._types import Loss
from ..densities import Normal, normal
from . import derive, example, named, proof, witnesses
from .notation import Derivation

TORCH = object()  # stands for: ask torch, here and now


def build(what: Loss | str, wrt: str | None, coordinates: Any, at: Any, autograd: Any = TORCH) -> Derivation:
    """The parts 1 to 6 as derived, and 7 to 9; `autograd` returns that witness's figure."""
    derivation = derive(what, wrt, coordinates)
    loss = named(what).loss if isinstance(what, str) else what
    if derivation.name == "discrete-kl" and at is not None:
        _check.fail("at", "none, for discrete-kl has no mu and sigma", _check.shown(at))
    q = normal.checked(example.START if at is None else at, "at")
    verdicts = proof.prove(derivation, count=1)
    anchored = [] if loss is None else proof.anchors(derivation, loss, count=1)
    numbers = example.part(derivation, loss, q)
    error = witnesses.differences(loss, derivation.name, q)
    other = witnesses.autograd(loss, derivation.name, q) if autograd is TORCH else autograd()
    parts = (
        *derivation.parts,
        numbers,
        witnesses.code(loss, derivation.name),
        witnesses.part(verdicts, anchored, error, other),
    )
    return derivation._replace(parts=parts)

"""The witnesses from outside: differences of the loss, and torch's autograd. No SymPy is needed for them."""

import importlib.util
from functools import partial
from typing import Any

from ..derivative import difference
from . import Measured

Answer = tuple[tuple[float, ...], str] | None


def differences(measured: Measured) -> tuple[float, ...]:
    """The gradient by fourth-order differences of the loss."""

    def moved(place: int, e: float) -> float:
        return measured.value(tuple(t + e * (j == place) for j, t in enumerate(measured.theta)))

    return tuple(difference(partial(moved, j), measured.step) for j in range(len(measured.theta)))


def autograd(subject: Any) -> Answer:
    """The gradient by torch's autograd, and torch's version; None where torch is missing."""
    if importlib.util.find_spec("torch") is None:
        return None
    import torch

    return subject.by_torch(), str(torch.__version__)

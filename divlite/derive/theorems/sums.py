"""A function of several sums: L = C(A, B, ...), where each sum has its own sensitivity."""

from typing import Any

from ...losses import protocol
from .. import run
from ..notation import *
from ..request import Request
from .pointwise import power_of, simple


@carried_out
def _scaled(loss: Any, ratio: Any, vectors: tuple[Any, ...]) -> Any:
    """The ratio of L to itself after these vectors became c times as large."""
    definitions = run.definitions(loss)
    grown = {e: ratio * e for e in definitions[L].free_symbols}
    return grown

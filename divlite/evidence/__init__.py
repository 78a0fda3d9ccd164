"""What stands behind a derivation besides its proof: the articles' numbers, the code, the witnesses."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

Answer = tuple[tuple[float, ...], str] | None
"""A gradient by torch's autograd, and torch's version; None where torch is missing."""


class Evidence(NamedTuple):
    """What a subject brings for the parts 7 to 9, at one place theta.

    words: where the numbers come from. known, k: as `numbers.Numbers` has them.
    library: calls of the library's functions, and what they return. functions: those that run.
    measured: theta -> L and its gradient. size: the sum of the gradient's |terms|.
    unit: of theta, such as sigma.
    """

    words: str
    known: Mapping[Any, Any]
    library: Mapping[str, Mapping[str, float]]
    functions: Iterable[Callable[..., Any]]
    measured: Callable[..., tuple[float, ...]]
    theta: tuple[float, ...]
    size: float
    unit: float = 1.0
    k: int = 0

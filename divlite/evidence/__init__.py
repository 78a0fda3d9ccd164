"""What stands behind a derivation besides its proof: the articles' numbers, the code, the witnesses."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np


class Measured(NamedTuple):
    """A gradient at one place, and what it can be compared with.

    value: L as a function of the parameters theta. step: that of differences. size: the sum of the gradient's
    |terms|, and |L| in the same unit, for near an optimum the gradient itself is next to nothing; of: in words.
    """

    gradient: tuple[float, ...]
    value: Callable[[tuple[float, ...]], float]
    theta: tuple[float, ...]
    step: float
    size: float
    of: str = "its |terms| + |L|/sigma"

    def error(self, other: tuple[float, ...]) -> float:
        """The length of the difference between both gradients, relative to the size."""
        return float(np.linalg.norm(np.subtract(self.gradient, other))) / max(self.size, 1e-300)


class Evidence(NamedTuple):
    """What a subject gives for the parts 7 to 9, at one place.

    words: where the numbers come from. known, place: as `numbers.Numbers` has them. library: calls of the
    library's functions, and what they return. functions: those that run.
    """

    words: str
    known: Mapping[Any, Any]
    place: int
    library: tuple[tuple[str, Mapping[str, float]], ...]
    functions: tuple[Callable[..., Any], ...]
    measured: Measured

"""The types the core speaks."""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.float64]

Sums: TypeAlias = Any
"""A number (or array) for a loss that is one sum, a tuple of them for a loss made from several."""

Progress: TypeAlias = Callable[[int], object]
"""Told how many steps of a fit are done."""


class Density(Protocol):
    """What a target must offer: its log density at the points of a grid."""

    def log_prob(self, x: ArrayLike, /) -> Array: ...


class Loss(Protocol):
    """A divergence as two elementwise formulas; `divlite.losses` says what they mean."""

    def value(self, p: Array, log_p: Array, q: Array, log_q: Array, /) -> Sums: ...

    def d_log_q(self, p: Array, log_p: Array, q: Array, log_q: Array, /) -> Sums: ...


class Coordinates(Protocol):
    """Which number the optimiser moves in place of sigma; see `divlite.coordinates`."""

    def to_sigma(self, t: float, /) -> float: ...

    def from_sigma(self, sigma: float, /) -> float: ...

    def d_sigma(self, sigma: float, /) -> float: ...


class Optimizer(Protocol):
    """A pair of pure functions, for one number at a time; see `divlite.optimizers`."""

    def init(self) -> Any: ...

    def step(self, theta: float, g: float, state: Any, t: float, /) -> tuple[float, Any]: ...

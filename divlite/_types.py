"""The types the core speaks."""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, TypeVar

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


class Family(Protocol):
    """A member of a location and scale family; `divlite.families` says what its formulas mean."""

    @property
    def mu(self) -> float: ...

    @property
    def sigma(self) -> float: ...

    def log_prob(self, x: ArrayLike, /) -> Array: ...

    def prob(self, x: ArrayLike, /) -> Array: ...

    def score(self, x: ArrayLike, /) -> tuple[Array, Array]: ...

    def cdf(self, x: ArrayLike, /) -> Array: ...

    def sf(self, x: ArrayLike, /) -> Array: ...

    def quantile(self, u: ArrayLike, /) -> Array: ...

    def log_kernel(self, z: Any, /) -> Any: ...

    def pull(self, z: Any, /) -> Any: ...

    def log_mass(self) -> Any: ...

    def standard_cdf(self, z: Any, /) -> Any: ...

    def standard_sf(self, z: Any, /) -> Any: ...

    def standard_quantile(self, u: Array, /) -> Array: ...


Q = TypeVar("Q", bound=Family)


class Loss(Protocol):
    """A divergence as elementwise formulas; `divlite.losses` says what they mean.

    Beside `value` the derivative, under the name that the loss's view gives it: `d_log_q` for densities.
    """

    def value(self, p: Array, log_p: Array, q: Array, log_q: Array, /) -> Sums: ...


class Coordinates(Protocol):
    """Which number the optimiser moves in place of sigma; see `divlite.coordinates`."""

    def to_sigma(self, t: float, /) -> float: ...

    def from_sigma(self, sigma: float, /) -> float: ...

    def d_sigma(self, sigma: float, /) -> float: ...


class Optimizer(Protocol):
    """A pair of pure functions, for one number at a time; see `divlite.optimizers`."""

    def init(self) -> Any: ...

    def step(self, theta: float, g: float, state: Any, t: float, /) -> tuple[float, Any]: ...

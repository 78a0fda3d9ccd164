"""Which number the optimiser moves in place of sigma. The mean is always moved as it is.

The minimum does not depend on the coordinate; the path to it does. With t the number moved,
dL/dt = dL/dsigma dsigma/dt.
"""

from typing import Any, NamedTuple

from . import _check
from ._types import Coordinates
from .elementary import exp, log, sqrt
from .losses.protocol import distinct


@distinct
class Sigma(NamedTuple):
    """t = sigma, in units of x. A step can carry it to 0 or below: the fit then stops with an error."""

    def to_sigma(self, t: float) -> float:
        return t

    def from_sigma(self, sigma: float) -> float:
        return sigma

    def d_sigma(self, sigma: float) -> float:
        """dsigma/dt = 1."""
        return 1.0


@distinct
class Variance(NamedTuple):
    """t with sigma^2 = scale t, in units of x squared over those of the scale, a number > 0.

    Scale 1 moves the variance itself. A step can carry t to 0 or below, as with `Sigma`.
    """

    scale: float = 1.0

    def check(self) -> "Variance":
        """The same with a float for its scale. Raises: ValueError for a scale not finite and > 0."""
        return Variance(_check.positive("scale", self.scale))

    def to_sigma(self, t: float) -> Any:
        return sqrt(self.scale * t)  # pyright: ignore[reportArgumentType]

    def from_sigma(self, sigma: float) -> float:
        return sigma * sigma / self.scale

    def d_sigma(self, sigma: float) -> float:
        """dsigma/dt = scale/(2 sigma), from 2 sigma dsigma = scale dt."""
        return 0.5 * self.scale / sigma


@distinct
class LogSigma(NamedTuple):
    """t = log sigma, with sigma in units of x: no step leaves the domain, short of overflow."""

    def to_sigma(self, t: float) -> Any:
        return exp(t)  # pyright: ignore[reportArgumentType]

    def from_sigma(self, sigma: float) -> Any:
        return log(sigma)  # pyright: ignore[reportArgumentType]

    def d_sigma(self, sigma: float) -> float:
        """dsigma/dt = sigma."""
        return sigma


NAMED: dict[str, Coordinates] = {"sigma": Sigma(), "variance": Variance(), "log-sigma": LogSigma()}


def name_of(coordinates: Any) -> str:
    """The name of coordinates that move sigma, sigma^2 or log sigma itself, without a scale."""
    checked = _check.coordinates(coordinates)
    found = [name for name, known in NAMED.items() if known == checked]
    expected = "dl.Sigma(), dl.Variance() or dl.LogSigma()"
    return found[0] if found else _check.fail("coordinates", expected, _check.shown(coordinates))


def to_sigma(coordinates: Any, t: Any) -> Any:
    """sigma from the number the optimiser moves."""
    return coordinates.to_sigma(t)


def from_sigma(coordinates: Any, sigma: Any) -> Any:
    """The number the optimiser moves, from sigma."""
    return coordinates.from_sigma(sigma)


def d_sigma(coordinates: Any, sigma: Any) -> Any:
    """dsigma/dt, as a function of sigma."""
    return coordinates.d_sigma(sigma)

"""What is asked for: the derivative by mu, by the second parameter, and which number that parameter is."""

from typing import Any, NamedTuple

from .. import _check
from .notation import *


class Coordinate(NamedTuple):
    """The number moved in place of sigma: its symbol, and dsigma/dt in the lines that lead to it."""

    symbol: Any
    words: str
    rate: tuple[Line, ...]

    @property
    def d_sigma(self) -> Any:
        """dsigma/dt, as a function of sigma."""
        return self.rate[-1].math if self.rate else sp.S.One


class Request(NamedTuple):
    """Which derivatives are asked for: of mu, of the second parameter, and which number that is."""

    mu: bool
    second: bool
    coordinate: Coordinate

    @property
    def symbol(self) -> Any:
        return self.coordinate.symbol

    def factors(self, second: Any) -> list[tuple[Any, Any]]:
        """(parameter, sigma times its score) for each parameter asked for, under this name for the second."""
        return [*[(mu, z[i])] * self.mu, *[(second, z[i] ** 2 - 1)] * self.second]


with sp.evaluate(False):
    COORDINATES = {
        "sigma": Coordinate(sigma, "sigma", ()),
        "variance": Coordinate(
            v,
            "the variance $v = sigma^2$",
            (
                line(D(sqrt(v), v), "sigma is the square root of the variance"),
                line(1 / (2 * sqrt(v)), "the derivative of a square root"),
                line(1 / (2 * sigma), "the root of v is sigma"),
            ),
        ),
        "log-sigma": Coordinate(
            t,
            "$t = log sigma$",
            (
                line(D(sp.exp(t), t), "sigma is $exp(t)$"),
                line(sp.exp(t), "the exponential function is its own derivative"),
                line(sigma, "$exp(t)$ is sigma"),
            ),
        ),
    }


def request(wrt: str | None, coordinate: str, family: Any = None) -> Request:
    """What is asked for by the names of a parameter and of a coordinate; None stands for both parameters."""
    if wrt is not None:
        _check.one_of("wrt", wrt, ("mu", coordinate))
    return Request(wrt in (None, "mu"), wrt != "mu", COORDINATES[coordinate])

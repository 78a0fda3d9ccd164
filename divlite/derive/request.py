"""What is asked for: the derivative by mu, by the second parameter, which number that is, and Q's family."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from .. import _check
from .. import coordinates as moved
from ..families import Normal as NormalFamily
from ..language import phrase
from . import run
from .notation import *


class Coordinate(NamedTuple):
    """The number moved in place of sigma: its symbol, and dsigma/dt in the lines that lead to it.

    code: the coordinate of `divlite.coordinates` whose formula the last of these lines is.
    """

    symbol: Any
    words: str
    rate: tuple[Line, ...]
    code: Any

    @property
    def d_sigma(self) -> Any:
        """dsigma/dt, as a function of sigma."""
        return self.rate[-1].math if self.rate else sp.S.One


class Request(NamedTuple):
    """Which derivatives are asked for: of mu, of the second parameter; which number that is; for which Q.

    scores: sigma dlog q/dmu and sigma dlog q/dsigma, in z.
    """

    mu: bool
    second: bool
    coordinate: Coordinate
    family: Any
    scores: tuple[Any, Any]

    @property
    def symbol(self) -> Any:
        return self.coordinate.symbol

    def asked(self, of_both: Iterable[Any]) -> list[tuple[Any, Any]]:
        """(parameter, what belongs to it) for each that is asked for, of what belongs to mu and to sigma."""
        both = zip((self.mu, self.second), (mu, sigma), of_both, strict=True)
        return [(theta, its) for wanted, theta, its in both if wanted]

    def factors(self, second: Any) -> list[tuple[Any, Any]]:
        """(parameter, sigma times its score) for each parameter asked for, under this name for the second."""
        return [(second if theta is sigma else theta, score) for theta, score in self.asked(self.scores)]


with sp.evaluate(False):
    COORDINATES = {
        "sigma": Coordinate(sigma, "$sigma$", (), moved.Sigma()),
        "variance": Coordinate(
            v,
            phrase("$v = sigma**2$, the variance of a Normal"),
            (
                line(D(sqrt(v), v), phrase("$sigma$ is the root of $v$")),
                line(1 / (2 * sqrt(v)), phrase("the derivative of a square root")),
                line(1 / (2 * sigma), phrase("the root of $v$ is $sigma$")),
            ),
            moved.Variance(),
        ),
        "log-sigma": Coordinate(
            t,
            "$t = log(sigma)$",
            (
                line(D(sp.exp(t), t), phrase("$sigma$ is $exp(t)$")),
                line(sp.exp(t), phrase("the exponential function is its own derivative")),
                line(sigma, phrase("$exp(t)$ is $sigma$")),
            ),
            moved.LogSigma(),
        ),
    }


def request(wrt: str | None, coordinate: str, family: Any = None) -> Request:
    """What is asked for by the names of a parameter and of a coordinate; None stands for both parameters.

    family: any member of the family of Q; of the Normals, if none is given.
    """
    if wrt is not None:
        _check.one_of("wrt", wrt, ("mu", coordinate))
    member = NormalFamily(0.0, 1.0) if family is None else family
    scores = run.score(member, run.in_z(member), z[i])
    return Request(wrt in (None, "mu"), wrt != "mu", COORDINATES[coordinate], member, scores)

"""What all derivations of a fit share: the score of the Normal, and its product with a sensitivity."""

from collections.abc import Callable
from typing import Any, NamedTuple

from .. import _check
from .notation import *

WHO = (
    "P is the target, Q the Normal, with mean mu and standard deviation sigma, that is fitted to it. "
    "$p_i$ and $q_i$ are their densities at the points $x_i$ of a grid, $w_i$ the weights of these "
    "points, and log is the natural logarithm. "
)
ASK = (
    "The loss's half of the gradient: how does L answer when log q moves at one point $x_k$, and nothing "
    "else does? (The logarithm, because a Normal's is simple, and because where q is 0 to a computer log "
    "q is still a number.) "
)


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
            "the variance $v = sigma**2$",
            (
                line(D(sqrt(v), v), "sigma is the square root of the variance"),
                line(1 / (2 * sqrt(v)), "the derivative of a root"),
                line(1 / (2 * sigma), "back to sigma"),
            ),
        ),
        "log-sigma": Coordinate(
            t,
            "$t = log(sigma)$",
            (
                line(D(sp.exp(t), t), "sigma is e to the t"),
                line(sp.exp(t), "the exponential is its own derivative"),
                line(sigma, "back to sigma"),
            ),
        ),
    }
    LOG_Q = -(z[k] ** 2 / 2) - log(sigma) - log(2 * sp.pi) / 2


@as_written
def score(request: Request) -> Part:
    """The Normal's score, from its log density."""
    content: list[str | Chain] = [
        "The density's half of the chain rule. With the standardised distance $z_k = (x_k - mu)/sigma$, "
        "the logarithm of the Normal density is",
        chain(log(q[k]), line(LOG_Q, "the logarithm of exp(-z^2/2) / (sigma sqrt(2 pi))")),
    ]
    if request.mu:
        content.append(
            chain(
                D(log(q[k]), mu),
                line(D(-(z[k] ** 2 / 2), mu), "the other two terms have no mu in them"),
                line(-z[k] * D(z[k], mu), "the power rule, and the chain rule through z"),
                line(z[k] / sigma, "z falls by 1/sigma as mu grows by 1, and minus times minus is plus"),
            )
        )
    if request.second:
        content.append(
            chain(
                D(log(q[k]), sigma),
                line(-z[k] * D(z[k], sigma) - D(log(sigma), sigma), "sigma is in z, and in -log sigma"),
                line(z[k] ** 2 / sigma - 1 / sigma, "z shrinks in proportion, by z/sigma, as sigma grows"),
                line(
                    (z[k] ** 2 - 1) / sigma,
                    "widening helps the points beyond one sigma, and costs the others",
                ),
            )
        )
        if request.coordinate.rate:
            content.append(f"The number that is moved is {request.coordinate.words}, so one more factor:")
            content.append(chain(D(sigma, request.symbol), *request.coordinate.rate))
    return Part("The score", tuple(content))


@as_written
def product(
    request: Request, sensitivity: Callable[[Any], Any], gradient: Callable[[Any], Any], why: str
) -> Part:
    """The gradient: the chain rule.

    sensitivity: dL/dlog q at a point. gradient: how the loss writes the sum, from sigma times the score, and
    why it may.
    """
    content: list[str | Chain] = [
        "L depends on a parameter through the log density at every point, so by the chain rule the "
        "gradient is a sum of products, the loss's half times the density's."
    ]
    for theta, factor in request.factors(sigma):
        content.append(
            chain(
                D(L, theta),
                line(Total(D(L, log(q[i])) * D(log(q[i]), theta)), "the chain rule, through every log q_i"),
                line(
                    Total(sensitivity(i) * (factor / sigma)), "the sensitivity of part 2, the score of part 3"
                ),
                line(gradient(factor), why),
            )
        )
    if request.second and request.coordinate.rate:
        content.append(
            chain(
                D(L, request.symbol),
                line(D(L, sigma) * D(sigma, request.symbol), "the chain rule once more"),
                line(request.coordinate.d_sigma * gradient(z[i] ** 2 - 1), "both factors are known"),
                line(
                    times(gradient(z[i] ** 2 - 1), request.coordinate.d_sigma),
                    "the powers of sigma together",
                ),
            )
        )
    return Part("The product: the gradient", tuple(content))


@carried_out
def times(a: Any, b: Any) -> Any:
    """The product with its factors brought together; what stands under a sum stays as it is."""
    sums = {total: sp.Dummy(positive=True) for total in a.atoms(Total)}
    product = _evaluated(a.xreplace(sums)) * _evaluated(b)
    return product.xreplace({name: total for total, name in sums.items()})


def _evaluated(math: Any) -> Any:
    return math.func(*map(_evaluated, math.args)) if math.args else math


@as_written
def curvature(
    request: Request, given: tuple[Any, ...], first: Any, end: Any, why: str, *lines: Line
) -> Chain:
    """The second derivative by the second parameter, at an optimum; its lines are those in sigma.

    first: the gradient by sigma. end: the curvature in sigma; in the other coordinates it takes the square of
    dsigma/dt, because the gradient by sigma, which would come with d2sigma/dt2, is 0.
    """
    symbol, rate = request.symbol, request.coordinate.d_sigma
    if symbol is sigma:
        return chain(
            D(D(L, sigma), sigma),
            line(D(first, sigma), "the gradient of part 4, once more"),
            *lines,
            line(end, why, *given),
        )
    return chain(
        D(D(L, symbol), symbol),
        line(
            D(D(L, sigma), sigma) * D(sigma, symbol) ** 2 + D(L, sigma) * D(D(sigma, symbol), symbol),
            "the chain rule, twice",
        ),
        line(
            times(end, rate**2),
            f"{why}: the gradient in the second term is 0",
            *given,
        ),
    )


def also(request: Request) -> list[str | Chain]:
    """What the stationarity in sigma says of the coordinate that is moved in its place."""
    if not (request.second and request.coordinate.rate):
        return []
    return [
        f"The same holds for {request.coordinate.words}: its derivative is that by sigma times that of "
        f"sigma by {request.symbol}, which is never 0, so both are 0 together."
    ]


def over(a: Any, b: Any) -> Any:
    """a/b, or a itself where there is nothing to divide by."""
    return a if b is None else a / b


def request(wrt: str | None, coordinate: str) -> Request:
    """What is asked for by the names of a parameter and of a coordinate; None stands for both parameters."""
    if wrt is not None:
        _check.one_of("wrt", wrt, ("mu", coordinate))
    return Request(wrt in (None, "mu"), wrt != "mu", COORDINATES[coordinate])

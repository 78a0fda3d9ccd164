"""From the derivatives by sigma to those by the number that is moved in its place: one theorem each."""

from typing import Any

from ..language import phrase
from .notation import *
from .request import Request
from .written import power, times

TWO = phrase("the two factors")


def also(request: Request) -> list[str | Chain]:
    """What the stationarity in sigma says of the number that is moved in its place."""
    if not (request.second and request.coordinate.rate):
        return []
    return [
        phrase(
            "The second parameter here is {}. The derivative of $L$ by it is the derivative by $sigma$ "
            "times a factor that is never 0. So both are 0 in the same places.",
            request.coordinate.words,
        )
    ]


@as_written
def first(request: Request, gradient: Any, why: str = TWO) -> Chain:
    """The derivative by the second parameter, from that by sigma; why: where the two factors come from."""
    rate, symbol = request.coordinate.d_sigma, request.symbol
    return chain(
        D(L, symbol),
        line(D(L, sigma) * D(sigma, symbol), phrase("the chain rule again")),
        line(rate * gradient, why),
        line(times(gradient, rate), phrase("the powers of $sigma$ are put together")),
    )


@as_written
def twice(request: Request, steps: tuple[Line, ...], slope: Any = sp.S.Zero) -> list[str | Chain]:
    """The second derivative by the second parameter, from the lines of that by sigma.

    slope: the derivative by sigma, where it is not 0 under the conditions of these lines.
    """
    symbol, rate = request.symbol, request.coordinate.d_sigma
    if not request.coordinate.rate:
        return []
    end, given = times(steps[-1].math, power(rate, 2)), tuple(e for step in steps for e in step.given)
    if slope != 0:
        end += times(slope, rate, carried_out(sp.diff)(rate, sigma))
    both = D(D(L, sigma), sigma) * D(sigma, symbol) ** 2 + D(L, sigma) * D(D(sigma, symbol), symbol)
    why = phrase("both from above") if slope != 0 else phrase("where $D(L, sigma)$ is 0")
    applied = phrase("the chain rule, applied twice")
    return [chain(D(D(L, symbol), symbol), line(both, applied), line(end, why, *given))]

"""From the derivatives by sigma to those by the number that is moved in its place: one theorem each."""

from typing import Any

from .notation import *
from .request import Request
from .written import power, times


def also(request: Request) -> list[str | Chain]:
    """What the stationarity in sigma says of the number that is moved in its place."""
    if not (request.second and request.coordinate.rate):
        return []
    return [
        f"The second parameter here is {request.coordinate.words}. The derivative of $L$ by it is the "
        "derivative by $sigma$ times a factor that is never 0. So both are 0 in the same places."
    ]


@as_written
def first(request: Request, gradient: Any, why: str = "the two factors") -> Chain:
    """The derivative by the second parameter, from that by sigma; why: where the two factors come from."""
    rate, symbol = request.coordinate.d_sigma, request.symbol
    return chain(
        D(L, symbol),
        line(D(L, sigma) * D(sigma, symbol), "the chain rule again"),
        line(rate * gradient, why),
        line(times(gradient, rate), "the powers of $sigma$ are put together"),
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
    why = "both from above" if slope != 0 else "where $D(L, sigma)$ is 0"
    return [
        chain(D(D(L, symbol), symbol), line(both, "the chain rule, applied twice"), line(end, why, *given))
    ]

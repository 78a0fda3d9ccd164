"""What all derivations of a fit share: the score of the Normal, and its product with a sensitivity."""

from collections.abc import Callable
from typing import Any

from .notation import *
from .request import Request

WHO = (
    "P is the target. Q is the Normal that is fitted to it, with mean mu and standard deviation sigma. $p_i$ "
    "and $q_i$ are their densities at the points $x_i$ of a grid. $w_i$ is the weight of a point: $1/n$ at "
    "each of $n$ points makes a sum a mean, the distance between points makes it an integral. The mass of P "
    "on the grid is $sum w_i p_i$. log is the natural logarithm. "
)
ASK = (
    "This is the loss's half of the gradient: how fast does L change if log q changes at one point $x_k$ and "
    "nowhere else? We take log q, and not q, for two reasons. The logarithm of a Normal density is a simple "
    "formula. And far from mu a computer rounds q to 0, while log q is still an ordinary number. "
)


with sp.evaluate(False):
    LOG_Q = -(z[k] ** 2 / 2) - log(sigma) - log(2 * sp.pi) / 2


@as_written
def score(request: Request) -> Part:
    """The Normal's score, from its log density."""
    content: list[str | Chain] = [
        "This is the density's half of the gradient: how fast does log q change with the parameters? The "
        "standardised distance $z_k = (x_k - mu)/sigma$ says how many sigma the point $x_k$ lies from mu. "
        "With it, the logarithm of the Normal density is",
        chain(log(q[k]), line(LOG_Q, "the logarithm of $exp(-z_k^2/2)/(sigma sqrt(2 pi))$")),
    ]
    if request.mu:
        content.append(
            chain(
                D(log(q[k]), mu),
                line(D(-(z[k] ** 2 / 2), mu), "the other two terms do not depend on mu"),
                line(-z[k] * D(z[k], mu), "the power rule, and the chain rule through z_k"),
                line(z[k] / sigma, "the derivative of z_k by mu is $-1/sigma$"),
            )
        )
    if request.second:
        content.append(
            chain(
                D(log(q[k]), sigma),
                line(-z[k] * D(z[k], sigma) - D(log(sigma), sigma), "both z_k and log sigma depend on sigma"),
                line(
                    z[k] ** 2 / sigma - 1 / sigma,
                    "the derivative of z_k by sigma is $-z_k/sigma$, that of log sigma is $1/sigma$",
                ),
                line(
                    (z[k] ** 2 - 1) / sigma,
                    "as sigma grows, q rises at points more than one sigma from mu, and falls at points "
                    "nearer to mu",
                ),
            )
        )
        if request.coordinate.rate:
            content.append(
                f"The second parameter is {request.coordinate.words}. So one more factor is needed:"
            )
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
        "A parameter changes log q at every point, and each log q changes L. So by the chain rule the "
        "gradient is a sum over the points: the loss's half times the density's half."
    ]
    for theta, factor in request.factors(sigma):
        content.append(
            chain(
                D(L, theta),
                line(
                    Total(D(L, log(q[i])) * D(log(q[i]), theta)), "the chain rule: L depends on every log q_i"
                ),
                line(
                    Total(sensitivity(i) * (factor / sigma)),
                    "the sensitivity of part 2 times the score of part 3",
                ),
                line(gradient(factor), why),
            )
        )
    if request.second and request.coordinate.rate:
        content.append(
            chain(
                D(L, request.symbol),
                line(D(L, sigma) * D(sigma, request.symbol), "the chain rule again"),
                line(
                    request.coordinate.d_sigma * gradient(z[i] ** 2 - 1),
                    "the two factors, from above and from part 3",
                ),
                line(
                    times(gradient(z[i] ** 2 - 1), request.coordinate.d_sigma),
                    "the powers of sigma are put together",
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
            line(D(first, sigma), "the gradient of part 4"),
            *lines,
            line(end, why, *given),
        )
    return chain(
        D(D(L, symbol), symbol),
        line(
            D(D(L, sigma), sigma) * D(sigma, symbol) ** 2 + D(L, sigma) * D(D(sigma, symbol), symbol),
            "the chain rule, applied twice",
        ),
        line(
            times(end, rate**2),
            f"{why}, where $dL/dsigma$ is 0",
            *given,
        ),
    )


def also(request: Request) -> list[str | Chain]:
    """What the stationarity in sigma says of the coordinate that is moved in its place."""
    if not (request.second and request.coordinate.rate):
        return []
    return [
        f"The second parameter here is {request.coordinate.words}. The derivative of L by it is the "
        "derivative by sigma times a factor that is never 0 (part 3). So both are 0 in the same places."
    ]


@as_written
def bracket(ratio: str) -> list[str | Chain]:
    """Why u - 1 - log u, which a KL is a sum of, is never below 0; ratio: what u is there."""
    return [
        f"Let $u$ be {ratio}. The bracket is $u - 1 - log u$. It is 0 at $u = 1$, and its derivative is",
        chain(D(u - 1 - log(u), u), line(1 - 1 / u, "the derivative of $log u$ is $1/u$")),
        "This is below 0 where $u$ is below 1, and above 0 where $u$ is above 1. So the bracket is above 0 "
        "everywhere but at $u = 1$. No term of L is below 0, and L is 0 only if p and q are the same "
        "everywhere.",
    ]


def over(a: Any, b: Any) -> Any:
    """a/b, or a itself where there is nothing to divide by."""
    return a if b is None else a / b


def derivation(loss: Any, request: Request) -> Any:
    """A stand-in: the derivations written by hand."""
    from importlib import import_module

    from ..losses import loss_name
    from .proof import ends_of

    module = import_module(f".{loss_name(loss).replace('-', '_')}", __package__)
    found = module.derivation(request, loss) if hasattr(loss, "loss") else module.derivation(request)
    return found._replace(ends=ends_of(loss, found.name))

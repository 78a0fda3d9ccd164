"""The force on one parameter, and what is said of it."""

from typing import Literal, NamedTuple

import numpy as np

from .._types import Array, Coordinates, Family
from ..coordinates import LogSigma, Sigma, Variance
from ..families import Normal
from ..language import Language, phrase
from ..views import DENSITY, View
from . import style

Parameter = Literal["mu", "sigma"]
PARAMETERS: tuple[Parameter, ...] = ("mu", "sigma")
# Letters and not mathtext, whose lines would have other heights than those of the numbers.
MU, SIGMA, SQUARED = "\N{GREEK SMALL LETTER MU}", "\N{GREEK SMALL LETTER SIGMA}", "\N{SUPERSCRIPT TWO}"
RIGHT, LEFT = "\N{RIGHTWARDS ARROW}", "\N{LEFTWARDS ARROW}"
ROUNDING = 1e-12  # of the size of its terms: less of a sum is what rounding leaves


class Force(NamedTuple):
    """The factors and their product, shape (n,), NaN where the weight is 0; and sums of h_i product_i.

    h_i is the width of a point's cell. `below` sums the negative terms, which push the parameter up, `above`
    the positive ones, which push it down; `net` is dL/dtheta.
    """

    sensitivity: Array
    score: Array
    product: Array
    below: float
    above: float
    net: float


class Theta(NamedTuple):
    """A parameter: its sign, its score; what is done to it by what is below 0, and above, and by descent.

    moves, called: what the loss sees of Q, in short and in words. still: where that does not change, in z.
    lang: the language that all this is said in.
    """

    name: Parameter
    coordinates: Coordinates
    sign: str
    score: str
    moves: str
    called: str
    still: tuple[float, ...]
    pushes: tuple[str, str]
    descends: tuple[str, str]
    lang: Language


def theta(
    name: Parameter,
    coordinates: Coordinates = Sigma(),
    view: View = DENSITY,
    q: Family = Normal(0.0, 1.0),
    lang: Language = "en",
) -> Theta:
    """mu, or what the coordinates have in place of sigma, as this view of a Q of this family sees it move."""
    mu_still, sigma_still = view.still(q)
    sign, formula = (MU, f"z/{SIGMA}") if name == "mu" else _sign(coordinates)
    # Of another family, or another view, the derivative has no formula that is as short.
    score = phrase("score {}", formula) if type(q) is Normal else phrase("score")
    score = score if view == DENSITY else f"d{view.moves}/d{sign}"
    if name == "mu":
        right = phrase("pushes {mu} right {arrow}", mu=MU, arrow=RIGHT)
        left = phrase("pushes {mu} left {arrow}", mu=MU, arrow=LEFT)
        descends = phrase("descent moves {} right", MU), phrase("descent moves {} left", MU)
        still, pushes = mu_still, (right, left)
    else:
        descends = phrase("descent widens Q"), phrase("descent narrows Q")
        still, pushes = sigma_still, (phrase("widens Q"), phrase("narrows Q"))
    return Theta(name, coordinates, sign, score, view.moves, view.called, still, pushes, descends, lang)


def _sign(coordinates: Coordinates) -> tuple[str, str]:
    """What stands in place of sigma, and the Normal's score by it."""
    z = f"z{SQUARED} {style.MINUS} 1"
    known: tuple[tuple[Coordinates, str, str], ...] = (
        (Sigma(), SIGMA, f"({z})/{SIGMA}"),
        (Variance(), f"{SIGMA}{SQUARED}", f"({z})/(2{SIGMA}{SQUARED})"),
        (LogSigma(), f"log {SIGMA}", z),
    )
    # The scales of other variances, and coordinates of somebody's own, have no sign that a reader knows.
    unknown = "t", f"({z})/{SIGMA} d{SIGMA}/dt"
    return next(((sign, score) for at, sign, score in known if at == coordinates), unknown)


def words(q: Family, push: Force, wrt: Theta) -> tuple[str, ...]:
    """What is said of one force."""
    size = push.above - push.below
    below, above, net = (amount(value, size) for value in (push.below, push.above, push.net))
    mu, sigma = (style.number(value).replace("-", style.MINUS) for value in (q.mu, q.sigma))
    return named(q, mu, sigma), below, above, style.entry(net, verdict(push, wrt))


def named(q: Family, mu: str, sigma: str) -> str:
    return style.entry(f"Q{style.kind(q)}", f"{MU} = {mu}, {SIGMA} = {sigma}")


def verdict(push: Force, wrt: Theta) -> str:
    """What a step of descent does to the parameter."""
    size = push.above - push.below
    if not np.isfinite(push.net):
        return phrase("no direction")
    if abs(push.net) <= ROUNDING * size:
        return phrase("the pushes balance") if size else phrase("nothing pushes {}", wrt.sign)
    return wrt.descends[int(push.net > 0)]


def amount(value: float, size: float = 0.0) -> str:
    """A signed number of three digits; 0 for what rounding leaves of a sum of terms of this size."""
    if value == 0 or abs(value) <= ROUNDING * size < np.inf:
        return "0"
    return "nan" if np.isnan(value) else f"{value:+#.3g}".rstrip(".").replace("-", style.MINUS)

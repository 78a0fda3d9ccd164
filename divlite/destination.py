"""Where a fit was on its way to: the optimum downhill from its end, and the one downhill from its start."""

import math
from typing import NamedTuple

import numpy as np

from . import families, setting
from ._types import Density, Family, Loss
from .backend import unheard
from .descent import basins
from .descent.boxes import checked_box
from .descent.optimum import Optimum
from .descent.sweep import Means
from .fitting import Fit
from .grid import Grid
from .language import phrase

PLACES = ("minimum", "saddle", "maximum")
CLOSE = 1e-4  # in units of sigma: two ends no further apart are one
# The verdicts of `Optimum` as they are printed, and how a sentence says where a descent ends at no minimum.
VERDICTS: dict[str, str] = {
    verdict: verdict
    for verdict in (
        phrase("minimum"),
        phrase("saddle"),
        phrase("maximum"),
        phrase("at the border"),
        phrase("off the window"),
        phrase("flat"),
        phrase("undecided"),
    )
}
ENDS = {
    "saddle": phrase("at a saddle"),
    "maximum": phrase("at a maximum"),
    "at the border": phrase("at the border of what is searched"),
    "off the window": phrase("off the window"),
    "flat": phrase("where the loss is flat"),
    "undecided": phrase("at a place that could not be judged"),
}


class Destination(NamedTuple):
    """optimum: downhill from the end, as `Fit.optimum`. of_start: where a descent in short steps leads from
    the start: the optimum whose basin the start lies in. None where the loss is not finite at the end, or at
    the start.
    """

    optimum: Optimum | None
    of_start: Optimum | None

    @property
    def same(self) -> bool:
        """Whether both are one place; of ends that are no place, whether both are of one kind."""
        a, b = self
        if a is None or b is None or a.verdict != b.verdict:
            return False
        away = math.hypot((a.q.mu - b.q.mu) / a.q.sigma, math.log(a.q.sigma / b.q.sigma))
        return a.verdict not in PLACES or away <= CLOSE

    @property
    def basin(self) -> str:
        """Where the start leads, in a sentence."""
        if self.of_start is None:
            return phrase("the loss is not finite at the start, from where no way leads down")
        if self.same:
            return phrase("the start lies in the same one")
        return phrase(
            "the start lies in another one; short steps down from there lead to {end}",
            end=described(self.of_start),
        )


def destination(fit: Fit) -> Destination:
    """Of a fit of `dl.fit`; by the core's formulas as they stand, which need no compiling.

    Raises: ValueError for a fit made by hand, without its loss, P and grid.
    """
    if fit.divergence is None or fit.p is None or fit.grid is None:
        return Destination(fit.optimum, None)  # which raises, and says what is missing
    start = families.moved(fit.q, float(fit.mu[0]), float(fit.sigma[0]))
    try:
        optimum = fit.optimum
    except ValueError:
        optimum = None
    return Destination(optimum, basin_of(fit.divergence, fit.p, start, fit.grid))


def basin_of(loss: Loss, p: Density, start: Family, grid: Grid) -> Optimum | None:
    """Where the short steps of `dl.basins` lead from the start; None where the loss is not finite."""
    seen = setting.of(loss, p, grid, families.standard(start))
    alone = Means(None, 1, unheard)
    box = checked_box(None, seen)
    at = np.clip([start.mu], *box[:2]), np.clip([start.sigma], *box[2:])
    with np.errstate(all="ignore"):
        found = basins.found(seen, *at, box, "numpy", alone)
    return found.optima[0] if found.optima else None


def described(end: Optimum) -> str:
    """mu, sigma, the loss and what kind of place it is, on one line."""
    kind = phrase("a minimum") if end.verdict == "minimum" else VERDICTS[end.verdict]
    return phrase("{place}: {kind}", place=where(end), kind=kind)


def where(end: Optimum) -> str:
    """mu, sigma and the loss."""
    return phrase(
        "mu {mu:.7g}, sigma {sigma:.7g}, loss {loss:.8g}", mu=end.q.mu, sigma=end.q.sigma, loss=end.loss
    )

"""Where the number comes from: sum_i w_i p_i log(p_i/q_i), taken apart into a KL and what is none.

The sum is a divergence between distributions only if P and Q have mass 1, and the grid holds all of it. With
the sums S_p = sum_i w_i p_i and S_q likewise,

    sum_i w_i p_i log(p_i/q_i) = S_p KL(p/S_p || q/S_q) + e(S_p, S_q),   e(a, b) = a log(a/b)

so the shapes give a KL >= 0, and all the rest is about masses. Let M be the masses on the whole line, W those
inside the window, and c the weight of one unit of x. As S = c M where nothing is lost, the rest is the sum of

    mass        c e(M_p, M_q)                           P and Q have different masses
    truncation  c [e(W_p, W_q) - e(M_p, M_q)]           the window cuts some of them off
    spacing     e(S_p, S_q) - c e(W_p, W_q)             the sums over the points are no exact integrals
"""

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .. import _check
from .. import grid as grids
from .._types import Array, Density
from ..densities import target
from ..grid import Grid
from . import words
from .masses import Masses, exchange, levels, masses
from .sums import Sums, as_floats, sums

LARGEST = 709.0  # of a log density: e to this is a float, and so are its products with most others

Seen: TypeAlias = tuple[Density, Array]  # a density, and its logarithm at the points


class Ledger(NamedTuple):
    """total = shape + mass + truncation + spacing, to rounding; in nats times the unit of the weights.

    total: sum_i w_i p_i log(p_i/q_i), as `ForwardKL` gives it on this grid.
    shape: KL(p/S_p || q/S_q) >= 0 times P's sum S_p; mass, truncation, spacing: as the module says.
    generalised: sum_i w_i (p_i log(p_i/q_i) - p_i + q_i) >= 0, which is the total with S_q - S_p added.
    normalised: KL(p/S_p || q/S_q) itself: the shape over S_p.
    factor: c, the sum of the weights over the length of the window: 1 for an integral. All parts, the total
    and the generalised KL have it as a factor; divided by it they are those of an integral over x.
    p_masses, q_masses: the masses of each, in the same unit as those of `Fit`, so without c.
    unweighted: the same sums with all weights 1, which is what libraries sum. arrays: and with p and q as
    arrays of floats, in which a q is 0 where exp(log q) is below the smallest float.
    grid: the points with a weight above 0.
    """

    total: float
    shape: float
    mass: float
    truncation: float
    spacing: float
    generalised: float
    normalised: float
    factor: float
    p_masses: Masses
    q_masses: Masses
    unweighted: Sums
    arrays: Sums
    grid: Grid

    @property
    def printed(self) -> dict[str, float]:
        """What well-known functions give for p, log q and q at these points, each by its call."""
        total = self.unweighted.total
        return {
            "F.kl_div(log_q, p, reduction='sum')": total,
            "F.kl_div(log_q, p, reduction='mean')": total / self.grid.x.size,
            "scipy.special.rel_entr(p, q).sum()": self.arrays.total,
            "scipy.special.kl_div(p, q).sum()": self.arrays.generalised,
            "scipy.stats.entropy(p, q)": self.arrays.normalised,
        }

    def __repr__(self) -> str:
        return words.page(self)


def ledger(p: Any, q: Any, grid: Grid) -> Ledger:
    """The parts of sum_i w_i p_i log(p_i/q_i), which add up to it; printed, a table with a sentence a row.

    p, q: a Normal or a member of another family, a Mixture, a Tabulated, or whatever else `dl.fit` takes as a
    target. Of a member of divlite's families and of a Mixture the masses are known on the whole line and in
    the window: 1, or the sum of the weights, and the CDF. Any other density is known on the grid alone: its
    mass is the sum over the points' cells, and nothing of it counts as cut off.
    grid: the points of weight 0 are left out. Its window is the points' cells: half a gap beyond the ends for
    the weights of a mean or a sum, none for those of an integral. On uneven points with equal weights a
    crowd of points counts for more than its part of the line: what that does to the masses is in `spacing`.

    Where p = 0 a term is 0, whatever q is. Where q = 0 and p > 0, as with disjoint supports, the total, the
    shape and both KLs are inf, and the other parts finite. A q that is 0 only because exp(log q) is below the
    smallest float is none: log q counts.

    Raises: ValueError naming the argument, what was expected and what was given; also for a density that is
    0 at all points, which has no shape, and for one beyond the largest float.
    """
    points, (p_, log_p), (q_, log_q) = _seen(p, q, grids.checked(grid))
    c = float(np.sum(points.w) / np.ptp(grids.cells(points)))
    of_p, of_q = levels(p_, log_p, points, c), levels(q_, log_q, points, c)
    whole, window, on_grid = (c * exchange(a, b) for a, b in zip(of_p, of_q, strict=True))
    total, generalised, normalised = sums(log_p, log_q, points.w)
    ones = np.ones_like(points.w)
    return Ledger(
        total=total,
        shape=c * math.exp(of_p[2]) * normalised,
        mass=whole,
        truncation=window - whole,
        spacing=on_grid - window,
        generalised=generalised,
        normalised=normalised,
        factor=c,
        p_masses=masses(p_, of_p),
        q_masses=masses(q_, of_q),
        unweighted=sums(log_p, log_q, ones),
        arrays=sums(as_floats(log_p), as_floats(log_q), ones),
        grid=points,
    )


def _seen(p: Any, q: Any, grid: Grid) -> tuple[Grid, Seen, Seen]:
    """The points that count, and each density with its logarithms there."""
    keep = grid.w > 0.0
    if keep.sum() < 2:
        _check.fail("grid", "at least 2 points with a weight above 0", int(keep.sum()))
    # A table has a number for each point of the grid, those of weight 0 too.
    of_p, of_q = (_read(name, density, grid.x, keep) for name, density in (("p", p), ("q", q)))
    if not np.exp(of_p[1]).any():
        _check.fail("p", "a density above 0 at some point of the grid", "0 at all of them")
    return Grid(_check.frozen(grid.x[keep]), _check.frozen(grid.w[keep])), of_p, of_q


def _read(name: str, density: Any, x: Array, keep: NDArray[np.bool_]) -> Seen:
    read, log_p = target.read(density, x, name)
    highest = float(log_p[keep].max())
    if highest == -math.inf:
        _check.fail(name, "a density above 0 at some point of the grid", "0 at all of them")
    if highest > LARGEST:
        _check.fail(name, f"log densities up to {LARGEST:g}", f"{highest:g}")
    return read, log_p[keep]

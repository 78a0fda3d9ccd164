"""An optimum: where a loss ends downhill from a start, what kind of place that is, and how it is printed."""

from typing import NamedTuple

import numpy as np

from .. import _check, ending, families
from .._types import Array, Density, Family, Loss
from ..grid import Grid
from ..losses.protocol import loss_title
from . import newton

MINIMUM, SADDLE, MAXIMUM = "minimum", "saddle", "maximum"
BORDER, AWAY, FLAT, UNDECIDED = "at the border", "off the window", "flat", "undecided"

SHOWN = 4  # kinks


class Optimum(NamedTuple):
    """Where a loss ends downhill from a start, and what says so.

    q, loss: the place and the loss there. verdict, one of:
        "minimum"         the gradient is 0 to rounding, and both eigenvalues are above 0
        "saddle"          the gradient is 0 to rounding, and one eigenvalue is below 0
        "maximum"         the same with both below 0
        "at the border"   the loss falls on beyond the box
        "off the window"  less than half of Q is on the grid: its centre is outside, or it is wider than that
        "flat"            within one sigma the loss changes by less than its rounding error
        "undecided"       none of these could be shown: see slope, terms and eigenvalues

    slope: the length of (sigma dL/dmu, sigma dL/dsigma), and terms: the sum of |terms| that its rounding is
        measured against. At a kink it is the shortest of the gradients that the loss has there.
    second: the second derivatives by mu and mu, mu and log sigma, log sigma and log sigma, with mu in units
        of sigma; all in the unit of the loss. eigenvalues: of their matrix, `hessian`, the lower one first.
        At kinks they are those of a finer grid.
    within: about how far the place is from the exact one, in units of sigma.
    at: the x of the points at which the loss has a kink here. steps: how many it took.
    divergence, p, grid: what was asked.
    """

    q: Family
    loss: float
    verdict: str
    slope: float
    terms: float
    second: tuple[float, float, float]
    eigenvalues: tuple[float, float]
    within: float
    steps: int
    at: tuple[float, ...]
    divergence: Loss
    p: Density
    grid: Grid

    @property
    def hessian(self) -> Array:
        """The second derivatives as a matrix, shape (2, 2)."""
        one, mixed, two = self.second
        return _check.frozen(np.array([[one, mixed], [mixed, two]]))

    @property
    def q_mass(self) -> float:
        """The mass of Q on the grid, as `Fit.q_mass`."""
        return ending.mass(self.q, self.grid)

    def __repr__(self) -> str:
        numbers = ", ".join(f"{name}={number:.7g}" for name, number in families.named(self.q).items())
        q = f"{type(self.q).__name__}({numbers})"
        return f"Optimum({loss_title(self.divergence)}: {q}, loss {self.loss:.8g}, {self.verdict})"

    def __str__(self) -> str:
        low, high = self.eigenvalues
        places = ", ".join(f"{x:.6g}" for x in self.at[:SHOWN]) + ", ..." * (len(self.at) > SHOWN)
        kinks = f"; {len(self.at):,} kinks, at x = {places}" if self.at else ""
        units = self.slope / self.terms / newton.EPS
        rows = {
            "verdict": self.verdict + kinks,
            "loss": f"{self.loss:.10g}",
            "gradient": f"{self.slope:.2g}, {units:.2g} eps of its |terms|, which sum to {self.terms:.3g}",
            "eigenvalues": f"{low:.4g} and {high:.4g}, of the second derivatives",
            "known to": f"{self.within:.1g} sigma",
            "mass of Q": f"{self.q_mass:.6g} on the grid",
            "steps": f"{self.steps:,}",
        }
        numbers = ", ".join(f"{name} {number:.10g}" for name, number in families.named(self.q).items())
        head = f"{loss_title(self.divergence)}: {type(self.q).__name__}, {numbers}"
        return "\n".join([head, *(f"  {name:<13}{text}" for name, text in rows.items())])

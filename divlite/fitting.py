"""Fit a Normal, or a member of another family, to a target, and keep the whole path."""

import math
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _check, ending, families, setting
from ._types import Array, Coordinates, Density, Family, Loss, Optimizer, Progress
from .backend import Backend, unheard
from .backends import resolve
from .coordinates import LogSigma, Sigma
from .densities import target
from .grid import Grid
from .grid import checked as checked_grid
from .losses.protocol import loss_title
from .views import view_of

if TYPE_CHECKING:
    from .descent.optimum import Optimum


class FitWarning(UserWarning):
    """Something that the reader of a fit should know, and its numbers do not say: see `Fit.notes`."""


class Fit(NamedTuple):
    """Where a fit went: `q` is the last Q; `mu`, `sigma` and `loss` have shape (steps + 1,).

    loss[i] is the loss at (mu[i], sigma[i]); index 0 is the start, its sigma as it comes back from the
    coordinates, an ulp or two off in some. The arrays are read-only.

    divergence, p, grid: what was fitted to what and where; a target that is not divlite's own is kept as a
    table. The properties follow from these, and are computed when they are asked for.

    Raises (properties): ValueError for a Fit made by hand without these three.
    """

    q: Family
    mu: Array
    sigma: Array
    loss: Array
    divergence: Loss | None = None
    p: Density | None = None
    grid: Grid | None = None

    @property
    def gradient(self) -> Family:
        """The gradient at the end, in the shape of q and the unit of the loss over units of x."""
        loss, p, grid = _setting(self)
        return ending.value_and_grad(loss, p, self.q, grid)[1]

    @property
    def converged(self) -> bool:
        """Whether the loss is larger at all of eight places around q, a thousandth of sigma away.

        Then a minimum lies within about that distance, though there may be a lower one elsewhere.
        """
        loss, p, grid = _setting(self)
        return ending.is_minimum(loss, p, self.q, grid)

    @property
    def optimum(self) -> "Optimum":
        """The optimum downhill from the end: `dl.solve` from q by "numpy", which compiles nothing.

        Raises: ValueError where the loss is not finite at the end.
        """
        from .descent import solving

        loss, p, grid = _setting(self)
        seen = setting.taken(loss, p, grid, p.log_prob(grid.x), families.standard(self.q))
        with np.errstate(all="ignore"):  # a fit may end where anything overflows
            return solving.solved(solving.solver(seen, None, resolve("numpy")), self.q)

    @property
    def p_mass(self) -> float:
        """The mass of P on the grid: the integral of its density, each point standing for its cell.

        A cell reaches half way to each neighbour. At the ends of the grid it reaches as far as the weight
        there says: with the weights of an integral this is the trapezoid's rule, and with w = 1 on the whole
        numbers the sum of the probabilities.
        """
        _, p, grid = _setting(self)
        return ending.mass(p, grid)

    @property
    def q_mass(self) -> float:
        """The mass of Q on the grid, likewise: near 1, unless Q leaves the window or is too narrow for it."""
        _, _, grid = _setting(self)
        return ending.mass(self.q, grid)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the numbers do not say, a phrase each: nothing moved, Q left the window, the masses differ."""
        loss, p, grid = _setting(self)
        start, end = (self.mu[0], self.sigma[0]), (self.q.mu, self.q.sigma)
        stuck = self.mu.size > 1 and start == end and not self.converged
        return ending.notes(p, self.q, grid, stuck, view_of(loss))

    def __repr__(self) -> str:
        name = "" if self.divergence is None else f"{loss_title(self.divergence)}: "
        numbers = ", ".join(f"{name}={number:.6g}" for name, number in families.named(self.q).items())
        q = f"{type(self.q).__name__}({numbers})"
        steps = self.mu.size - 1
        return f"Fit({name}{q}, loss {self.loss[-1]:.6g} after {steps:,} step{'s' * (steps != 1)})"

    def _repr_png_(self) -> Any:
        """In a notebook: where the fit ended, and how it got there."""
        if self.p is None or self.grid is None:
            return None
        from .plotting import plot_summary

        return plot_summary(self.p, self, self.grid)._repr_png_()  # pyright: ignore[reportPrivateUsage]


def fit(
    loss: Loss,
    p: Density,
    q0: Family,
    grid: Grid,
    *,
    optimizer: Optimizer,
    steps: int,
    coordinates: Coordinates = Sigma(),
    backend: str | Backend = "numba",
    progress: Progress | None = None,
) -> Fit:
    """Follow `steps` steps of the optimiser from q0, down the loss between p and a Q of the family of q0.

    coordinates: which numbers are moved: `Sigma()` for (mu, sigma), `Variance(scale)` for
    (mu, sigma^2/scale), `LogSigma()` for (mu, log sigma).
    backend: "numba" (the whole loop compiled), "numpy", "torch", or a `Backend` value.
    progress: called every so often with the number of steps done, some tens of times a second.

    Ctrl-C ends the fit, and so does whatever `progress` raises.

    From numba and numpy the same arguments give the same bits on one machine, whatever the number of threads.
    Another kind of CPU may add a sum up in another order.

    Warns: FitWarning for each line of `Fit.notes`.
    Raises: ValueError naming the argument, what was expected and what was given; also when mu or
    sigma leaves its domain on the way, with the step at which it did.
    """
    loss, optimizer = _check.loss(loss), _check.optimizer(optimizer)
    coordinates = _check.coordinates(coordinates)
    heard = _check.callback("progress", progress, unheard)
    checked, start = checked_grid(grid), families.checked(q0, "q0")
    steps = _check.count("steps", steps, 0)
    density, log_p = target.read(p, checked.x)
    seen = setting.taken(loss, density, checked, log_p, families.standard(start))
    path = resolve(backend).path(seen, start, optimizer, steps, coordinates, heard)
    mu, sigma, losses = (_check.frozen(a) for a in path)
    if not (math.isfinite(mu[-1]) and 0.0 < sigma[-1] < math.inf):
        _left_domain(mu, sigma, losses, coordinates)
    end = families.moved(start, float(mu[-1]), float(sigma[-1]))
    result = Fit(end, mu, sigma, losses, loss, density, checked)
    for note in result.notes:
        warnings.warn(note, FitWarning, stacklevel=2)
    return result


def _setting(fit: Fit) -> tuple[Loss, Density, Grid]:
    if fit.divergence is None or fit.p is None or fit.grid is None:
        _check.fail("fit", "one with its divergence, p and grid, as dl.fit returns", "one without")
    return fit.divergence, fit.p, fit.grid


def _left_domain(mu: Array, sigma: Array, losses: Array, coordinates: Coordinates) -> None:
    """Say which number left its domain, at which step, and what to do about it."""
    i = mu.size - 1
    if i > 0 and not math.isfinite(losses[i - 1]):
        smoothed = "dl.Smoothed(loss, epsilon) if p is 0 where q is not, or q is 0 where p is not"
        got = f"{losses[i - 1]:g} at step {i - 1}"
        _check.fail("loss", "to stay finite during the fit", got, {"smoothing": smoothed})
    remedies = {"lr": "a smaller lr"}
    if not isinstance(coordinates, LogSigma):
        remedies["log-sigma"] = "coordinates=dl.LogSigma()"
    if not math.isfinite(mu[-1]):
        _check.fail("mu", "to stay finite during the fit", f"{mu[-1]:g} at step {i}", remedies)
    _check.fail("sigma", "to stay finite and > 0 during the fit", f"{sigma[-1]:g} at step {i}", remedies)

"""Fits from many starts, in one call."""

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import _check, ending, setting
from .._types import Array, Coordinates, Density, Family, Loss, Optimizer, Progress
from ..backend import Backend, Ends, one_by_one
from ..backends import resolve
from ..coordinates import Sigma
from ..fitting import FitWarning
from ..grid import Grid, cells
from ..language import Phrase, phrase, template
from ..losses.protocol import loss_title
from ..setting import Setting
from ..views import view_of
from . import checkpoint as files
from .parts import Columns
from .starts import checked
from .sweep import PART, means, sweep

# What may be true of some of the fits, and of P.
LEFT = template(
    "{fits:,} of {all:,} fits left the domain of mu or sigma, see `left`; "
    "try a smaller lr, or coordinates=dl.LogSigma()"
)
INFINITE = template(
    "{fits:,} of {all:,} fits met a loss that is not finite, see `left`; try dl.Smoothed(loss, epsilon)"
)
NOWHERE = template("{fits:,} of {all:,} fits ended where the loss is not finite")
OUTSIDE = template(
    "{fits:,} of {all:,} fits ended with less than {whole:g} of Q's mass on the grid, see `q_mass`"
)
UNEQUAL = template(
    "P has mass {:.4g} on the grid: this is no divergence between distributions, and its "
    "smallest value need not be 0"
)


class Fits(NamedTuple):
    """Where many fits ended: arrays of shape (n,), read-only, one entry a start.

    mu, sigma: the end, and `loss`, `d_mu`, `d_sigma` the loss and its gradient there. They are those of
    `dl.fit` from the same start, bit for bit, for numba and numpy. steps: the number of steps taken.

    left: whether the fit left the domain of mu or sigma, where `dl.fit` raises an error. Its entries are then
    those of the last step inside; a start that cannot be moved in these coordinates has NaN for its loss.

    family: the member with mu = 0 and sigma = 1. divergence, p, grid: what was fitted to what and where; a
    target that is not divlite's own is kept as a table.
    """

    mu: Array
    sigma: Array
    loss: Array
    d_mu: Array
    d_sigma: Array
    steps: NDArray[np.int64]
    left: NDArray[np.bool_]
    family: Family
    divergence: Loss
    p: Density
    grid: Grid

    @property
    def q_mass(self) -> Array:
        """The mass that each Q has between the ends of the grid, shape (n,): near 1, unless it is outside."""
        low, high = (((edge - self.mu) / self.sigma) for edge in cells(self.grid)[[0, -1]].tolist())
        with np.errstate(all="ignore"):
            # From the nearer tail, which has all its digits.
            below: Array = self.family.standard_cdf(high) - self.family.standard_cdf(low)
            above: Array = self.family.standard_sf(low) - self.family.standard_sf(high)
        return np.where(low > 0.0, above, below)

    @property
    def notes(self) -> tuple[Phrase, ...]:
        """What a reader should know before using the numbers, a phrase each."""
        view, p_mass = view_of(self.divergence), ending.mass(self.p, self.grid)
        outside = view.on_grid & (self.q_mass < ending.WHOLE) & ~self.left
        infinite = self.left & np.isinf(self.loss)
        counted = {
            LEFT: self.left & ~infinite,
            INFINITE: infinite,
            NOWHERE: ~np.isfinite(self.loss) & ~self.left,
            OUTSIDE: outside,
        }
        of = {"all": self.mu.size, "whole": ending.WHOLE}
        found = [phrase(text, fits=fits.sum(), **of) for text, fits in counted.items() if fits.any()]
        if view.masses and abs(p_mass - 1) > 1 - ending.WHOLE:
            found.append(phrase(UNEQUAL, p_mass))
        return tuple(found)

    def __repr__(self) -> str:
        left = int(self.left.sum())
        away = view_of(self.divergence).on_grid & (self.q_mass < ending.WHOLE)
        inside = self.loss[~self.left & ~np.isnan(self.loss) & ~away]
        best = f", lowest loss {inside.min():.6g}" if inside.size else ""
        name, gone = type(self.family).__name__, f", {left:,} left their domain" if left else ""
        return f"Fits({loss_title(self.divergence)}: {self.mu.size:,} fits of a {name}{best}{gone})"


class Descents(NamedTuple):
    """The task of a sweep: a fit from each start."""

    setting: Setting
    mu: Array
    sigma: Array
    optimizer: Optimizer
    steps: int
    coordinates: Coordinates
    backend: str | Backend

    dtypes = ("f8", "f8", "f8", "f8", "f8", "i8", "?")

    @property
    def size(self) -> int:
        return self.mu.size

    @property
    def grain(self) -> int:
        return max(1, PART // (self.setting.grid.x.size * (self.steps + 1)))

    def part(self, first: int, last: int) -> "Descents":
        return self._replace(mu=self.mu[first:last], sigma=self.sigma[first:last])

    def run(self, progress: Progress) -> Columns:
        backend, seen = resolve(self.backend), setting.sealed(self.setting)
        mu, sigma = _check.frozen(self.mu), _check.frozen(self.sigma)
        return backend.ends(backend, seen, mu, sigma, *self[3:6], progress)


def fit_many(
    loss: Loss,
    p: Density,
    starts: Any,
    grid: Grid,
    *,
    optimizer: Optimizer,
    steps: int,
    family: Any = None,
    coordinates: Coordinates = Sigma(),
    backend: str | Backend = "numba",
    executor: Any = None,
    threads: int | None = None,
    checkpoint: Any = None,
    progress: Progress | None = None,
) -> Fits:
    """Follow a fit from each start, as `dl.fit` does, and keep where it ended.

    starts: members of one family, or an array of shape (n, 2) with a row (mu, sigma) for each start.
    family: the one of the rows, a class or any member, dl.Normal if none is named; that of members is their
    own. The other arguments of a fit are `dl.fit`'s.

    threads: how many follow fits at once; all CPUs unless said otherwise. A backend with no compiled `ends`,
    such as "numpy" or "torch", takes one.
    executor: computes the fits in place of threads: a `ProcessPoolExecutor`, or anything with its `submit`,
    such as `get_executor()` of a Dask client. It must be able to send the arguments to its workers.
    checkpoint: a file that keeps what is done, about once a second. The same call with the same file goes on
    where a sweep was ended, and returns at once if it was not.
    progress: called every so often with the number of fits done. Ctrl-C ends the sweep, and so does whatever
    it raises.

    From numba and numpy the same arguments give the same bits on one machine, whatever the threads, the
    executor and the checkpoint.

    Warns: FitWarning for each line of `Fits.notes`.
    Raises: ValueError naming the argument, what was expected and what was given; also for a checkpoint that
    is damaged, or is not of this sweep: it is then left as it is.
    """
    loss, optimizer = _check.loss(loss), _check.optimizer(optimizer)
    member, mu, sigma = checked(starts, family)
    seen = setting.of(loss, p, grid, member)
    steps, moved = _check.count("steps", steps, 0), _check.coordinates(coordinates)
    own = resolve(backend)
    by = means(executor, threads, progress, 1 if own.ends is one_by_one else None)
    task = Descents(seen, mu, sigma, optimizer, steps, moved, backend)
    ends: Any = map(_check.frozen, sweep(task, by, files.opened(checkpoint, task)))
    fits = Fits(*Ends(*ends), member, loss, seen.p, seen.grid)
    for note in fits.notes:
        warnings.warn(note, FitWarning, stacklevel=2)
    return fits

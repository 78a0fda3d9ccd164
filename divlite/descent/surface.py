"""A loss and its gradient at every pair of a mu and a sigma."""

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _check, setting
from .._types import Array, Density, Family, Loss, Progress
from ..backend import Backend
from ..backends import resolve
from ..families import Normal
from ..families.methods import TINY
from ..fitting import FitWarning
from ..grid import Grid
from ..losses.protocol import loss_title
from .lattice import measured, most_threads
from .sweep import means


class Landscape(NamedTuple):
    """A loss over the plane of mu and sigma: mu of shape (m,), sigma of shape (k,), both as they were given.

    loss, d_mu, d_sigma: the loss and its gradient, shape (k, m), read-only: loss[i, j] is that of the member
    with mu[j] and sigma[i]. A loss may be inf, and its gradient is then infinite or NaN.

    divergence, p, grid, family: what was asked: the loss, the target, the points and the family's standard
    member; a target that is not divlite's own is kept as a table.
    """

    mu: Array
    sigma: Array
    loss: Array
    d_mu: Array
    d_sigma: Array
    divergence: Loss
    p: Density
    grid: Grid
    family: Family

    @property
    def lowest(self) -> tuple[float, float, float]:
        """The lowest loss that was found, and the mu and sigma there."""
        if np.isnan(self.loss).all():
            _check.fail("loss", "a number somewhere on the landscape", "NaN everywhere")
        i, j = np.unravel_index(np.nanargmin(self.loss), self.loss.shape)
        return float(self.loss[i, j]), float(self.mu[j]), float(self.sigma[i])

    def __repr__(self) -> str:
        name = type(self.family).__name__
        mu, sigma = (f"{a.min():g} to {a.max():g} ({a.size:,})" for a in (self.mu, self.sigma))
        return f"Landscape({loss_title(self.divergence)} of a {name}: mu {mu}, sigma {sigma})"


def landscape(
    loss: Loss,
    p: Density,
    grid: Grid,
    mu: ArrayLike,
    sigma: ArrayLike,
    *,
    family: Any = Normal,
    backend: str | Backend = "numba",
    executor: Any = None,
    threads: int | None = None,
    checkpoint: Any = None,
    progress: Progress | None = None,
) -> Landscape:
    """The loss and its gradient at every pair of a mu and a sigma, as `dl.value_and_grad` gives them.

    mu: shape (m,), finite; sigma: shape (k,), finite and > 0; in units of x and in any order.
    loss, p, grid, family, backend: as `dl.problem` takes them. executor, threads, checkpoint, progress: as
    `dl.fit_many` takes them; progress is called with the number of pairs done.

    From numba and numpy the same arguments give the same bits on one machine, whatever the threads, the
    executor and the checkpoint.

    Warns: FitWarning where the loss is NaN.
    Raises: ValueError naming the argument, what was expected and what was given.
    """
    seen, own = setting.checked(loss, p, grid, family), resolve(backend)
    mus, sigmas = axis("mu", mu, -np.inf), axis("sigma", sigma, TINY)
    by = means(executor, threads, progress, most_threads(own))
    columns = measured(seen, mus, sigmas, backend, by, checkpoint)
    result = Landscape(mus, sigmas, *columns, seen.loss, seen.p, seen.grid, seen.family)
    if odd := int(np.isnan(result.loss).sum()):
        warnings.warn(f"the loss is NaN at {odd:,} of {result.loss.size:,} places", FitWarning, stacklevel=2)
    return result


def axis(name: str, values: ArrayLike, least: float) -> Array:
    """A copy: what is returned must not change when the caller's own array does."""
    found = _check.frozen(_check.vector(name, values).copy())
    if found.size == 0:
        _check.fail(name, "one number at least", "none")
    expected = "finite numbers" if least < 0 else f"finite numbers >= {least:.3g}"
    return _check.every(name, found, np.isfinite(found) & (found >= least), expected)

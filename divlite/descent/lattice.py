"""The task of a landscape: a loss and its gradient at every pair of a mu and a sigma."""

from typing import Any, NamedTuple

import numpy as np

from .. import _check, setting
from .._types import Array, Progress
from ..backend import Backend, each_alone
from ..backends import resolve
from ..setting import Setting
from . import checkpoint as files
from .parts import Columns
from .sweep import PART, Means, sweep


class Places(NamedTuple):
    """The task of a sweep: the loss and its gradient at each pair, the mus of the first sigma first."""

    setting: Setting
    mu: Array
    sigma: Array
    backend: str | Backend
    first: int
    last: int

    dtypes = ("f8", "f8", "f8")

    @property
    def size(self) -> int:
        return self.last - self.first

    @property
    def grain(self) -> int:
        return max(1, PART // self.setting.grid.x.size)

    def part(self, first: int, last: int) -> "Places":
        return self._replace(first=self.first + first, last=self.first + last)

    def run(self, progress: Progress) -> Columns:
        backend, seen = resolve(self.backend), setting.sealed(self.setting)
        i, j = np.divmod(np.arange(self.first, self.last), self.mu.size)
        mu, sigma = _check.frozen(self.mu[j]), _check.frozen(self.sigma[i])
        return backend.values(backend, seen, mu, sigma, progress)


def measured(
    seen: Setting, mu: Array, sigma: Array, backend: str | Backend, by: Means, checkpoint: Any = None
) -> tuple[Array, Array, Array]:
    """The loss and its gradient at every pair of checked arguments: shape (k, m), read-only."""
    task = Places(seen, mu, sigma, backend, 0, mu.size * sigma.size)
    columns = sweep(task, by, files.opened(checkpoint, task))
    value, d_mu, d_sigma = (_check.frozen(column.reshape(sigma.size, mu.size)) for column in columns)
    return value, d_mu, d_sigma


def most_threads(backend: Backend) -> int | None:
    """One for a backend that holds Python's lock; as many as there are CPUs, None, for another."""
    return 1 if backend.values is each_alone else None

"""Which start leads where: Newton's steps from many starts, and the ends that are one."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, setting
from .._types import Array, Density, Loss, Progress
from ..backend import Backend
from ..backends import resolve
from ..families import Normal
from ..families.methods import TINY
from ..grid import Grid
from ..losses.protocol import loss_title
from ..setting import Setting
from . import checkpoint as files
from . import kinks, steps
from .kinks import Kinks
from .newton import Box
from .optimum import UNDECIDED, Optimum
from .parts import Columns
from .solving import Solver, judged
from .steps import ManyEnds
from .surface import axis
from .sweep import PART, Means, means, sweep
from .verdicts import all_outside, all_within

# The longest step: short enough to keep to the path of steepest descent, whose basins these are. With steps
# of 0.25 one start in 25 ends elsewhere, some of them far from a border: paths come together near a saddle.
SHORT = 0.06
SAME = 1e-6  # two ends no further apart than this, in units of sigma, or than both are known to, are one
ALIKE = 0.2  # the same before the corner is found, where there are kinks
STEPS = 100  # of a descent, about: for the size of a part


class Basins(NamedTuple):
    """Where each start of a landscape leads: mu of shape (m,), sigma of shape (k,), both as they were given.

    end: shape (k, m): the descent from mu[j] and sigma[i] ends at optima[end[i, j]]; -1 where the loss at the
    start is not finite. optima: the ends, the lowest minimum first, what is no minimum last. share: of the
    starts, for each of them.
    """

    mu: Array
    sigma: Array
    end: NDArray[np.int64]
    optima: tuple[Optimum, ...]
    share: tuple[float, ...]

    def __repr__(self) -> str:
        ends = ", ".join(
            f"{share:.1%} {o.verdict} ({o.q.mu:.4g}, {o.q.sigma:.4g})"
            for o, share in zip(self.optima, self.share, strict=True)
        )
        title = loss_title(self.optima[0].divergence) if self.optima else "no loss"
        return f"Basins({title}: {self.end.size:,} starts; {ends})"


class Searches(NamedTuple):
    """The task of a sweep: Newton's steps from each start."""

    setting: Setting
    kinks: Kinks
    starts: Array
    box: Box
    backend: str | Backend

    dtypes = ("f8",) * len(ManyEnds._fields)

    @property
    def size(self) -> int:
        return len(self.starts)

    @property
    def grain(self) -> int:
        return max(1, PART // (self.setting.grid.x.size * STEPS))

    def part(self, first: int, last: int) -> "Searches":
        return self._replace(starts=self.starts[first:last])

    def run(self, progress: Progress) -> Columns:
        seen, starts = setting.sealed(self.setting), _check.frozen(self.starts)
        search = steps.search(resolve(self.backend), seen, self.kinks)
        return search.many(starts, self.box, SHORT, steps.MOST, progress)


def basins(
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
) -> Basins:
    """Where the descent from every pair of a mu and a sigma ends.

    The descent takes Newton's steps of at most 0.06 sigma, so it keeps close to the path of steepest descent,
    with mu in units of sigma, and log sigma. It stays in the box that the mus and sigmas span. Adam
    or another coordinate takes another path, and near the border of a basin may end elsewhere.

    The arguments are those of `landscape`; progress is called with the number of descents done.

    Raises: ValueError naming the argument, what was expected and what was given.
    """
    seen = setting.checked(loss, p, grid, family)
    mus, sigmas = axis("mu", mu, -np.inf), axis("sigma", sigma, TINY)
    by = means(executor, threads, progress, None if resolve(backend).newton else 1)
    box = float(mus.min()), float(mus.max()), float(sigmas.min()), float(sigmas.max())
    return found(seen, mus, sigmas, box, backend, by, checkpoint)


def found(
    seen: Setting, mus: Array, sigmas: Array, box: Box, backend: Any, by: Means, checkpoint: Any = None
) -> Basins:
    """The basins of checked arguments."""
    i, j = np.divmod(np.arange(mus.size * sigmas.size), mus.size)
    task = Searches(seen, kinks.of(seen), np.column_stack([mus[j], sigmas[i]]), box, backend)
    every = ManyEnds(*sweep(task, by, files.opened(checkpoint, task)))
    labels, ends = grouped(Solver.of(seen, box, resolve(backend)), every)
    order = sorted(range(len(ends)), key=lambda k: (ends[k].verdict != "minimum", ends[k].loss))
    rank = np.full(len(ends) + 1, -1)
    rank[order] = np.arange(len(ends))
    end = rank[labels].reshape(sigmas.size, mus.size)
    share = tuple(float((end == k).mean()) for k in range(len(ends)))
    end.setflags(write=False)
    return Basins(mus, sigmas, end, tuple(ends[k] for k in order), share)


def grouped(by: Solver, every: ManyEnds) -> tuple[NDArray[np.int64], list[Optimum]]:
    """Which optimum each end belongs to, -1 for none, and the optima."""
    labels = np.full(every.mu.size, -1)
    ends: list[Optimum] = []
    left = np.isfinite(every.value)
    slope, within, kind = every.slope, all_within(every), np.full(every.mu.size, "", object)
    kind[left] = all_outside(by.setting, every.those(left), by.box)
    while left.any():
        # The one whose gradient is smallest is known best.
        best = int(np.flatnonzero(left)[np.argmin(slope[left])])
        end = judged(by, every.one(best))
        near = left & (kind == kind[best])
        if kind[best] in ("", "at the border"):
            near &= _near(every, best, by.kinks, within)
        near[best], left = True, left & ~near
        left[best] = False
        known = [k for k, other in enumerate(ends) if _one(end, other)]
        labels[near] = known[0] if known else len(ends)
        if not known:
            ends.append(end)
    return labels, ends


def _near(every: ManyEnds, best: int, bends: Kinks, within: Array) -> NDArray[np.bool_]:
    """The ends that are where this one is, within what is known of each."""
    mu, sigma = every.mu[best], every.sigma[best]
    away = np.hypot((every.mu - mu) / sigma, np.log(every.sigma / sigma))
    known = SAME + 10.0 * (within + within[best])
    return away <= (ALIKE if bends.any else np.minimum(known, ALIKE))


def _one(end: Optimum, other: Optimum) -> bool:
    """Whether two ends are one place: where there are kinks, two starts can come to one corner.

    What could not be decided is the end that it is near, whatever that one is.
    """
    away = np.hypot((end.q.mu - other.q.mu) / end.q.sigma, np.log(end.q.sigma / other.q.sigma))
    if end.verdict == UNDECIDED:
        return bool(away <= ALIKE)
    return end.verdict == other.verdict and bool(away <= SAME)

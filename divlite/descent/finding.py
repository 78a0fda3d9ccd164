"""All local optima of a loss over a box, each with its certificate and with how many starts lead to it."""

from typing import Any, NamedTuple

import numpy as np

from .. import _check, setting
from .._types import Density, Loss, Progress
from ..backend import Backend
from ..backends import resolve
from ..families import Normal
from ..grid import Grid
from ..losses.protocol import loss_title
from . import basins, unique
from .boxes import checked_box, default_box
from .newton import Box
from .optimum import AWAY, BORDER, MINIMUM, Optimum
from .sweep import means

COLUMNS, ROWS = 32, 24  # starts along mu and along log sigma
FEW = 0.005  # of the starts; ends that fewer lead to are told in one line


class Optima(NamedTuple):
    """The minima of a loss over a box, the lowest first, and where else descents in it end.

    minima: `Optimum` values with the verdict "minimum". share: the part of the starts that leads to each;
    they stand evenly in mu and in log sigma. others: the ends that are no minimum, and other_share theirs.
    infimum: where the loss is least in the box, in a sentence. unique: why there is one minimum only, where
    that is known; "" elsewhere. box: ((mu from, to), (sigma from, to)). starts: how many.
    """

    minima: tuple[Optimum, ...]
    share: tuple[float, ...]
    others: tuple[Optimum, ...]
    other_share: tuple[float, ...]
    infimum: str
    unique: str
    box: tuple[tuple[float, float], tuple[float, float]]
    starts: int
    divergence: Loss

    def __repr__(self) -> str:
        found = ", ".join(f"({o.q.mu:.6g}, {o.q.sigma:.6g})" for o in self.minima)
        return f"Optima({len(self.minima)} minima: {found})"

    def __str__(self) -> str:
        (left, right), (low, high) = self.box
        minima = [*zip(self.minima, self.share, strict=True)]
        others = [*zip(self.others, self.other_share, strict=True)]
        every = [*minima, *(pair for pair in others if pair[1] >= FEW)]
        title = loss_title(self.divergence)
        head = f"{title}: {self.starts:,} starts, mu {left:g} to {right:g}, sigma {low:.4g} to {high:.4g}"
        rows = [f"  {'mu':>12} {'sigma':>12} {'loss':>14} {'starts':>7}  end"]
        rows += [
            f"  {o.q.mu:>12.7g} {o.q.sigma:>12.7g} {o.loss:>14.8g} {share:>7.1%}  {o.verdict}"
            for o, share in every
        ]
        lost = 1.0 - sum(share for _, share in (*minima, *others))
        if lost > 1e-9:
            rows.append(
                f"  {'no finite loss':>40} {lost:>7.1%}  at the start: try dl.Smoothed(loss, epsilon)"
            )
        rare = [pair for pair in others if pair[1] < FEW]
        if rare:
            kinds = ", ".join(sorted({o.verdict for o, _ in rare}))
            few = f"{len(rare)} other end{'s' * (len(rare) > 1)}"
            rows.append(f"  {few:>40} {sum(share for _, share in rare):>7.1%}  {kinds}")
        return "\n".join([head, *rows, self.infimum, *([self.unique] if self.unique else [])])


def optima(
    loss: Loss,
    p: Density,
    grid: Grid,
    *,
    box: Any = None,
    family: Any = Normal,
    starts: tuple[int, int] = (COLUMNS, ROWS),
    backend: str | Backend = "numba",
    executor: Any = None,
    threads: int | None = None,
    checkpoint: Any = None,
    progress: Progress | None = None,
) -> Optima:
    """All local optima over a box: descents from many starts, the ends that are one merged and certified.

    box: ((mu from, to), (sigma from, to)); without one, the window of the grid for mu, and for sigma from
    twice its least gap to its width. starts: how many along mu and along log sigma. A minimum whose basin is
    narrower than the distance of two starts can be missed.

    executor, threads, checkpoint, progress: as `fit_many` takes them.

    Raises: ValueError naming the argument, what was expected and what was given.
    """
    seen = setting.checked(loss, p, grid, family)
    inside = default_box(seen.grid) if box is None else checked_box(box, seen)
    columns, rows = _counts(starts)
    by = means(executor, threads, progress, None if resolve(backend).newton else 1)
    mus, sigmas = cells(inside, columns, rows)
    found = basins.found(seen, mus, sigmas, inside, backend, by, checkpoint)
    known = [*zip(found.optima, found.share, strict=True)]
    minima = [pair for pair in known if pair[0].verdict == MINIMUM]
    others = [pair for pair in known if pair[0].verdict != MINIMUM]
    return Optima(
        tuple(o for o, _ in minima),
        tuple(share for _, share in minima),
        tuple(o for o, _ in others),
        tuple(share for _, share in others),
        _infimum(found.optima),
        unique.reason(seen, len(minima)),
        ((inside[0], inside[1]), (inside[2], inside[3])),
        found.end.size,
        seen.loss,
    )


def cells(box: Box, columns: int, rows: int) -> tuple[Any, Any]:
    """The middles of equal cells of the box, in mu and in log sigma."""
    left, right, low, high = box
    along = (np.arange(columns) + 0.5) / columns
    up = (np.arange(rows) + 0.5) / rows
    return left + (right - left) * along, low * (high / low) ** up


def _counts(starts: Any) -> tuple[int, int]:
    columns, rows = _check.pair(
        "starts", starts, "two whole numbers, along mu and along sigma", ("mu", "sigma")
    )
    return _check.count("starts", columns, 1), _check.count("starts", rows, 1)


def _infimum(ends: tuple[Optimum, ...]) -> str:
    """Where the loss is least, of all places that were seen, and whether it may be less outside."""
    if not ends:
        return "The loss is finite at no start: try dl.Smoothed(loss, epsilon)."
    least = min(ends, key=lambda o: (o.loss, o.verdict != MINIMUM))
    beyond = any(o.verdict in (BORDER, AWAY) for o in ends)
    if least.verdict == MINIMUM:
        told = f"The least loss found, {least.loss:.8g}, is at the first of these minima."
        return told + " Outside the box it may be lower: descents lead there." * beyond
    place = f"mu = {least.q.mu:.6g}, sigma = {least.q.sigma:.6g}"
    if least.verdict == BORDER:
        where = f"at the border of the box, {place}: it falls on outside"
        return f"The least loss found, {least.loss:.8g}, is {where}."
    return f"The least loss found, {least.loss:.8g}, is at no minimum: {least.verdict}, {place}."

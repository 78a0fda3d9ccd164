"""What a peer of the speed table is."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from .._types import Array, Density, Loss
from ..densities import Normal
from ..grid import Grid

Path: TypeAlias = tuple[Array, Array, Array]
Run: TypeAlias = Callable[[], Path]


class Peer(NamedTuple):
    """Another way to run the benchmark's fit.

    title: at the head of its column. why_not() -> why it cannot be run here, empty where it can.
    version() -> what is timed. fit(loss, target, q0, grid, lr, steps) -> the fit ready to be run any number
    of times, or None for a loss that the peer has not been taught. share: unless all steps are asked for, one
    in so many is run.
    """

    title: str
    why_not: Callable[[], str]
    version: Callable[[], str]
    fit: Callable[[Loss, Density, Normal, Grid, float, int], Run | None]
    share: int = 1


def columns(path: Any) -> Path:
    """The three columns of a path, mu, sigma and the loss, as NumPy's."""
    mu, sigma, loss = (np.asarray(column) for column in path)
    return mu, sigma, loss

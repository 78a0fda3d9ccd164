"""Newton's steps from one start, and from many: by a backend's compiled loop, or in plain Python."""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from .. import _check
from .._types import Array, Loss, Progress
from ..backend import Backend, Curvature
from ..chain import bent, curved, places, seen
from ..families.location_scale import place
from ..losses.protocol import d_finish, dot, each, scale, sensitivity, value
from ..numpy_backend import evaluate, total
from ..setting import Setting
from . import newton
from .kinks import Kinks, bends
from .newton import Box, Local

MOST = 1000  # steps; from anywhere in a window some ten are usual, and some hundred short ones
REACH = 1.0  # the longest step, in units of sigma


class End(NamedTuple):
    """Where the steps ended: the fields of `Local`, and how many they were.

    terms, terms1, terms2: the sums of |terms| of L and of both derivatives.
    """

    mu: float
    sigma: float
    value: float
    g1: float
    g2: float
    h11: float
    h12: float
    h22: float
    steps: float
    terms: float
    terms1: float
    terms2: float

    @property
    def slope(self) -> float:
        """The length of the gradient in units of sigma, along the coordinates that are free."""
        return math.hypot(self.g1, self.g2)

    @property
    def slope_terms(self) -> float:
        """What its rounding error is measured against."""
        return math.hypot(self.terms1, self.terms2)

    def at(self, local: Local) -> "End":
        """The same at another place, or with other derivatives."""
        return End(*local, *self[len(local) :])


def local_by(backend: Backend, setting: Setting, kinks: Kinks) -> Callable[[float, float], Local]:
    """(mu, sigma) -> the loss, its gradient and its second derivatives there, in units of sigma."""
    curvature = (backend.curvature or by_duals)(setting)

    def local(mu: float, sigma: float) -> Local:
        value, d_mu, d_sigma, mu_mu, mu_sigma, sigma_sigma = curvature(mu, sigma)
        scale = sigma * sigma
        h11, h12, h22 = scale * mu_mu, scale * mu_sigma, scale * sigma_sigma + sigma * d_sigma
        if kinks.any:
            b11, b12, b22 = bends(setting, kinks, mu, sigma)
            h11, h12, h22 = h11 + b11, h12 + b12, h22 + b22
        return Local(mu, sigma, value, sigma * d_mu, sigma * d_sigma, h11, h12, h22)

    return local


def by_duals(setting: Setting) -> Curvature:
    """By the core's formulas as they stand, run on dual numbers."""

    def curvature(mu: float, sigma: float) -> tuple[float, float, float, float, float, float]:
        with np.errstate(all="ignore"):
            try:
                at = places(setting.family, mu, sigma)
                terms = curved(setting.loss, setting.view, setting.family, at, *setting.table)
                found = bent(setting.loss, *(total(t) for t in terms))
            except Exception as error:  # the formulas may be anyone's
                evaluate(setting, mu, sigma)  # has it a first derivative?
                no_second_derivative(setting.loss, error)
        return tuple(float(u) for u in found)  # pyright: ignore[reportReturnType]

    return curvature


def no_second_derivative(loss: Loss, error: Exception) -> NoReturn:
    """The formulas of a loss cannot be run on dual numbers."""
    expected = "formulas with second derivatives: of arithmetic, comparisons and divlite.elementary"
    reason = f"{_check.shown(loss)}: {type(error).__name__}"
    raise ValueError(f"loss: expected {expected}, got {reason}") from error


def terms(setting: Setting, at: Local) -> tuple[float, float, float]:
    """The sums of |terms| of the loss and of its two derivatives, in units of sigma."""
    loss, (x, a, b, w) = setting.loss, setting.table
    with np.errstate(all="ignore"):
        c, d, by_mu, by_sigma = seen(setting.view, setting.family, place(setting.family, at.mu, at.sigma), x)
        slopes = d_finish(loss, each(total, scale(value(loss, a, b, c, d), w)))
        pull = w * dot(each(abs, slopes), each(abs, sensitivity(loss, a, b, c, d)))
        parts = pull, at.sigma * np.abs(by_mu) * pull, at.sigma * np.abs(by_sigma) * pull
        size, one, two = (float(np.sum(part)) for part in parts)
    return abs(at.value) + size, one, two


class Downhill(NamedTuple):
    """What `newton.descend` goes down: (mu, sigma) -> `Local`, and `Local` -> its |terms|."""

    local: Callable[[float, float], Local]
    terms: Callable[[Local], tuple[float, float, float]]


class ManyEnds(NamedTuple):
    """Where the steps from many starts ended: the fields of `End`, as arrays of shape (n,)."""

    mu: Array
    sigma: Array
    value: Array
    g1: Array
    g2: Array
    h11: Array
    h12: Array
    h22: Array
    steps: Array
    terms: Array
    terms1: Array
    terms2: Array

    @property
    def slope(self) -> Array:
        """As `End.slope`."""
        return np.hypot(self.g1, self.g2)

    @property
    def slope_terms(self) -> Array:
        """As `End.slope_terms`."""
        return np.hypot(self.terms1, self.terms2)

    def one(self, i: int) -> End:
        return End(*(column.item(i) for column in self))

    def those(self, which: NDArray[np.bool_]) -> "ManyEnds":
        return ManyEnds(*(column[which] for column in self))


class Search(NamedTuple):
    """Newton's steps from one start, and from many.

    one: (mu, sigma, box, reach, most) -> the end. many: (starts, box, reach, most, progress) -> the ends;
    starts: a row (mu, sigma) for each, shape (n, 2).
    """

    one: Callable[[float, float, Box, float, int], End]
    many: Callable[[Array, Box, float, int, Progress], ManyEnds]


def search(backend: Backend, setting: Setting, kinks: Kinks) -> Search:
    """Newton's steps by the backend's own loop, or by the one in Python."""
    if backend.newton is not None:
        return backend.newton(setting, kinks)
    down = Downhill(local_by(backend, setting, kinks), partial(terms, setting))

    def one(mu: float, sigma: float, box: Box, reach: float, most: int) -> End:
        local, count, size = newton.descend(down, mu, sigma, box, reach, most)
        return End(*local, count, *size)

    def many(starts: Array, box: Box, reach: float, most: int, progress: Progress) -> ManyEnds:
        rows = np.empty((len(starts), len(End._fields)))
        for i, (mu, sigma) in enumerate(starts.tolist()):
            rows[i] = one(mu, sigma, box, reach, most)
            progress(i + 1)
        return ManyEnds(*rows.T)

    return Search(one, many)

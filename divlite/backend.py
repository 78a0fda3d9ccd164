"""What a backend is: a few functions in a value, each the same quantity computed in one way.

There is no global "current" backend, and none is chosen by the environment; each call says which one it
means. A backend is handed checked arguments only, and returns plain floats and float64 arrays.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from . import discrete, families
from ._types import Array, Coordinates, Family, Loss, Optimizer, Progress
from .discrete import Reduction
from .setting import Setting

if TYPE_CHECKING:
    from .descent.kinks import Kinks
    from .descent.steps import Search

Evaluate: TypeAlias = Callable[[float, float], tuple[float, float, float]]
"""(mu, sigma) -> (L, dL/dmu, dL/dsigma)."""

Curvature: TypeAlias = Callable[[float, float], tuple[float, float, float, float, float, float]]
"""(mu, sigma) -> (L, dL/dmu, dL/dsigma, and the second derivatives by mu mu, mu sigma, sigma sigma)."""


class Ends(NamedTuple):
    """Where fits ended: arrays of shape (n,).

    mu, sigma, loss, d_mu, d_sigma: the last pair in its domain, with the loss and its gradient there.
    steps: the number of steps that led there. left: whether the next one left the domain of mu or sigma.
    """

    mu: Array
    sigma: Array
    loss: Array
    d_mu: Array
    d_sigma: Array
    steps: NDArray[np.int64]
    left: NDArray[np.bool_]

    @classmethod
    def unmoved(cls, mu: Array, sigma: Array) -> "Ends":
        """What stays of a fit that leaves its domain before its first loss: its start, and nothing known."""
        value, d_mu, d_sigma = np.full((3, mu.size), np.nan)
        steps, left = np.zeros(mu.size, np.int64), np.ones(mu.size, np.bool_)
        return cls(mu.copy(), sigma.copy(), value, d_mu, d_sigma, steps, left)


def one_by_one(
    backend: "Backend",
    setting: Setting,
    mu: Array,
    sigma: Array,
    optimizer: Optimizer,
    steps: int,
    coordinates: Coordinates,
    progress: Progress,
) -> Ends:
    """The ends of many fits, from the backend's own `path` and `evaluate`."""
    ends, evaluate = Ends.unmoved(mu, sigma), backend.evaluate(setting)
    for k in range(mu.size):
        q0 = families.moved(setting.family, float(mu[k]), float(sigma[k]))
        path = backend.path(setting, q0, optimizer, steps, coordinates, lambda _, k=k: progress(k))
        left = not (math.isfinite(path[0][-1]) and 0.0 < path[1][-1] < math.inf)
        ends.left[k], last = left, path[0].size - 1 - left
        if last >= 0:
            at = float(path[0][last]), float(path[1][last])
            ends.mu[k], ends.sigma[k], ends.loss[k], ends.steps[k] = *at, path[2][last], last
            _, ends.d_mu[k], ends.d_sigma[k] = evaluate(*at)
    return ends


def each_alone(
    backend: "Backend", setting: Setting, mu: Array, sigma: Array, progress: Progress
) -> tuple[Array, Array, Array]:
    """The loss and its gradient at many places, from the backend's own `evaluate`."""
    evaluate, found = backend.evaluate(setting), np.empty((3, mu.size))
    for k, at in enumerate(zip(mu.tolist(), sigma.tolist(), strict=True)):
        found[:, k] = evaluate(*at)
        progress(k + 1)
    return found[0], found[1], found[2]


class Backend(NamedTuple):
    """The same quantities, computed in one way.

    evaluate(setting) -> a function (mu, sigma) -> (L, dL/dmu, dL/dsigma), for as many calls as one likes
    d_log_q(loss, log_p, log_q, w) -> dL/dlog q_i, shape (n,), the weights included
    path(setting, q0, optimizer, steps, coordinates, progress) -> (mu, sigma, L), each of shape
        (steps + 1,); shorter if mu or sigma leaves its domain, the offending pair then the last.
        progress(done) is called every so often, with the number of steps done
    kl_div(input, target, reduction, log_target) -> as `divlite.kl_div`; in NumPy unless said otherwise
    curvature(setting) -> a function (mu, sigma) -> L and its first and second derivatives; the core's
        formulas on dual numbers unless said otherwise
    newton(setting, kinks) -> Newton's steps from one start and from many, as a `descent.steps.Search`; made
        from `curvature` unless said otherwise

    The next two have the backend itself for their first argument. Unless said otherwise they are made from
    `path` and `evaluate`, and the fits are followed by one thread. Functions of a backend's own release
    Python's lock and may be called from several threads at once. progress(done) is called every so often,
    and may raise.

    ends(backend, setting, mu, sigma, optimizer, steps, coordinates, progress) -> the `Ends` of fits from
        the starts mu, sigma, each of shape (n,)
    values(backend, setting, mu, sigma, progress) -> (L, dL/dmu, dL/dsigma) there, each of shape (n,)
    """

    name: str
    evaluate: Callable[[Setting], Evaluate]
    d_log_q: Callable[[Loss, Array, Array, Array], Array]
    path: Callable[[Setting, Family, Optimizer, int, Coordinates, Progress], tuple[Array, Array, Array]]
    kl_div: Callable[[Array, Array, Reduction, bool], float | Array] = discrete.kl_div
    curvature: Callable[[Setting], Curvature] | None = None
    newton: "Callable[[Setting, Kinks], Search] | None" = None
    ends: Callable[[Any, Setting, Array, Array, Optimizer, int, Coordinates, Progress], Ends] = one_by_one
    values: Callable[[Any, Setting, Array, Array, Progress], tuple[Array, Array, Array]] = each_alone


def unheard(done: int) -> None:
    """Progress that nobody asked for."""

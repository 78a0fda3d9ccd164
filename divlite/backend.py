"""What a backend is: a few functions in a value, each the same quantity computed in one way.

There is no global "current" backend, and none is chosen by the environment; each call says which one it
means. A backend is handed checked arguments only, and returns plain floats and float64 arrays.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from . import discrete
from ._types import Array, Coordinates, Family, Loss, Optimizer, Progress
from .discrete import Reduction
from .setting import Setting

Evaluate: TypeAlias = Callable[[float, float], tuple[float, float, float]]
"""(mu, sigma) -> (L, dL/dmu, dL/dsigma)."""

Curvature: TypeAlias = Callable[[float, float], tuple[float, float, float, float, float, float]]
"""(mu, sigma) -> (L, dL/dmu, dL/dsigma, and the second derivatives by mu mu, mu sigma, sigma sigma)."""


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
    newton(setting, kinks, starts, box, reach, most) -> where Newton's steps end, a row for each start, as
        `descent.steps.ends` has them; made from `curvature` unless said otherwise
    """

    name: str
    evaluate: Callable[[Setting], Evaluate]
    d_log_q: Callable[[Loss, Array, Array, Array], Array]
    path: Callable[[Setting, Family, Optimizer, int, Coordinates, Progress], tuple[Array, Array, Array]]
    kl_div: Callable[[Array, Array, Reduction, bool], float | Array] = discrete.kl_div
    curvature: Callable[[Setting], Curvature] | None = None
    newton: Callable[[Setting, Any, Array, Any, float, int], Array] | None = None


def unheard(done: int) -> None:
    """Progress that nobody asked for."""

"""What a backend is, and how a name becomes one.

- A backend is a value: a few functions in a NamedTuple. There is no global "current" backend, and
  none is chosen by the environment; each call says which one it means.
- It is handed checked arguments only, and returns plain floats and float64 arrays.
- Nothing is imported before it is asked for: numba and torch stay out of `import divlite`.
"""

from collections.abc import Callable
from typing import NamedTuple

from . import _check, discrete
from ._types import Array, Coordinates, Density, Loss, Optimizer, Progress
from .densities import Normal
from .discrete import Reduction
from .grid import Grid


class Backend(NamedTuple):
    """The same quantities, computed in one way.

    value_and_grad(loss, p, q, grid) -> (L, Normal(dL/dmu, dL/dsigma))
    d_log_q(loss, log_p, log_q, w) -> dL/dlog q_i, shape (n,), the weights included
    path(loss, p, q0, grid, optimizer, steps, coordinates, progress) -> (mu, sigma, L), each of shape
        (steps + 1,); shorter if mu or sigma leaves its domain, the offending pair then the last.
        progress(done) is called every so often, with the number of steps done
    kl_div(input, target, reduction, log_target) -> as `divlite.kl_div`; in NumPy unless said otherwise
    """

    name: str
    value_and_grad: Callable[[Loss, Density, Normal, Grid], tuple[float, Normal]]
    d_log_q: Callable[[Loss, Array, Array, Array], Array]
    path: Callable[
        [Loss, Density, Normal, Grid, Optimizer, int, Coordinates, Progress], tuple[Array, Array, Array]
    ]
    kl_div: Callable[[Array, Array, Reduction, bool], float | Array] = discrete.kl_div


BACKENDS = ("numba", "numpy", "torch")


def unheard(done: int) -> None:
    """Progress that nobody asked for."""


def resolve(backend: "str | Backend") -> Backend:
    """The backend of that name, imported now; a `Backend` value is taken as it is.

    Raises: ValueError for an unknown name; ModuleNotFoundError, saying how to install it, for
    "torch" where torch is missing.
    """
    if isinstance(backend, Backend):
        return backend
    name = _check.one_of("backend", backend, BACKENDS)
    if name == "numpy":
        from .numpy_backend import BACKEND

        return BACKEND
    if name == "numba":
        from divlite_numba import BACKEND

        return BACKEND
    from divlite_torch import backend as torch_backend

    return torch_backend()

"""The core's formulas as they stand, on whole arrays: for reading, and for checking the others by."""

import math
from typing import Any, NoReturn

import numpy as np

from . import _check, optimizers
from . import setting as settings
from ._types import Array, Coordinates, Family, Loss, Optimizer, Progress, Sums
from .backend import Backend, Evaluate
from .chain import assemble, integrand, seen
from .coordinates import from_sigma, to_sigma
from .elementary import exp
from .families import Normal
from .families.location_scale import place
from .grid import Grid
from .losses.protocol import d_finish, dot, each, scale, sensitivity, several, value
from .setting import Setting
from .views import view_of


def total(terms: Sums) -> Sums:
    """The sums. NumPy's own pairwise ones: no BLAS, whose threads could change bits."""
    return each(np.sum, terms)


def evaluate(setting: Setting, mu: float, sigma: float) -> tuple[float, float, float]:
    """(L, dL/dmu, dL/dsigma)."""
    loss, family = setting.loss, setting.family
    # 0 * inf and inf - inf at the edges are evaluated and then not selected: see `where`.
    with np.errstate(all="ignore"):
        try:
            terms = integrand(loss, setting.view, family, place(family, mu, sigma), *setting.table)
            value_, d_mu, d_s = assemble(loss, *(total(t) for t in terms))
            # NumPy's floats, not Python's: what a division by zero gives is looked at later.
            return np.float64(float(value_)), np.float64(float(d_mu)), np.float64(float(d_s))
        except Exception as error:  # the formulas may be anyone's
            failed(loss, error)


def failed(loss: Loss, error: Exception) -> NoReturn:
    """The formulas of a loss raised this on arrays."""
    expected = f"elementwise formulas of {view_of(loss).shows}, in arithmetic and divlite.elementary"
    reason = f"{_check.shown(loss)}: {type(error).__name__}: {error}"
    raise ValueError(f"loss: expected {expected}, got {reason}") from error


def one_each(name: str, terms: Any, shape: tuple[int, ...]) -> None:
    """One real number for each point: an array of them, or a number that is the same at all points.

    Of value a NumPy scalar is refused: it comes from a sum or a mean, which would be summed once more.
    """
    # Typed as Any, because a check against these tells a type checker nothing about what is in the terms.
    plain: Any = int | float | np.integer | np.floating
    array: Any = np.ndarray
    got = f"a {type(terms).__name__}"
    if not isinstance(terms, array):
        right = isinstance(terms, plain) and not (name == "value" and _check.has(terms, "item"))
    elif right := terms.shape == shape:
        right, got = terms.dtype.kind in "fiub", f"{terms.dtype} numbers"
    else:
        got = f"an array of shape {terms.shape}"
    if not right:
        raise TypeError(f"{name} returns {got}; it needs a real number for each point")


def elementwise(loss: Loss, a: Array, b: Array) -> None:
    """Raises: ValueError for formulas that do not give a real number for each point; two points tell."""
    a, b = a[:2].copy(), b[:2].copy()  # writable: torch warns of memory that is not
    with np.errstate(all="ignore"):
        try:
            for name, formula in (("value", value), (view_of(loss).derivative, sensitivity)):
                terms = formula(loss, a, b, a, b)
                for one in terms if several(terms) else (terms,):
                    one_each(name, one, a.shape)
        except Exception as error:  # the formulas may be anyone's
            failed(loss, error)


def tried(loss: Loss) -> None:
    """Raises: ValueError if the formulas fail on arrays: those of two points."""
    bind(settings.checked(loss, Normal(0.0, 1.0), Grid(np.array([0.0, 1.0]), np.ones(2))))(0.0, 1.0)


def bind(setting: Setting) -> Evaluate:
    """The loss and its gradient as a function of mu and sigma."""
    _, a, b, _ = setting.table
    elementwise(setting.loss, a, b)

    def at(mu: float, sigma: float) -> tuple[float, float, float]:
        value_, d_mu, d_s = evaluate(setting, mu, sigma)
        return float(value_), float(d_mu), float(d_s)

    return at


def d_log_q(loss: Loss, log_p: Array, log_q: Array, w: Array) -> Array:
    with np.errstate(all="ignore"):
        p, q = exp(log_p), exp(log_q)
        elementwise(loss, p, log_p)
        try:
            return weighted(loss, w, p, log_p, q, log_q)
        except Exception as error:  # the formulas may be anyone's
            failed(loss, error)


def weighted(loss: Loss, w: Array, *seen_: Array) -> Array:
    """w_i dL/dv_i, shape (n,), for what the loss's view sees; v is what moves there, such as log q."""
    return w * dot(d_finish(loss, total(scale(value(loss, *seen_), w))), sensitivity(loss, *seen_))


def factors(setting: Setting, mu: float, sigma: float) -> tuple[Array, Array, Array]:
    """w dL/dv, dv/dmu and dv/dsigma at each point of the setting, whose products sum to the gradient."""
    x, a, b, w = setting.table
    with np.errstate(all="ignore"):
        at = place(setting.family, mu, sigma)
        c, d, d_mu, d_sigma = seen(setting.view, setting.family, at, x)
        # A derivative that is the same at all points is a number.
        return weighted(setting.loss, w, a, b, c, d), d_mu + 0.0 * x, d_sigma + 0.0 * x


def path(
    setting: Setting,
    q0: Family,
    optimizer: Optimizer,
    steps: int,
    coordinates: Coordinates,
    progress: Progress,
) -> tuple[Array, Array, Array]:
    _, a, b, _ = setting.table
    elementwise(setting.loss, a, b)
    mu_path, sigma_path, loss_path = (np.full(steps + 1, np.nan) for _ in range(3))
    mu, t = q0.mu, from_sigma(coordinates, q0.sigma)
    states = optimizers.init(optimizer), optimizers.init(optimizer)
    with np.errstate(all="ignore"):
        for i in range(steps + 1):
            sigma = to_sigma(coordinates, t)
            mu_path[i], sigma_path[i] = mu, sigma
            if not (math.isfinite(mu) and 0.0 < sigma < math.inf):
                return mu_path[: i + 1], sigma_path[: i + 1], loss_path[: i + 1]
            loss_path[i], d_mu, d_s = evaluate(setting, mu, sigma)
            mu, t, states = optimizers.descend(
                optimizer, coordinates, mu, t, sigma, d_mu, d_s, states, i + 1.0
            )
            progress(i)
    return mu_path, sigma_path, loss_path


BACKEND = Backend("numpy", bind, d_log_q, path)

"""A loss between a target and a Q on a grid: its value, its gradient, its sensitivity."""

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from . import _check, families, setting
from ._types import Array, Coordinates, Density, Family, Loss, Q
from .backend import Backend, Evaluate
from .backends import resolve
from .coordinates import Sigma, to_sigma
from .coordinates import d_sigma as d_sigma_by
from .families import Normal
from .grid import Grid
from .setting import Setting
from .views import DENSITY, view_of

if TYPE_CHECKING:
    from .descent.optimum import Optimum


class Problem(NamedTuple):
    """A loss between a target and the members of one family on a grid: checked once, P read once.

    setting: what was checked. evaluate: (mu, sigma) -> (L, dL/dmu, dL/dsigma), by the backend, which trusts
    them. solver: () -> the function q0 -> optimum, made when it is first asked for, which trusts q0.
    """

    setting: Setting
    evaluate: Evaluate
    solver: "Callable[[], Callable[[Family], Optimum]]"

    def value_and_grad(self, q: Q) -> tuple[float, Q]:
        """L and its gradient at q, as the function `value_and_grad` gives them, without its checks of P.

        Raises: ValueError for a q that is none, or of another family.
        """
        at = self._member("q", q)
        value, d_mu, d_sigma = self.evaluate(at.mu, at.sigma)
        return value, families.gradient(at, d_mu, d_sigma)

    def solve(self, q0: Family) -> "Optimum":
        """The optimum downhill from q0, as the function `solve` gives it, without its checks of P.

        Raises: ValueError for a q0 that is none, or of another family, or at which the loss is not finite.
        """
        return self.solver()(self._member("q0", q0))

    def _member(self, name: str, q: Q) -> Q:
        family = self.setting.family
        # Of the same class it need not be asked whether it is a family.
        at: Q = families.parameters(q) if type(q) is type(family) else families.checked(q, name)
        if not families.same(at, family):
            expected = f"a member of the family of {_check.shown(family)}"
            _check.fail(name, expected, _check.shown(q))
        return at


def problem(
    loss: Loss, p: Density, grid: Grid, family: Any = Normal, backend: str | Backend = "numba"
) -> Problem:
    """The problem of these, for as many values and gradients as one likes.

    loss, p, grid, backend: as `value_and_grad` takes them. family: a class such as `dl.Normal`, or any member
    of a family, such as `dl.StudentT(0, 1, nu=3)`.

    Raises: ValueError naming the argument, what was expected and what was given.
    """
    checked, by = setting.checked(loss, p, grid, family), resolve(backend)
    return Problem(checked, by.evaluate(checked), cache(partial(_solver, checked, by)))


def _solver(checked: Setting, backend: Backend) -> "Callable[[Family], Optimum]":
    from .descent.solving import solved, solver

    return partial(solved, solver(checked, None, backend))


def value_and_grad(
    loss: Loss, p: Density, q: Q, grid: Grid, backend: str | Backend = "numba"
) -> tuple[float, Q]:
    """L = C(sum_i w_i f_i) and its analytic gradient at q, in the shape of q: `Normal(d_mu, d_sigma)`.

    p: a Normal, Mixture or Tabulated, a distribution of torch's or SciPy's, or anything with a
    log_prob(x); q: a Normal, or a member of another family; grid: points and weights, shape (n,).
    backend: "numba", "numpy", "torch", or a `Backend` value; the torch one differentiates by
    autograd and shares no formula with the others.

    The loss comes in its own unit (nats for the KLs), the gradient in that over units of x.
    The loss may be +inf, and the gradient is then infinite or NaN; each loss says when. Below a sigma
    of about 1e-100 the score overflows, and the gradient can be NaN where the loss is finite.
    A point of weight 0 is left out, whatever the loss is there. What else q has, such as the nu of a
    Student-t, is held fixed: the gradient has 0 in its place.

    Raises: ValueError naming the argument, what was expected and what was given.
    """
    at: Q = families.checked(q)
    checked = setting.of(loss, p, grid, families.standard(at))
    value, d_mu, d_sigma = resolve(backend).evaluate(checked)(at.mu, at.sigma)
    return value, families.gradient(at, d_mu, d_sigma)


def objective(
    loss: Loss,
    p: Density,
    grid: Grid,
    *,
    family: Any = Normal,
    coordinates: Coordinates = Sigma(),
    backend: str | Backend = "numba",
) -> Callable[[ArrayLike], tuple[float, Array]]:
    """theta -> (L, dL/dtheta), as `scipy.optimize.minimize(objective, theta0, jac=True)` takes it.

    theta = (mu, t), shape (2,), with t the number that the coordinates move in place of sigma: sigma itself,
    or log sigma with `dl.LogSigma()`, in which no step of an optimiser can leave the domain. The gradient has
    shape (2,). The other arguments are those of `problem`.

    Where sigma would be 0 or less, or not finite, L is inf and the gradient NaN: a line search turns back.

    Raises: ValueError as `problem`; the function itself, for a theta of another shape.
    """
    evaluate = problem(loss, p, grid, family, backend).evaluate
    moved = _check.coordinates(coordinates)

    def at(theta: ArrayLike) -> tuple[float, Array]:
        numbers = _check.vector("theta", theta).tolist()
        if len(numbers) != 2:
            _check.fail("theta", "two numbers, mu and the one that is moved for sigma", len(numbers))
        mu, t = numbers
        with np.errstate(all="ignore"):
            sigma = float(to_sigma(moved, t))
        if not (np.isfinite(mu) and 0.0 < sigma < np.inf):
            return np.inf, np.full(2, np.nan)
        value, d_mu, d_sigma = evaluate(mu, sigma)
        return value, np.array([d_mu, d_sigma * d_sigma_by(moved, sigma)])

    return at


def d_log_q(
    loss: Loss, log_p: ArrayLike, log_q: ArrayLike, w: ArrayLike, backend: str | Backend = "numba"
) -> Array:
    """The sensitivity dL/dlog q_i = w_i sum_k (dC/dS_k) (df_k/dlog q)(p_i, q_i), shape (n,).

    log_p, log_q: log densities at the same n points, in nats, -inf allowed; w: weights, shape (n,).
    Which density q comes from does not matter here: this is the loss's half of the chain rule. A loss of
    CDFs or quantiles has no derivative by log q: `plot_force` shows what it has.

    Raises: ValueError naming the argument, what was expected and what was given.
    """
    loss = _check.loss(loss)
    if view_of(loss) != DENSITY:
        _check.fail("loss", "a loss of densities", f"{_check.shown(loss)}, which sees {view_of(loss).shows}")
    log_p_ = _check.log_density("log_p", log_p)
    log_q_ = _check.log_density("log_q", log_q, log_p_.size)
    w_ = _check.weights(w, log_p_.size)
    keep = w_ > 0
    d = np.zeros(w_.size)
    d[keep] = resolve(backend).d_log_q(loss, *(_check.frozen(a[keep]) for a in (log_p_, log_q_, w_)))
    return d

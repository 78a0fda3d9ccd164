"""A problem is checked once, and gives what the functions give; an objective is what an optimiser takes."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize

import divlite as dl
from conftest import GRID, P
from divlite import setting
from divlite.losses import protocol

Q = dl.Normal(1, 2)


def test_a_problem_gives_what_value_and_grad_gives(loss, backend):
    problem = dl.problem(loss, P, GRID, backend=backend)
    for q in (Q, dl.Normal(-3, 0.5), Q):
        assert problem.value_and_grad(q) == dl.value_and_grad(loss, P, q, GRID, backend)


def test_points_of_weight_0_are_left_out():
    holed = dl.Grid(GRID.x, np.where(GRID.x < 0, 0.0, GRID.w))
    half = dl.Grid(GRID.x[GRID.x >= 0], GRID.w[GRID.x >= 0])
    table = dl.Tabulated(P.log_prob(GRID.x))
    expected = dl.value_and_grad(dl.MSE(), P, Q, half)
    assert dl.problem(dl.MSE(), P, holed).value_and_grad(Q) == expected
    assert dl.problem(dl.MSE(), table, holed).value_and_grad(Q) == expected


@pytest.mark.parametrize("coordinates", [dl.Sigma(), dl.LogSigma(), dl.Variance(2.0)], ids=repr)
def test_an_objective_is_the_loss_and_its_gradient_by_theta(coordinates, backend):
    at = dl.objective(dl.MSE(), P, GRID, coordinates=coordinates, backend=backend)
    t = coordinates.from_sigma(Q.sigma)
    value, d = at([Q.mu, t])
    expected, (d_mu, d_sigma) = dl.value_and_grad(
        dl.MSE(), P, dl.Normal(Q.mu, coordinates.to_sigma(t)), GRID, backend
    )
    assert value == expected
    assert d.tolist() == [d_mu, d_sigma * coordinates.d_sigma(coordinates.to_sigma(t))]


def test_scipy_finds_the_moments_of_p():
    """Forward KL's optimum has P's mean and deviation on the grid."""
    at = dl.objective(dl.ForwardKL(), P, GRID, coordinates=dl.LogSigma())
    found = minimize(at, [0.0, 0.0], jac=True, tol=1e-12)
    p = P.prob(GRID.x) / P.prob(GRID.x).sum()
    mean = float(p @ GRID.x)
    deviation = math.sqrt(float(p @ (GRID.x - mean) ** 2))
    assert (found.x[0], math.exp(found.x[1])) == pytest.approx((mean, deviation), rel=1e-6)


@pytest.mark.parametrize("theta", [(0.0, -1.0), (0.0, 0.0), (math.inf, 1.0), (0.0, math.nan)])
def test_outside_its_domain_an_objective_is_infinite(theta):
    value, d = dl.objective(dl.MSE(), P, GRID)(theta)
    assert value == math.inf
    assert np.isnan(d).all()


def test_wrong_arguments_are_named():
    problem = dl.problem(dl.MSE(), P, GRID)
    with pytest.raises(ValueError, match=r"^sigma: expected a finite number > 0, got -1\.0"):
        problem.value_and_grad(dl.Normal(0, -1.0))
    with pytest.raises(ValueError, match=r"^theta: expected two numbers, .*, got 3"):
        dl.objective(dl.MSE(), P, GRID)([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"^family: expected a family such as dl\.Normal"):
        dl.problem(dl.MSE(), P, GRID, dl.Mixture)


def test_what_depends_on_p_alone_is_made_once_and_to_the_same_bits(loss):
    """The loss given P is the loss itself; one that makes nothing of P alone is left as it is."""
    seen = setting.checked(loss, P, GRID)
    once = setting.prepared(seen)
    if not isinstance(loss, dl.Smoothed):
        assert once is seen
        return
    x, p, log_p, w = seen.table
    given = once.table
    assert given[0] is x
    assert given[3] is w
    np.testing.assert_array_equal(given[1:3], (p + loss.epsilon, np.log(p + loss.epsilon)))
    of_q = Q.prob(x), Q.log_prob(x)
    for formula in (protocol.value, protocol.d_log_q):
        np.testing.assert_array_equal(formula(once.loss, *given[1:3], *of_q), formula(loss, p, log_p, *of_q))
    assert repr(once.loss) == repr(loss)
    assert not any(column.flags.writeable for column in given)

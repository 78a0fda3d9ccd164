"""Newton's method to a minimum downhill: what it finds is one, and where it says that it found none."""

import math
from itertools import pairwise, product

import numpy as np
import pytest

import divlite as dl
from conftest import GRID, P
from divlite import optimum
from divlite.optimum import nearest_minimum

SMOOTH = (dl.ForwardKL(), dl.ReverseKL(), dl.MSE(), dl.Cosine(), dl.Smoothed(dl.ForwardKL(), 1e-3))
STARTS = (dl.Normal(0, 1), dl.Normal(6, 3), dl.Normal(-5.2, 0.8), dl.Normal(2, 9), dl.Normal(10, 0.01))


# From these, under reverse KL, the method leaves the window and finds nothing.
FALLS = {(dl.ReverseKL(), dl.Normal(6, 3)), (dl.ReverseKL(), dl.Normal(2, 9))}
CASES = [case for case in product(SMOOTH, STARTS) if case not in FALLS]


def assert_minimum_below(loss, start, backend):
    found = nearest_minimum(loss, P, start, GRID, backend)
    assert found is not None
    q, value = found
    at, (d_mu, d_sigma) = dl.value_and_grad(loss, P, q, GRID, backend)
    assert value == at <= dl.value_and_grad(loss, P, start, GRID, backend)[0]
    assert math.hypot(d_mu, d_sigma) * q.sigma <= 1e-8 * (abs(value) + 1e-4)
    for angle in np.arange(8) * math.pi / 4:
        near = dl.Normal(q.mu + 1e-3 * q.sigma * math.cos(angle), q.sigma * (1 + 1e-3 * math.sin(angle)))
        assert dl.value_and_grad(loss, P, near, GRID, backend)[0] > value


@pytest.mark.parametrize(("loss", "start"), CASES, ids=repr)
def test_what_is_found_is_a_minimum_and_lies_lower(loss, start):
    """Gradient zero to rounding, the loss higher on a small ring around, and below the start's."""
    assert_minimum_below(loss, start, "numpy")


def test_every_backend_finds_it(backend):
    assert_minimum_below(dl.ForwardKL(), dl.Normal(0, 1), backend)


def test_an_axis_that_bends_down_is_turned_round():
    """Hessian diag(-2, 2) in (mu, log sigma), gradient (-2, 2): Newton's own step would climb along mu."""

    def at(theta):
        return 0.0, np.array([-2.0, 2.0]) * theta

    step, length, convex = optimum._newton(at, np.array([1.0, 1.0]), np.array([-2.0, 2.0]))
    assert step == pytest.approx((1, -1), rel=1e-9)
    assert length == pytest.approx(1, rel=1e-9)
    assert convex is False


@pytest.mark.parametrize(("a", "b"), [(1, -1), (-1, 1), (-1, -1), (1, 1)])
def test_only_a_convex_end_is_a_minimum(monkeypatch, a, b):
    """a mu^2 + b (log sigma)^2 has no slope at (0, 1), and a minimum there only if both are above 0."""

    def quadratic(theta):
        mu, t = theta
        return a * mu**2 + b * t**2, np.array([2 * a * mu, 2 * b * t])

    monkeypatch.setattr(optimum, "objective", lambda *_, **__: quadratic)
    found = nearest_minimum(dl.MSE(), P, dl.Normal(0, 1), GRID)
    assert found == ((dl.Normal(0, 1), 0.0) if min(a, b) > 0 else None)
    if a == b == 1:
        q, value = nearest_minimum(dl.MSE(), P, dl.Normal(3, 2), GRID)
        assert (*q, value) == pytest.approx((0, 1, 0), abs=1e-9)


@pytest.mark.parametrize(
    ("loss", "start"),
    [
        (dl.ReverseKL(), dl.Normal(0, 60)),  # falls for ever, towards a sigma without end
        (dl.MSE(), dl.Normal(100, 1)),  # no gradient at all
        (dl.MSE(), dl.Normal(0, 1e-200)),  # NaN
        (dl.MSE(), dl.Normal(0, 1e200)),
    ],
)
def test_none_is_found_where_there_is_none(loss, start):
    assert nearest_minimum(loss, P, start, GRID) is None


def test_no_way_leads_down_from_an_infinite_loss():
    p = dl.Tabulated.from_density(np.where(GRID.x < 0, 1.0, 0.0))
    assert dl.value_and_grad(dl.ReverseKL(), p, dl.Normal(0, 1), GRID)[0] == math.inf
    assert nearest_minimum(dl.ReverseKL(), p, dl.Normal(0, 1), GRID) is None


def test_a_step_is_at_most_half_a_sigma(monkeypatch):
    """Newton's own step is far longer where the loss is nearly flat, and would leave the window."""
    seen = []
    original = optimum.objective

    def recorded(*arguments, **options):
        at = original(*arguments, **options)

        def recorded_at(theta):
            seen.append(theta.tolist())
            return at(theta)

        return recorded_at

    monkeypatch.setattr(optimum, "objective", recorded)
    assert nearest_minimum(dl.MSE(), P, dl.Normal(-9, 1), GRID, "numpy") is not None
    # The differences' points lie within 1e-4 of where the step began or ended.
    for (mu, t), (next_mu, next_t) in pairwise(seen):
        assert abs(next_mu - mu) <= 0.501 * math.exp(max(t, next_t))
        assert abs(next_t - t) <= 0.501


def test_the_method_ends(monkeypatch):
    """After 50 steps of at most 40 halvings each, whatever the loss says."""
    count = 0

    def falling(theta):
        nonlocal count
        count += 1
        return -float(count), np.ones(2)

    monkeypatch.setattr(optimum, "objective", lambda *_, **__: falling)
    assert nearest_minimum(dl.MSE(), P, dl.Normal(0, 1), GRID) is None
    assert count <= 1 + 50 * (4 + 40) + 4

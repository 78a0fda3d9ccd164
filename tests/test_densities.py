"""Densities against SciPy, and against their own derivatives."""

import numpy as np
import pytest
from scipy import stats

import divlite as dl

X = np.linspace(-20.0, 25.0, 301)


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 1.0), (-5.0, 0.3), (12.5, 40.0)])
def test_normal_agrees_with_scipy(mu, sigma):
    q, oracle = dl.Normal(mu, sigma), stats.norm(mu, sigma)
    np.testing.assert_allclose(q.log_prob(X), oracle.logpdf(X), rtol=1e-14)
    np.testing.assert_allclose(q.prob(X), oracle.pdf(X), rtol=1e-12)
    np.testing.assert_allclose(q.cdf(X), oracle.cdf(X), rtol=1e-12, atol=1e-300)  # SciPy flushes subnormals
    u = np.array([0.0, 1e-300, 1e-10, 0.02, 0.5, 0.98, 1.0])
    np.testing.assert_allclose(q.quantile(u), oracle.ppf(u), rtol=1e-12)


def test_quantile_inverts_cdf():
    q = dl.Normal(1.5, 2.5)
    u = np.linspace(0.001, 0.999, 99)
    np.testing.assert_allclose(q.cdf(q.quantile(u)), u, rtol=1e-13)


def test_score_is_the_derivative_of_log_prob():
    q, h = dl.Normal(0.7, 1.3), 1e-5
    d_mu, d_sigma = q.score(X)
    by_mu = (dl.Normal(0.7 + h, 1.3).log_prob(X) - dl.Normal(0.7 - h, 1.3).log_prob(X)) / (2 * h)
    by_sigma = (dl.Normal(0.7, 1.3 + h).log_prob(X) - dl.Normal(0.7, 1.3 - h).log_prob(X)) / (2 * h)
    np.testing.assert_allclose(d_mu, by_mu, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(d_sigma, by_sigma, rtol=1e-7, atol=1e-7)


def test_log_prob_stays_finite_where_the_density_underflows():
    assert dl.Normal(0, 1).prob(60.0) == 0.0
    assert dl.Normal(0, 1).log_prob(60.0) == pytest.approx(-1800.918938533205, rel=1e-15)
    far = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1))).log_prob(100.0)
    assert far == pytest.approx(-0.5 * 90**2 - 0.9189385332046727, rel=1e-15)


def test_mixture_is_the_weighted_sum_of_its_components():
    weights, components = (0.5, 3.0, 1e-9), (dl.Normal(0, 1), dl.Normal(4, 0.5), dl.Normal(-9, 2))
    p = dl.Mixture(weights, components)
    direct = sum(w * c.prob(X) for w, c in zip(weights, components, strict=True))
    np.testing.assert_allclose(p.prob(X), direct, rtol=1e-12)
    assert p.cdf(1e9) == pytest.approx(sum(weights))


def test_mixture_keeps_its_mass():
    p = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1)))
    grid = dl.Grid.linspace(-15, 20, 3501, weights="integral")
    assert np.sum(grid.w * p.prob(grid.x)) == pytest.approx(2.0, rel=1e-9)


def test_tabulated_is_its_table():
    table = dl.Tabulated.from_density([0.0, 0.5, 1.0])
    np.testing.assert_array_equal(table.log_prob([7, 8, 9]), [-np.inf, np.log(0.5), 0.0])
    with pytest.raises(ValueError, match="log_p: expected 2 numbers, one a grid point, got 3"):
        table.log_prob([7, 8])


@pytest.mark.parametrize("weights", dl.grid.WEIGHTS)
def test_grid_weights(weights):
    x = np.array([-1.0, 0.0, 0.5, 3.0])
    w = dl.Grid.from_points(x, weights).w
    expected = {"mean": [0.25] * 4, "sum": [1.0] * 4, "integral": [0.5, 0.75, 1.5, 1.25]}[weights]
    np.testing.assert_array_equal(w, expected)
    np.testing.assert_allclose(
        np.sum(w * x), {"mean": 0.625, "sum": 2.5, "integral": np.trapezoid(x, x)}[weights]
    )


def test_grid_does_not_follow_its_callers_array():
    x = np.array([0.0, 1.0, 2.0])
    grid = dl.Grid.from_points(x)
    x[0] = -7.0
    assert grid.x[0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        grid.x[0] = 1.0

"""What a loss sees of P and Q: densities, CDFs, quantiles; and the two losses that see no densities.

Where numbers of two backends are compared the error is at most ROUNDING times the sum of |terms|.
"""

import math
import re

import numpy as np
import pytest
from test_families import MEMBERS, assert_agree

import divlite as dl
from conftest import P
from divlite import families, setting
from divlite.plotting.force import force
from divlite.plotting.force_words import theta
from divlite.views import CDF, Quantile

EPS = np.finfo(float).eps
LOSSES = (dl.CramerVonMises(), dl.Wasserstein1())
WIDE = dl.Grid.linspace(-40, 40, 4001, weights="integral")
GRID = dl.Grid.linspace(-15, 15, 250, weights="integral")
MIXED = dl.Mixture((1, 0.5, 0.2), (dl.Normal(-5, 1), dl.Laplace(6, 0.5), dl.StudentT(1, 2, 2.5)))
TARGETS = {
    "mixture": MIXED,
    "logistic": dl.Logistic(-2, 1),
    "table": dl.Tabulated(MIXED.log_prob(GRID.x)),
}


@pytest.fixture(params=LOSSES, ids=dl.loss_name)
def loss(request):
    return request.param


@pytest.fixture(params=MEMBERS, ids=repr)
def q(request):
    return request.param


@pytest.fixture(params=TARGETS)
def p(request):
    return TARGETS[request.param]


def mean_distance(m, s):
    """E|N(m, s)|."""
    return s * math.sqrt(2 / math.pi) * math.exp(-0.5 * (m / s) ** 2) + m * math.erf(m / (s * math.sqrt(2)))


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 1.0), (3.0, 1.0), (-2.0, 2.5)])
def test_cramer_von_mises_is_half_the_energy_distance(mu, sigma, backend):
    """Of two Normals: E|X - Y| - E|X - X'|/2 - E|Y - Y'|/2."""
    a, b = dl.Normal(0, 1), dl.Normal(mu, sigma)
    value, _ = dl.value_and_grad(dl.CramerVonMises(), a, b, WIDE, backend)
    between = mean_distance(mu, math.hypot(1, sigma))
    known = between - 0.5 * mean_distance(0, math.sqrt(2)) - 0.5 * mean_distance(0, sigma * math.sqrt(2))
    assert value == pytest.approx(known, abs=1e-12)


def test_wasserstein_of_two_normals(backend):
    """|mu difference| where sigma is the same; E|X| times the difference of sigma where mu is."""
    value, gradient = dl.value_and_grad(dl.Wasserstein1(), dl.Normal(3, 2), dl.Normal(1, 2), WIDE, backend)
    assert value == pytest.approx(2, abs=1e-12)
    assert tuple(gradient) == pytest.approx((-1, 0), abs=1e-12)
    value, gradient = dl.value_and_grad(dl.Wasserstein1(), dl.Normal(1, 3), dl.Normal(1, 2), WIDE, backend)
    assert value == pytest.approx(math.sqrt(2 / math.pi), abs=1e-4)  # a kink in the middle
    assert gradient.sigma == pytest.approx(-math.sqrt(2 / math.pi), abs=1e-4)


def test_wasserstein_is_the_integral_between_the_cdfs(p):
    q = dl.Laplace(0.3, 2)
    f = setting.taken(dl.CramerVonMises(), p, GRID, p.log_prob(GRID.x), dl.Normal(0, 1)).table[1]
    between = np.sum(GRID.w * np.abs(f - q.cdf(GRID.x)))
    value, _ = dl.value_and_grad(dl.Wasserstein1(), p, q, GRID)
    # What lies outside the window is in one of them, and not in the other.
    assert value == pytest.approx(between, rel=0.02)


def test_the_gradient_is_the_derivative(loss, p, q):
    """Away from the kinks of Wasserstein, at which the place of a sign changes with h."""
    _, gradient = dl.value_and_grad(loss, p, q, GRID, "numpy")
    h = 1e-6
    for name in ("mu", "sigma"):
        ahead, behind = (
            dl.value_and_grad(loss, p, q._replace(**{name: getattr(q, name) + side}), GRID, "numpy")[0]
            for side in (h, -h)
        )
        rounding = 4 * EPS * abs(ahead) / h
        assert getattr(gradient, name) == pytest.approx(
            (ahead - behind) / (2 * h), rel=1e-6, abs=1e-6 + rounding
        )


@pytest.mark.parametrize("other", ["numba", "torch"])
def test_backends_agree(loss, p, q, other):
    assert_agree(loss, p, q, GRID, other)


@pytest.mark.parametrize("other", ["numba", "torch"])
def test_paths_agree(loss, other):
    def fit(backend):
        options = {"optimizer": dl.adam(lr=0.01), "steps": 150, "backend": backend}
        return dl.fit(loss, MIXED, dl.Logistic(0.1, 1), GRID, **options)

    expected, got = fit("numpy"), fit(other)
    for a, b in ((expected.mu, got.mu), (expected.sigma, got.sigma), (expected.loss, got.loss)):
        np.testing.assert_allclose(b, a, rtol=1e-11, atol=1e-11)
    assert expected.loss[-1] < expected.loss[0]


def test_p_is_taken_with_mass_one(loss, q):
    """Twice the weights, the same distribution; so no note says that the masses differ."""
    twice = dl.Mixture(tuple(2 * w for w in MIXED.weights), MIXED.components)
    once = dl.value_and_grad(loss, MIXED, q, GRID)
    again = dl.value_and_grad(loss, twice, q, GRID)
    assert again[0] == pytest.approx(once[0], rel=1e-14)
    assert tuple(again[1]) == pytest.approx(tuple(once[1]), rel=1e-13, abs=1e-14)
    fit = dl.fit(loss, P, dl.Normal(0, 1), GRID, optimizer=dl.adam(), steps=1)
    assert not any("masses" in note for note in fit.notes)


def table_of(loss, p, grid, family=dl.Normal(0, 1)):
    return setting.taken(loss, p, grid, p.log_prob(grid.x), family).table


def test_the_cdf_of_a_target():
    x, f, above, w = table_of(dl.CramerVonMises(), MIXED, GRID)
    np.testing.assert_array_equal((x, w), GRID)
    np.testing.assert_allclose(f, MIXED.cdf(x) / 1.7, rtol=1e-15)
    np.testing.assert_allclose(above, MIXED.sf(x) / 1.7, rtol=1e-15)
    # Both sides to all their digits: far out neither is 1 minus the other.
    far = dl.Grid.linspace(-30, 30, 61)
    _, f, above, _ = table_of(dl.CramerVonMises(), dl.Normal(0, 1), far)
    np.testing.assert_allclose(f, above[::-1], rtol=1e-13)
    assert 0 < f[0] < 1e-190


def test_the_cdf_of_a_table_is_cumulated_over_the_cells():
    x = np.array([0.0, 1.0, 3.0, 4.0])
    table = dl.Tabulated.from_density([1.0, 3.0, 1.0, 2.0])
    _, f, above, _ = table_of(dl.CramerVonMises(), table, dl.Grid.from_points(x, "integral"))
    # The trapezoid's areas 2, 4, 3/2, with half of each point's cell on either side.
    np.testing.assert_allclose(f, np.array([0, 2, 6, 7.5]) / 7.5, rtol=1e-15)
    np.testing.assert_allclose(above, 1 - f, atol=1e-15)


def test_a_point_of_weight_zero_is_not_looked_at_but_what_p_has_there_is_there():
    keep = np.arange(GRID.x.size) != 100
    _, f, above, _ = table_of(dl.CramerVonMises(), TARGETS["table"], GRID)
    partly = dl.Grid(GRID.x, np.where(keep, GRID.w, 0.0))
    x, some, rest, w = table_of(dl.CramerVonMises(), TARGETS["table"], partly)
    np.testing.assert_array_equal((x, w), (GRID.x[keep], GRID.w[keep]))
    np.testing.assert_array_equal((some, rest), (f[keep], above[keep]))


def test_a_density_beyond_any_float_has_a_cdf():
    log_p = np.array([1000.0, 1000.0, -np.inf])
    _, f, _, _ = table_of(dl.CramerVonMises(), dl.Tabulated(log_p), dl.Grid.linspace(0, 2, 3, "integral"))
    np.testing.assert_allclose(f, [0, 2 / 3, 1], rtol=1e-15)


def test_quantiles_are_those_of_the_levels_of_p(q):
    family = families.standard(q)
    z, x, u, w = table_of(dl.Wasserstein1(), MIXED, GRID, family)
    np.testing.assert_array_equal(x, GRID.x)
    np.testing.assert_allclose(family.cdf(z[u < 0.5]), u[u < 0.5], rtol=1e-12)
    np.testing.assert_allclose(w, GRID.w * MIXED.prob(x) / 1.7, rtol=1e-14)
    assert np.isfinite(z).all()


def test_levels_of_zero_and_one_count_for_nothing(backend):
    """Far out P's CDF is 0 or 1 to a float, and the quantile of Q infinite."""
    wide = dl.Grid.linspace(-1000, 1000, 20_001, weights="integral")
    value, gradient = dl.value_and_grad(dl.Wasserstein1(), dl.Normal(3, 2), dl.Normal(1, 2), wide, backend)
    assert value == pytest.approx(2, abs=1e-9)
    assert tuple(gradient) == pytest.approx((-1, 0), abs=1e-9)


def test_what_a_loss_cannot_see_is_refused(backend):
    def refused(message, loss=dl.Wasserstein1(), p=P, q=dl.Normal(0, 1)):
        with pytest.raises(ValueError, match=re.escape(message)):
            dl.value_and_grad(loss, p, q, GRID, backend)

    nowhere = dl.Tabulated(np.full(GRID.x.size, -np.inf))
    for loss in LOSSES:
        refused(
            "p: expected a density above 0 on the grid, for a loss of distributions, got 0", loss, nowhere
        )
        inner = f"loss: expected a loss of densities, to be smoothed, got {loss!r}"
        refused(inner, dl.Smoothed(loss, 1e-3))
        with pytest.raises(ValueError, match=r"loss: expected a loss of densities, got .*, which sees \("):
            dl.d_log_q(loss, [0.0, 0.0], [0.0, 0.0], [1.0, 1.0], backend)
    refused("grid: expected points at which a Quantile() of p can be seen, got none", p=dl.Normal(1e4, 1))


class Slanted(dl.CramerVonMises):
    """A learner's own loss of CDFs, with a slip: not elementwise."""

    def d_cdf_q(self, cdf_p, sf_p, cdf_q, sf_q):
        return np.array([1.0, 2.0, 3.0])


def test_a_slip_in_a_loss_of_cdfs_is_named():
    with pytest.raises(ValueError, match=r"formulas of \(cdf_p, sf_p, cdf_q, sf_q\).*d_cdf_q returns"):
        dl.value_and_grad(Slanted(), P, dl.Normal(0, 1), GRID, "numpy")


def test_the_force_diagram_of_any_view_sums_to_the_gradient(loss, p, q):
    _, gradient = dl.value_and_grad(loss, p, q, GRID, "numpy")
    for name in ("mu", "sigma"):
        push = force(loss, p, q, GRID, theta(name, dl.Sigma(), loss.view, q))
        assert push.net == pytest.approx(getattr(gradient, name), abs=1e-13 * (push.above - push.below))


@pytest.mark.parametrize("drawn", LOSSES, ids=dl.loss_name)
def test_the_force_diagram_names_what_moves(drawn):
    figure = dl.plot_force(drawn, MIXED, dl.StudentT(0, 1.5, 3), GRID)
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert any(
        title.startswith(f"sensitivity dL/d{drawn.view.moves}: how the loss changes") for title in titles
    )
    assert "Q, student-t(3): " in figure.axes[0].get_legend().get_texts()[1].get_text()


def test_views_are_values():
    assert CDF() == dl.CramerVonMises.view != Quantile()
    assert CDF() != dl.views.DENSITY

"""Densities against SciPy, and against their own derivatives."""

import numpy as np
import pytest
import torch
import torch.distributions as D
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


SAMPLES = np.random.default_rng(2).normal(1.0, 2.0, 300)


def test_a_kernel_estimate_from_samples_is_scipys():
    near = SAMPLES.min() - 15, SAMPLES.max() + 15  # further out SciPy's is log 0
    x = np.linspace(*near, 101)
    for bandwidth, factor in ((None, None), (0.7, 0.7 / SAMPLES.std(ddof=1))):
        expected = stats.gaussian_kde(SAMPLES, factor).logpdf(x)
        got = dl.Tabulated.from_samples(SAMPLES, x, bandwidth).log_prob(x)
        np.testing.assert_allclose(got, expected, rtol=1e-12)
    far = dl.Tabulated.from_samples([0.0], [1.0, 100.0], bandwidth=1.0).log_prob([1.0, 100.0])
    np.testing.assert_allclose(far, dl.Normal(0, 1).log_prob([1.0, 100.0]), rtol=1e-15)


@pytest.mark.parametrize("width", [None, 0.5])
def test_a_histogram_from_samples_is_numpys(width):
    x = np.linspace(-15, 15, 1000)
    h = width or np.cbrt(24 * np.sqrt(np.pi) / SAMPLES.size) * SAMPLES.std(ddof=1)
    edges = SAMPLES.min() + h * np.arange(-40, 60)
    bins, _ = np.histogram(SAMPLES, edges, density=True)
    expected = bins[np.searchsorted(edges, x, side="right") - 1]
    assert 0 < (expected > 0).sum() < x.size
    got = dl.Tabulated.from_samples(SAMPLES, x, width, "histogram")
    np.testing.assert_allclose(np.exp(got.log_prob(x)), expected, rtol=1e-12)


def test_a_sample_at_the_edge_of_a_bin_is_in_one_bin_only():
    """Numbers rounded to two digits, in bins of that width: each sample stands at an edge."""
    samples, h = np.round(np.arange(100) * 0.01, 2), 0.01
    middles = h * (np.arange(101) + 0.5)
    p = np.exp(dl.Tabulated.from_samples(samples, middles, h, "histogram").log_prob(middles))
    assert np.sum(p * h) == pytest.approx(1)


@pytest.mark.parametrize("method", ["kernel", "histogram"])
def test_an_estimate_has_the_mass_of_the_samples_that_the_grid_covers(method):
    grid = dl.Grid.linspace(-15, 15, 5000, weights="integral")
    for samples in (SAMPLES, [*SAMPLES, *SAMPLES + 1000]):
        p = dl.Tabulated.from_samples(samples, grid.x, bandwidth=0.5, method=method)
        share = 1.0 if len(samples) == 300 else 0.5
        assert np.sum(grid.w * np.exp(p.log_prob(grid.x))) == pytest.approx(share, abs=2e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], [0, 1]), "samples: expected at least one number, got none"),
        (([1, np.nan], [0, 1]), r"samples: expected finite numbers, got samples\[1\] = nan"),
        (([1, 1], [0, 1]), "samples: expected at least 2 different numbers, or a bandwidth .*, got .* of 0$"),
        (([2], [0, 1]), "samples: expected at least 2 different numbers, or a bandwidth"),
        (([1, 2], [0, 1], 0), "bandwidth: expected a finite number > 0, got 0"),
        (([1, 2], [0, 1], 1, "kde"), "method: expected one of kernel, histogram, got 'kde'"),
        (([1e6, 2e6], [0, 1], 1), r"x: expected points .* near the samples, which lie between 1e\+06 and 2e"),
        (([1e6, 2e6], [0, 1], 1, "histogram"), "x: expected points where the estimated density is above 0"),
    ],
    ids=lambda a: None if isinstance(a, tuple) else a[:30],
)
def test_samples_that_say_nothing_are_refused(arguments, message):
    with pytest.raises(ValueError, match="^" + message):
        dl.Tabulated.from_samples(*arguments)


MODES = torch.tensor([-5.0, 10.0])
FOREIGN = {
    "torch Normal": (D.Normal(-5.0, torch.tensor(1.0, requires_grad=True)), dl.Normal(-5, 1)),
    "torch Normal of one row": (D.Normal(torch.tensor([-5.0]), 1.0), dl.Normal(-5, 1)),
    "torch mixture, float32": (
        D.MixtureSameFamily(D.Categorical(torch.ones(2)), D.Normal(MODES, torch.ones(2))),
        dl.Mixture((0.5, 0.5), (dl.Normal(-5, 1), dl.Normal(10, 1))),
    ),
    "SciPy norm": (stats.norm(-5, 1), dl.Normal(-5, 1)),
    "torch Uniform": (D.Uniform(-3.0, 2.0), stats.uniform(-3, 5)),
    "torch Gamma": (D.Gamma(2.0, 1.0), stats.gamma(2)),
    "SciPy kernel estimate": (
        stats.gaussian_kde(SAMPLES),
        dl.Tabulated.from_samples(SAMPLES, np.linspace(-15, 15, 200)),
    ),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_the_densities_of_torch_and_scipy_are_targets(name, backend):
    """Outside the support too, where torch raises: there log p is -inf."""
    grid, (p, same) = dl.Grid.linspace(-15, 15, 200), FOREIGN[name]
    value, d = dl.value_and_grad(dl.Smoothed(dl.ForwardKL(), 1e-3), p, dl.Normal(0, 1), grid, backend)
    expected, gradient = dl.value_and_grad(dl.Smoothed(dl.ForwardKL(), 1e-3), same, dl.Normal(0, 1), grid)
    # float32 parameters, of which the Uniform's log(5) is the worst.
    assert (value, *d) == pytest.approx((expected, *gradient), rel=1e-6)


@pytest.mark.parametrize(
    ("p", "message"),
    [
        (D.Normal(torch.zeros(2), 1.0), "got TypeError: it is 2 distributions"),
        (D.Normal(torch.zeros(5), 1.0), "got TypeError: it is 5 distributions"),  # as many as points
        (
            D.MultivariateNormal(torch.zeros(2), torch.eye(2)),
            "got TypeError: it is no continuous distribution",
        ),
        (D.Independent(D.Normal(torch.zeros(1), 1.0), 1), "got TypeError: it is no continuous distribution"),
        (D.Poisson(2.0), "got TypeError: it is no continuous distribution"),
        (dl.Tabulated, "got the class Tabulated: write Tabulated"),
    ],
    ids=str,
)
def test_a_density_of_something_else_is_refused(p, message, backend):
    with pytest.raises(ValueError, match=rf"^p: expected .*{message}"):
        dl.value_and_grad(dl.MSE(), p, dl.Normal(0, 1), dl.Grid.linspace(-1, 1, 5), backend)


class OfTensors:
    """A density of one's own in torch, as users of torch write it."""

    def __init__(self, mu=0.0):
        self.mu = mu

    def log_prob(self, x):
        return D.Normal(self.mu, 1.0, validate_args=False).log_prob(torch.as_tensor(x))


def test_a_density_may_make_a_tensor_of_the_points(backend):
    """Without torch's warning of read-only memory: every warning is an error in these tests."""
    grid = dl.Grid.linspace(-3, 3, 50)
    expected = dl.value_and_grad(dl.MSE(), dl.Normal(0, 1), dl.Normal(1, 1), grid, backend)[0]
    value, _ = dl.value_and_grad(dl.MSE(), OfTensors(), dl.Normal(1, 1), grid, backend)
    assert value == pytest.approx(expected)


def test_what_a_density_returns_is_told_from_the_density(backend):
    """It is refused by the name of the method, since p itself is right."""
    p = OfTensors(torch.tensor(0.0, requires_grad=True))
    with pytest.raises(ValueError, match=r"^p.log_prob\(x\): expected .*: write .detach\(\)\)$"):
        dl.value_and_grad(dl.MSE(), p, dl.Normal(0, 1), dl.Grid.linspace(-1, 1, 5), backend)
    with pytest.raises(ValueError, match=r"^p.log_prob\(x\): .*, got p.log_prob\(x\)\[0\] = nan$"):
        dl.value_and_grad(dl.MSE(), OfTensors(np.nan), dl.Normal(0, 1), dl.Grid.linspace(-1, 1, 5), backend)


def test_a_normal_of_torchs_is_no_fit(backend):
    words = r"expected divlite's own Normal.mu, sigma., got Normal.*: write dl.Normal\(its loc, its scale\)$"
    theirs, ours = D.Normal(0.0, 1.0), dl.Normal(0, 1)
    with pytest.raises(ValueError, match="^q: " + words):
        dl.value_and_grad(dl.MSE(), ours, theirs, dl.Grid.linspace(-1, 1, 5), backend)
    with pytest.raises(ValueError, match="^p: " + words):
        dl.normal_kl(theirs, ours)


def test_a_target_that_fails_keeps_its_own_words(backend):
    class Mine:
        def log_prob(self, x):
            raise KeyError("mine")

    with pytest.raises(
        ValueError, match=r"^p: expected a log density that takes an array of 5 points, got Key"
    ):
        dl.value_and_grad(dl.MSE(), Mine(), dl.Normal(0, 1), dl.Grid.linspace(-1, 1, 5), backend)


def test_a_class_derived_from_normal_is_asked_for_its_own_log_prob(backend):
    class Twice(dl.Normal):
        def log_prob(self, x):
            return super().log_prob(x) + np.log(2.0)

    grid = dl.Grid.linspace(-3, 3, 50)
    expected = dl.value_and_grad(dl.MSE(), dl.Mixture((2,), (dl.Normal(0, 1),)), dl.Normal(1, 1), grid)[0]
    assert dl.value_and_grad(dl.MSE(), Twice(0, 1), dl.Normal(1, 1), grid, backend)[0] == pytest.approx(
        expected
    )


@pytest.mark.parametrize("q", [dl.Normal(0, 3e-308), dl.Normal(1e308, 1e308), dl.Normal(0, 1e-160)], ids=repr)
def test_the_largest_and_smallest_numbers_bring_no_warning(q):
    """Every warning is an error in these tests."""
    x = [-1e308, -1.0, 0.0, 1.0, 1e308, np.inf, -np.inf, np.nan]
    for p in (q, dl.Mixture((1e308, 5e-324), (q, dl.Normal(0, 1)))):
        assert np.isnan(p.log_prob(x)[-1])
        assert np.isnan(p.prob(x)[-1])
        assert np.isnan(p.cdf(x)[-1])
    assert np.isnan(q.score(x)).any()
    assert q.quantile([0.0, 1.0]).tolist() == [-np.inf, np.inf]


def test_an_infinite_density_is_refused_by_name():
    with pytest.raises(ValueError, match=r"^p: expected finite densities >= 0, got p\[1\] = inf$"):
        dl.Tabulated.from_density([1.0, np.inf])
    with pytest.raises(
        ValueError, match=r"^log_p: expected log densities, finite or -inf, got log_p\[0\] = inf"
    ):
        dl.Tabulated([np.inf, 0.0]).log_prob([1, 2])


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

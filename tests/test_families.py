"""The families of Q: against SciPy and mpmath, their own derivatives, and alike in all three backends.

Where numbers of two backends are compared the error is at most ROUNDING times the sum of |terms|.
"""

import json
import math
import os
import subprocess
import sys

import mpmath
import numpy as np
import pytest
from scipy import stats

import divlite as dl
from conftest import P
from divlite import families, numpy_backend, setting
from divlite.cli import main
from divlite.elementary import log_half_beta
from divlite.families import location_scale, t_tail

EPS = np.finfo(float).eps
ROUNDING = 256 * EPS  # some tens of operations a term, of which exp and log multiply an error by log p
MU, SIGMA = 0.7, 1.3
ORACLES = {
    dl.Normal(MU, SIGMA): stats.norm,
    dl.Laplace(MU, SIGMA): stats.laplace,
    dl.Logistic(MU, SIGMA): stats.logistic,
    dl.Cauchy(MU, SIGMA): stats.cauchy,
    dl.StudentT(MU, SIGMA, 0.4): stats.t(0.4),
    dl.StudentT(MU, SIGMA, 3.0): stats.t(3.0),
    dl.StudentT(MU, SIGMA, 40.0): stats.t(40.0),
}
MEMBERS = tuple(ORACLES)
GRID = dl.Grid.linspace(-15, 15, 300, weights="integral")
DENSITY_LOSSES = tuple(loss for loss in dl.LOSSES if hasattr(loss, "d_log_q"))


@pytest.fixture(params=MEMBERS, ids=repr)
def q(request):
    return request.param


def test_all_families_are_tried():
    assert {type(q) for q in MEMBERS} == set(families.FAMILIES)


def test_members_of_two_families_are_not_equal():
    assert dl.Normal(0, 1) != dl.Laplace(0, 1)
    assert dl.Laplace(0, 1) == dl.Laplace(0.0, 1.0) == (0, 1)
    assert dl.Laplace(0, 1) == pytest.approx((0, 1))
    assert len({dl.Normal(0, 1), dl.Laplace(0, 1), dl.Cauchy(0, 1), dl.Logistic(0, 1)}) == 4


def test_scipy_agrees(q):
    z = np.linspace(-30.0, 30.0, 601)
    x, standard = MU + SIGMA * z, ORACLES[q]
    np.testing.assert_allclose(q.log_prob(x), standard.logpdf(z) - math.log(SIGMA), rtol=1e-13)
    np.testing.assert_allclose(q.prob(x), standard.pdf(z) / SIGMA, rtol=1e-11)
    # SciPy's Student-t has fewer digits far out.
    near = np.abs(z) < 8
    np.testing.assert_allclose(q.cdf(x)[near], standard.cdf(z)[near], rtol=1e-11)
    np.testing.assert_allclose(q.sf(x)[near], standard.sf(z)[near], rtol=1e-11)
    u = np.array([1e-6, 0.02, 0.24, 0.26, 0.5, 0.75, 0.98])
    np.testing.assert_allclose(q.quantile(u), MU + SIGMA * standard.ppf(u), rtol=1e-10)


def exact_cdf(q, z):
    """The standard CDF to 50 digits."""
    z = mpmath.mpf(z)
    forms = {
        dl.Normal: lambda: mpmath.erfc(-z / mpmath.sqrt(2)) / 2,
        dl.Laplace: lambda: mpmath.exp(z) / 2 if z < 0 else 1 - mpmath.exp(-z) / 2,
        dl.Logistic: lambda: 1 / (1 + mpmath.exp(-z)),
        dl.Cauchy: lambda: mpmath.atan2(1, -z) / mpmath.pi,
        dl.StudentT: lambda: exact_t_cdf(mpmath.mpf(q.nu), z),
    }
    return forms[type(q)]()


def exact_t_cdf(nu, z):
    beyond = mpmath.betainc(nu / 2, mpmath.mpf(1) / 2, 0, nu / (nu + z * z), regularized=True) / 2
    return beyond if z < 0 else 1 - beyond


def assert_digits_in_both_tails(q):
    """Relative to the tail itself, and to its logarithm: so far z is known, and an exponential no better."""
    member = families.standard(q)
    with mpmath.workdps(50):
        for z in (-36.0, -20.0, -9.0, -2.0, -1.0, -0.3, -1e-9, 0.0, 0.4, 3.0):
            exact = exact_cdf(q, z)
            limit = 32 * EPS * (1 + abs(float(mpmath.log(exact))))
            assert abs(float((mpmath.mpf(float(member.cdf(z))) - exact) / exact)) < limit
            assert member.sf(-z) == member.cdf(z)


def test_both_tails_keep_their_digits(q):
    assert_digits_in_both_tails(q)


@pytest.mark.parametrize("nu", [0.1, 250.0, 5e3, 10_001.0, 1e5])
def test_both_tails_of_other_student_ts(nu):
    assert_digits_in_both_tails(dl.StudentT(0, 1, nu))


@pytest.mark.parametrize("q", [dl.Cauchy(0, 1), dl.StudentT(0, 1, 0.5), dl.StudentT(0, 1, 3)], ids=repr)
def test_heavy_tails_keep_all_digits(q):
    """They are powers of z, and not exponentials: none is lost to a logarithm."""
    z = [-1e3, -1e20, -1e90]
    with mpmath.workdps(250):
        exact = [float(exact_cdf(q, one)) for one in z]
    np.testing.assert_allclose(q.cdf(z), exact, rtol=8 * EPS)


@pytest.mark.parametrize("nu", [2e4, 1e7, 1e13])
def test_a_student_t_of_many_degrees_of_freedom(nu):
    """Beyond MANY by a series; where both ways can be gone they meet."""
    assert nu > t_tail.MANY
    z = np.array([-12.0, -5.0, -2.0, -0.7, 0.0])
    # They differ by (z^4 + z^2)/(4 nu), and more near 0, where the density is more than z times the tail.
    limit = 1e-13 + (1 + z**4) / nu
    np.testing.assert_array_less(np.abs(dl.StudentT(0, 1, nu).cdf(z) / dl.Normal(0, 1).cdf(z) - 1), limit)
    for edge in (1e3, 0.99 * t_tail.MANY):  # at the first the second term counts
        by_fraction = t_tail.by_fraction(edge, z)
        np.testing.assert_allclose(t_tail.by_normal(edge, z), by_fraction, rtol=1e-13 + 1e2 / edge**4)


def test_quantiles_invert_the_cdf(q):
    member = families.standard(q)
    u = np.concatenate([10.0 ** -np.arange(1.0, 60.0), np.linspace(0.001, 0.5, 99)])
    # The last digit of z is worth z q/u of u, more than a digit where z is large.
    limit = 64 * EPS * (1 - np.log(u))
    np.testing.assert_array_less(np.abs(member.cdf(member.quantile(u)) / u - 1), limit)
    upper = families.standard_quantile(member, 1 - u, u)
    np.testing.assert_array_equal(upper, -member.quantile(u))
    assert member.quantile(0.5) == 0.0
    assert member.quantile([0.0, 1.0]).tolist() == [-math.inf, math.inf]


@pytest.mark.parametrize("cls", [dl.Laplace, dl.Logistic, dl.Cauchy], ids=families.spelled)
def test_quantiles_keep_their_digits_in_the_middle(cls):
    """u - 1/2 is exact, and has few digits; z has as many right as there are in a float."""
    u = 0.5 - 1e-9 * np.arange(1.0, 9.0)
    z = cls(0, 1).quantile(u)
    with mpmath.workdps(50):
        reached = [float(exact_cdf(cls(0, 1), one) - mpmath.mpf(0.5)) for one in z.tolist()]
    np.testing.assert_allclose(reached, u - 0.5, rtol=8 * EPS)


@pytest.mark.parametrize("nu", [0.01, 0.4, 1.0, 3.0, 31.9, 32.1, 1e3, 1e8, 1e15])
def test_the_mass_of_a_student_t(nu):
    with mpmath.workdps(50):
        half, b = mpmath.mpf(1) / 2, mpmath.mpf(nu) / 2
        exact = mpmath.loggamma(half) + mpmath.loggamma(b) - mpmath.loggamma(b + half)
        assert abs(float(mpmath.mpf(log_half_beta(nu / 2)) - exact)) <= 8 * EPS * max(1, abs(float(exact)))


@pytest.mark.parametrize("q", [q for q in MEMBERS if getattr(q, "nu", 1) >= 1], ids=repr)
def test_the_mass_is_one(q):
    """By quadrature; with a smaller nu the tail beyond 1e12 has mass."""
    member = families.standard(q)
    with mpmath.workdps(20):

        def density(z):
            return mpmath.exp(float(member.log_kernel(np.float64(z))))

        # In t with z = tan t: the tails of a Student-t are wider than any interval.
        def in_t(t):
            return density(mpmath.tan(t)) * (1 + mpmath.tan(t) ** 2)

        pieces = mpmath.linspace(0, mpmath.pi / 2 - mpmath.mpf("1e-12"), 9)
        mass = 2 * float(mpmath.quad(in_t, pieces))
    assert mass == pytest.approx(math.exp(member.log_mass()), rel=1e-10)


def test_score_is_the_derivative_of_log_prob(q):
    h, x = 1e-5, np.linspace(-20.0, 25.0, 300)
    for name, d in zip(("mu", "sigma"), q.score(x), strict=True):
        ahead, behind = (q._replace(**{name: getattr(q, name) + side}) for side in (h, -h))
        difference = (ahead.log_prob(x) - behind.log_prob(x)) / (2 * h)
        np.testing.assert_allclose(d, difference, rtol=1e-7, atol=1e-7)


def test_nothing_overflows_within_1e150(q):
    z = np.array([-1e150, -1e80, 1e150])
    member = families.standard(q)
    assert np.isfinite(member.log_prob(z)).all()
    assert all(np.isfinite(d).all() for d in member.score(z))
    assert member.cdf(z)[2] == 1.0
    assert (member.cdf(z)[:2] >= 0).all()


def test_nearly_the_same_families():
    x = np.linspace(-40, 40, 801)
    np.testing.assert_allclose(dl.StudentT(1, 2, 1).log_prob(x), dl.Cauchy(1, 2).log_prob(x), rtol=4 * EPS)
    far, normal = dl.StudentT(1, 2, 1e12).log_prob(x), dl.Normal(1, 2).log_prob(x)
    np.testing.assert_allclose(far, normal, rtol=1e-9)  # they differ by z^4/(4 nu)
    # Written by its definition the log of a Student-t would have lost five digits here.
    x = np.linspace(0, 2, 9)
    assert np.abs(dl.StudentT(1, 2, 1e12).log_prob(x) - dl.Normal(1, 2).log_prob(x)).max() < 1e-11


def test_the_logistic_pull_keeps_its_digits_in_the_middle():
    z = np.array([-1e-3, 1e-10, 1e-200])
    np.testing.assert_allclose(dl.Logistic(0, 1).pull(z), np.tanh(z / 2), rtol=4 * EPS)


def test_the_place_where_the_score_by_sigma_is_zero(q):
    _, (left, right) = dl.views.DENSITY.still(q)
    assert left == -right
    assert right * q.pull(right) == pytest.approx(1, rel=1e-12)


def test_the_gradient_comes_in_the_shape_of_q(q, backend):
    value, gradient = dl.value_and_grad(dl.MSE(), P, q, GRID, backend)
    assert type(gradient) is type(q)
    assert tuple(gradient)[2:] == (0.0,) * len(tuple(q)[2:])
    problem = dl.problem(dl.MSE(), P, GRID, q, backend)
    assert problem.value_and_grad(q) == (value, gradient)


def sizes(loss, p, q, grid):
    """The sums of |terms| of the value and of the gradient."""
    seen = setting.taken(loss, p, grid, p.log_prob(grid.x), families.standard(q))
    d, d_mu, d_sigma = numpy_backend.factors(seen, q.mu, q.sigma)
    x, a, b, w = seen.table
    c, e, *_ = seen.view.seen(q, location_scale.place(q, q.mu, q.sigma), x)
    terms = loss.value(a, b, c, e)
    value = 1.0 if isinstance(terms, tuple) else np.abs(w * terms).sum()
    return value, np.abs(d * d_mu).sum(), np.abs(d * d_sigma).sum()


def assert_agree(loss, p, q, grid, backend):
    value, gradient = dl.value_and_grad(loss, p, q, grid, "numpy")
    got, d = dl.value_and_grad(loss, p, q, grid, backend)
    errors = np.abs([got - value, d.mu - gradient.mu, d.sigma - gradient.sigma])
    assert (errors <= ROUNDING * np.array(sizes(loss, p, q, grid))).all(), errors


def is_compiled(loss, q):
    """Each pair of a loss and a family is a kernel to compile, and neither knows the other.

    So each loss is compiled with the Normal and with one other family, and each family with several losses.
    """
    kind, other = families.FAMILIES.index(type(q)), len(families.FAMILIES) - 1
    return kind == 0 or (DENSITY_LOSSES.index(loss) + kind) % other == 0


TOGETHER = [("torch", loss, q) for loss in DENSITY_LOSSES for q in MEMBERS]
TOGETHER += [("numba", loss, q) for loss in DENSITY_LOSSES for q in MEMBERS if is_compiled(loss, q)]


@pytest.mark.parametrize(("other", "loss", "q"), TOGETHER, ids=repr)
def test_backends_agree(other, loss, q):
    mixture = dl.Mixture((1, 0.5, 2), (dl.Normal(-5, 1), dl.Laplace(6, 0.5), dl.StudentT(1, 2, 2.5)))
    for p in (mixture, dl.Cauchy(1, 2), dl.Logistic(-2, 1)):
        assert_agree(loss, p, q, GRID, other)


@pytest.mark.parametrize("other", ["numba", "torch"])
def test_paths_agree(q, other):
    def path(backend):
        steps = 100 if other == "torch" else 1000
        return dl.fit(dl.MSE(), P, q, GRID, optimizer=dl.adam(lr=0.01), steps=steps, backend=backend)

    expected, got = path("numpy"), path(other)
    for a, b in ((expected.mu, got.mu), (expected.sigma, got.sigma), (expected.loss, got.loss)):
        np.testing.assert_allclose(b, a, rtol=1e-11, atol=1e-11)
    assert type(got.q) is type(q)
    assert tuple(got.q)[2:] == tuple(q)[2:]


def test_a_fit_finds_the_member_that_p_is(q):
    p = q._replace(mu=2.0, sigma=1.5)
    options = {"optimizer": dl.adam(lr=0.02), "steps": 3000, "coordinates": dl.LogSigma()}
    fit = dl.fit(dl.MSE(), p, q, GRID, **options)
    assert fit.q.mu == pytest.approx(2.0, abs=1e-4)
    assert fit.q.sigma == pytest.approx(1.5, abs=1e-4)
    assert type(q).__name__ in repr(fit)


BITS = """
import hashlib, warnings, divlite as dl
warnings.simplefilter("ignore")
p = dl.Mixture((1, 1), (dl.Laplace(-5, 1), dl.StudentT(8, 1, 3)))
grid = dl.Grid.linspace(-15, 15, 20_001)
# Other tests compile these losses with a Normal.
for backend, q0 in (("numpy", dl.StudentT(0, 1, 4)), ("numba", dl.Normal(0, 1))):
    for loss in (dl.Cosine(), dl.CramerVonMises()):
        fit = dl.fit(loss, p, q0, grid, optimizer=dl.adam(), steps=5, backend=backend)
        print(hashlib.sha256(fit.mu.tobytes() + fit.sigma.tobytes() + fit.loss.tobytes()).hexdigest())
"""


def test_the_number_of_threads_changes_no_bit():
    def bits(threads):
        names = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment = os.environ | dict.fromkeys(names, threads)
        command = [sys.executable, "-c", BITS]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    one = bits("1")
    assert one.count("\n") == 4
    assert bits("2") == one


@pytest.mark.parametrize(
    ("cls", "arguments", "message"),
    [
        (dl.Laplace, (0, -1), "sigma: expected a finite number > 0, got -1"),
        (dl.Cauchy, (math.nan, 1), "mu: expected a finite number, got nan"),
        (dl.StudentT, (0, 1, 0), "nu: expected a finite number > 0, got 0"),
        (dl.StudentT, (0, 1, math.inf), "nu: expected a finite number > 0, got inf"),
    ],
)
def test_what_is_no_member_is_refused(cls, arguments, message, backend):
    q = cls(*arguments)
    with pytest.raises(ValueError, match=message):
        dl.value_and_grad(dl.MSE(), P, q, GRID, backend)
    with pytest.raises(ValueError, match=message):
        q.log_prob(0.0)
    with pytest.raises(ValueError, match=message):
        dl.Mixture((1,), (q,)).log_prob(0.0)


def test_a_problem_keeps_to_its_family():
    problem = dl.problem(dl.MSE(), P, GRID, dl.StudentT(0, 1, 3))
    with pytest.raises(ValueError, match=r"q: expected a member of the family of StudentT\(.*nu=3.0\), got"):
        problem.value_and_grad(dl.StudentT(0, 1, 4))
    with pytest.raises(ValueError, match=r"family: expected a family such as dl\.Normal, or a member"):
        dl.problem(dl.MSE(), P, GRID, dl.StudentT)
    assert dl.problem(dl.MSE(), P, GRID, dl.Laplace).value_and_grad(dl.Laplace(1, 2))[0] > 0


@pytest.mark.parametrize("cls", families.FAMILIES, ids=families.spelled)
def test_the_command_line_fits_any_family(cls, tmp_path, capsys):
    options = ["--nu=3"] if cls is dl.StudentT else []
    file = tmp_path / "fit.json"
    name = families.spelled(cls)
    command = ["fit", "mse", f"--family={name}", *options, "--steps=5", f"--json={file}", "--backend=numpy"]
    assert main(command) == 0
    assert f"from {cls.__name__}(0, 1" in capsys.readouterr().out
    document = json.loads(file.read_text())
    assert document["settings"]["family"] == name
    again = tmp_path / "again.json"
    assert main(["fit", f"--from-json={file}", f"--json={again}", "--quiet"]) == 0
    assert json.loads(again.read_text()) == document


def test_the_command_line_asks_for_nu(capsys):
    assert main(["fit", "mse", "--family=student-t"]) == 2
    assert "--nu: expected a number > 0, for --family student-t, got none" in capsys.readouterr().err
    assert main(["fit", "mse", "--nu=3"]) == 2
    assert "--nu: expected only with --family student-t" in capsys.readouterr().err

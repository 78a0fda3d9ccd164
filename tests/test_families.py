"""The families of Q: against SciPy and mpmath, their own derivatives, and alike in all three backends.

Where numbers of two backends are compared the error is at most ROUNDING times the sum of |terms|.
"""

import json
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

import divlite as dl
from conftest import P
from divlite import families, numpy_backend, setting
from divlite.cli import main
from divlite.families import location_scale

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


@pytest.fixture(params=DENSITY_LOSSES, ids=dl.loss_name)
def loss(request):
    return request.param


def test_all_families_are_tried():
    assert {type(q) for q in MEMBERS} == set(families.FAMILIES)


def test_members_of_two_families_are_not_equal():
    assert dl.Normal(0, 1) != dl.Laplace(0, 1)
    assert dl.Laplace(0, 1) == dl.Laplace(0.0, 1.0)
    assert len({dl.Normal(0, 1), dl.Laplace(0, 1), dl.Cauchy(0, 1), dl.Logistic(0, 1)}) == 4


def test_scipy_agrees(q):
    z = np.linspace(-30.0, 30.0, 601)
    x, standard = MU + SIGMA * z, ORACLES[q]
    np.testing.assert_allclose(q.log_prob(x), standard.logpdf(z) - math.log(SIGMA), rtol=1e-13)
    np.testing.assert_allclose(q.prob(x), standard.pdf(z) / SIGMA, rtol=1e-11)
    # SciPy's Student-t has fewer digits far out.
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


@pytest.mark.parametrize("other", ["numba", "torch"])
def test_backends_agree(loss, q, other):
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
grid = dl.Grid.linspace(-15, 15, 200)
for backend in ("numpy", "numba"):
    for loss in (dl.MSE(), dl.CramerVonMises(), dl.Wasserstein1()):
        fit = dl.fit(loss, p, dl.StudentT(0, 1, 4), grid, optimizer=dl.adam(), steps=20, backend=backend)
        print(hashlib.sha256(fit.mu.tobytes() + fit.sigma.tobytes() + fit.loss.tobytes()).hexdigest())
"""


def test_the_number_of_threads_changes_no_bit():
    def bits(threads):
        names = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment = os.environ | dict.fromkeys(names, threads)
        command = [sys.executable, "-c", BITS]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    one = bits("1")
    assert one.count("\n") == 6
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

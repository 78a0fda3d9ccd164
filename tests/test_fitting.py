"""The contract of `fit` and `value_and_grad`: shapes, purity, what is accepted, and determinism."""

import math

import numpy as np
import pytest

import divlite as dl
from conftest import GRID, P

ADAM = dl.adam(0.01)


def run(backend="numba", **changes):
    arguments = {
        "loss": dl.ForwardKL(),
        "p": P,
        "q0": dl.Normal(0, 1),
        "grid": GRID,
        "optimizer": ADAM,
        "steps": 20,
        "backend": backend,
    }
    return dl.fit(**(arguments | changes))


def test_a_fit_keeps_every_step(backend):
    fit = run(backend)
    assert fit.mu.shape == fit.sigma.shape == fit.loss.shape == (21,)
    assert (fit.mu[0], fit.sigma[0]) == (0.0, 1.0)
    assert fit.q == (fit.mu[-1], fit.sigma[-1])
    for i in (0, 7, 20):
        value, _ = dl.value_and_grad(dl.ForwardKL(), P, dl.Normal(fit.mu[i], fit.sigma[i]), GRID, backend)
        assert fit.loss[i] == value
    assert not any(a.flags.writeable for a in (fit.mu, fit.sigma, fit.loss))


def test_no_steps_is_the_start(backend):
    fit = run(backend, steps=0)
    assert fit.q == (0.0, 1.0)
    assert fit.loss.shape == (1,)


def test_the_first_step_of_sgd_is_the_gradient(backend):
    _, d = dl.value_and_grad(dl.ForwardKL(), P, dl.Normal(0, 1), GRID, backend)
    fit = run(backend, optimizer=dl.sgd(0.1), steps=1)
    assert fit.q == pytest.approx((-0.1 * d.mu, 1 - 0.1 * d.sigma), rel=1e-15)


def test_the_first_step_of_adam_is_lr(backend):
    """m^/(sqrt(v^) + eps) is g/(|g| + eps) at first; epsilon-hat's is g/(|g| + eps/sqrt(1 - beta2))."""
    _, d = dl.value_and_grad(dl.ForwardKL(), P, dl.Normal(0, 1), GRID, backend)
    for hat in (False, True):
        eps = 1e-2
        fit = run(backend, optimizer=dl.adam(0.1, eps=eps, epsilon_hat=hat), steps=1)
        seen = eps / math.sqrt(1 - 0.999) if hat else eps
        expected = [start - 0.1 * g / (abs(g) + seen) for start, g in zip((0.0, 1.0), d, strict=True)]
        assert fit.q == pytest.approx(expected, rel=1e-13)


def test_a_long_fit_reaches_the_moment_match():
    """Forward KL's optimum is known: the mean and the standard deviation of p on the grid."""
    mass = GRID.w * P.prob(GRID.x)
    mean = np.sum(mass * GRID.x) / np.sum(mass)
    sigma = math.sqrt(np.sum(mass * (GRID.x - mean) ** 2) / np.sum(mass))
    start = dl.Normal(2, 6)
    fit = run(q0=start, optimizer=dl.sgd(10.0, 0.9), steps=20_000, coordinates=dl.LogSigma())
    assert fit.q == pytest.approx((mean, sigma), rel=1e-12)


def test_coordinates_share_the_optimum():
    ends = [
        run(q0=dl.Normal(2, 6), optimizer=dl.sgd(10.0, 0.9), steps=40_000, coordinates=c).q
        for c in (dl.Sigma(), dl.Variance(), dl.Variance(3.0), dl.LogSigma())
    ]
    for end in ends[1:]:
        assert end == pytest.approx(tuple(ends[0]), rel=1e-10)


def test_the_same_bits_from_run_to_run(loss, backend):
    first, second = run(backend, loss=loss), run(backend, loss=loss)
    for a, b in zip(first[1:4], second[1:4], strict=True):
        assert a.tobytes() == b.tobytes()


X = np.linspace(-15, 15, 60)
W = np.full(60, 1 / 60)


@pytest.mark.parametrize(
    ("x", "w"),
    [
        (X.tolist(), W.tolist()),
        (list(range(60)), [1] * 60),
        (X.astype(np.float32), W.astype(np.float32)),
        (np.repeat(X, 2)[::2], np.repeat(W, 3)[::3]),
        (np.asfortranarray(np.stack([X, X]))[0], W),
        (X, np.broadcast_to(np.float64(1 / 60), 60)),
    ],
    ids=["lists", "ints", "float32", "strided", "fortran", "broadcast"],
)
def test_any_arrays_are_accepted(x, w, backend):
    grid = dl.Grid(x, w)
    plain = dl.Grid(np.array(x, dtype=np.float64), np.array(w, dtype=np.float64))
    p, q = dl.Mixture([1, 1], [dl.Normal(-5, 1), dl.Normal(np.float32(10), 1)]), dl.Normal(np.int64(1), 2)
    assert dl.value_and_grad(dl.MSE(), p, q, grid, backend) == dl.value_and_grad(
        dl.MSE(), p, q, plain, backend
    )
    assert run(backend, grid=grid, q0=q).q == run(backend, grid=plain, q0=q).q


def test_nothing_is_written_to(loss, backend):
    """Read-only inputs pass, and writable ones come back as they were, and still writable."""
    x, w, log_p = X.copy(), W.copy(), P.log_prob(X)
    kept = [a.copy() for a in (x, w, log_p)]
    for writeable in (True, False):
        for a in (x, w, log_p):
            a.flags.writeable = writeable
        run(backend, loss=loss, grid=dl.Grid(x, w), p=dl.Tabulated(log_p))
        if hasattr(loss, "d_log_q"):
            dl.d_log_q(loss, log_p, log_p - 0.1, w, backend)
        assert all(a.flags.writeable is writeable for a in (x, w, log_p))
    for a, b in zip((x, w, log_p), kept, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_backend_can_be_a_value():
    calls = []

    def evaluate(setting):
        calls.append(setting)
        return lambda mu, sigma: (7.0, 1.0, 2.0)

    own = dl.backends.resolve("numpy")._replace(evaluate=evaluate)
    assert dl.value_and_grad(dl.MSE(), P, dl.Normal(0, 1), GRID, own) == (7.0, (1.0, 2.0))
    assert len(calls) == 1


def test_any_target_with_a_log_prob(backend):
    class Cauchy:
        def log_prob(self, x):
            return -np.log1p(np.square(x)) - math.log(math.pi)

    table = dl.Tabulated(Cauchy().log_prob(GRID.x))
    got = dl.value_and_grad(dl.ForwardKL(), Cauchy(), dl.Normal(0, 1), GRID, backend)
    assert got == dl.value_and_grad(dl.ForwardKL(), table, dl.Normal(0, 1), GRID, backend)

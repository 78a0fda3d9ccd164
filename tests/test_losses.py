"""The losses as formulas: known values, derivatives, optima, and the edges each one documents."""

import inspect
import math
import pathlib

import numpy as np
import pytest

import divlite as dl
from conftest import GRID, P
from divlite.derivative import difference
from divlite.losses import protocol

ZERO = -math.inf  # the log of a density of 0


def value(loss, log_p, log_q, w):
    """The loss between two vectors of log densities, straight from its formulas."""
    log_p, log_q = np.asarray(log_p, float), np.asarray(log_q, float)
    with np.errstate(all="ignore"):
        terms = protocol.value(loss, np.exp(log_p), log_p, np.exp(log_q), log_q)
        return protocol.finish(loss, protocol.each(lambda t: np.sum(np.asarray(w) * t), terms))


def test_known_values():
    log_p, log_q, w = np.log([0.5, 0.25, 0.25]), np.log([0.25, 0.5, 0.25]), np.ones(3)
    assert value(dl.ForwardKL(), log_p, log_q, w) == pytest.approx(0.25 * math.log(2))
    assert value(dl.ReverseKL(), log_p, log_q, w) == pytest.approx(0.25 * math.log(2))
    assert value(dl.MSE(), log_p, log_q, w / 3) == pytest.approx(0.125 / 3)
    assert value(dl.L1(), log_p, log_q, w) == pytest.approx(0.5)
    assert value(dl.Cosine(), log_p, log_q, w) == pytest.approx(-0.3125 / 0.375)
    smoothed = value(dl.Smoothed(dl.ForwardKL(), 0.25), log_p, log_q, w)
    assert smoothed == pytest.approx(0.25 * math.log(1.5))


@pytest.mark.parametrize("direction", [dl.ForwardKL(), dl.ReverseKL()], ids=repr)
def test_kl_of_two_normals_is_the_closed_form(direction):
    p, q = dl.Normal(0.3, 1.2), dl.Normal(-0.5, 2.0)
    grid = dl.Grid.linspace(-40, 40, 8001, weights="integral")
    a, b = (p, q) if isinstance(direction, dl.ForwardKL) else (q, p)
    ratio = a.sigma / b.sigma
    closed = -math.log(ratio) + 0.5 * (ratio**2 + ((a.mu - b.mu) / b.sigma) ** 2 - 1)
    assert dl.value_and_grad(direction, p, q, grid, "numpy")[0] == pytest.approx(closed, rel=1e-12)


def test_d_log_q_is_the_derivative_elementwise(loss, backend):
    """On random vectors: the summed gradient cannot tell whether reverse KL has its +1."""
    rng = np.random.default_rng(3)
    log_p, log_q, w = rng.normal(-2, 1.5, 40), rng.normal(-2, 1.5, 40), rng.uniform(0.1, 1, 40)
    d = dl.d_log_q(loss, log_p, log_q, w, backend)

    def moved(i, e):
        return value(loss, log_p, log_q + e * (np.arange(40) == i), w)

    numeric = np.array([difference(lambda e, i=i: moved(i, e), 1e-3) for i in range(40)])
    np.testing.assert_allclose(d, numeric, rtol=1e-8, atol=1e-9 * np.abs(numeric).max())


def test_a_perfect_fit_has_the_least_loss_and_no_gradient(loss, backend):
    q = dl.Normal(1.0, 1.5)
    best, gradient = dl.value_and_grad(loss, q, q, GRID, backend)
    least = -1.0 if "Cosine" in repr(loss) else 0.0
    assert best == pytest.approx(least, abs=1e-12)
    if isinstance(loss, dl.L1):
        # At its kink every sign is a subgradient, and the last bit of p and q chooses it.
        bound = [np.sum(GRID.w * q.prob(GRID.x) * np.abs(s)) for s in q.score(GRID.x)]
        assert (np.abs(gradient) <= bound).all()
    else:
        assert gradient == pytest.approx((0.0, 0.0), abs=1e-12)
    for other in (dl.Normal(1.1, 1.5), dl.Normal(1.0, 1.4), dl.Normal(0.9, 1.6)):
        assert dl.value_and_grad(loss, q, other, GRID, backend)[0] > best


def test_gradient_is_the_derivative_of_the_value(loss, backend):
    q = dl.Normal(0.8, 1.7)
    _, (d_mu, d_sigma) = dl.value_and_grad(loss, P, q, GRID, backend)

    def at(mu, sigma):
        return dl.value_and_grad(loss, P, dl.Normal(mu, sigma), GRID, backend)[0]

    numeric = (
        difference(lambda e: at(q.mu + e, q.sigma), 1e-4),
        difference(lambda e: at(q.mu, q.sigma + e), 1e-4),
    )
    assert (d_mu, d_sigma) == pytest.approx(numeric, rel=1e-7)


EDGES = [
    # p = 0 costs forward KL nothing, whatever q is; q = 0 where p > 0 costs infinity.
    (dl.ForwardKL(), [ZERO, 0.0], [-1.0, 0.0], 0.0),
    (dl.ForwardKL(), [ZERO, 0.0], [ZERO, 0.0], 0.0),
    (dl.ForwardKL(), [-1.0, 0.0], [ZERO, 0.0], math.inf),
    # An underflowed q whose log is finite is no zero.
    (dl.ForwardKL(), [0.0, 0.0], [-1000.0, 0.0], 1000.0),
    (dl.ReverseKL(), [-1.0, 0.0], [ZERO, 0.0], 0.0),
    (dl.ReverseKL(), [ZERO, 0.0], [ZERO, 0.0], 0.0),
    (dl.ReverseKL(), [ZERO, 0.0], [-1.0, 0.0], math.inf),
    (dl.ReverseKL(), [ZERO, 0.0], [-1000.0, 0.0], 0.0),
    (dl.MSE(), [ZERO, 0.0], [ZERO, 0.0], 0.0),
    (dl.L1(), [ZERO, ZERO], [0.0, ZERO], 1.0),
    (dl.Cosine(), [ZERO, 0.0], [0.0, ZERO], 0.0),
    (dl.Cosine(), [0.0, 0.0], [ZERO, ZERO], 0.0),
    (dl.Cosine(), [ZERO, ZERO], [0.0, 0.0], 0.0),
    (dl.Smoothed(dl.ForwardKL(), 0.5), [0.0, ZERO], [ZERO, 0.0], math.log(3)),
]


@pytest.mark.parametrize(("loss", "log_p", "log_q", "expected"), EDGES, ids=repr)
def test_edges(loss, log_p, log_q, expected, backend):
    """Zeros and underflow: the formulas' value as documented, and a finite d_log_q from every backend."""
    assert value(loss, log_p, log_q, np.ones(2)) == pytest.approx(expected)
    d = dl.d_log_q(loss, log_p, log_q, np.ones(2), backend)
    if math.isfinite(expected):
        assert np.isfinite(d).all()
        # q = 0 has no say in any of these losses but forward KL, whose -p does not look at q.
        if not isinstance(loss, dl.ForwardKL):
            np.testing.assert_array_equal(d[np.exp(log_q) == 0], 0.0)


@pytest.mark.parametrize("mu", [30.0, 36.0, 38.0, 40.0, 45.0])
def test_cosine_of_a_far_fit(mu, backend):
    """Products of the sums underflow long before their quotients do; squares at last do so themselves."""
    value, d = dl.value_and_grad(dl.Cosine(), P, dl.Normal(mu, 1), GRID, backend)
    if mu < 45:
        near = [dl.Normal(mu + e, 1) for e in (-1e-5, 1e-5)]
        moved = [dl.value_and_grad(dl.Cosine(), P, q, GRID, "numpy")[0] for q in near]
        assert -1 <= value < 0
        assert d.mu == pytest.approx((moved[1] - moved[0]) / 2e-5, rel=1e-5)
    else:
        assert (value, *d) == (0.0, 0.0, 0.0)


def test_a_point_of_weight_0_is_left_out(backend):
    """Even where the loss is infinite: ReverseKL, where p is 0."""
    p, q = dl.Tabulated.from_density([0.0, 1.0, 0.5, 0.0]), dl.Normal(0, 1)
    grid = dl.Grid([-1, 0, 1, 2], [0, 0.3, 0.7, 0])
    part = dl.Grid([0, 1], [0.3, 0.7])
    expected = dl.value_and_grad(dl.ReverseKL(), dl.Tabulated.from_density([1.0, 0.5]), q, part, backend)
    assert dl.value_and_grad(dl.ReverseKL(), p, q, grid, backend) == expected
    fit = dl.fit(dl.ReverseKL(), p, q, grid, optimizer=dl.sgd(0.1), steps=3, backend=backend)
    assert np.isfinite(fit.loss).all()
    d = dl.d_log_q(dl.ReverseKL(), p.log_p, q.log_prob(grid.x), grid.w, backend)
    assert d[0] == d[3] == 0.0
    assert (d[1:3] != 0).all()


def test_l1_takes_the_subgradient_0_where_p_and_q_meet(backend):
    d = dl.d_log_q(dl.L1(), [-1.0, -1.0, -2.0], [-1.0, -2.0, -1.0], [1, 1, 1], backend)
    np.testing.assert_allclose(d, [0.0, -math.exp(-2), math.exp(-1)], rtol=1e-15)


@pytest.mark.parametrize(("loss", "direction"), [(dl.ForwardKL(), "q"), (dl.ReverseKL(), "p")], ids=repr)
def test_infinite_loss_is_inf_in_every_backend(loss, direction, backend):
    """Disjoint supports, as tables: +inf and no warning."""
    grid = dl.Grid.linspace(0, 1, 4)
    p = dl.Tabulated.from_density([0, 0, 1, 1])
    if direction == "p":
        assert dl.value_and_grad(loss, p, dl.Normal(0.3, 1), grid, backend)[0] == math.inf
    else:
        # z^2 overflows: the only way for a Normal's log density to be -inf.
        assert dl.value_and_grad(loss, p, dl.Normal(0, 1e-160), grid, backend)[0] == math.inf


def test_a_negative_kl_is_unequal_mass():
    """Half of p lies outside the window and a sixth of q: q has more mass left, and the sum falls below 0."""
    grid = dl.Grid.linspace(0, 30, 3001, weights="integral")
    assert dl.value_and_grad(dl.ForwardKL(), dl.Normal(0, 1), dl.Normal(1, 1), grid, "numpy")[0] < 0


def test_losses_are_distinct_values():
    """To bare tuples ForwardKL() == MSE(), both being empty."""
    assert len(set(dl.LOSSES)) == len(dl.LOSSES)
    assert dl.ForwardKL() == dl.ForwardKL()
    assert dl.ForwardKL() != dl.MSE()
    assert dl.Smoothed(dl.ForwardKL(), 1e-3) != dl.Smoothed(dl.MSE(), 1e-3)
    assert hash(dl.Smoothed(dl.MSE(), 1e-3)) == hash(dl.Smoothed(dl.MSE(), 1e-3))
    assert dl.Sigma() != dl.LogSigma()


def test_every_loss_class_is_listed_and_documented():
    folder = pathlib.Path(inspect.getfile(dl.losses)).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "protocol", "smoothed"}
    assert files == {dl.loss_name(loss).replace("-", "_") for loss in dl.LOSSES}
    for loss in (*dl.LOSSES, dl.Smoothed(dl.MSE(), 1.0)):
        text = inspect.getdoc(type(loss))
        assert text is not None
        assert "Derivation." in text
        assert "Edge cases" in text

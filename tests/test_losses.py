"""The losses as formulas: known values, derivatives, optima, and the edges each one documents."""

import importlib
import inspect
import itertools
import math
import pathlib
from typing import NamedTuple

import numpy as np
import pytest
import torch
from scipy.spatial.distance import jensenshannon

import divlite as dl
from conftest import GRID, LOSSES, P, largest_term, rng_of
from divlite import setting
from divlite.derivative import difference
from divlite.losses import protocol
from divlite.rounding import EXACT, jumps, sizes
from divlite.views import view_of
from divlite_torch.losses import oracle

ZERO = -math.inf  # the log of a density of 0


def value(loss, log_p, log_q, w):
    """The loss between two vectors of log densities, straight from its formulas."""
    log_p, log_q = np.asarray(log_p, float), np.asarray(log_q, float)
    with np.errstate(all="ignore"):
        terms = protocol.value(loss, np.exp(log_p), log_p, np.exp(log_q), log_q)
        return protocol.finish(loss, protocol.each(lambda t: np.sum(np.asarray(w) * t), terms))


def test_known_values():
    p, q = np.array([0.5, 0.25, 0.25]), np.array([0.25, 0.5, 0.25])
    log_p, log_q, w = np.log(p), np.log(q), np.ones(3)
    assert value(dl.ForwardKL(), log_p, log_q, w) == pytest.approx(0.25 * math.log(2))
    assert value(dl.ReverseKL(), log_p, log_q, w) == pytest.approx(0.25 * math.log(2))
    assert value(dl.MSE(), log_p, log_q, w / 3) == pytest.approx(0.125 / 3)
    assert value(dl.L1(), log_p, log_q, w) == pytest.approx(0.5)
    assert value(dl.Cosine(), log_p, log_q, w) == pytest.approx(-0.3125 / 0.375)
    assert value(dl.JensenShannon(), log_p, log_q, w) == pytest.approx(jensenshannon(p, q) ** 2)
    assert value(dl.SquaredHellinger(), log_p, log_q, w) == pytest.approx(0.75 - math.sqrt(0.5))
    assert value(dl.Triangular(), log_p, log_q, w) == pytest.approx(1 / 6)
    smoothed = value(dl.Smoothed(dl.ForwardKL(), 0.25), log_p, log_q, w)
    assert smoothed == pytest.approx(0.25 * math.log(1.5))


@pytest.mark.parametrize(("loss", "order"), [(dl.ForwardKL(), 1), (dl.ReverseKL(), -1)], ids=repr)
def test_kl_of_two_normals_is_the_closed_form(loss, order):
    p, q = dl.Normal(0.3, 1.2), dl.Normal(-0.5, 2.0)
    grid = dl.Grid.linspace(-40, 40, 8001, weights="integral")
    a, b = (p, q)[::order]
    ratio = a.sigma / b.sigma
    closed = -math.log(ratio) + 0.5 * (ratio**2 + ((a.mu - b.mu) / b.sigma) ** 2 - 1)
    assert dl.value_and_grad(loss, p, q, grid, "numpy")[0] == pytest.approx(closed, rel=1e-12)


def test_squared_hellinger_of_two_normals_is_the_closed_form():
    p, q = dl.Normal(0.3, 1.2), dl.Normal(-0.5, 2.0)
    grid = dl.Grid.linspace(-40, 40, 8001, weights="integral")
    variances = p.sigma**2 + q.sigma**2
    overlap = math.sqrt(2 * p.sigma * q.sigma / variances) * math.exp(-((p.mu - q.mu) ** 2) / (4 * variances))
    found = dl.value_and_grad(dl.SquaredHellinger(), p, q, grid, "numpy")[0]
    assert found == pytest.approx(1 - overlap, rel=1e-12)


def test_d_log_q_is_the_derivative_elementwise(density_loss, backend):
    """On random vectors: the summed gradient cannot tell whether reverse KL has its +1."""
    rng = rng_of(density_loss)
    log_p, log_q, w = rng.normal(-2, 1.5, 40), rng.normal(-2, 1.5, 40), rng.uniform(0.1, 1, 40)
    d = dl.d_log_q(density_loss, log_p, log_q, w, backend)

    def moved(i, e):
        return value(density_loss, log_p, log_q + e * (np.arange(40) == i), w)

    numeric = np.array([difference(lambda e, i=i: moved(i, e), 1e-3) for i in range(40)])
    np.testing.assert_allclose(d, numeric, rtol=1e-8, atol=1e-9 * np.abs(numeric).max())


# How the two numbers of Q move with what a loss is differentiated by, for each view.
MOVES = {
    "d_log_q": lambda c, d, e: (np.exp(d + e), d + e),
    "d_cdf_q": lambda c, d, e: (c + e, d - e),
    "d_x_q": lambda c, d, e: (c + e, d),
}


def test_the_sensitivity_is_the_derivative_of_the_value_in_every_view(loss):
    rng, derivative = rng_of(loss), view_of(loss).derivative
    a = rng.uniform(0.05, 0.9, 40)
    c = a + rng.uniform(0.01, 0.5, 40) * rng.choice((-0.1, 0.1), 40)
    b, d = (np.log(one) if derivative == "d_log_q" else 1.0 - one for one in (a, c))

    def terms(e):
        return np.array(protocol.value(loss, a, b, *MOVES[derivative](c, d, e)))

    numeric = np.atleast_2d(difference(terms, 1e-4))
    given = np.atleast_2d(protocol.sensitivity(loss, a, b, c, d))
    np.testing.assert_allclose(
        given, numeric[: len(given)], rtol=0, atol=1e-10 * np.abs(terms(0.0)).max() + 1e-10
    )
    np.testing.assert_array_equal(numeric[len(given) :], 0.0)


def test_a_perfect_fit_has_the_least_loss_and_no_gradient(loss, backend):
    """The same least loss for every p: 0, or -1 for the cosine."""
    q, nearby = dl.Normal(1.0, 1.5), (dl.Normal(1.1, 1.5), dl.Normal(1.0, 1.4), dl.Normal(0.9, 1.6))
    best, gradient = dl.value_and_grad(loss, q, q, GRID, backend)
    # The terms of a perfect fit are themselves rounding errors: their size is that of a poor fit's.
    size, size_of_gradient = sizes(setting.checked(loss, q, GRID), 2.0, 2.5)
    assert best == pytest.approx(
        dl.value_and_grad(loss, nearby[2], nearby[2], GRID, backend)[0], abs=EXACT * size
    )
    # At a kink every slope from one side's to the other's is one, and the last bits of p and q choose.
    assert math.hypot(*gradient) <= (1.0 if jumps(loss) else EXACT) * size_of_gradient
    for other in nearby:
        assert dl.value_and_grad(loss, q, other, GRID, backend)[0] > best


def test_gradient_is_the_derivative_of_the_value(loss, backend):
    q = dl.Normal(0.8, 1.7)
    _, gradient = dl.value_and_grad(loss, P, q, GRID, backend)
    size, size_of_gradient = sizes(setting.checked(loss, P, GRID), *q)

    def at(mu, sigma):
        return dl.value_and_grad(loss, P, dl.Normal(mu, sigma), GRID, backend)[0]

    numeric = (
        difference(lambda e: at(q.mu + e, q.sigma), 1e-4),
        difference(lambda e: at(q.mu, q.sigma + e), 1e-4),
    )
    assert math.dist(gradient, numeric) <= 1e-9 * (size_of_gradient + size / q.sigma)


# What the formulas of a theorem cannot say: underflow where the log is finite, and losses of no such theorem.
EDGES = [
    # An underflowed q whose log is finite is no zero.
    (dl.ForwardKL(), [0.0, 0.0], [-1000.0, 0.0], 1000.0),
    (dl.ReverseKL(), [ZERO, 0.0], [-1000.0, 0.0], 0.0),
    (dl.MSE(), [ZERO, 0.0], [ZERO, 0.0], 0.0),
    (dl.Cosine(), [ZERO, 0.0], [0.0, ZERO], 0.0),
    (dl.Cosine(), [0.0, 0.0], [ZERO, ZERO], 0.0),
    (dl.Cosine(), [ZERO, ZERO], [0.0, 0.0], 0.0),
    (dl.Smoothed(dl.ForwardKL(), 0.5), [0.0, ZERO], [ZERO, 0.0], math.log(3)),
]


@pytest.mark.parametrize(("loss", "log_p", "log_q", "expected"), EDGES, ids=repr)
def test_edges(loss, log_p, log_q, expected, backend):
    """Zeros and underflow: the formulas' value as documented, and a finite d_log_q from every backend."""
    assert value(loss, log_p, log_q, np.ones(2)) == pytest.approx(expected)
    assert np.isfinite(dl.d_log_q(loss, log_p, log_q, np.ones(2), backend)).all()


# The logs of 0, of what underflows to 0, of a subnormal number, and of numbers.
CORNERS = [*itertools.product((ZERO, -1000.0, -720.0, -1.0, 0.0), repeat=2)]


def test_every_corner_is_as_torch_has_it(density_loss, backend):
    """A point with these beside an ordinary one: the loss, and its sensitivity where the loss is finite.

    Where it is not, torch's may be NaN. Ours is a number or infinite, but never NaN.
    """
    for a, b in CORNERS:
        at = np.array([a, -0.5]), np.array([b, -1.7]), np.ones(2)
        expected = oracle(density_loss)(density_loss, *map(torch.tensor, at)).item()
        found, d = value(density_loss, *at), dl.d_log_q(density_loss, *at, backend)
        assert found == pytest.approx(expected, rel=EXACT), (a, b)
        if math.isfinite(found):
            tolerance = EXACT * largest_term(density_loss, *at)
            right = dl.d_log_q(density_loss, *at, "torch")
            np.testing.assert_allclose(d, right, rtol=0, atol=tolerance, err_msg=(a, b))
        elif backend != "torch":
            assert not np.isnan(d).any()


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


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if jumps(loss)], ids=repr)
def test_at_a_kink_the_slope_is_the_mean_of_both_sides(loss):
    q = 0.3 + np.array([-1e-12, 0.0, 1e-12])
    below, at, above = protocol.sensitivity(loss, 0.3, math.log(0.3), q, np.log(q))
    assert above - below > 1e-3
    assert at == pytest.approx((below + above) / 2, abs=1e-11)


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


FILES = {path.stem for path in pathlib.Path(inspect.getfile(dl.losses)).parent.glob("*.py")}


@pytest.mark.parametrize("name", sorted(FILES - {"__init__", "protocol", "catalogue"}))
def test_every_file_has_one_loss_that_is_listed_and_documented(name):
    module = importlib.import_module(f"divlite.losses.{name}")
    classes = (c for c in vars(module).values() if isinstance(c, type) and c.__module__ == module.__name__)
    (cls,) = (c for c in classes if not c.__name__.startswith("_"))
    assert getattr(dl, cls.__name__) is cls
    text = inspect.getdoc(cls)
    assert "Derivation." in text
    assert "Edge cases" in text
    if len(cls._field_defaults) == len(cls._fields):
        assert cls() in dl.LOSSES
        assert cls.__name__ in dl.__all__
        assert dl.loss_name(cls()) == name.replace("_", "-")
        assert protocol.summary(cls()) == inspect.getdoc(module).splitlines()[0].rstrip(".") != ""
    else:  # a combinator
        assert "loss" in cls._fields


def test_a_kink_is_seen_in_the_formulas():
    for loss in (dl.L1(), dl.Smoothed(dl.L1(), 1e-3), dl.Wasserstein1()):
        assert jumps(loss)
    for loss in (dl.MSE(), dl.ReverseKL(), dl.Cosine(), dl.CramerVonMises()):
        assert not jumps(loss)


def test_sizes_are_sums_of_absolute_terms_and_of_how_they_change():
    """MSE's sensitivity times how log q changes with z and with the constant of the density, if both grow."""
    q = dl.Normal(0.8, 1.7)
    size, size_of_gradient = sizes(setting.checked(dl.MSE(), P, GRID), *q)
    z, p, at_q = (GRID.x - q.mu) / q.sigma, P.prob(GRID.x), q.prob(GRID.x)
    d = 2.0 * (at_q - p) * at_q * GRID.w
    digits = z * z - (math.log(q.sigma) + 0.5 * math.log(2 * math.pi))  # dlog q, with z falling
    value, _ = dl.value_and_grad(dl.MSE(), P, q, GRID, "numpy")
    assert size == pytest.approx(value + np.sum(np.abs(d * digits)), rel=1e-7)
    terms = np.abs(d * q.score(GRID.x)).sum(1)
    assert math.hypot(*terms) < size_of_gradient < 20 * math.hypot(*terms)


def test_sizes_grow_with_the_digits_that_q_has_lost():
    """p^2/q far out: where log q is off by eps of itself, the term is off by |log q| eps of itself."""

    class Quotient(NamedTuple):
        def value(self, p, log_p, q, log_q):
            return p * p / q

        def d_log_q(self, p, log_p, q, log_q):
            return -p * p / q

    q, grid = dl.Normal(0.0, 1.0), dl.Grid([-1.0, 30.0], [1.0, 1.0])
    value, _ = dl.value_and_grad(Quotient(), dl.Normal(30.0, 1.0), q, grid, "numpy")
    size, size_of_gradient = sizes(setting.checked(Quotient(), dl.Normal(30.0, 1.0), grid), *q)
    known = 1.0 + 30.0**2 - 0.5 * math.log(2 * math.pi)  # what z z and the constant change log q by
    assert size / value == pytest.approx(known, rel=1e-5)
    assert size_of_gradient > known * value

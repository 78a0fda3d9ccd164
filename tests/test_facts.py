"""Facts follow from the formulas: known answers, and every edge case that they say, in every backend."""

import math
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
import sympy as sp

import divlite as dl
from conftest import LOSSES, label
from divlite.elementary import exp, log
from divlite.facts import facts as computed
from divlite.losses import protocol
from divlite.rounding import jumps

ROUNDING = 1e-13
facts = cache(computed)
P0, Q0 = 0.3, 0.2
P, Q, EPSILON = sp.symbols("p q epsilon", positive=True)
DENSITIES = [loss for loss in LOSSES if hasattr(loss, "d_log_q")]
SUMS = [loss for loss in DENSITIES if not protocol.several(protocol.value(loss, 1.0, 0.0, 1.0, 0.0))]
CSISZAR = [loss for loss in LOSSES if hasattr(loss, "f")]
SMOOTH = [loss for loss in CSISZAR if not jumps(loss)]


def at(loss, expression, p=P0, q=Q0):
    """The number that it is there."""
    return float(expression.subs({P: p, Q: q, EPSILON: getattr(loss, "epsilon", 0.0)}))


def value(loss, p, q):
    """The term of L at each point, by the formulas on arrays."""
    with np.errstate(all="ignore"):
        return protocol.value(loss, p, np.log(p), q, np.log(q))


def slope(loss, p, q, backend):
    with np.errstate(divide="ignore"):
        return dl.d_log_q(loss, np.log([p]), np.log([q]), np.ones(1), backend=backend)[0]


def assert_close(got, expected):
    assert got == expected or abs(got - expected) <= ROUNDING * max(abs(expected), 1), (got, expected)


@pytest.mark.parametrize("each", SUMS, ids=label)
def test_the_sensitivity_at_the_edges(each, backend):
    known = facts(each)
    assert_close(slope(each, 0.0, Q0, backend), at(each, known.d_p_is_0))
    # Where the loss is infinite, autograd has 0 times infinity.
    asked = backend != "torch" or abs(at(each, known.q_is_0)) < math.inf
    if asked and abs(expected := at(each, known.d_q_is_0)) < math.inf:
        assert_close(slope(each, P0, 0.0, backend), expected)
    assert_close(slope(each, 0.0, 0.0, backend), 0.0)


@pytest.mark.parametrize("each", SUMS, ids=label)
def test_the_value_at_the_edges(each, backend):
    """A point where p is 0, one where q is (it is 1e200 away), one where both are; beside an ordinary one."""
    known, q = facts(each), dl.Normal(0.0, 1.0)
    for x, p, expected in (
        (0.5, 0.0, lambda there: at(each, known.p_is_0, q=there)),
        (1e200, P0, lambda there: at(each, known.q_is_0)),
        (1e200, 0.0, lambda there: 0.0),
    ):
        points = np.array([0.0, x])
        density = np.exp(q.log_prob(points))
        with np.errstate(divide="ignore"):
            log_p = np.log([P0, p])
        got, _ = dl.value_and_grad(each, dl.Tabulated(log_p), q, dl.Grid(points, np.ones(2)), backend=backend)
        first = value(each, np.array([P0]), density[:1])[0]
        assert_close(got, first + expected(density[1]))


@pytest.mark.parametrize("each", CSISZAR, ids=label)
def test_the_pull_of_a_mode_that_q_has_left(each, backend):
    known = float(facts(each).pull)
    got = slope(each, P0, math.exp(-700.0), backend)
    if math.isinf(known):
        assert got * np.sign(known) > 1e100
    else:
        assert_close(got, known * P0)


@pytest.mark.parametrize("each", DENSITIES, ids=label)
def test_how_it_grows(each, backend):
    known, rng = facts(each), np.random.default_rng(1)
    log_p, log_q, w = rng.normal(size=9), rng.normal(size=9), rng.uniform(0.5, 1.0, 9)
    before, shift = dl.d_log_q(each, log_p, log_q, w, backend=backend), math.log(3.0)
    for degree, both in ((known.degree, shift), (known.degree_of_q, 0.0)):
        if degree is not None:
            after = dl.d_log_q(each, log_p + both, log_q + shift, w, backend=backend)
            np.testing.assert_allclose(after, before * 3.0 ** float(degree), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("each", SUMS, ids=label)
def test_whether_p_and_q_can_be_exchanged(each):
    p, q = np.random.default_rng(2).uniform(0.1, 1.0, (2, 9))
    same = np.allclose(value(each, p, q), value(each, q, p), rtol=1e-12, atol=0)
    assert same == facts(each).symmetric


@pytest.mark.parametrize("each", CSISZAR, ids=label)
def test_its_sign_and_its_bound(each):
    """Never negative for random masses, or for equal ones: then a Q with a little more or less is below 0."""
    known, rng = facts(each), np.random.default_rng(3)
    p, q = rng.uniform(0.0, 1.0, (2, 500, 9)) ** 4
    if known.never_negative == "equal masses":
        assert value(each, p[0], p[0] * (1 + 0.01 * np.sign(float(known.slope)))).sum() < 0
        q *= p.sum(1, keepdims=True) / q.sum(1, keepdims=True)
    assert known.never_negative
    assert (value(each, p, q).sum(1) >= -ROUNDING).all()
    p, q = p / p.sum(1, keepdims=True), q / q.sum(1, keepdims=True)
    assert (value(each, p, q).sum(1) <= float(known.bound) + ROUNDING).all()
    apart = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert_close(value(each, *apart).sum(), float(known.bound))


@pytest.mark.parametrize("each", SMOOTH, ids=label)
def test_its_curvature_at_equality(each):
    known, h = facts(each), 1e-3
    one = np.ones(1)
    moved = value(each, 1 + h * one, one) + value(each, 1 - h * one, one)
    assert moved[0] / h**2 == pytest.approx(float(known.curvature), rel=1e-5)


def test_known_answers():
    """As the literature has them: bounds and curvatures, pulls, and for which masses none is negative."""
    found = {type(loss).__name__: facts(loss) for loss in dl.LOSSES}
    assert found["JensenShannon"].bound == sp.log(2)
    assert found["ForwardKL"].bound == found["ReverseKL"].bound == sp.oo
    assert [found[name].pull for name in ("ForwardKL", "ReverseKL", "SquaredHellinger")] == [-1, 0, 0]
    assert [found[name].slope for name in ("ForwardKL", "ReverseKL", "JensenShannon")] == [1, -1, 0]
    assert found["ForwardKL"].never_negative == "equal masses"
    assert {one.degree for one in found.values() if one.pull is not None} == {1}
    assert (found["L1"].slope, found["L1"].curvature) == (None, None), "f has no derivative at its kink"
    assert (found["MSE"].degree, found["Cosine"].degree) == (2, 0)
    assert found["Cosine"].degree_of_q == 0
    assert found["L1"].kink
    assert not found["MSE"].kink


def test_a_learners_own_loss_has_facts():
    class Pearson(dl.MSE):
        def f(self, u):
            return (u - 1.0) * (u - 1.0)

        def value(self, p, log_p, q, log_q):
            return (p - q) * (p - q) / q

        def d_log_q(self, p, log_p, q, log_q):
            return q - p * p / q

    found = computed(Pearson())
    assert (found.pull, found.curvature, found.bound, found.slope) == (-sp.oo, 2, sp.oo, 0)


def test_they_print_as_a_table():
    table = repr(facts(dl.ForwardKL())).splitlines()
    assert "never below 0                              equal masses" in table
    assert "where q is 0, a point costs                inf" in table
    assert "with masses 1                              no bound" in table
    assert "with masses 1                              at most log(2)" in repr(facts(dl.JensenShannon()))
    assert len({line.rindex("  ") for line in table}) == 1


def test_what_is_no_loss_is_refused():
    with pytest.raises(ValueError, match="loss: expected"):
        facts(3)


class Alpha(NamedTuple):
    """The alpha divergence: where its bound and its pull lie depends on its own number."""

    alpha: float

    def f(self, u):
        return (exp(self.alpha * log(u)) - self.alpha * u + self.alpha - 1.0) / (
            self.alpha * (self.alpha - 1.0)
        )

    def value(self, p, log_p, q, log_q):
        power = exp(self.alpha * log_p + (1.0 - self.alpha) * log_q)
        return (power - self.alpha * p + (self.alpha - 1.0) * q) / (self.alpha * (self.alpha - 1.0))

    def d_log_q(self, p, log_p, q, log_q):
        return (q - exp(self.alpha * log_p + (1.0 - self.alpha) * log_q)) / self.alpha


@pytest.mark.parametrize(("alpha", "bound", "pull"), [(0.5, 4, 0), (2.5, sp.oo, -sp.oo), (-1.0, sp.oo, 0)])
def test_limits_are_those_for_the_numbers_of_the_loss(alpha, bound, pull):
    found = computed(Alpha(alpha))
    assert (found.bound, found.pull) == (bound, pull)


def test_a_number_named_c_is_not_what_the_densities_are_multiplied_by():
    class Weighted(NamedTuple):
        c: float = 0.5

        def value(self, p, log_p, q, log_q):
            return self.c * (p - q) * (p - q)

        def d_log_q(self, p, log_p, q, log_q):
            return -2.0 * self.c * q * (p - q)

    assert dl.facts(Weighted()).degree == 2

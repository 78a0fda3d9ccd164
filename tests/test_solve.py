"""dl.solve: where it says "minimum" there is one, as torch and the values around say; its other verdicts."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from scipy.optimize import lsq_linear, root

import divlite as dl
from conftest import GRID, P, label
from divlite import elementary, families, setting
from divlite.backends import resolve
from divlite.descent import corners, gradients, kinks, newton, solving, steps, verdicts
from divlite.descent.newton import EPS, Local

EVEN = dl.Grid.linspace(-15, 15, 1001, weights="integral")
TWO = dl.Mixture((0.5, 0.5), (dl.Normal(-3, 1), dl.Normal(3, 1)))  # with EVEN, symmetric
ODD = dl.Mixture((0.4, 0.6), (dl.Normal(-3, 1), dl.Normal(4, 1.5)))
STARTS = ((0.0, 1.0), (0.0, 5.0), (9.0, 0.5))
PERFECT, START = dl.Normal(0.3, 1.2), dl.Normal(0.0, 1.0)
BOX = (-1e3, 1e3, 1e-3, 1e3)
RADII = (1e-4, 1e-3, 1e-2)  # of rings, in sigmas: below the distance of two points
CASES = [
    *(
        (loss, p, grid, dl.Normal(*at))
        for loss in dl.LOSSES
        for p, grid in ((P, GRID), (TWO, EVEN))
        for at in STARTS
    ),
    *((loss, TWO, EVEN, dl.Laplace(*at)) for loss in (dl.ForwardKL(), dl.MSE(), dl.L1()) for at in STARTS),
    (dl.Smoothed(dl.ReverseKL(), 1e-6), P, GRID, dl.Normal(0, 1)),
    (dl.CramerVonMises(), TWO, EVEN, dl.StudentT(0.3, 5, 3.0)),
    (dl.ReverseKL(), TWO, EVEN, dl.Cauchy(0.3, 5)),
]
CASES = [(loss, p, grid, q0) for loss, p, grid, q0 in CASES if p is not P or hasattr(loss, "d_log_q")]
BENT = [(loss, p, grid, q0) for loss, p, grid, q0 in CASES if type(loss) in (dl.L1, dl.Wasserstein1)]


def written(value):
    return type(value).__name__ if isinstance(value, dl.Grid | dl.Mixture) else label(value)


def value_at(loss, p, grid, q, backend="numba"):
    return dl.value_and_grad(loss, p, q, grid, backend)[0]


def around(q, radius, angle):
    return families.moved(
        families.standard(q),
        q.mu + q.sigma * radius * math.cos(angle),
        q.sigma * math.exp(radius * math.sin(angle)),
    )


def assert_lowest(found, radii=RADII, strictly=True):
    """The loss is larger on rings around, in 16 directions on each."""
    noise = 16 * EPS * (abs(found.loss) + found.terms)
    for radius in radii:
        for angle in np.arange(16) * math.pi / 8 + 0.1:
            there = value_at(found.divergence, found.p, found.grid, around(found.q, radius, angle))
            assert there >= found.loss - noise
            assert there > found.loss or radius < 1e-3 or not strictly


def assert_gradient_is_zero(found):
    """By torch's autograd, which shares no formula with the solver."""
    _, gradient = dl.value_and_grad(found.divergence, found.p, found.q, found.grid, "torch")
    assert math.hypot(gradient.mu, gradient.sigma) * found.q.sigma <= 128 * EPS * found.terms


def assert_level(found):
    """L1 between two kinks, of a symmetric target: the loss does not change with mu."""
    assert found.verdict == "undecided"
    assert isinstance(found.divergence, dl.L1)
    assert abs(found.eigenvalues[0]) < 1e-12 < found.eigenvalues[1]
    assert_lowest(found, strictly=False)


@pytest.mark.parametrize(("loss", "p", "grid", "q0"), CASES, ids=written)
def test_what_is_called_a_minimum_is_one(loss, p, grid, q0):
    found = dl.solve(loss, p, q0, grid)
    assert found.loss <= value_at(loss, p, grid, q0)
    if found.verdict == "off the window":
        assert isinstance(loss, dl.ReverseKL | dl.L1)
        return
    if found.verdict == "undecided":
        assert_level(found)
        return
    assert found.verdict == "minimum"
    assert_lowest(found)
    if not found.at:
        assert_gradient_is_zero(found)
        assert min(found.eigenvalues) > 0


@pytest.mark.parametrize(
    ("loss", "q0"),
    [(loss, dl.Normal(0.4, 4)) for loss in dl.LOSSES] + [(dl.L1(), dl.Laplace(0.4, 4))],
    ids=label,
)
def test_every_backend_finds_the_same_place(loss, q0):
    ours, compiled, torchs = (dl.solve(loss, ODD, q0, EVEN, backend=b) for b in ("numpy", "numba", "torch"))
    for other in (compiled, torchs):
        assert other.verdict == ours.verdict == "minimum"
        assert other.q == pytest.approx(ours.q, abs=1e-9)
        assert other.loss == pytest.approx(ours.loss, abs=1e-14)


# Kinks.


@pytest.mark.parametrize(("loss", "p", "grid", "q0"), BENT, ids=written)
def test_at_a_corner_every_one_sided_slope_is_upward(loss, p, grid, q0):
    """Differences at a distance of 1e-7 sigma, far from the rounding and too near for the next kink."""
    found = dl.solve(loss, p, q0, grid)
    if len(found.at) >= 2:
        assert found.verdict == "minimum"
        assert_lowest(found, (1e-7, 1e-6, 1e-5))


def test_a_symmetric_corner_has_three_kinks():
    """By symmetry the CDFs cross at 0 and at two points +-x at once."""
    found = dl.solve(dl.Wasserstein1(), TWO, dl.Normal(0.3, 2), EVEN)
    assert found.verdict == "minimum"
    assert len(found.at) == 3
    assert found.at == pytest.approx([-u for u in found.at[::-1]], abs=1e-12)


@pytest.mark.parametrize("q", [dl.Normal(1, 2), dl.Laplace(1, 2)], ids=label)
def test_where_q_is_p_every_point_is_a_kink(q):
    found = dl.solve(dl.L1(), q, q._replace(mu=0.2, sigma=1.3), EVEN)
    assert found.verdict == "minimum"
    assert found.q == pytest.approx(q, abs=1e-12)
    assert found.loss == pytest.approx(0, abs=1e-14)
    assert len(found.at) > 900


def test_l1_finds_both_modes_of_the_first_article():
    """There Q is equal to P, but for the other mode's tail, at hundreds of points."""
    for mode in P.components:
        found = dl.solve(dl.L1(), P, dl.Normal(mode.mu + 0.5, 0.7), GRID)
        assert found.verdict == "minimum"
        assert found.q == pytest.approx(mode, abs=1e-9)


def test_a_ridge_is_left():
    """At mu = 0 the peak of a Laplace Q stands on a point where q > p: |p - q| falls on both sides."""
    p = dl.Mixture((0.5, 0.5), (dl.Normal(-1.2, 1), dl.Normal(1.2, 1)))
    found = dl.solve(dl.L1(), p, dl.Laplace(0, 1), EVEN)
    assert found.verdict == "minimum"
    assert abs(found.q.mu) > 1e-4
    assert_lowest(found, (1e-7, 1e-6, 1e-5, 1e-4))


def test_the_shortest_gradient_is_the_nearest_point_of_the_set():
    """Against scipy's bounded least squares, also where all jumps have one direction."""
    rng = np.random.default_rng(1)
    for k in (1, 2, 3, 6):
        for flat in (False, True):
            g, halves = 2.0 * rng.normal(size=2), rng.normal(size=(2, k))
            halves[1] *= not flat
            found, _ = gradients.shortest(g, halves)
            right = lsq_linear(halves, -g, (-1, 1), tol=1e-13)
            assert np.hypot(*found) == pytest.approx(math.sqrt(2 * right.cost), abs=1e-6)


# Ends that are no minimum.


def saddle():
    """Reverse KL is lowest over both modes and at each; scipy finds where its gradient is 0 between these."""
    at = dl.objective(dl.ReverseKL(), TWO, EVEN)
    return dl.Normal(*root(lambda theta: at(theta)[1], (1.5, 2.0), tol=1e-14).x)


def test_no_descent_stays_at_a_saddle(backend):
    """The lowest point of the expansion is away from it, though the gradient is 0."""
    found = dl.solve(dl.ReverseKL(), TWO, saddle(), EVEN, backend=backend)
    assert found.verdict == "minimum"
    ends = [dl.solve(dl.ReverseKL(), TWO, around(saddle(), 0.2, angle), EVEN) for angle in (0.0, math.pi / 2)]
    assert [end.verdict for end in ends] == ["minimum", "minimum"]
    assert ends[0].q.mu > 2.5
    assert abs(ends[1].q.mu) < 1e-9


@pytest.mark.parametrize(("place", "verdict"), [(None, "saddle"), ((0.0, 2.743798), "undecided")])
def test_an_end_that_bends_down_is_no_minimum(place, verdict):
    """Steps that stopped at a saddle; and steps that stopped short of a minimum."""
    place = place or saddle()
    seen, numpy = setting.of(dl.ReverseKL(), TWO, EVEN, dl.Normal(0, 1)), resolve("numpy")
    at = steps.local_by(numpy, seen, kinks.SMOOTH)(*place)
    end = steps.End(*at, 0, *steps.terms(seen, at))
    found = solving.judged(solving.solver(seen, None, numpy), end)
    assert found.verdict == verdict
    assert (found.eigenvalues[0] < -0.1) == (verdict == "saddle")


@pytest.mark.parametrize(
    ("loss", "q0", "verdict"),
    [
        (dl.MSE(), dl.Normal(100, 1), "off the window"),
        (dl.Triangular(), dl.Normal(-14.5, 0.05), "flat"),
        (dl.ReverseKL(), dl.Normal(2, 9), "off the window"),
        (dl.ReverseKL(), dl.Normal(0, 60), "off the window"),
    ],
    ids=label,
)
def test_an_end_that_is_none(loss, q0, verdict, backend):
    assert dl.solve(loss, P, q0, GRID, backend=backend).verdict == verdict


@pytest.mark.parametrize("backend", dl.BACKENDS)
def test_a_loss_that_is_all_but_flat_is_left_or_told(backend):
    """Its curvature is some 1e-110, and the cube of that is 0."""
    found = [dl.solve(dl.MSE(), P, dl.Normal(mu, 1.5), GRID, backend=backend) for mu in (-64, 72)]
    assert [end.verdict for end in found] == ["off the window", "off the window"]


def test_no_step_leaves_the_box():
    box = (0.0, 2.0), (1.0, 3.0)
    found = dl.solve(dl.ForwardKL(), P, dl.Normal(-9, 9), GRID, box=box)
    assert found.verdict == "at the border"
    assert found.q == dl.Normal(2, 3)
    inside = dl.solve(dl.ForwardKL(), P, dl.Normal(-9, 9), GRID, box=((-3, 3), (1, 9)))
    assert inside.verdict == "minimum"
    assert inside.q == pytest.approx((2.499998318, 7.566372064), abs=1e-8)


@pytest.mark.parametrize("side", [-15.0, 15.0])
def test_at_a_border_the_steps_go_on_along_it(side, backend):
    """Reverse KL falls from both sides of a symmetric target along the border to its widest corner."""
    box = (-15, 15), (0.1, 30)
    found = dl.solve(dl.ReverseKL(), TWO, dl.Normal(side, 6), EVEN, box=box, backend=backend)
    assert found.verdict == "at the border"
    assert found.q == dl.Normal(side, 30)


@pytest.mark.parametrize(
    ("box", "text"),
    [
        (
            ((1, 0), (1, 2)),
            r"box: expected \(\(mu from, mu to\), \(sigma from, sigma to\)\), finite and rising, got",
        ),
        (((0, 1), (0, 2)), r"box: expected .* with sigma > 0, got"),
        ((0, 1), r"box: expected .*, got \(0, 1\)"),
        (((0, 1), (1, math.inf)), r"box: expected .*finite and rising, got"),
    ],
)
def test_a_box_is_checked(box, text):
    with pytest.raises(ValueError, match=text):
        dl.solve(dl.ForwardKL(), P, dl.Normal(0, 1), GRID, box=box)


def test_an_infinite_loss_at_the_start_is_an_error(backend):
    p = dl.Tabulated.from_density(np.where(GRID.x < 0, 1.0, 0.0))
    with pytest.raises(
        ValueError, match=r"loss: expected a finite one at the start, got inf at Normal\(0, 1\)"
    ):
        dl.solve(dl.ReverseKL(), p, dl.Normal(0, 1), GRID, backend=backend)


# What must not matter.


@pytest.mark.parametrize("loss", [dl.ForwardKL(), dl.ReverseKL(), dl.Cosine(), dl.L1()], ids=label)
def test_the_unit_of_x_changes_no_step(loss):
    """1,024 is a power of two, so nothing but the constant of the densities is rounded anew."""
    k = 1024.0
    far = dl.Mixture(P.weights, tuple(dl.Normal(k * c.mu, k * c.sigma) for c in P.components))
    grid = dl.Grid(k * GRID.x, k * GRID.w)
    one, other = (
        dl.solve(loss, P, dl.Normal(6, 1.5), GRID),
        dl.solve(loss, far, dl.Normal(6 * k, 1.5 * k), grid),
    )
    assert other.verdict == one.verdict == "minimum"
    assert other.steps == one.steps
    assert (other.q.mu / k, other.q.sigma / k) == pytest.approx(one.q, rel=1e-9)


def test_the_same_bits_from_run_to_run():
    for loss in (dl.ReverseKL(), dl.L1()):
        one, two = (dl.solve(loss, P, dl.Normal(9, 2), GRID) for _ in range(2))
        assert (one.q, one.loss, one.steps, one.at, one.slope) == (
            two.q,
            two.loss,
            two.steps,
            two.at,
            two.slope,
        )


def test_rounding_is_measured_where_the_steps_end():
    """From a narrow start the terms of the cosine are 1e15 times smaller than where it ends."""
    for backend in ("numba", "numpy"):
        found = dl.solve(dl.Cosine(), P, dl.Normal(0.3, 0.02), GRID, backend=backend)
        assert found.verdict == "minimum"
        assert found.within < 1e-12


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_the_terms_are_those_of_the_end(backend):
    """Added up on the way they may be others: where nothing is left at the end, by all their digits."""
    fits = ((loss, p) for loss in (dl.ReverseKL(), dl.MSE(), dl.JensenShannon()) for p in (P, PERFECT))
    for loss, p in fits:
        seen = setting.of(loss, p, GRID, families.standard(START))
        end = steps.search(resolve(backend), seen, kinks.SMOOTH).one(*START, BOX, 1.0, 1000)
        exact = steps.terms(seen, Local(*end[:8]))
        assert end[9:] == pytest.approx(exact, rel=2e-3, abs=1e-15)


def test_the_terms_are_known_however_the_steps_end():
    """After the most of them, too."""
    seen = setting.of(dl.ForwardKL(), P, GRID, families.standard(START))
    for backend in ("numba", "numpy"):
        end = steps.search(resolve(backend), seen, kinks.SMOOTH).one(*START, BOX, 1.0, 3)
        assert end.steps == 3
        assert end[9:] == pytest.approx(steps.terms(seen, Local(*end[:8])), rel=1e-12)


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_a_perfect_fit_is_certified_though_its_loss_is_nothing_but_rounding(backend):
    by = solving.solver(setting.of(dl.JensenShannon(), PERFECT, GRID, START), None, resolve(backend))
    for mu, sigma in ((0.0, 2.0), (2.07, 3.94), (1.18, 0.67), (-1.5, 4.5), (0.97, 0.8), (0.44, 4.7)):
        found = solving.solved(by, dl.Normal(mu, sigma))
        assert found.verdict == "minimum"
        assert tuple(found.q) == pytest.approx(tuple(PERFECT), abs=1e-9)


def test_the_hessian_is_that_of_torch():
    found = dl.solve(dl.ReverseKL(), ODD, dl.Normal(0, 3), EVEN)
    seen = setting.of(dl.ReverseKL(), ODD, EVEN, families.standard(found.q))
    right = steps.local_by(resolve("torch"), seen, kinks.of(seen))(found.q.mu, found.q.sigma)
    wanted = [[right.h11, right.h12], [right.h12, right.h22]]
    assert right.h12 > 1.0
    np.testing.assert_allclose(found.hessian, wanted, rtol=1e-9)
    assert found.eigenvalues == pytest.approx(np.linalg.eigvalsh(found.hessian), rel=1e-12)


# A step.


def test_a_step_that_improves_nothing_is_known_before_it_is_taken():
    at, size = Local(0, 1, 0, 10 * EPS, 0, 1, 0, 1), (1.0, 1.0, 1.0)
    assert newton.arrived(at, EPS, size)  # neither its length nor its slope is more than rounding
    assert not newton.arrived(at, 1e-9, size)
    assert newton.arrived(at._replace(g1=EPS), 1e-9, size)
    assert not newton.arrived(at._replace(g1=20 * EPS), EPS, size)
    assert not newton.arrived(at._replace(g2=math.nan), EPS, size)
    assert math.isnan(newton.steepness(at._replace(g2=math.nan)))
    assert math.isnan(newton.steepness(at._replace(g1=math.inf)))
    assert newton.stale(at, size, 1e-3)
    assert not newton.stale(at, size, 1e-5)
    assert newton.stale(at, (0.0, 1e-3, 1e-3), 1e-5)


MODELS = [
    Local(0, 1, 0, *numbers)
    for numbers in (
        (1.0, -2.0, 3.0, 0.5, 2.0),  # Newton's own step is inside
        (30.0, -20.0, 3.0, 0.5, 2.0),
        (1.0, 0.3, -2.0, 0.4, 1.0),  # indefinite
        (0.2, 0.1, -2.0, 0.3, -1.0),
        (1.0, 1.0, 1.0, 1.0, 1.0),  # singular
        (0.0, 0.0, 0.0, 0.0, 0.0),
        (3.0, 4.0, 0.0, 0.0, 0.0),
    )
]


@pytest.mark.parametrize("at", MODELS)
@pytest.mark.parametrize("radius", [0.05, 0.7, 3.0])
def test_a_step_goes_to_the_lowest_point_of_the_disc(at, radius):
    """Within 10 % of the radius: as deep as that allows, against all points of a fine polar grid."""
    d1, d2 = newton.step(at, radius)
    assert math.hypot(d1, d2) <= radius * (1 + 1e-12)
    r, a = np.meshgrid(np.linspace(0, radius, 201), np.linspace(0, 2 * math.pi, 721))
    depth = newton.foreseen(at, r * np.cos(a), r * np.sin(a)).max()
    assert newton.foreseen(at, d1, d2) >= (0.9**2) * depth - 1e-15


def test_a_step_of_the_hard_case_lowers_the_loss():
    """The gradient has no part along the axis that bends down: any step of that length would do there."""
    at = Local(0, 1, 0, 0.0, 1.0, -2.0, 0.0, 1.0)
    d1, d2 = newton.step(at, 1.0)
    assert math.hypot(d1, d2) <= 1.0
    assert newton.foreseen(at, d1, d2) > 0


def test_a_step_that_does_not_lower_the_loss_is_not_taken():
    here, up = Local(0, 1, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0), Local(-1, 1, 1.1, 1.0, 0.0, 1.0, 0.0, 1.0)
    taken, last, radius = newton.judged(here, up, -1.0, 0.0, True, 1.0, 1.0, 1e-16)
    assert (taken, last, radius) == (False, False, 0.25)
    down = up._replace(value=0.4, g1=0.0)
    assert newton.judged(here, down, -1.0, 0.0, True, 1.0, 2.0, 1e-16) == (True, False, 2.0)


def test_near_the_end_a_gradient_that_vanishes_decides_where_the_loss_is_rounding():
    """As at a perfect fit of Jensen-Shannon; over a kink of L1 the gradient falls too, and the loss rises."""
    here = Local(0, 1, 0.0, 5e-13, 0.0, 0.04, 0.0, 0.04)
    next_ = here._replace(value=2e-18, g1=1e-18)
    assert newton.judged(here, next_, -1.25e-11, 0.0, True, 1.0, 1.0, 1e-27)[0]
    here = Local(0, 1, 0.033, 3.2e-7, 0.0, 1.3e-5, 0.0, 1.3e-5)
    next_ = here._replace(value=here.value + 1e-12, g1=-2.6e-8)
    assert not newton.judged(here, next_, -3.65e-5, 0.0, True, 1.0, 1.0, 1e-16)[0]
    assert newton.judged(
        here, next_._replace(value=here.value - 1e-11), -3.65e-5, 0.0, True, 1.0, 1.0, 1e-16
    )[0]


def test_bends_are_those_of_the_integral():
    """L1's second derivatives as a fine grid sees them, against differences of its gradient on that grid."""
    fine = dl.Grid.linspace(-15, 15, 100_001, weights="integral")
    q, h = dl.Normal(1.3, 4.2), 0.02
    seen = setting.of(dl.L1(), TWO, fine, families.standard(q))
    ours = steps.local_by(resolve("numpy"), seen, kinks.of(seen))(*q)
    sides = [dl.value_and_grad(dl.L1(), TWO, dl.Normal(q.mu + s * h, q.sigma), fine)[1] for s in (1, -1)]
    h11, h12 = (q.sigma**2 * (a - b) / (2 * h) for a, b in zip(*sides, strict=True))
    assert (ours.h11, ours.h12) == pytest.approx((h11, h12), rel=0.01, abs=0.001)


def test_kinks_are_known():
    assert kinks.of(setting.of(dl.L1(), P, GRID, families.standard(dl.Laplace(0, 1)))) == (1.0, 2.0)
    assert kinks.of(setting.of(dl.MSE(), P, GRID, families.standard(dl.Normal(0, 1)))) == kinks.SMOOTH
    assert corners.MANY < 1000


def test_an_optimum_without_any_term_can_be_printed():
    """Where all terms underflow, there is nothing to measure a slope against."""
    found = dl.solve(dl.MSE(), P, dl.Normal(44, 0.05), GRID, backend="numpy")
    assert found.verdict == "off the window"
    assert "gradient     0, 0 eps of its |terms|" in str(found)
    assert EPS * found.terms > 0.0  # a slope is compared with some eps of it


class Largest(NamedTuple):
    """A right loss, of a function that dual numbers do not know."""

    def value(self, p, log_p, q, log_q):
        return np.maximum(p - q, q - p)

    def d_log_q(self, p, log_p, q, log_q):
        return np.sign(q - p) * q


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_formulas_without_second_derivatives_are_named(backend):
    value, _ = dl.value_and_grad(Largest(), P, dl.Normal(0, 3), GRID, backend)
    assert value == pytest.approx(dl.value_and_grad(dl.L1(), P, dl.Normal(0, 3), GRID, backend)[0])
    with pytest.raises(
        ValueError, match=r"^loss: expected formulas with second derivatives: .* got Largest\(\)"
    ):
        dl.solve(Largest(), P, dl.Normal(0, 3), GRID, backend=backend)


class Raising(NamedTuple):
    """No loss: its derivative asks for what is not there."""

    def value(self, p, log_p, q, log_q):
        return p - q

    def d_log_q(self, p, log_p, q, log_q):
        return {}["x"]


class OfText(NamedTuple):
    """No loss: what it multiplies with is no number."""

    text: str = "x"

    def value(self, p, log_p, q, log_q):
        return self.text * p

    def d_log_q(self, p, log_p, q, log_q):
        return self.text * q


@pytest.mark.parametrize(("loss", "reason"), [(Raising(), "KeyError: 'x'"), (OfText(), "UFuncTypeError")])
@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_formulas_that_fail_as_they_stand_are_named_as_such(loss, reason, backend):
    with pytest.raises(ValueError, match=rf"^loss: expected elementwise formulas .* {reason}"):
        dl.solve(loss, P, dl.Normal(0, 3), GRID, backend=backend)


def test_a_step_is_found_where_a_cube_leaves_the_floats():
    steep = Local(0, 1, 0, 1e150, 1e150, -1e150, 0.0, 1e150)
    assert 0.9 < math.hypot(*newton.step(steep, 1.0)) <= 1.0


@pytest.mark.parametrize("family", families.FAMILIES, ids=lambda cls: cls.__name__)
def test_many_ends_are_told_apart_as_one_is(family):
    q = family(0.0, 1.0, *[3.0] * (len(family._fields) - 2))
    seen, rng = setting.of(dl.MSE(), P, GRID, q), np.random.default_rng(1)
    mu, sigma = rng.uniform(-40, 40, 200), np.exp(rng.uniform(-3, 5, 200))
    numbers = rng.normal(size=(6, 200)) * 10.0 ** rng.integers(-20, 1, 200)
    ends = steps.ManyEnds(mu, sigma, *numbers, *np.ones((4, 200)))
    box = (-30.0, 30.0, 0.1, 50.0)
    found, known = verdicts.all_outside(seen, ends, box), set[str]()
    for i, told in enumerate(found):
        end = ends.one(i)
        mean, spread = newton.middle(end.h11, end.h12, end.h22)
        change = max(end.slope, spread - mean, spread + mean)
        assert told == verdicts.outside(seen, end, change, verdicts.held(end.mu, end.sigma, box))
        known.add(told)
    assert known == {"off the window", "flat", "at the border", ""}


class OfTheLog(NamedTuple):
    """Reverse KL from log(q) itself, which has no digits left where q is next to the smallest float."""

    def value(self, p, log_p, q, log_q):
        return elementary.where(q == 0.0, 0.0, q * (elementary.log(q) - log_p))

    def d_log_q(self, p, log_p, q, log_q):
        return elementary.where(q == 0.0, 0.0, q * (elementary.log(q) - log_p + 1.0))


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_an_equality_looks_at_the_value_and_a_tiny_density_has_a_slope(backend):
    found = dl.solve(OfTheLog(), P, dl.Normal(9, 0.3), GRID, backend=backend)
    right = dl.solve(dl.ReverseKL(), P, dl.Normal(9, 0.3), GRID, backend=backend)
    assert found.verdict == right.verdict == "minimum"
    assert found.q == pytest.approx(right.q, rel=1e-9)

"""dl.optima and dl.basins: the minima that brute force finds and no other, and the paths that lead there."""

import importlib.util
import math
import pathlib
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize

import divlite as dl
from conftest import GRID, P, label
from divlite import setting
from divlite.descent import unique

ROOT = pathlib.Path(__file__).parent.parent
WIDE = dl.Grid.linspace(-60, 60, 3001, weights="integral")


@cache
def script():
    """docs/optima.py, which searches for the optima of the articles' targets once for all of these tests."""
    spec = importlib.util.spec_from_file_location("docs_optima", ROOT / "docs" / "optima.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Against brute force.


def lowest_of_a_map(loss, p, grid, box, columns=91, rows=61):
    """The places inside a fine map that are lower than their eight neighbours."""
    (left, right), (low, high) = box
    mu, sigma = np.linspace(left, right, columns), np.geomspace(low, high, rows)
    value = dl.landscape(loss, p, grid, mu, sigma).loss
    middle = value[1:-1, 1:-1]
    lower = np.ones(middle.shape, bool)
    for i, j in product((0, 1, 2), repeat=2):
        if (i, j) != (1, 1):
            lower &= middle < value[i : i + rows - 2, j : j + columns - 2]
    return [(mu[j + 1], sigma[i + 1]) for i, j in np.argwhere(lower).tolist()]


def refined(loss, p, grid, place):
    """Nelder and Mead's simplex in (mu, log sigma), which needs no gradient and has no fear of kinks."""
    at = dl.objective(loss, p, grid)
    start, scale = np.array([0.0, math.log(place[1])]), place[1]

    def value(theta):
        return at(np.array([place[0] + scale * theta[0], math.exp(theta[1])]))[0]

    for size in (0.1, 1e-3, 1e-5):
        simplex = start + size * np.array([[0.0, 0.0], [1.0, 0.2], [-0.3, 1.0]])
        options = {"initial_simplex": simplex, "xatol": 1e-9, "fatol": 0.0, "maxiter": 600}
        start = minimize(value, start, method="Nelder-Mead", options=options).x
    return dl.Normal(place[0] + scale * start[0], math.exp(start[1]))


def away(q, other):
    return math.hypot((q.mu - other.mu) / other.sigma, math.log(q.sigma / other.sigma))


def is_level(loss, p, grid, q):
    """Whether nothing but rounding changes within a third of a sigma, as for L1 where P is next to 0."""
    at = dl.objective(loss, p, grid)
    here = at(np.array(q))[0]
    ring = [(0.3 * math.cos(a), 0.3 * math.sin(a)) for a in np.arange(8) * math.pi / 4]
    changes = [at(np.array([q.mu + d * q.sigma, q.sigma * math.exp(e)]))[0] - here for d, e in ring]
    return max(map(abs, changes)) < 1e-12 * abs(here)


@pytest.mark.parametrize(("place", "k"), [*product(range(3), range(5))])
def test_the_minima_are_those_of_brute_force(place, k):
    """Of the articles' targets, each with the loss, the grid and the weights that it has there.

    A simplex finds the place of a smooth minimum to the root of eps. L1 has so many kinks that it can stop
    at one some thousandths of a sigma before the corner.
    """
    target, found = script().targets()[place], script().found(place, k)
    loss = target.losses[k]
    lowest = [dl.Normal(*at) for at in lowest_of_a_map(loss, target.p, target.grid, found.box)]
    lowest = [q for q in lowest if not is_level(loss, target.p, target.grid, q)]  # lower by rounding alone
    brute = [refined(loss, target.p, target.grid, q) for q in lowest]
    (left, right), (low, high) = found.box
    brute = [q for q in brute if left < q.mu < right and low < q.sigma < high]
    brute = [q for q in brute if not is_level(loss, target.p, target.grid, q)]
    limit = 2e-2 if loss == dl.L1() else 1e-5
    for q in brute:
        assert min(away(q, o.q) for o in found.minima) < limit
    for o in found.minima:
        assert min(away(q, o.q) for q in brute) < limit


def test_the_page():
    """docs/optima.md is what docs/optima.py makes."""
    assert script().page() == (ROOT / "docs" / "optima.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("k", [2, 4])
def test_a_wide_start_ends_over_both_modes(k):
    """What the page says of N(0, 5), and of N(0, 1)."""
    loss = script().targets()[0].losses[k]
    wide = dl.fit_many(loss, P, [dl.Normal(0, 5)], GRID, optimizer=dl.adam(lr=0.01), steps=20_000)
    assert wide.sigma[0] > 5
    narrow = dl.fit_many(loss, P, [dl.Normal(0, 1)], GRID, optimizer=dl.adam(lr=0.01), steps=20_000)
    assert narrow.sigma[0] < 2


# What is known without a search.


@pytest.mark.parametrize(
    ("weights", "gap"), [((0.3, 0.7), 12.0), ((0.2, 0.5, 0.3), 14.0), ((0.3, 0.7), 16.0)]
)
def test_reverse_kl_at_a_mode_is_minus_log_of_its_weight(weights, gap):
    """It is -log pi_k at most: where Q is the mode, p >= pi_k q everywhere.

    It is lower because of the other modes' tails only. With d the distance in sigmas, Q's mass beyond the
    middle between two modes is erfc(d/sqrt(8))/2, and there log(p/(pi_k q)) is about d^2 at most.
    """
    modes = [dl.Normal(gap * (k - (len(weights) - 1) / 2), 1) for k in range(len(weights))]
    p = dl.Mixture(weights, tuple(modes))
    found = dl.optima(dl.ReverseKL(), p, WIDE, box=((-20, 20), (0.3, 4)), starts=(16, 8))
    at_modes = {k: min(found.minima, key=lambda o: abs(o.q.mu - modes[k].mu)) for k in range(len(weights))}
    for k, o in at_modes.items():
        spill = math.erfc(gap / math.sqrt(8)) * gap**2
        assert -math.log(weights[k]) - spill - 1e-12 <= o.loss <= -math.log(weights[k]) + 1e-12
        assert o.q == pytest.approx(modes[k], abs=max(10 * spill, 1e-9))


def test_forward_kl_matches_the_moments():
    """On the grid to 1e-12, and on a wide grid those of the mixture in closed form."""
    (o,) = dl.optima(dl.ForwardKL(), P, GRID).minima
    x, w = GRID.x, GRID.w * P.prob(GRID.x)
    mean = float((w * x).sum() / w.sum())
    assert o.q.mu == pytest.approx(mean, abs=1e-12)
    assert o.q.sigma == pytest.approx(math.sqrt(float((w * (x - mean) ** 2).sum() / w.sum())), abs=1e-12)
    parts = dl.Normal(-5, 1), dl.Normal(3, 2), dl.Normal(10, 0.5)
    wide = dl.solve(dl.ForwardKL(), dl.Mixture((0.2, 0.5, 0.3), parts), dl.Normal(0, 1), WIDE)
    mean = 0.2 * -5 + 0.5 * 3 + 0.3 * 10
    square = 0.2 * (25 + 1) + 0.5 * (9 + 4) + 0.3 * (100 + 0.25)
    assert wide.q == pytest.approx((mean, math.sqrt(square - mean**2)), abs=1e-12)


@pytest.mark.parametrize("family", [dl.Laplace, dl.Logistic])
def test_one_minimum_only_is_true(family):
    found = dl.optima(dl.ForwardKL(), P, GRID, family=family, starts=(8, 6))
    assert found.unique.startswith("No other place has a lower loss: ")
    assert [o.verdict for o in (*found.minima, *found.others)] == ["minimum"]
    assert found.share == (1.0,)


def test_of_other_losses_and_families_nothing_is_claimed():
    others = [(loss, dl.Normal) for loss in dl.LOSSES if loss != dl.ForwardKL() and hasattr(loss, "d_log_q")]
    for loss, family in [*others, (dl.ForwardKL(), dl.Cauchy), (dl.ForwardKL(), dl.StudentT(0, 1, 3))]:
        assert unique.reason(setting.checked(loss, P, GRID, family), 1) == "", label(loss)


# Which start leads where.


LENGTH = 0.02  # of a step, in units of sigma


def flow(at, place, box, ends):
    """Steepest descent in (mu/sigma, log sigma) by steps of one length, until an end is near: which one."""
    (left, right), (low, high) = box
    mu, sigma = place
    q = dl.Normal(mu, sigma)
    for _ in range(2000):
        if min(away(q, end) for end in ends) < 3 * LENGTH:
            break
        _, (a, b) = at(np.array(q))
        a, b = q.sigma * a, q.sigma * b
        if (q.mu <= left and a > 0) or (q.mu >= right and a < 0):
            a = 0.0
        if (q.sigma <= low and b > 0) or (q.sigma >= high and b < 0):
            b = 0.0
        by = LENGTH / max(math.hypot(a, b), 1e-300)
        mu, sigma = q.mu - by * a * q.sigma, q.sigma * math.exp(-by * b)
        q = dl.Normal(min(max(mu, left), right), min(max(sigma, low), high))
    return int(np.argmin([away(q, end) for end in ends]))


@pytest.mark.parametrize("loss", [dl.ReverseKL(), dl.MSE(), dl.Cosine()], ids=label)
def test_a_slow_descent_ends_where_basins_says(loss):
    """From 200 random starts; those that end elsewhere start within two cells of another basin."""
    mu, sigma = np.linspace(-15, 15, 60), np.geomspace(0.3, 30, 40)
    found = dl.basins(loss, P, GRID, mu, sigma)
    at, ends = dl.objective(loss, P, GRID), [o.q for o in found.optima]
    rng = np.random.default_rng(3)
    missed = []
    for i, j in zip(rng.integers(0, 40, 200).tolist(), rng.integers(0, 60, 200).tolist(), strict=True):
        end = flow(at, (mu[j], sigma[i]), ((-15, 15), (0.3, 30)), ends)
        if end != found.end[i, j]:
            around = found.end[max(i - 2, 0) : i + 3, max(j - 2, 0) : j + 3]
            missed.append(len(np.unique(around)) > 1)
    assert len(missed) <= 6
    assert all(missed)


def test_symmetric_targets_have_symmetric_shares():
    two = dl.Mixture((0.5, 0.5), (dl.Normal(-3, 1), dl.Normal(3, 1)))
    grid = dl.Grid.linspace(-15, 15, 1001, weights="integral")
    found = dl.optima(dl.ReverseKL(), two, grid)
    share = {
        (round(o.q.mu, 3), round(o.q.sigma, 3)): part
        for o, part in zip(found.minima, found.share, strict=True)
    }
    share |= {
        (round(o.q.mu, 3), round(o.q.sigma, 3)): part
        for o, part in zip(found.others, found.other_share, strict=True)
    }
    for (mu, sigma), part in share.items():
        if mu != 0:
            assert share[-mu, sigma] == part


def bits(found):
    return (
        found.end.tobytes(),
        found.share,
        [(o.q, o.loss, o.slope, o.verdict, o.steps) for o in found.optima],
    )


def test_nothing_depends_on_threads_executor_or_checkpoint(tmp_path):
    mu, sigma = np.linspace(-15, 15, 30), np.geomspace(0.3, 30, 20)

    def run(**how):
        return bits(dl.basins(dl.L1(), P, GRID, mu, sigma, **how))

    one = run(threads=1)
    assert run(threads=2) == one
    with ThreadPoolExecutor(2) as pool:
        assert run(executor=pool) == one
    assert run(checkpoint=tmp_path / "basins") == one
    assert run(checkpoint=tmp_path / "basins") == one


def test_l1_has_the_minima_at_both_modes_of_the_first_article():
    """Where hundreds of points have p = q, and every one of them is a kink."""
    found = dl.optima(dl.L1(), P, GRID, starts=(16, 10))
    assert sorted(round(o.q.mu, 9) for o in found.minima) == [-5, 10]


def test_places_that_could_not_be_decided_are_told_each():
    """L1 of a symmetric target is level along mu over the middle, and far out where q misses the points."""
    two = dl.Mixture((0.5, 0.5), (dl.Normal(-3, 1), dl.Normal(3, 1)))
    grid = dl.Grid.linspace(-15, 15, 1001, weights="integral")
    found = dl.optima(dl.L1(), two, grid)
    open_ = {o.q: share for o, share in zip(found.others, found.other_share, strict=True)}
    assert {o.verdict for o in found.others} >= {"undecided"}
    places = [o.q for o in found.others if o.verdict == "undecided"]
    assert len(places) > 2
    assert all(away(a, b) > 0.2 for a in places for b in places if a is not b)
    (middle,) = (q for q in places if abs(q.mu) < 1)
    assert 0.5 < open_[middle] < 0.6
    assert sum(found.share) + sum(found.other_share) == pytest.approx(1)


WIDE = dl.Grid.linspace(-30, 35, 651, "integral")


def test_an_optimum_on_the_border_of_the_box_is_a_minimum():
    """From it the loss does not fall beyond; where it does, the place is at the border."""
    normal = dl.Normal(0, 1)
    found = dl.optima(dl.ReverseKL(), normal, WIDE, box=((0, 10), (0.5, 5)), starts=(12, 10))
    assert found.share == (1.0,)
    assert found.others == ()
    assert found.infimum.endswith("is at the first of these minima.")
    cut = dl.optima(dl.ReverseKL(), normal, WIDE, box=((0.1, 10), (0.5, 5)), starts=(12, 10))
    assert cut.minima == ()
    assert "at the border of the box, mu = 0.1" in cut.infimum


def test_starts_without_a_finite_loss_are_counted():
    """P is 0 at x = 0, and Q is not, unless it is narrow and far away."""
    gamma, grid = stats.gamma(3), dl.Grid.linspace(0, 20, 301, "integral")
    found = dl.optima(dl.ReverseKL(), gamma, grid, starts=(8, 8))
    seen = sum(found.share) + sum(found.other_share)
    assert 0 < seen < 1
    assert f"no finite loss {1 - seen:>7.1%}  at the start: try dl.Smoothed" in str(found)


def test_of_what_is_outside_the_box_is_told():
    """Reverse KL falls on to 0 there; forward KL rises."""
    told = dl.optima(dl.ReverseKL(), P, WIDE, starts=(12, 10)).infimum
    assert told.endswith("Outside the box it may be lower: descents lead there.")
    assert "Outside" not in dl.optima(dl.ForwardKL(), P, WIDE, starts=(12, 10)).infimum


def test_no_claim_without_a_place():
    """A Student-t has no concave log density, however large nu; a P of one point has no one Normal."""
    for family in (dl.StudentT(0, 1, 2000), dl.StudentT(0, 1, 1e4)):
        assert unique.reason(setting.checked(dl.ForwardKL(), P, GRID, family), 1) == ""
    one = dl.Tabulated.from_density(np.where(np.arange(GRID.x.size) == 500, 1.0, 0.0))
    assert unique.reason(setting.checked(dl.ForwardKL(), one, GRID), 1) == ""
    assert unique.reason(setting.checked(dl.ForwardKL(), P, GRID), 2) == ""
    assert unique.reason(setting.checked(dl.ForwardKL(), P, GRID), 1).startswith("This is the only minimum")


@pytest.mark.parametrize(
    "box", ["abc", ((1j, 1), (1, 2)), ((1, 2),), ((2, 1), (1, 2)), ((0, 1), (0, 1))], ids=str
)
def test_a_box_that_is_none_is_named(box):
    with pytest.raises(ValueError, match=r"^box: expected "):
        dl.optima(dl.MSE(), P, GRID, box=box)

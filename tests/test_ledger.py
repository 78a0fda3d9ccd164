"""The ledger: its parts add up, each is what it says, and the articles' odd numbers come out of it."""

import math
import warnings

import mpmath
import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
import torch.nn.functional as F

import divlite as dl
from conftest import GRID, P
from divlite.articles import report
from divlite.articles.forward_vs_reverse_kl import MASS, SCALE, normal
from divlite.ledger.sums import sums
from divlite.rounding import EXACT

X = np.concatenate([np.linspace(-8, 0, 50), np.linspace(0.1, 8, 400)])
BUMPS = dl.Mixture((0.3, 1.1), (dl.Laplace(-1, 0.7), dl.StudentT(2, 1, 3)))
TABLE = dl.Tabulated.from_density(np.where(np.abs(GRID.x) < 5, 0.2, 0.0))
GRIDS = {
    **{weights: dl.Grid.linspace(-15, 15, 1000, weights) for weights in ("mean", "sum", "integral")},
    "coarse": dl.Grid.linspace(-9, 6, 12, "integral"),
    "uneven mean": dl.Grid.from_points(X),
    "uneven integral": dl.Grid.from_points(X, "integral"),
    "own": dl.Grid(X, 1.5 + np.sin(X)),
    "half": dl.Grid(GRID.x, np.where(GRID.x < 0, 0.03, 0.0)),
}
PAIRS = {
    "articles": (P, dl.Normal(0, 1)),
    "same": (dl.Normal(1, 2), dl.Normal(1, 2)),
    "near": (dl.Normal(1, 2), dl.Normal(1 + 1e-9, 2)),
    "heavy tails": (BUMPS, dl.Cauchy(1, 2)),
    "far": (BUMPS, dl.Normal(300, 1)),
    "narrow": (dl.Normal(0.3, 2), dl.Laplace(0, 0.01)),
    "q a mixture": (dl.Logistic(0, 1), BUMPS),
    "scipy": (scipy.stats.norm(1, 2), scipy.stats.t(3)),
}
CASES = [(pair, grid) for pair in PAIRS for grid in GRIDS]


def parts(found):
    return found.shape, found.mass, found.truncation, found.spacing


def size(p, q, grid):
    """What the rounding errors of a sum of w p log(p/q) are measured against, and of its masses."""
    log_p, log_q = (getattr(d, "log_prob", None) or d.logpdf for d in (p, q))
    values = np.exp(log_p(grid.x))
    return float(np.sum(grid.w * values * (1 + np.abs(log_p(grid.x)) + np.abs(log_q(grid.x))))) + 1e-300


@pytest.mark.parametrize(("pair", "grid"), CASES)
def test_the_parts_add_up_to_forward_kl(pair, grid):
    """Whatever the densities, the points and the weights."""
    (p, q), on = PAIRS[pair], GRIDS[grid]
    found = dl.ledger(p, q, on)
    scale = size(p, q, on) + max(map(abs, parts(found)))
    assert math.fsum(parts(found)) == pytest.approx(found.total, rel=0, abs=EXACT * scale)
    if isinstance(q, dl.Normal | dl.Laplace | dl.Cauchy):
        expected = dl.value_and_grad(dl.ForwardKL(), p, q, on)[0]
        assert found.total == pytest.approx(expected, rel=0, abs=EXACT * scale)
    assert found.shape >= 0
    assert found.normalised >= 0
    assert found.generalised >= 0
    surplus = found.factor * (found.q_masses.grid - found.p_masses.grid)
    assert found.generalised == pytest.approx(found.total + surplus, rel=0, abs=EXACT * scale + 1e-300)


@pytest.mark.parametrize("weights", ["mean", "sum"])
def test_even_weights_are_one_factor(weights):
    """Away from the ends, where an integral has half a weight, all weights are alike: all is scaled."""
    p, q = BUMPS.components[0], dl.Normal(0, 2)
    integral, found = (dl.ledger(p, q, GRIDS[name]) for name in ("integral", weights))
    assert integral.factor == pytest.approx(1, rel=1e-14)
    assert found.factor == pytest.approx(GRIDS[weights].w[0] / (30 / 999), rel=1e-12)
    for name in ("total", "shape", "mass", "generalised"):
        expected = getattr(integral, name) * found.factor
        assert getattr(found, name) == pytest.approx(expected, rel=1e-9, abs=1e-15)


def test_parts_against_quadrature():
    """P = 1.5 N(1, 2) and Q = Laplace(0, 1) on [-3, 3]: every part by mpmath, from the densities alone."""
    p, q = dl.Mixture((1.5,), (dl.Normal(1, 2),)), dl.Laplace(0, 1)
    found = dl.ledger(p, q, dl.Grid.linspace(-3, 3, 4001, "integral"))

    def of_p(x):
        return mpmath.mpf(3) / 2 * mpmath.npdf(x, 1, 2)

    def of_q(x):
        return mpmath.exp(-abs(x)) / 2

    window = [-3, 0, 3]
    w_p, w_q = mpmath.quad(of_p, window), mpmath.quad(of_q, window)
    total = mpmath.quad(lambda x: of_p(x) * mpmath.log(of_p(x) / of_q(x)), window)
    mass = mpmath.mpf(3) / 2 * mpmath.log(mpmath.mpf(3) / 2)
    inside = w_p * mpmath.log(w_p / w_q)
    assert found.total == pytest.approx(float(total), rel=1e-6)
    assert found.shape == pytest.approx(float(total - inside), rel=1e-6)
    assert found.mass == pytest.approx(float(mass), rel=1e-14)
    assert found.truncation == pytest.approx(float(inside - mass), rel=1e-12)
    assert found.normalised == pytest.approx(float((total - inside) / w_p), rel=1e-6)
    assert abs(found.spacing) < 1e-6  # by the trapezoid's rule
    assert found.p_masses[:3] == pytest.approx((1.5, float(w_p), float(w_p)), rel=1e-6)
    assert found.q_masses[:3] == pytest.approx((1, float(w_q), float(w_q)), rel=1e-6)


def test_of_distributions_inside_the_window_the_shape_is_all():
    found = dl.ledger(dl.Normal(0, 1), dl.Normal(1, 2), GRIDS["integral"])
    assert found.total == pytest.approx(dl.normal_kl(dl.Normal(0, 1), dl.Normal(1, 2)), rel=1e-10)
    assert found.shape == pytest.approx(found.total, rel=1e-10)
    assert parts(found)[1:] == pytest.approx((0, 0, 0), abs=1e-10)


def test_spacing_is_what_a_narrow_density_loses_between_the_points():
    """The mass of a Riemann sum with a point at the mode is wrong by 2 exp(-2 pi^2 (sigma/dx)^2)."""
    grid = dl.Grid.linspace(-5, 5, 101, "integral")
    found = dl.ledger(dl.Normal(0, 1), dl.Normal(0, 0.05), grid)
    error = 2 * math.exp(-2 * math.pi**2 * 0.25)
    assert found.q_masses.grid - found.q_masses.window == pytest.approx(error, rel=1e-6)
    assert found.spacing == pytest.approx(-math.log1p(error), rel=1e-5)


def test_the_first_articles_number():
    """2.0812: the mean's factor times 62.5 nats; 61.1 of these are shape, twice the KL, and 2 log 2 mass."""
    printed = report.published("understanding-kl")["single_values"]["kl_div_in_log_space"]
    found = dl.ledger(P, dl.Normal(0, 1), GRID)
    assert f"{found.total:.4f}" == printed == "2.0812"
    assert found.printed["F.kl_div(log_q, p, reduction='mean')"] == pytest.approx(found.total, rel=1e-14)
    assert found.factor == pytest.approx(1 / (1000 * 30 / 999), rel=1e-12)
    assert found.mass == pytest.approx(found.factor * 2 * math.log(2), rel=1e-12)
    assert found.shape == pytest.approx(found.factor * 2 * found.normalised, rel=1e-6)
    # KL(p/2 || q) = E[-log q] - H: the second moment of P is 63.5, its entropy that of a mode and log 2.
    kl = 0.5 * (math.log(2 * math.pi) + 63.5) - (0.5 * math.log(2 * math.pi * math.e) + math.log(2))
    assert found.normalised == pytest.approx(kl, rel=1e-6)
    assert abs(found.truncation + found.spacing) < 1e-7


def test_the_second_articles_number():
    """-0.00246: the shape is above 0, the masses are equal, and the window, which takes more of P, below."""
    printed = report.published("forward-vs-reverse-kl")
    run = printed["runs"][0]
    assert float(run["losses"][-1]) == pytest.approx(-0.00246, abs=1e-5)
    honest = dl.Grid.linspace(**printed["grid"], weights=printed["reduction"])
    p, q0 = normal(run["target"]["mu"][0], run["target"]["s2"][0]), normal(run["q0"]["mu"], run["q0"]["s2"])
    weighted = dl.Grid(honest.x, MASS * honest.w)
    loss = dl.Smoothed(dl.ForwardKL(), printed["smoothing"] / MASS)
    descent = dl.sgd(run["optimizer"]["lr"])
    fit = dl.fit(loss, p, q0, weighted, optimizer=descent, steps=650, coordinates=dl.Variance(SCALE))
    assert fit.loss[-1] == pytest.approx(float(run["losses"][-1]), abs=2e-5)  # the article is in float32

    found = dl.ledger(p, fit.q, weighted)
    assert found.total == pytest.approx(fit.loss[-1], abs=1e-8)  # but for the smoothing
    assert found.mass == 0
    assert found.shape == pytest.approx(0.002380, abs=1e-5)
    assert found.truncation == pytest.approx(-0.004831, abs=1e-5)
    assert abs(found.spacing) < 1e-8
    assert found.p_masses.window < found.q_masses.window < found.p_masses.whole
    # As the article writes it: sqrt(pi) times a Normal, and all weights 1.
    curves = (dl.Mixture((MASS,), (density,)) for density in (p, fit.q))
    same = dl.ledger(*curves, honest)
    assert same.factor * MASS == pytest.approx(found.factor, rel=1e-12)
    assert parts(same) == pytest.approx(parts(found), rel=1e-9, abs=1e-11)
    assert same.printed["F.kl_div(log_q, p, reduction='sum')"] == pytest.approx(same.total, rel=1e-9)


@pytest.mark.parametrize("pair", [name for name in PAIRS if name != "scipy"])
def test_libraries_print_what_it_says(pair):
    p, q = PAIRS[pair]
    log_p, log_q = p.log_prob(GRID.x), q.log_prob(GRID.x)
    p_, q_ = np.exp(log_p), np.exp(log_q)
    with np.errstate(all="ignore"):
        scipys = {
            "scipy.special.rel_entr(p, q).sum()": scipy.special.rel_entr(p_, q_).sum(),
            "scipy.special.kl_div(p, q).sum()": scipy.special.kl_div(p_, q_).sum(),
            "scipy.stats.entropy(p, q)": scipy.stats.entropy(p_, q_),
        }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that "mean" will change, which it has said since 2018
        torchs = {
            f"F.kl_div(log_q, p, reduction='{how}')": F.kl_div(*map(torch.tensor, (log_q, p_)), reduction=how)
            for how in ("sum", "mean")
        }
    said = dl.ledger(p, q, GRID).printed
    assert said.keys() == scipys.keys() | torchs.keys()
    assert said == pytest.approx(
        {**{k: v.item() for k, v in torchs.items()}, **scipys}, rel=1e-6, abs=1e-12, nan_ok=True
    )


def test_zeros_of_p_cost_nothing():
    found = dl.ledger(TABLE, dl.Normal(0, 3), GRIDS["integral"])
    at = np.abs(GRID.x) < 5
    expected = np.sum(GRIDS["integral"].w[at] * 0.2 * (math.log(0.2) - dl.Normal(0, 3).log_prob(GRID.x[at])))
    assert found.total == pytest.approx(expected, rel=1e-13)
    assert math.fsum(parts(found)) == pytest.approx(found.total, rel=1e-13)
    assert not found.p_masses.known
    assert found.p_masses.whole == found.p_masses.window == pytest.approx(2, rel=1e-2)


@pytest.mark.parametrize("disjoint", [True, False])
def test_a_zero_of_q_is_infinite_in_the_shape_alone(disjoint):
    p = dl.Tabulated.from_density(np.where(GRID.x > 5, 0.2, 0.0)) if disjoint else dl.Normal(0, 3)
    found = dl.ledger(p, TABLE, GRID)
    assert found.total == found.shape == found.generalised == found.normalised == math.inf
    assert math.isfinite(math.fsum(parts(found)[1:]))
    assert "Infinite" in str(found)
    assert sum(parts(found)) == math.inf


def test_a_q_below_the_smallest_float_is_no_zero():
    """At 300 deviations exp(log q) is 0; log q is not, and the ledger is that of the logarithms."""
    found = dl.ledger(dl.Normal(0, 1), dl.Normal(300, 1), GRIDS["integral"])
    assert found.q_masses[:3] == (1, 0, 0)
    assert found.total == pytest.approx(dl.normal_kl(dl.Normal(0, 1), dl.Normal(300, 1)), rel=1e-9)
    assert math.fsum(parts(found)) == pytest.approx(found.total, rel=1e-13)
    assert found.spacing == 0  # the mass in the window is below the smallest float, and its sum stands for it
    assert found.truncation == pytest.approx(found.total - found.shape, rel=1e-13)
    assert found.printed["scipy.special.rel_entr(p, q).sum()"] == math.inf


def test_points_of_weight_0_are_left_out():
    keep = GRID.x < 0
    cut = dl.Grid(GRID.x[keep], GRID.w[keep])
    whole = dl.Grid(GRID.x, np.where(keep, GRID.w, 0.0))
    p = dl.Tabulated(np.where(keep, 0.0, 5000.0))  # beyond every float where it does not count
    kept = dl.Tabulated(np.zeros(keep.sum()))
    assert dl.ledger(p, dl.Normal(0, 1), whole)[:8] == dl.ledger(kept, dl.Normal(0, 1), cut)[:8]


def test_a_narrow_tail_keeps_its_digits():
    """The mass of Q in a window far to its left is a difference of tails, and not of numbers near 1."""
    for mu in (-40, 40):
        found = dl.ledger(dl.Normal(0, 1), dl.Normal(mu, 1), dl.Grid.linspace(-10, 10, 500, "integral"))
        with mpmath.workdps(50):
            exact = mpmath.ncdf(-30) - mpmath.ncdf(-50)
        assert found.q_masses.window == pytest.approx(float(exact), rel=1e-12, abs=0)


def test_shapes_that_differ_by_little_keep_their_digits():
    """KL of two Normals a distance d apart is d^2/2: at d = 1e-9 half of 1e-18, far below eps."""
    found = dl.ledger(dl.Normal(0, 1), dl.Normal(1e-9, 1), GRIDS["integral"])
    assert found.normalised == pytest.approx(0.5e-18, rel=1e-4, abs=0)
    log_p, log_q = np.array([0.0, 0.0]), np.array([0.0, 1e-3])
    exact = float(mpmath.expm1(mpmath.mpf(1e-3)) - mpmath.mpf(1e-3))
    assert sums(log_p, log_q, np.ones(2)).generalised == pytest.approx(exact, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("p", "q", "grid", "message"),
    [
        (P, "Q", GRID, "q: expected a value such as dl.Normal"),
        (P, dl.Normal(0, -1), GRID, "sigma: expected a finite number > 0, got -1"),
        (dl.Normal, dl.Normal(0, 1), GRID, "p: expected a value such as"),
        (P, dl.Tabulated(np.zeros(3)), GRID, "log_p: expected 1000 numbers, one a grid point, got 3"),
        (P, dl.Tabulated(np.full(1000, -np.inf)), GRID, "q: expected a density above 0 at some point"),
        (dl.Normal(900, 1), dl.Normal(0, 1), GRID, "p: expected a density above 0 at some point"),
        (P, dl.Tabulated(np.full(1000, 710.0)), GRID, "q: expected log densities up to 709, got 710"),
        (P, dl.Normal(0, 1), dl.Grid([0.0, 1.0], [1.0, 0.0]), "grid: expected at least 2 points with a wei"),
        (P, dl.Normal(0, 1), 3, "grid: expected a Grid"),
    ],
)
def test_what_is_refused(p, q, grid, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        dl.ledger(p, q, grid)


def test_someone_elses_q_is_named_in_its_error():
    class Broken:
        def log_prob(self, x):
            return x[:2]

    with pytest.raises(ValueError, match=r"^q\.log_prob\(x\): expected 1000 numbers"):
        dl.ledger(P, Broken(), GRID)


@pytest.mark.parametrize("weights", ["mean", "integral"])
def test_it_shows_itself_as_a_table(weights):
    """A row a part, with its number, in 80 columns; the integral beside it where that is another number."""
    found = dl.ledger(P, dl.Normal(0, 1), GRIDS[weights])
    text = str(found)
    assert max(map(len, text.splitlines())) <= 80
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines() if line[:1].isalpha()}
    for name in ("shape", "mass", "truncation", "spacing", "total", "generalised"):
        value = getattr(found, name)
        assert float(rows[name][0]) == pytest.approx(value, rel=1e-6)
        if weights == "mean":
            assert float(rows[name][1]) == pytest.approx(value / found.factor, rel=1e-6)
    assert text.splitlines()[2].split() == (
        ["this", "sum", "integral"] if weights == "mean" else ["this", "sum"]
    )
    assert ("The weights sum to 0.0333 for each unit of x" in text) == (weights == "mean")
    for call in found.printed:
        assert call in text


def test_its_sentences_follow_the_numbers():
    def said(p, q, grid=GRID):
        return " ".join(str(dl.ledger(p, q, grid)).split())

    same = said(dl.Normal(0, 1), dl.Normal(1, 1), GRIDS["integral"])
    assert "P and Q have the same mass, 1, so this part is 0." in same
    assert "The window leaves out nothing of P and nothing of Q." in same
    assert "Below 0" not in same
    assert "P has mass 2 and Q has mass 1, which makes 2 log(2/1)" in said(
        P, dl.Normal(0, 1), GRIDS["integral"]
    )
    below = said(dl.Normal(-15, 1), dl.Normal(-14, 1), GRIDS["integral"])
    assert "The window leaves out 0.5 of P and 0.159 of Q." in below
    assert "Below 0, so no KL between distributions." in below
    table = said(TABLE, dl.Normal(13, 1), GRIDS["integral"])
    assert "The window leaves out 0.0228 of Q. P is known on the grid alone." in table
    assert "Nothing is left out: P is known on the grid alone. Q is known on the grid alone." in said(
        TABLE, TABLE, GRIDS["integral"]
    )

"""What a fit says of itself: the masses, whether it converged, its notes, how it shows itself."""

import numpy as np
import pytest

import divlite as dl
from conftest import GRID, P
from divlite import ending

HALVES = dl.Mixture((0.5, 0.5), P.components)
INTEGRAL = dl.Grid.linspace(-15, 15, 1000, "integral")


def ended(loss=dl.ForwardKL(), p=HALVES, q0=dl.Normal(0, 1), grid=INTEGRAL, steps=0, **options):
    return dl.fit(loss, p, q0, grid, optimizer=dl.adam(**options), steps=steps)


@pytest.mark.parametrize("weights", ["mean", "sum", "integral"])
def test_masses_do_not_depend_on_the_weights(weights):
    fit = ended(p=P, grid=dl.Grid.linspace(-15, 15, 1000, weights))
    assert (fit.p_mass, fit.q_mass) == pytest.approx((2, 1), abs=1e-6)


def test_masses_are_those_on_the_grid():
    fit = ended(p=dl.Normal(-15, 2), q0=dl.Normal(15, 0.5))
    assert (fit.p_mass, fit.q_mass) == pytest.approx((0.5, 0.5), abs=1e-3)
    uneven = dl.Grid.from_points(np.concatenate([np.linspace(-8, 0, 50), np.linspace(0.1, 8, 400)]))
    assert ended(p=dl.Normal(0, 1), grid=uneven).p_mass == pytest.approx(1, abs=1e-3)


def test_the_gradient_is_that_of_value_and_grad(loss, backend):
    fit = ended(loss, q0=dl.Normal(1, 2))
    _, expected = dl.value_and_grad(loss, HALVES, dl.Normal(1, 2), INTEGRAL, backend)
    assert fit.gradient == pytest.approx(tuple(expected), rel=1e-9)


@pytest.mark.parametrize("loss", dl.LOSSES, ids=dl.loss_name)
def test_converged_is_said_at_a_minimum_and_nowhere_else(loss):
    """The minimum of a mode's own target is that mode, for every loss; L1 has a kink there."""
    p = HALVES.components[0]
    assert ended(loss, p, p).converged
    for i, j in ((0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01), (0.005, 0.005), (3, 1)):
        assert not ended(loss, p, dl.Normal(p.mu + i, p.sigma + j)).converged


def test_converged_means_within_a_thousandth_of_sigma():
    """A parabola is higher at both sides, a step of h away, from within h/2 of its minimum."""
    p = dl.Normal(0, 3)
    for share, converged in ((0.4e-3, True), (0.6e-3, False)):
        assert ended(dl.MSE(), p, dl.Normal(share * p.sigma, p.sigma)).converged == converged


@pytest.mark.parametrize("lower", [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j])
def test_one_lower_neighbour_of_eight_is_enough(monkeypatch, lower):
    surface = {(0, 0): 0.0, lower: -1.0}

    def evaluation(loss, p, q, grid):
        return lambda mu, sigma: (surface.get((round((mu - 5) / 2e-3), round((sigma - 2) / 2e-3)), 1.0), 0, 0)

    monkeypatch.setattr(ending, "evaluation", evaluation)
    assert not ending.is_minimum(dl.MSE(), HALVES, dl.Normal(5, 2), GRID)
    surface[lower] = 1.0
    assert ending.is_minimum(dl.MSE(), HALVES, dl.Normal(5, 2), GRID)


def test_a_saddle_is_no_minimum():
    """MSE between two equal narrow modes: by symmetry the gradient by mu is 0 there, and it is a maximum."""
    p = dl.Mixture((0.5, 0.5), (dl.Normal(-5, 1), dl.Normal(5, 1)))
    fit = ended(dl.MSE(), p, dl.Normal(0, 1))
    assert fit.gradient.mu == pytest.approx(0, abs=1e-15)
    assert not fit.converged


def test_converged_after_many_steps_and_not_before():
    assert not ended(steps=1000).converged
    assert ended(q0=dl.Normal(2, 7), steps=5000, lr=0.01).converged


def test_a_good_fit_has_no_notes():
    assert ended(steps=10).notes == ()


@pytest.mark.parametrize(
    ("start", "note"),
    [
        (dl.Normal(20, 1.05), "Q leaves the window: 9.59e-07 of its mass is on the grid, from -15 to 15"),
        (dl.Normal(0, 6100), "Q leaves the window: 0.00196 of its mass"),
        (dl.Normal(0, 1e-3), "Q is too narrow for the grid: sigma = 0.001, and its points are 0.03 apart"),
        (dl.Normal(0, 1), "masses 2 and 1, of P and of Q on the grid: this is no divergence between"),
    ],
)
def test_what_the_loss_cannot_say_is_said(start, note):
    with pytest.warns(dl.FitWarning) as caught:
        fit = ended(dl.ReverseKL(), P, start)
    assert [str(warning.message) for warning in caught] == list(fit.notes)
    assert [said.startswith(note) for said in fit.notes].count(True) == 1
    assert caught[0].filename == __file__


def test_a_narrow_q_is_compared_with_the_points_around_it():
    x = np.concatenate([np.linspace(-30, 0, 31), np.linspace(0.001, 10, 2000)])
    with pytest.warns(dl.FitWarning) as caught:
        ended(p=dl.Normal(-15, 2), q0=dl.Normal(-15, 0.3), grid=dl.Grid.from_points(x))
    (said,) = (str(warning.message) for warning in caught)
    assert said.startswith("Q is too narrow for the grid: sigma = 0.3, and its points are 1 apart there")


def test_the_window_is_judged_by_the_hundredth():
    """At 2.326 deviations from the edge a Normal has 1 % of its mass beyond it."""
    assert ended(q0=dl.Normal(15 - 2.33, 1)).notes == ()
    with pytest.warns(dl.FitWarning, match="Q leaves the window"):
        ended(q0=dl.Normal(15 - 2.32, 1))


def test_masses_are_judged_by_the_hundredth():
    for weight, quiet in ((0.995, True), (1.005, True), (0.98, False), (1.02, False)):
        p = dl.Mixture((weight,), (dl.Normal(0, 1),))
        if quiet:
            assert ended(p=p).notes == ()
            continue
        with pytest.warns(dl.FitWarning, match="masses"):
            ended(p=p)


def test_a_start_without_a_gradient_is_said(backend):
    with pytest.warns(dl.FitWarning, match="nothing moved"):
        fit = dl.fit(
            dl.MSE(), HALVES, dl.Normal(100, 1), INTEGRAL, optimizer=dl.adam(), steps=5, backend=backend
        )
    assert not fit.converged
    assert not any("nothing" in note for note in ended(dl.MSE(), q0=dl.Normal(0, 1)).notes)


def test_a_start_at_the_minimum_is_not_stuck():
    p = HALVES.components[0]
    fit = dl.fit(dl.MSE(), p, p, INTEGRAL, optimizer=dl.sgd(1e-300), steps=3)
    assert fit.q == p
    assert fit.notes == ()


def test_a_target_of_ones_own_is_kept_as_a_table():
    class Bump:
        def log_prob(self, x):
            return dl.Normal(1, 2).log_prob(x)

    fit = ended(p=Bump())
    assert isinstance(fit.p, dl.Tabulated)
    assert fit.p_mass == pytest.approx(1, abs=1e-6)


def test_points_of_weight_0_are_left_out_of_the_gradient():
    w = np.where(GRID.x < 0, INTEGRAL.w, 0.0)
    fit = ended(grid=dl.Grid(GRID.x, w))
    assert fit.gradient == dl.value_and_grad(dl.ForwardKL(), HALVES, fit.q, fit.grid, "numpy")[1]


def test_it_shows_itself_in_one_line():
    fit = ended(dl.Smoothed(dl.MSE(), 1e-3), steps=1)
    assert repr(fit._replace(q=dl.Normal(2.5, 1 / 3), loss=np.array([1, -2e-9]))) == (
        "Fit(smoothed mse, epsilon 0.001: Normal(mu=2.5, sigma=0.333333), loss -2e-09 after 1 step)"
    )
    assert repr(ended(steps=1000)).endswith("after 1,000 steps)")


def test_the_sums_of_a_discrete_distribution_are_its_mass():
    """With w = 1 on the whole numbers a point at the end counts as much as any other."""
    k = np.arange(4)
    tosses = dl.Tabulated.from_density([1 / 8, 3 / 8, 3 / 8, 1 / 8])
    fit = ended(p=tosses, q0=dl.Normal(1.5, 0.75), grid=dl.Grid(k, np.ones(4)))
    assert fit.p_mass == pytest.approx(1, abs=1e-15)
    assert fit.notes == ()
    assert ended(p=tosses, grid=dl.Grid.from_points(k, "integral")).p_mass == pytest.approx(7 / 8, abs=1e-15)


def test_two_notes_do_not_hide_one_another():
    first, second = ended(dl.MSE(), P, dl.Normal(0, 9)).notes
    assert first.startswith("Q leaves the window")
    assert second.startswith("masses 2 and 0.90")


def test_it_shows_itself_as_a_picture():
    content, _ = ended(steps=20)._repr_png_()
    assert content.startswith(b"\x89PNG")


def test_one_made_by_hand_says_what_it_lacks():
    made = dl.Fit(*ended()[:4])
    assert made._repr_png_() is None
    assert repr(made).startswith("Fit(Normal(mu=0, sigma=1), loss")
    for name in ("gradient", "converged", "p_mass", "q_mass", "notes"):
        with pytest.raises(ValueError, match=r"^fit: expected one with its divergence, p and grid"):
            getattr(made, name)


def test_titles_say_the_whole_loss():
    from divlite.losses.protocol import loss_title

    smoothed = dl.Smoothed(dl.Smoothed(dl.ReverseKL(), 0.5), 1e-9)
    assert loss_title(dl.L1()) == "l1"
    assert loss_title(smoothed) == "smoothed smoothed reverse-kl, epsilon 0.5, epsilon 1e-09"


def test_what_a_loss_knows_of_a_q_beyond_the_window():
    """A density there is not seen; of a CDF it is seen how much lies below the first point."""
    for loss, words in (
        (dl.MSE(), "from -15 to 15; the loss does not see the rest"),
        (dl.CramerVonMises(), "; of the rest the loss sees how much lies below and how much above, but not"),
    ):
        (said,) = (note for note in ended(loss, P, dl.Normal(0, 9)).notes if note.startswith("Q leaves"))
        assert words in said
    assert ended(dl.Wasserstein1(), P, dl.Normal(0, 9)).notes == ()

"""Landscapes: what is drawn is where the loss is low, where descent ends, and what lies between."""

import math

import numpy as np
import pytest
import scipy.optimize
from matplotlib.colors import to_rgb
from matplotlib.quiver import Quiver
from PIL import Image

import divlite as dl
from conftest import GRID, P
from divlite.articles import FIVE
from divlite.plotting import landscape, landscape_flow, landscape_panels, landscape_passes, style
from divlite.plotting.landscape_flow import NOWHERE, OUTSIDE, Mark

HALVES = dl.Mixture((0.5, 0.5), P.components)
MU, SIGMA = np.linspace(-3, 3, 60), np.geomspace(0.1, 10, 50)


def made(of_mu, of_t, value):
    """A landscape of any function of mu and t = log sigma, from its derivatives by these."""

    def evaluate(mu, sigma):
        t = math.log(sigma)
        return value(mu, t), of_mu(mu, t), of_t(mu, t) / sigma

    values = np.array([[evaluate(mu, sigma) for mu in MU.tolist()] for sigma in SIGMA.tolist()])
    return evaluate, landscape_flow.surface(MU, SIGMA, *np.moveaxis(values, 2, 0))


# A parabola with its minimum at (1, 1), and one with two minima, a saddle between them at (0, 1).
BOWL = made(lambda m, t: 2 * (m - 1), lambda m, t: 2 * t, lambda m, t: (m - 1) ** 2 + t**2)
TWO = made(lambda m, t: m**3 - m, lambda m, t: 2 * t, lambda m, t: m**4 / 4 - m**2 / 2 + 0.05 + t**2)
SLOPE = made(lambda m, t: -1.0, lambda m, t: 0.0, lambda m, t: -m)
PLAIN = made(lambda m, t: 0.0, lambda m, t: 0.0, lambda m, t: 7.0)


def lowest(evaluate):
    """The end near a point, by SciPy's simplex."""

    def settle(mu, sigma):
        found = scipy.optimize.minimize(
            lambda theta: evaluate(theta[0], math.exp(theta[1]))[0],
            [mu, math.log(sigma)],
            method="Nelder-Mead",
            options={"xatol": 1e-6, "fatol": 1e-14},
        )
        return Mark(found.x[0], math.exp(found.x[1]), found.fun, "minimum")

    return settle


def at(evaluate):
    """(mu, log sigma) -> (L, gradient), as `dl.objective` gives it."""

    def theta(numbers):
        value, d_mu, d_sigma = evaluate(numbers[0], math.exp(numbers[1]))
        return value, np.array([d_mu, d_sigma * math.exp(numbers[1])])

    return theta


def test_all_ways_down_a_bowl_lead_to_its_minimum():
    evaluate, shown = BOWL
    labels, (end,) = landscape_flow.basins(shown, lowest(evaluate))
    assert (labels == 0).all()
    assert (end.mu, end.sigma, end.loss) == pytest.approx((1, 1, 0), abs=1e-3)
    assert end.kind == "minimum"


def test_two_minima_have_a_basin_each_and_a_saddle_between():
    evaluate, shown = TWO
    labels, ends = landscape_flow.basins(shown, lowest(evaluate))
    assert sorted((end.mu, end.kind) for end in ends) == [
        (pytest.approx(-1, abs=1e-3), "minimum"),
        (pytest.approx(1, abs=1e-3), "minimum"),
    ]
    for number, end in enumerate(ends):
        assert ((labels == number) == (np.sign(shown.mu) == np.sign(end.mu))).all()
    (saddle,) = landscape_passes.saddles(shown, labels, at(evaluate))
    assert (saddle.mu, saddle.sigma) == pytest.approx((0, 1), abs=1e-6)
    assert saddle.kind == "saddle"


def test_a_minimum_is_no_saddle():
    """Two labels that meet in a bowl: Newton's method finds its minimum there, and no saddle."""
    evaluate, shown = BOWL
    labels = np.where(shown.mu < 1, 0, 1) + np.zeros((50, 60), int)
    assert landscape_passes.saddles(shown, labels, at(evaluate)) == []


def test_a_slope_leads_out_of_the_box():
    evaluate, shown = SLOPE
    labels, ends = landscape_flow.basins(shown, lowest(evaluate))
    assert ends == []
    assert (labels == OUTSIDE).all()
    (exit,) = landscape_passes.exits(shown, labels)
    assert (exit.mu, exit.kind) == (3, "border")
    assert landscape_passes.exits(BOWL[1], np.zeros((50, 60), int)) == []


def test_the_way_down_a_plane_is_straight_on_the_page():
    """L = -3 mu - 2 log sigma: in page units, 1 wide and 3/4 high, the way is along (18, 2 log(100)/0.75)."""
    _, shown = made(lambda m, t: -3.0, lambda m, t: -2.0, lambda m, t: -3 * m - 2 * t)
    rows, columns, left = landscape_flow._followed(shown)
    assert left.all()
    x, y = 3 * 6, 2 * math.log(100) / 0.75
    for row, column in ((0, 0), (10, 50), (40, 3), (20, 20)):
        to_side, to_top = (1 - column / 59) / x, 0.75 * (1 - row / 49) / y
        way = min(to_side, to_top)
        end = row + way * y * 49 / 0.75, column + way * x * 59
        assert (rows[row, column], columns[row, column]) == pytest.approx(end, abs=1.01)


def test_level_ground_leads_nowhere():
    evaluate, shown = PLAIN
    labels, ends = landscape_flow.basins(shown, lowest(evaluate))
    assert ends == []
    assert (labels == NOWHERE).all()
    assert np.isnan(landscape_flow.downhill(shown)).all()


def test_the_way_down_is_at_a_right_angle_to_the_contours_on_the_page():
    """Of L = 3 mu + 2 log sigma: on a page that is 1 wide and 3/4 high, and each side a unit of its own."""
    _, shown = made(lambda m, t: 3.0, lambda m, t: 2.0, lambda m, t: 3 * m + 2 * t)
    x, y = landscape_flow.downhill(shown)
    # Along a contour 3 dmu = -2 dt, in inches dmu/6 and 3/4 dt/log(100).
    along = np.array([2 / 6, -3 * 0.75 / math.log(100)])
    assert x * along[0] + y * along[1] == pytest.approx(np.zeros((50, 60)), abs=1e-12)
    assert np.hypot(x, y) == pytest.approx(np.ones((50, 60)))
    assert (x < 0).all()


def test_ranks_are_the_share_of_lower_places():
    values = np.array([[5.0, 1.0], [np.nan, 2.0], [1.0, 9.0]])
    expected = np.array([[3 / 4, 0], [np.nan, 2 / 4], [0, 1]])
    np.testing.assert_array_equal(landscape_panels.ranks(values), expected)


@pytest.mark.parametrize("loss", FIVE, ids=dl.loss_name)
def test_the_marks_of_the_articles_target(loss):
    """Each minimum is one by Newton's method too; from a start in a basin descent ends at its minimum."""
    grid = dl.Grid.linspace(-15, 15, 1000, "integral")
    box = np.linspace(-15, 15, 120), np.geomspace(0.03, 30, 100)
    seen = landscape.look(loss, HALVES, grid, dl.Normal, box, [], "numba")
    ends = [mark for mark in seen.marks if mark.kind == "minimum"]
    assert ends == sorted(ends, key=lambda end: end.loss)
    for end in ends if loss != dl.L1() else ():
        found = dl.solve(loss, HALVES, dl.Normal(end.mu, end.sigma), grid, backend="numpy")
        assert found.verdict == "minimum"
        assert (end.mu, end.sigma) == pytest.approx(found.q, abs=1e-6 * found.q.sigma)
        assert end.loss == pytest.approx(found.loss, rel=1e-12)
    expected = {"forward-kl": 1, "reverse-kl": 2, "mse": 3, "l1": 2, "cosine": 3}[dl.loss_name(loss)]
    assert len(ends) == expected
    for mark in seen.marks:
        if mark.kind == "saddle":
            gradient = dl.value_and_grad(loss, HALVES, dl.Normal(mark.mu, mark.sigma), grid)[1]
            assert math.hypot(*gradient) < 1e-6
    evaluate = dl.problem(loss, HALVES, grid).evaluate
    for number, end in enumerate(ends):
        starts = np.argwhere(seen.labels == number)
        for row, column in starts[[len(starts) // 5, len(starts) // 2, -len(starts) // 5]].tolist():
            mu, sigma = followed(evaluate, seen.surface.mu[column], seen.surface.sigma[row])
            assert (mu, math.log(sigma)) == pytest.approx((end.mu, math.log(end.sigma)), abs=0.5)


def followed(evaluate, mu, sigma, step=2e-3):
    """Where steps along the gradient end, each of this part of the page's width, in the articles' box."""
    for _ in range(1500):
        _, d_mu, d_sigma = evaluate(mu, sigma)
        x, y = -d_mu * 30, -d_sigma * sigma * math.log(1000) / 0.75
        length = math.hypot(x, y)
        mu, sigma = mu + step * 30 * x / length, sigma * math.exp(step * math.log(1000) / 0.75 * y / length)
    return mu, sigma


def test_forward_kl_has_one_basin_and_its_minimum_is_the_moment_match():
    figure = dl.plot_landscape(dl.ForwardKL(), HALVES, dl.Grid.linspace(-40, 45, 1000, "integral"))
    _, ax, _ = figure.axes
    (marked,) = (line for line in ax.get_lines() if line.get_marker() == "o")
    (mu,), (sigma,) = marked.get_data()
    assert (mu, sigma) == pytest.approx((2.5, math.sqrt(57.25)), rel=1e-2)


def panels(figure):
    """The panels by their titles, and that of P."""
    return {ax.get_title(loc="left"): ax for ax in figure.axes if ax.get_title(loc="left")}


def markers(ax):
    return [line.get_marker() for line in ax.get_lines() if line.get_linestyle() == "None"]


def test_five_losses_on_one_page(tmp_path):
    """A panel for P and one for each loss, over one box; each has its arrows, and the page is a picture."""
    figure = dl.plot_landscape(FIVE, P, GRID, title="Five losses, one target")
    found = panels(figure)
    assert list(found) == ["P, the target: mass 2", *(dl.loss_name(loss) for loss in FIVE)]
    for loss in FIVE:
        ax = found[dl.loss_name(loss)]
        assert ax.get_xlim() == (-15, 15)
        assert ax.get_ylim() == pytest.approx((60 / 999, 30))
        assert ax.get_yscale() == "log"
        assert [type(artist) for artist in ax.collections].count(Quiver) == 1
    assert markers(found["forward-kl"]) == ["o"]
    assert markers(found["reverse-kl"]).count("X") == 2
    assert markers(found["reverse-kl"]).count("^") == 1
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend[:3] == ["minimum", "saddle", "a way out of the box"]
    assert "starts that leave the box" in legend
    assert "a fit, from its start" not in legend
    file = tmp_path / "five.png"
    figure.savefig(file, dpi=60)
    with Image.open(file) as image:
        assert min(image.size) > 300


def test_a_fit_is_drawn_over_its_own_loss():
    options = {"optimizer": dl.adam(0.05), "steps": 300}
    grid = dl.Grid.linspace(-15, 15, 300, "integral")
    fits = [dl.fit(loss, HALVES, dl.Normal(-4, 2), grid, **options) for loss in (dl.MSE(), dl.ReverseKL())]
    figure = dl.plot_landscape([dl.MSE(), dl.ReverseKL()], HALVES, grid, paths=fits)
    for fit in fits:
        ax = panels(figure)[dl.loss_name(fit.divergence)]
        (path,) = (line for line in ax.get_lines() if line.get_xdata().size == 301)
        np.testing.assert_array_equal(path.get_data(), (fit.mu, fit.sigma))
    alone = dl.plot_landscape(dl.MSE(), HALVES, grid, paths=fits[0])
    assert "a fit, from its start" in [text.get_text() for text in alone.legends[0].get_texts()]
    with pytest.raises(ValueError, match=r"^paths: expected a fit down one of the losses shown"):
        dl.plot_landscape(dl.MSE(), HALVES, grid, paths=fits[1])


def test_the_box_can_be_named():
    box = {"mu": (-8, -2), "sigma": (0.5, 3)}
    figure = dl.plot_landscape(dl.MSE(), HALVES, GRID, **box, family=dl.Laplace, backend="numpy")
    ax = panels(figure)["mse"]
    assert (ax.get_xlim(), ax.get_ylim()) == ((-8, -2), (0.5, 3))
    assert panels(figure)["P, the target: mass 1"].get_xlim() == (-8, -2)


def test_where_the_loss_is_not_finite_is_said(tmp_path):
    """Reverse KL to a P with zeros: infinite where q is above 0 at one of them."""
    for zeros, words in ((GRID.x > 0, "not finite"), (np.arange(1000) % 2 == 0, "infinite everywhere")):
        p = dl.Tabulated.from_density(np.where(zeros, 0.0, 0.07))
        figure = dl.plot_landscape(dl.ReverseKL(), p, GRID)
        said = [text.get_text() for text in (*figure.legends[0].get_texts(), *figure.axes[1].texts)]
        assert words in said
        figure.savefig(tmp_path / "f.png", dpi=50)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((3, P, GRID), {}, "loss: expected a loss such as dl.ForwardKL"),
        (([], P, GRID), {}, "loss: expected a loss such as dl.ForwardKL"),
        ((dl.MSE, P, GRID), {}, "loss: expected a value such as dl.ForwardKL"),
        ((dl.MSE(), 3, GRID), {}, "p: expected a value"),
        ((dl.MSE(), P, GRID), {"mu": (3, 2)}, "mu: expected two numbers, low < high"),
        ((dl.MSE(), P, GRID), {"sigma": (0, 2)}, "sigma: expected two numbers > 0, low < high"),
        ((dl.MSE(), P, GRID), {"paths": 3}, "paths: expected a Fit, or a sequence of them"),
        ((dl.MSE(), P, GRID), {"family": 3}, "family: expected a value"),
        ((dl.MSE(), P, GRID), {"title": 3}, "title: expected a string"),
    ],
)
def test_what_is_refused(arguments, options, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        dl.plot_landscape(*arguments, **options)


def test_fits_move_as_dots_over_their_landscapes(tmp_path):
    """In the last frame each dot, in its fit's colour, is where the fit ended."""
    grid = dl.Grid.linspace(-15, 15, 300, "integral")
    losses = (dl.ForwardKL(), dl.MSE())
    fits = {
        dl.loss_name(loss): dl.fit(loss, HALVES, dl.Normal(6, 4), grid, optimizer=dl.adam(0.05), steps=200)
        for loss in losses
    }
    file, (low, high), (narrow, wide) = tmp_path / "f.gif", (-12, 18), (0.4, 20)
    dl.write_landscape_gif(file, HALVES, fits, grid, mu=(low, high), sigma=(narrow, wide), frames=9)
    with Image.open(file) as image:
        assert (image.n_frames, image.size[0]) == (9, 880)
        first, last = [], []
        for frame, seen in ((0, first), (8, last)):
            image.seek(frame)
            seen.append(np.asarray(image.convert("RGB"), float))
    width = (880 - 52 - 14 - 4 * 14) / 5
    for column, (fit, look) in enumerate(zip(fits.values(), style.looks(2), strict=True)):
        x = 52 + column * (width + 14) + width * (fit.q.mu - low) / (high - low)
        up = math.log(fit.q.sigma / narrow) / math.log(wide / narrow)
        y = 236 + 62 + 0.75 * width * (1 - up)
        colour = 255 * np.array(to_rgb(look["color"]))
        for i, j in (
            (0, 0),
            (3, 0),
            (-3, 0),
            (0, 3),
            (0, -3),
        ):  # the dot is wider than its trail
            assert np.abs(last[0][round(y) + i, round(x) + j] - colour).max() < 12
        assert np.abs(first[0][round(y), round(x)] - colour).max() > 12


def test_a_gif_that_cannot_be_written_is_refused_before_it_is_drawn(tmp_path, monkeypatch):
    """By every writer of one."""
    fit = dl.fit(dl.MSE(), HALVES, dl.Normal(0, 1), GRID, optimizer=dl.adam(), steps=3)
    monkeypatch.setattr(style, "figure", lambda *size: pytest.fail("a figure was made"))
    writers = (
        lambda path: dl.write_landscape_gif(path, HALVES, {"a": fit}, GRID),
        lambda path: dl.write_gif(path, HALVES, fit, GRID),
        lambda path: dl.write_force_gif(path, dl.MSE(), HALVES, fit, GRID),
    )
    for write in writers:
        with pytest.raises(
            ValueError, match=r"^path: expected a file in an existing folder, got .*none.f.gif$"
        ):
            write(str(tmp_path / "none" / "f.gif"))
        with pytest.raises(ValueError, match=r"^path: expected a file, and not a folder, got "):
            write(tmp_path)
        for path in ("", "a\0.gif"):
            with pytest.raises(ValueError, match=r"^path: expected a path as a string"):
                write(path)


def test_a_fit_without_its_loss_has_no_landscape(tmp_path):
    made = dl.Fit(dl.Normal(1, 2), np.ones(3), np.full(3, 2.0), np.zeros(3))
    for fits, message in (
        ({"a": made}, r"fits\['a'\]: expected a fit with its divergence"),
        ({"a": 3}, r"fits\['a'\]: expected a Fit"),
        ({}, "fits: expected at least one, got none"),
        (made, "fits: expected a mapping of names"),
    ):
        with pytest.raises(ValueError, match=f"^{message}"):
            dl.write_landscape_gif(tmp_path / "f.gif", HALVES, fits, GRID)
    assert not list(tmp_path.iterdir())

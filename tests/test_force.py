"""The force diagram shows the terms of the gradient, and says which way they push."""

import re

import numpy as np
import pytest
from PIL import Image

import divlite as dl
from conftest import GRID, P, once
from divlite.plotting import force_panels
from divlite.plotting.force import cells, force
from divlite.plotting.force_gif import _words, magnified
from divlite.plotting.force_words import theta
from divlite.views import view_of

Q, WIDE = dl.Normal(1.3, 2.1), dl.Normal(1.3, 4)
UNEVEN = dl.Grid.from_points(np.sort(np.random.default_rng(3).uniform(-15, 15, 300)), "integral")
FIT = dl.fit(dl.ForwardKL(), P, dl.Normal(0, 1), GRID, optimizer=dl.adam(0.05), steps=400, backend="numpy")
HOLE = dl.Tabulated.from_density(np.where(abs(GRID.x - 2) < 1, 0.0, P.prob(GRID.x)))


@once
def plotted(loss):
    """Of P, a wide Q and the uneven grid; nothing changes it."""
    return dl.plot_force(loss, P, WIDE, UNEVEN)


def columns(figure):
    """The panels of each column: densities, sensitivity, score, product."""
    return np.reshape(figure.axes, (4, -1)).T


def curve(ax):
    """The one curve of a panel that is neither the line at 0 nor the dotted ones."""
    (line,) = (line for line in ax.get_lines() if line.get_linestyle() == "-" and line.get_marker() == ".")
    return line.get_ydata()


def fills(ax):
    """The vertices of what is filled below 0, and above."""
    found = {}
    for artist in ax.collections:
        rgb = tuple(artist.get_facecolor()[0, :3])
        paths = [path.vertices for path in artist.get_paths()]
        found[rgb] = np.concatenate(paths) if paths else np.empty((0, 2))
    return [found[tuple(colour["facecolor"])] for colour in (force_panels.BELOW, force_panels.ABOVE)]


def said(ax):
    """The three labels over the product, and what stands beside each."""
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    return dict(zip(texts[:3], texts[3:], strict=True))


def number(text):
    return float(re.match(r"[^:]*", text)[0].replace("\N{MINUS SIGN}", "-"))


def assert_sums_to_the_gradient(pushes, gradient, grid):
    """Of each parameter: the sensitivity, the score and their product, at the points of the grid."""
    for (sensitivity, score, product, *_), d in zip(pushes, gradient, strict=True):
        np.testing.assert_allclose(product, sensitivity * score, rtol=1e-14)
        terms = np.diff(cells(grid)) * product
        np.testing.assert_allclose(terms.sum(), d, rtol=1e-12, atol=1e-12 * np.abs(terms).sum())


def assert_says(ax, labels, values, verdict):
    for text, label, value in zip(said(ax).items(), labels, values, strict=True):
        assert label in text[0]
        assert number(text[1]) == pytest.approx(value, rel=5.1e-3, abs=1e-300, nan_ok=True)
    assert text[1].endswith(": " + verdict)


@pytest.mark.parametrize("grid", [GRID, UNEVEN], ids=["mean", "integral"])
def test_the_terms_of_a_force_are_those_of_the_gradient(loss, grid):
    view = view_of(loss)
    pushes = [force(loss, P, Q, grid, theta(name, view=view)) for name in ("mu", "sigma")]
    assert_sums_to_the_gradient(pushes, dl.value_and_grad(loss, P, Q, grid)[1], grid)


def test_the_curves_are_the_terms_of_the_gradient(loss):
    curves = [[curve(ax) for ax in panels] for _, *panels in columns(plotted(loss))]
    assert_sums_to_the_gradient(curves, dl.value_and_grad(loss, P, WIDE, UNEVEN)[1], UNEVEN)


def test_the_factors_are_the_core_s_per_unit_of_x(density_loss):
    (_, sensitivity, score, _), (_, _, score_sigma, _) = columns(plotted(density_loss))
    d = dl.d_log_q(density_loss, P.log_prob(UNEVEN.x), WIDE.log_prob(UNEVEN.x), UNEVEN.w)
    np.testing.assert_allclose(curve(sensitivity) * np.diff(cells(UNEVEN)), d, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(curve(score), WIDE.score(UNEVEN.x)[0])
    np.testing.assert_array_equal(curve(score_sigma), WIDE.score(UNEVEN.x)[1])


def area(vertices):
    """Of a polygon, by the shoelace formula; below the axis as above."""
    x, y = vertices.T
    return abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2


GRIDS = {
    **{weights: dl.Grid.linspace(-15, 15, 1000, weights) for weights in ("mean", "sum", "integral")},
    "uneven, mean": dl.Grid.from_points(UNEVEN.x, "mean"),
    "uneven, integral": UNEVEN,
    "few": dl.Grid.linspace(-15, 15, 7),
    "two": dl.Grid.linspace(-6, 9, 2, "integral"),
    "a hole": dl.Grid(GRID.x, np.where(abs(GRID.x) < 2, 0.0, GRID.w)),
    "no end": dl.Grid(GRID.x, np.where(abs(GRID.x) > 14, 0.0, GRID.w)),
    "a heavy end": dl.Grid(UNEVEN.x, np.where(UNEVEN.x > 14.9, 1.0, 1e-3)),
}


def test_the_areas_are_the_numbers_beside_them(loss):
    assert_areas(plotted(loss), loss, UNEVEN)


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_the_areas_are_the_numbers_on_any_grid(grid):
    assert_areas(dl.plot_force(dl.Cosine(), P, WIDE, grid), dl.Cosine(), grid)


def assert_areas(figure, loss, grid):
    """Whatever the weights: the area of each colour is the sum of its terms, and both are the gradient."""
    _, gradient = dl.value_and_grad(loss, P, WIDE, grid)
    labels = (("right", "left", "dL/d\N{GREEK SMALL LETTER MU}"), ("widens", "narrows", "dL/d"))
    verdicts = (("moves \N{GREEK SMALL LETTER MU} right", "moves \N{GREEK SMALL LETTER MU} left"),)
    verdicts += (("widens Q", "narrows Q"),)
    for (*_, ax), d, label, verdict in zip(columns(figure), gradient, labels, verdicts, strict=True):
        y = curve(ax)
        below, above = fills(ax)
        assert below[:, 1].max() == above[:, 1].min() == 0
        assert (below[:, 1].min(), above[:, 1].max()) == (min(0, np.nanmin(y)), max(0, np.nanmax(y)))
        areas = -area(below), area(above)
        assert sum(areas) == pytest.approx(d, rel=1e-11, abs=1e-13 * (areas[1] - areas[0]))
        assert_says(ax, label, (*areas, d), "descent " + verdict[int(d > 0)])


@pytest.mark.parametrize("coordinates", [dl.Variance(), dl.Variance(3.0), dl.LogSigma()], ids=str)
def test_the_areas_in_other_coordinates_are_the_gradient_there(coordinates):
    """dL/dt = dL/dsigma dsigma/dt, and what is dotted and said of mu stays as it is."""
    _, (d_mu, d_sigma) = dl.value_and_grad(dl.MSE(), P, Q, GRID)
    t, h = coordinates.from_sigma(Q.sigma), 1e-6
    d_t = (coordinates.to_sigma(t + h) - coordinates.to_sigma(t - h)) / (2 * h) * d_sigma
    (*_, mu), (*_, other) = columns(dl.plot_force(dl.MSE(), P, Q, GRID, coordinates=coordinates))
    assert area(fills(mu)[1]) - area(fills(mu)[0]) == pytest.approx(d_mu, rel=1e-11)
    assert area(fills(other)[1]) - area(fills(other)[0]) == pytest.approx(d_t, rel=1e-7)
    name = {1.0: "\N{GREEK SMALL LETTER SIGMA}\N{SUPERSCRIPT TWO}", 3.0: "t"}.get(
        getattr(coordinates, "scale", 0), "log \N{GREEK SMALL LETTER SIGMA}"
    )
    assert other.get_ylabel() == f"dL/d{name} per unit of x"


def test_weights_of_a_mean_and_of_an_integral_make_no_step_at_the_ends():
    """Where the loss is smooth, so is what is drawn: an end is neither half nor twice its neighbour."""
    for grid in (GRIDS["mean"], GRIDS["integral"]):
        ((_, sensitivity, *_),) = columns(dl.plot_force(dl.ReverseKL(), P, dl.Normal(0, 9), grid, wrt="mu"))
        y = curve(sensitivity)
        assert abs(y[1] / y[0] - 1) < 0.02
        assert abs(y[-2] / y[-1] - 1) < 0.02
    # A cell lies within the grid and half an interval around it, and has its point in it.
    for grid in GRIDS.values():
        edges, gaps = cells(grid), np.diff(grid.x)
        assert edges[0] >= grid.x[0] - 0.5 * gaps[0] * (1 + 1e-12)
        assert edges[-1] <= grid.x[-1] + 0.5 * gaps[-1] * (1 + 1e-12)
        assert (edges[:-1] - grid.x).max() <= 1e-12
        assert (grid.x - edges[1:]).max() <= 1e-12


@pytest.mark.parametrize(("q", "right"), [(dl.Normal(9, 1.5), True), (dl.Normal(11, 1.5), False)])
def test_a_mode_pulls_towards_itself(q, right):
    """The words are right about the direction: an actual step of descent goes there."""
    after = dl.fit(dl.MSE(), P, q, GRID, optimizer=dl.sgd(0.1), steps=1).q
    assert (after.mu > q.mu) == right
    ((*_, ax),) = columns(dl.plot_force(dl.MSE(), P, q, GRID, wrt="mu"))
    assert ("right" in list(said(ax).values())[2]) == right


def test_a_mode_that_q_does_not_reach_exerts_no_pull_under_mse():
    ((_, sensitivity, score, product),) = columns(
        dl.plot_force(dl.MSE(), P, dl.Normal(5, 1), GRID, wrt=["mu"])
    )
    mode = abs(GRID.x + 5) < 2
    assert abs(curve(sensitivity)[mode]).max() < 1e-12
    assert curve(score)[mode].max() < -7
    assert abs(curve(product)[mode]).max() < 1e-11


@pytest.mark.parametrize("wrt", ["mu", "sigma", ("sigma",), ["sigma", "mu"]])
def test_the_panels(wrt, tmp_path):
    figure = dl.plot_force(dl.L1(), P, Q, GRID, wrt=wrt, title="l1")
    figure.savefig(tmp_path / "f.png", dpi=20)
    names = [wrt] if isinstance(wrt, str) else wrt
    assert len(figure.axes) == 4 * len(names)
    assert figure.get_suptitle() == "l1"
    for name, (densities, *panels) in zip(names, columns(figure), strict=True):
        sign = {"mu": "\N{GREEK SMALL LETTER MU}", "sigma": "\N{GREEK SMALL LETTER SIGMA}"}[name]
        assert panels[1].get_ylabel() == f"dlog q/d{sign}"
        np.testing.assert_array_equal(densities.get_lines()[0].get_ydata(), P.prob(GRID.x))
        assert any(np.array_equal(line.get_ydata(), Q.prob(GRID.x)) for line in densities.get_lines())
        zeros = {"mu": {1.3}, "sigma": {1.3 - 2.1, 1.3 + 2.1}}[name]
        for ax in (densities, *panels):
            (dotted,) = (line for line in ax.get_lines() if line.get_linestyle() == ":")
            at = np.asarray(dotted.get_xdata())
            assert set(at[np.isfinite(at)]) == zeros
            assert ax.get_xlim() == pytest.approx((-15.015, 15.015), abs=1e-4)
        for ax in panels:
            low, high = ax.get_ylim()
            assert low < min(0, curve(ax).min()) <= max(0, curve(ax).max()) < high


@pytest.mark.parametrize("loss", [dl.MSE(), dl.CramerVonMises(), dl.Wasserstein1()], ids=repr)
def test_no_heading_is_wider_than_its_panel(loss):
    figure = dl.plot_force(loss, P, Q, GRID)
    figure.get_layout_engine().execute(figure)
    for ax in figure.axes:
        for title in (ax.title, ax._left_title, ax._right_title):
            assert title.get_window_extent().x1 <= ax.get_window_extent().x1


def test_points_of_weight_0_are_gaps():
    w = np.where(abs(GRID.x) < 2, 0.0, GRID.w)
    figure = dl.plot_force(dl.ReverseKL(), P, Q, dl.Grid(GRID.x, w))
    _, gradient = dl.value_and_grad(dl.ReverseKL(), P, Q, dl.Grid(GRID.x, w))
    for (_, *panels), d in zip(columns(figure), gradient, strict=True):
        for ax in panels:
            np.testing.assert_array_equal(np.isnan(curve(ax)), w == 0)
        terms = np.diff(cells(GRID)) * curve(panels[2])
        assert np.nansum(terms) == pytest.approx(d, rel=1e-12)
        for vertices in fills(panels[2]):
            assert not vertices[abs(vertices[:, 0]) < 1.98, 1].any()


def test_every_range_has_0_in_it():
    for values in ([2.0, 3.0], [-3.0, -2.0], [0.0, 0.0], [np.nan, np.nan], [np.inf, 1.0]):
        low, high = force_panels.limits(np.array(values))
        assert low < 0 < high < np.inf
    assert force_panels.limits(np.array([-1.0, 2.0])) == pytest.approx((-1.3, 2.3))


def test_points_alone_or_few_are_dots():
    def dots(grid):
        ((*_, ax),) = columns(dl.plot_force(dl.MSE(), P, Q, grid, wrt="mu"))
        return next(line for line in ax.get_lines() if line.get_marker() == ".").get_markevery()

    w = GRID.w.copy()
    w[[499, 501]] = 0
    assert dots(dl.Grid(GRID.x, w)) == [500]
    assert dots(GRID) == []
    assert dots(dl.Grid.linspace(-15, 15, 5)) == [0, 1, 2, 3, 4]


def test_an_infinite_force_is_a_gap_and_said(tmp_path):
    figure = dl.plot_force(dl.ReverseKL(), HOLE, Q, GRID)
    figure.savefig(tmp_path / "f.png", dpi=20)
    for *_, ax in columns(figure):
        np.testing.assert_array_equal(np.isnan(curve(ax)), abs(GRID.x - 2) < 1)
        assert np.isfinite(ax.get_ylim()).all()
        assert "no direction" in list(said(ax).values())[2]
    _, gradient = dl.value_and_grad(dl.ReverseKL(), HOLE, Q, GRID)
    pushes = [force(dl.ReverseKL(), HOLE, Q, GRID, theta(name)) for name in ("mu", "sigma")]
    np.testing.assert_array_equal([push.net for push in pushes], gradient)
    for (*_, ax), push in zip(columns(figure), pushes, strict=True):
        assert np.inf in (-push.below, push.above)
        assert_says(ax, ("", "", "dL/d"), (push.below, push.above, push.net), "no direction")
    still = FIT._replace(q=Q, mu=np.full(1, Q.mu), sigma=np.full(1, Q.sigma), loss=np.full(1, np.inf))
    dl.write_force_gif(tmp_path / "f.gif", dl.ReverseKL(), HOLE, still, GRID)


@pytest.mark.parametrize(
    ("p", "q", "verdict"),
    [
        (dl.Normal(0, 1), dl.Normal(0, 1), "nothing pushes"),
        (P, dl.Normal(500, 1), "nothing pushes"),
        (dl.Normal(0, 2), dl.Normal(0, 1), "balance"),
        (P, dl.Normal(0, 1e-200), "no direction"),
    ],
    ids=["equal", "underflow", "symmetric", "overflow"],
)
def test_where_no_way_is_down(p, q, verdict, tmp_path):
    grid = dl.Grid.linspace(-15, 15, 1001)
    figure = dl.plot_force(dl.MSE(), p, q, grid, wrt="mu")
    figure.savefig(tmp_path / "f.png", dpi=20)
    assert verdict in list(said(figure.axes[3]).values())[2]


@pytest.mark.parametrize("wrt", ["mu", "sigma"])
def test_write_force_gif(wrt, tmp_path):
    file = tmp_path / "fit.gif"
    dl.write_force_gif(file, dl.ForwardKL(), P, FIT, GRID, wrt=wrt, title="l1", frames=12, seconds=3.0)
    with Image.open(file) as gif:
        assert gif.size == (640, 700)
        assert gif.info["loop"] == 0
        durations, frames = [], []
        for i in range(gif.n_frames):
            gif.seek(i)
            durations.append(gif.info["duration"])
            frames.append(np.asarray(gif.convert("RGB")).astype(int))
    assert sum(durations) == 3000 + 2000
    assert durations[-1] == 2250
    assert len(frames) == 12
    assert (frames[0][0, 0] == 255).all()
    # P is filled with 0.4 of its colour: the palette has that very grey.
    grey = np.rint(255 + 0.4 * (255 * np.array(force_panels.style.TARGET) - 255))
    assert (abs(frames[0] - grey).max(axis=2) <= 1).sum() > 5000
    for other in (frames[3], frames[-1]):
        moved = np.abs(frames[0] - other).max(axis=2) > 60
        parts = {"clock": (0, 48), "densities": (60, 190), "score": (320, 400), "product": (500, 640)}
        for name, (top, bottom) in parts.items():
            assert moved[top:bottom].any(), name
        # The x axis and its labels stay where they are.
        assert not moved[660:].any()


def filled_height(image):
    """Over how many rows of the product's panel either fill reaches."""
    r, g, b = (image[500:655, 100:, i].astype(int) for i in range(3))
    orange, violet = r - b > 90, (b - g > 90) & (g < 120)
    rows = np.flatnonzero((orange | violet).any(axis=1))
    return np.ptp(rows) if rows.size else 0


def frames_of(path, loss, p, fit):
    dl.write_force_gif(path, loss, p, fit, GRID, frames=fit.mu.size)
    with Image.open(path) as gif:
        for i in range(gif.n_frames):
            gif.seek(i)
            yield np.asarray(gif.convert("RGB"))


def through(*qs):
    mu, sigma = np.array(qs).T
    return dl.Fit(dl.Normal(*qs[-1]), mu, sigma, np.zeros(mu.size))


def test_a_force_that_falls_is_seen_to_fall(tmp_path):
    """As sigma grows from 1 to 1.2, 1.6 and 3 the force falls to a third: so does what is drawn of it."""
    sigmas = (1.0, 1.2, 1.6, 3.0)
    fit = through(*((0.0, sigma) for sigma in sigmas))
    drawn = [filled_height(image) for image in frames_of(tmp_path / "f.gif", dl.ForwardKL(), P, fit)]
    sizes = [
        np.ptp(force(dl.ForwardKL(), P, dl.Normal(0, sigma), GRID, theta("mu")).product) for sigma in sigmas
    ]
    np.testing.assert_allclose(np.array(drawn) / drawn[0], np.array(sizes) / sizes[0], atol=0.05)
    assert sizes[-1] < 0.4 * sizes[0]


def test_late_forces_stay_readable_and_rounding_errors_do_not_look_like_forces(tmp_path):
    """From sigma 0.5 to 5 the force falls by a factor of thousands; a fit that is perfect has none."""

    def first_and_last(loss, p, *qs):
        first, *_, last = frames_of(tmp_path / "f.gif", loss, p, through(*qs))
        return filled_height(first), filled_height(last)

    start, end = first_and_last(dl.ForwardKL(), P, (0, 0.5), (2.5, 5))
    assert start > 80
    assert end > 10
    start, end = first_and_last(dl.MSE(), dl.Normal(0, 1), (1, 1), (1e-12, 1))
    assert start > 80
    assert end < 5


def test_what_is_magnified_says_so_and_changes_the_number_at_its_axis(tmp_path):
    """Nothing at first; at the end the product is, and a tenth or less stands where the number stood."""
    first, *_, last = frames_of(tmp_path / "f.gif", dl.ForwardKL(), P, through((0, 0.5), (2.5, 5)))
    words, number = (slice(432, 452), slice(500, 640)), (slice(495, 655), slice(24, 84))
    dark = [(image < 128).all(axis=2) for image in (first, last)]
    assert [image[words].any() for image in dark] == [False, True]
    assert all(image[number].any() for image in dark)
    assert (dark[0] != dark[1])[number].any()


def test_the_words_of_the_frames():
    """The areas of each frame to three digits, as wide in each; 0 for what rounding leaves; the mass of Q."""
    qs = [dl.Normal(0, 1), dl.Normal(1, 1), dl.Normal(20, 1)]
    pushes = [force(dl.MSE(), dl.Normal(0, 2), q, GRID, theta("mu")) for q in qs]
    held = np.array([1.0, 1.0, 0.0])
    said = _words(qs, pushes, theta("mu"), [0, 10, 2000], np.array([0.1, 0.2, 0.3]), held)
    assert len({len(words[1]) for words in said}) == 1
    for (q, below, above, _, clock), push, at in zip(said, pushes, qs, strict=True):
        assert f"{at.mu:.3f}" in q
        for text, value in ((below, push.below), (above, push.above)):
            assert number(text.strip("\N{FIGURE SPACE}")) == pytest.approx(value, rel=5e-3, abs=1e-12)
        assert clock.endswith(f"mass of Q in the window {held[qs.index(at)]:.3f}")
    assert [words[3].split(": ")[1] for words in said[:2]] == [
        "the pushes balance",
        "descent moves \N{GREEK SMALL LETTER MU} left",
    ]
    assert number(said[0][3].strip("\N{FIGURE SPACE}")) == 0
    whole = _words(qs[:2], pushes[:2], theta("mu"), [0, 10], np.array([0.1, 0.2]), held[:2])
    assert "mass" not in whole[0][4]


def test_it_is_grey_where_p_is_above_a_tenth_of_its_highest_and_the_notes_stand_below():
    figure = dl.plot_force(dl.MSE(), dl.Normal(0, 1), dl.Normal(14, 2), GRID, wrt="mu")
    shade = figure.axes[2].collections[0].get_paths()[0].vertices[:, 0]
    edge = np.sqrt(2 * np.log(10))
    assert (shade.min(), shade.max()) == pytest.approx((-edge, edge), abs=0.031)
    assert figure.get_supxlabel().startswith("Q leaves the window")


@pytest.mark.parametrize(
    ("sizes", "times"),
    [
        ([4.0, 2.0, 0.5], [1, 1, 1]),
        ([1, 0.09, 0.07, 0.09, 0.101], [1, 1, 10, 10, 1]),
        ([1, 1e-3, 1e-9, 0.5], [1, 100, 10_000, 1]),
        ([1e-3, 1.0], [100, 1]),
    ],
)
def test_magnified_by_powers_of_ten_that_do_not_flicker(sizes, times):
    assert magnified(np.array(sizes)) == times


def test_nothing_is_written_to():
    x, w, log_p = GRID.x.copy(), GRID.w.copy(), P.log_prob(GRID.x)
    before = x.copy(), w.copy(), log_p.copy()
    dl.plot_force(dl.Cosine(), dl.Tabulated(log_p), Q, dl.Grid(x, w))
    for now, then in zip((x, w, log_p), before, strict=True):
        assert now.flags.writeable
        np.testing.assert_array_equal(now, then)


GIVEN = {"loss": dl.MSE(), "p": P, "grid": GRID}
CASES = {
    "loss: expected a value such as dl.ForwardKL(), got the class MSE: write MSE(...)": {"loss": dl.MSE},
    "epsilon: expected a finite number > 0, got 0": {"loss": dl.Smoothed(dl.MSE(), 0)},
    "p: expected a value such as dl.Normal(0, 1) or dl.Mixture(...), got 7": {"p": 7},
    "grid: expected a Grid(x, w), for example dl.Grid.linspace(-15, 15, 1000), got 1000": {"grid": 1000},
    "wrt: expected one of mu, sigma, got 'x'": {"wrt": "x"},
    "wrt: expected one of mu, sigma, got 3": {"wrt": 3},
}
STILL = {
    "sigma: expected a finite number > 0, got -1.0": {"q": dl.Normal(0, -1.0)},
    "q: expected a value such as dl.Normal(0, 1) or dl.Laplace(0, 1), got 3": {"q": 3},
    "wrt: expected one of mu, sigma, got 'nu'": {"wrt": ("mu", "nu")},
    "wrt: expected at least one of mu, sigma, got none": {"wrt": ()},
}
MOVING = {
    "wrt: expected one of mu, sigma, got ('mu',)": {"wrt": ("mu",)},
    "fit: expected a Fit, such as dl.fit returns, got Normal(mu=0, sigma=1)": {"fit": dl.Normal(0, 1)},
    "frames: expected a whole number >= 2, got 1": {"frames": 1},
    "seconds: expected a finite number > 0, got 0": {"seconds": 0},
}


@pytest.mark.parametrize("message", [*CASES, *STILL])
def test_bad_input_of_the_figure(message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        dl.plot_force(**GIVEN | {"q": Q} | (CASES | STILL)[message])


@pytest.mark.parametrize("message", [*CASES, *MOVING])
def test_bad_input_of_the_animation(message, tmp_path):
    file = tmp_path / "no.gif"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        dl.write_force_gif(file, **GIVEN | {"fit": FIT} | (CASES | MOVING)[message])
    assert not file.exists()

"""The figures show the numbers they claim to, and the animation is one."""

import re
from io import BytesIO

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

import divlite as dl
from conftest import GRID, P
from divlite.articles import FIVE
from divlite.plotting import frame_steps, style
from divlite.plotting.gif import frame_durations
from divlite.plotting.moving import _tracks

FIT = dl.fit(dl.ForwardKL(), P, dl.Normal(0, 1), GRID, optimizer=dl.adam(0.05), steps=400)
Q = dl.Normal(0, 1)
TARGETS = {
    "mixture": P,
    "normal": dl.Normal(3, 2),
    "tabulated": dl.Tabulated.from_density(np.maximum(0, np.sin(GRID.x))),
    "zero": dl.Tabulated.from_density(np.zeros(1000)),
}


@pytest.fixture(params=TARGETS)
def p(request):
    return TARGETS[request.param]


def lines(ax):
    """The curves of a panel, by the first words of their labels."""
    return {line.get_label().split(":")[0]: line.get_ydata() for line in ax.get_lines()}


def texts(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def assert_draws(figure, file):
    figure.savefig(file, dpi=100)
    with Image.open(file) as image:
        colours = image.convert("RGB").getcolors(image.width * image.height)
        assert min(image.size) > 200
        assert colours is not None
        assert len(colours) > 50


def test_plot_densities(p, tmp_path):
    figure = dl.plot_densities({"one": p, "another": dl.Normal(0, 1)}, GRID)
    first, second = figure.axes
    assert [first.get_title(loc="left"), second.get_title(loc="left")] == ["one", "another"]
    np.testing.assert_array_equal(lines(first)["P, the target"], np.exp(p.log_prob(GRID.x)))
    np.testing.assert_array_equal(lines(second)["P, the target"], dl.Normal(0, 1).prob(GRID.x))
    assert second.get_ylim() == pytest.approx((0, 1.12 * dl.Normal(0, 1).prob(GRID.x).max()))
    assert second.get_title(loc="right") == "mass 1"
    assert_draws(figure, tmp_path / "f.png")


def test_plot_fit(p, tmp_path):
    figure = dl.plot_fit(p, FIT, GRID, title="forward KL")
    (ax,) = figure.axes
    drawn = lines(ax)
    start, end = drawn["start"], drawn["Q"]
    np.testing.assert_array_equal(start, dl.Normal(0, 1).prob(GRID.x))
    np.testing.assert_array_equal(end, FIT.q.prob(GRID.x))
    assert f"{FIT.q.mu:.3f}" in texts(ax)[2]
    assert f"{FIT.q.sigma:.3f}" in texts(ax)[2]
    assert texts(ax)[2].endswith(f"mass {FIT.q_mass:.4g}")
    assert texts(ax)[0] == f"P, the target: mass {30 / 999 * np.exp(p.log_prob(GRID.x)).sum():.4g}"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "mass per unit of x")
    assert figure.get_suptitle() == "forward KL"
    assert ax.get_ylim()[1] > max(start.max(), end.max()) or p is TARGETS["tabulated"]
    assert_draws(figure, tmp_path / "f.png")


def test_plot_path(tmp_path):
    figure = dl.plot_path(FIT, optimum=dl.Normal(2.5, 7.5))
    loss, mu, sigma = figure.axes
    best, _ = dl.value_and_grad(dl.ForwardKL(), P, dl.Normal(2.5, 7.5), GRID, "numpy")
    np.testing.assert_array_equal(loss.get_lines()[0].get_ydata(), FIT.loss - best)
    assert (loss.get_yscale(), loss.get_ylabel()) == ("log", "loss above\nthe optimum")
    assert loss.get_title(loc="right") == f"optimum: {best:.7g}"
    np.testing.assert_array_equal(mu.get_lines()[0].get_ydata(), FIT.mu)
    np.testing.assert_array_equal(sigma.get_lines()[0].get_ydata(), FIT.sigma)
    assert [set(ax.get_lines()[1].get_ydata()) for ax in (mu, sigma)] == [{2.5}, {7.5}]
    assert sigma.get_xlabel() == "step"
    assert_draws(figure, tmp_path / "f.png")


def test_the_loss_is_on_a_log_scale_only_where_that_says_more():
    def scale(loss):
        return dl.plot_path(FIT._replace(loss=loss)).axes[0].get_yscale()

    falling = np.geomspace(1, 1e-6, FIT.mu.size)
    assert scale(falling) == "log"
    assert scale(np.linspace(2, 0.03, FIT.mu.size)) == "linear"
    assert scale(np.linspace(2, -0.3, FIT.mu.size)) == "linear"
    assert scale(falling - 0.5) == "linear"
    assert scale(np.where(falling > 0.5, np.inf, falling)) == "log"
    assert scale(np.full(FIT.mu.size, np.nan)) == "linear"


def test_a_dip_below_0_is_seen_beside_a_loss_of_thousands():
    """At least a tenth of the panel lies below 0, where the loss ends."""
    loss = np.append(np.geomspace(1600, 1e-3, FIT.mu.size - 1), -0.00246)
    ax = dl.plot_path(FIT._replace(loss=loss)).axes[0]
    assert ax.get_yscale() == "symlog"
    assert ax.get_title(loc="right") == "linear within \N{PLUS-MINUS SIGN}0.001"
    (_, dip), (_, zero) = (
        ax.transAxes.inverted().transform(ax.transData.transform((0, y))) for y in (-0.00246, 0)
    )
    assert zero - dip > 0.1


def marked(figure):
    """The dashed lines of each panel, by their labels."""
    return [
        {line.get_label(): set(line.get_ydata()) for line in ax.get_lines() if line.get_linestyle() == "--"}
        for ax in figure.axes
    ]


def test_a_fit_that_has_not_converged_is_shown_beside_the_nearest_minimum():
    early = dl.fit(dl.ForwardKL(), P, dl.Normal(0, 1), GRID, optimizer=dl.adam(), steps=2000)
    assert not early.converged
    loss, mu, sigma = marked(dl.plot_path(early))
    assert mu["a minimum downhill"].pop() == pytest.approx(2.5, abs=1e-3)
    assert sigma["a minimum downhill"].pop() == pytest.approx(7.566, abs=1e-3)
    here, _ = dl.value_and_grad(dl.ForwardKL(), P, dl.Normal(2.5, 7.566), GRID)
    assert not loss
    figure = dl.plot_summary(P, early, GRID)
    distance = figure.axes[1].get_lines()[0].get_ydata()
    assert distance == pytest.approx(early.loss - here, abs=1e-6)
    assert figure.axes[1].get_ylabel() == "loss above\nthe minimum"
    assert texts(figure.axes[0])[-1].startswith("a minimum downhill: $\\mu = 2.500$, $\\sigma = 7.566$")
    np.testing.assert_allclose(
        lines(figure.axes[0])["a minimum downhill"], dl.Normal(2.5, 7.566).prob(GRID.x), atol=1e-5
    )
    assert "a minimum downhill" in marked(figure)[2]
    assert "a minimum downhill" in lines(dl.plot_fit(P, early, GRID).axes[0])
    assert "optimum" in lines(dl.plot_fit(P, early, GRID, optimum=dl.Normal(2.5, 7)).axes[0])


def test_a_minimum_outside_the_window_is_not_marked():
    """There the loss sees a tail of Q and no more, and the axes would shrink what the fit did."""
    off = dl.fit(dl.ReverseKL(), P, dl.Normal(20, 1.05), GRID, optimizer=dl.adam(0.01), steps=300)
    assert not off.converged
    assert off.optimum.q.mu > 15
    assert not any(marked(dl.plot_path(off)))


def test_a_fit_that_has_converged_is_shown_on_its_minimum():
    """Its loss comes down to the minimum's, until rounding hides the distance."""
    done = dl.fit(dl.MSE(), P, dl.Normal(-4, 1), GRID, optimizer=dl.adam(0.01), steps=3000)
    assert done.converged
    figure = dl.plot_summary(P, done, GRID)
    _, _, mu, sigma = marked(figure)
    assert (mu["the minimum"].pop(), sigma["the minimum"].pop()) == pytest.approx((-5, 1), abs=1e-6)
    (line,) = figure.axes[1].get_lines()
    assert np.nanmin(line.get_ydata()) < 1e-15
    assert (line.get_ydata() > 0).all()
    assert figure.axes[1].get_yscale() == "log"


def test_a_fit_below_the_optimum_that_is_named_has_its_loss_as_it_is():
    figure = dl.plot_path(FIT, optimum=dl.Normal(0, 1))
    loss = figure.axes[0].get_lines()
    np.testing.assert_array_equal(loss[0].get_ydata(), FIT.loss)
    start, _ = dl.value_and_grad(dl.ForwardKL(), P, dl.Normal(0, 1), GRID, "numpy")
    assert set(loss[1].get_ydata()) == {start}


def test_a_fit_made_by_hand_is_shown_alone():
    by_hand = dl.Fit(dl.Normal(1, 2), np.ones(3), np.full(3, 2.0), np.zeros(3))
    assert not any(marked(dl.plot_summary(P, by_hand, GRID)))


def test_the_notes_of_a_fit_stand_under_its_figures():
    gone = dl.fit(dl.ReverseKL(), P, dl.Normal(20, 1.05), GRID, optimizer=dl.adam(0.01), steps=3000)
    assert gone.q_mass < 0.01
    figures = dl.plot_fit(P, gone, GRID), dl.plot_path(gone), dl.plot_summary(P, gone, GRID)
    for figure in figures:
        assert figure.get_supxlabel().replace("\n", " ") == " ".join(gone.notes)
    assert f"mass {gone.q_mass:.4g}" in texts(figures[0].axes[0])[2]
    dl.plot_fit(P, gone._replace(divergence=None), GRID)


def test_a_path_far_from_0_has_whole_numbers_at_its_ticks():
    """Not the differences from a number that stands above the panel, as "-1.5e1"."""
    mu = np.linspace(-15, -15.00025, 50)
    path = dl.Fit(dl.Normal(mu[-1], 2.0), mu, np.full(50, 2.0), np.linspace(1, 0.9, 50))
    figure = dl.plot_path(path)
    figure.canvas.draw()
    assert [ax.yaxis.get_offset_text().get_text() for ax in figure.axes] == ["", "", ""]


def test_plot_summary(p, tmp_path):
    figure = dl.plot_summary(p, FIT, GRID, title="forward KL", optimum=dl.Normal(2.5, 7.5))
    assert len(figure.axes) == 4
    assert_draws(figure, tmp_path / "f.png")
    if p is TARGETS["zero"]:  # the others are drawn as SVG by the command
        figure.savefig(tmp_path / "f.svg")


def test_plot_separations(tmp_path):
    fits = {"forward KL": dl.Normal(0.4, 0.8), "reverse KL": dl.Normal(0.3, 0.6)}
    figure = dl.plot_separations([("near", P, fits), ("far", dl.Normal(3, 1), fits)], GRID, xlim=(-4, 4))
    for ax, name in zip(figure.axes, ("near", "far"), strict=True):
        assert ax.get_legend().get_title().get_text() == name
        _, *drawn = lines(ax).values()
        for data, q in zip(drawn, fits.values(), strict=True):
            np.testing.assert_array_equal(data, q.prob(GRID.x))
        assert [text.split(":")[0] for text in texts(ax)[1:]] == list(fits)
        assert ax.get_xlim() == (-4, 4)
    assert_draws(figure, tmp_path / "f.png")


@pytest.mark.parametrize(
    ("steps", "frames"), [(10_000, 100), (100, 100), (99, 100), (5, 100), (0, 2), (700, 2), (101, 50)]
)
def test_frame_steps(steps, frames):
    chosen = frame_steps(steps, frames)
    assert chosen[0] == 0
    assert chosen[-1] == steps
    assert len(chosen) == min(frames, steps + 1)
    assert (np.diff(chosen) > 0).all()
    # Denser early: the gaps never shrink by more than a rounding.
    assert (np.diff(chosen, 2) >= -1).all()


def test_write_gif(p, tmp_path):
    file = tmp_path / "fit.gif"
    dl.write_gif(file, p, FIT, GRID, title="forward KL", frames=20, seconds=4.0)
    with Image.open(file) as gif:
        assert gif.size == (640, 480)
        assert gif.info["loop"] == 0
        durations, frames = [], []
        for i in range(gif.n_frames):
            gif.seek(i)
            durations.append(gif.info["duration"])
            frames.append(np.asarray(gif.convert("RGB")).astype(int))
    # Pillow merges frames that are alike: their time is what counts.
    assert sum(durations) == 4000 + 2000
    assert sum(frame_durations(10.0, 60)) == 10_000
    assert min(frame_durations(0.4, 100)) == 20
    assert durations[-1] == 2200
    assert (frames[0][0, 0] == 255).all()
    assert np.abs(frames[0] - frames[-1]).max() > 100
    numbers = (slice(50, 68), slice(150, 500))
    assert np.abs(frames[0][numbers] - frames[5][numbers]).max() > 100


def test_frames_are_spaced_quadratically():
    """Of 10,000 steps in 101 frames: 0, 1, 4, 9, ... 10,000; of 400 every one, where squares lie closer."""
    i = np.arange(101)
    np.testing.assert_array_equal(frame_steps(10_000, 101), i**2)
    np.testing.assert_array_equal(frame_steps(400, 101), np.maximum(i, np.rint(0.04 * i**2)))


def test_the_step_is_that_of_the_frame(tmp_path):
    def clock(steps, frames):
        path = FIT._replace(mu=FIT.mu[: steps + 1], sigma=FIT.sigma[: steps + 1], loss=FIT.loss[: steps + 1])
        dl.write_gif(tmp_path / "f.gif", P, path, GRID, frames=frames)
        return [(image[4:26, 560:] < 128).tolist() for image in frames_of(tmp_path / "f.gif")]

    five, three, other = clock(400, 5), clock(400, 3), clock(300, 3)
    assert five[-1] == three[-1] != other[-1]
    assert five[0] == three[0] == other[0]
    assert five[2] == clock(400, 9)[4] == clock(100, 2)[-1] != five[1]


def test_the_columns_are_mu_sigma_and_the_loss_at_each_step():
    steps = [0, 7, 400]
    (track,) = _tracks({"Q": FIT}, GRID, steps, "loss")
    values = [
        [float(text.replace("\N{MINUS SIGN}", "-")) for text in column.texts] for column in track.columns
    ]
    for column, path in zip(values, (FIT.mu, FIT.sigma, FIT.loss), strict=False):
        np.testing.assert_allclose(column, path[steps], atol=5.1e-4)
    assert [column.heading for column in track.columns][2] == "loss"
    np.testing.assert_array_equal(track.curves[1], dl.Normal(FIT.mu[7], FIT.sigma[7]).prob(GRID.x))


def test_the_mass_in_the_window_is_a_column_where_it_is_not_1():
    near = dl.fit(dl.MSE(), P, dl.Normal(-4, 1), GRID, optimizer=dl.adam(0.01), steps=20)
    tracks = _tracks({"gone": FIT._replace(mu=FIT.mu + 15), "near": near}, GRID, [0, 400], "")
    assert [track.columns[-1].heading for track in tracks] == ["mass in window"] * 2
    assert tracks[0].columns[-1].texts[0] == f"{dl.Normal(15, 1).cdf(15 + 15 / 999):.3f}"
    assert tracks[1].columns[-1].texts == ["1.000"] * 2
    (alone,) = _tracks({"near": near}, GRID, [0, 20], "")
    assert [column.heading for column in alone.columns] == [
        "\N{GREEK SMALL LETTER MU}",
        "\N{GREEK SMALL LETTER SIGMA}",
    ]


def test_lines_are_told_apart():
    """By colour first, then by dashes; and where they lie on one another, by the wider ones beneath."""
    looks = style.looks(12)
    assert len({(look["color"], look["linestyle"]) for look in looks}) == 12
    assert len({look["color"] for look in looks[:5]}) == 5
    assert (np.diff([look["linewidth"] for look in style.looks(5)]) < -0.9).all()
    assert style.looks(1)[0]["linewidth"] == 2.2


def test_a_spike_on_its_way_does_not_flatten_what_is_shown():
    one = np.ones(3)
    assert style.ceiling(one) == pytest.approx(1.12)
    assert style.ceiling(one, passing=[3 * one]) == pytest.approx(3.36)
    assert style.ceiling(one, passing=[100 * one]) == pytest.approx(6.72)
    assert style.ceiling(0 * one) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.23456, "1.235"), (-0.00123, "-0.001"), (1e-5, "1e-05"), (123456.789, "123456.79"), (1e-13, "0.000")],
)
def test_numbers_in_a_legend(value, text):
    assert style.number(value) == text


def test_a_smooth_curve_on_few_points():
    few = dl.Grid.linspace(-15, 15, 7)
    assert style.fine(GRID) is GRID.x
    assert set(few.x) <= set(style.fine(few))
    assert style.fine(few).size == 407


def frames_of(file):
    with Image.open(file) as gif:
        for i in range(gif.n_frames):
            gif.seek(i)
            yield np.asarray(gif.convert("RGB")).astype(int)


def near(image, colour):
    """Where an image has this colour, of 0 to 1."""
    return np.abs(image - np.rint(255 * np.array(to_rgb(colour)))).max(axis=2) < 25


def test_several_fits_move_at_once(tmp_path):
    """Each in a colour of its own, at the height that it has; the one of fewer steps waits at its end."""
    short = dl.fit(dl.MSE(), P, dl.Normal(0, 1), GRID, optimizer=dl.adam(0.05), steps=100)
    dl.write_gif(tmp_path / "f.gif", P, {"forward-kl": FIT, "mse": short}, GRID, frames=9)
    images = list(frames_of(tmp_path / "f.gif"))
    axes = (slice(100, 424), slice(68, 622))
    peaks = [
        [np.flatnonzero(near(image[axes], colour).any(axis=1)).min() for colour in style.DISTINCT[:2]]
        for image in images[1:]
    ]
    forward, mse = np.transpose(peaks)
    assert (np.diff(forward) >= 0).all()
    assert forward[-1] > forward[0] + 50
    steps = frame_steps(400, 9)[1:]
    late = [i for i, step in enumerate(steps) if step >= 100]
    assert len(set(mse[late])) == 1
    assert len(set(mse)) > 1


def test_a_long_title_does_not_lie_on_the_step(tmp_path):
    def row(title):
        dl.write_gif(tmp_path / "f.gif", P, FIT, GRID, title=title, frames=2)
        return (next(frames_of(tmp_path / "f.gif"))[4:26] < 128).all(axis=2)

    step = np.flatnonzero(row("").any(axis=0)).min()
    long = row("smoothed forward-kl, epsilon 5.6419e-13: " + "large separation " * 3).any(axis=0)
    assert step - 60 < np.flatnonzero(long[: step - 1]).max() < step - 15


def test_text_does_not_move_from_frame_to_frame(tmp_path):
    """The right edges of the numbers, and the words, are where they were in the first frame."""
    dl.write_gif(tmp_path / "f.gif", P, FIT, GRID, frames=30)
    dark = [(image[:70] < 128).all(axis=2) for image in frames_of(tmp_path / "f.gif")]
    words = np.all(dark, axis=0)
    for image in dark:
        rest = image & ~words
        assert not rest[26:48].any()  # the headings
        assert np.flatnonzero(image.any(axis=0)).max() == np.flatnonzero(dark[0].any(axis=0)).max()


@pytest.mark.parametrize(
    ("values", "smallest", "expected"),
    [
        ([-5.0, 0.25], 5, ["\N{MINUS SIGN}5.000", "0.250"]),
        ([2.1, 0.1466], 0.01466, ["2.1000", "0.1466"]),
        ([1e-9, np.inf], 1e-9, ["1.000e\N{MINUS SIGN}09", "inf"]),
        ([6e5, 1.0], 1, ["6.000e+05", "1.000e+00"]),
        ([0.0], 0, ["0.000"]),
    ],
)
def test_numbers_in_a_column_have_as_many_decimals_as_each_other(values, smallest, expected):
    assert style.aligned(np.array(values), smallest) == expected


def test_an_animation_of_no_steps(tmp_path):
    still = dl.fit(dl.MSE(), P, dl.Normal(0, 1), GRID, optimizer=dl.adam(), steps=0)
    dl.write_gif(tmp_path / "fit.gif", P, still, GRID)
    figure = dl.plot_summary(P, still, GRID)
    figure.savefig(tmp_path / "fit.png")
    assert [ax.get_lines()[0].get_marker() for ax in figure.axes[1:]] == ["o"] * 3
    with Image.open(tmp_path / "fit.gif") as gif:
        assert gif.n_frames == 1


def test_a_fit_through_infinity_can_be_drawn(tmp_path):
    """A loss that starts at +inf leaves a gap, not an error."""
    odd = FIT._replace(loss=np.where(np.arange(401) < 3, np.inf, FIT.loss))
    dl.plot_summary(P, odd, GRID).savefig(tmp_path / "fit.png")
    dl.write_gif(tmp_path / "fit.gif", P, odd, GRID, frames=5)


def test_a_long_loss_label_does_not_lie_on_its_number(tmp_path):
    """The numbers move to the right of whatever the label is."""

    def numbers(label):
        dl.write_gif(tmp_path / "fit.gif", P, FIT, GRID, loss_label=label, frames=2)
        with Image.open(tmp_path / "fit.gif") as gif:
            image = np.asarray(gif.convert("L"))[50:68, 110:560]
        return np.flatnonzero((image < 128).any(axis=0)).max()

    assert numbers("forward KL, in nats") > numbers("loss") + 50


A_FIT = "a Fit, such as dl.fit returns"
A_ROW = "(name, target, {name: Normal, ...})"
HUGE = dl.Tabulated(np.full(1000, 800.0))
FAR = dl.Grid(np.array([0, 1e301]), np.ones(2))
NAN = np.where(np.arange(401) == 7, np.nan, 1.0)
ODD = {
    "densities": {
        "expected at least one, got none": {},
        "expected a mapping of names, such as {'P': p}, got 7": 7,
        "['a']: expected a value such as dl.Normal(0, 1) or dl.Mixture(...), got 7": {"a": 7},
        "['a']: expected log densities up to 691, to be drawn, got 800": {
            "a": dl.Tabulated(np.full(1000, 800))
        },
        "a name in densities: expected a string, got 7": {7: P},
    },
    "p": {
        "expected a value such as dl.Normal(0, 1) or dl.Mixture(...), got None": None,
        "expected log densities up to 691, to be drawn, got 800": HUGE,
    },
    "grid": {
        "expected a Grid(x, w), for example dl.Grid.linspace(-15, 15, 1000), got 7": 7,
        "expected points between -1e+300 and 1e+300, to be drawn, got 0 to 1e+301": dl.Grid(
            [0, 1e301], [1, 1]
        ),
    },
    "fit": {
        f"expected {A_FIT}, got None": None,
        f"expected {A_FIT}, got Mixture(": P,
        ".mu: expected one number or more, got none": FIT._replace(mu=np.array([])),
        ".sigma: expected 401 numbers, as many as in mu, got 3": FIT._replace(sigma=FIT.sigma[:3]),
        ".loss: expected 401 numbers, as many as in mu, got 400": FIT._replace(loss=FIT.loss[1:]),
        ".mu: expected finite numbers, got fit.mu[7] = nan": FIT._replace(mu=NAN),
        ".sigma: expected finite numbers > 0, got fit.sigma[0] = -1": FIT._replace(sigma=-FIT.sigma),
        **{
            f".{name}: expected numbers between -1e+300 and 1e+300, to be drawn, got fit.{name}[400] =": (
                FIT._replace(**{name: np.append(getattr(FIT, name)[:-1], 1e308)})
            )
            for name in ("mu", "sigma", "loss")
        },
        ".q: expected a value such as dl.Normal(0, 1) or dl.Laplace(0, 1), got 7": FIT._replace(q=7),
        "loss: expected a value such as dl.ForwardKL(), got 7": FIT._replace(divergence=7),
    },
    "title": {
        "expected a string, got 7": 7,
        r"expected a string without control characters and surrogates, got 'a\x00'": "a\0",
        r"expected a string without control characters and surrogates, got '\udc80'": "\udc80",
        r"expected mathematics as matplotlib reads it between dollars, got '$\\frac$'": r"$\frac$",
    },
    "loss_label": {"expected a string, got None": None},
    "optimum": {
        "expected a value such as dl.Normal(0, 1) or dl.Laplace(0, 1), got 7": 7,
        "sigma: expected a finite number > 0, got -1": dl.Normal(0, -1),
    },
    "rows": {
        "expected at least one, got none": [],
        f"expected a sequence of {A_ROW}, got 7": 7,
        f"[0]: expected {A_ROW}, got 7": [7],
        f"[1]: expected {A_ROW}, got ('b', 7)": [("a", P, {"q": Q}), ("b", 7)],
        "[0][0]: expected a string, got 7": [(7, P, {"q": Q})],
        "[0]['a']: expected a value such as dl.Normal(0, 1) or dl.Mixture(...), got 7": [("a", 7, {"q": Q})],
        "[0][2]: expected at least one, got none": [("a", P, {})],
        "[0][2]['q']: expected a value such as dl.Normal(0, 1) or dl.Laplace(0, 1), got 7": [
            ("a", P, {"q": 7})
        ],
    },
    "xlim": {
        "expected two numbers, low < high, got 7": 7,
        "expected two numbers, low < high, got (4, -4)": (4, -4),
        "expected a finite number, got nan": (float("nan"), 1),
    },
    "frames": {"expected a whole number >= 2, got 1": 1, "expected a whole number >= 2, got 3.5": 3.5},
    "seconds": {
        "expected a finite number > 0, got 0": 0,
        "expected at most 60,000, 600 a frame, got 1e+99": 1e99,
    },
    "path": {
        "expected a path as a string, or a file open for writing bytes, got 7": 7,
        "expected a path as a string, or a file open for writing bytes, got b'a.gif'": b"a.gif",
    },
}
FIGURES = {
    dl.plot_densities: {"densities": {"P": P}, "grid": GRID},
    dl.plot_fit: {"p": P, "fit": FIT, "grid": GRID, "title": "", "optimum": None},
    dl.plot_path: {"fit": FIT, "title": "", "loss_label": "loss", "optimum": None},
    dl.plot_summary: {"p": P, "fit": FIT, "grid": GRID, "title": "", "loss_label": "loss", "optimum": None},
    dl.plot_separations: {"rows": [("a", P, {"q": Q})], "grid": GRID, "xlim": None},
    dl.write_gif: {
        **{"path": "no.gif", "p": P, "fit": FIT, "grid": GRID, "title": "", "loss_label": "loss"},
        **{"frames": 100, "seconds": 10},
    },
}
CASES = [
    pytest.param(draw, name, value, message, id=f"{draw.__name__}-{message}")
    for draw, given in FIGURES.items()
    for name in given
    for message, value in ODD[name].items()
]


@pytest.mark.parametrize(("draw", "name", "value", "message"), CASES)
def test_every_argument_of_a_figure_is_named_when_odd(draw, name, value, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = message.startswith(("expected", "[", "."))
    said = f"{name}{': ' * message.startswith('expected')}{message}" if own else message
    with pytest.raises(ValueError, match="^" + re.escape(said)):
        draw(**FIGURES[draw] | {name: value})
    assert not list(tmp_path.iterdir())


def test_a_mapping_of_fits_names_the_odd_one():
    with pytest.raises(ValueError, match=r"^fit\['mse'\]: expected a Fit, such as dl.fit returns, got 7"):
        dl.write_gif("no.gif", P, {"l1": FIT, "mse": 7}, GRID)
    with pytest.raises(ValueError, match=r"^fit: expected at least one, got none"):
        dl.write_gif("no.gif", P, {}, GRID)


def test_a_gif_replaces_its_file_at_the_end_or_goes_into_an_open_one(tmp_path, monkeypatch):
    file, stream = tmp_path / "f.gif", BytesIO()
    file.write_text("before")
    dl.write_gif(stream, P, FIT, GRID, frames=2)
    dl.write_gif(str(file), P, FIT, GRID, frames=2)
    assert file.read_bytes() == stream.getvalue()

    def full(*_args, **_options):
        raise OSError("No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(OSError, match="No space left"):
        dl.write_gif(file, P, FIT, GRID, frames=2)
    assert file.read_bytes() == stream.getvalue()
    assert list(tmp_path.iterdir()) == [file]


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="plot_nothing"):
        dl.plot_nothing  # noqa: B018


def test_a_notebook_shows_a_figure_sharp_and_at_its_size():
    data, size = dl.plot_summary(P, FIT, GRID)._repr_png_()
    with Image.open(BytesIO(data)) as image:
        assert image.format == "PNG"
        assert image.size == (1843, 844)
    assert size == {"width": 922, "height": 422}


@pytest.mark.parametrize("engine", ["constrained", "tight", "none"])
def test_a_figure_is_saved_as_it_is_drawn(engine):
    """To save it, matplotlib draws it twice, and the first time is for the layout alone."""
    saved, shown = (dl.plot_densities({"P": P}, GRID) for _ in range(2))
    file = BytesIO()
    for figure in (saved, shown):
        figure.set_layout_engine(engine)
    saved.savefig(file, format="rgba")
    shown.canvas.draw()
    assert file.getvalue() == bytes(shown.canvas.buffer_rgba())


def test_a_distribution_of_torchs_is_drawn_as_its_target():
    import torch

    grid, p = dl.Grid.linspace(-5, 5, 100), torch.distributions.Normal(0.0, 1.0)
    fit = dl.fit(dl.MSE(), p, dl.Normal(1, 1), grid, optimizer=dl.adam(), steps=2)
    assert dl.plot_summary(p, fit, grid).axes
    assert dl.plot_fit(p, fit, grid).axes


def test_the_commonest_colours_of_a_gif_are_taken_as_they_are(tmp_path):
    """White, the fill of the target, and the grid, which a neighbour in the palette might tint."""
    p, grid = dl.Mixture((0.5, 0.5), P.components), dl.Grid.linspace(-30, 35, 1301, "integral")
    adam, start = dl.adam(lr=0.01), dl.Normal(6, 4)
    fits = {dl.loss_name(loss): dl.fit(loss, p, start, grid, optimizer=adam, steps=3000) for loss in FIVE}
    dl.write_gif(tmp_path / "fits.gif", p, fits, grid, frames=10)
    with Image.open(tmp_path / "fits.gif") as image:
        image.seek(7)
        colours = image.convert("RGB").getcolors(image.width * image.height)
    counted = {colour: count for count, colour in colours}
    assert counted[255, 255, 255] > 200_000
    assert counted[238, 238, 238] > 2_000


def test_a_figure_is_titled_with_the_whole_loss_if_with_nothing_else():
    fit = dl.fit(dl.Smoothed(dl.MSE(), 0.5), P, Q, GRID, optimizer=dl.adam(), steps=3)
    for figure in (dl.plot_fit(P, fit, GRID), dl.plot_path(fit), dl.plot_summary(P, fit, GRID)):
        assert figure.get_suptitle() == "smoothed mse, epsilon 0.5"
    assert dl.plot_path(fit, title="mine").get_suptitle() == "mine"
    assert dl.plot_path(fit, title="").get_suptitle() == ""
    assert dl.plot_path(dl.Fit(*fit[:4])).get_suptitle() == ""

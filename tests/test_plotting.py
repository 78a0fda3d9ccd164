"""The figures show the numbers they claim to, and the animation is one."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

import divlite as dl
from conftest import GRID, P
from divlite.plotting import frame_steps
from divlite.plotting.gif import frame_durations

FIT = dl.fit(dl.ForwardKL(), P, dl.Normal(0, 1), GRID, optimizer=dl.adam(0.05), steps=400)
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
    """The curves of a panel, by their labels."""
    return {line.get_label(): line.get_ydata() for line in ax.get_lines()}


def texts(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def assert_draws(figure, file):
    figure.savefig(file)
    with Image.open(file) as image:
        colours = image.convert("RGB").getcolors(1 << 24)
        assert min(image.size) > 200
        assert colours is not None
        assert len(colours) > 50


def test_plot_densities(p, tmp_path):
    figure = dl.plot_densities({"one": p, "another": dl.Normal(0, 1)}, GRID)
    first, second = figure.axes
    assert [first.get_title(loc="left"), second.get_title(loc="left")] == ["one", "another"]
    np.testing.assert_array_equal(lines(first)["P, the target"], np.exp(p.log_prob(GRID.x)))
    np.testing.assert_array_equal(lines(second)["P, the target"], dl.Normal(0, 1).prob(GRID.x))
    assert_draws(figure, tmp_path / "f.png")


def test_plot_fit(p, tmp_path):
    figure = dl.plot_fit(p, FIT, GRID, title="forward KL")
    (ax,) = figure.axes
    _, start, end = lines(ax).values()
    np.testing.assert_array_equal(start, dl.Normal(0, 1).prob(GRID.x))
    np.testing.assert_array_equal(end, FIT.q.prob(GRID.x))
    assert f"{FIT.q.mu:.3f}" in texts(ax)[-1]
    assert f"{FIT.q.sigma:.3f}" in texts(ax)[-1]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title(loc="left")) == ("x", "density", "forward KL")
    assert ax.get_ylim()[1] > max(start.max(), end.max()) or p is TARGETS["tabulated"]
    assert_draws(figure, tmp_path / "f.png")


def test_plot_path(tmp_path):
    figure = dl.plot_path(FIT, optimum=dl.Normal(2.5, 7.5))
    loss, mu, sigma = figure.axes
    np.testing.assert_array_equal(loss.get_lines()[0].get_ydata(), FIT.loss)
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
    assert scale(np.linspace(2, 1, FIT.mu.size)) == "linear"
    assert scale(falling - 0.5) == "linear"
    assert scale(np.where(falling > 0.5, np.inf, falling)) == "linear"


def test_plot_summary(p, tmp_path):
    figure = dl.plot_summary(p, FIT, GRID, title="forward KL", optimum=dl.Normal(2.5, 7.5))
    assert len(figure.axes) == 4
    assert_draws(figure, tmp_path / "f.png")
    figure.savefig(tmp_path / "f.svg")


def test_plot_separations(tmp_path):
    fits = {"forward KL": dl.Normal(0.4, 0.8), "reverse KL": dl.Normal(0.3, 0.6)}
    figure = dl.plot_separations([("near", P, fits), ("far", dl.Normal(3, 1), fits)], GRID, xlim=(-4, 4))
    for ax, name in zip(figure.axes, ("near", "far"), strict=True):
        assert ax.get_title(loc="left") == name
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
    numbers = (slice(30, 130), slice(60, 230))
    assert np.abs(frames[0][numbers] - frames[5][numbers]).max() > 100


def test_an_animation_of_no_steps(tmp_path):
    still = dl.fit(dl.MSE(), P, dl.Normal(0, 1), GRID, optimizer=dl.adam(), steps=0)
    dl.write_gif(tmp_path / "fit.gif", P, still, GRID)
    dl.plot_summary(P, still, GRID).savefig(tmp_path / "fit.png")
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
            image = np.asarray(gif.convert("L"))[36:76, 58:480]
        return np.flatnonzero((image < 128).any(axis=0)).max()

    assert numbers("forward KL, in nats") > numbers("loss") + 50


def test_nothing_to_draw_is_an_error():
    with pytest.raises(ValueError, match=r"^densities: expected at least one, got none"):
        dl.plot_densities({}, GRID)
    with pytest.raises(ValueError, match=r"^rows: expected at least one, got none"):
        dl.plot_separations([], GRID)


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="plot_nothing"):
        dl.plot_nothing  # noqa: B018
    with pytest.raises(ValueError, match=r"^seconds: expected a finite number > 0, got 0"):
        dl.write_gif("no.gif", P, FIT, GRID, seconds=0)


def test_a_notebook_shows_a_figure_sharp_and_at_its_size():
    data, size = dl.plot_summary(P, FIT, GRID)._repr_png_()
    with Image.open(BytesIO(data)) as image:
        assert image.format == "PNG"
        assert image.size == (1843, 806)
    assert size == {"width": 922, "height": 403}

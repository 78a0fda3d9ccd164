"""The figures of the lessons say all their words in the language that is asked for."""

import re
import warnings
from io import BytesIO
from itertools import chain

import numpy as np
import pytest
from matplotlib.text import Text

import divlite as dl
from conftest import spelled
from divlite.language import catalogue, phrase, told, wrapping
from divlite.plotting import style
from divlite.plotting.force import force
from divlite.plotting.force_words import theta, verdict

# One of mass 1, with Q inside the window: a figure has no notes.
P = dl.Mixture((0.5, 0.5), (dl.Normal(-5, 1), dl.Normal(8, 1)))
GRID = dl.Grid.linspace(-15, 15, 301)
Q = dl.Normal(1.3, 2.1)
START = dl.Normal(0, 1)
STEPS = {"steps": 40, "backend": "numpy"}
EARLY = dl.fit(dl.ForwardKL(), P, START, GRID, optimizer=dl.adam(0.05), **STEPS)
DONE = dl.fit(dl.ForwardKL(), Q, dl.Normal(1.3, 2.1005), GRID, optimizer=dl.sgd(1.0), **STEPS)
FALLING = DONE._replace(divergence=None, loss=np.append(np.geomspace(1600, 1e-3, 40), -0.00246))
GONE = dl.Fit(dl.Normal(45, 2), np.array([0.0, 45.0]), np.array([0.5, 2.0]), np.array([1.0, 0.5]))
FITTED = {"1": Q, "2": dl.StudentT(1, 2, 3)}
FIGURES = {
    "densities": lambda: dl.plot_densities({"1": P, "2": Q}, GRID, lang="ja"),
    "fit": lambda: dl.plot_fit(P, EARLY, GRID, title="", lang="ja"),
    "fit, converged": lambda: dl.plot_fit(Q, DONE, GRID, title="", lang="ja"),
    "path": lambda: dl.plot_path(EARLY, title="", lang="ja"),
    "path, linear within": lambda: dl.plot_path(FALLING, title="", lang="ja"),
    "path, optimum": lambda: dl.plot_path(EARLY, title="", optimum=dl.Normal(1.5, 6.6), lang="ja"),
    "summary": lambda: dl.plot_summary(P, EARLY, GRID, title="", lang="ja"),
    "summary, converged": lambda: dl.plot_summary(Q, DONE, GRID, title="", lang="ja"),
    "separations": lambda: dl.plot_separations([("1", P, FITTED)], GRID, lang="ja"),
    "force": lambda: dl.plot_force(dl.ForwardKL(), P, Q, GRID, lang="ja"),
    "force, cdf": lambda: dl.plot_force(dl.CramerVonMises(), P, Q, GRID, lang="ja"),
    "force, quantile": lambda: dl.plot_force(dl.Wasserstein1(), P, Q, GRID, lang="ja"),
    "force, student-t": lambda: dl.plot_force(dl.MSE(), P, dl.StudentT(0, 1, 3), GRID, lang="ja"),
    "force, log sigma": lambda: dl.plot_force(dl.MSE(), P, Q, GRID, coordinates=dl.LogSigma(), lang="ja"),
    "force, none": lambda: dl.plot_force(dl.MSE(), Q, Q, GRID, lang="ja"),
    "gif": lambda: dl.write_gif(BytesIO(), P, EARLY, GRID, title="", frames=2, lang="ja"),
    "gif, gone": lambda: dl.write_gif(BytesIO(), P, {"1": GONE, "2": EARLY}, GRID, frames=2, lang="ja"),
    "force gif": lambda: dl.write_force_gif(BytesIO(), dl.ForwardKL(), P, EARLY, GRID, frames=2, lang="ja"),
    "force gif, gone": lambda: dl.write_force_gif(
        BytesIO(), dl.MSE(), P, GONE, GRID, wrt="sigma", frames=2, lang="ja"
    ),
}
SYMBOLS = {"dL", "dlog", "dG", "dy", "log", "student"}  # the last is a name, as a command takes it
LETTER = "\N{CYRILLIC SMALL LETTER ZHE}"  # which the font has that matplotlib brings


@pytest.fixture
def spoken(monkeypatch):
    """A language in which each letter of a text is another one."""
    monkeypatch.setattr(catalogue, "said", lambda text, language: spelled(text, LETTER))


@pytest.fixture
def drawn(monkeypatch):
    """The figures that are made."""
    made, figure = [], style.figure
    monkeypatch.setattr(style, "figure", lambda *size: made.append(figure(*size)) or made[-1])
    return made


def texts(figures):
    """What stands on them, without formulas."""
    artists = chain.from_iterable(figure.findobj(Text) for figure in figures)
    return [re.sub(r"\$[^$]*\$", "", artist.get_text()) for artist in artists]


@pytest.mark.parametrize("name", FIGURES)
def test_no_english_word_is_left(name, spoken, drawn):
    FIGURES[name]()
    found = texts(drawn)
    assert sum(LETTER in text for text in found) >= 2
    assert {word for text in found for word in re.findall("[A-Za-z]{2,}", text)} <= SYMBOLS


@pytest.mark.parametrize(
    ("loss", "p", "q"),
    [
        (dl.MSE(), Q, Q),
        (dl.MSE(), dl.Normal(0, 2), START),
        (dl.MSE(), P, dl.Normal(-6, 1)),
        (dl.MSE(), P, dl.Normal(-4, 1)),
        (dl.MSE(), P, dl.Normal(-5, 2)),
        (dl.ReverseKL(), dl.Tabulated.from_density(np.where(abs(GRID.x) < 1, 0.0, P.prob(GRID.x))), START),
    ],
    ids=["equal", "symmetric", "right", "left", "wide", "infinite"],
)
def test_what_is_said_of_a_force(loss, p, q, spoken):
    for wrt in (theta("mu"), theta("sigma")):
        said = told(verdict(force(loss, p, q, GRID, wrt), wrt), "ja")
        assert LETTER in said
        assert not re.search("[A-Za-z]{2,}", said)


def test_notes_are_said_too(spoken, drawn, monkeypatch):
    def notes(*_, **__):
        return (phrase("nothing moved"),)

    monkeypatch.setattr("divlite.ending.notes", notes)
    monkeypatch.setattr("divlite.plotting.force.notes", notes)
    for name in ("fit", "path", "summary", "force"):
        FIGURES[name]()
    assert [figure.get_supxlabel() for figure in drawn] == [f"{LETTER * 7} {LETTER * 5}"] * 4


def test_a_note_of_wide_letters_is_as_wide_as_an_english_one(monkeypatch):
    monkeypatch.setattr(catalogue, "said", lambda text, language: "\N{HIRAGANA LETTER A}" * 200)
    fig = style.figure(5.0, 4.0)
    style.footnotes(fig, [phrase("nothing moved")], "ja")
    assert {wrapping.width(line) for line in fig.get_supxlabel().split("\n")} == {80}


def test_the_number_of_a_step_stands_where_the_language_has_it(monkeypatch, drawn):
    """And what stands behind it ends where the number does in English."""
    monkeypatch.setattr(catalogue, "said", lambda text, language: text.replace("step {}", "Nr. {} da"))
    dl.write_gif(BytesIO(), P, EARLY, GRID, frames=2)
    dl.write_gif(BytesIO(), P, EARLY, GRID, frames=2, lang="ja")
    english, other = (
        {text.get_text(): text.get_window_extent() for text in figure.findobj(Text)} for figure in drawn
    )
    assert english["step "].x1 == pytest.approx(english["40"].x0, abs=2)
    assert other["Nr. "].x1 == pytest.approx(other["40"].x0, abs=2)
    assert other["40"].x1 < other[" da"].x1 == pytest.approx(english["40"].x1, abs=2)


def test_words_that_move_have_a_font(monkeypatch, drawn):
    """They were not there when the figure was drawn first; without any font here they have that of boxes."""
    monkeypatch.setattr(catalogue, "said", lambda text, language: f"\N{HIRAGANA LETTER A}{text}")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "figure: no font here")
        FIGURES["force gif, gone"]()
    usual = Text().get_fontfamily()
    wide = [text for text in drawn[0].findobj(Text) if "\N{HIRAGANA LETTER A}" in text.get_text()]
    assert any("magnified" in text.get_text() for text in wide)
    assert usual not in [text.get_fontfamily() for text in wide]


SPEAKING = {
    "plot_densities": ({"P": P}, GRID),
    "plot_fit": (P, EARLY, GRID),
    "plot_path": (EARLY,),
    "plot_summary": (P, EARLY, GRID),
    "plot_separations": ([("1", P, FITTED)], GRID),
    "plot_force": (dl.MSE(), P, Q, GRID),
    "write_gif": (BytesIO(), P, EARLY, GRID),
    "write_force_gif": (BytesIO(), dl.MSE(), P, EARLY, GRID),
}


@pytest.mark.parametrize("name", SPEAKING)
def test_a_language_that_is_not_spoken(name):
    with pytest.raises(ValueError, match=r"^lang: expected one of en, ja, zh, got 'fr'$"):
        getattr(dl, name)(*SPEAKING[name], lang="fr")

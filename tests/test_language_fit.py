"""What fits and reproductions print in another language: no word is forgotten, and columns line up.

The language here has one wide letter for each two of the English ones, so a word that stays English shows.
"""

import io
import pickle
import re
from argparse import Namespace
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

import divlite as dl
from conftest import GRID, P, spelled
from divlite import plotting
from divlite.articles import ARTICLES, ends
from divlite.articles.report import Cell, Row, Table, lines
from divlite.cli import main
from divlite.commands import outputs
from divlite.commands.language import language
from divlite.destination import Destination, described
from divlite.language import catalogue, phrase, told
from divlite.language.wrapping import width

# Names of losses, of numbers, of options' values, of files; code.
NAMES = {
    *re.findall("[A-Za-z]{2,}", " ".join(dl.loss_name(loss) for loss in dl.LOSSES)),
    *("mu", "sigma", "log", "adam", "sgd", "mean", "Normal", "StudentT", "nu", "csv", "png", "tmp", "numba"),
    *("smoothed", "epsilon", "inf", "nan", "sum", "batchmean"),
    *re.findall("[A-Za-z]{2,}", " ".join(ARTICLES)),
}


@pytest.fixture(autouse=True)
def _pseudo(monkeypatch):
    # One letter that takes two columns for each two English ones.
    monkeypatch.setattr(catalogue, "said", lambda text, language: spelled(text, each=2))


def spoken(capsys, *argv):
    """What the command prints on both streams, without a word of English."""
    assert main(argv) == 0
    out, err = capsys.readouterr()
    assert set(re.findall("[A-Za-z]{2,}", out + err)) <= NAMES
    assert "\u3042" in out
    wide = [line for line in out.splitlines() if width(line) > 80]
    assert all(re.match(r" *\d", line) for line in wide), "of rows only, as in English"
    return out, err


def edges(line, entry=r"\S+( \S+)*"):
    """The columns of the terminal at which the entries of a table's line end."""
    return [width(line[: match.end()]) for match in re.finditer(entry, line)]


LABEL = re.compile(r"^(\S+( \S+)*)? {2,}")
FITS = {
    "on its way": ("forward-kl",),
    "arrived": ("mse", "--start", "-5,1", "--lr", "1e-9"),
    "nothing moved": ("mse", "--start", "100,0.01"),
    "out of the window": ("reverse-kl", "--start", "17,1", "--coordinates", "log-sigma"),
    "a CDF": ("cramer-von-mises", "--target", "0,1", "--start", "0,9", "--optimizer", "sgd"),
    "too narrow": ("forward-kl", "--start", "0,0.001"),
    "another family": ("l1", "--family", "student-t", "--nu", "3", "--coordinates", "variance"),
    "smoothed": ("forward-kl", "--smoothing", "1e-6", "--weights", "1,2"),
    "other starts": ("mse", "--start", "2,3"),
}


@pytest.mark.parametrize("options", FITS.values(), ids=FITS)
def test_a_fit(capsys, options):
    out, err = spoken(capsys, "fit", *options, "--steps", "20", "--lang", "ja")
    head, *rows = next(part for part in out.split("\n\n") if "sigma" in part.splitlines()[0]).splitlines()
    assert len({tuple(edges(line)) for line in (head, *rows)}) == 1
    assert all(line.startswith("\u3042") for line in err.splitlines())
    header, *_, footer = out.strip("\n").split("\n\n")
    for part in (footer, header):  # all texts begin in one column, behind their labels
        assert len({edges(line, LABEL)[0] for line in part.splitlines()}) == 1


@pytest.mark.parametrize("what", ["table", "kernel", "histogram"])
def test_a_fit_to_a_file(capsys, tmp_path, monkeypatch, what):
    monkeypatch.chdir(tmp_path)
    x = np.linspace(0, 3, 40)
    np.savetxt("1.csv", np.column_stack([x, x * (3 - x)])[:, : 2 if what == "table" else 1])
    how = ("--target-file", "1.csv") if what == "table" else ("--samples", "1.csv", "--estimate", what)
    out, _ = spoken(capsys, "fit", "mse", *how, "--steps", "3", "--lang", "zh", "--csv", "2.csv")
    assert out.splitlines()[-1].endswith(" 2.csv")


STARTS = {
    "on their way": ("forward-kl",),
    "off the window": ("reverse-kl", "--steps", "300", "--lr", "0.1"),
    "out of their domain": ("mse", "--lr", "1e9", "--optimizer", "sgd"),
}


@pytest.mark.parametrize("options", STARTS.values(), ids=STARTS)
def test_many_fits(capsys, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    argv = ("fit", "--starts", "16", "--steps", "5", *options, "--lang", "ja", "--map", "1.png")
    out, err = spoken(capsys, *argv)
    head, *rows = out.split("\n\n")[1].splitlines()
    count, *others, _ = edges(head, r"\S+")
    placed = [edges(row, r"\S+") for row in rows if re.match(r" +\d+ +\S+% +\d+ ", row)]
    assert all((row[0], row[2:6]) == (count, others) for row in placed)
    assert err.startswith("\u3042")


def test_a_loss_that_is_infinite_everywhere(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    x = np.linspace(-5, 5, 101)
    np.savetxt("1.csv", np.column_stack([x, np.where(x < 0, 0.2, 0.0)]))
    argv = ("fit", "reverse-kl", "--target-file", "1.csv", "--lang", "ja")
    spoken(capsys, *argv, "--starts", "4", "--steps", "3")
    spoken(capsys, *argv, "--steps", "0", "--start", "0,1")


@pytest.mark.parametrize("article", ARTICLES)
def test_a_reproduction(capsys, article):
    out, _ = spoken(capsys, "reproduce", article, "--no-figures", "--lang", "ja")
    tables = [part.splitlines() for part in out.split("\n\n") if "e-0" in part or "e+0" in part]
    figures = [re.search(r" [+-]\de[+-]\d\d  ", line) for table in tables[1:] for line in table]
    assert sum(found is not None for found in figures) >= 7
    for title, head, *rows in tables[1:]:
        assert title
        printed = [edges(row)[-5:-1] for row in rows if re.search(r" [+-]\de[+-]\d\d  ", row)]
        assert all(columns == edges(head)[-4:] for columns in printed)


def test_rows_that_differ(capsys, monkeypatch):
    monkeypatch.setattr("divlite.articles.report.RELATIVE", 0.0)
    monkeypatch.setattr("divlite.articles.report.ABSOLUTE", 1e-7)
    assert main(["reproduce", "kl-div-reductions", "-q", "--lang", "zh"]) == 1
    out, _ = capsys.readouterr()
    assert set(re.findall("[A-Za-z]{2,}", out)) <= NAMES


def test_labels_of_any_width_line_up():
    cells = (Cell("1.0", 1.0), Cell("2.0", 3.0))
    rows = Row(phrase("a rather long label"), cells), Row("b", cells)
    table = Table(phrase("title"), phrase("by"), (phrase("the loss"), "mu"), rows, (phrase("why not"),))
    _, head, *figures, remark = lines(table, "ja")
    assert {tuple(edges(line)[-5:-1]) for line in figures} == {tuple(edges(head)[-4:])}
    assert figures[-1].endswith("\u3042" * 4)
    assert not re.search("[a-z]{3}", remark)


@pytest.mark.parametrize("verdict", ["minimum", "saddle", "maximum", "at the border", "flat", "undecided"])
def test_ends_of_every_kind_are_told(verdict):
    end = dl.solve(dl.MSE(), P, dl.Normal(-5, 1), GRID, backend="numpy")._replace(verdict=verdict)
    said = told(described(end), "ja")
    assert verdict in described(end)
    assert set(re.findall("[A-Za-z]{2,}", said)) <= NAMES
    path = dl.fit(dl.MSE(), P, dl.Normal(0, 1), GRID, optimizer=dl.adam(), steps=1)
    lost = told(Destination(end, None).basin, "ja"), *(told(r, "ja") for r in ends.remarks(path, str, 3))
    assert set(re.findall("[A-Za-z]{2,}", " ".join(lost))) <= NAMES


def test_the_notes_of_a_fit_are_phrases_and_stay_so_in_a_pickle():
    with pytest.warns(dl.FitWarning, match="masses 2 and 1, of P and of Q"):
        path = dl.fit(dl.MSE(), P, dl.Normal(0, 1), GRID, optimizer=dl.adam(), steps=1)
    (note,) = path.notes
    assert note.startswith("masses 2 and 1, of P")
    assert told(note, "ja").startswith("\u3042" * 3 + " 2 \u3042")
    (again,) = pickle.loads(pickle.dumps(path)).notes
    assert told(again, "ja") == told(pickle.loads(pickle.dumps(note)), "ja") == told(note, "ja")
    assert repr(path).startswith("Fit(mse: Normal(mu=")


def test_the_environment_names_a_language_and_the_option_another(capsys, monkeypatch):
    argv = ("fit", "mse", "--start", "-5,1", "--steps", "1")
    monkeypatch.setenv("DIVLITE_LANG", "zh")
    spoken(capsys, *argv)
    assert main([*argv, "--lang", "en"]) == 0
    assert "down the loss mse" in " ".join(capsys.readouterr().out.split())
    monkeypatch.setenv("DIVLITE_LANG", "fr")
    assert main(argv) == 2
    assert "DIVLITE_LANG: expected one of en, ja, zh" in capsys.readouterr().err


@pytest.mark.parametrize(("lang", "variable"), [("ja", None), (None, "zh")])
def test_an_output_without_the_letters_is_refused(lang, variable, monkeypatch):
    if variable is not None:
        monkeypatch.setenv("DIVLITE_LANG", variable)
    name = "--lang" if lang else "DIVLITE_LANG"
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    with pytest.raises(ValueError, match=f"^{name}: expected an output with letters for .*, got ascii$"):
        language(Namespace(lang=lang))
    assert language(Namespace(lang=lang, format="html")) == (lang or variable)
    assert language(Namespace(lang="en")) == "en"


DRAWN = {  # a command, and the function that draws for it
    "plot": (("fit", "mse", "--steps", "9", "--plot", "a.png"), "plot_summary"),
    "gif": (("fit", "mse", "--steps", "9", "--gif", "a.gif"), "write_gif"),
    "map": (("fit", "mse", "--steps", "9", "--starts", "4", "--map", "a.png"), "starts.plot_starts"),
    "force": (("explain", "mse", "-q", "--plot", "a.png"), "plot_force"),
    "force gif": (("explain", "mse", "-q", "--gif", "a.gif"), "write_force_gif"),
    "article": (("reproduce", "understanding-kl", "-q", "--out", "."), "plot_summary"),
    "article, moving": (("reproduce", "understanding-kl", "-q", "--out", "."), "write_gif"),
    "article, densities": (("reproduce", "understanding-kl", "-q", "--out", "."), "plot_densities"),
    "article, separations": (("reproduce", "forward-vs-reverse-kl", "-q", "--out", "."), "plot_separations"),
}


class Drawing(Exception):  # noqa: N818
    """That a figure would be drawn now."""


@pytest.mark.parametrize(("command", "name"), DRAWN.values(), ids=DRAWN)
def test_a_command_draws_in_its_language(command, name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def draw(*args, **options):
        if name in ("plot_summary", "write_gif"):
            assert "\u3042" in options.get("title", "\u3042")
        raise Drawing(options.get("lang", args[-1]))

    others = {"plot_summary", "write_gif", "plot_densities", "plot_separations"} - {name}
    if command[0] == "reproduce":  # what is drawn before it
        for other in others:
            quiet = SimpleNamespace(savefig=lambda file: None)
            monkeypatch.setattr(plotting, other, lambda *args, quiet=quiet, **options: quiet)
    monkeypatch.setattr(f"divlite.plotting.{name}", draw)
    monkeypatch.setattr(outputs, "writing", lambda option, file: nullcontext(file))
    with pytest.raises(Drawing, match=r"^ja$"):
        main([*command, "--lang", "ja"])

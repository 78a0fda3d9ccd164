"""`divlite fit --starts`: each fit is counted at the optimum downhill from where it ended, and drawn."""

import csv
import json
import re
import shlex
import warnings

import numpy as np
import pytest
from PIL import Image

import divlite as dl
from conftest import GRID, P, run
from divlite.commands import fit_starts
from divlite.plotting.starts import colours_of, edges, plot_starts


def rows_of(out):
    """(fits, arrived) of each row: by mu and sigma to five digits, or by words where there are none."""
    rows = {}
    for line in out.split("\n\n")[1].splitlines()[1:]:
        fits, share, *rest = line.split()
        assert share.endswith("%")
        placed = re.fullmatch(r"[\d,]+", rest[0])
        kind = (float(f"{float(rest[1]):.5g}"), float(f"{float(rest[2]):.5g}")) if placed else " ".join(rest)
        rows[kind] = int(fits), int(rest[0]) if placed else 0
    return rows


def counts(out):
    return {kind: fits for kind, (fits, _) in rows_of(out).items()}


def test_each_fit_is_counted_where_dl_fit_ends(capsys):
    """16 fits of MSE, long enough that all of them have arrived."""
    code, out, err = run(capsys, "fit", "mse", "--starts", "16", "--lr", "0.02", "--steps", "20000")
    assert code == 0
    assert "P has mass 2 on the grid" in err
    expected = {}
    mus = -15 + 30 * (np.arange(4) + 0.5) / 4
    low, high = 2 * 30 / 999, 30
    sigmas = low * (high / low) ** ((np.arange(4) + 0.5) / 4)
    for q0 in (dl.Normal(mu, sigma) for mu in mus for sigma in sigmas):
        path = dl.fit(dl.MSE(), P, q0, GRID, optimizer=dl.adam(0.02), steps=20_000)
        kind = tuple(float(f"{number:.5g}") for number in path.optimum.q)
        assert path.q == pytest.approx(kind, rel=5e-3), "it has arrived"
        expected[kind] = expected.get(kind, 0) + 1
    assert rows_of(out) == {kind: (fits, fits) for kind, fits in expected.items()}
    assert sum(counts(out).values()) == 16


def test_fits_on_their_way_have_not_arrived(capsys):
    out = run(capsys, "fit", "forward-kl", "--starts", "9", "--steps", "10")[1]
    assert rows_of(out) == {(2.5, 7.5664): (9, 0)}


def test_fits_off_the_window_are_one_row(capsys):
    code, out, err = run(capsys, "fit", "reverse-kl", "--starts", "64", "--steps", "3000", "--lr", "0.1")
    found = counts(out)
    assert code == 0
    assert sum(found.values()) == 64
    assert set(found) == {(-5, 1), (10, 1), "off the window"}
    assert found["off the window"] > 9
    assert "of Q's mass on the grid\n" in err
    assert "`" not in err, "that is Python's spelling"


def test_fits_that_leave_their_domain_are_told(capsys):
    argv = ("fit", "mse", "--starts", "4", "--steps", "5", "--lr", "1e9", "--optimizer", "sgd")
    _, out, err = run(capsys, *argv)
    assert counts(out)["no finite loss, or sigma left its domain"] >= 1
    assert "try a smaller --lr, or --coordinates log-sigma" in err


def test_an_infinite_loss_leaves_no_optimum(capsys, tmp_path):
    table, file = tmp_path / "p.csv", tmp_path / "map.png"
    x = np.linspace(-5, 5, 101)
    np.savetxt(table, np.column_stack([x, np.where(x < 0, 0.2, 0.0)]))
    argv = ("fit", "reverse-kl", "--target-file", str(table), "--starts", "4", "--steps", "3")
    code, out, _ = run(capsys, *argv, "--map", str(file))
    assert code == 0
    assert counts(out) == {"no finite loss, or sigma left its domain": 4}
    assert file.exists()


@pytest.mark.parametrize(("asked", "made"), [(1, 1), (7, 8), (16, 16), (1000, 1000), (997, 999)])
def test_the_lattice_has_as_many_starts_as_asked_or_a_few_more(asked, made):
    request = fit_starts.Request(
        dl.MSE(), P, dl.Normal(0, 1), GRID, dl.adam(), 1, dl.Sigma(), "numpy", "", {}
    )
    mu, sigma = fit_starts.lattice(request, asked)
    assert mu.size * sigma.size == made
    assert sigma.size <= mu.size <= 2 * sigma.size
    assert -15 < mu[0] <= mu[-1] < 15
    assert 2 * 30 / 999 < sigma[0] <= sigma[-1] < 30


def test_the_map_has_each_start_in_the_colour_of_its_end():
    ends = np.array([[0, 1, 2], [-1, 2, 2]])
    optima = [dl.solve(dl.MSE(), P, dl.Normal(mu, 1), GRID, backend="numpy") for mu in (-5, 10, 100)]
    mu, sigma = np.array([-10.0, 0.0, 10.0]), np.array([0.1, 10.0])
    figure = plot_starts(P, GRID, mu, sigma, ends, optima, "Where 6 fits lead")
    _, ax = figure.axes
    (mesh,) = ax.collections
    figure.canvas.draw()
    drawn = mesh.to_rgba(mesh.get_array()).reshape(2, 3, 4)
    from matplotlib.colors import to_rgba

    colours = [to_rgba(colour) for colour in colours_of(optima)]
    for i in range(2):
        for j in range(3):
            assert tuple(drawn[i, j]) == pytest.approx(colours[ends[i, j] + 1])
    assert len(set(colours)) == 4
    places = [(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.get_lines()]
    assert places == [(-5, pytest.approx(1)), (10, pytest.approx(1))], "the third is no minimum"
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert [word.split(": ")[-1] for word in words[:3]] == [
        f"{s} of the starts" for s in ("16.7%", "16.7%", "50.0%")
    ]
    assert edges(np.array([1.0, 3.0])).tolist() == [0, 2, 4]


def test_the_map_is_written(capsys, tmp_path):
    file = tmp_path / "map.png"
    code, out, _ = run(capsys, "fit", "mse", "--starts", "6", "--steps", "5", "--map", str(file), "-q")
    assert (code, out) == (0, "")
    with Image.open(file) as image:
        assert min(image.size) > 700


def test_settings_of_another_fit_serve_for_many(capsys, tmp_path):
    file = tmp_path / "fit.json"
    assert run(capsys, "fit", "mse", "--start", "1,2", "--steps", "7", "-q", "--json", str(file))[0] == 0
    assert json.loads(file.read_text())["settings"]["steps"] == 7
    code, out, _ = run(capsys, "fit", "--from-json", str(file), "--starts", "4")
    assert code == 0
    assert "7 steps in mu and sigma" in " ".join(out.split())
    assert sum(counts(out).values()) == 4


def test_what_was_found_is_written(capsys, tmp_path):
    """A row for each start: it, the fit that `dl.fit` makes of it, and the optimum of the printed table."""
    table, file = tmp_path / "fits.csv", tmp_path / "fits.json"
    argv = ("fit", "reverse-kl", "--starts", "12", "--steps", "400", "--lr", "0.1")
    code, out, err = run(capsys, *argv, "--csv", str(table), "--json", str(file))
    assert code == 0
    assert out.endswith(f"\nwrote {table}\nwrote {file}\n")
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = json.loads(file.read_text())
    assert len(rows) == 12
    for i, row in enumerate(rows):
        q0 = dl.Normal(float(row["start_mu"]), float(row["start_sigma"]))
        with warnings.catch_warnings(action="ignore"):
            path = dl.fit(dl.ReverseKL(), P, q0, GRID, optimizer=dl.adam(0.1), steps=400)
        assert (float(row["mu"]), float(row["sigma"]), float(row["loss"])) == (*path.q, path.loss[-1])
        assert row["steps"] == "400"
        end = found["ends"][found["starts"]["end"][i]]
        assert row["verdict"] == end["verdict"]
        placed = [row[f"optimum_{name}"] for name in ("mu", "sigma", "loss")]
        assert placed == [repr(end[name]) if name in end else "" for name in ("mu", "sigma", "loss")]
        for name in ("start_mu", "start_sigma", "mu", "sigma", "loss", "steps"):
            assert found["starts"][name][i] == float(row[name])
    kinds = {end["verdict"]: end["fits"] for end in found["ends"] if "mu" not in end}
    placed = {
        (end["mu"], end["sigma"]): (end["fits"], end["arrived"]) for end in found["ends"] if "mu" in end
    }
    assert kinds
    assert len(placed) > 1
    assert rows_of(out) == {kind: (fits, 0) for kind, fits in kinds.items()} | {
        tuple(float(f"{number:.5g}") for number in place): numbers for place, numbers in placed.items()
    }
    assert [f"divlite: warning: {note}" for note in found["notes"]] == err.splitlines()
    again = run(capsys, "fit", "--from-json", str(file))
    assert again[0] == 0
    assert again[1] == out.rpartition("\n\n")[0] + "\n"
    assert run(capsys, *shlex.split(found["command"])[1:])[1] == again[1]


def test_a_fit_without_an_end_is_written_so(capsys, tmp_path):
    argv = ("fit", "mse", "--starts", "4", "--steps", "5", "--lr", "1e9", "--optimizer", "sgd")
    _, out, _ = run(capsys, *argv, "--json", "/dev/stdout")
    found = json.loads(out)
    assert None in found["starts"]["end"]
    assert found["settings"]["starts"] == 4
    assert all(end["fits"] > 0 for end in found["ends"])
    run(capsys, *argv, "-q", "--csv", str(tmp_path / "f.csv"))
    rows = (tmp_path / "f.csv").read_text().splitlines()[1:]
    assert [row.endswith(",,,,") for row in rows] == [end is None for end in found["starts"]["end"]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--map", "x.png"), "--map: expected only with --starts"),
        (("--starts", "4", "--start", "0,1"), "--start: expected only with no --starts"),
        (("--starts", "4", "--plot", "x.png"), "--plot: expected only with no --starts"),
        (("--starts", "4", "--json", "none/x.json"), "--json: expected a file in an existing folder"),
        (("--starts", "0"), "--starts: expected a whole number >= 1, got 0"),
        (("--starts", "4", "--map", "x.gif"), "--map: expected a file name that ends in .png"),
        (("--starts", "4", "--target", "0,-1"), "--target SIGMA: expected a finite number > 0, got -1.0"),
    ],
)
def test_bad_input_gets_one_line(capsys, options, message):
    code, out, err = run(capsys, "fit", "mse", *options)
    assert (code, out) == (2, "")
    assert err.startswith(f"divlite: error: {message}")
    assert err.count("\n") == 1

"""The command line as a stranger meets it: tables, files, exit codes, and one line for bad input."""

import csv
import json
import math
import shlex
import subprocess
import sys
import warnings
from functools import partial

import numpy as np
import pytest
from PIL import Image

import divlite as dl
from conftest import run
from divlite import plotting
from divlite.commands import check
from divlite.commands.fit_arguments import NAMES
from divlite.views import view_of


def quietly(*args, **kwargs):
    """dl.fit, of masses that differ as the default target's do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dl.FitWarning)
        return dl.fit(*args, **kwargs)


def test_reproduce_prints_a_verdict_a_row_and_a_summary(capsys):
    code, out, err = run(capsys, "reproduce", "--no-figures")
    assert (code, err) == (0, "")
    assert out.count("  ok\n") == 207, (
        "a verdict a figure: 206 printed ones, and one that the article only tells of"
    )
    assert max(map(len, out.splitlines())) <= 80
    assert "DIFFERS" not in out
    assert out.splitlines()[-1] == "119 of 119 rows reproduced on the numba backend"
    for words in ("optimum at", "stopped at", "why inf", "why -inf", "why below 0", "no table is"):
        assert words in out


def test_reproduce_one_article_on_another_backend(capsys):
    code, out, _ = run(capsys, "reproduce", "kl-div-reductions", "--backend", "torch", "--no-figures")
    assert code == 0
    assert out.splitlines()[-1] == "7 of 7 rows reproduced on the torch backend"


def test_reproduce_fails_when_a_row_does(capsys, monkeypatch):
    monkeypatch.setattr("divlite.articles.report.RELATIVE", 0.0)
    monkeypatch.setattr("divlite.articles.report.ABSOLUTE", 1e-7)
    code, out, _ = run(capsys, "reproduce", "forward-vs-reverse-kl", "--no-figures")
    assert code == 1
    assert "DIFFERS" in out


def test_reproduce_writes_its_figures(capsys, tmp_path, monkeypatch):
    """All of them; the animations have two of their hundred frames here."""
    monkeypatch.setattr(plotting, "write_gif", partial(plotting.write_gif, frames=2))
    code, out, _ = run(
        capsys, "reproduce", "forward-vs-reverse-kl", "--out", str(tmp_path / "new" / "folder")
    )
    files = sorted((tmp_path / "new" / "folder").iterdir())
    assert code == 0
    assert f"{len(files)} drawings and animations in" in out
    assert {f.suffix for f in files} == {".png", ".gif"}
    assert len(files) == 11
    for file in files:
        with Image.open(file) as image:
            assert min(image.size) > 300


def table_of(out):
    """The rows of the table, between the lines that say what was done and those that say how it ended."""
    _, table, _ = out.split("\n\n")
    head, *rows = [line.split() for line in table.splitlines()]
    assert head == ["step", "loss", "mu", "sigma"]
    return rows


@pytest.mark.parametrize("loss", dl.LOSSES, ids=dl.loss_name)
def test_fit_prints_the_table(capsys, loss):
    code, out, err = run(
        capsys, "fit", dl.loss_name(loss), "--steps", "40", "--every", "15", "--start", "-1,2"
    )
    assert code == 0
    assert err.startswith("divlite: warning: masses 2 and 1, ") == view_of(loss).masses
    rows = table_of(out)
    assert [row[0] for row in rows] == ["0", "15", "30", "40"]
    p = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1)))
    fit = quietly(loss, p, dl.Normal(-1, 2), dl.Grid.linspace(-15, 15, 1000), optimizer=dl.adam(), steps=40)
    assert [float(number) for number in rows[-1][1:]] == pytest.approx((fit.loss[-1], *fit.q), rel=1e-7)


def test_fit_with_every_option_is_the_library_call(capsys, tmp_path):
    """A minus sign at the front of a value, which argparse alone takes for an option, among them."""
    file = tmp_path / "fit.json"
    options = """
        --target "-0.5,0.4 1.5,0.4" --weights 3,1 --grid -10,10,501 --reduction sum --start -1,1
        --optimizer sgd --lr 1e-4 --momentum 0.5 --steps 30 --coordinates variance --scale 3.14
        --smoothing 1e-12 --backend numpy --json
    """
    assert run(capsys, "fit", "reverse-kl", *shlex.split(options), str(file))[0] == 0
    fit = quietly(
        dl.Smoothed(dl.ReverseKL(), 1e-12),
        dl.Mixture((3, 1), (dl.Normal(-0.5, 0.4), dl.Normal(1.5, 0.4))),
        dl.Normal(-1, 1),
        dl.Grid.linspace(-10, 10, 501, "sum"),
        optimizer=dl.sgd(1e-4, 0.5),
        steps=30,
        coordinates=dl.Variance(3.14),
        backend="numpy",
    )
    document = json.loads(file.read_text())
    assert (document["mu"], document["sigma"]) == fit.q
    assert document["path"]["loss"] == fit.loss.tolist()


def test_fit_adam_options(capsys, tmp_path):
    file = tmp_path / "fit.csv"
    options = (
        "--lr",
        "0.1",
        "--betas",
        "0.8,0.99",
        "--eps",
        "1e-3",
        "--epsilon-hat",
        "--coordinates",
        "log-sigma",
    )
    assert run(capsys, "fit", "mse", "--steps", "5", *options, "--csv", str(file))[0] == 0
    p, grid = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1))), dl.Grid.linspace(-15, 15, 1000)
    adam = dl.adam(0.1, (0.8, 0.99), 1e-3, epsilon_hat=True)
    fit = quietly(dl.MSE(), p, dl.Normal(0, 1), grid, optimizer=adam, steps=5, coordinates=dl.LogSigma())
    with file.open(newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["step", "loss", "mu", "sigma"]
    assert [[float(n) for n in row] for row in rows[1:]] == [
        [i, fit.loss[i], fit.mu[i], fit.sigma[i]] for i in range(6)
    ]


@pytest.mark.parametrize("kind", ["csv", "headed", "npy"])
def test_fit_to_a_file(capsys, tmp_path, kind):
    x = np.linspace(-4, 6, 300)
    data = np.stack([x, dl.Normal(1.5, 0.8).prob(x)], axis=1)
    file = tmp_path / ("target.npy" if kind == "npy" else "target.csv")
    if kind == "npy":
        np.save(file, data)
    else:
        np.savetxt(file, data, delimiter=",", header="x,density" if kind == "headed" else "", comments="")
    options = ("--start", "0,1", "--reduction", "integral", "--lr", "0.05", "--steps", "3000")
    options += ("--coordinates", "log-sigma", "--target-file", str(file))
    code, out, err = run(capsys, "fit", "forward-kl", *options)
    assert (code, err) == (0, "")
    _, loss, mu, sigma = map(float, table_of(out)[-1])
    assert (mu, sigma) == pytest.approx((1.5, 0.8), rel=1e-5)
    assert loss == pytest.approx(0, abs=1e-8)


def test_fit_draws(capsys, tmp_path):
    files = [tmp_path / name for name in ("fit.png", "fit.svg", "fit.gif")]
    for option, file in zip(("--plot", "--plot", "--gif"), files, strict=True):
        code, out, _ = run(capsys, "fit", "mse", "--steps", "2", option, str(file))
        assert code == 0
        assert out.splitlines()[-1] == f"wrote {file}"
        assert file.stat().st_size > 5_000


def test_json_has_no_infinity(capsys, tmp_path):
    """Which is no JSON: an infinite loss, at the start of a fit of no steps, is null."""
    target, file = tmp_path / "target.csv", tmp_path / "fit.json"
    target.write_text("0,0\n1,1\n2,1\n")
    code, out, _ = run(
        capsys, "fit", "reverse-kl", "--target-file", str(target), "--steps", "0", "--json", str(file)
    )
    assert code == 0
    assert "inf" in out
    assert json.loads(file.read_text(), parse_constant=lambda name: pytest.fail(name))["loss"] is None


def test_check_prints_the_parity_table(capsys):
    code, out, _ = run(capsys, "check", "--steps", "20")
    assert code == 0
    for loss in check.COMPARED:
        assert out.count(f"\n{check.title(loss)} ") == 3 + hasattr(loss, "d_log_q")
    assert "torch" in out
    rows = 3 * len(check.COMPARED) + SENSITIVE
    assert out.splitlines()[-1] == f"{rows} of {rows} rows hold"


def test_check_prints_each_limit_after_its_errors():
    limits = {"numba": 1e-12, "torch": 1e-12, "difference": 1e-8}
    compared = check.Row("mse", "gradient", {"numba": 1e-15, "torch": 2e-15, "difference": 3e-11}, limits)
    numbers = " ".join(check.line(compared, tuple(limits), 5).split())
    assert numbers == "mse gradient 1.0e-15 2.0e-15 1e-12 3.0e-11 1e-08 ok"
    without = compared._replace(errors={"numba": 1e-11, "torch": 2e-15})
    numbers = " ".join(check.line(without, tuple(limits), 5).split())
    assert numbers == "mse gradient 1.0e-11 2.0e-15 1e-12 - - DIFFERS"


def off_by(*factors):
    """An `evaluate` whose value and derivatives by mu and sigma are off by these factors."""

    def wrong(evaluate):
        def bind(setting):
            right = evaluate(setting)
            return lambda mu, sigma: tuple(np.multiply(right(mu, sigma), factors))

        return bind

    return wrong


def off_in_one_element(f):
    return lambda *args: (lambda d: d + 1e-11 * np.abs(d).max() * (np.arange(d.size) == 31))(f(*args))


def off_everywhere(f):
    return lambda *args: f(*args) * (1 + 1e-6)


def off_at_one_step(f):
    return lambda *args: tuple(a + 2e-3 * (np.arange(a.size) == 3) for a in f(*args))


ALL = len(check.COMPARED)
SENSITIVE = sum(hasattr(loss, "d_log_q") for loss in check.COMPARED)


@pytest.mark.parametrize(
    ("part", "wrong", "quantity", "rows"),
    [
        ("evaluate", off_by(1 + 1e-11, 1, 1), "value", ALL),
        ("evaluate", off_by(1, 1 + 1e-10, 1), "gradient", ALL),
        ("evaluate", off_by(1, 1, 1 + 1e-11), "gradient", ALL),
        ("d_log_q", off_in_one_element, "d_log_q", SENSITIVE),
        ("path", off_at_one_step, "path", ALL),
    ],
)
def test_check_fails_when_a_backend_is_wrong(capsys, monkeypatch, part, wrong, quantity, rows):
    """In one quantity: its rows differ, and no other; at a kink a path has a wider limit, passed too."""
    numba = dl.backends.resolve("numba")
    own = numba._replace(**{part: wrong(getattr(numba, part))})
    monkeypatch.setattr(check, "resolve", lambda name: own)
    assert_differs(capsys, quantity, rows)


def assert_differs(capsys, quantity, rows):
    code, out, _ = run(capsys, "check", "--steps", "2" if quantity != "path" else "5")
    assert code == 1
    differing = [line.split() for line in out.splitlines() if line.endswith("DIFFERS")]
    assert len(differing) == rows
    assert all(quantity in row for row in differing)


@pytest.mark.parametrize(
    ("part", "wrong", "quantity", "rows"),
    [
        ("evaluate", off_by(1, 1 + 1e-5, 1 + 1e-5), "gradient", ALL),
        ("d_log_q", off_everywhere, "d_log_q", SENSITIVE),
    ],
)
def test_check_fails_when_the_formulas_are_wrong(capsys, monkeypatch, part, wrong, quantity, rows):
    """All backends wrong alike: only the differences can tell."""
    numpy = dl.backends.resolve("numpy")
    own = numpy._replace(**{part: wrong(getattr(numpy, part))})
    monkeypatch.setattr(check, "NUMPY", own)
    monkeypatch.setattr(check, "resolve", lambda name: own)
    assert_differs(capsys, quantity, rows)


@pytest.mark.parametrize("error", [math.nan, 1e-12 * (1 + 1e-9), math.inf])
def test_a_row_of_check_can_fail(error):
    limits = {"numba": 1e-12, "torch": 1e-12}
    assert check.Row("", "", {"numba": 0.0, "torch": 1e-12}, limits).holds
    assert not check.Row("", "", {"numba": 0.0, "torch": error}, limits).holds


COMMANDS = (
    "reproduce, fit, optima, landscape, explain, crosscheck, kl-div, ledger, microscope, names, check, bench"
)
BAD = {
    ("fit", "kl"): "argument LOSS: expected one of " + ", ".join(NAMES) + ", got 'kl'",
    ("fit",): "the following arguments are required: LOSS",
    ("fly",): f"expected one of {COMMANDS}, got 'fly'",
    ("explian", "mse"): "got 'explian'; did you mean explain?",
    ("fit", "foward-kl"): "got 'foward-kl'; did you mean forward-kl?",
    ("fit", "ReverseKL"): "got 'ReverseKL'; did you mean reverse-kl?",
    ("fit", "mse", "--strat", "1,2"): "divlite fit: error: --strat: no such option; did you mean --start?",
    ("fit", "mse", "--qqqq=3"): "--qqqq: no such option; divlite fit --help lists them",
    ("fit", "mse", "mse"): "divlite fit: error: expected no more arguments, got 'mse'",
    ("fit", "mse", "--reduction", "som"): "expected one of mean, sum, integral, got 'som'; did you mean sum?",
    ("fit", "mse", "--start", "0,-1"): "error: --start SIGMA: expected a finite number > 0, got -1.0",
    ("fit", "mse", "--start", "nan,1"): "error: --start MU: expected a finite number, got nan",
    ("fit", "mse", "--target", "0,0"): "error: --target SIGMA: expected a finite number > 0, got 0.0",
    ("fit", "mse", "--start", "0"): "argument --start: expected 2 numbers separated by commas, got '0'",
    ("fit", "mse", "--target", "1;2"): "argument --target: expected 2 numbers separated by commas, got '1;2'",
    ("fit", "mse", "--weights", "1,x"): "argument --weights: expected numbers separated by commas, got '1,x'",
    ("fit", "mse", "--weights", "1"): "error: --weights: expected 2 of them, one a component, got 1",
    ("fit", "mse", "--grid", "3,1,9"): "error: --grid STOP: expected a number above start = 3, got 1",
    ("fit", "mse", "--grid", "0,1,2.5"): "error: --grid NUM: expected a whole number >= 2, got 2.5",
    ("fit", "mse", "--grid", "0,1,nan"): "error: --grid NUM: expected a whole number >= 2, got nan",
    ("fit", "mse", "--steps", "-3"): "error: --steps: expected a whole number >= 0, got -3",
    (
        "fit",
        "mse",
        "--steps",
        "many",
    ): "argument --steps: expected a whole number up to 1e+15, such as 10000 or 1e4, got 'many'",
    ("fit", "mse", "--steps", "1.5"): "expected a whole number up to 1e+15",
    ("fit", "mse", "--steps", "1e999999999"): "expected a whole number up to 1e+15",
    ("fit", "mse", "--every", "0"): "--every: expected a whole number >= 1, got 0",
    ("fit", "mse", "--lr", "0"): "error: --lr: expected a finite number > 0, got 0.0",
    ("fit", "mse", "--lr", "nan"): "error: --lr: expected a finite number > 0, got nan",
    ("fit", "mse", "--lr", "fast"): "argument --lr: expected a number, got 'fast'",
    ("fit", "mse", "--betas", "0.9,1"): "error: --betas: expected a number in [0, 1), got 1.0",
    ("fit", "mse", "--eps", "-1"): "error: --eps: expected a number >= 0, got -1.0",
    ("fit", "mse", "--optimizer", "sgd", "--momentum", "1"): "error: --momentum: expected a number in [0, 1)",
    ("fit", "mse", "--momentum", "0.5"): "--momentum: expected only with --optimizer sgd",
    ("fit", "mse", "--scale", "2"): "--scale: expected only with --coordinates variance",
    ("fit", "mse", "--coordinates", "variance", "--scale", "0"): "--scale: expected a finite number > 0",
    ("fit", "mse", "--smoothing", "0"): "--smoothing: expected a finite number > 0, got 0.0",
    ("fit", "mse", "--backend", "jax"): "argument --backend: expected one of numba, numpy, torch, got 'jax'",
    ("fit", "mse", "--target-file", "none.csv"): "--target-file: expected an existing file, got none.csv",
    ("fit", "mse", "--target-file", "x", "--grid", "0,1,9"): "--grid: expected only with no --target-file",
    (
        "fit",
        "mse",
        "--steps",
        "5",
        "--csv",
        "no/such/folder/f.csv",
    ): "--csv: expected a file in an existing folder",
    (
        "fit",
        "mse",
        "--steps",
        "5",
        "--plot",
        "fit.xyz",
    ): "--plot: expected a file name that ends in .png or .svg",
    (
        "fit",
        "reverse-kl",
        "--start",
        "8,3",
        "--optimizer",
        "sgd",
        "--lr",
        "2e3",
    ): "at step 1; try a smaller --lr, or --coordinates log-sigma",
    ("reproduce", "kl"): "argument ARTICLE: expected one of understanding-kl, forward-vs-reverse-kl",
    ("reproduce", "--out", "/dev/null"): "--out: expected a folder, or the name of a new one, got /dev/null",
    ("explain", "mse", "--at", "0,0"): "error: --at SIGMA: expected a finite number > 0, got 0.0",
    ("explain", "mse", "--wrt", "log-sigma"): "error: --wrt: expected one of mu, sigma, got 'log-sigma'",
    ("explain", "mse", "--part", "10"): "error: --part: expected a whole number from 1 to 9, got 10",
    ("explain", "mse", "--part", "1", "--format", "html"): "--part: expected only with --format terminal",
    ("explain", "--part", "1"): "LOSS: expected one with --part, got none",
    ("explain", "normal-kl", "--plot", "f.png"): "--plot: expected a loss that is taken on a grid",
    ("check", "--steps", "0"): "--steps: expected a whole number >= 1, got 0",
}


@pytest.mark.parametrize("argv", BAD, ids=" ".join)
def test_bad_input_gets_one_line_and_exit_code_2(capsys, argv, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *argv)
    assert code == 2
    assert err.count("\n") == 1
    assert "error: " in err
    assert BAD[argv] in err
    assert "Traceback" not in out + err


def test_a_first_line_is_a_header_only_if_no_field_is_a_number(capsys, tmp_path):
    """A slip in the first row of data must not drop it without a word."""
    file = tmp_path / "target.csv"
    file.write_text("0,1 # first\n1,2\n2,1\n")
    code, _, err = run(capsys, "fit", "mse", "--target-file", str(file))
    assert code == 2
    assert "line 1 is '0,1 # first'" in err


def test_junk_with_the_name_of_an_array_gets_one_line(capsys, tmp_path):
    file = tmp_path / "target.npy"
    for junk in (b"", b"PK\x03\x04 junk", b"\x93NUMPY\x01\x00v\x00{'descr': "):
        file.write_bytes(junk)
        code, _, err = run(capsys, "fit", "mse", "--target-file", str(file))
        assert code == 2
        assert err.count("\n") == 1


@pytest.mark.parametrize(
    "content",
    ["", "x,density\n", "1\n2\n", "1,2,3\n4,5,6\n", "1,a\n2,b\n", "1,1\n0,1\n", "0,-1\n1,1\n", "0,0\n1,0\n"],
)
def test_a_bad_target_file_gets_one_line(capsys, tmp_path, content):
    file = tmp_path / "target.csv"
    file.write_text(content)
    code, _, err = run(capsys, "fit", "mse", "--target-file", str(file), "--steps", "3")
    if content == "0,0\n1,0\n":
        assert code == 0  # a target that is 0 everywhere is a target, to the MSE
    else:
        assert code == 2
        assert err.count("\n") == 1


def test_help_names_every_command(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for command in ("reproduce", "fit", "check", "bench"):
        assert command in out
        code, text, _ = run(capsys, command, "--help")
        assert code == 0
        assert text.startswith(f"usage: divlite {command}")
    assert run(capsys)[:2] == (0, out)
    assert run(capsys, "--version")[1] == f"divlite {dl.__version__}\n"


def test_help_imports_nothing_heavy():
    code = "import sys, divlite.cli as c\ntry: c.main(['--help'])\nexcept SystemExit: pass\n"
    code += "assert not {'numba', 'torch', 'matplotlib', 'tqdm'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


def test_nothing_but_the_result_goes_into_a_pipe():
    done = subprocess.run(
        [sys.executable, "-m", "divlite", "reproduce", "kl-div-reductions", "--no-figures"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "\r" not in done.stdout
    assert "sum / 24 = 3.7828." in done.stdout

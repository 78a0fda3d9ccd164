"""`divlite optima` and `divlite landscape`: the same numbers as `dl.optima`, and a picture."""

import json

import numpy as np
import pytest
from PIL import Image

import divlite as dl
from conftest import GRID, P, run

FEW = ("--starts", "6,5")


def flowing(text):
    """The text without its line breaks and the blanks that align it."""
    return " ".join(text.split())


@pytest.mark.parametrize("command", ["optima", "landscape"])
def test_it_prints_the_optima_of_the_usual_target(capsys, command):
    code, out, err = run(capsys, command, "forward-kl", *FEW)
    assert (code, err) == (0, "")
    head, table = out.split("\n\n")[:2]
    where = "mass 2 on 1,000 points from -15 to 15; reduction mean"
    assert flowing(head) == f"P Normal(-5, 1) + Normal(10, 1); {where}"
    assert flowing(table) == flowing(str(dl.optima(dl.ForwardKL(), P, GRID, starts=(6, 5))))
    assert max(map(len, out.splitlines())) <= 80
    assert ("With --plot FILE the landscape is drawn." in out) == (command == "landscape")


def test_every_option_is_the_library_call(capsys, tmp_path):
    file = tmp_path / "optima.json"
    options = ("--target", "-0.5,0.4 1.5,0.4", "--weights", "3,1", "--grid", "-1,2,301", "--reduction", "sum")
    box = ("--mu", "-1,2", "--sigma", "0.1,2", "--smoothing", "1e-3", "--family", "student-t", "--nu", "3")
    argv = ("optima", "reverse-kl", *options, *box, *FEW, "--backend", "numpy", "--json", str(file))
    code, out, _ = run(capsys, *argv)
    p = dl.Mixture((3, 1), (dl.Normal(-0.5, 0.4), dl.Normal(1.5, 0.4)))
    found = dl.optima(
        dl.Smoothed(dl.ReverseKL(), 1e-3),
        p,
        dl.Grid.linspace(-1, 2, 301, "sum"),
        box=((-1, 2), (0.1, 2)),
        family=dl.StudentT(0, 1, 3),
        starts=(6, 5),
        backend="numpy",
    )
    assert code == 0
    assert flowing(str(found)) in flowing(out)
    assert out.endswith(f"wrote {file}\n")
    document = json.loads(file.read_text())
    told = document["minima"]
    assert [(o["mu"], o["sigma"], o["nu"], o["loss"]) for o in told] == [(*o.q, o.loss) for o in found.minima]
    assert tuple(o["share"] for o in told) == found.share
    assert [o["verdict"] for o in document["others"]] == [o.verdict for o in found.others]
    assert document["box"] == {"mu": [-1, 2], "sigma": [0.1, 2]}
    assert (document["starts"], document["infimum"]) == (30, found.infimum)


def test_one_side_of_the_box_alone(capsys, tmp_path):
    file = tmp_path / "optima.json"
    assert run(capsys, "optima", "mse", "--sigma", "0.5,5", *FEW, "-q", "--json", str(file)) == (0, "", "")
    assert json.loads(file.read_text())["box"] == {"mu": [-15, 15], "sigma": [0.5, 5]}


def test_losses_with_kinks_say_nothing_on_stderr(capsys):
    code, _, err = run(capsys, "optima", "l1", *FEW)
    assert (code, err) == (0, "")


def test_landscapes_on_one_page(capsys, tmp_path):
    one, two = tmp_path / "one.png", tmp_path / "two.svg"
    assert run(capsys, "landscape", "mse", "--plot", str(one)) == (0, f"wrote {one}\n", "")
    with Image.open(one) as image:
        assert min(image.size) > 500
    argv = (
        "landscape",
        "mse",
        "cosine",
        "mse",
        "--mu",
        "-20,20",
        "--sigma",
        "0.5,20",
        "--plot",
        str(two),
        "-q",
    )
    assert run(capsys, *argv) == (0, "", "")
    assert two.read_text().count("<!-- cosine -->") == 1
    assert two.read_text().count("<!-- mse -->") == 1


def test_an_infinite_loss_gets_one_line(capsys, tmp_path):
    file, x = tmp_path / "p.csv", np.linspace(-5, 5, 101)
    np.savetxt(file, np.column_stack([x, np.where(x < 0, 0.2, 0.0)]))
    code, out, err = run(capsys, "optima", "reverse-kl", "--target-file", str(file), *FEW)
    assert (code, out) == (2, "")
    says = "LOSS: expected one that is finite at some start, got reverse-kl, infinite at all 30 starts"
    assert err.startswith(f"divlite: error: {says}")
    assert "--smoothing EPS" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("mse", "--mu", "3,1"), "--mu: expected two finite numbers, FROM < TO, got 3,1"),
        (("mse", "--mu", "1,inf"), "--mu: expected two finite numbers, FROM < TO, got 1,inf"),
        (("mse", "--sigma", "0,1"), "--sigma: expected two numbers > 0, FROM < TO, got 0,1"),
        (("mse", "--starts", "1.5,2"), "--starts: expected a whole number >= 1, got 1.5"),
        (("mse", "--target", "0,-1"), "--target SIGMA: expected a finite number > 0, got -1.0"),
        (("mse", "--nu", "3"), "--nu: expected only with --family student-t"),
        (("mse", "--family", "student-t"), "--nu: expected a number > 0, for --family student-t, got none"),
        (("mse", "--bandwidth", "3"), "--bandwidth: expected only with --samples"),
    ],
)
@pytest.mark.parametrize("command", ["optima", "landscape"])
def test_bad_input_gets_one_line(capsys, command, options, message):
    code, out, err = run(capsys, command, *options)
    assert (code, out) == (2, "")
    assert err.startswith(f"divlite: error: {message}")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("optima", "mze"), "divlite optima: error: argument LOSS: expected one of"),
        (("landscape",), "divlite landscape: error: the following arguments are required: LOSS"),
        (
            ("landscape", "mse", "--plot", "x.gif"),
            "divlite: error: --plot: expected a file name",
        ),
        (
            ("landscape", "mse", "--plot", "x.png", "--starts", "3,3"),
            "divlite: error: --starts: expected only without --plot",
        ),
        (
            ("optima", "mse", "--json", "nowhere/o.json"),
            "divlite: error: --json: expected a file in an",
        ),
    ],
)
def test_bad_input_of_one_command(capsys, argv, message):
    code, out, err = run(capsys, *argv)
    assert (code, out) == (2, "")
    assert err.startswith(message)

"""`divlite ledger`: the same table and the same numbers as `dl.ledger`."""

import json

import numpy as np
import pytest

import divlite as dl
from conftest import GRID, P, run


def test_it_prints_the_ledger_of_the_usual_target(capsys):
    code, out, err = run(capsys, "ledger")
    assert (code, err) == (0, "")
    head, table = out.split("\n\n", 1)
    assert head.splitlines() == ["P  Normal(-5, 1) + Normal(10, 1)", "Q  Normal(0, 1)"]
    assert table == f"{dl.ledger(P, dl.Normal(0, 1), GRID)}\n"


def test_every_option_is_the_library_call(capsys, tmp_path):
    file = tmp_path / "ledger.json"
    options = ("--target", "-0.5,0.4 1.5,0.4", "--weights", "3,1", "--grid", "-1,2,301", "--reduction", "sum")
    member = ("--family", "student-t", "--nu", "3", "--at", "-0.2,0.8")
    code, out, _ = run(capsys, "ledger", *options, *member, "--json", str(file))
    p = dl.Mixture((3, 1), (dl.Normal(-0.5, 0.4), dl.Normal(1.5, 0.4)))
    found = dl.ledger(p, dl.StudentT(-0.2, 0.8, 3), dl.Grid.linspace(-1, 2, 301, "sum"))
    assert code == 0
    assert out.endswith(f"{found}\nwrote {file}\n")
    document = json.loads(file.read_text())
    for name in ("total", "shape", "mass", "truncation", "spacing", "generalised", "normalised", "factor"):
        assert document[name] == getattr(found, name)
    assert document["p_masses"] == found.p_masses._asdict()
    assert document["printed"] == found.printed
    assert document["q"] == {"mu": -0.2, "sigma": 0.8, "nu": 3.0}
    assert document["points"] == 301


def test_a_file_is_a_target_and_its_moments_are_q(capsys, tmp_path):
    file = tmp_path / "p.csv"
    p = dl.Normal(1, 2).prob(GRID.x)
    np.savetxt(file, np.column_stack([GRID.x, p]), delimiter=",")
    code, out, _ = run(capsys, "ledger", "--target-file", str(file), "--reduction", "integral", "-q")
    assert (code, out) == (0, "")
    code, out, _ = run(capsys, "ledger", "--target-file", str(file), "--json", "/dev/stdout")
    document = json.loads(out)
    assert code == 0
    assert document["q"] == pytest.approx({"mu": 1, "sigma": 2}, rel=1e-6)
    assert document["normalised"] == pytest.approx(0, abs=1e-10)
    assert document["p_masses"]["known"] is False


def test_json_has_no_infinity(capsys, tmp_path):
    file = tmp_path / "ledger.json"
    at = ("--at", "300,1", "--json", str(file), "-q")
    assert run(capsys, "ledger", *at)[:2] == (0, "")
    document = json.loads(file.read_text(), parse_constant=lambda name: pytest.fail(name))
    assert document["printed"]["scipy.special.rel_entr(p, q).sum()"] is None
    assert document["total"] > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--at", "0,-1"), "--at SIGMA: expected a finite number > 0, got -1.0"),
        (("--target", "900,1"), "P, Normal(900, 1): expected a density above 0 at some point of the grid"),
        (("--nu", "3"), "--nu: expected only with --family student-t"),
        (("--bandwidth", "3"), "--bandwidth: expected only with --samples"),
        (("--json", "nowhere/ledger.json"), "--json: expected a file in an existing folder"),
    ],
)
def test_bad_input_gets_one_line(capsys, options, message):
    code, out, err = run(capsys, "ledger", *options)
    assert (code, out) == (2, "")
    assert err.startswith(f"divlite: error: {message}")
    assert err.count("\n") == 1

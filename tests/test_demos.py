"""The demos run as a new user runs them, and say what they claim to show."""

import pathlib
import runpy

import pytest

DEMOS = pathlib.Path(__file__).parent.parent / "demos"
SHOWS = {
    "understanding_kl": ["exp, then log: inf", "log densities: 2.08", "mse from mu = 5: mu =  10.0000"],
    "forward_vs_reverse_kl": ["large separation, reverse KL: mu =  1.500", "seen on [0, 10] only: -0."],
    "kl_div_reductions": ["columns of p sum to [1. 1.]", "mean_kl"],
}


def test_every_demo_is_tested():
    assert {path.stem for path in DEMOS.glob("*.py")} == set(SHOWS)


@pytest.mark.parametrize("name", SHOWS)
def test_demo(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(DEMOS / f"{name}.py"), run_name="__main__")
    out = capsys.readouterr().out
    for text in SHOWS[name]:
        assert text in out
    source = (DEMOS / f"{name}.py").read_text()
    assert source.startswith("# %% [markdown]")
    assert sorted(path.suffix for path in tmp_path.rglob("*.*")) == sorted(
        {"understanding_kl": [".png"] * 6 + [".gif"], "forward_vs_reverse_kl": [".png"]}.get(name, [])
    )

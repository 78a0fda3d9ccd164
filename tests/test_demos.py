"""The demos run as a new user runs them, and say what they claim to show."""

import pathlib
import runpy

import pytest

DEMOS = pathlib.Path(__file__).parent.parent / "demos"
SHOWS = {
    "understanding_kl": ["exp, then log: inf", "log densities: 2.08", "mse from mu = 5: mu =  10.0000"],
    "forward_vs_reverse_kl": ["large separation, reverse KL: mu =  1.500", "seen on [0, 10] only: -0."],
    "kl_div_reductions": ["columns of p sum to [1. 1.]", "mean_kl"],
    "gradient_of_kl": [
        "KL by hand: 1.686291  by the library: 1.686291",
        "x = 10.0: L changes by -0.003989 for each unit of log q;  -w p = -0.003989",
        *("2. The sensitivity", "3. The score", "5. What it means"),
        "by sigma  0.600, (z z - 1) / sigma =  0.600",
        "three lines:  dL/dmu = -0.100000  dL/dsigma = -0.308000",
        "the library:  dL/dmu = -0.100000  dL/dsigma = -0.308000",
        "mean of P: 2.5000  standard deviation of P: 7.5664",
        "the gradient there: |dL/dmu| = 0.000000  |dL/dsigma| = 0.000000",
        "your descent: mu = 2.49999996  sigma = 7.56637298",
        "dl.fit:       mu = 2.49999996  sigma = 7.56637298",
        "the +1 of the product rule",
        "With the +1: d_log_q is right",
        "wide, without_one:  dL/dmu = 0.3712  dL/dsigma = -0.4798",
        "wide, the library:  dL/dmu = 0.3712  dL/dsigma = -0.4798",
        "cut off, without_one:  dL/dmu = 0.2631  dL/dsigma = -0.5326",
        "cut off,    +1 alone:  dL/dmu = -5e-02  dL/dsigma = -5e-02",
        "cut off, the library:  dL/dmu = 0.2148  dL/dsigma = -0.5811",
        *(f"Exercise {number}, attempt: d_log_q is wrong at 48 of 48 points" for number in range(1, 7)),
        *(f"Exercise {number}, answer: d_log_q is right" for number in range(1, 7)),
        "Likely slip: a missing factor q",
        "Likely slip: a wrong sign",
        "Likely slip: a factor 2 too many",
        *("Right is given - value", "1/2 * q too many", "Likely slip: none that is known"),
        "Likely slip: a missing factor 10/3",
        "alpha = 0.6, from the narrow start:  mu = 10.000  sigma = 1.000  loss = 1.418",
        "alpha = 0.9, from the narrow start:  mu =  2.500  sigma = 7.559  loss = 1.358",
    ],
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
        {
            "understanding_kl": [".png"] * 6 + [".gif"],
            "forward_vs_reverse_kl": [".png"],
            "gradient_of_kl": [".png"] * 4,
        }.get(name, [])
    )

"""The demos run cell by cell, as in a notebook; they print what they claim, and every figure is shown."""

import ast
import pathlib
import re
import sys
from itertools import pairwise
from types import ModuleType

import pytest
import translated_demos
import translations
from matplotlib import pyplot as plt

import divlite as dl
from conftest import remembered
from divlite.plotting import gif, landscape_gif, moving

DEMOS = pathlib.Path(__file__).parent.parent / "demos"
SHOWS = {
    "understanding_kl": [
        *("exp, then log: inf", "log densities: 2.08"),
        # The same loss from two starts.
        *("mse:  mu = -5.0000  sigma =  1.0000", "mse:  mu =  2.5376  sigma =  8.8088"),
        *("cosine:  mu = -5.0000  sigma =  1.0000", "cosine:  mu =  3.9975  sigma = 12.0840"),
        "reverse-kl:  mu = -5.0000  sigma =  1.0000\n       mse:  mu =  2.5376",
        # 70 million times as hard; twice as hard.
        "left bell:  mu  -9.1e-05  sigma   2.1e-04\n  right bell:  mu   1.3e-12  sigma   6.4e-12",
        "left bell:  mu  -6.2e-04  sigma  -2.4e-05\n  right bell:  mu   2.9e-04  sigma   4.2e-04",
        "P of mass 2: 21% of 400 random starts end over both modes",
        "P of mass 1: 56% of 400 random starts end over both modes",
        "after 20,000 steps:  mu   = 2.5000  sigma = 7.5664",
    ],
    "forward_vs_reverse_kl": [
        "large separation, reverse KL:  mu =  1.500",
        "reverse KL from N(-1, 1.5):  mu = -2.500",
        "forward KL from N(-1, 1.5):  mu = -1.500",
        "seen on [0, 10] only: -0.",
    ],
    # As README says below the animation.
    "five_losses": [
        "forward-kl:  mu =  2.500  sigma =  7.566",
        "reverse-kl:  mu = 10.000  sigma =  1.000",
        "mse:  mu =  2.620  sigma = 10.233",
        *("l1:  mu =  9.4", "cosine:  mu = 10.000  sigma =  1.000"),
    ],
    "kl_div_reductions": ["columns of p sum to [1. 1.]", "mean_kl   = 2.1461", "batchmean = 2.1461"],
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
    "why_is_my_kl_negative": [
        *("probabilities: -1.5625", "1. The probabilities of student stand where their logarithms are due"),
        *("exchanged: 0.8778", "1. The two arguments are exchanged"),
        *("exchanged as they are: nan", "Numbers that are all below 0 look like logs: log_target=True"),
        *("weights: -0.1944", "its sums along axis -1 are 0.2999, not 1"),
        *("no softmax: -1.3655", "log_softmax is missing"),
        *("negative log-likelihood: -1.6129", "the cross-entropy of p and q"),
        *("first three of six: -0.0961", "Only 3 of the outcomes are summed"),
        *("two signs: -0.8631", "the function gives minus the divergence"),
        *("term of a VAE: -1.9626", "The whole has the wrong sign"),
        *("lowest term: -0.1717; lowest sum: 0.4186", "Note: It gives its terms one by one"),
        *("float32: -", "float64: 3.21e-09"),
        *("log ratio: -0.3109", "an average over samples of another distribution"),
        "tokens of the student: mean log q - log p = 0.45",
        "tokens of the teacher: mean log q - log p = -0.42",
        "KL(q || p) = 0.446\nKL(p || q) = 0.419\nRight.",
    ],
}
FIGURES = {
    "understanding_kl": [".gif"] + [".png"] * 6,
    "forward_vs_reverse_kl": [".png"],
    "five_losses": [".gif", ".png"],
    "gradient_of_kl": [".png"] * 4,
    "why_is_my_kl_negative": [".png"] * 4,
}


def test_every_demo_is_tested():
    assert {path.stem for path in DEMOS.glob("*.py")} == set(SHOWS)


def cells(source):
    """The code cells of a script in the percent format, after blank lines that keep the line numbers."""
    starts = [match.start() for match in re.finditer(r"^# %%", source, re.MULTILINE)] + [len(source)]
    for start, stop in pairwise(starts):
        if not source[start:stop].startswith("# %% [markdown]"):
            yield "\n" * source[:start].count("\n") + source[start:stop]


def run_cell(source, file, names):
    """Run a cell; how many figures a notebook shows below it: the last value's, and those of pyplot."""
    body = ast.parse(source).body
    last = ast.Expression(body.pop().value) if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), file, "exec"), names)
    value = last and eval(compile(last, file, "eval"), names)
    shown = len(plt.get_fignums()) + hasattr(value, "_repr_png_")
    plt.close("all")
    return shown


def run(file, monkeypatch):
    """Run a demo cell by cell; its source, and how many figures a notebook shows.

    In a notebook of its own: pyplot's fonts, which a demo sets, are not those of the next one. Its module is
    found by name, as a notebook's is: so a fit of a class of its own can be remembered.
    """
    source = file.read_text(encoding="utf-8")
    assert source.startswith("# %% [markdown]")
    notebook = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    with plt.rc_context({"savefig.dpi": 20}):  # nobody looks at them
        return source, sum(run_cell(cell, str(file), vars(notebook)) for cell in cells(source))


def numbers(text):
    return re.findall(r"-?\d+(?:\.\d*)?(?:e[-+]\d+)?", text)


def assert_draws(name, shown, folder):
    figures = sorted(path.suffix for path in folder.rglob("*.*"))
    assert figures == FIGURES.get(name, [])
    # A notebook shows each picture that a script can only save; an animation stands in the text.
    assert shown == figures.count(".png")


@pytest.mark.parametrize("name", SHOWS)
def test_demo(name, tmp_path, monkeypatch, capsys):
    """In English and, where it is translated, in the other languages.

    Those are one test, because they make the same 800 fits, as the last test says: each is followed once.
    """
    monkeypatch.setattr(dl, "fit", remembered(dl.fit))
    for module in (moving, landscape_gif):  # of each animation the first frame, one between, and the last
        monkeypatch.setattr(module, "frame_steps", lambda steps, frames: gif.frame_steps(steps, 3))
    monkeypatch.chdir(tmp_path)
    source, shown = run(DEMOS / f"{name}.py", monkeypatch)
    out = capsys.readouterr().out
    for text in SHOWS[name]:
        assert text in out
    assert_draws(name, shown, tmp_path)
    assert source.count(".gif)") == FIGURES.get(name, []).count(".gif")
    for image in re.findall(r"^# !\[.*\]\((.*)\)", source, re.MULTILINE):
        assert pathlib.Path(image).is_file()
    for language in translations.OTHERS if name in translated_demos.LESSONS else ():
        folder = tmp_path / language
        folder.mkdir()
        monkeypatch.chdir(folder)
        _, shown = run(DEMOS / language / f"{name}.py", monkeypatch)
        printed = numbers(capsys.readouterr().out)
        expected = numbers("  ".join(SHOWS[name]))  # some of them only begin as the printed ones do
        missing = [one for one in expected if not any(found.startswith(one) for found in printed)]
        assert missing == [], language
        assert_draws(name, shown, folder)


@pytest.mark.parametrize("language", translations.OTHERS)
@pytest.mark.parametrize("name", translated_demos.LESSONS)
def test_a_demo_in_another_language_is_the_same_code(name, language):
    """But for what its strings say, and in what order."""

    def code(file):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                node.value = ""
            elif isinstance(node, ast.JoinedStr):
                parts = [part for part in node.values if isinstance(part, ast.FormattedValue)]
                node.values = sorted(parts, key=ast.dump)
        return ast.dump(tree)

    assert code(DEMOS / language / f"{name}.py") == code(DEMOS / f"{name}.py")

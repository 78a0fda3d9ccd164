"""`divlite crosscheck`: the report on a function in a file, its exit code, and one line for bad input."""

import re
import sys

import numpy as np
import pytest
import torch

import divlite as dl
from divlite.cli import main

LOSSES = """
import torch
import torch.nn.functional as F
from helper import T

print("the module is imported")


def two_slips(student, teacher):
    print("the function is called")
    return F.kl_div(F.softmax(student / T, -1), F.softmax(teacher / T, -1), reduction="mean")


def right(student, teacher):
    return F.kl_div(F.log_softmax(student, -1), F.softmax(teacher, -1), reduction="batchmean")


def first_axis(teacher, student):
    log_q = F.log_softmax(student / T, 0)
    return F.kl_div(log_q, F.softmax(teacher / T, 0), reduction="none").sum(0).mean() * T**2


def summed(log_q, p):
    return F.kl_div(log_q, p, reduction="sum")


def integral(log_q, log_p):
    return 0.1 * (log_p.exp() * (log_p - log_q)).sum()


def vae(mu, logvar):
    return -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(-1).mean()


def two_normals(m, s, m0, s0):
    return ((s0 / s).log() + (s**2 + (m - m0) ** 2) / (2 * s0**2) - 0.5).sum(-1).mean()


def k1(a, b):
    return (a - b).mean()


def odd(a, b):
    return (a.sin() * b.cos() ** 3).sum()


def product(a, b):
    return a @ b


def leaves(a, b):
    raise SystemExit(0)


class Loss:
    @staticmethod
    def static(student, teacher):
        return right(student, teacher)


module = torch.nn.KLDivLoss(reduction="sum", log_target=True)
number = 3
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "losses.py").write_text(LOSSES)
    (tmp_path / "helper.py").write_text("T = 4.0\n")
    yield tmp_path
    for name in ("helper", "losses", "inner", "inner.losses", "inner.helper"):
        sys.modules.pop(name, None)


def run(capsys, *argv):
    """(exit code, stdout, stderr) of divlite crosscheck."""
    try:
        code = main(["crosscheck", *argv])
    except SystemExit as stop:
        code = stop.code
    return code, *capsys.readouterr()


def flat(text):
    return " ".join(text.split())


@pytest.mark.parametrize("place", ["losses.py", "./losses.py", "losses"])
def test_the_report_of_a_function_in_a_file(place, folder, capsys):
    paths = list(sys.path)
    code, out, err = run(capsys, f"{place}:two_slips", "--expected", "forward-kl", "--temperature", "4")
    assert (code, err) == (1, "")
    head = "two_slips(student, teacher), called with random logits of shape (8, 10), seed 0"
    assert out.startswith(f"{head}\n\nWrong value.\n")
    assert "1. The probabilities of student stand where their logarithms are due" in out
    assert "2. The sum is divided by the 10 classes too" in flat(out)
    assert "imported" not in out
    assert "called\n" not in out
    assert sys.path == paths
    if place.endswith(".py"):  # nothing is left behind
        assert sorted(path.name for path in folder.glob("**/*losses*")) == ["losses.py"]


@pytest.mark.parametrize(
    "argv",
    [
        *(["right"], ["right", "--expected", "forward-kl"], ["Loss.static", "--expected", "forward-kl"]),
        ["right", "--shape", "3,4,5", "--mean", "sum"],
        ["odd"],
        ["k1", "--given", "log_q,log_p"],
    ],
)
def test_the_exit_code_is_the_verdict(argv, folder, capsys):
    name, *options = argv
    code, out, _ = run(capsys, f"losses.py:{name}", *options)
    right = out.split("\n\n")[1].startswith("Right.")
    assert code == (0 if right else 1)
    assert right == (name in ("right", "Loss.static") and "--mean" not in options)


@pytest.mark.parametrize(
    ("name", "options", "changed"),
    [
        ("first_axis", "--expected forward-kl --fit 1 --axis 0 --temperature 4", ("--fit 0", "--axis 1")),
        (
            "summed",
            "--expected forward-kl --given log_probabilities,probabilities --mean sum",
            ("--mean distribution", "--expected reverse-kl"),
        ),
        ("integral", "--expected forward-kl --given log_densities --dx 0.1 --shape 160", ("--dx 0.2",)),
        ("vae", "", ("--given mu,log_sigma",)),
        (
            "two_normals",
            "--given mu,sigma,p_mu,p_sigma --expected reverse-kl",
            ("--expected forward-kl", "--given mu,variance,p_mu,p_variance"),
        ),
        ("module", "--given log_probabilities --mean sum", ("--given probabilities",)),
    ],
)
def test_every_option_counts(name, options, changed, folder, capsys):
    """The function is right with these options, and not with any of them changed."""
    words = [f"losses.py:{name}", *options.split()]
    assert run(capsys, *words)[0] == 0
    for change in changed:
        assert run(capsys, *words, *change.split())[0] == 1


def test_ones_own_arguments(folder, capsys):
    rng = np.random.default_rng(3)
    student, teacher = rng.normal(size=(2, 4, 3))
    np.save("student.npy", student)
    torch.save(torch.tensor(teacher), "teacher.pt")
    code, out, _ = run(
        capsys, "losses.py:right", "--arguments", "student.npy", "teacher.pt", "--expected", "forward-kl"
    )
    assert code == 0
    assert "called with student.npy, teacher.pt\n" in out
    mean = dl.mean_kl(dl.log_softmax(student), dl.softmax(teacher), axis=-1)
    assert f"Value {mean:.9g}" in out


def test_random_arguments_are_those_of_the_seed(folder, capsys):
    outs = [run(capsys, "losses.py:right", "--seed", seed)[1] for seed in ("1", "1", "2")]
    values = [out.split("Value ")[1].split(";")[0] for out in outs]
    assert values[0] == values[1] != values[2]


def test_a_file_may_be_called_as_a_module_that_is_there(folder, capsys):
    """Neither the file nor what lies beside it takes the place of a module that divlite imports."""
    (folder / "random.py").write_text(LOSSES)
    (folder / "numpy.py").write_text("raise RuntimeError('this is not NumPy')\n")
    (folder / "beside.py").write_text("raise RuntimeError('nobody imports this')\n")
    before = sys.modules.get("random")
    assert run(capsys, "random.py:right")[0] == 0
    assert sys.modules.get("random") is before


def test_a_module_in_a_package(folder, capsys):
    inner = folder / "inner"
    inner.mkdir()
    (inner / "__init__.py").write_text("")
    (inner / "losses.py").write_text(LOSSES.replace("from helper", "from .helper"))
    (inner / "helper.py").write_text("T = 4.0\n")
    assert run(capsys, "inner.losses:right")[0] == 0
    code, _, err = run(capsys, "inner/losses.py:right")
    assert code == 2
    assert "losses.py, line 4: ImportError: attempted relative import" in err


BAD = {
    "losses.py": "FUNCTION: expected MODULE:NAME or FILE.py:NAME, got losses.py",
    "losses.py:": "FUNCTION: expected MODULE:NAME or FILE.py:NAME, got losses.py:",
    "no.py:loss": "FUNCTION: expected an existing file, got no.py",
    "notes.txt:loss": "got notes.txt: there is no module notes",
    "dir/losses:f": "FUNCTION: expected MODULE:NAME or FILE.py:NAME, a file that ends in .py, got dir/losses",
    "nothing:loss": "expected a module that can be imported, got nothing: there is no module nothing",
    "nothing.inner:loss": "got nothing.inner: there is no module nothing",
    "losses.py:rigth": "FUNCTION: expected a function in losses.py, got rigth; did you mean right?",
    "losses.py:number": "FUNCTION: expected a function in losses.py, got number, a value of type int",
    "losses.py:Loss": "FUNCTION: expected a function in losses.py, got Loss, a class",
    "losses.py:leaves": "FUNCTION: expected a function that returns a number, got one that ends the program",
    "losses.py:product": "FUNCTION: expected a function that takes these arguments, got RuntimeError: mat1",
    "broken.py:f": "got broken.py: broken.py, line 2: ZeroDivisionError: division by zero",
    "unfinished.py:f": "got unfinished.py: line 1: SyntaxError:",
    "needs.py:f": "got needs.py: needs.py, line 1: ModuleNotFoundError: No module named 'not_there_at_all'",
    "exits.py:f": "got exits.py: exits.py, line 1: SystemExit: 0",
    "binary.py:f": "expected a module that can be imported, got binary.py: ",
    "moves.py:f": "FUNCTION: expected a function in moves.py, got f",
    "empty.py:f": "FUNCTION: expected a function in empty.py, got f",
    "losses.py:right --shape 8,x": "--shape: expected whole numbers > 0 such as 8,10",
    "losses.py:right --shape 0": "--shape: expected whole numbers > 0 such as 8,10",
    "losses.py:right --shape 10000,10000": "and no more than 1,000,000 entries, got 10000,10000",
    "losses.py:right --seed -1": "--seed: expected a whole number >= 0, got -1",
    "losses.py:right --axis 2": "axis: expected a whole number <= 1, got 2",
    "losses.py:right --dx 0": "--dx: expected a finite number > 0, got 0",
    "losses.py:right --fit 2": "--fit: expected 0 or 1, the place of the fit's argument, got 2",
    "losses.py:right --temperature -1": "--temperature: expected a finite number > 0, got -1",
    "losses.py:right --given logit": "--given: expected one of logits, log_probabilities",
    "losses.py:right --given logits,mu": "--given: expected names of one kind",
    "losses.py:right --given logits,logits,logits": "expected",
    "losses.py:right --arguments no.npy no.npy": "--arguments: expected an existing file, or -, got no.npy",
    "losses.py:right --arguments empty.py": "--arguments: expected an array of numbers",
    "losses.py:right --arguments a.npy": "expected a function that takes these arguments, got TypeError",
    "losses.py:right --arguments a.npy a.npy --shape 3": "expected without --shape and --seed",
    "losses.py:right --expected forward-lk": "did you mean forward-kl?",
    "losses.py:right --expected wasserstein1": "expected one of forward-kl, reverse-kl",
    "losses.py:right --mean batch": "expected one of distribution, sum, entries, got 'batch'",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_one_line(words, folder, capsys):
    (folder / "broken.py").write_text("def f(): pass\n1 / 0\n")
    (folder / "unfinished.py").write_text("def f(:\n")
    (folder / "needs.py").write_text("import not_there_at_all\n")
    (folder / "exits.py").write_text("raise SystemExit(0)\n")
    (folder / "empty.py").write_text("")
    (folder / "binary.py").write_bytes(bytes(range(256)))
    (folder / "moves.py").write_text("import sys\nsys.path.pop(0)\n")
    np.save("a.npy", np.ones(3))
    paths = list(sys.path)
    code, out, err = run(capsys, *words.split())
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert BAD[words] in err
    assert sys.path == paths
    assert not [name for name in sys.modules if name.startswith("divlite_user")]


def test_without_torch_it_is_said(folder, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    code, _, err = run(capsys, "losses.py:right")
    assert code == 2
    assert err == "divlite: error: FUNCTION: expected torch to be installed, got no module torch\n"


def test_the_shell_completes_it(capsys):
    assert main(["--print-completion", "bash"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"_crosscheck___expected_choices=\('?forward-kl", out)
    for argument in ("crosscheck_pos_0", "crosscheck___arguments", "kl_div_pos_1"):
        assert f"{argument}_COMPGEN=_shtab_compgen_files" in out

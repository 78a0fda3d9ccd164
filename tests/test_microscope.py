"""The microscope: its formats and operations against torch's, the article's inf, and what the page says."""

import csv
import re
from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image

import divlite as dl
from conftest import DENSITY_LOSSES, GRID, LOSSES, P, label, run
from divlite.microscope.formats import FORMATS, rounded, running
from divlite.microscope.traced import Machine, apart

Q = dl.Normal(0, 1)
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
OPERATIONS = {
    "add": (np.add, torch.add),
    "subtract": (np.subtract, torch.sub),
    "multiply": (np.multiply, torch.mul),
    "divide": (np.divide, torch.div),
}
FUNCTIONS = {"exp": (np.exp, torch.exp), "log": (np.log, torch.log), "sqrt": (np.sqrt, torch.sqrt)}


@pytest.fixture(params=DTYPES)
def dtype(request):
    return request.param


def numbers(dtype, seed=0):
    """Numbers of every size that the format has and more: also those that underflow, halve and overflow."""
    rng = np.random.default_rng(seed)
    to = FORMATS[dtype]
    low, high = np.log2(to.tiny) - 3, np.log2(to.largest) + 1
    sizes = 2.0 ** rng.uniform(low, high, 20_000) * rng.choice([-1, 1], 20_000)
    halves = to.tiny * np.arange(-9, 9.5, 0.5)  # between two subnormal numbers: to the even one
    ties = to.largest * (1 + np.array([-1, -0.5, 0, 0.49, 0.5, 0.51]) * 2.0**-to.digits)
    return np.concatenate([sizes, halves, ties, -ties, [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0]])


def of_torch(values, dtype):
    return torch.tensor(values, dtype=torch.float64).to(DTYPES[dtype])


def test_a_format_is_torchs(dtype):
    to, info = FORMATS[dtype], torch.finfo(DTYPES[dtype])
    assert (to.least, to.largest) == (info.tiny, info.max)
    assert to.tiny == info.smallest_normal * info.eps
    assert 2.0 ** (1 - to.digits) == info.eps


@np.errstate(all="ignore")
def test_rounding_is_torchs(dtype):
    values = numbers(dtype)
    if dtype == "float16":  # torch rounds to it by way of float32, and so twice
        values = np.float32(values).astype(np.float64)
    expected = of_torch(values, dtype).double().numpy()
    np.testing.assert_array_equal(rounded(FORMATS[dtype], values), expected)
    assert np.isinf(expected).sum() > 2
    assert ((expected == 0) & (values != 0)).sum() > 2


def traced(dtype, name, ufunc, *values):
    machine = Machine(FORMATS[dtype])
    ufunc(*(machine.given(f"x{i}", value) for i, value in enumerate(values)))
    return machine.steps


@pytest.mark.parametrize("name", OPERATIONS)
@np.errstate(all="ignore")
def test_arithmetic_is_torchs_bit_for_bit(dtype, name):
    ufunc, function = OPERATIONS[name]
    a, b = numbers(dtype), numbers(dtype, 1)
    b[::2] = a[::2] * np.linspace(0.5, 2, a[::2].size)  # of one size, so that digits cancel
    *inputs, step = traced(dtype, name, ufunc, a, b)
    expected = function(*(of_torch(i.rounded, dtype) for i in inputs)).double().numpy()
    np.testing.assert_array_equal(step.rounded, expected)
    exact = ufunc(inputs[0].rounded, inputs[1].rounded)
    np.testing.assert_array_equal(step.local, apart(expected, exact))


@pytest.mark.parametrize("name", FUNCTIONS)
@np.errstate(all="ignore")
def test_functions_are_torchs_to_one_unit_in_the_last_digit(dtype, name):
    """The nearest number by the model. torch's may be the next one: its float32 root is at 1 of 150."""
    ufunc, function = FUNCTIONS[name]
    rng = np.random.default_rng(2)
    to = FORMATS[dtype]
    reach = np.log(to.largest)
    values = rng.uniform(1.1 * np.log(to.tiny), reach, 20_000) if name == "exp" else np.abs(numbers(dtype))
    given, step = traced(dtype, name, ufunc, values)
    expected = function(of_torch(given.rounded, dtype)).double().numpy()
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(np.isfinite(step.rounded), finite)
    unit = np.maximum(2.0 ** np.floor(np.log2(np.maximum(np.abs(expected[finite]), to.least))), to.least)
    unit *= 2.0 ** (1 - to.digits)
    assert (np.abs(step.rounded - expected)[finite] <= unit).all()
    if name == "sqrt" and dtype == "float32":  # NumPy's is the nearest, as IEEE 754 has it
        np.testing.assert_array_equal(step.rounded, np.sqrt(np.float32(given.rounded)))
    assert step.subnormal.any() == (name == "exp")


def test_the_running_sum_rounds_after_every_addition(dtype):
    terms = rounded(FORMATS[dtype], np.random.default_rng(3).normal(size=500))
    sums = running(FORMATS[dtype], terms)
    total = torch.zeros((), dtype=DTYPES[dtype])
    for i, term in enumerate(of_torch(terms, dtype)):
        total = total + term
        assert sums[i] == total.item()


def test_the_first_articles_inf_point_by_point():
    """exp, then log in float32, as torch does it: q is 0 at 44 of 1,000 points, and the KL is inf."""
    x = torch.tensor(GRID.x, dtype=torch.float32)
    log_q = torch.distributions.Normal(0.0, 1.0).log_prob(x)
    log_p = torch.logaddexp(*(torch.distributions.Normal(m, 1.0).log_prob(x) for m in (-5.0, 10.0)))
    q = log_q.exp()
    look = dl.microscope(dl.ForwardKL(), P, Q, GRID)
    first, second = look.forms
    assert int((q == 0).sum()) == first.step("q").underflow.sum() == 44
    np.testing.assert_array_equal(first.step("q").underflow, (q == 0).numpy())
    np.testing.assert_array_equal(np.isinf(second.step("term").rounded), (q == 0).numpy())
    # torch's log q has rounding errors of its own, so a point at the border of a range may differ.
    assert abs(int(((q > 0) & (q < 2.0**-126)).sum()) - first.step("q").subnormal.sum()) <= 4
    kl_sum = partial(torch.nn.functional.kl_div, reduction="sum")  # the article's "mean" warns
    assert kl_sum(q.log(), log_p.exp()).item() == second.rounded == np.inf
    by_logs = kl_sum(log_q, log_p.exp()).item() / 1000
    assert abs(by_logs - first.rounded) < 2e-6
    assert abs(first.rounded - first.exact) < 1e-6


def test_the_exact_column_is_the_loss(dtype):
    for loss in LOSSES:
        value, _ = dl.value_and_grad(loss, P, Q, GRID, "numpy")
        for form in dl.microscope(loss, P, Q, GRID, dtype).forms:
            assert form.exact == pytest.approx(value, rel=1e-12), label(loss)


@pytest.mark.parametrize("loss", LOSSES, ids=label)
def test_each_step_is_its_own_operation_on_rounded_numbers(loss):
    """local is at most half a unit of the result's last digit, unless it underflows or overflows."""
    for dtype, to in FORMATS.items():
        for form in dl.microscope(loss, P, Q, GRID, dtype).forms:
            for step in form.steps:
                good = np.isfinite(step.rounded) & np.isfinite(step.local)
                size = np.maximum(np.abs(step.rounded[good]), to.least)
                # 1.01: of an exp or a log rounded twice, by way of float32.
                half = 1.01 * 2.0 ** (np.floor(np.log2(size)) - to.digits)
                assert (np.abs(step.local[good]) <= half).all(), (dtype, step.name)
                np.testing.assert_array_equal(step.difference, apart(step.rounded, step.exact))
                np.testing.assert_array_equal(rounded(to, step.rounded), step.rounded)


def test_float32_gives_what_numpys_float32_gives():
    """The same formulas run by NumPy on float32 arrays: the terms agree to some units in the last digit."""
    for loss in DENSITY_LOSSES:
        (form, *_) = dl.microscope(loss, P, Q, GRID).forms
        log_p, log_q = (form.step(name).rounded.astype(np.float32) for name in ("log_p", "log_q"))
        with np.errstate(all="ignore"):
            terms = loss.value(np.exp(log_p), log_p, np.exp(log_q), log_q)
        terms = terms if isinstance(terms, tuple) else (terms,)
        names = [f"term_{k}" if len(terms) > 1 else "term" for k in range(1, len(terms) + 1)]
        for name, term in zip(names, terms, strict=True):
            assert term.dtype == np.float32
            got = next((s for s in form.steps if s.name == name), None)
            size = form.step("p").exact + form.step("q").exact + np.abs(term) + getattr(loss, "epsilon", 0)
            assert (np.abs(got.rounded - term) <= 40 * 2.0**-23 * size + 1e-44).all(), label(loss)


def test_underflow_overflow_and_absorbed_terms_are_seen():
    x = np.array([0.0, 1.0, 2.0])
    p = dl.Tabulated([12.0, 0.0, -np.inf])
    form = dl.microscope(dl.MSE(), p, dl.Normal(0, 0.05), dl.Grid(x, np.ones(3)), "float16").forms[0]
    assert form.step("p").overflow.tolist() == [True, False, False]
    assert form.step("p").underflow.tolist() == [False, False, False]  # p = 0 exactly is no underflow
    assert form.step("q").underflow.tolist() == [False, True, True]
    assert form.rounded == np.inf
    many = dl.Grid.linspace(-15, 15, 20_000, "sum")
    look = dl.microscope(dl.L1(), P, Q, many, "float16")
    assert "of the additions the sum did not move" in str(look)
    assert abs(look.forms[0].added - look.forms[0].exact) < 0.01 * look.forms[0].exact
    assert look.forms[0].rounded < 0.9 * look.forms[0].exact


def test_q_that_float64_cannot_hold_counts_as_an_underflow():
    step = dl.microscope(dl.ForwardKL(), P, dl.Normal(0, 0.1), GRID).forms[0].step("q")
    assert (step.exact == 0).sum() > 500
    assert step.underflow[step.exact == 0].all()


def test_a_guard_that_the_format_cannot_hold_is_no_guard():
    """Cosine takes a sum of squares below 2.2e-308 for 0. In float16 that number is 0, and 0/0 is reached."""
    look = dl.microscope(dl.Cosine(), P, dl.Normal(30, 0.4), GRID, "float16")
    assert look.forms[0].exact == 0.0
    assert np.isnan(look.forms[0].rounded)
    assert "is nan. Exactly it is 0. So the loss is nan." in " ".join(str(look).split())


def test_the_page(capsys):
    print(dl.microscope(dl.ForwardKL(), P, Q, GRID))
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 96
    words = " ".join(out.split())
    for said in (
        "forward-kl in float32, q = Normal(0, 1), 1,000 points",
        "q = exp(log_q) underflows to 0 at 44 of 1,000 points, x from -15 to -14.37 and from 14.37 to 15.",
        "By exp, then log: log(q) is -inf at 44 points",
        "there q is 0, and log 0 = -inf",
        "From the log densities this does not happen",
        "At x = -15, point 1 of 1,000 ",
    ):
        assert said in words
    assert dl.microscope(dl.ForwardKL(), P, Q, GRID).at(14.99).startswith("At x = 15, point 1,000 of 1,000\n")


@pytest.mark.parametrize("loss", LOSSES, ids=label)
def test_every_page_fits(loss, dtype):
    text = str(dl.microscope(loss, P, Q, GRID, dtype))
    assert max(map(len, text.splitlines())) <= 96
    assert not re.search(r"\bat 0 of|\bNone\b|\{|\}", text)


def test_a_loss_of_the_users_own():
    class Own:
        def value(self, p, log_p, q, log_q):
            return abs(p**2 - q**2) / (p + q)

        def d_log_q(self, p, log_p, q, log_q):
            return q

    (form,) = dl.microscope(Own(), P, Q, GRID, "bfloat16").forms
    assert [step.formula for step in form.steps[4:9]] == [
        "power(p, 2)",
        "power(q, 2)",
        "power(p, 2) - power(q, 2)",
        "absolute(power(p, 2) - power(q, 2))",
        "p + q",
    ]


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"^dtype: expected one of float16, bfloat16, float32, got"):
        dl.microscope(dl.MSE(), P, Q, GRID, "float64")
    with pytest.raises(ValueError, match=r"^grid: expected at most 100,000 points, got 100,001"):
        dl.microscope(dl.MSE(), P, Q, dl.Grid.linspace(0, 1, 100_001))
    with pytest.raises(ValueError, match=r"^x: expected a finite number, got nan"):
        dl.microscope(dl.MSE(), P, Q, GRID).at(float("nan"))

    class Broken:
        def value(self, p, log_p, q, log_q):
            return np.cumsum(p)

        def d_log_q(self, p, log_p, q, log_q):
            return q

    with pytest.raises(ValueError, match=r"^loss: expected elementwise formulas"):
        dl.microscope(Broken(), P, Q, GRID)


def test_the_command_prints_the_page(capsys):
    code, out, err = run(capsys, "microscope", "forward-kl")
    assert (code, err) == (0, "")
    assert out == f"{dl.microscope(dl.ForwardKL(), P, Q, GRID)}\n"
    point = ("--point", "2", "--dtype", "float16", "--family", "laplace", "--at", "-3,2")
    _, out, _ = run(capsys, "microscope", "mse", *point, "--smoothing", "0.1", "--grid", "-5,5,11")
    look = dl.microscope(
        dl.Smoothed(dl.MSE(), 0.1), P, dl.Laplace(-3, 2), dl.Grid.linspace(-5, 5, 11), "float16"
    )
    assert out.endswith(f"{look.at(2)}\n")


def test_the_command_writes_what_it_is_asked_for(capsys, tmp_path):
    files = {name: tmp_path / f"errors.{name}" for name in ("csv", "png", "md", "html")}
    options = ("--csv", str(files["csv"]), "--plot", str(files["png"]))
    for kind, name, others in (("markdown", "md", options), ("html", "html", ())):
        argv = ("forward-kl", *others, "--format", kind, "--out", str(files[name]))
        code, out, err = run(capsys, "microscope", *argv)
        assert (code, err) == (0, "")
        assert out.count("wrote ") == 1 + len(others) // 2
        assert "44 of 1,000 points" in files[name].read_text()
    rows = list(csv.DictReader(files["csv"].read_text().splitlines()))
    forms = dl.microscope(dl.ForwardKL(), P, Q, GRID).forms
    assert len(rows) == 1000 * sum(len(form.steps) for form in forms)
    written = [row for row in rows if (row["form"], row["step"]) == ("by exp, then log", "log(q)")]
    step = forms[1].step("log(q)")
    for name, column in (("x", GRID.x), ("rounded", step.rounded), ("difference", step.difference)):
        assert [float(row[name]) for row in written] == column.tolist()
    with Image.open(files["png"]) as image:
        assert image.width > 1000


def test_the_command_says_bad_input_in_one_line(capsys):
    for argv, said in (
        (("mse", "--at", "0,-1"), "--at SIGMA: expected a finite number > 0, got -1.0"),
        (("mse", "--dtype", "float64"), "expected one of float32, float16, bfloat16, got 'float64'"),
        (("mse", "--bandwidth", "1"), "--bandwidth: expected only with --samples"),
        (("mse", "--point", "nan"), "--point: expected a finite number, got nan"),
        (("mse", "--grid", "0,1,100001"), "--grid: expected at most 100,000 points, got 100,001"),
    ):
        code, out, err = run(capsys, "microscope", *argv)
        assert (code, out) == (2, "")
        assert said in err
        assert err.count("\n") == 1


@pytest.mark.parametrize("loss", [dl.Cosine(), dl.CramerVonMises(), dl.Wasserstein1()], ids=label)
def test_a_look_of_any_form_can_be_drawn(loss):
    look = dl.microscope(loss, P, Q, GRID, "float16")
    fig = dl.plot_microscope(look)
    assert len(fig.axes) == 3 * len(look.forms)
    assert fig.axes[0].get_lines()


def test_the_figure_shows_where_a_form_breaks():
    look = dl.microscope(dl.ForwardKL(), P, Q, GRID)
    fig = dl.plot_microscope(look)
    (first, *_), (second, *_) = (fig.axes[k::2] for k in (0, 1))
    assert [len(ax.collections) for ax in (first, second)] == [0, 1]
    (_, q, *_) = first.get_lines()
    assert np.isnan(q.get_ydata()).sum() == 44
    with pytest.raises(ValueError, match=r"^look: expected a Microscope, such as .*, got 7"):
        dl.plot_microscope(7)

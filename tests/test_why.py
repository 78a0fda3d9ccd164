"""`why`: every convention that it names gives the number, in torch itself; slips, alone or two, are named."""

import json
import math
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import divlite as dl
from divlite.why import rough
from divlite.why.given import given

RNG = np.random.default_rng(19)
INF, NAN = math.inf, math.nan


def logits(*shape):
    return RNG.normal(0.0, 1.5, shape)


def evaluated(candidate, a, b):
    """The value of a candidate's torch code."""
    names = {"torch": torch, "F": F, "math": math}
    names |= {"input": torch.tensor(np.asarray(a, float)), "target": torch.tensor(np.asarray(b, float))}
    *before, last = candidate.call.splitlines()
    exec("\n".join(before), names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of "mean"
        return np.asarray(eval(last, names), float), np.asarray(eval(candidate.write, names), float)


def assert_reproduced(found, a, b, value, rel=1e-6):
    """Each named convention gives the number, and each line to write the mean KL, computed by torch."""
    assert found.ties
    for candidate in (*found.ties, *found.others):
        call, write = evaluated(candidate, a, b)
        assert call == pytest.approx(value, rel=rel, abs=1e-12)
        assert candidate.value == pytest.approx(float(call), rel=1e-9, abs=1e-12)
        assert write == pytest.approx(candidate.mean_kl, rel=1e-9, abs=1e-12)


def names(candidate):
    return {name for name, _ in candidate.slips}


def log_softmax(a, axis=-1):
    return F.log_softmax(torch.tensor(a), axis)


def softmax(a, axis=-1):
    return F.softmax(torch.tensor(a), axis)


def kl(x, t, reduction="batchmean", **option):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of "mean"
        return F.kl_div(x, t, reduction=reduction, **option)


T = 3.0
A, B = logits(6, 5), logits(6, 5)
LQ, LP, Q, P = log_softmax(A), log_softmax(B), softmax(A), softmax(B)
M = (P + Q) / 2

# (the number, the arrays, the slips of the likeliest convention)
SINGLE = {
    "right from logits": (kl(LQ, P), A, B, set()),
    "right from logs": (kl(LQ, LP, log_target=True), LQ, LP, set()),
    "right from probabilities": (kl(LQ, P), Q, P, set()),
    "probabilities as input": (kl(Q, P), Q, P, {"probabilities as input"}),
    "probabilities as input, of logs": (kl(Q, P), LQ, LP, {"probabilities as input"}),
    "mean": (kl(LQ, P, "mean"), LQ, P, {"mean over entries"}),
    "sum": (kl(LQ, P, "sum"), LQ, P, {"sum"}),
    "order": (kl(LP, Q), Q, P, {"order exchanged"}),
    "log_target": (kl(LQ, P, log_target=True), LQ, P, {"log_target"}),
    "axis": (kl(log_softmax(A, 0), P), A, P, {"axis"}),
    "softmax twice": (kl(log_softmax(Q.numpy()), P), A, P, {"softmax twice"}),
    "softmax twice, of probabilities": (kl(log_softmax(Q.numpy()), P), Q, P, {"softmax twice"}),
    "logits as input": (kl(torch.tensor(A), P), A, P, {"logits as log-probabilities"}),
    "mass": (kl(LQ, 0.7 * P), LQ, 0.7 * P, {"mass"}),
    "cross-entropy": (-(P * LQ).sum(1).mean(), A, B, {"cross-entropy"}),
    "sign": (-kl(LQ, P), A, B, {"sign"}),
    "Jeffreys": (kl(LQ, P) + kl(LP, Q), Q, P, {"Jeffreys"}),
    "half of Jeffreys": ((kl(LQ, P) + kl(LP, Q)) / 2, Q, P, {"half of Jeffreys"}),
    "Jensen-Shannon": ((kl(M.log(), P) + kl(M.log(), Q)) / 2, Q, P, {"Jensen-Shannon"}),
    "bits": (kl(LQ, P) / math.log(2), A, B, {"bits"}),
    "log10": (kl(LQ, P) / math.log(10), A, B, {"log10"}),
    "halved": (kl(LQ, P) / 2, A, B, {"halved"}),
}
PAIRS = {
    "input and mean": (kl(Q, P, "mean"), Q, P, {"probabilities as input", "mean over entries"}),
    "input and sum": (kl(Q, P, "sum"), A, B, {"probabilities as input", "sum"}),
    "order and mean": (kl(LP, Q, "mean"), Q, P, {"order exchanged", "mean over entries"}),
    "input and order": (kl(P, Q), Q, P, {"order exchanged", "probabilities as input"}),
    "mass and mean": (kl(LQ, 0.3 * P, "mean"), Q, 0.3 * P, {"mass", "mean over entries"}),
    "axis and mean": (kl(log_softmax(A, 0), P, "mean"), A, P, {"axis", "mean over entries"}),
    "JS, not halved": (kl(M.log(), P) + kl(M.log(), Q), Q, P, {"Jensen-Shannon", "without the half"}),
    "cross-entropy, mean": (-(P * LQ).mean(), A, B, {"cross-entropy", "mean over entries"}),
}


@pytest.mark.parametrize("case", [*SINGLE, *PAIRS])
def test_a_slip_is_named_and_what_is_named_gives_the_number(case):
    number, a, b, slips = (SINGLE | PAIRS)[case]
    found = dl.why(float(number), input=a, target=b)
    assert slips in [names(tie) for tie in found.ties]
    assert_reproduced(found, a, b, float(number))
    assert found.ties[0].right == (not slips)


@pytest.mark.parametrize("case", [*SINGLE, *PAIRS])
def test_five_digits_are_enough(case):
    number, a, b, slips = (SINGLE | PAIRS)[case]
    text = f"{float(number):.5g}"
    found = dl.why(text, input=a, target=b)
    assert slips in [names(tie) for tie in found.ties]
    assert_reproduced(found, a, b, float(number), rel=1e-4)


@pytest.mark.parametrize("case", [*SINGLE, *PAIRS])
def test_a_float32_is_matched_to_its_digits(case):
    number, a, b, slips = (SINGLE | PAIRS)[case]
    single = float(np.float32(float(number)))
    assert slips in [names(tie) for tie in dl.why(single, input=a, target=b).ties]


def test_batchmean_of_three_axes():
    a, b = logits(2, 7, 5), logits(2, 7, 5)
    number = kl(log_softmax(a), softmax(b)).item()
    (tie,) = dl.why(number, input=a, target=b).ties
    assert names(tie) == {"batchmean"}
    assert tie.mean_kl == pytest.approx(number / 7, rel=1e-12)
    assert "There are 14 distributions" in str(tie)
    right = dl.why(number / 7, input=a, target=b)
    assert right.ties[0].right
    assert_reproduced(right, a, b, number / 7)


def test_classes_of_an_image_are_on_axis_1():
    a, b = logits(2, 4, 3, 3), logits(2, 4, 3, 3)
    number = kl(softmax(a, 1), softmax(b, 1), "mean").item()
    found = dl.why(number, input=a, target=b)
    assert names(found.ties[0]) == {"probabilities as input", "mean over entries"}
    assert "sum(1).mean()" in found.ties[0].write
    assert_reproduced(found, a, b, number)


def tempered(x, t):
    return kl(log_softmax(A / x), softmax(B / t))


@pytest.mark.parametrize(
    ("number", "slips"),
    [
        (tempered(T, T), set()),
        (tempered(T, T) * T * T, set()),
        (tempered(T, T) * T, {"T, not T^2"}),
        (tempered(1, T), {"temperature on one side"}),
        (tempered(T, 1) * T * T, {"temperature on one side"}),
        (tempered(1, 1), {"no temperature"}),
    ],
)
def test_a_temperature(number, slips):
    found = dl.why(float(number), input=A, target=B, temperature=T)
    assert slips == names(found.ties[0])
    assert_reproduced(found, A, B, float(number))


def test_a_temperature_that_nobody_told_is_guessed_and_said_to_be():
    number = float(tempered(4.0, 4.0)) * 16
    found = dl.why(number, input=A, target=B)
    assert [names(tie) for tie in found.ties] == [{"a temperature"}]
    assert "guess" in str(found)
    assert not dl.why(f"{number:.4g}", input=A, target=B).ties or "a temperature" not in str(found.ties[1:])


def test_what_nothing_gives_is_not_named():
    for number in (17.23456789, -3.3331313, 0.000123456789):
        found = dl.why(number, input=A, target=B)
        assert not found
        assert found.ties == found.others == ()
        assert str(found).count("No convention was found that gives") == 1


def test_random_numbers_are_seldom_explained():
    """A number with ten digits that is none of the conventions: the search must not find one all the same."""
    numbers = np.exp(RNG.uniform(-4.0, 2.0, 40))
    found = [dl.why(float(f"{x:.10g}"), input=Q, target=P) for x in numbers]
    assert sum(map(bool, found)) <= 1


def test_what_a_float32_may_have_lost_is_no_excuse():
    """Near equality the terms cancel; a number half a percent off is another one all the same."""
    near = log_softmax(A + 0.01 * B)
    divergence = kl(near, Q).item()
    assert dl.why(float(np.float32(divergence)), input=near, target=Q).ties[0].right
    assert not dl.why(float(np.float32(1.005 * divergence)), input=near, target=Q)


def test_chance_is_told_where_the_digits_are_few():
    few, many = dl.why("0.4", input=Q, target=P), dl.why(float(kl(LQ, P)), input=Q, target=P)
    assert few.chance > 0.5 > 0.05 > many.chance
    assert "By chance alone" in str(few)
    assert "By chance alone" not in str(many)


def test_ties_are_ties():
    """Of equal arrays, either of them twice, and both, give 0."""
    found = dl.why(0.0, input=Q, target=Q)
    assert found.ties[0].right
    one = dl.why(3.2e-9, input=A, target=B)
    assert {tie.says[:19] for tie in one.ties} == {"KL(input || input),", "KL(target || target"}


def test_half_precision_is_told():
    number = float(torch.tensor(0.00267, dtype=torch.bfloat16))
    assert "bfloat16" in str(dl.why(number, input=A, target=B))
    assert "bfloat16" not in str(dl.why(17.23456789, input=A, target=B))


# The threads: (number as reported, or in full), arrays, slips.
def uniform(n):
    return np.full(n, 1 / n)


THREADS = {
    "2": lambda: (*mean_probs(), {"probabilities as input"}),
    "7": lambda: (
        None,
        [[0.2, 0.3, 0.5]],
        [[0.1, 0.2, 0.7]],
        {"probabilities as input", "mean over entries"},
    ),
    "11": lambda: (
        -0.0648,
        [[0.1132, 0.5477, 0.3390]],
        [[0.1541, 0.0511, 0.0947]],
        {"mass", "mean over entries"},
    ),
    "12": lambda: (0.0974549949, [0.36, 0.48, 0.16], uniform(3), set()),
    "12, meant": lambda: (0.0974549949, uniform(3), [0.36, 0.48, 0.16], {"order exchanged"}),
    "18": lambda: (0.0283742752, [[0.2, 0.3, 0.5]], [[0.1, 0.2, 0.7]], {"mean over entries"}),
    "22": lambda: (0.46920195, [[1.0, 2.0, 3.0]], [[0.0, 1.0, 0.0]], {"mean over entries"}),
}


def mean_probs():
    torch.manual_seed(0)
    mean = F.softmax(torch.randn(1024), -1)
    power = torch.arange(1.0, 1025.0) ** -0.25
    return -6.8904, mean, power / power.sum()


@pytest.mark.parametrize("thread", THREADS)
def test_the_numbers_of_public_threads(thread):
    number, a, b, slips = THREADS[thread]()
    number = -0.4106061757 if number is None else number
    found = dl.why(number, input=a, target=b)
    assert slips in [names(tie) for tie in found.ties]


@pytest.mark.parametrize(
    ("value", "a", "b", "words"),
    [
        (NAN, LQ, LP, "target is below 0"),
        (NAN, LQ, A, "target is below 0"),
        (NAN, [-INF, 0.0], [0.0, 1.0], "At [0] target is 0 and input is -inf, and 0 * inf is NaN"),
        (NAN, [[0.5, 0.3, 0.2]], [[1.0, 0.0, 0.0]], "At [0, 1], [0, 2] target is 0, and 0 * log 0"),
        (NAN, [NAN, 0.5], [0.5, 0.5], "input is NaN itself"),
        (NAN, np.ones((0, 1)), np.ones((0, 1)), "0 by 0"),
        (INF, [-INF, 0.0], [0.5, 0.5], "At [0] the target has probability and input is -inf"),
        (INF, [0.0, 1.0], [0.5, 0.5], "the target has probability and input.log() is -inf"),
        (INF, [[5.0, -400.0]], [[0.5, 0.5]], "F.softmax(input, 1).log() is -inf"),
        (-INF, [INF, 0.0], [0.5, 0.5], "input is +inf"),
    ],
    ids=str,
)
def test_nan_and_infinity_have_their_reasons(value, a, b, words):
    found = dl.why(value, input=a, target=b)
    assert words in " ".join(str(found).split())
    for tie in found.ties:
        a_, b_ = torch.tensor(np.asarray(a)), torch.tensor(np.asarray(b))
        dtype = torch.float32 if "softmax" in tie.call else torch.float64
        scope = {"F": F, "input": a_.to(dtype), "target": b_.to(dtype)}
        np.testing.assert_equal(float(eval(tie.call, scope)), value)
        if tie.write:
            scope = {"F": F, "torch": torch, "input": a_, "target": b_}
            assert float(eval(tie.write, scope)) == pytest.approx(tie.mean_kl, abs=1e-12)


def test_no_reason_is_made_up():
    assert "No reason was found" in str(dl.why(NAN, input=Q, target=P))
    assert not dl.why(INF, input=LQ, target=P)


@pytest.mark.parametrize("code", ["none", "sum", "mean"])
def test_arrays_are_explained_entry_by_entry(code):
    terms = kl(LQ, P, "none")
    value = {"none": terms, "sum": terms.sum(1), "mean": terms.mean(1)}[code]
    for one in (value, value.numpy(), value.numpy().astype("f"), value.tolist()):
        (tie,) = dl.why(one, input=A, target=B).ties
        call, write = evaluated(tie, A, B)
        np.testing.assert_allclose(call, value, rtol=1e-12)
        assert write == pytest.approx(kl(LQ, P).item(), rel=1e-12)
    wrong = value.numpy().copy()
    wrong.ravel()[0] += 1e-3
    assert not dl.why(wrong, input=A, target=B)


def test_a_single_term_is_found():
    terms = kl(LQ, P, "none").numpy()
    found = dl.why(float(terms[2, 3]), input=A, target=B)
    assert "at [2, 3]" in found.ties[0].says
    assert "may be below 0" in str(found)


def test_the_page_is_no_wider_than_96_columns():
    for number, a, b, _ in (SINGLE | PAIRS).values():
        for found in (dl.why(float(number), input=a, target=b), dl.why(0.3, input=a, target=b)):
            assert max(map(len, str(found).splitlines())) <= 96
    for found in (
        dl.why(NAN, input=LQ, target=LP),
        dl.why(0.123456, input=RNG.uniform(size=(3, 3)), target=P[:3, :3]),
    ):
        assert max(map(len, str(found).splitlines())) <= 96


def test_code_on_the_page_runs_as_it_stands():
    """A long line is broken where Python lets it be."""
    number, a, b, _ = SINGLE["half of Jeffreys"]
    page = str(dl.why(float(number), input=a.log(), target=b.log()))
    lines = page.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("    (("))
    end = next(i for i in range(start, len(lines)) if lines[i].startswith("  - "))
    scope = {"F": F, "input": LQ, "target": LP}
    assert end - start > 1
    assert float(eval("\n".join(lines[start:end]).strip(), scope)) == pytest.approx(float(number), rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"value": "much"}, "^value: expected a number such as -0.0648, or an array of them, got 'much'$"),
        ({"value": None}, "^value: expected a number"),
        ({"value": True}, "^value: expected a number"),
        ({"value": "1e999"}, "^value: expected a number within the range of a float, got '1e999'$"),
        (
            {"target": P[:3]},
            r"^target: expected a shape that broadcasts with input's \(6, 5\), got \(3, 5\)$",
        ),
        ({"input": "abc"}, "^input: expected an array of real numbers, got 'abc'$"),
        ({"axis": 2}, r"^axis: expected an axis of shape \(6, 5\), got 2$"),
        ({"temperature": 0}, "^temperature: expected a finite number > 0, got 0$"),
        ({"input": torch.tensor(A, requires_grad=True)}, r"\(a tensor: write .detach\(\)\)$"),
    ],
)
def test_bad_arguments_get_one_line(arguments, message):
    with pytest.raises(ValueError, match=message):
        dl.why(**({"value": 1.0, "input": Q, "target": P} | arguments))


def test_a_value_may_be_a_tensor_or_a_scalar():
    number = kl(LQ, P, "mean")
    for value in (number, number.float(), number.float().numpy()[()], number.numpy()[()], number.item()):
        assert names(dl.why(value, input=A, target=B).ties[0]) == {"mean over entries"}
    leaf = torch.tensor(number.item(), requires_grad=True)
    assert dl.why(leaf, input=A, target=B)


def test_the_digits_that_were_typed_count():
    number = 0.08500049
    assert given("0.0850").half == pytest.approx(5e-5)
    assert given(0.085).half == pytest.approx(5e-4)
    assert given("\u22120.0648").value == -0.0648
    assert given(np.float32(number)).digits < 10


@pytest.mark.parametrize("shape", [(5,), (8, 1000), (2, 19, 4, 4), (100, 1000), (64, 32000)], ids=str)
def test_it_is_quick(shape):
    a, b = logits(*shape), logits(*shape)
    for value in (1.2345678, kl(log_softmax(a), softmax(b), "sum").item()):
        start = time.process_time()
        dl.why(value, input=a, target=b)
        assert time.process_time() - start < 2.0  # 0.5 s on a machine with nothing else to do


BIG_A, BIG_B = logits(300, 800), logits(300, 800)
BIG = {
    "logits": (BIG_A, BIG_B),
    "logs": (log_softmax(BIG_A).numpy(), log_softmax(BIG_B).numpy()),
    "probabilities, some 0": (softmax(BIG_A).numpy(), np.where(BIG_B < -1, 0.0, softmax(BIG_B).numpy())),
    "logits beyond float32": (100.0 * BIG_A, BIG_B),
}


@pytest.mark.parametrize("of", BIG)
@pytest.mark.parametrize(("by", "axis"), [(1, 1), (300, 1), (300, 0), (800 * 300, 1)])
def test_large_arrays_give_what_float64_alone_gives(of, by, axis, monkeypatch):
    a, b = BIG[of]
    log_q, log_p = dl.log_softmax(a, axis), dl.log_softmax(b, axis)
    value = float(np.sum(np.exp(log_p) * (log_p - log_q))) / by
    found = dl.why(value, input=a, target=b)
    monkeypatch.setattr(rough, "suits", lambda arrays: False)
    exact = dl.why(value, input=a, target=b)
    assert bool(found) == bool(exact)
    assert [one.call for one in found.ties] == [one.call for one in exact.ties]
    assert [one.value for one in found.ties] == pytest.approx([one.value for one in exact.ties], rel=1e-8)
    assert found.tried == pytest.approx(exact.tried, abs=2)


def test_numbers_that_float32_cannot_hold_are_worked_out_in_float64():
    large = np.full((300, 800), 1.0 / 800)
    assert rough.suits((large, large))
    for number in (1e-40, 1e40, -1e40):
        other = large.copy()
        other[0, 0] = number
        assert not rough.suits((large, other))
    assert not rough.suits((large[:1], large[:1]))


def test_it_needs_numpy_alone():
    code = (
        "import sys, json, divlite as dl; dl.why(-0.4106, input=[[.2, .3, .5]], target=[[.1, .2, .7]]);"
        "print(json.dumps([m for m in ('torch', 'numba', 'sympy', 'matplotlib') if m in sys.modules]))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert json.loads(out) == []


ODD = (0.3, [0, 0], [1, 2], [-INF, -INF], [INF, 0], [1e308, 1e308], [-1e308, 0], np.eye(2), [[0.5], [0.5]])


@pytest.mark.parametrize("a", ODD, ids=str)
@pytest.mark.parametrize("b", ODD, ids=str)
def test_odd_arrays_are_taken_and_warn_of_nothing(a, b):
    for value in (0, 0.5, 1e300, INF):
        for temperature in (None, 2.0):
            page = str(dl.why(value, input=a, target=b, temperature=temperature))
            assert page.startswith("input ")
            assert max(map(len, page.splitlines())) <= 96


def test_it_writes_to_no_argument():
    a, b = A.copy(), B.copy()
    a.flags.writeable = b.flags.writeable = False
    dl.why(0.5, input=a, target=b, temperature=2.0)
    np.testing.assert_array_equal(a, A)


def test_nan_in_an_array_explains_no_other_number():
    found = dl.why(0.3, input=[NAN, 0.5], target=[0.5, 0.5])
    assert not found
    assert found.tried == 0
    assert "has NaN" in found.reasons[0]


def test_odd_values_are_taken_or_refused():
    assert dl.why("snan", input=[NAN, 0.5], target=[0.5, 0.5])
    with pytest.raises(ValueError, match=r"value: expected a number such as -0\.0648"):
        dl.why([], input=[0.5, 0.5], target=[0.5, 0.5])

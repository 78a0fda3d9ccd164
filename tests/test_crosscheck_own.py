"""What a function does with the user's own arguments: what random ones of other shapes do not show."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import divlite as dl
from divlite.crosscheck import sparse
from divlite.crosscheck.distributions import epsilons, lines, search

MEANT = {"expected": dl.ForwardKL(), "mean": "distribution"}


def kl(s: Tensor, t: Tensor) -> Tensor:
    """KL(t || s), mean over the distributions."""
    return F.kl_div(F.log_softmax(s, -1), F.softmax(t, -1), reduction="batchmean")


def logits(*shape: int, seed: int = 0) -> Tensor:
    return 2.0 * torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


class Slope(torch.autograd.Function):
    """The identity, whose gradient is 0 where an entry is above 15."""

    @staticmethod
    def forward(ctx, a):
        ctx.save_for_backward(a)
        return a.clone()

    @staticmethod
    def backward(ctx, g):
        (a,) = ctx.saved_tensors
        return torch.where(a.abs() > 15.0, 0.0, g)


def test_a_gradient_that_is_wrong_for_the_users_own_numbers_alone():
    def fn(s, t):
        return kl(Slope.apply(s), t)

    mild, t = logits(6, 7), logits(6, 7, seed=1)
    assert dl.crosscheck(fn, mild, t, **MEANT).verdict == "right"
    assert dl.crosscheck(fn, 12.0 * mild, t, **MEANT).verdict == "wrong gradient only"


@pytest.mark.parametrize("batch", [6, 4])
def test_the_factor_of_a_gradient_is_that_at_the_users_own_shape(batch):
    report = dl.crosscheck(
        kl,
        logits(batch, 7),
        logits(batch, 7, seed=1),
        gradient=lambda s, t: s.softmax(-1) - t.softmax(-1),
        **MEANT,
    )
    assert report.verdict == "wrong gradient only"
    assert f"{batch} times" in report.findings[0].says


@pytest.mark.parametrize("shape", [(4, 7), (2, 4, 7)])
def test_the_number_of_distributions_written_as_a_number_is_right_for_that_many(shape):
    count = math.prod(shape[:-1])
    report = dl.crosscheck(
        lambda s, t: kl(s, t) * s.shape[0] / count, logits(*shape), logits(*shape, seed=1), **MEANT
    )
    assert report.verdict == "right"
    assert report.value == pytest.approx(report.expected, rel=1e-12)
    assert "suits this shape alone" in str(report)


def test_a_mask_is_seen_through_rounding():
    mask = torch.tensor([[1, 1, 0, 0], [1, 1, 1, 0]], dtype=torch.float64)

    def fn(s, t):
        rows = F.kl_div(F.log_softmax(s, -1), F.softmax(t, -1), reduction="none").sum(-1)
        return (rows * mask).mean()

    report = dl.crosscheck(fn, logits(2, 4, 7), logits(2, 4, 7, seed=1), **MEANT)
    assert [one.slip for one in report.findings] == ["mask"]


def test_a_form_that_does_not_hold_for_the_users_own_numbers_is_no_description():
    t = logits(6, 7, seed=1)
    report = dl.crosscheck(lambda s, t: kl(s.clamp(-30.0, 30.0), t), 40.0 * logits(6, 7), t, **MEANT)
    assert report.verdict == "unexplained"
    assert report.what_it_is == ""
    assert "Proved" not in str(report)


def test_a_skewed_kl_has_one_part():
    report = dl.crosscheck(
        lambda s, t: F.kl_div(
            (0.9 * s.softmax(-1) + 0.1 * t.softmax(-1)).log(), t.softmax(-1), reduction="batchmean"
        ),
        logits(6, 7),
        logits(6, 7, seed=1),
    )
    assert report.what_it_is.startswith("KL(t || m), with m = 0.1 t + 0.9 s")


LINES = {
    "mse": lambda p, q: ((p - q) ** 2).sum(-1).mean(),
    "l1": lambda p, q: (p - q).abs().sum(-1).mean(),
    "squared-hellinger": lambda p, q: 0.5 * ((p.sqrt() - q.sqrt()) ** 2).sum(-1).mean(),
    "triangular": lambda p, q: ((p - q) ** 2 / (p + q)).sum(-1).mean(),
    "pearson": lambda p, q: ((p - q) ** 2 / q).sum(-1).mean(),
    "neyman": lambda p, q: ((p - q) ** 2 / p).sum(-1).mean(),
    "reverse-kl": lambda p, q: (q * (q / p).log()).sum(-1).mean(),
    "jensen-shannon": lambda p, q: (
        0.5 * (p * (2 * p / (p + q)).log() + q * (2 * q / (p + q)).log()).sum(-1).mean()
    ),
}


@pytest.mark.parametrize("name", LINES)
def test_the_line_to_write_is_that_of_the_loss_that_was_found(name):
    of, (s, t) = LINES[name], (logits(6, 7), logits(6, 7, seed=1))

    def fn(s, t):
        return 3.0 * of(t.softmax(-1), s.softmax(-1))

    report = dl.crosscheck(fn, s, t, mean="distribution")
    (found,) = report.findings
    known = {"s": s, "t": t, "F": F}
    *before, line = found.instead.splitlines()
    exec("\n".join(before), known)
    assert float(eval(line, known)) == pytest.approx(float(fn(s, t)) / 3.0, rel=1e-12)


def test_half_of_the_l1_distance_is_the_total_variation():
    report = dl.crosscheck(
        lambda s, t: 0.5 * (s.softmax(-1) - t.softmax(-1)).abs().sum(-1).mean(),
        logits(6, 7),
        logits(6, 7, seed=1),
    )
    assert report.verdict == "right"
    assert report.what_it_is.startswith("the total variation of t and s")


def test_the_squared_error_of_logits_is_no_jeffreys():
    report = dl.crosscheck(F.mse_loss, logits(6, 7), logits(6, 7, seed=1), **MEANT)
    assert report.verdict == "wrong value"
    assert report.what_it_is.startswith("the squared difference of log target and log input")
    assert "Jeffreys" not in str(report)


def test_a_temperature_that_is_not_the_one_stated_is_told():
    s, t = logits(6, 7), logits(6, 7, seed=1)
    report = dl.crosscheck(lambda s, t: kl(s / 4.0, t / 4.0) * 16.0, s, t, temperature=2.0, **MEANT)
    assert report.verdict == "wrong value"
    assert [one.slip for one in report.findings] == ["another temperature"]
    assert report.expected == pytest.approx(float(kl(s / 2.0, t / 2.0)) * 4.0, rel=1e-12)
    assert float(eval(report.findings[0].instead)) == pytest.approx(report.expected, rel=1e-12)


def test_weights_of_the_classes_are_told_as_they_stand():
    weights = torch.tensor([3.0, 1, 1, 1, 1, 1, 2], dtype=torch.float64)

    def fn(s, t):
        return (F.kl_div(F.log_softmax(s, -1), F.softmax(t, -1), reduction="none") * weights).sum(-1).mean()

    report = dl.crosscheck(fn, logits(6, 7), logits(6, 7, seed=1), **MEANT)
    assert [one.slip for one in report.findings] == ["class weights"]
    assert "from 1 to 3" in report.findings[0].says


def test_estimators_that_are_not_known_have_no_description():
    report = dl.crosscheck(
        lambda a, b: -F.logsigmoid(0.1 * (a - b)).mean(),
        -logits(40).abs(),
        -logits(40, seed=1).abs(),
        given=("log_q", "log_p"),
    )
    assert report.verdict == "unexplained"
    assert report.what_it_is == ""


# ---- casts inside, and what is said twice ----------------------------------------------------------------

CASTS = {
    "bfloat16()": lambda a: a.bfloat16(),
    "half()": lambda a: a.half(),
    "to(bfloat16)": lambda a: a.to(torch.bfloat16),
    "to(dtype=float16)": lambda a: a.to(dtype=torch.float16),
}


@pytest.mark.parametrize("cast", CASTS)
@pytest.mark.parametrize("reduction", ["batchmean", "mean"])
def test_a_cast_inside_is_said_and_the_rest_is_named(cast, reduction):
    to = CASTS[cast]

    def fn(s, t):
        terms = F.kl_div(F.log_softmax(to(s), -1), F.softmax(to(t), -1), reduction="none")
        return terms.mean() if reduction == "mean" else terms.sum(-1).mean()

    report = dl.crosscheck(fn, logits(6, 9), logits(6, 9, seed=1), **MEANT)
    right = reduction == "batchmean"
    assert report.verdict == ("differs by precision" if right else "wrong value")
    wanted = [] if right else ["mean over classes"]
    assert [finding.slip for finding in report.findings] == [*wanted, "rounded inside"]
    assert report.value == fn(logits(6, 9), logits(6, 9, seed=1)).item()


def test_a_cast_explains_nothing_that_is_unexplained_without_it():
    report = dl.crosscheck(
        lambda s, t: (F.log_softmax(s.half(), -1).sinh() * t).mean(), logits(6, 9), logits(6, 9, seed=1)
    )
    assert report.verdict == "unexplained"


def test_no_other_way_says_the_same_sentence():
    report = dl.crosscheck(kl, logits(6, 9), logits(6, 9, seed=1), **MEANT)
    assert report.verdict == "right"
    assert report.alternatives == ()


@pytest.mark.parametrize("temperature", [0.7, 2.2, 7.0])
def test_an_epsilon_at_an_unusual_temperature(temperature):
    def fn(s, t):
        q, p = (F.softmax(a / temperature, -1) for a in (s, t))
        return (p * ((p + 1e-5) / (q + 1e-5)).log()).sum(-1).mean()

    report = dl.crosscheck(fn, logits(6, 9), logits(6, 9, seed=1), **MEANT)
    assert f"at temperature {temperature:g}" in report.what_it_is
    assert [finding.slip for finding in report.findings] == ["epsilon"]


@pytest.mark.parametrize("side", "qp")
def test_a_mask_and_another_axis(side):
    mask = torch.tensor([1.0, 0.0, 1.0, 1.0, 0.0, 1.0], dtype=torch.float64)

    def fn(s, t):
        axes = {"q": (0, -1), "p": (-1, 0)}[side]
        lq, lp = (F.log_softmax(a, axis) for a, axis in zip((s, t), axes, strict=True))
        return ((lp.exp() * (lp - lq)).sum(-1) * mask).sum() / mask.sum()

    report = dl.crosscheck(fn, logits(6, 9), logits(6, 9, seed=1), **MEANT)
    assert [finding.slip for finding in report.findings] == ["axis"]
    assert "4 of the 6 distributions" in report.what_it_is


# ---- many readings at once, and each alone --------------------------------------------------------------


def with_epsilon(s, t):
    q, p = (F.softmax(a / 3.0, -1) for a in (s, t))
    return (p * ((p + 1e-5) / (q + 1e-5)).log()).sum(-1).mean()


LARGE = {
    "a temperature": (lambda s, t: kl(s / 2.0, t / 2.0), {}),
    "a root": (lambda s, t: kl(s / 2.0, t / 2.0).sqrt(), {}),
    "an epsilon": (with_epsilon, {}),
    "Normals": (lambda mu, v: 0.5 * (mu**2 + v.exp() - 1.0 - v).sum(), {"given": ("mu", "log_variance")}),
    "samples": (lambda a, b: 0.5 * ((a - b) ** 2).mean(), {"given": ("log_q", "log_p")}),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_arrays_are_read_one_by_one_and_give_the_same_report(name, monkeypatch):
    fn, said = LARGE[name]
    s, t = logits(6, 7), logits(6, 7, seed=1)
    report = dl.crosscheck(fn, s, t, **said)
    assert report.what_it_is
    assert report.error < 1e-9
    assert "alone" not in str(report)
    for module in (epsilons, lines, search):
        monkeypatch.setattr(module, "FEW", 0)
    monkeypatch.setattr(sparse, "BLOCK", 50)
    assert dl.crosscheck(fn, s, t, **said) == report

"""divlite.testing as a user's test meets it: right losses pass, wrong ones fail and say what is wrong."""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import divlite as dl
from conftest import DENSITY_LOSSES, label
from divlite.testing import assert_gradient, assert_matches

RNG = np.random.default_rng(4)
STUDENT, TEACHER = RNG.normal(size=(2, 3, 5))


def batchmean(student, teacher):
    return F.kl_div(F.log_softmax(student, -1), F.softmax(teacher, -1), reduction="batchmean")


def entries(student, teacher):
    return F.kl_div(F.softmax(student, -1), F.softmax(teacher, -1))


def half(student, teacher):
    return 0.5 * batchmean(student, teacher)


def test_a_right_loss_matches_and_its_report_is_returned():
    report = assert_matches(batchmean, dl.ForwardKL(), STUDENT, TEACHER, given="logits", axis=-1)
    assert report.verdict == "right"
    assert report.value == pytest.approx(float(batchmean(*map(torch.tensor, (STUDENT, TEACHER)))))


def test_every_option_reaches_the_cross_check():
    def warm(teacher, student):
        terms = F.kl_div(F.log_softmax(student / 2, 0), F.softmax(teacher / 2, 0), reduction="sum")
        return terms * 4

    warm_options = {"given": "logits", "fit": 1, "axis": 0, "temperature": 2.0, "mean": "sum"}
    assert assert_matches(warm, dl.ForwardKL(), TEACHER, STUDENT, **warm_options)
    for changed in ({"fit": 0}, {"axis": 1}, {"mean": "distribution"}):
        with pytest.raises(AssertionError, match="warm is not forward-kl"):
            assert_matches(warm, dl.ForwardKL(), TEACHER, STUDENT, **(warm_options | changed))

    def integral(log_q, log_p):
        return 0.1 * (log_p.exp() * (log_p - log_q)).sum()

    x = np.arange(-8, 8, 0.1)
    densities = dl.Normal(0.5, 1).log_prob(x), dl.Normal(0, 1.2).log_prob(x)
    assert assert_matches(integral, dl.ForwardKL(), *densities, given="log_densities", dx=0.1, mean="sum")


def test_a_wrong_loss_fails_with_the_report_in_the_message():
    with pytest.raises(AssertionError) as failure:
        assert_matches(entries, dl.ForwardKL(), STUDENT, TEACHER, given="logits", constant=True)
    message = str(failure.value)
    assert message.startswith("entries is not forward-kl: wrong value\n\nWrong value.\n")
    assert "1. The probabilities of student stand where their logarithms are due" in message
    assert "2. The sum is divided by the 5 classes too" in message
    assert "write: F.kl_div(F.log_softmax(student, -1), F.softmax(teacher, -1)" in message


def test_a_gradient_that_flows_into_the_target_fails_too():
    teacher = torch.tensor(TEACHER, requires_grad=True)
    with pytest.raises(AssertionError, match="batchmean is not forward-kl: wrong gradient only"):
        assert_matches(batchmean, dl.ForwardKL(), torch.tensor(STUDENT), teacher, given="logits")


def test_an_unknown_loss_fails_as_unexplained():
    with pytest.raises(AssertionError, match="is not reverse-kl: unexplained"):
        assert_matches(lambda q, p: (q.sin() * p.cos() ** 3).sum(), dl.ReverseKL(), STUDENT, TEACHER)


def test_a_constant_is_allowed_only_where_it_is_said():
    def soft(student, teacher):
        return F.cross_entropy(student, F.softmax(teacher, -1))

    report = assert_matches(soft, dl.ForwardKL(), STUDENT, TEACHER, given="logits", constant=True)
    assert report.verdict == "right up to a constant"
    with pytest.raises(AssertionError, match="right up to a constant"):
        assert_matches(soft, dl.ForwardKL(), STUDENT, TEACHER, given="logits")


def by_formula(loss, form_q, form_p, axis=-1, temperature=1.0):
    """The mean over distributions of a loss, written in torch from its definition."""

    def logs(a, form):
        if form == "logits":
            return F.log_softmax(a / temperature, axis)
        return a.log() if form == "probabilities" else a

    def total(q, p):
        log_q, log_p = logs(q, form_q), logs(p, form_p)
        q, p = log_q.exp(), log_p.exp()
        inner, epsilon = getattr(loss, "loss", loss), getattr(loss, "epsilon", 0.0)
        q, p = q + epsilon, p + epsilon
        log_q, log_p, m = q.log(), p.log(), 0.5 * (p + q)
        kl = lambda a, b: a * (a.log() - b.log())  # noqa: E731
        terms = {
            dl.ForwardKL: lambda: kl(p, q),
            dl.ReverseKL: lambda: kl(q, p),
            dl.MSE: lambda: (p - q) ** 2,
            dl.L1: lambda: (p - q).abs(),
            dl.Cosine: lambda: -p * q / (p.norm(dim=axis, keepdim=True) * q.norm(dim=axis, keepdim=True)),
            dl.JensenShannon: lambda: 0.5 * (kl(p, m) + kl(q, m)),
            dl.SquaredHellinger: lambda: 0.5 * (p.sqrt() - q.sqrt()) ** 2,
            dl.Triangular: lambda: (p - q) ** 2 / (p + q),
        }
        return terms[type(inner)]().sum(axis).mean()

    return total


def arguments(form_q, form_p, axis=-1):
    forms = {
        "logits": lambda a: a,
        "log_probabilities": lambda a: dl.log_softmax(a, axis),
        "probabilities": lambda a: dl.softmax(a, axis),
    }
    return forms[form_q](STUDENT), forms[form_p](TEACHER)


@pytest.mark.parametrize("loss", DENSITY_LOSSES, ids=label)
@pytest.mark.parametrize("form_q", ["logits", "log_probabilities", "probabilities"])
@pytest.mark.parametrize("form_p", ["logits", "probabilities"])
def test_the_gradient_of_every_loss_is_autograds(loss, form_q, form_p):
    q, p = arguments(form_q, form_p)
    assert_gradient(by_formula(loss, form_q, form_p), loss, q, p, given=(form_q, form_p))
    if form_q != "logits":
        assert_gradient(by_formula(loss, form_q, form_p), loss, q, p)  # the forms are found
    q, p = arguments(form_q, form_p, 0)
    fn = by_formula(loss, form_q, form_p, axis=0)
    assert_gradient(lambda p, q: fn(q, p), loss, p, q, given=(form_p, form_q), axis=0, fit=1)


def test_means_temperature_and_factor():
    loss, tensors = dl.ReverseKL(), (torch.tensor(STUDENT), torch.tensor(TEACHER, requires_grad=True))
    one = by_formula(loss, "logits", "logits", temperature=2.0)
    warm = {"given": "logits", "temperature": 2.0}
    assert_gradient(lambda *a: 4 * one(*a), loss, *tensors, **warm, times=4.0)
    assert_gradient(lambda *a: 3 * one(*a), loss, *tensors, **warm, mean="sum")
    assert_gradient(lambda *a: one(*a) / 5, loss, *tensors, **warm, mean="entries")
    with pytest.raises(AssertionError, match="At every element autograd's is 3 times divlite's"):
        assert_gradient(lambda *a: 3 * one(*a), loss, *tensors, **warm)


def test_a_wrong_gradient_shows_its_worst_elements():
    def detached(student, teacher):
        log_q = F.log_softmax(student, -1)
        return (log_q.exp().detach() * (log_q - F.log_softmax(teacher, -1))).sum(-1).mean()

    with pytest.raises(AssertionError) as failure:
        assert_gradient(detached, dl.ReverseKL(), STUDENT, TEACHER, given="logits")
    first, second, head, *rows = str(failure.value).splitlines()
    assert first == "the gradient of detached by argument 1 (logits) is not that of reverse-kl:"
    assert second.startswith("15 of 15 elements differ by more than")
    assert head.split() == ["element", "autograd", "divlite", "difference"]
    differences = [abs(float(row.split()[-1])) for row in rows]
    assert len(rows) == 8
    assert differences == sorted(differences, reverse=True)
    right = dl.d_kl_div_logits(TEACHER, dl.softmax(STUDENT, -1), -1, "sum")  # of another shape of thing
    assert right.shape == STUDENT.shape


def test_a_gradient_that_autograd_does_not_give():
    with pytest.raises(AssertionError, match=r"autograd gives none\. Is the argument detached"):
        assert_gradient(lambda q, p: (p.exp()).sum(), dl.MSE(), STUDENT, TEACHER, given="logits")
    with pytest.raises(AssertionError, match="autograd gives none"):
        assert_gradient(lambda q, p: p.requires_grad_().sum(), dl.MSE(), STUDENT, TEACHER, given="logits")


def test_a_number_is_no_tensor():
    with pytest.raises(AssertionError, match=r"gives 3\.0, and no tensor"):
        assert_gradient(lambda q, p: 3.0, dl.MSE(), STUDENT, TEACHER, given="logits")


def test_nan_is_no_match():
    with pytest.raises(AssertionError, match="15 of 15 elements"):
        assert_gradient(lambda q, p: (q * np.nan).sum(), dl.MSE(), STUDENT, TEACHER, given="logits")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"loss": dl.Wasserstein1()}, "loss: expected a loss of densities, got Wasserstein1()"),
        ({"given": "logit"}, "given: expected one of logits, log_probabilities, probabilities, got 'logit'"),
        ({"given": ("logits",) * 3}, "given: expected one form for both arguments, or one for each, got 3"),
        ({"mean": "rows"}, "mean: expected one of distribution, sum, entries, got 'rows'"),
        ({"fit": 2}, "fit: expected a whole number <= 1, got 2"),
        ({"fit": "0"}, "fit: expected a whole number >= 0, got '0'"),
        ({"times": "x"}, "times: expected a finite number, got 'x'"),
        ({"rtol": np.inf}, "rtol: expected a number in [0, 1), got inf"),
        ({"axis": 2}, "axis: expected a whole number <= 1, got 2"),
        ({"temperature": 0}, "temperature: expected a finite number > 0, got 0"),
        ({"arguments": (STUDENT,)}, "arguments: expected two, the fit and the target, got 1"),
        (
            {"arguments": (STUDENT, TEACHER[0])},
            "arguments: expected two of one shape, with an entry at least",
        ),
    ],
)
def test_bad_arguments_are_named(change, said):
    given = {"loss": dl.MSE(), "arguments": (STUDENT, TEACHER), "given": "logits"} | change
    loss, pair = given.pop("loss"), given.pop("arguments")
    with pytest.raises(ValueError, match="^" + re.escape(said)):
        assert_gradient(batchmean, loss, *pair, **given)

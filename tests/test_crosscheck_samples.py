"""Estimators from samples: the number, the gradient, and what each form is called."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import divlite as dl
from divlite.crosscheck import samples
from divlite.crosscheck.calling import Function

SHAPES = ((), (7,), (3, 5))


def check(fn, arguments, given=("log_q", "log_p"), expected=None, mean=None):
    function = Function(fn, torch.float64)
    return samples.crosscheck(function.value, function.gradients, arguments, given, expected, mean)


def arguments_of(shape, count=2, seed=0):
    rng = np.random.default_rng(seed)
    found = tuple(np.asarray(-rng.uniform(0.1, 3.0, shape)) for _ in range(count))
    for a in found:
        a.setflags(write=False)
    return found


def named(report):
    return [finding.slip for finding in report.findings]


def k3(d):
    return torch.exp(-d) - 1 + d


def held(q):
    """1, with the score for its gradient."""
    return (q - q.detach()).exp()


# ---- the theory itself: what the estimators' gradients are on average ----------------------------------


def test_the_expected_gradients_are_what_the_reports_say():
    rng = np.random.default_rng(5)
    logits = torch.tensor(rng.normal(size=6), requires_grad=True)
    log_p = torch.log_softmax(torch.tensor(rng.normal(size=6)), 0)

    def gradient(value):
        return torch.autograd.grad(value, logits)[0]

    log_q = torch.log_softmax(logits, 0)
    held_fixed = log_q.exp().detach()  # the share of each sample
    d = log_q - log_p
    reverse = gradient((log_q.exp() * d).sum())
    forward = gradient((log_p.exp() * -torch.log_softmax(logits, 0)).sum())
    d = torch.log_softmax(logits, 0) - log_p
    assert torch.allclose(gradient((held_fixed * d).sum()), torch.zeros(6, dtype=torch.float64))
    d = torch.log_softmax(logits, 0) - log_p
    assert torch.allclose(gradient((held_fixed * d**2 / 2).sum()), reverse)
    d = torch.log_softmax(logits, 0) - log_p
    assert torch.allclose(gradient((held_fixed * k3(d)).sum()), forward)


# ---- forms -----------------------------------------------------------------------------------------------

VALUE_RIGHT = [
    (lambda q, p: (q - p).mean(), ["k1 as a loss"], "k1"),
    (lambda q, p: (q - p).sum(), ["k1 as a loss"], "k1"),
    (lambda q, p: (q - p).detach().mean(), ["no gradient"], "k1"),
    (lambda q, p: k3(q - p).mean(), ["k3 as a loss"], "k3"),
    (lambda q, p: (torch.exp(p - q) - 1 - (p - q)).clamp(-10, 10).mean(), ["k3 as a loss"], "k3"),
    (lambda q, p: (held(q) * k3((q - p).detach())).mean(), ["another gradient"], "k3"),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("fn", "slips", "name"), VALUE_RIGHT)
def test_a_right_value_with_another_gradient(fn, slips, name, shape):
    report = check(fn, arguments_of(shape))
    assert report.verdict == "wrong gradient only", report
    assert named(report) == slips
    assert report.what_it_is.startswith(name)
    assert not report


RIGHT = [
    (lambda q, p: 0.5 * ((q - p) ** 2).mean(), "k2"),
    (lambda q, p: F.mse_loss(q, p) / 2, "k2"),
    (lambda q, p: 0.5 * (p - q).square().sum(), "k2"),
    (lambda q, p: ((q - p).detach() * q).mean(), "the score function"),
    (lambda q, p: (held(q) * (q - p)).mean(), "k1"),
    (lambda q, p: (held(q) * (q - p).detach()).mean(), "k1"),
    (lambda q, p: (held(q) * k3(q - p)).mean(), "k3"),
    (lambda q, p: (k3(q - p).detach() + (q - p) ** 2 / 2 - ((q - p) ** 2 / 2).detach()).mean(), "k3"),
    (lambda q, p: (0.5 * (q.float() - p.float()) ** 2).mean(), "k2"),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("fn", "name"), RIGHT)
@pytest.mark.parametrize("expected", [None, dl.ReverseKL()])
def test_a_right_gradient_is_right(fn, name, expected, shape):
    report = check(fn, arguments_of(shape), expected=expected)
    assert report.verdict == "right", report
    assert report.findings == ()
    assert report.what_it_is.startswith(name)
    assert (name in ("k2", "the score function")) == any(
        "The number itself is" in note for note in report.notes
    )


WRONG = [
    (lambda q, p: (p - q).mean(), ["sign of the whole", "k1 as a loss"]),
    (lambda q, p: ((q - p) ** 2).mean(), ["half forgotten"]),
    (lambda q, p: 0.04 * k3(q - p).mean(), ["factor of the whole", "k3 as a loss"]),
    (lambda q, p: k3(p - q).mean(), ["ratio upside down"]),
    (lambda q, p: (k3(q - p) + 1).mean(), ["constant missing"]),
    (lambda q, p: (q - p).abs().mean(), ["absolute value"]),
    (lambda q, p: (q - p).clamp(min=0).mean(), ["clamped at zero"]),
    (lambda q, p: (q.exp() * (q - p)).mean(), ["weighted by q again"]),
    (lambda q, p: F.kl_div(q, p.exp(), reduction="sum"), ["weighted by p"]),
    (lambda q, p: ((q - p).exp() * (q - p)).mean(), ["weight of the other samples"]),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("fn", "slips"), WRONG)
def test_a_wrong_value_is_named(fn, slips, shape):
    report = check(fn, arguments_of(shape))
    assert report.verdict == "wrong value", report
    assert named(report) == slips


@pytest.mark.parametrize(
    ("fn", "slip"),
    [
        (lambda q, p: (q - p).mean().abs(), "absolute value"),
        (lambda q, p: (q - p).mean().clamp(min=0), "clamped at zero"),
    ],
)
@pytest.mark.parametrize("shape", [(7,), (3, 5)])
def test_what_is_done_to_the_mean_is_named(fn, slip, shape):
    assert named(check(fn, arguments_of(shape))) == [slip]


def test_forward_kl_may_be_meant():
    def weight(q, p):
        return (p - q).exp()

    arguments, forward = arguments_of((7,)), dl.ForwardKL()
    right = check(lambda q, p: -(weight(q, p).detach() * (q - p)).mean(), arguments, expected=forward)
    assert right.verdict == "right", right
    undetached = check(lambda q, p: -(weight(q, p) * (q - p)).mean(), arguments, expected=forward)
    assert undetached.verdict == "wrong gradient only"
    assert named(undetached) == ["another gradient"]
    third = check(lambda q, p: k3(q - p).mean(), arguments, expected=forward)
    assert third.verdict == "right"
    assert "an estimate of KL(q || p)" in third.notes[0]
    first = check(lambda q, p: (q - p).mean(), arguments, expected=forward)
    assert first.verdict == "wrong value"
    assert named(first)[0] == "direction"


# ---- reductions, masks, sequences ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mean", "fn", "slips"),
    [
        ("distribution", lambda q, p: 0.5 * ((q - p) ** 2).sum(), ["sum over the samples"]),
        ("sum", lambda q, p: 0.5 * ((q - p) ** 2).mean(), ["mean over the samples"]),
        ("distribution", lambda q, p: 0.5 * ((q - p) ** 2).mean(), []),
        ("sum", lambda q, p: 0.5 * ((q - p) ** 2).sum(), []),
        (None, lambda q, p: 0.5 * ((q - p) ** 2).sum(-1).mean(), []),
    ],
)
def test_a_sum_and_a_mean_are_told_apart(mean, fn, slips):
    assert named(check(fn, arguments_of((3, 5)), mean=mean)) == slips


def test_a_ratio_of_whole_sequences_is_right():
    report = check(lambda q, p: (0.5 * (q - p).sum(-1) ** 2).mean(), arguments_of((3, 5)))
    assert report.verdict == "right", report
    assert "sums over the last axis" in report.what_it_is


@pytest.mark.parametrize("reduce", [lambda t, m: (t * m).sum() / m.sum(), lambda t, m: (t * m).sum()])
def test_a_mask_is_no_slip(reduce):
    mask = torch.tensor(np.random.default_rng(3).uniform(size=(4, 6)) < 0.6, dtype=torch.float64)
    report = check(lambda q, p: reduce(0.5 * (q - p) ** 2, mask), arguments_of((4, 6)))
    assert report.verdict == "right", report
    assert f"leaves out {int((mask == 0).sum())} of 24" in " ".join(report.notes)


# ---- whole distributions, fixed weights, data ------------------------------------------------------------


def distributions(shape, seed=0):
    rng = np.random.default_rng(seed)
    return tuple(np.asarray(dl.log_softmax(rng.normal(size=shape), axis=-1)) for _ in range(2))


@pytest.mark.parametrize("seed", range(3))
def test_fixed_weights_that_are_not_q_make_no_kl(seed):
    weights = torch.tensor(np.random.default_rng(seed).dirichlet(np.ones(6)))
    arguments = distributions((6,), seed)
    report = check(lambda q, p: (weights * (q - p)).sum(), arguments)
    assert report.verdict == "wrong value"
    assert named(report) == ["not drawn from q"]
    assert "not drawn from q" in report.what_it_is
    log_q, log_p = arguments
    assert report.expected == pytest.approx(float((np.exp(log_q) * (log_q - log_p)).sum()))
    assert f"{weights[0]:.3g}" in report.findings[0].evidence


def test_a_single_class_or_all_alike_are_no_samples_either():
    for weights in (torch.eye(6, dtype=torch.float64)[5], torch.full((6,), 1 / 6, dtype=torch.float64)):
        report = check(lambda q, p, w=weights: (w * (q - p)).sum(), distributions((6,)))
        assert named(report) == ["not drawn from q"]


@pytest.mark.parametrize("shape", [(6,), (4, 6)])
def test_the_sum_over_all_classes_is_the_kl_itself(shape):
    report = check(lambda q, p: (q.exp() * (q - p)).sum(-1).mean(), distributions(shape))
    assert report.verdict == "right", report
    assert report.value == pytest.approx(report.expected)
    detached = check(lambda q, p: (q.exp().detach() * (q - p)).sum(-1).mean(), distributions(shape))
    assert detached.verdict == "wrong gradient only"


@pytest.mark.parametrize("shape", SHAPES)
def test_minus_the_mean_log_likelihood_is_right_up_to_a_constant(shape):
    for fn in (lambda q: -q.mean(), lambda q: -q.sum(), lambda q: q.neg().mean()):
        report = check(fn, arguments_of(shape, 1), ("log_q",))
        assert report.verdict == "right up to a constant", report
        assert named(report) == ["entropy of p left out"]
    assert "sign of the whole" in named(check(lambda q: q.mean(), arguments_of(shape, 1), ("log_q",)))
    likelihood = check(lambda q: -q.exp().mean(), arguments_of(shape, 1), ("log_q",))
    assert named(likelihood) == ["likelihood without its log"]
    other = check(lambda q: -q.mean(), arguments_of(shape, 1), ("log_q",), dl.ReverseKL())
    assert other.verdict == "wrong value"
    assert named(other) == ["direction"]


def test_no_loss_is_called_right_of_which_something_is_to_be_mended():
    wrong = check(lambda q, p: -0.5 * ((q - p) ** 2).mean(), arguments_of((50,)))
    assert named(wrong) == ["sign of the whole"]
    assert not any("as a loss it is right" in note for note in wrong.notes)
    right = check(lambda q, p: 0.5 * ((q - p) ** 2).mean(), arguments_of((50,)))
    assert any("as a loss it is right" in note for note in right.notes)


def test_what_is_none_of_the_forms_is_unexplained():
    report = check(lambda q, p: (q * p).sin().mean(), arguments_of((7,)))
    assert report.verdict == "unexplained"
    assert report.findings == ()
    assert report.worst


def test_a_clamp_that_only_the_own_arguments_reach_is_said():
    def fn(q, p):
        return (0.5 * (q - p).clamp(-10, 10) ** 2).mean()

    report = check(fn, (np.full(4, -1.0), np.full(4, -30.0)))
    assert report.verdict == "unexplained"
    assert "clamp" in report.notes[0]


@pytest.mark.parametrize("given", [("log_p",), ("log_q", "p"), ("log_q", "log_p", "log_p")])
def test_other_names_are_refused(given):
    with pytest.raises(ValueError, match=r"^given: expected log_q"):
        check(lambda *a: a[0].sum(), tuple(np.ones(3) for _ in given), given)


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"^log_p: expected the shape of log_q"):
        check(lambda q, p: (q - p).mean(), (np.zeros(3), np.zeros(4)))


def test_a_loss_that_cannot_be_meant_is_refused():
    with pytest.raises(ValueError, match=r"^expected: expected ForwardKL\(\) or ReverseKL\(\)"):
        check(lambda *a: a[0].sum(), arguments_of((3,)), expected=dl.JensenShannon())


@pytest.mark.parametrize("factor", [1.0, 3.0])
def test_what_is_expected_of_k2_and_k3_is_their_own_number(factor):
    log_q, log_p = -torch.rand(8, 3, dtype=torch.float64), -torch.rand(8, 3, dtype=torch.float64)
    d = log_q - log_p
    for own, fn in (
        (0.5 * d**2, lambda q, p: factor * (0.5 * (q - p) ** 2).mean()),
        ((-d).exp() - 1 + d, lambda q, p: factor * ((p - q).exp() - 1 + q - p).mean()),
    ):
        report = dl.crosscheck(fn, log_q, log_p, given=("log_q", "log_p"))
        assert report.expected == pytest.approx(own.mean().item(), rel=1e-9)

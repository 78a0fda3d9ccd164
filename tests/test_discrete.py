"""The discrete KL against torch itself: values, every edge, both gradients; and the mean it should be."""

import math
import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import divlite as dl
from divlite.articles.kl_div_reductions import uniforms
from divlite.discrete import REDUCTIONS

RNG = np.random.default_rng(8)
SHAPES = [(5,), (5, 2), (3, 4, 2), (1, 1), ()]
EMPTY = [((1,), (0,)), ((0,), (0,)), ((2, 1), (2, 0)), ((0, 1), (1, 3)), ((), (0, 3))]


def oracle(input, target, reduction, log_target=False):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of "mean", which is what we test
        return F.kl_div(input, target, reduction=reduction, log_target=log_target)


def pair(shape, log_target):
    logits = RNG.normal(0, 2, (2, *shape))
    input, target = torch.tensor(logits[0]) - 2.0, torch.tensor(logits[1]) - 2.0
    return input, target if log_target else target.exp()


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_softmax_agrees_with_torch(axis):
    a = RNG.normal(0, 300, (4, 3))
    a[0, 0] = -math.inf
    np.testing.assert_allclose(dl.log_softmax(a, axis), F.log_softmax(torch.tensor(a), axis), rtol=1e-13)
    np.testing.assert_allclose(dl.softmax(a, axis), F.softmax(torch.tensor(a), axis), rtol=1e-11, atol=1e-300)


@pytest.mark.parametrize(
    "a", [3.0, -math.inf, [], [[], []], np.zeros((0, 3)), [-math.inf] * 2, [math.inf, 0.0], [math.nan, 0.0]]
)
def test_softmax_of_a_number_of_nothing_and_of_infinities_is_torchs(a):
    tensor = torch.tensor(np.asarray(a, float))
    for axis in range(-tensor.ndim, max(tensor.ndim, 1)):
        np.testing.assert_array_equal(dl.softmax(a, axis), F.softmax(tensor, axis))
        np.testing.assert_array_equal(dl.log_softmax(a, axis), F.log_softmax(tensor, axis))


@pytest.mark.parametrize("log_target", [False, True])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_kl_div_agrees_with_torch(shape, reduction, log_target):
    input, target = pair(shape, log_target)
    expected = oracle(input, target, reduction, log_target)
    got = dl.kl_div(input.numpy(), target.numpy(), reduction, log_target)
    assert np.shape(got) == tuple(expected.shape)
    np.testing.assert_allclose(got, expected, rtol=1e-13)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(
    "shapes",
    [
        ((3, 1, 2), (4, 1, 5, 1)),
        ((1, 3), (2, 4, 1, 3)),
        ((2, 3), (3,)),
        ((3,), (2, 3)),
        ((2, 1), (1, 3)),
        ((), (4,)),
        *EMPTY,
    ],
    ids=str,
)
def test_broadcasting_and_its_gradient_agree_with_torch(shapes, reduction):
    input = torch.tensor(RNG.normal(-2, 1, shapes[0]), requires_grad=True)
    target = torch.tensor(RNG.uniform(0, 1, shapes[1]))
    expected = oracle(input, target, reduction)
    np.testing.assert_allclose(
        dl.kl_div(input.detach().numpy(), target.numpy(), reduction), expected.detach(), rtol=1e-13
    )
    expected.sum().backward()
    np.testing.assert_allclose(
        dl.d_kl_div_input(input.detach().numpy(), target.numpy(), reduction), input.grad
    )


# (input, target): every edge.
EDGES = [
    (-1.0, 0.0),
    (-math.inf, 0.0),
    (-1.0, -0.5),
    (-math.inf, 0.5),
    (0.0, 1.0),
    (math.inf, 0.5),
    (math.nan, 0.5),
]


@pytest.mark.parametrize("edge", EDGES, ids=str)
def test_edges_are_torchs(edge):
    input, target = np.array([edge[0]]), np.array([edge[1]])
    expected = oracle(torch.tensor(input), torch.tensor(target), "none").numpy()
    np.testing.assert_array_equal(dl.kl_div(input, target, "none"), expected)


def test_the_edges_by_value():
    assert dl.kl_div([-1.0], [0.0], "sum") == 0.0
    assert math.isnan(dl.kl_div([-math.inf], [0.0], "sum"))
    assert math.isnan(dl.kl_div([-1.0], [-0.5], "sum"))
    assert dl.kl_div([-math.inf], [0.5], "sum") == math.inf
    assert math.isnan(dl.kl_div([-1.0], [-math.inf], "sum", log_target=True))


@pytest.mark.parametrize("log_target", [False, True])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_gradients_agree_with_autograd(axis, reduction, log_target):
    logits = torch.tensor(RNG.normal(0, 2, (4, 3, 2)), requires_grad=True)
    _, target = pair((4, 3, 2), log_target)
    input = F.log_softmax(logits, axis).detach().requires_grad_()
    oracle(input, target, reduction, log_target).sum().backward()
    oracle(F.log_softmax(logits, axis), target, reduction, log_target).sum().backward()
    values = input.detach().numpy(), target.numpy(), reduction, log_target
    np.testing.assert_allclose(dl.d_kl_div_input(*values), input.grad, rtol=1e-14)
    got = dl.d_kl_div_logits(logits.detach().numpy(), target.numpy(), axis, reduction, log_target)
    np.testing.assert_allclose(got, logits.grad, rtol=1e-12, atol=1e-15)


def test_the_gradient_by_logits_of_a_distribution_is_softmax_minus_target():
    logits, target = RNG.normal(0, 1, 6), dl.softmax(RNG.normal(0, 1, 6))
    got = dl.d_kl_div_logits(logits, target, reduction="sum")
    np.testing.assert_allclose(got, dl.softmax(logits) - target, rtol=1e-13)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_mean_kl_is_the_mean_over_distributions(axis):
    """Written out: a KL for each distribution, and their mean."""
    log_q, p = (
        dl.log_softmax(RNG.normal(0, 2, (4, 3, 2)), axis),
        dl.softmax(RNG.normal(0, 2, (4, 3, 2)), axis),
    )
    one = np.moveaxis(p, axis, -1).reshape(-1, p.shape[axis])
    two = np.moveaxis(log_q, axis, -1).reshape(-1, p.shape[axis])
    each = [
        sum(a * (math.log(a) - b) for a, b in zip(x, y, strict=True)) for x, y in zip(one, two, strict=True)
    ]
    assert dl.mean_kl(log_q, p, axis) == pytest.approx(sum(each) / len(each), rel=1e-12)


def test_mean_kl_takes_the_limit_where_torch_has_nan():
    """An outcome that the target rules out costs nothing, even if the fit rules it out too."""
    assert dl.mean_kl([-math.inf, 0.0], [0.0, 1.0], axis=0) == 0.0
    assert dl.mean_kl(np.log([0.5, 0.5]), [-math.inf, 0.0], axis=0, log_target=True) == pytest.approx(
        math.log(2)
    )
    assert dl.mean_kl([-math.inf, 0.0], [0.5, 0.5], axis=0) == math.inf


LOG_Q, P = dl.log_softmax(RNG.normal(0, 2, (4, 3))), dl.softmax(RNG.normal(0, 2, (4, 3)))
NO_DISTRIBUTIONS = {
    r"^input: expected log-probabilities along axis -1, got probabilities: write np.log\(input\)$": (
        (np.exp(LOG_Q), P, -1),
        (np.exp(LOG_Q), np.log(P), -1, True),
        (np.eye(3), np.eye(3), -1),
    ),
    r"^input: .* got exp\(input\) that sums to \d\S+: of logits, take dl.log_softmax\(input, axis=1\)$": (
        (LOG_Q + 1.0, P, 1),
    ),
    "^input: expected log-probabilities along axis (0|-2), got log-probabilities along axis 1: say axis=1$": (
        (LOG_Q, P, 0),
        (dl.log_softmax(np.zeros((9, 3))), np.full((9, 3), 1 / 3), -2),
    ),
    "^target: expected probabilities .* got log-probabilities: the input, in logs, stands first": (
        (P, LOG_Q, -1),
    ),
    "^target: expected probabilities .* got log-probabilities: say log_target=True": (
        (LOG_Q, np.log(P), -1),
    ),
    "^target: expected probabilities .* got a negative entry": (
        (LOG_Q, P - 0.9, -1),
        (LOG_Q[0], [0.5, 0.6, -0.1], -1),
    ),
    "^target: expected log-probabilities .* got probabilities: say log_target=False": ((LOG_Q, P, -1, True),),
    r"^target: expected log-probabilities .* got exp\(target\) that sums to": ((LOG_Q, P + 1.0, -1, True),),
}


@pytest.mark.parametrize("message", NO_DISTRIBUTIONS)
def test_mean_kl_says_what_numbers_look_like_that_are_no_distributions(message):
    for arguments in NO_DISTRIBUTIONS[message]:
        with pytest.raises(ValueError, match=message):
            dl.mean_kl(*arguments)


@pytest.mark.parametrize(
    ("log_q", "p", "message"),
    [
        (LOG_Q, 2 * P, r"^target sums to 2 along axis -1, not to 1: this is no KL between distributions"),
        (LOG_Q, P * [[1], [1.03], [0.9], [1]], r"^target sums to 0.9 along axis -1"),
        (LOG_Q, 0.97 * P, r"^target sums to 0.97 along axis -1"),
        # bfloat16 gives log-probabilities of this size: those of a large vocabulary.
        (LOG_Q + 0.03, P, r"^exp\(input\) sums to 1.03 along axis -1, not to 1: this is no KL"),
        (LOG_Q - math.log(2), P, r"^exp\(input\) sums to 0.5 along axis -1, not to 1"),
    ],
)
def test_mean_kl_warns_of_another_mass(log_q, p, message):
    with pytest.warns(UserWarning, match=message):
        assert dl.mean_kl(log_q, p, -1) == pytest.approx(dl.kl_div(log_q, p, "sum") / 4, rel=1e-14)


@pytest.mark.parametrize(
    ("log_q", "p", "log_target", "call"),
    [
        (LOG_Q, 2 * P, False, r"target / target.sum\(axis=-1, keepdims=True\), or of logits dl.softmax"),
        (LOG_Q, np.log(P) - 1.0, True, r"^exp\(target\) sums .* take dl.log_softmax\(target, axis=-1\)"),
        (LOG_Q - 1.0, P, False, r"take dl.log_softmax\(input, axis=-1\)"),
    ],
)
def test_mean_kl_says_what_to_call_instead(log_q, p, log_target, call):
    with pytest.warns(UserWarning, match=call):
        dl.mean_kl(log_q, p, -1, log_target)


def test_mean_kl_says_what_logits_as_a_target_need():
    with pytest.raises(
        ValueError, match=r"a negative entry, -2: of logits, take dl.softmax\(target, axis=1\)$"
    ):
        dl.mean_kl(LOG_Q[:2], [[1.0, -2.0, 0.0], [0.0, 1.0, 2.0]], axis=1)


def test_mean_kl_says_detach_of_a_tensor_that_needs_its_gradient():
    with pytest.raises(ValueError, match=r"^input: .* \(a tensor: write .detach\(\)\)$"):
        dl.mean_kl(torch.tensor(LOG_Q, requires_grad=True), P, axis=1)


def test_mean_kl_names_the_axis_along_which_there_are_distributions():
    t = dl.softmax(RNG.normal(0, 1, (2, 50)))
    log_q = dl.log_softmax(RNG.normal(0, 1, (2, 50)))
    with pytest.warns(
        UserWarning, match=r"sums to 0.\d+ along axis 0, not to 1; along axis 1 it does: this"
    ) as w:
        dl.mean_kl(log_q, t, axis=0)
    assert len(w) == 2


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_mean_kl_takes_the_rounding_of_short_floats_for_what_it_is(dtype):
    expected = dl.mean_kl(LOG_Q, P, axis=-1)
    assert dl.mean_kl(LOG_Q.astype(dtype), P.astype(dtype), axis=-1) == pytest.approx(expected, rel=1e-2)


def test_batchmean_is_the_mean_only_where_the_outcomes_are_not_on_axis_0():
    log_q, p = dl.log_softmax(RNG.normal(0, 2, (5, 3)), -1), dl.softmax(RNG.normal(0, 2, (5, 3)), -1)
    assert dl.mean_kl(log_q, p, axis=-1) == pytest.approx(dl.kl_div(log_q, p, "batchmean"), rel=1e-14)
    assert dl.mean_kl(log_q.T, p.T, axis=0) != pytest.approx(dl.kl_div(log_q.T, p.T, "batchmean"), rel=0.1)


@pytest.mark.parametrize("shape", [(5, 2), (10, 6, 4)], ids=str)
def test_uniforms_are_torchs_draws(shape):
    torch.manual_seed(1)
    draw = torch.distributions.Uniform(0, 10)
    expected = [draw.sample(shape).numpy() for _ in range(2)]
    np.testing.assert_array_equal(uniforms(shape), expected)


def test_a_nan_in_one_distribution_hides_no_other():
    log_q = [[np.nan, np.nan], [0.0, 0.1]]
    with pytest.raises(ValueError, match=r"^input: expected log-probabilities along axis 1, got exp"):
        dl.mean_kl(log_q, [[0.5, 0.5], [0.5, 0.5]], axis=1)

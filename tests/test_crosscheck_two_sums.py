"""Two known sums with numbers before them: named with both numbers, and nothing else taken for two sums."""

import random

import pytest
import torch
import torch.nn.functional as F

import divlite as dl


def terms(s, t):
    lq, lp = F.log_softmax(s, -1), F.log_softmax(t, -1)
    return lq, lq.exp(), lp, lp.exp()


def kl(s, t):
    lq, _, lp, p = terms(s, t)
    return (p * (lp - lq)).sum(-1)


def back(s, t):
    return kl(t, s)


def cross(s, t):
    lq, _, _, p = terms(s, t)
    return -(p * lq).sum(-1)


def entropy(s, t):
    lq, q, _, _ = terms(s, t)
    return -(q * lq).sum(-1)


def squares(s, t):
    _, q, _, p = terms(s, t)
    return ((p - q) ** 2).sum(-1)


SUMS = {
    "KL(t || s)": kl,
    "KL(s || t)": back,
    "the cross-entropy of s under t": cross,
    "the entropy of s": entropy,
    "squared error": squares,
}
PAIRS = [
    ("KL(t || s)", "the cross-entropy of s under t"),
    ("KL(t || s)", "KL(s || t)"),
    ("KL(t || s)", "the entropy of s"),
    ("KL(t || s)", "squared error"),
    ("KL(s || t)", "squared error"),
    ("the cross-entropy of s under t", "the entropy of s"),
]


@pytest.mark.parametrize("names", PAIRS, ids=" and ".join)
@pytest.mark.parametrize("shape", [(7,), (6, 9), (2, 3, 8)], ids=str)
def test_both_sums_are_named_with_their_numbers(names, shape):
    rng = random.Random(str(names))
    a = round(rng.uniform(0.1, 0.9), 2)
    b = round(1.0 - a, 2)
    first, second = (SUMS[name] for name in names)
    report = dl.crosscheck(
        lambda s, t: (a * first(s, t) + b * second(s, t)).mean(), torch.randn(shape), torch.randn(shape)
    )
    assert report.verdict == "right"
    said = report.what_it_is
    assert all(name in said for name in names), said
    assert f"{a:g} times" in said or f"{b:g} times" in said or f"+ {b / a:.6g} times" in said, said
    assert report.error < 1e-9


def test_a_bonus_has_its_sign():
    report = dl.crosscheck(
        lambda s, t: (kl(s, t) - 0.01 * entropy(s, t)).mean(), torch.randn(4, 6), torch.randn(4, 6)
    )
    assert report.what_it_is.startswith("KL(t || s) - 0.01 times the entropy of s")


def test_a_part_of_the_entropy_is_a_constant():
    report = dl.crosscheck(
        lambda s, t: (0.7 * kl(s, t) + 0.3 * cross(s, t)).mean(),
        torch.randn(4, 6),
        torch.randn(4, 6),
        expected=dl.ForwardKL(),
    )
    assert report.verdict == "right up to a constant"
    assert [finding.slip for finding in report.findings] == ["entropy in part"]
    assert "0.7" in report.findings[0].says


def test_with_another_loss_beside_it_a_kl_is_another_divergence():
    report = dl.crosscheck(
        lambda s, t: (kl(s, t) + 0.1 * back(s, t)).mean(),
        torch.randn(4, 6),
        torch.randn(4, 6),
        expected=dl.ForwardKL(),
    )
    assert report.verdict == "wrong value"
    assert [finding.slip for finding in report.findings] == ["another divergence"]


def test_a_temperature_stands_in_both():
    report = dl.crosscheck(
        lambda s, t: (0.5 * kl(s / 4, t / 4) + 0.5 * back(s / 4, t / 4) + 0.3 * kl(s / 4, t / 4)).mean(),
        torch.randn(4, 6),
        torch.randn(4, 6),
    )
    assert "0.8 times KL(t || s)" in report.what_it_is
    assert "at temperature 4" in report.what_it_is


@pytest.mark.parametrize("more", ["three sums", "a product", "a step"])
def test_what_is_no_sum_of_two_stays_unexplained(more):
    def fn(s, t):
        return {
            "three sums": kl(s, t) + 0.1 * back(s, t) - 0.02 * entropy(s, t),
            "a product": kl(s, t) * entropy(s, t),
            "a step": kl(s, t) + torch.relu(back(s, t) - 0.8),
        }[more].mean()

    assert dl.crosscheck(fn, torch.randn(4, 6), torch.randn(4, 6)).verdict == "unexplained"

"""The figure beside every slip: each takes the value on from where the one before has left it."""

import re
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F

import divlite as dl

NUMBERS = re.compile(r"mending it takes (\S+) to (\S+)$")


def kl(log_q, p, reduction):
    return F.kl_div(log_q, p, reduction=reduction)


SLIPPED = {
    "probabilities, mean": lambda a, s: kl(F.softmax(a, -1), F.softmax(s, -1), "mean"),
    "both misread, sum": lambda a, s: kl(
        F.softmax(F.softmax(a, -1), -1), F.softmax(F.softmax(s, -1), -1), "sum"
    ),
    "one temperature, mean": lambda a, s: kl(F.log_softmax(a / 3, -1), F.softmax(s, -1), "mean"),
    "exchanged, half": lambda a, s: 0.5 * kl(F.log_softmax(s, -1), F.softmax(a, -1), "batchmean"),
    "root of a mean": lambda a, s: kl(F.log_softmax(a, -1), F.softmax(s, -1), "mean").sqrt(),
    "root of half": lambda a, s: (0.5 * kl(F.log_softmax(a, -1), F.softmax(s, -1), "batchmean")).sqrt(),
    "constant, sign": lambda a, s: 1 - kl(F.log_softmax(a, -1), F.softmax(s, -1), "batchmean"),
}


@pytest.mark.parametrize("name", SLIPPED)
def test_the_figures_lead_from_the_value_to_what_is_expected(name):
    torch.manual_seed(0)
    report = dl.crosscheck(
        SLIPPED[name], torch.randn(6, 5), torch.randn(6, 5), expected=dl.ForwardKL(), mean="distribution"
    )
    found = [NUMBERS.search(finding.evidence) for finding in report.findings]
    assert found
    assert all(found)
    steps = [(float(one[1]), float(one[2])) for one in found if one]
    assert steps[0][0] == pytest.approx(report.value, rel=1e-5)
    assert steps[-1][1] == pytest.approx(report.expected, rel=1e-5)
    assert all(before[1] == after[0] for before, after in pairwise(steps))


def test_a_factor_below_a_root_is_mended_below_it():
    def rooted(a, s, reduction="mean"):
        return kl(F.log_softmax(a, -1), F.softmax(s, -1), reduction).sqrt()

    torch.manual_seed(0)
    two = torch.randn(6, 5, dtype=torch.float64), torch.randn(6, 5, dtype=torch.float64)
    first = dl.crosscheck(lambda a, s: rooted(a, s), *two, expected=dl.ForwardKL()).findings[0]
    after = NUMBERS.search(first.evidence)
    assert first.slip == "mean over classes"
    assert after is not None
    assert float(after[2]) == pytest.approx(float(rooted(*two, "batchmean")), rel=1e-5)


def test_a_slip_of_both_sides_is_mended_one_after_the_other():
    """Whatever the arguments are called: "a" and "s" stand in the words of every slip."""

    def twice(s, a):
        return kl(F.log_softmax(F.softmax(s, -1), -1), F.softmax(F.softmax(a, -1), -1), "batchmean")

    torch.manual_seed(0)
    s, a = torch.randn(6, 5, dtype=torch.float64), torch.randn(6, 5, dtype=torch.float64)
    first, second = dl.crosscheck(twice, s, a, expected=dl.ForwardKL()).findings
    assert (first.slip, second.slip) == ("softmax twice", "softmax twice")
    once = kl(F.log_softmax(s, -1), F.softmax(F.softmax(a, -1), -1), "batchmean")
    after = NUMBERS.search(first.evidence)
    assert after is not None
    assert float(after[2]) == pytest.approx(float(once), rel=1e-5)

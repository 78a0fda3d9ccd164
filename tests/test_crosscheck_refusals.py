"""What a cross-check says of functions and arguments that are not as they should be."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F

import divlite as dl
from divlite.testing import assert_gradient


def two(rows: int = 8, classes: int = 10, *more: int) -> tuple[Any, Any]:
    torch.manual_seed(1)
    return torch.randn(rows, classes, *more), torch.randn(rows, classes, *more)


def kl(q: Any, p: Any) -> Any:
    return F.kl_div(F.log_softmax(q, -1), F.softmax(p, -1), reduction="batchmean")


RESULTS: dict[str, Callable[[Any, Any], Any]] = {
    "None": lambda q, p: None,
    "a tuple": lambda q, p: (kl(q, p), kl(p, q)),
    "a dict": lambda q, p: {"loss": kl(q, p)},
}


@pytest.mark.parametrize("kind", RESULTS)
def test_a_result_that_is_no_number_is_refused_by_its_kind(kind: str):
    with pytest.raises(ValueError, match=f"one that gives {kind}, and no number or tensor"):
        dl.crosscheck(RESULTS[kind], *two())


def test_the_gradient_of_a_result_without_one_is_refused_too():
    with pytest.raises(ValueError, match="fn: expected a function that gives a tensor, got None"):
        assert_gradient(RESULTS["None"], dl.ForwardKL(), *two(), given="logits")

    def item(q: Any, p: Any) -> float:
        return kl(q, p).item()

    with pytest.raises(AssertionError, match="gradient"):
        assert_gradient(item, dl.ForwardKL(), *two(), given="logits")


def test_a_third_argument_belongs_inside_the_function():
    def masked(q: Any, p: Any, mask: Any) -> Any:
        return kl(q, p) * mask.mean()

    with pytest.raises(ValueError, match=r"lambda q, p: fn\(q, p, mask\), got 3"):
        dl.crosscheck(masked, *two(), torch.ones(8))


def test_a_function_that_writes_to_its_argument_has_a_gradient():
    def shifted(q: Any, p: Any) -> Any:
        q -= q.mean(-1, keepdim=True)
        return kl(q, p)

    assert dl.crosscheck(shifted, *two()).verdict == "right"


def test_an_error_of_the_backward_pass_is_told():
    def overwritten(q: Any, p: Any) -> Any:
        fit = F.softmax(q, -1)
        value = (fit * (fit.log() - F.log_softmax(p, -1))).sum(-1).mean()
        fit.mul_(2)
        return value

    with pytest.raises(ValueError, match="fn: expected a function that can be differentiated, got") as caught:
        dl.crosscheck(overwritten, *two())
    assert "modified by an inplace operation" in str(caught.value)
    assert "Hint" not in str(caught.value)


def test_an_infinite_logit_is_no_matter_of_logarithms():
    q, p = two()
    q[2, 3] = -torch.inf
    (finding,) = dl.crosscheck(kl, q, p).findings
    assert (finding.slip, finding.instead) == ("infinite as given", "mask the same entries of p and q")


def test_the_line_for_zero_times_log_is_finite_and_has_a_finite_gradient():
    q, p = two()
    q[2, 3] = p[2, 3] = -torch.inf
    (finding,) = dl.crosscheck(kl, q, p).findings
    assert finding.slip == "zero times log"
    logits = q.requires_grad_()
    known = {"torch": torch, "p": F.softmax(p, -1), "log_q": F.log_softmax(logits, -1)}
    value = eval(finding.instead, known).sum()
    value.backward()
    assert value.isfinite()
    assert logits.grad.isfinite().all()


@pytest.mark.parametrize(("rows", "length", "kept"), [(4, 12, 8), (5, 11, 4), (2, 6, 3)])
def test_the_mean_over_masked_tokens_too_is_named(rows: int, length: int, kept: int):
    mask = (torch.arange(length) < kept).float()

    def masked(q: Any, p: Any) -> Any:
        terms = F.kl_div(F.log_softmax(q, -1), F.softmax(p, -1), reduction="none").sum(-1)
        return (terms * mask.expand(rows, length)).mean()

    report = dl.crosscheck(masked, *two(rows, length, 7), expected=dl.ForwardKL())
    assert [finding.slip for finding in report.findings] == ["mask"]
    assert report.what_it_is.endswith("distributions, divided by the number of all of them")


def test_the_line_keeps_the_sum_of_a_function_of_which_nothing_is_said():
    def warm(q: Any, p: Any) -> Any:
        return F.kl_div(F.log_softmax(q / 2, -1), F.softmax(p, -1), reduction="sum")

    report = dl.crosscheck(warm, *two())
    assert [finding.instead for finding in report.findings] == [
        "F.kl_div(F.log_softmax(q / 2, -1), F.softmax(p / 2, -1), reduction='sum')"
    ]


def test_class_indices_are_refused_with_a_cure():
    q, _ = two()
    labels = torch.randint(0, 10, (8,))
    with pytest.raises(ValueError, match=r"argument 2: expected a number for every class, such as F\.one"):
        dl.crosscheck(F.cross_entropy, q, labels)
    one_hot = F.one_hot(labels, 10).double()
    assert dl.crosscheck(F.cross_entropy, q, one_hot).verdict == "right up to a constant"


def test_arrays_without_an_entry_are_read_as_the_function_reads_them():
    for fn in (kl, lambda q, p: F.kl_div(q, p, reduction="batchmean")):
        report = dl.crosscheck(fn, torch.zeros(0, 9), torch.zeros(0, 9))
        assert [finding.slip for finding in report.findings] == ["empty"]
        assert "though" not in report.what_it_is


def test_a_constant_0_and_the_same_argument_twice_are_told_apart():
    slips = [
        dl.crosscheck(fn, *two()).findings[0].slip
        for fn in (lambda q, p: kl(p, p), lambda q, p: 0.0 * q.sum(), lambda q, p: torch.zeros(()))
    ]
    assert slips == ["wrong tensor", "always 0", "always 0"]


def test_the_line_for_cosine_is_not_that_of_a_kl():
    found = dl.crosscheck(kl, *two(), expected=dl.Cosine()).findings[0]
    assert found.slip == "another divergence"
    assert "F.cosine_similarity" in found.instead
    assert "kl_div" not in found.instead


def test_weights_of_sequences_are_said():
    mask = torch.tensor([[1.0, 1.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0]])

    def by_sequence(q: Any, p: Any) -> Any:
        rows = F.kl_div(F.log_softmax(q, -1), F.softmax(p, -1), reduction="none").sum(-1)
        return ((rows * mask).sum(1) / mask.sum(1)).mean()

    report = dl.crosscheck(by_sequence, torch.randn(2, 4, 5), torch.randn(2, 4, 5))
    assert any("from 0.6667 to 1 times the largest" in note for note in report.notes)

"""The door of a cross-check: what is refused, in one line, whatever the function does."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import divlite as dl
from divlite._complaint import Complaint

A = np.random.default_rng(0).normal(size=(8, 5))
B = np.random.default_rng(1).normal(size=(8, 5))
for frozen in (A, B):
    frozen.setflags(write=False)
NORMAL, SAMPLES = ("mu", "log_variance"), ("log_q", "log_p")


class Broken(torch.autograd.Function):
    """The identity, with a backward that raises."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        raise IndexError("of the\nbackward")


def kl(q, p):
    return F.kl_div(F.log_softmax(q, -1), F.softmax(p, -1), reduction="batchmean")


def broken(q, p):
    return kl(Broken.apply(q), p)


def in_place(q, p):
    e = q.exp()
    log_q = (e / e.sum(-1, keepdim=True)).log()
    e.mul_(2.0)
    return F.kl_div(log_q, F.softmax(p, -1), reduction="batchmean")


def vae(mu, log_variance):
    mu = Broken.apply(mu)
    return -0.5 * (1 + log_variance - mu**2 - log_variance.exp()).sum(-1).mean()


def k2(log_q, log_p):
    return (0.5 * (Broken.apply(log_q) - log_p) ** 2).mean()


DIFFERENTIATED = "fn: expected a function that can be differentiated, got "
TAKES = "fn: expected a function that takes these arguments, got "
REFUSED = {
    "backward": (broken, {}, DIFFERENTIATED + "IndexError: of the backward"),
    "backward of a Normal's": (vae, {"given": NORMAL}, DIFFERENTIATED + "IndexError"),
    "backward of samples'": (k2, {"given": SAMPLES}, DIFFERENTIATED + "IndexError"),
    "in place": (in_place, {}, DIFFERENTIATED + "RuntimeError: one of the variables needed"),
    "tuple": (lambda q, p: (kl(q, p), 1.0), {}, TAKES + "one that gives a tuple, and no number or tensor"),
    "None": (lambda q, p: None, {}, TAKES + "one that gives None, and no number or tensor"),
    "complex": (lambda q, p: kl(q, p).to(torch.complex64), {}, TAKES + "one that gives complex numbers"),
    "axis of text": (kl, {"axis": "x"}, "axis: expected a whole number >= -2, got 'x'"),
    "axis of a float": (kl, {"axis": 1.0}, "axis: expected a whole number >= -2, got 1.0"),
    "axis": (kl, {"axis": 2}, "axis: expected an axis of an array of shape (8, 5), got 2"),
    "given": (kl, {"given": 3}, "given: expected a name for all arguments, or one for each, got 3"),
    "fit": (kl, {"fit": 2}, "fit: expected 0 or 1, the place of the fit's argument, got 2"),
    "fit of a float": (kl, {"fit": 1.0}, "fit: expected a whole number >= 0, got 1.0"),
    "gradient": (kl, {"gradient": 3}, "gradient: expected a function, or None, got 3"),
    "gradient's shape": (
        kl,
        {"gradient": lambda q, p: q.sum()},
        DIFFERENTIATED + "a gradient of shape () for an argument of shape (8, 5)",
    ),
    "probabilities": (
        kl,
        {"given": "probabilities"},
        f"argument 1: expected probabilities, as given says: numbers >= 0, got {A.min():.4g}",
    ),
    "sigma": (
        kl,
        {"given": ("mu", "sigma")},
        f"argument 2: expected sigma, as given says: numbers >= 0, got {B.min():.4g}",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_said_in_one_line(name):
    fn, options, said = REFUSED[name]
    with pytest.raises(ValueError, match="expected") as caught:
        dl.crosscheck(fn, A, B, **options)
    assert isinstance(caught.value.args[0], Complaint)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_an_argument_that_is_no_array_is_named():
    with pytest.raises(ValueError, match=r"^argument 1: expected"):
        dl.crosscheck(kl, "abc", B)


@pytest.mark.parametrize("given", ["logits", NORMAL, SAMPLES])
@pytest.mark.parametrize("calls", [4, 30, 70, 200])
def test_a_function_that_fails_later_is_a_report_or_one_line(calls, given):
    left = iter(range(calls))

    def fails(q, p):
        next(left)
        return (0.5 * (q - p) ** 2).mean()

    said = Complaint("", "", "")
    try:
        dl.crosscheck(fails, A, B, given=given)
    except ValueError as error:
        said = error.args[0]
    assert isinstance(said, Complaint)


@pytest.mark.parametrize("given", [NORMAL, SAMPLES])
def test_no_entries_are_refused(given):
    with pytest.raises(ValueError, match=r"^argument 1: expected at least one entry, got shape \(0, 4\)$"):
        dl.crosscheck(kl, np.ones((0, 4)), np.ones((0, 4)), given=given)


@pytest.mark.parametrize("given", ["logits", NORMAL, SAMPLES])
def test_nan_in_an_argument_is_named_and_never_right(given):
    bad = B.copy()
    bad[3, 2] = np.nan
    with pytest.raises(ValueError, match=r"^argument 2: expected numbers, got NaN at index \(3, 2\)"):
        dl.crosscheck(kl, A, bad, given=given)


def test_arrays_that_may_not_be_written_to_are_taken():
    assert dl.crosscheck(kl, A, B, expected=dl.ForwardKL())

"""No false alarm: right functions, spelled in many ways, are called right and nothing is said against them.

Run as a program it goes through a thousand put together at random, and all special ones:
    python tests/test_crosscheck_right.py [count [seed]]
"""

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from crosscheck_spellings import Case, singles
from torch.distributions import Categorical, Independent, Normal, kl_divergence

import divlite as dl
from divlite.crosscheck.distributions import readings

FORWARD = {"expected": dl.ForwardKL()}
RIGHT, CONSTANT, UNKNOWN = "right", "right up to a constant", "unexplained"


class Special(NamedTuple):
    """A function that is right as it stands, and the verdicts that say nothing false of it."""

    case: Case
    verdicts: tuple[str, ...] = (RIGHT,)


def case(name: str, fn: Callable, shape: tuple[int, ...], **said) -> Case:
    torch.manual_seed(len(name))
    student, teacher = (torch.randn(shape, dtype=torch.float64) for _ in "qp")
    return Case(name, fn, (student, teacher), FORWARD | said)


def terms(s, t, d=-1):
    return F.kl_div(F.log_softmax(s, d), F.softmax(t, d), reduction="none")


# ---- tokens that do not count ---------------------------------------------------------------------------

MASK = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 1, 1], [1, 0, 0, 0, 0]], dtype=torch.bool)
LABELS = torch.where(MASK, torch.tensor([3, 1, 4, 1, 5]), torch.tensor(-100))
TOKENS = (4, 5, 7)
OF_TOKENS = {
    "times the mask": lambda s, t: (terms(s, t).sum(-1) * MASK).sum() / MASK.sum(),
    "terms times the mask": lambda s, t: (terms(s, t) * MASK.unsqueeze(-1)).sum() / MASK.sum(),
    "rows indexed": lambda s, t: terms(s, t).sum(-1)[MASK].mean(),
    "logits indexed": lambda s, t: F.kl_div(
        F.log_softmax(s[MASK], -1), F.softmax(t[MASK], -1), reduction="batchmean"
    ),
    "ignored labels": lambda s, t: (
        (terms(s, t).sum(-1) * (LABELS != -100)).sum() / (LABELS != -100).sum().clamp(min=1)
    ),
    "masked_fill": lambda s, t: terms(s, t).sum(-1).masked_fill(~MASK, 0.0).sum() / MASK.sum(),
    "where": lambda s, t: torch.where(MASK, terms(s, t).sum(-1), 0.0).sum() / MASK.float().sum(),
    "masked_select": lambda s, t: torch.masked_select(terms(s, t).sum(-1), MASK).mean(),
    "lengths": lambda s, t: sum(
        terms(s[i, :n], t[i, :n]).sum() for i, n in enumerate((3, 2, 5, 1))
    ) / 11,
    "flattened": lambda s, t: F.kl_div(
        F.log_softmax(s.reshape(-1, 7)[MASK.flatten()], -1),
        F.log_softmax(t.reshape(-1, 7)[MASK.flatten()], -1),
        reduction="batchmean",
        log_target=True,
    ),
    "float32": lambda s, t: (terms(s.float(), t.float()).sum(-1) * MASK).sum() / MASK.sum(),
    "reverse": lambda s, t: (terms(t, s).sum(-1) * MASK).sum() / MASK.sum(),
}  # fmt: skip
WEIGHTS = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)


def of_tokens() -> Iterator[Special]:
    for name, fn in OF_TOKENS.items():
        expected = dl.ReverseKL() if name == "reverse" else dl.ForwardKL()
        yield Special(case(name, fn, TOKENS, expected=expected))
    per_sequence = lambda s, t: ((terms(s, t).sum(-1) * MASK).sum(1) / MASK.sum(1)).mean()  # noqa: E731
    yield Special(case("mean of the sequences' means", per_sequence, TOKENS), (RIGHT, UNKNOWN))
    yield Special(case("weights that sum to 1", lambda s, t: terms(s, t).sum(-1) @ WEIGHTS, (4, 6)))
    weighted = lambda s, t: (WEIGHTS[:, None] * terms(s, t)).sum()  # noqa: E731
    yield Special(case("weighted terms", weighted, (4, 6)))
    keep = torch.tensor([True, False, True, True])
    yield Special(case("rows kept", lambda s, t: terms(s, t).sum(-1)[keep].mean(), (4, 6)))
    # The mask moves with the numbers: nothing can be said, and nothing must be.
    moving = lambda s, t: terms(s, t).sum(-1)[t.argmax(-1) != 0].mean()  # noqa: E731
    yield Special(case("mask of the teacher's own", moving, TOKENS), (RIGHT, UNKNOWN))


# ---- targets that are smoothed, cross-entropies ----------------------------------------------------------


def smooth(p, a=0.1):
    return (1 - a) * p + a / p.shape[-1]


def smoothed_entropy(t, a):
    return torch.special.entr(smooth(F.softmax(t, -1), a)).sum(-1).mean()


def of_smoothing() -> Iterator[Special]:
    for a in (0.1, 0.05, 0.123):
        by_hand = lambda s, t, a=a: F.kl_div(  # noqa: E731
            F.log_softmax(s, -1), smooth(F.softmax(t, -1), a), reduction="batchmean"
        )
        by_torch = lambda s, t, a=a: (  # noqa: E731
            F.cross_entropy(s, F.softmax(t, -1), label_smoothing=a) - smoothed_entropy(t, a)
        )
        crossed = lambda s, t, a=a: F.cross_entropy(s, F.softmax(t, -1), label_smoothing=a)  # noqa: E731
        yield Special(case(f"smoothed by hand {a}", by_hand, (5, 6)))
        yield Special(case(f"F.cross_entropy smoothed minus the entropy {a}", by_torch, (5, 6)))
        yield Special(case(f"F.cross_entropy smoothed {a}", crossed, (5, 6)), (CONSTANT,))
    crosses = {
        "F.cross_entropy": lambda s, t: F.cross_entropy(s, F.softmax(t, -1)),
        "nn.CrossEntropyLoss": lambda s, t: torch.nn.CrossEntropyLoss()(s, F.softmax(t, -1)),
        "by hand": lambda s, t: -(F.softmax(t, -1) * F.log_softmax(s, -1)).sum(-1).mean(),
        "soft labels in float32": lambda s, t: F.cross_entropy(s.float(), F.softmax(t.float(), -1)),
    }
    for name, fn in crosses.items():
        yield Special(case(f"cross-entropy: {name}", fn, (5, 6)), (CONSTANT,))
        yield Special(case(f"cross-entropy: {name}, unsaid", fn, (5, 6), expected=None), (CONSTANT,))


# ---- temperatures ----------------------------------------------------------------------------------------


def of_temperature() -> Iterator[Special]:
    for warm in (2.0, 4.0, 1.7, 0.5):
        spelled = {
            "F.kl_div": lambda s, t, w=warm: terms(s / w, t / w).sum(-1).mean(),
            "times T^2": lambda s, t, w=warm: terms(s / w, t / w).sum(-1).mean() * w**2,
            "log_target": lambda s, t, w=warm: (
                F.kl_div(*(F.log_softmax(x / w, -1) for x in (s, t)), reduction="batchmean", log_target=True)
                * w**2
            ),
            "float32": lambda s, t, w=warm: terms(s.float() / w, t.float() / w).sum(-1).mean() * w**2,
            "powers": lambda s, t, w=warm: (
                terms(F.log_softmax(s, -1) / w, F.softmax(t, -1).log() / w).sum(-1).mean()
            ),
        }  # fmt: skip
        for name, fn in spelled.items():
            yield Special(case(f"T = {warm}: {name}", fn, (5, 6)))
            yield Special(case(f"T = {warm}: {name}, said", fn, (5, 6), temperature=warm))
        crossed = lambda s, t, w=warm: F.cross_entropy(s / w, F.softmax(t / w, -1)) * w**2  # noqa: E731
        yield Special(case(f"T = {warm}: cross-entropy", crossed, (5, 6)), (CONSTANT,))
        back = lambda s, t, w=warm: terms(t / w, s / w).sum(-1).mean() * w**2  # noqa: E731
        yield Special(case(f"T = {warm}: reverse", back, (5, 6), expected=dl.ReverseKL()))


# ---- shapes, gradients, and other things that are right --------------------------------------------------


def detached(s, t):
    with torch.no_grad():
        p = F.softmax(t, -1)
    return F.kl_div(F.log_softmax(s, -1), p, reduction="batchmean")


def channels_last(s, t):
    return terms(s.permute(0, 2, 3, 1).reshape(-1, 6), t.permute(0, 2, 3, 1).reshape(-1, 6)).sum(-1).mean()


def of_shapes() -> Iterator[Special]:
    yield Special(case("no_grad for the teacher", detached, (5, 6)))
    yield Special(case("detached teacher", lambda s, t: terms(s, t.detach()).sum(-1).mean(), (5, 6)))
    yield Special(case("channels last", channels_last, (2, 6, 3, 4), axis=1))
    yield Special(case("mean times classes", lambda s, t: terms(s, t).mean() * s.shape[-1], (5, 6)))
    yield Special(case("sum over batch", lambda s, t: terms(s, t).sum() / len(s), (5, 6)))
    yield Special(case("one, 'sum'", lambda s, t: terms(s, t).sum(), (6,)))
    yield Special(case("a sum, as is meant", lambda s, t: terms(s, t).sum(), (5, 6), mean="sum"))
    yield Special(case("entries, as is meant", lambda s, t: terms(s, t).mean(), (5, 6), mean="entries"))
    yield Special(case("terms", terms, (5, 6)))
    yield Special(case("batch of 1, 'batchmean'", lambda s, t: terms(s, t).sum() / 1.0, (1, 6), mean="sum"))
    classes = lambda s, t: terms(s, t, 0).sum(0).mean()  # noqa: E731
    yield Special(case("classes along axis 0", classes, (6, 5), axis=0))
    shared = case("a target for all", lambda s, t: terms(s, t.expand_as(s)).sum(-1).mean(), (5, 6))
    yield Special(shared._replace(arguments=(shared.arguments[0], shared.arguments[1][0])))
    yield Special(shared._replace(arguments=(shared.arguments[0], shared.arguments[1][:1])))
    kept = case("keepdim", lambda s, t: terms(s, t).sum(-1, keepdim=True).mean(0), (5, 6))
    yield Special(kept)
    yield from of_zeros()


def of_zeros() -> Iterator[Special]:
    """Targets with zeros in them."""
    one_hot = F.one_hot(torch.tensor([2, 0, 1, 2]), 4).double()
    fit = torch.randn(4, 4, dtype=torch.float64)
    kl = lambda s, p: F.kl_div(F.log_softmax(s, -1), p, reduction="batchmean")  # noqa: E731
    yield Special(Case("one-hot target", kl, (fit, one_hot), FORWARD))
    crossed = lambda s, p: F.cross_entropy(s, p)  # noqa: E731
    yield Special(
        Case("cross-entropy of a one-hot target", crossed, (fit, one_hot), FORWARD), (CONSTANT, RIGHT)
    )
    guarded = lambda q, p: torch.where(p > 0, p * (p.clamp_min(1e-30) / q).log(), 0.0).sum(-1).mean()  # noqa: E731
    sparse = torch.tensor([[0.5, 0.5, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]])
    q = F.softmax(torch.randn(3, 4), -1)
    yield Special(Case("where", guarded, (q, sparse), FORWARD))
    xlogy = lambda q, p: (torch.xlogy(p, p) - torch.xlogy(p, q)).sum(-1).mean()  # noqa: E731
    yield Special(Case("xlogy", xlogy, (q, sparse), FORWARD))
    yield Special(
        Case(
            "Categorical",
            lambda q, p: kl_divergence(Categorical(p), Categorical(q)).mean(),
            (q, sparse),
            FORWARD,
        )
    )


# ---- Normals ---------------------------------------------------------------------------------------------


def vae(mu, logvar):
    return -0.5 * (1 + logvar - mu**2 - logvar.exp())


def by_torch(mu, logvar):
    return kl_divergence(Normal(mu, (0.5 * logvar).exp()), Normal(torch.zeros_like(mu), 1.0))


def independent(mu, logvar):
    q, p = Normal(mu, (0.5 * logvar).exp()), Normal(torch.zeros_like(mu), 1.0)
    return kl_divergence(Independent(q, 1), Independent(p, 1)).mean()


NORMALS = {
    "sum, mean": lambda mu, logvar: vae(mu, logvar).sum(-1).mean(),
    "sum": lambda mu, logvar: vae(mu, logvar).sum(),
    "over the batch": lambda mu, logvar: vae(mu, logvar).sum() / mu.shape[0],
    "torch": lambda mu, logvar: by_torch(mu, logvar).sum(-1).mean(),
    "Independent": independent,
    "sigma": lambda mu, logvar: (0.5 * ((0.5 * logvar).exp() ** 2 + mu * mu - 1 - logvar)).sum(1).mean(),
    "log sigma": lambda mu, logvar: (-0.5 * logvar + (logvar.exp() + mu.square()) / 2 - 0.5).sum(-1).mean(),
    "expm1": lambda mu, logvar: 0.5 * (mu.pow(2) + torch.expm1(logvar) - logvar).sum(-1).mean(),
    "float32": lambda mu, logvar: vae(mu.float(), logvar.float()).sum(-1).mean(),
    "einsum": lambda mu, logvar: torch.einsum("bd->b", vae(mu, logvar)).mean(),
    "loop": lambda mu, logvar: sum(vae(m, v).sum() for m, v in zip(mu, logvar, strict=True)) / len(mu),
}


def of_normals() -> Iterator[Special]:
    for name, fn in NORMALS.items():
        torch.manual_seed(3)
        arguments = (torch.randn(6, 4, dtype=torch.float64), torch.randn(6, 4, dtype=torch.float64))
        yield Special(Case(f"Normals: {name}", fn, arguments, {}))
        yield Special(Case(f"Normals: {name}, in float32", fn, tuple(a.float() for a in arguments), {}))


# ---- what is right and more than a divergence: nothing must be said against it ---------------------------


def of_sums() -> Iterator[Special]:
    labels = torch.tensor([2, 0, 1, 3, 5])
    both = lambda s, t: 0.7 * 4.0 * terms(s / 2.0, t / 2.0).sum(-1).mean() + 0.3 * F.cross_entropy(s, labels)  # noqa: E731
    yield Special(case("distillation with labels", both, (5, 6)), (UNKNOWN,))
    both = lambda s, t: 0.5 * terms(s, t).sum(-1).mean() + 0.5 * F.cross_entropy(s, F.softmax(t, -1))  # noqa: E731
    yield Special(case("KL and cross-entropy", both, (5, 6)), (UNKNOWN, CONSTANT))
    words = torch.tensor([True, True, False, True, True, False])
    subset = lambda s, t: terms(s[:, words], t[:, words]).sum(-1).mean()  # noqa: E731
    yield Special(case("a part of the classes", subset, (5, 6)), (UNKNOWN, RIGHT))


def specials() -> list[Special]:
    kinds = (of_tokens, of_smoothing, of_temperature, of_shapes, of_normals, of_sums)
    return [special for kind in kinds for special in kind()]


def wrong(one: Case, verdicts: tuple[str, ...] = (RIGHT,)) -> str:
    """What the report says against the function; "" where it says nothing."""
    report = dl.crosscheck(one.fn, *one.arguments, **one.said)
    found = [finding.slip for finding in report.findings]
    # Of a sum that one need not know, "entropy in part" is a true name.
    names = {"entropy left out"} | ({"entropy in part"} if "unexplained" in verdicts else set())
    told = CONSTANT in verdicts and set(found) <= names
    fine = report.verdict in verdicts and (told or not found)
    return "" if fine else f"{report.verdict}: {report.what_it_is}; {found}"


@pytest.mark.parametrize("one", specials(), ids=lambda one: one.case.name)
def test_special_functions_that_are_right(one):
    assert not wrong(one.case, one.verdicts)


@pytest.mark.parametrize("one", list(singles(150)), ids=lambda one: one.name)
def test_functions_put_together_at_random(one):
    assert not wrong(one)


def main(count: int, seed: int) -> None:
    """All of them: how many, the false alarms, and the longest time of one."""
    tried = [(one.case, one.verdicts) for one in specials()] + [
        (one, (RIGHT,)) for one in singles(count, seed)
    ]
    alarms, longest = 0, 0.0
    for one, verdicts in tried:
        start = time.process_time()
        said = wrong(one, verdicts)
        longest = max(longest, time.process_time() - start)
        if said:
            alarms += 1
            print(f"{one.name}: {said}")
    print(f"{len(tried)} right functions, {alarms} false alarms, at most {longest:.2f} s of CPU for one")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*(int(argument) for argument in sys.argv[1:]), *(1000, 0)[len(sys.argv) - 1 :])


def test_two_readings_are_the_same_in_every_number():
    one = np.array([1.0, 2.0, np.nan])
    assert readings._close(one, one.copy())
    assert not readings._close(one, np.array([1.0, 3.0, np.nan]))
    assert not readings._close(one, np.array([1.5, 2.0, np.nan]))

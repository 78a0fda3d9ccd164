"""Planted slips, alone, in pairs, in threes: each must be named, over random shapes, data and spellings.

Run as a program it tries them all and prints the table of what was planted and what was named:
    python tests/test_crosscheck_planted.py [seed]
"""

import itertools
import random
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
import torch
import torch.nn.functional as F
from crosscheck_spellings import FORMS, LOGS, made
from torch import Tensor

import divlite as dl

SHAPES = (((9,), -1), ((5, 9), -1), ((16, 3), -1), ((4, 6, 10), -1), ((2, 5, 4), -1), ((3, 8, 2, 2), 1))
EXACT_LOGS = [name for name in LOGS if name not in ("float32", "softmax + 1e-12", "Categorical")]
PROBS = "probabilities as input"
LOGITS, ALL = ("logits",), tuple(FORMS)


class Slip(NamedTuple):
    """One slip. place: where it is made, once each; named: what must be said; forms: of the arguments."""

    place: str
    named: tuple[str, ...]
    forms: tuple[str, ...] = ALL


SLIPS = {
    "probabilities": Slip("q", (PROBS,)),
    "no softmax": Slip("q", ("no softmax",), LOGITS),
    "softmax twice": Slip("q", ("softmax twice",), LOGITS),
    "softmax of p, twice": Slip("p", ("softmax twice",), LOGITS),
    "softmax of q": Slip("q", ("softmax of probabilities",), ("log q and p", "probabilities", "logs")),
    "axis of q": Slip("q", ("axis",), LOGITS),
    "axis of p": Slip("p", ("axis",), LOGITS),
    "log_target": Slip("core", ("probabilities as log target",), ("logits", "log q and p", "probabilities")),
    "logits on both sides": Slip("both", ("no softmax",), LOGITS),
    "T of q": Slip("T", ("temperature",), LOGITS),
    "T of p": Slip("T", ("temperature",), LOGITS),
    "T of q, T^2": Slip("T", ("temperature",), LOGITS),
    "times T": Slip("T", ("temperature factor",), LOGITS),
    "swapped": Slip("core", ("swapped",)),
    "Jeffreys": Slip("core", ("another divergence",)),
    "JS": Slip("core", ("another divergence",)),
    "MSE": Slip("core", ("another divergence",)),
    "no entropy": Slip("core", ("entropy left out",)),
    "no weight": Slip("core", ("no weight",)),
    "abs of terms": Slip("core", ("terms",)),
    "epsilon": Slip("core", ("epsilon",)),
    "mean": Slip("mean", ("mean over classes",)),
    "sum": Slip("mean", ("sum over distributions",)),
    "batchmean": Slip("mean", ("batchmean",)),
    "mask": Slip("mean", ("mask",)),
    "batch twice": Slip("mean", ("divided too often",)),
    "sign": Slip("sign", ("sign",)),
    "half": Slip("factor", ("factor",)),
    "bits": Slip("factor", ("bits",)),
    "classes": Slip("factor", ("multiplied",)),
    "root": Slip("outer", ("square root",)),
    "root of rows": Slip("outer", ("square root",)),
    "plus 1": Slip("add", ("constant",)),
    "detached": Slip("gradient", ("detached fit",)),
    "no detach": Slip("gradient", ("detach",)),
    "same": Slip("tensor", ("wrong tensor",), ("logits", "probabilities", "logs")),
}
# Pairs that are one thing, or that cannot be told: the second undoes the first, or is not reached by it.
NOT_TOGETHER = [
    {"no softmax", "epsilon"}, {"no softmax", "swapped"}, {"no softmax", "Jeffreys"}, {"no softmax", "JS"},
    {"probabilities", "JS"}, {"probabilities", "MSE"}, {"probabilities", "epsilon"},
    {"probabilities", "no weight"},
    {"probabilities", "abs of terms"}, {"no softmax", "MSE"}, {"no softmax", "abs of terms"},
    {"half", "Jeffreys"}, {"classes", "mean"}, {"logits on both sides", "log_target"},
]  # fmt: skip
ROOTS = {"root", "root of rows"}
NEGATIVE = {"probabilities", "no softmax", "logits on both sides", "no weight", "axis of q", "axis of p",
            "sign", "epsilon", "log_target", "no entropy"}  # fmt: skip


def sensible(slips: frozenset[str], form: str, shape: tuple[int, ...]) -> bool:
    """Whether somebody could make these together, and they could be told."""
    places = [SLIPS[name].place for name in slips]
    rows = len(shape) > 1
    return (
        len(set(places)) == len(places)
        and all(form in SLIPS[name].forms for name in slips)
        and not any(pair <= slips for pair in NOT_TOGETHER)
        and not ("both" in places and {"q", "p", "core"} & set(places))
        and ("same" not in slips or len(slips) == 1)
        and not ("gradient" in places and len(slips) > 1)
        and not (slips & ROOTS and slips & NEGATIVE)
        and (len(shape) > 2 or "batchmean" not in slips)
        and (rows or not slips & {"sum", "mask", "batch twice", "axis of q", "axis of p", "root of rows"})
    )


class Planted(NamedTuple):
    """A function with slips, its arguments, and what is said of it."""

    slips: frozenset[str]
    fn: Callable[..., Tensor]
    arguments: tuple[Tensor, Tensor]
    said: dict
    form: str


def planted(slips: frozenset[str], rng: random.Random) -> Planted | None:
    """A function with these slips, of random form and shape; None where they are not sensible together."""
    choices = [
        (form, shape, axis)
        for form, (shape, axis) in itertools.product(FORMS, SHAPES)
        if sensible(slips, form, shape)
    ]
    if not choices:
        return None
    form, shape, axis = rng.choice(choices)
    spelled = Spelled(
        slips, form, axis, shape, rng.choice([3.0, 5.0, 2.5, 6.0]), 10.0 ** -rng.choice([3, 4, 5]), rng
    )
    torch.manual_seed(rng.randrange(10**6))
    arguments = tuple(made(one, shape, axis) for one in FORMS[form])
    if "no detach" in slips:
        arguments = tuple(a.requires_grad_(True) for a in arguments)
    return Planted(slips, spelled, arguments, {"expected": dl.ForwardKL(), "axis": axis}, form)


class Spelled:
    """A forward KL with slips in it, spelled at random."""

    def __init__(self, slips, form, axis, shape, warm, epsilon, rng):
        self.slips, self.forms, self.axis, self.shape = slips, FORMS[form], axis, shape
        self.warm, self.epsilon = warm, epsilon
        self.log_q, self.log_p = (rng.choice(EXACT_LOGS) for _ in "qp")
        self.core = rng.randrange(4)
        self.mask = torch.tensor([n % 3 != 1 for n in range(torch.Size(shape).numel() // shape[axis])])

    def __call__(self, student: Tensor, teacher: Tensor) -> Tensor:
        terms = self.divergence(student, teacher)
        value = self.reduced(terms, student)
        return self.outside(value * terms.shape[self.axis] if "classes" in self.slips else value)

    def divergence(self, student: Tensor, teacher: Tensor) -> Tensor:
        slips, axis = self.slips, self.axis
        s = teacher if "same" in slips else student.detach() if "detached" in slips else student
        t = teacher if "no detach" in slips else teacher.detach()
        s = s / self.warm if slips & {"T of q", "T of q, T^2", "times T"} else s
        t = t / self.warm if slips & {"T of p", "times T"} else t
        other = next((n for n in range(len(self.shape)) if n != axis % len(self.shape)), 0)
        lq, q = self.side(s, self.forms[0], self.log_q, other if "axis of q" in slips else axis, "q")
        lp, p = self.side(t, self.forms[1], self.log_p, other if "axis of p" in slips else axis, "p")
        if "logits on both sides" in slips:
            lq, lp, q, p = s, t, s.exp(), t.exp()
        return self.terms(lq, q, lp, p)

    def side(self, x: Tensor, form: str, log: str, axis: int, name: str) -> tuple[Tensor, Tensor]:
        """What stands for the logarithm, and for the probabilities."""
        slips = self.slips
        if slips & ({"softmax twice", "softmax of q"} if name == "q" else {"softmax of p, twice"}):
            x, form = (
                F.softmax(x, axis) if form == "logits" else x.exp() if form.startswith("log_") else x,
                "logits",
            )
        if name == "q" and "no softmax" in slips:
            return x, x.exp()
        lx = LOGS[log](x, axis) if form == "logits" else x.log() if form == "probabilities" else x
        return (lx.exp(), lx.exp()) if name == "q" and "probabilities" in slips else (lx, lx.exp())

    def terms(self, lq: Tensor, q: Tensor, lp: Tensor, p: Tensor) -> Tensor:
        slips, e = self.slips, self.epsilon
        known: dict[str, Callable[[], Tensor]] = {
            "swapped": lambda: (
                F.kl_div(lp, q, reduction="none")
                if "probabilities" not in slips
                else F.kl_div(p, q, reduction="none")
            ),
            "Jeffreys": lambda: p * (lp - lq) + q * (q.log() - (p if "probabilities" in slips else lp)),
            "JS": lambda: 0.5 * (p * (lp - ((p + q) / 2).log()) + q * (lq - ((p + q) / 2).log())),
            "MSE": lambda: (p - q) ** 2,
            "no entropy": lambda: -p * lq,
            "no weight": lambda: lp - lq,
            "abs of terms": lambda: (p * (lp - lq)).abs(),
            "log_target": lambda: F.kl_div(lq, p, reduction="none", log_target=True),
            "epsilon": [
                lambda: p * ((p + e) / (q + e)).log(),
                lambda: p * (lp - (q + e).log()),
                lambda: p * (p / (q + e)).log(),
                lambda: (p + e) * ((p + e) / (q + e)).log(),
            ][self.core],
        }
        for name, of in known.items():
            if name in slips:
                return of()
        right = [
            lambda: F.kl_div(lq, p, reduction="none"),
            lambda: p * (lp - lq),
            lambda: F.kl_div(lq, lp, reduction="none", log_target=True),
            lambda: torch.xlogy(p, p) - p * lq,
        ]
        return right[self.core]()

    def reduced(self, terms: Tensor, student: Tensor) -> Tensor:
        rows = terms.sum(self.axis)
        slips = self.slips
        if "root of rows" in slips:
            rows = rows.sqrt()
        if "mask" in slips:
            rows = rows * self.mask.reshape(rows.shape)
        n = max(rows.numel(), 1)
        divisors = {
            "mean": n * terms.shape[self.axis],
            "sum": 1,
            "batchmean": len(student),
            "batch twice": n * len(student),
        }
        return rows.sum() / next((by for name, by in divisors.items() if name in slips), n)

    def outside(self, value: Tensor) -> Tensor:
        slips = self.slips
        steps: dict[str, Callable[[Tensor], Tensor]] = {
            "times T": lambda v: v * self.warm,
            "T of q, T^2": lambda v: v * self.warm**2,
            "sign": lambda v: -v,
            "half": lambda v: v / 2,
            "bits": lambda v: v / torch.tensor(2.0, dtype=torch.float64).log(),
            "root": torch.sqrt,
            "plus 1": lambda v: v + 1,
        }
        for name, step in steps.items():
            value = step(value) if name in slips else value
        return value


# ---- slips of other losses, and of gradients ------------------------------------------------------------


def others(rng: random.Random) -> Iterator[tuple[str, Planted, set[str]]]:
    """Slips that are made in other losses than forward KL, with what must be named."""
    shape, axis = rng.choice(SHAPES[1:])
    torch.manual_seed(rng.randrange(10**6))
    arguments = tuple(made("logits", shape, axis) for _ in "qp")
    b = rng.choice([0.1, 0.2, 0.3, 0.85])

    def both(s, t):
        lq, lp = F.log_softmax(s, axis), F.log_softmax(t, axis)
        return lq, lq.exp(), lp, lp.exp()

    def mean(terms):
        return terms.sum(axis).mean()

    def jeffreys(s, t):
        lq, q, lp, p = both(s, t)
        return 0.5 * mean((p - q) * (lp - lq))

    def from_the_mean(s, t):
        lq, q, lp, p = both(s, t)
        m = 0.5 * (p + q)
        return 0.5 * mean(m * (m.log() - lp) + m * (m.log() - lq))

    def one_half(s, t):
        _, q, lp, p = both(s, t)
        return mean(p * (lp - (0.5 * (p + q)).log()))

    def exchanged(s, t):
        lq, q, lp, p = both(s, t)
        m = (b * q + (1 - b) * p).log()
        return mean(b * p * (lp - m) + (1 - b) * q * (lq - m))

    def held(s, t):
        lq, q, lp, _ = both(s, t)
        return mean(q.detach() * (lq - lp))

    def half_held(s, t):
        lq, q, lp, p = both(s, t)
        return mean(p * (lp - lq) + q.detach() * (lq.detach() - lp))

    def of_logits(s, t):
        return F.mse_loss(s, t, reduction="none").sum(axis).mean()

    js, reverse = {"expected": dl.JensenShannon()}, {"expected": dl.ReverseKL()}
    for name, fn, said, named in (
        ("Jeffreys for JS", jeffreys, js, {"jeffreys for js"}),
        ("JS from the mean", from_the_mean, js, {"from the mean"}),
        ("one half of JS", one_half, js, {"another divergence"}),
        ("GKD's weights", exchanged, {}, {"mixture weights"}),
        ("weight held", held, reverse, {"detached fit"}),
        ("a half held", half_held, {}, {"gradient of another"}),
        ("MSE of logits", of_logits, {"expected": dl.MSE()}, {"no softmax", "another divergence"}),
    ):
        yield name, Planted(frozenset({name}), fn, arguments, {**said, "axis": axis}, "logits"), named


# ---- judging ----------------------------------------------------------------------------------------------

# Where F.kl_div is not called, or not seen, these are the same words.
SAME = {"probabilities for logs": PROBS, "softmax of probabilities": "softmax twice"}


def named(report: dl.Report) -> set[str]:
    return {SAME.get(finding.slip, finding.slip) for finding in report.findings}


def wanted(slips: frozenset[str]) -> set[str]:
    return {SAME.get(name, name) for slip in slips for name in SLIPS[slip].named}


def missed(one: Planted, want: set[str]) -> str:
    """What the report says instead; "" where it names what was planted."""
    report = dl.crosscheck(one.fn, *one.arguments, **one.said)
    got = named(report)
    return "" if got == want else f"{sorted(got)} ({report.verdict}: {report.what_it_is})"


def combinations(count: int) -> list[frozenset[str]]:
    return [frozenset(names) for names in itertools.combinations(SLIPS, count)]


def drawn(all_of: list[frozenset[str]], rng: random.Random, most: int) -> Iterator[Planted]:
    """Functions with these slips, those that are sensible."""
    found = (planted(slips, rng) for slips in all_of)
    return itertools.islice((one for one in found if one is not None), most)


def shuffled(count: int, rng: random.Random) -> list[frozenset[str]]:
    found = combinations(count)
    rng.shuffle(found)
    return found


@pytest.mark.parametrize("slip", SLIPS)
def test_each_slip_alone(slip):
    one = planted(frozenset({slip}), random.Random(slip))
    assert one is not None
    assert not missed(one, wanted(one.slips))


@pytest.mark.parametrize("number", range(7))
def test_each_slip_of_another_loss(number):
    name, one, want = list(others(random.Random(number)))[number]
    assert not missed(one, want), name


def test_pairs():
    rng = random.Random(2)
    tried = list(drawn(shuffled(2, rng), rng, 28))
    bad = [(sorted(one.slips), said) for one in tried if (said := missed(one, wanted(one.slips)))]
    assert len(tried) == 28
    assert len(bad) <= 2, bad


def test_threes():
    rng = random.Random(3)
    tried = list(drawn(shuffled(3, rng), rng, 12))
    bad = [(sorted(one.slips), said) for one in tried if (said := missed(one, wanted(one.slips)))]
    assert len(tried) == 12
    assert len(bad) <= 4, bad


def table(title: str, tried: Iterator[tuple[Planted, set[str]]]) -> None:
    """How many were named; what was said instead of the others."""
    seen, found, times = Counter[str](), Counter[str](), []
    for one, want in tried:
        start = time.process_time()
        said = missed(one, want)
        times.append(time.process_time() - start)
        seen.update(one.slips)
        found.update(() if said else one.slips)
        if said:
            print(f"  {sorted(one.slips)}, {one.form}, {tuple(one.arguments[0].shape)}: {said[:160]}")
    print("  " + "; ".join(f"{name} {found[name]}/{n}" for name, n in seen.items() if found[name] < n))
    print(
        f"{title}: {len(times)}, at most {max(times):.2f} s of CPU, {sum(times) / len(times):.2f} on average"
    )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    rng = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    alone = [one for _ in range(4) for one in drawn(combinations(1), rng, 10**6)]
    table("singles", ((one, wanted(one.slips)) for one in alone))
    table("of other losses", ((one, want) for _ in range(3) for _, one, want in others(rng)))
    table("pairs", ((one, wanted(one.slips)) for one in drawn(combinations(2), rng, 10**6)))
    table("threes", ((one, wanted(one.slips)) for one in drawn(shuffled(3, rng), rng, 100)))

"""The tests are tested: each mutant of each formula in the core must make one of them fail.

A mutant that passes them all must stand in EQUAL with its reason, and be shown to be equal on symbols, case
by case. How many of them the proof of the derivations rejects by itself is counted beside it, and printed.
"""

import ast
import math
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from types import CodeType, FunctionType, SimpleNamespace
from typing import Any, NamedTuple
from unittest import mock

import pytest
import sympy as sp
import test_densities as densities
import test_losses as losses
import test_parity as parity
import torch
from core_mutants import in_place_of, mutants

import divlite as dl
from conftest import LOSSES
from divlite import chain
from divlite.densities import normal
from divlite.derive import proof, request, smoothed
from divlite.losses import protocol
from divlite_torch.backend import COORDINATES as ORACLES

METHODS = ("value", "d_log_q", "finish", "d_finish")
PROTOCOL = (protocol.value, protocol.d_log_q, protocol.finish, protocol.d_finish)
COORDINATES = {"sigma": dl.Sigma(), "variance": dl.Variance(math.pi), "log-sigma": dl.LogSigma()}
TINY = 2.0**-1022

EQUAL = {
    "return where(p != 0.0, p * (log_p - log_q), 0.0)": "no density is below 0",
    "return where(q != 0.0, q * (log_q - log_p), 0.0)": "no density is below 0",
    "return where(q != 0.0, q * (log_q - log_p + 1.0), 0.0)": "no density is below 0",
    "return where(p >= q, p - q, q - p)": "both are 0 at p = q",
    "return where(q > p, q, where(q != p, -q, 0.0))": "asked only where q is not above p",
    "pq, pp, qq = sums": "the cosine is the same for p and q exchanged",
    "z = -((x - mu) / sigma)": "only z^2 counts in log N",
    "z = (mu - x) / sigma": "only z^2 counts in log N",
    "z = -(x - mu) / sigma": "only z^2 counts in log N",
    "z = (x - mu) / -sigma": "only z^2 counts in log N",
    "log_q = log_prob(mu, x, sigma)": "only z^2 counts in log N",
    "return (finish(loss, sums), dot(d_mu, d), dot(d, d_sigma))": "a product commutes",
    "return (finish(loss, sums), dot(d, d_mu), dot(d_sigma, d))": "a product commutes",
    "return sum((s * t for t, s in zip(a, b, strict=True))) if several(a) else a * b": "a product commutes",
    "return sum((s * t for s, t in zip(b, a, strict=True))) if several(a) else a * b": "a product commutes",
    "return sum((s * t for s, t in zip(a, b, strict=True))) if several(b) else a * b": "both are, or neither",
}
# As this Python writes them.
EQUAL = {ast.unparse(ast.parse(text)): why for text, why in EQUAL.items()}


class Formula(NamedTuple):
    """tests: those of the suite that it can make fail, the quick ones first; proof: of its derivations."""

    function: FunctionType
    tests: list[Callable[[], None]]
    proof: list[Callable[[], None]]


class Row(NamedTuple):
    name: str
    made: int
    rejected: int
    equal: list[str]
    by_proof: int
    tried: int


# (S_pq, S_qq, S_pp), the loss and its derivatives by the first two, in powers of 2: nothing is rounded.
SUMS = [
    ((3.0, 4.0, 16.0), -3 / 8, (-1 / 8, 3 / 64)),
    ((3.0, 16.0, 4.0), -3 / 8, (-1 / 8, 3 / 256)),
    ((2.0**-1030, 1.0, 1.0), -(2.0**-1030), (-1.0, 2.0**-1031)),
    ((2.0**-511, TINY, 1.0), -1.0, (-(2.0**511), 2.0**1021)),
    ((2.0**-511, 1.0, TINY), -1.0, (-(2.0**511), 0.5)),
    ((2.0**-512, TINY / 4, 1.0), 0.0, (0.0, 0.0)),
    ((2.0**-512, 1.0, TINY / 4), 0.0, (0.0, 0.0)),
]


def assert_cosine(sums, expected, derivatives):
    assert protocol.finish(dl.Cosine(), sums) == expected
    assert protocol.d_finish(dl.Cosine(), sums) == derivatives


def assert_dot():
    assert protocol.dot(2.0, 3.0) == 6.0
    assert protocol.dot((2.0, 3.0), (5.0, 7.0)) == 31.0
    with pytest.raises(ValueError, match="zip"):
        protocol.dot((2.0, 3.0), (5.0,))


def assert_coordinates(coordinates):
    to_sigma, from_sigma = ORACLES[type(coordinates)]
    for number in (0.3, 1.7, 4.0):
        sigma = torch.tensor(number, dtype=torch.float64)
        t = from_sigma(coordinates, sigma).clone().requires_grad_()
        (d_sigma,) = torch.autograd.grad(to_sigma(coordinates, t), t)
        assert coordinates.from_sigma(number) == pytest.approx(t.item(), rel=1e-12)
        assert coordinates.to_sigma(t.item()) == pytest.approx(number, rel=1e-12)
        assert coordinates.d_sigma(number) == pytest.approx(d_sigma.item(), rel=1e-12)


def assert_follows(before, step, definitions, count=3):
    """`proof.check`, failing for the same lines, but with the numbers of one point first: they are quick."""
    assert proof.error(before, step, definitions, 1) < proof.LIMIT
    verdict = CHECK(before, step, definitions, count)
    assert verdict.holds
    return verdict


CHECK = proof.check


def assert_proved(loss, coordinates="sigma"):
    """What L is, and where each derivation ends: the formulas that run."""
    asked = request.Request(True, True, request.COORDINATES[coordinates])
    if isinstance(loss, dl.Smoothed):
        derivation = smoothed.derivation(asked, loss)
    else:
        derivation = smoothed.INNER[type(loss)].derivation(asked)
    with mock.patch.object(proof, "check", assert_follows):
        for c in (c for c in derivation.chains if c.head in derivation.definitions):
            proof.check(c.head, c.lines[0], derivation.definitions)
        assert proof.anchors(derivation, loss)


def suite_of(loss) -> Iterator[Callable[[], None]]:
    """The suite's tests of one loss, of the backends only numpy and torch."""
    yield losses.test_known_values
    yield from (partial(losses.test_edges, *e, "numpy") for e in losses.EDGES if type(e[0]) is type(loss))
    yield partial(parity.test_sensitivities, loss, "torch")
    yield partial(parity.test_values_and_gradients, loss, "torch", "mean")
    if isinstance(loss, dl.L1):
        yield partial(losses.test_l1_takes_the_subgradient_0_where_p_and_q_meet, "numpy")
    if isinstance(loss, dl.Cosine):
        yield from (partial(assert_cosine, *case) for case in SUMS)
        yield from (partial(losses.test_cosine_of_a_far_fit, mu, "numpy") for mu in (30.0, 38.0, 45.0))


def formulas() -> Iterator[Formula]:
    for loss in dl.LOSSES:
        methods = [getattr(type(loss), name) for name in METHODS if hasattr(loss, name)]
        yield from (Formula(f, [*suite_of(loss)], [partial(assert_proved, loss)]) for f in methods)
    tests = [test for loss in LOSSES[5:] for test in suite_of(loss)]
    proofs = [partial(assert_proved, loss) for loss in LOSSES[5:]]
    yield from (Formula(getattr(dl.Smoothed, name), tests, proofs) for name in METHODS)
    proofs = [partial(assert_proved, loss) for loss in (dl.ForwardKL(), dl.Cosine())]
    tests = [
        partial(densities.test_normal_agrees_with_scipy, 12.5, 40.0),
        densities.test_score_is_the_derivative_of_log_prob,
    ]
    yield from (Formula(f, tests, proofs[:1]) for f in (normal.log_prob, normal.score))
    # Those first that depend on the most: all four arguments, several sums.
    telling = sorted(LOSSES, key=lambda loss: not isinstance(loss, dl.ReverseKL | dl.Cosine))
    tests = [partial(parity.test_values_and_gradients, loss, "torch", "mean") for loss in telling]
    yield from (Formula(f, tests, proofs) for f in (chain.integrand, chain.assemble))
    tests = [assert_dot, *(test for loss in telling for test in suite_of(loss))]
    helpers = (*PROTOCOL, protocol.each, protocol.scale, protocol.dot)
    yield from (Formula(f, tests, proofs) for f in helpers)
    for name, coordinates in COORDINATES.items():
        tests = [partial(assert_coordinates, coordinates)]
        tests += [partial(parity.test_optimizers_and_coordinates, "torch", coordinates, dl.sgd(0.05))]
        methods = [getattr(type(coordinates), f) for f in ("to_sigma", "from_sigma", "d_sigma")]
        yield from (Formula(f, tests, [partial(assert_proved, dl.ForwardKL(), name)]) for f in methods)


def passes(tests) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for test in tests:
                test()
    except (Exception, pytest.fail.Exception):
        return False
    return True


def decided(condition, a, b):
    assert condition in (True, False)
    return a if condition else b


TINY_, A, B, C, D = sp.symbols("tiny a b c d", positive=True)
X, Y = sp.symbols("x y", real=True)
F, G, H = map(sp.Function, "FGH")
EXACT = {"exp": sp.exp, "log": sp.log, "sqrt": sp.sqrt, "where": decided, "TINY": TINY_}
ONE = SimpleNamespace(value=F, d_log_q=G)
TWO = SimpleNamespace(
    value=lambda *at: (F(*at), G(*at)),
    d_log_q=lambda *at: (G(*at), H(*at)),
    finish=lambda sums: F(*sums),
    d_finish=lambda sums: (G(*sums), H(*sums)),
)


def cases(name: str) -> list[tuple[Any, ...]]:
    """Arguments that stand for all there are. The log of a density 0 is -oo, or any where it underflowed."""
    if name in ("value", "d_log_q"):
        pairs = (0, 0), (0, A), (A, 0), (A, A), (A, A + B), (A + B, A)
        logs = {True: (X, Y), False: (X, Y, -sp.oo)}
        return [
            (ONE, p, log_p, q, log_q)
            for p, q in pairs
            for log_p, log_q in product(logs[p != 0], logs[q != 0])
        ]
    if name == "finish":
        return [(TWO, (A, *squares)) for squares in product((0, TINY_ - B, TINY_, TINY_ + C), repeat=2)]
    return {
        "log_prob": [(X, Y, A)],
        "integrand": [(loss, X, A, Y, B, sp.log(B), C) for loss in (ONE, TWO)],
        "assemble": [(ONE, A, X, Y), (TWO, (A, B), (X, Y), (C, D))],
        "dot": [(X, Y), ((A, B), (X, Y))],
    }[name]


def assert_equal(function: FunctionType, code: CodeType):
    """By carrying out both on symbols, with every condition decided by the case."""
    log_prob = FunctionType(normal.log_prob.__code__, normal.__dict__ | EXACT)
    old, new = (
        FunctionType(c, function.__globals__ | EXACT | {"log_prob": log_prob})
        for c in (function.__code__, code)
    )
    for case in cases(function.__name__):
        first, second = (sp.Tuple(*sp.flatten([f(*case)])) for f in (old, new))
        assert first == second or all(sp.expand(a - b) == 0 for a, b in zip(first, second, strict=True)), case


def row(formula: Formula, share: int = 1) -> Row:
    """What becomes of the mutants of one formula; the proof is asked about one in `share` of them."""
    function, name = formula.function, formula.function.__qualname__
    made, equal, by_proof = [*mutants(function)], [], 0
    for text, code in made:
        with in_place_of(function, code):
            survives = passes(formula.tests)
        if survives:
            assert text in EQUAL, f"{name}: nothing rejects {text}"
            assert_equal(function, code)
            with in_place_of(function, code):
                assert passes(formula.proof), f"{name}: the proof rejects {text}"
            equal.append(text)
    for _, code in made[::share]:
        with in_place_of(function, code):
            by_proof += not passes(formula.proof)
    return Row(name, len(made), len(made) - len(equal), equal, by_proof, len(made[::share]))


def table(rows: list[Row]) -> str:
    lines = [
        "formula             made  rejected  equivalent   by the proof alone",
        *(
            f"{r.name:<18}{r.made:>6}{r.rejected:>10}{len(r.equal):>12}{r.by_proof:>13} of {r.tried}"
            for r in rows
        ),
    ]
    made, rejected, by_proof, tried = (
        sum(getattr(r, name) for r in rows) for name in ("made", "rejected", "by_proof", "tried")
    )
    equal = [f"  {r.name}: {text}  ({EQUAL[text]})" for r in rows for text in r.equal]
    lines += [f"{'in all':<18}{made:>6}{rejected:>10}{len(equal):>12}{by_proof:>13} of {tried}"]
    return "\n".join([*lines, "equivalent:", *equal])


def test_the_formulas_as_they_are_pass():
    every = {str(test): test for f in formulas() for test in (*f.tests, *f.proof)}
    for test in every.values():
        test()


def test_every_mutant_is_rejected_or_equal(capsys):
    """A share of the mutants for the proof: all of them take it minutes."""
    rows = [row(formula, share=37) for formula in formulas()]
    with capsys.disabled():
        print("\n" + table(rows))
    assert all(r.made == r.rejected + len(r.equal) > 0 for r in rows)
    assert {text for r in rows for text in r.equal} == set(EQUAL)


@pytest.mark.parametrize(
    "function",
    [dl.ReverseKL.value, dl.L1.d_log_q, dl.Cosine.finish, normal.log_prob, chain.assemble],
    ids=lambda f: f.__qualname__,
)
def test_the_symbols_tell_what_is_not_equal(function):
    shown = {text for text, code in mutants(function) if passes([partial(assert_equal, function, code)])}
    assert shown == {text for text, _ in mutants(function)} & set(EQUAL)


if __name__ == "__main__":
    print(table([row(formula) for formula in formulas()]))

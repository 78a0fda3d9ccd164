"""The tests are tested: each mutant of each formula in the core must make one of them fail.

A mutant that passes them all must be equal to the formula: that is shown on symbols, case by case, with every
condition decided. How many of them the proof of the derivations rejects by itself is counted beside it, and
printed.
"""

import math
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from types import FunctionType, SimpleNamespace
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import pytest
import test_densities as densities
import test_losses as losses
import test_parity as parity
import torch
from core_mutants import in_place_of, mutants
from core_symbols import OF_A_FAMILY, SENSITIVITIES, assert_equal
from scipy import stats

import divlite as dl
from conftest import LOSSES, SMOOTHED
from divlite import chain
from divlite.derivative import difference
from divlite.derive import parts, proof, request
from divlite.families import FAMILIES, location_scale
from divlite.losses import protocol
from divlite.rounding import jumps
from divlite.views import CDF, Quantile, view_of
from divlite_torch.backend import COORDINATES as ORACLES

METHODS = ("of_p", "value", *SENSITIVITIES, "finish", "d_finish")
PROTOCOL = (protocol.of_p, protocol.value, protocol.sensitivity, protocol.finish, protocol.d_finish)
COORDINATES = {"sigma": dl.Sigma(), "variance": dl.Variance(math.pi), "log-sigma": dl.LogSigma()}
TINY = 2.0**-1022
NORMAL = dl.Normal(0.0, 1.0)


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


def assert_proved(loss, coordinate="sigma", family=NORMAL):
    """Every line from the definition to the gradient, and where each chain ends: the formulas that run."""
    derivation = parts.derivation(loss, request.request(None, coordinate, family))
    derived = derivation._replace(parts=derivation.parts[:4])
    with mock.patch.object(proof, "check", assert_follows):
        assert proof.prove(derived)
        assert {head for head, *_ in proof.anchors(derived)} == {*derivation.ends}


def assert_views():
    """The sensitivity is the method that the view names; without a view, d_log_q."""
    loss = SimpleNamespace(d_log_q=lambda *at: at, view=SimpleNamespace(derivative="d_cdf_q"))
    loss.d_cdf_q = lambda *at: at[::-1]
    assert protocol.sensitivity(loss, 1, 2, 3, 4) == (4, 3, 2, 1)
    del loss.view
    assert protocol.sensitivity(loss, 1, 2, 3, 4) == (1, 2, 3, 4)


CAUCHY = SimpleNamespace(
    log_kernel=lambda z: -np.log1p(z * z),
    pull=lambda z: 2 * z / (1 + z * z),
    log_mass=lambda: np.log(np.pi),
)


def assert_theorem():
    """Location and scale of another family than the Normal: the Cauchy, by SciPy and differences."""
    x, mu, sigma = np.array([-3.0, 0.1, 7.0]), 0.4, 2.5

    def log_prob(mu, sigma):
        return location_scale.log_prob(CAUCHY, location_scale.place(CAUCHY, mu, sigma), x)

    np.testing.assert_allclose(log_prob(mu, sigma), stats.cauchy(mu, sigma).logpdf(x), rtol=1e-14)
    score = location_scale.score(CAUCHY, location_scale.place(CAUCHY, mu, sigma), x)
    by_mu = difference(lambda e: log_prob(mu + e, sigma), 1e-3)
    by_sigma = difference(lambda e: log_prob(mu, sigma + e), 1e-3)
    np.testing.assert_allclose(score, (by_mu, by_sigma), rtol=1e-9)


def standard(family):
    """The member with mu = 0, sigma = 1, and 3 for whatever else it has."""
    return family(0.0, 1.0, *(3.0 for _ in family._fields[2:]))


def assert_family(family):
    """The pull is -g', the density the CDF's derivative; and half of it lies on either side of 0."""
    member = standard(family)
    z = np.array([-7.0, -3.1, -0.4, 0.0, 0.3, 2.9, 6.0])
    kernel, cdf, sf = member.log_kernel, member.standard_cdf, member.standard_sf
    away, h = z[z != 0.0], 1e-3
    np.testing.assert_allclose(member.pull(away), difference(lambda e: -kernel(away + e), h), rtol=1e-8)
    density = np.exp(kernel(away) - member.log_mass())
    np.testing.assert_allclose(difference(lambda e: cdf(away + e), h), density, rtol=1e-8, atol=1e-13)
    far = np.array([-1e4, 1e4])
    assert np.isfinite([kernel(far), member.pull(far)]).all()
    np.testing.assert_allclose(sf(z), cdf(-z), rtol=1e-15)
    np.testing.assert_array_equal(cdf(z) < 0.5, z < 0.0)
    zero = np.zeros(1)
    assert (member.pull(zero), cdf(zero), sf(zero)) == (0.0, 0.5, 0.5)


PARTS = 12  # of the formulas, so that several processes can share the work
SHARE = 61  # one mutant in so many is shown to the proof, too: all of them take it an hour


# Tests that are about one loss alone.
ABOUT = {
    dl.Cosine: [
        *(partial(assert_cosine, *case) for case in SUMS),
        *(partial(losses.test_cosine_of_a_far_fit, mu, "numpy") for mu in (30.0, 38.0, 45.0)),
    ],
}


def suite_of(loss) -> Iterator[Callable[[], None]]:
    """The suite's tests of one loss, of the backends only numpy and torch; those first that take no time."""
    yield losses.test_known_values
    yield from (partial(losses.test_edges, *e, "numpy") for e in losses.EDGES if type(e[0]) is type(loss))
    yield partial(losses.test_the_sensitivity_is_the_derivative_of_the_value_in_every_view, loss)
    yield from ABOUT.get(type(loss), ())
    if jumps(loss):
        yield partial(losses.test_at_a_kink_the_slope_is_the_mean_of_both_sides, loss)
    if hasattr(loss, "d_log_q"):
        yield partial(losses.test_every_corner_is_as_torch_has_it, loss, "numpy")
        yield partial(parity.test_sensitivities, loss, "torch")
    yield partial(parity.test_values_and_gradients, loss, "torch", "mean")


def assert_seen():
    """The two numbers of Q that CDFs and quantiles show, by SciPy; no loss here looks at the second."""
    x, mu, sigma = np.array([-3.0, 0.1, 7.0]), 0.4, 2.5
    at, q = location_scale.place(NORMAL, mu, sigma), stats.norm(mu, sigma)
    z = (x - mu) / sigma
    cdf = q.cdf(x), q.sf(x), -q.pdf(x), -q.pdf(x) * z
    np.testing.assert_allclose(CDF().seen(NORMAL, at, x), cdf, rtol=1e-13)
    np.testing.assert_allclose(Quantile().seen(NORMAL, at, z)[:2], (x, z), rtol=1e-13, atol=1e-15)


def seen_by(view) -> list[tuple[Any, str, str]]:
    """What the parity test takes, for the losses of this view."""
    return [(loss, "torch", "mean") for loss in LOSSES if view_of(loss) == view]


def formulas() -> Iterator[Formula]:
    for loss in dl.LOSSES:
        methods = [getattr(type(loss), name) for name in METHODS if hasattr(loss, name)]
        yield from (Formula(f, [*suite_of(loss)], [partial(assert_proved, loss)]) for f in methods)
    tests = [test for loss in SMOOTHED for test in suite_of(loss)]
    proofs = [partial(assert_proved, loss) for loss in SMOOTHED]
    yield from (
        Formula(getattr(dl.Smoothed, name), tests, proofs) for name in METHODS if hasattr(dl.Smoothed, name)
    )
    proofs = [partial(assert_proved, loss) for loss in (dl.ForwardKL(), dl.Cosine())]
    tests = [
        partial(densities.test_normal_agrees_with_scipy, 12.5, 40.0),
        densities.test_score_is_the_derivative_of_log_prob,
    ]
    for family in FAMILIES:
        told = tests if family is dl.Normal else []
        proved = partial(assert_proved, dl.ForwardKL(), family=standard(family))
        methods = [getattr(family, name) for name in OF_A_FAMILY]
        yield from (Formula(f, [partial(assert_family, family), *told], [proved]) for f in methods)
    theorem = location_scale.place, location_scale.log_prob, location_scale.score
    yield from (Formula(f, [assert_theorem, *tests], proofs[:1]) for f in theorem)
    for view in dict.fromkeys(map(view_of, LOSSES)):
        tests = [partial(parity.test_values_and_gradients, *at) for at in seen_by(view)]
        yield Formula(type(view).seen, [assert_seen, *tests], proofs[:1])
    tests = [partial(parity.test_values_and_gradients, *at) for at in seen_by(CDF())]
    yield Formula(location_scale.d_cdf, tests, proofs[:1])
    # Those first that depend on the most: all four arguments, several sums.
    telling = sorted(LOSSES, key=lambda loss: loss not in (dl.ReverseKL(), dl.Cosine()))
    tests = [partial(parity.test_values_and_gradients, loss, "torch", "mean") for loss in telling]
    yield from (Formula(f, tests, proofs) for f in (chain.integrand, chain.assemble))
    tests = [assert_dot, assert_views, *(test for loss in telling for test in suite_of(loss))]
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
            warnings.simplefilter("ignore", dl.FitWarning)
            for test in tests:
                test()
    except (Exception, pytest.fail.Exception):
        return False
    return True


def row(formula: Formula, share: int = 1) -> Row:
    """What becomes of the mutants of one formula; the proof is asked about one in `share` of them."""
    function, name = formula.function, formula.function.__qualname__
    made, equal, by_proof = [*mutants(function)], [], 0
    for text, code in made:
        with in_place_of(function, code):
            survives = passes(formula.tests)
        if survives:
            assert passes([partial(assert_equal, function, code)]), f"{name}: nothing rejects {text}"
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
    equal = [f"  {r.name}: {text}" for r in rows for text in r.equal]
    lines += [f"{'in all':<18}{made:>6}{rejected:>10}{len(equal):>12}{by_proof:>13} of {tried}"]
    return "\n".join([*lines, "equivalent, shown on symbols:", *equal])


def test_the_formulas_as_they_are_pass():
    every = {str(test): test for f in formulas() for test in (*f.tests, *f.proof)}
    for name, test in every.items():
        if not passes([test]):
            test()
            pytest.fail(name)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_mutant_is_rejected_or_equal(part):
    """Of one formula in so many; this file as a program prints the table of all."""
    rows = [row(formula, SHARE) for formula in [*formulas()][part::PARTS]]
    assert all(r.made == r.rejected + len(r.equal) > 0 for r in rows)


@pytest.mark.parametrize("name", ["ReverseKL.value", "L1.d_log_q", "Cosine.finish", "log_prob", "assemble"])
def test_what_the_symbols_call_equal_is_equal(name):
    """No test rejects it. So the symbols do not hide a mutant that is not."""
    (formula,) = (f for f in formulas() if f.function.__qualname__ == name)
    made = [*mutants(formula.function)]
    equal = [code for _, code in made if passes([partial(assert_equal, formula.function, code)])]
    assert len(equal) < len(made)
    for code in equal:
        with in_place_of(formula.function, code):
            assert passes(formula.tests)


if __name__ == "__main__":
    print(table([row(formula, SHARE) for formula in formulas()]))

"""The formulas that run, run on symbols."""

import math
from typing import NamedTuple

import numpy as np
import pytest
import sympy as sp

import divlite as dl
from divlite.derive import run
from divlite.derive.notation import F, G, L, epsilon, i, k, log, p, q, sigma, w, x, y, z
from divlite.derive.term import Term, on_terms
from divlite.elementary import exp, sqrt, where
from divlite.losses import protocol

P, Q = p[k], q[k]


def given(formula, *symbols):
    return on_terms(formula, *(symbols or (P, Q)))


def shown(math):
    return sp.sstr(math, order="none")


@pytest.mark.parametrize("loss", [*dl.LOSSES, dl.Smoothed(dl.ReverseKL(), 0.25)], ids=str)
def test_symbols_give_the_numbers_that_arrays_do(loss):
    """The terms and the sensitivity, with numbers put in for the symbols."""
    seen = run.seen(loss, k)
    shown = (*seen.of_p, *seen.of_q)
    numbers = dict(
        zip((p[k], F[k], x[k], q[k], G[k], y[k], z[k]), (0.3, 0.3, 0.3, 0.7, 0.7, 0.7, 0.4), strict=True)
    )
    numbers |= {w[k]: 1.0, epsilon: 0.25}
    arrays = [np.array([float(symbol.subs(numbers))]) for symbol in shown]
    for symbolic, numeric in (
        (run.terms(loss, k), protocol.value(loss, *arrays)),
        (run.inner(loss, k), protocol.sensitivity(loss, *arrays)),
    ):
        for one, other in zip(run.each_of(symbolic), run.each_of(numeric), strict=True):
            term = one / seen.weight if seen.weight != w[k] else one
            assert float(term.subs(numbers)) == pytest.approx(other[0], rel=1e-14)


def test_formulas_stay_as_they_are_written():
    assert shown(run.terms(dl.MSE(), k)) == "w[k]*(p[k] - q[k])**2"
    assert shown(run.definitions(dl.ForwardKL())[L]) == "Total(w[i]*p[i]*(log(p[i]) - log(q[i])))"
    assert shown(given(lambda a, b: 2.0 * (a - b) * b)) == "2*(p[k] - q[k])*q[k]"


def test_a_loss_of_several_sums_is_made_of_names():
    found = run.definitions(dl.Cosine())
    a, b, c = sp.symbols("A B C", positive=True)
    assert found[L].equals(-a / sp.sqrt(b * c))
    assert [found[name].args[0].equals(w[i] * f) for name, f in ((a, p[i] * q[i]), (b, q[i] ** 2))] == [
        True
    ] * 2


def test_the_numbers_of_a_loss_are_symbols():
    assert run.given(dl.Smoothed(dl.MSE(), 1e-3)) == {epsilon: sp.Rational(1, 1000)}
    assert "log(q[k] + epsilon)" in shown(run.terms(dl.Smoothed(dl.ReverseKL(), 1e-3), k))


def test_conditions_are_decided_by_positivity():
    assert given(lambda a, b: where((a > 0) & (b >= 2.2250738585072014e-308), a, b)) == P
    assert given(lambda a, b: where(a + b > 0, a, b)) == P
    assert given(lambda a, b: where(-a > 0, a, b)) == Q
    assert given(lambda a, b: where((a == 0.0) & (b > 0), a, b)) == Q
    assert given(lambda a, b: where((a != 0.0) & (b > 0), a, b)) == P
    assert given(lambda a, b: where(a + b == b + a, a, b)) == P


def test_kinks_become_signs_and_distances():
    assert shown(given(lambda a, b: where(a > b, a - b, b - a))) == "Abs(p[k] - q[k])"
    assert shown(given(lambda a, b: where(b < a, b, where(b > a, -b, 0.0)))) == "sign(p[k] - q[k])*q[k]"
    assert given(lambda a, b: where(a > b, a * b, b * a)) == P * Q
    both = given(lambda a, b: where(a > b, a, 3.0 * b))
    for at_p, at_q, expected in ((0.5, 0.25, 0.5), (0.25, 0.5, 1.5)):
        assert float(both.subs({P: at_p, Q: at_q})) == expected

    square = given(lambda a: where(a < 0.0, -a * a, a * a), z[k])
    assert shown(square) == "sign(z[k])*z[k]**2"


def test_what_several_sums_have_in_common_is_taken_out():
    assert shown(run.sensitivity(dl.Cosine(), k)) == "w[k]*q[k]*(A*q[k]/B - p[k])/(sqrt(B)*sqrt(C))"


def test_numpy_itself_may_be_called():
    assert (
        shown(given(lambda a, b: np.sqrt(a) * np.log1p(np.float64(0.5) * b))) == "sqrt(p[k])*log(q[k]/2 + 1)"
    )
    assert given(lambda a, b: np.where(a > b, np.exp(np.log(a)), b)).has(sp.sign)


def test_constants_are_exact():
    assert given(lambda a, b: a + math.log(2.0)) == P + log(2)
    assert given(lambda a, b: a * 0.1) == sp.Rational(0.1) * P
    normal = dl.Normal(0.0, 1.0)
    assert run.log_prob(normal, run.in_z(normal), z[k]).equals(
        -(z[k] ** 2) / 2 - log(sigma) - log(2 * sp.pi) / 2
    )


class WithAnIf(NamedTuple):
    def value(self, p, log_p, q, log_q):
        return p if p > q else q


class WithMath(NamedTuple):
    def value(self, p, log_p, q, log_q):
        return math.log(p)


class WithASum(NamedTuple):
    def value(self, p, log_p, q, log_q):
        return np.add.reduce(p)


@pytest.mark.parametrize(
    ("loss", "why"), [(WithAnIf(), "an if"), (WithMath(), r"math\.log"), (WithASum(), r"np\.add")]
)
def test_what_no_symbol_can_answer_is_said(loss, why):
    name = type(loss).__name__
    with pytest.raises(ValueError, match=rf"^{name}.value: expected arithmetic, .* on symbols, got .*{why}"):
        run.terms(loss, k)


def test_a_term_is_no_number():
    with pytest.raises(ValueError, match="got two conditions at once"):
        given(lambda a, b: where((a > b) & (a > 2.0 * b), a, b))
    assert isinstance(exp(Term(P)) * sqrt(Term(Q)), Term)

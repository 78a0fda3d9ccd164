"""A derivative taken apart, rule by rule."""

import pytest
import sympy as sp

from divlite.derive import proof
from divlite.derive.notation import D, k, line, log, mu, p, q, sigma, w, z
from divlite.derive.reasons import names
from divlite.derive.rules import Moving, lines
from divlite.derive.written import gathered, plus, power, times

P, Q, W = p[k], q[k], w[k]
BY_Q = Moving(log(Q), {Q: Q, log(Q): sp.S.One}, "$q$")

FORMULAS = {
    "a sum": W * (P + 2 * Q - log(Q)),
    "a product": W * Q * log(Q) * sp.sqrt(P + Q),
    "a quotient": W * (P - Q) ** 2 / (P + Q),
    "a quotient of functions": log(P + Q) / (1 + Q * log(Q)),
    "a power": W * (1 + Q) ** sp.Rational(3, 2),
    "a power with a symbol": W * (P + Q) ** sp.Symbol("alpha", positive=True),
    "a logarithm of a logarithm": log(1 + log(1 + Q) ** 2),
    "an exponential": sp.exp(-(Q**2) / P),
    "a distance": W * sp.Abs(P - Q) * Q,
    "a sign": W * sp.sign(P - Q) * Q,
    "a function": sp.tanh(P * Q),
    "a root below": P / (sp.sqrt(Q) * sp.sqrt(P + Q)),
}


@pytest.mark.parametrize("f", FORMULAS.values(), ids=FORMULAS)
def test_every_line_follows_and_the_last_has_no_derivative(f):
    before = D(f, log(Q))
    for one in lines(f, BY_Q):
        assert proof.check(before, one, {}).holds, (before, one)
        assert one.why
        before = one.math
    assert not before.has(D)


def test_a_wrong_known_derivative_is_seen():
    wrong = BY_Q._replace(known={Q: 2 * Q, log(Q): sp.S.One})
    before, verdicts = D(W * Q * log(Q), log(Q)), []
    for one in lines(W * Q * log(Q), wrong):
        verdicts.append(proof.check(before, one, {}).holds)
        before = one.math
    assert verdicts == [True, False]


def test_reasons_are_made_of_the_rule_and_the_names():
    product, known = (one.why for one in lines(times(W, Q, log(Q) - log(P)), BY_Q))
    assert product == (
        "$w$ does not depend on $q$; the product rule: $q$ stands as a factor and in the logarithm"
    )
    assert known == (
        "$log(p)$ does not depend on $q$ either, and the derivative of $q$ by $log(q)$ is $q$, "
        "that of $log(q)$ by itself is $1$"
    )


def test_constants_go_out_first():
    first, *_ = lines(times(W, P, log(P) - log(Q)), BY_Q)
    assert first.math == line(times(W, P, D(log(P) - log(Q), log(Q))), "").math
    assert first.why == "$w$ and $p$ do not depend on $q$"


def test_the_score_by_its_parts():
    known = {z[k]: -z[k] / sigma, log(sigma): 1 / sigma}
    found = lines(-(z[k] ** 2) / 2 - log(sigma) - mu, Moving(sigma, known, "$sigma$"), whole=True)
    assert [one.why for one in found] == [
        "a term without $sigma$ has the derivative 0",
        "the power rule, and the chain rule; the derivative of $log(sigma)$ by $sigma$ is $1/sigma$",
        "the derivative of $z$ by $sigma$ is $-z/sigma$",
    ]


def test_arithmetic_stays_as_written():
    assert times(Q, 2, P, Q) == sp.Mul(2, Q**2, P, evaluate=False)
    assert plus(Q, times(-1, plus(P, times(-1, Q))), 3, -1).args == (2 * Q, -P, 2)
    assert times(2, P - Q) == sp.Mul(2, P - Q, evaluate=False)
    assert power(times(2, Q, P), -1) == times(sp.Rational(1, 2), 1 / Q, 1 / P)
    assert gathered(plus(times(-1, W, P, Q), times(W, Q**2))) == times(W, Q, plus(Q, times(-1, P)))


def test_names_stand_in_the_order_of_the_formula():
    """Not in that of a set, which is another one in every run."""
    symbols = sp.symbols("g c f a e b d", positive=True)
    assert names(times(*symbols)) == [f"${name}$" for name in "gcfaebd"]

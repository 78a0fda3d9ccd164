"""Second derivatives: the chain rule on dual numbers, against autograd twice and against sympy."""

import math

import numpy as np
import pytest
import sympy as sp

import divlite as dl
from conftest import GRID, label
from divlite import dual, elementary, families, setting
from divlite.backends import resolve
from divlite.descent import kinks, steps
from divlite.dual import Dual

P = dl.Mixture((0.5, 0.5), (dl.Normal(-5, 1), dl.Normal(10, 1)))
LOSSES = (*dl.LOSSES, dl.Smoothed(dl.ForwardKL(), 1e-3), dl.Smoothed(dl.Cosine(), 0.02))
LAPLACE, LOGISTIC = dl.Laplace(1.3, 4.2), dl.Logistic(1.3, 4.2)
CAUCHY, STUDENT = dl.Cauchy(1.3, 4.2), dl.StudentT(1.3, 4.2, 3.5)
CASES = [(loss, dl.Normal(1.3, 4.2)) for loss in LOSSES]
CASES += [(dl.JensenShannon(), dl.Normal(9.9, 0.15))]  # next to nothing at most points
# To compile one takes some seconds: these pairs are solved by other tests too.
CASES += [(dl.ForwardKL(), LAPLACE), (dl.MSE(), LAPLACE), (dl.ForwardKL(), LOGISTIC)]
CASES += [(dl.ReverseKL(), CAUCHY), (dl.ReverseKL(), STUDENT), (dl.CramerVonMises(), STUDENT)]
EVERYWHERE = (-math.inf, math.inf, 0.0, math.inf)


def local(loss, q, backend):
    """(L, two first derivatives, three second ones), in units of sigma."""
    checked, by = setting.of(loss, P, GRID, families.standard(q)), resolve(backend)
    if by.newton is None:
        return np.array(steps.local_by(by, checked, kinks.SMOOTH)(q.mu, q.sigma))[2:]
    search = steps.search(by, checked, kinks.SMOOTH)
    return np.array(search.one(q.mu, q.sigma, EVERYWHERE, 1.0, 0))[2:8]


@pytest.mark.parametrize(("loss", "q"), CASES, ids=label)
def test_every_backend_has_the_same_second_derivatives(loss, q):
    """numpy and numba run the core's formulas on dual numbers; torch differentiates its own twice."""
    ours, compiled, torchs = (local(loss, q, name) for name in ("numpy", "numba", "torch"))
    size = np.abs(ours).max()
    assert ours == pytest.approx(torchs, rel=1e-10, abs=1e-13 * size)
    assert compiled == pytest.approx(ours, rel=1e-11, abs=1e-14 * size)


x, y = sp.symbols("x y", positive=True)
FORMULAS = {
    "sum": (lambda u, v: u + v * 2.0 + 3.0, x + 2 * y + 3),
    "difference": (lambda u, v: 3.0 - u - v, 3 - x - y),
    "difference of numbers": (lambda u, v: u - 2.0, x - 2),
    "product": (lambda u, v: u * v * u, x * y * x),
    "quotient": (lambda u, v: u / v / 3.0, x / y / 3),
    "reciprocal": (lambda u, v: 2.0 / v, 2 / y),
    "power": (lambda u, v: u**2.5, x ** sp.Rational(5, 2)),
    "negative": (lambda u, v: -u * v, -x * y),
    "absolute": (lambda u, v: abs(-u) + elementary.absolute(v - 9.0), x + 9 - y),
    "exp": (lambda u, v: elementary.exp(u * v), sp.exp(x * y)),
    "expm1": (lambda u, v: elementary.expm1(u), sp.exp(x) - 1),
    "log": (lambda u, v: elementary.log(u + v), sp.log(x + y)),
    "log1p": (lambda u, v: elementary.log1p(u * v), sp.log(1 + x * y)),
    "sqrt": (lambda u, v: elementary.sqrt(u * v), sp.sqrt(x * y)),
    "atan": (lambda u, v: elementary.atan(u * v), sp.atan(x * y)),
    "erfc": (lambda u, v: elementary.erfc(u * v), sp.erfc(x * y)),
    "where": (lambda u, v: elementary.where(u > v, u * u, 7.0), sp.Integer(7)),
    "where not": (lambda u, v: elementary.where(u <= v, u * u, 7.0), x**2),
}


@pytest.mark.parametrize("arrays", [False, True], ids=["floats", "arrays"])
@pytest.mark.parametrize("name", FORMULAS)
def test_a_rule_gives_the_derivative(name, arrays):
    """Along x and along y, against sympy's."""
    formula, expression = FORMULAS[name]
    for a, b in ((0.3, 0.7), (1.2, 2.5), (1e-3, 4.0)):
        right = [float(e.subs({x: a, y: b})) for e in (expression, expression.diff(x), expression.diff(y))]
        for direction in ((1.0, 0.0), (0.0, 1.0)):
            u, v = map(Dual, (a, b), direction)
            if arrays:
                u, v = (Dual(np.full(2, w.value), np.full(2, w.slope)) for w in (u, v))
            found, slope = formula(u, v), right[1] * direction[0] + right[2] * direction[1]
            for part, wanted in ((found.value, right[0]), (found.slope, slope)):
                assert np.all(np.abs(part - wanted) <= 1e-14 * (1.0 + abs(wanted)))


def test_a_number_on_the_left_that_is_numpys_is_taken_as_well():
    three, u = np.array([3.0, 4.0]), Dual(np.ones(2), np.ones(2))
    assert ((three - u).value == three - 1.0).all()
    assert ((three / u).slope == -three).all()
    assert ((three * u).slope == three).all()
    assert ((three + u).value == three + 1.0).all()
    assert (three > u).all()
    assert not (three <= u).any()


def test_what_has_no_rule_is_refused():
    with pytest.raises(TypeError, match="sin"):
        np.sin(Dual(1.0, 1.0))
    with pytest.raises(TypeError, match="mean"):
        np.mean(Dual(np.ones(2), np.ones(2)))


@pytest.mark.parametrize(
    "rule", ["d_exp", "d_log", "d_sqrt", "d_atan", "d_erfc", "d_log1p", "d_expm1", "times"]
)
def test_a_rule_with_a_slip_would_be_seen(rule, monkeypatch):
    """A factor of 1 + 1e-9 in any rule's derivative is more than the tolerance here."""
    right = getattr(dual, rule)

    def slipped(*arguments):
        found = right(*arguments)
        return Dual(found.value, found.slope * (1 + 1e-9))

    monkeypatch.setattr(dual, rule, slipped)
    monkeypatch.setattr(
        dual, "FUNCTIONS", {k: slipped if v is right else v for k, v in dual.FUNCTIONS.items()}
    )
    name = "product" if rule == "times" else rule.removeprefix("d_")
    with pytest.raises(AssertionError):
        test_a_rule_gives_the_derivative(name, False)

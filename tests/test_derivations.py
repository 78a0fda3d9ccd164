"""The derivations: every line proved twice, every end anchored in the code, the proof itself tested."""

from collections import Counter
from typing import NamedTuple

import pytest
from mutants import mutants

import divlite as dl
from conftest import derive, once
from divlite.derive import notation, parts, proof
from divlite.derive.request import request
from divlite.elementary import exp, log, sqrt, where

SMOOTHED = tuple(
    dl.Smoothed(loss, 1e-3) for loss in (dl.ForwardKL(), dl.L1(), dl.Cosine(), dl.JensenShannon())
)


class ArithmeticGeometric(NamedTuple):
    """A learner's own: KL(m || p)/2 + KL(m || q)/2, m = (p + q)/2."""

    def value(self, p, log_p, q, log_q):
        return 0.5 * (p + q) * (log(0.5 * (p + q)) - 0.5 * (log_p + log_q))

    def d_log_q(self, p, log_p, q, log_q):
        return 0.5 * q * (log(0.5 * (p + q)) - 0.5 * (log_p + log_q) + 1.0) - 0.25 * (p + q)


class Pearson(NamedTuple):
    """A quotient."""

    def value(self, p, log_p, q, log_q):
        return (p - q) * (p - q) / q

    def d_log_q(self, p, log_p, q, log_q):
        return (q * q - p * p) / q


class Powers(NamedTuple):
    """A number of its own in an exponent."""

    alpha: float

    def value(self, p, log_p, q, log_q):
        return exp(self.alpha * log_p + (1.0 - self.alpha) * log_q) / (self.alpha * (self.alpha - 1.0))

    def d_log_q(self, p, log_p, q, log_q):
        return -exp(self.alpha * log_p + (1.0 - self.alpha) * log_q) / self.alpha


class Bhattacharyya(NamedTuple):
    """A function of one sum."""

    def value(self, p, log_p, q, log_q):
        return sqrt(p * q)

    def d_log_q(self, p, log_p, q, log_q):
        return 0.5 * sqrt(p * q)

    def finish(self, sums):
        return -log(sums)

    def d_finish(self, sums):
        return -1.0 / sums


class Huber(NamedTuple):
    """A square near 0, a distance far from it: formulas on two sides of a kink."""

    def value(self, p, log_p, q, log_q):
        return where(p > q, (p - q) * (p - q), q - p)

    def d_log_q(self, p, log_p, q, log_q):
        return where(p > q, 2.0 * (q - p) * q, q)


class Product(NamedTuple):
    """Where q is p, its sensitivity is not a multiple of q; it does not bend."""

    def value(self, p, log_p, q, log_q):
        return -p * q

    def d_log_q(self, p, log_p, q, log_q):
        return -p * q


class Squares(NamedTuple):
    """Where q is p, its sensitivity is not a multiple of q, and it bends."""

    def value(self, p, log_p, q, log_q):
        return q * q - p * q + q

    def d_log_q(self, p, log_p, q, log_q):
        return 2.0 * q * q - p * q + q


FAMILIES = (
    dl.Normal(0.0, 1.0),
    dl.Laplace(0.0, 1.0),
    dl.Logistic(0.0, 1.0),
    dl.Cauchy(0.0, 1.0),
    dl.StudentT(0.0, 1.0, 3.0),
)
OWN = (ArithmeticGeometric(), Pearson(), Powers(0.3), Bhattacharyya(), Huber(), Product(), Squares())
COORDINATES = (dl.Sigma(), dl.Variance(), dl.LogSigma())
LOSSES = (*dl.LOSSES, *SMOOTHED, *OWN)
KLS = ("discrete-kl", "normal-kl")
MUTATED = (*dl.LOSSES, SMOOTHED[0], *KLS)


def derivations(what):
    """The derivation in each of the coordinates, if it has any."""
    return [derive(what, None, one) for one in ([None] if what == "discrete-kl" else COORDINATES)]


def lines(derivation):
    """Every line of it, with the line before."""
    for chain in derivation.chains:
        maths = [chain.head, *(line.math for line in chain.lines)]
        yield from zip(maths, chain.lines, strict=False)


@once
def steps(what, first=None):
    """Every line but once, with the line before, and what the names in it mean; of the first coordinates."""
    found = {d: derivation.definitions for derivation in derivations(what)[:first] for d in lines(derivation)}
    return [(before, line, definitions) for (before, line), definitions in found.items()]


@pytest.mark.parametrize("what", [*LOSSES, *KLS], ids=str)
def test_every_line_follows_from_the_line_before(what):
    for before, line, definitions in steps(what):
        verdict = proof.check(before, line, definitions)
        assert verdict.symbolic, (before, line)
        assert verdict.numeric < proof.LIMIT, (before, line)


@pytest.mark.parametrize("what", [*LOSSES, "normal-kl"], ids=str)
def test_the_ends_are_the_formulas_that_run(what):
    """The sensitivity, the density, the score and the gradient, in every coordinate, as the code has them."""
    for derivation in derivations(what):
        anchored = proof.anchors(derivation)
        assert {head for head, *_ in anchored} == {*derivation.ends}
        assert all(verdict.holds for *_, verdict in anchored), anchored


VIEWED = [
    *((dl.ReverseKL(), family) for family in FAMILIES),
    *((loss, family) for loss in (dl.CramerVonMises(), dl.Wasserstein1()) for family in FAMILIES[1::3]),
]


@pytest.mark.parametrize(("loss", "family"), VIEWED, ids=str)
def test_every_view_and_every_family_is_derived(loss, family):
    derivation = parts.derivation(loss, request(None, "log-sigma", family))
    assert all(verdict.holds for *_, verdict in proof.prove(derivation, count=1))
    assert all(verdict.holds for *_, verdict in proof.anchors(derivation, count=1))


def test_only_what_is_asked_for_is_derived():
    heads = {
        wrt: {c.head for c in parts.derivation(dl.MSE(), request(wrt, "variance")).chains}
        for wrt in ("mu", "variance")
    }
    by = {theta: notation.D(notation.L, theta) for theta in (notation.mu, notation.sigma, notation.v)}
    assert [by[theta] in heads["mu"] for theta in by] == [True, False, False]
    assert [by[theta] in heads["variance"] for theta in by] == [False, True, True]


def total(f):
    return notation.Total(notation.w[notation.i] * f)


P, Q = notation.p[notation.i], notation.q[notation.i]
SAME = {
    "a fraction": (total(P / (P + Q)) + total(Q / (P + Q)), total(1)),
    "a root": (total((notation.sqrt(P) - notation.sqrt(Q)) ** 2), total(P + Q - 2 * notation.sqrt(P * Q))),
    "a logarithm": (total(notation.log((P + Q) / (2 * P))), total(notation.log(P + Q) - notation.log(2 * P))),
    "a logarithm of 1": (
        notation.log((P**2 + P * Q) / (P * (P + Q))) + total(P),
        total(P),
    ),
    "a sign": (total(abs(P - Q)), total((Q - P) * notation.sign(Q - P))),
    "a power": (total(P ** (notation.s + 1) / P), total(notation.exp(notation.s * notation.log(P)))),
    "an exponential": (total(notation.exp(-P / 2) ** 2), total(1 / notation.exp(P))),
    "sums apart": (total(P + Q) ** 2, total(P) ** 2 + 2 * total(P) * total(Q) + total(Q) ** 2),
    "a constant": (notation.mu * total(P), total(notation.mu * P)),
}


@pytest.mark.parametrize(("first", "second"), SAME.values(), ids=SAME)
def test_sums_are_compared_pointwise(first, second):
    assert proof.follows(first, notation.line(second, ""), {})
    assert not proof.follows(first, notation.line(second + total(P) / 10**6, ""), {})
    assert not proof.follows(first, notation.line(second + total(P * Q) - total(P) * total(Q), ""), {})


def test_no_condition_and_no_factor_is_idle():
    """A line without one of its conditions, or with another factor, does not follow."""
    for what in (dl.ForwardKL(), dl.ReverseKL(), dl.Cosine(), SMOOTHED[0], *KLS):
        for before, line, definitions in steps(what):
            others = [
                line._replace(given=(*line.given[:place], *line.given[place + 1 :]))
                for place in range(len(line.given))
            ]
            if isinstance(line.math, notation.Eq):
                factors = -line.times, line.times * 2, line.times * notation.sigma, notation.sp.S.Zero
                others += [line._replace(times=factor) for factor in factors]
            for other in others:
                assert not proof.error(before, other, definitions) < proof.LIMIT, (before, other)


def test_a_factor_that_may_be_0_is_refused():
    """0 = 0 follows from anything times 0, and z x = z y does not give x = y back."""
    z, sigma = notation.z[notation.k], notation.sigma
    equations = {}
    for times in (0, z, 2):
        with notation.sp.evaluate(False):
            before = notation.Eq(sigma, 1)
            equations[times] = notation.line(notation.Eq(times * sigma, times * 1), "", times=times)
    follow = {times: proof.follows(before, line, {}) for times, line in equations.items()}
    assert follow == {0: False, z: False, 2: True}


def test_conditions_that_cannot_be_met_are_refused():
    """A sum of densities is above 0: from the opposite anything would follow."""
    mass = notation.Total(notation.w[notation.i] * notation.p[notation.i])
    impossible = notation.line(notation.sp.S.Zero, "", notation.Eq(mass, 0, evaluate=False))
    with pytest.raises(ValueError, match="given: expected equations"):
        proof.error(mass, impossible, {})


def test_no_number_is_no_equality():
    u = notation.q[notation.k]
    with notation.sp.evaluate(False):
        nothing = notation.sp.log(u - u) * (u - u)
    assert not proof.error(u, notation.line(nothing, ""), {}) < proof.LIMIT


@pytest.mark.parametrize("power", [20, 30, 38])
def test_a_difference_in_a_late_digit_is_seen(power):
    """50 digits are kept, and 40 of them count."""
    u, off = notation.q[notation.k], 1 + notation.sp.Rational(1, 10**power)
    assert not proof.error(u, notation.line(off * u, ""), {}) < proof.LIMIT
    assert not proof.error(u, notation.line(u + off - 1, ""), {}) < proof.LIMIT
    assert proof.error(u, notation.line(u, ""), {}) < proof.LIMIT


def test_the_largest_difference_counts():
    """Of all random points, whichever has it; a step of 1e-45 is within the limit."""
    u, off = notation.q[notation.k], notation.sp.Rational(1, 10**45)
    found = [proof.error(u, notation.line(u + off, ""), {}, count) for count in range(1, 8)]
    assert found == sorted(found)
    assert found[0] < found[-1]
    assert all(0 < error < proof.LIMIT for error in found)


def test_constants_of_the_code_are_exact(monkeypatch):
    """A constant that is off in its twelfth digit is seen."""
    monkeypatch.setattr(dl.MSE, "d_log_q", lambda self, p, log_p, q, log_q: 2.000000000001 * (q - p) * q)
    assert not all(
        verdict.holds
        for *_, verdict in proof.anchors(parts.derivation(dl.MSE(), request(None, "sigma")), count=1)
    )


@once
def own_steps(what):
    """Its lines in the first two coordinates, but for those on the density alone that the first loss has too.

    In the third coordinate the lines are those of the second, with t for v.
    """
    found = steps(what, 2)
    if what == MUTATED[0]:
        return found
    known = {(before, line) for before, line, definitions in steps(MUTATED[0], 2)}
    return [one for one in found if one[:2] not in known or has_names(*one)]


def has_names(before, line, definitions):
    """Whether what the derivation defines stands in it, but for q."""
    return any(math.has(name) for math in (before, line.math) for name in definitions.keys() - {notation.q})


def counted(what):
    """How many mutants of its lines were made and rejected; the others are shown to be equal."""
    counts = Counter()
    for before, line, definitions in own_steps(what):
        for slip, mutant in mutants(line.math):
            wrong = line._replace(math=mutant)
            counts["made"] += 1
            if rejected(before, wrong, definitions):
                counts["rejected"] += 1
                if counts["rejected"] % 197 == 1:  # the symbolic half, slower, must say no by itself too
                    assert not proof.follows(before, wrong, definitions), (slip, before, mutant)
            else:
                same = wrong._replace(times=notation.sp.S.One)
                assert proof.follows(line.math, same, definitions), (slip, before, mutant)
                counts["equivalent"] += 1
    return counts


def table(counts):
    """One row for each, and their sum."""
    rows = {**{str(what): one for what, one in counts.items()}, "all": sum(counts.values(), Counter())}
    return "\n".join(
        f"{name:<45}{one['made']:>6}{one['rejected']:>10}{one['equivalent']:>12}"
        for name, one in [("", {key: key for key in ("made", "rejected", "equivalent")}), *rows.items()]
    )


@pytest.mark.parametrize("what", MUTATED, ids=str)
def test_every_wrong_step_is_rejected(what):
    """A single slip anywhere: the checker must say no, unless SymPy shows the mutant equal after all.

    This file as a program prints the table of all.
    """
    assert counted(what)["rejected"] > 100


def rejected(before, line, definitions):
    try:
        return not proof.error(before, line, definitions) < proof.LIMIT
    except (ZeroDivisionError, ValueError):
        return True  # no number at all


if __name__ == "__main__":
    print(table({what: counted(what) for what in MUTATED}))

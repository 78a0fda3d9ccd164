"""The derivations: every line proved twice, every end anchored in the code, the proof itself tested."""

import itertools
from collections import Counter
from functools import cache

import pytest
from mutants import mutants

import divlite as dl
from divlite.derive import derive, notation, proof

SMOOTHED = tuple(dl.Smoothed(loss, 1e-3) for loss in dl.LOSSES)
COORDINATES = (dl.Sigma(), dl.Variance(), dl.LogSigma())
SUBJECTS = (*dl.LOSSES, *SMOOTHED, "discrete-kl", "normal-kl")


@cache
def derivations(what):
    """The derivation in each of the coordinates, if it has any."""
    return [derive(what, None, c) for c in (COORDINATES if what != "discrete-kl" else (None,))]


@cache
def steps(what):
    """Every line of it but once, with the line before, and what the names in it mean."""
    found = {}
    for derivation in derivations(what):
        for chain in derivation.chains:
            lines = [chain.head, *(line.math for line in chain.lines)]
            for before, line in zip(lines, chain.lines, strict=False):
                found[before, line] = derivation.definitions
    return [(before, line, definitions) for (before, line), definitions in found.items()]


@pytest.mark.parametrize("what", SUBJECTS, ids=str)
def test_every_line_follows_from_the_line_before(what):
    for before, line, definitions in steps(what):
        verdict = proof.check(before, line, definitions)
        assert verdict.symbolic, (before, line)
        assert verdict.numeric < proof.LIMIT, (before, line)


@pytest.mark.parametrize("loss", [*dl.LOSSES, *SMOOTHED], ids=str)
def test_the_ends_are_the_formulas_that_run(loss):
    """The sensitivity, the score and the gradient, in every coordinate, as SymPy gets them from the code."""
    for derivation, ends in zip(derivations(loss), (6, 7, 7), strict=True):
        anchored = proof.anchors(derivation, loss)
        assert len(anchored) == ends
        assert all(verdict.holds for *_, verdict in anchored), anchored


def test_no_condition_and_no_factor_is_idle():
    """A line without one of its conditions, or with another factor, does not follow."""
    for what in (*dl.LOSSES, SMOOTHED[0], "discrete-kl", "normal-kl"):
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
    assert not all(verdict.holds for *_, verdict in proof.anchors(derive(dl.MSE()), dl.MSE(), count=1))


def test_every_wrong_step_is_rejected(capsys):
    """A single slip anywhere: the checker must say no, unless SymPy shows the mutant equal after all."""
    table, number, done = {}, itertools.count(), set()
    for what in SUBJECTS:
        counts = Counter()
        for before, line, definitions in steps(what):
            if (before, line) in done:
                continue
            if not any(math.has(name) for math in (before, line.math) for name in definitions):
                done.add((before, line))  # a line on the density alone is in many derivations
            for slip, mutant in mutants(line.math):
                wrong = line._replace(math=mutant)
                counts["made"] += 1
                if rejected(before, wrong, definitions):
                    counts["rejected"] += 1
                    if next(number) % 197 == 0:  # the symbolic half, slower, must say no by itself too
                        assert not proof.follows(before, wrong, definitions), (slip, before, mutant)
                else:
                    same = wrong._replace(times=notation.sp.S.One)
                    assert proof.follows(line.math, same, definitions), (slip, before, mutant)
                    counts["equivalent"] += 1
        table[what] = counts
    with capsys.disabled():
        print("\n\nmutants of each step            made  rejected  equivalent")
        for what, counts in table.items():
            print(f"{what!s:<30}{counts['made']:>6}{counts['rejected']:>10}{counts['equivalent']:>12}")
        total = sum(table.values(), Counter())
        print(f"{'all':<30}{total['made']:>6}{total['rejected']:>10}{total['equivalent']:>12}")
    assert all(counts["rejected"] > 100 for counts in table.values())


def rejected(before, line, definitions):
    try:
        return not proof.error(before, line, definitions) < proof.LIMIT
    except (ZeroDivisionError, ValueError):
        return True  # no number at all

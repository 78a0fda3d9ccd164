"""The derivations: every line proved twice, every end anchored in the code, the proof itself tested."""

import itertools
from collections import Counter
from functools import cache

import pytest
from mutants import mutants

import divlite as dl
from divlite.derivations import derive, notation, proof

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
        assert verdict.numeric < 1e-40, (before, line)


@pytest.mark.parametrize("loss", [*dl.LOSSES, *SMOOTHED], ids=str)
def test_the_ends_are_the_formulas_that_run(loss):
    """The sensitivity, the score and the gradient, in every coordinate, as SymPy gets them from the code."""
    for derivation, ends in zip(derivations(loss), (6, 7, 7), strict=True):
        anchored = proof.anchors(derivation, loss)
        assert len(anchored) == ends
        assert all(verdict.holds for *_, verdict in anchored), anchored


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
        return not proof.error(before, line, definitions) < 1e-40
    except (ZeroDivisionError, ValueError):
        return True  # no number at all

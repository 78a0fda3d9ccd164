"""The proof of a derivation: every line against the line before it, twice.

`symbolic` says whether SymPy shows them equal, `numeric` by how much they differ at random points, to 50
digits; a line is proved if both agree that it follows. What the first line of all is, a definition, is
anchored by `source` in the formulas that run.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from mpmath import mp

from ..coordinates import LogSigma, Variance
from . import numeric, source, symbolic
from .notation import Chain, D, Derivation, L, Line, i, k, line, mu, p, q, sigma, t, v, w

# Of the larger side, or of 1: the numbers put in are about 1. Differences of values at 50 digits keep some 45 of them where terms cancel.
LIMIT = mp.mpf(10) ** -40


class Verdict(NamedTuple):
    """symbolic: shown equal. numeric: the largest relative difference at the random points."""

    symbolic: bool
    numeric: Any

    @property
    def holds(self) -> bool:
        return self.symbolic and self.numeric < LIMIT


def points(count: int, seed: int = 1) -> Iterator[numeric.Point]:
    """Random points, each with five places x_i."""
    rng = np.random.default_rng(seed)

    def draw(low: float, high: float, size: int | None = None) -> Any:
        numbers = rng.uniform(low, high, size)
        return mp.mpf(float(numbers)) if size is None else [mp.mpf(u) for u in numbers.tolist()]

    for j in range(count):
        scalars = {name: draw(-1, 1) for name in ("mu", "m", "x")}
        scalars |= {name: draw(0.6, 2.0) for name in ("sigma", "s", "epsilon")}
        vectors = {"w": draw(0.2, 1, 5), "p": draw(0.05, 1, 5)}
        vectors |= {name: draw(-2, 2, 5) for name in ("x", "a")}
        yield numeric.Point(scalars, vectors, {"i": 2 * j % 5, "k": j % 5}, {})


def satisfying(at: numeric.Point, given: Sequence[Any]) -> numeric.Point:
    """The nearest thing to this point where the equations hold: p becomes q, or a few weights are solved for."""
    for equation in given:
        if isinstance(equation.lhs, sp.Indexed):
            at = at._replace(vectors={**at.vectors, "p": [at.element("q", j) for j in range(at.size())]})
        elif isinstance(equation.lhs, sp.Symbol):
            at = at.placed(equation.lhs, numeric.value(equation.rhs, at))
    linear = [equation for equation in given if not isinstance(equation.lhs, sp.Indexed | sp.Symbol)]
    if not linear:
        return at
    base = w if any(e.has(w) for e in linear) else p
    name = str(base)
    values = list(at.vectors[name])

    def residuals(numbers: list[Any]) -> list[Any]:
        there = at._replace(vectors={**at.vectors, name: numbers})
        return [numeric.value(e.lhs, there) - numeric.value(e.rhs, there) for e in linear]

    r = residuals(values)
    unit = [[v + (j == place) for place, v in enumerate(values)] for j in range(len(linear))]
    slopes = mp.matrix(len(linear))
    for column, moved in enumerate(unit):
        for row, (there, here) in enumerate(zip(residuals(moved), r, strict=True)):
            slopes[row, column] = there - here
    change = mp.lu_solve(slopes, -mp.matrix(r))
    values = [v + (change[j] if j < len(linear) else 0) for j, v in enumerate(values)]
    return at._replace(vectors={**at.vectors, name: values})


def check(before: Any, step: Line, definitions: Mapping[Any, Any], count: int = 3) -> Verdict:
    """Whether a line follows from the one before."""
    return Verdict(follows(before, step, definitions), error(before, step, definitions, count))


def follows(before: Any, step: Line, definitions: Mapping[Any, Any]) -> bool:
    """The symbolic half: first with q as a symbol, then with q written out."""
    for written_out in (False, True):

        def form(math: Any, written_out: bool = written_out) -> Any:
            return symbolic.canonical(math, definitions, written_out)

        given = [
            (e.lhs, e.rhs) if isinstance(e.lhs, sp.Indexed) else (form(e.lhs), form(e.rhs))
            for e in step.given
        ]
        if isinstance(step.math, sp.Eq):
            factor = form(step.times)
            sides = form(before.lhs - before.rhs) * factor, form(step.math.lhs - step.math.rhs)
            shown = symbolic.equal(*sides, given) and symbolic.nonzero(factor)
        else:
            shown = symbolic.equal(form(before), form(step.math), given)
        if shown:
            return True
    return False


def error(before: Any, step: Line, definitions: Mapping[Any, Any], count: int = 3) -> Any:
    """The numeric half: the largest relative difference at the random points."""
    worst = mp.zero
    with mp.workdps(numeric.DIGITS):
        for at in points(count):
            there = satisfying(at._replace(definitions=definitions), step.given)
            if isinstance(step.math, sp.Eq):
                factor = numeric.value(step.times, there)
                pairs = [
                    (factor * numeric.value(e1, there), numeric.value(e2, there))
                    for e1, e2 in [(before.lhs - before.rhs, step.math.lhs - step.math.rhs)]
                ]
            else:
                pairs = [(numeric.value(before, there), numeric.value(step.math, there))]
            for first, second in pairs:
                worst = max(worst, abs(first - second) / max(abs(first), abs(second), mp.one))
    return worst


def prove(derivation: Derivation, count: int = 3) -> list[tuple[Chain, Line, Verdict]]:
    """Every line of every chain, with its verdict."""
    result: list[tuple[Chain, Line, Verdict]] = []
    for chain in derivation.chains:
        before = chain.head
        for step in chain.lines:
            result.append((chain, step, check(before, step, derivation.definitions, count)))
            before = step.math
    return result


def anchors(derivation: Derivation, loss: Any, count: int = 3) -> list[tuple[Any, Line, Verdict]]:
    """The last lines against the formulas that run: `d_log_q`, the score, and the gradient put together.

    That the derivation begins with the formulas that run needs no anchor: L is defined by them.
    """
    d_mu, d_sigma = source.gradient(loss)
    score_mu, score_sigma = (part.xreplace({i: k}) for part in source.score())
    ends = {
        D(L, sp.log(q[k])): source.sensitivity(loss),
        sp.log(q[k]): source.log_prob().xreplace({i: k}),
        D(sp.log(q[k]), mu): score_mu,
        D(sp.log(q[k]), sigma): score_sigma,
        D(L, mu): d_mu,
        D(L, sigma): d_sigma,
        D(sigma, v): source.d_sigma(Variance()),
        D(sigma, t): source.d_sigma(LogSigma()),
    }
    return [
        (chain.head, end, check(chain.lines[-1].math, end, derivation.definitions, count))
        for chain in derivation.chains
        if chain.head in ends
        for end in [line(ends[chain.head], "as the code has it")]
    ]

"""Part 9: who else says so: the proof, made now, differences of the loss, torch's autograd."""

from collections.abc import Callable

import numpy as np

from ..derivative import difference
from ..derive import proof
from ..derive.notation import Derivation, Listing, Part
from ..language import phrase, template
from . import Answer, Evidence

STEP = 3e-5  # of differences, in the unit of theta: small, for a loss may have kinks
# What is compared stands in columns, its name in the first 14.
SYMBOLIC = template(
    "symbolic      {answer}: {good} of {all} lines follow from the line before, shown by SymPy"
)
DIGITS = template(
    "50 digits     {worst:.0e}: the largest difference between a line and the one before, at random points"
)
CODE = template(
    "code          {answer}: {good} of {all} final formulas are what the code of part 8 gives for symbols"
)
DIFFERENCES = template(
    "differences   {share}: the gradient against differences of L, relative to its |terms| and |L|"
)
AUTOGRAD = template(
    "autograd      {share}: the gradient against torch {version}, relative to its |terms| and |L|"
)
MISSING = phrase("autograd      torch is not installed, or failed: in a checkout, pip install '.[torch]'")


def part(derivation: Derivation, evidence: Evidence, autograd: Callable[[], Answer] | None) -> Part:
    """The figures of the proof and of the witnesses from outside; torch's is asked for in the end."""
    lines, ends = proof.prove(derivation, count=2), proof.anchors(derivation, count=2)
    worst = max(float(verdict.numeric) for *_, verdict in (*lines, *ends))
    figures = [_count(SYMBOLIC, [v.symbolic for *_, v in lines]), phrase(DIGITS, worst=worst)]
    figures += [_count(CODE, [v.holds for *_, v in ends])] if ends else []
    figures.append(phrase(DIFFERENCES, share=_share(evidence, differences(evidence))))
    figures += [_by_torch(evidence, autograd())] if autograd is not None else []
    return Part(phrase("The witnesses"), (Listing(tuple(figures)),))


def differences(evidence: Evidence) -> tuple[float, ...]:
    """The gradient by fourth-order differences of L."""

    def slope(j: int) -> float:
        def moved(e: float) -> float:
            return evidence.measured(*(t + e * (n == j) for n, t in enumerate(evidence.theta)))[0]

        return difference(moved, STEP * evidence.unit)

    return tuple(map(slope, range(len(evidence.theta))))


def error(evidence: Evidence, gradient: tuple[float, ...]) -> float:
    """How far it is from the analytic one, as a share of the |terms| of this and of |L| in the same unit."""
    value, *own = evidence.measured(*evidence.theta)
    size = evidence.size + abs(value) / evidence.unit
    return float(np.linalg.norm(np.subtract(own, gradient))) / max(size, 1e-300)


def _by_torch(evidence: Evidence, answer: Answer) -> str:
    if answer is None:
        return MISSING
    gradient, version = answer
    return phrase(AUTOGRAD, share=_share(evidence, gradient), version=version)


def _share(evidence: Evidence, gradient: tuple[float, ...]) -> str:
    found = error(evidence, gradient)
    return f"{found:.0e}" if found else "0"


def _count(text: str, shown: list[bool]) -> str:
    answer = phrase("yes") if all(shown) else phrase("NO")
    return phrase(text, answer=answer, good=sum(shown), all=len(shown))

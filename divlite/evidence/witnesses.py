"""Part 9: who else says so: the proof, made now, differences of the loss, torch's autograd."""

from collections.abc import Callable, Iterable

import numpy as np

from ..derivative import difference
from ..derive import proof
from ..derive.notation import Derivation, Listing, Part
from . import Answer, Evidence

STEP = 3e-5  # of differences, in the unit of theta: small, for a loss may have kinks
MISSING = "autograd      torch is not installed, or failed: in a checkout, pip install '.[torch]'"


def part(derivation: Derivation, evidence: Evidence, autograd: Callable[[], Answer] | None) -> Part:
    """The figures of the proof and of the witnesses from outside; torch's is asked for in the end."""
    lines, ends = proof.prove(derivation, count=2), proof.anchors(derivation, count=2)
    worst = max(float(verdict.numeric) for *_, verdict in (*lines, *ends))
    figures = [
        f"symbolic      {_count(v.symbolic for *_, v in lines)} lines follow from the line before, "
        "shown by SymPy",
        f"50 digits     {worst:.0e}: the largest difference between a line and the one before, at random "
        "points",
    ]
    if ends:
        figures.append(
            f"code          {_count(v.holds for *_, v in ends)} final formulas are what the code of part 8 "
            "gives for symbols"
        )
    figures.append(compared(evidence, "differences", differences(evidence), "differences of L"))
    if autograd is not None:
        found = autograd()
        figures.append(compared(evidence, "autograd", found[0], f"torch {found[1]}") if found else MISSING)
    return Part("The witnesses", (Listing(tuple(figures)),))


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


def compared(evidence: Evidence, witness: str, gradient: tuple[float, ...], whose: str) -> str:
    found = error(evidence, gradient)
    share = f"{found:.0e}" if found else "0"
    return f"{witness:<14}{share}: the gradient against {whose}, relative to its |terms| and |L|"


def _count(shown: Iterable[bool]) -> str:
    answers = list(shown)
    return f"{'yes' if all(answers) else 'NO'}: {sum(answers)} of {len(answers)}"

"""Part 9: who else says so: the proof, made now, differences of the loss, torch's autograd."""

from collections.abc import Callable

from ..derive import proof
from ..derive.notation import Derivation, Listing, Part
from . import Measured, outside
from .outside import Answer

MISSING = "autograd      torch is not installed, or failed: in a checkout, pip install '.[torch]'"


def part(derivation: Derivation, measured: Measured, autograd: Callable[[], Answer] | None) -> Part:
    """The figures of the proof and of the witnesses from outside; torch's is asked for in the end."""
    lines, ends = proof.prove(derivation, count=2), proof.anchors(derivation, count=2)
    worst = max(float(verdict.numeric) for *_, verdict in (*lines, *ends))
    figures = [
        f"symbolic      {_answer([verdict.symbolic for *_, verdict in lines])} lines follow from the line "
        "before, shown by SymPy",
        f"50 digits     {worst:.0e}: the largest difference between a line and the one before, at random "
        "points",
    ]
    if ends:
        figures.append(
            f"code          {_answer([verdict.holds for *_, verdict in ends])} final formulas are what the "
            "code of part 8 gives for symbols"
        )
    figures.append(_compared("differences", measured, outside.differences(measured), "differences of L"))
    if autograd is not None:
        answer = autograd()
        figures.append(_compared("autograd", measured, answer[0], f"torch {answer[1]}") if answer else MISSING)
    return Part("The witnesses", (Listing(tuple(figures)),))


def _compared(name: str, measured: Measured, gradient: tuple[float, ...], other: str) -> str:
    error = measured.error(gradient)
    return f"{name:<14}{f'{error:.0e}' if error else '0'}: the gradient against {other}, relative to {measured.of}"


def _answer(shown: list[bool]) -> str:
    return f"{'yes' if all(shown) else 'NO'}: {sum(shown)} of {len(shown)}"

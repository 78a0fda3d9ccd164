"""The page's nine parts, put together: those that are derived, the numbers, the code and the witnesses."""

from collections.abc import Callable, Iterator
from typing import Protocol

from ..derive.notation import Derivation, Part
from . import Evidence, code, example, witnesses
from .outside import Answer

ADDED = 3  # parts, to those that are derived


class Explained(Protocol):
    """What can be explained: a subject, as `divlite.subjects` has them."""

    def evidence(self) -> Evidence: ...


def parts(
    derivation: Derivation, subject: Explained, autograd: Callable[[], Answer] | None
) -> Iterator[Part]:
    """All nine, each made when it is asked for."""
    yield from derivation.parts
    evidence = subject.evidence()
    yield example.part(derivation, evidence)
    yield code.part(evidence.functions)
    yield witnesses.part(derivation, evidence.measured, autograd)

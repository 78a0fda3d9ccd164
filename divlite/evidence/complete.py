"""The page's nine parts, put together: those that are derived, the numbers, the code and the witnesses."""

from collections.abc import Callable, Iterator
from typing import Any

from ..derive.notation import Derivation, Part
from . import Answer, code, example, witnesses

ADDED = 3  # parts, to those that are derived


def parts(derivation: Derivation, subject: Any, autograd: Callable[[], Answer] | None) -> Iterator[Part]:
    """All nine, each made when it is asked for; subject: one of `divlite.subjects`."""
    yield from derivation.parts
    evidence = subject.evidence()
    yield example.part(derivation, evidence)
    yield code.part(evidence.functions)
    yield witnesses.part(derivation, evidence, autograd)

"""The page's nine parts, put together: those that are derived, the numbers, the code and the witnesses."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from ..derive.notation import Derivation
from ..derive.parts import Later
from . import Answer, code, example, witnesses


def page(derivation: Derivation, subject: Any, autograd: Callable[[], Answer] | None) -> Derivation:
    """All nine, each made when it is asked for; subject: one of `divlite.subjects`."""
    evidence, derived = cache(subject.evidence), derivation.parts
    parts = Later(
        *(partial(derived.__getitem__, place) for place in range(len(derived))),
        lambda: example.part(derivation, evidence()),
        lambda: code.part(evidence().functions),
        lambda: witnesses.part(derivation, evidence(), autograd),
    )
    return derivation._replace(parts=parts)

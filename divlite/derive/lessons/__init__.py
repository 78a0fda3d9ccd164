"""What a teacher adds to a derivation that is computed; a loss has its page without one, too.

The lesson on a loss of divlite.losses is the module of the same name here, with a value LESSON in it.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from ... import losses
from .. import run
from ..notation import Chain, i, z
from ..request import Request

Items = tuple["str | Chain", ...]


def nothing(request: Request) -> Items:
    return ()


class Lesson(NamedTuple):
    """A teacher's words and lines.

    definition: items after the formula of part 1.
    reasons: {the reason computed for a line: the teacher's words in its place}.
    meaning: items before those of the theorems in part 5; second: items after those in part 6.
    instead: {name: items in place of the theorem's}, by the names of `theorems.PIECES`, or "second"; where
        there are none, as for another family of Q than the lesson is about, the theorem's stay.
    """

    definition: Callable[[Request], Items] = nothing
    reasons: Mapping[str, str] = {}
    meaning: Callable[[Request], Items] = nothing
    second: Callable[[Request], Items] = nothing
    instead: Mapping[str, Callable[[Request], Items]] = {}


def is_normal(request: Request) -> bool:
    """Whether Q is a Normal: its pull grows in proportion to the distance."""
    return run.score(request.family, run.in_z(request.family), z[i])[0] == z[i]


def lesson_of(loss: Any) -> Lesson:
    """The lesson on this loss; an empty one where there is none."""
    package, _, module = type(loss).__module__.rpartition(".")
    name = f"{__name__}.{module}"
    return import_module(name).LESSON if package == losses.__name__ and find_spec(name) else Lesson()

"""What holds for a whole family of losses, shown once; a member puts its own formula in.

    pointwise     any loss of one sum: where the gradient is 0, modes that Q left, edges
    csiszar       f-divergences, q f(p/q)
    bregman       phi(p) - phi(q) - phi'(q)(p - q)
    distance      h(p - q)
    sums          a function of several sums
    short         formulas in a short form, and limits
    curvature     the second derivative, in any coordinate

The family of a loss is seen from the formulas that it has: f, phi, h, finish. Each theorem is a function
from such a formula to chains of lines, which hold for every formula: tests prove them for an undefined one.

What is said of a loss on its page stands in words.md, in the form of a lesson. Its names are those that
`lessons.said` is given. A lesson on a loss may have its own items in the place of these: see `PIECES`.
"""

from typing import Any

from .. import coordinates, lessons
from ..lessons import Items
from ..request import Request
from . import bregman, csiszar, curvature, distance, pointwise, sums


def meaning(loss: Any, request: Request) -> Items:
    """What the gradient means: the lesson's own items first, then what the theorems say, in this order."""
    lesson = lessons.lesson_of(loss)
    said = (_piece(lesson, name, piece, loss, request) for name, piece in PIECES.items())
    return (
        *lesson.items("first", request),
        *(item for items in said for item in items),
        *coordinates.also(request),
    )


def second(loss: Any, request: Request) -> Items:
    """The second derivative, what the lesson adds, and what jumps leave out."""
    lesson, several = lessons.lesson_of(loss), pointwise.of(loss).value is None
    theorem = sums.second if several else curvature.second
    found = _piece(lesson, "second", theorem, loss, request)
    jumps = [curvature.JUMPS] if pointwise.score_jumps(pointwise.of(loss), request) else []
    return (*found, *csiszar.alike(loss, request), *lesson.items("last", request), *jumps)


def _piece(lesson: lessons.Lesson, name: str, theorem: Any, loss: Any, request: Request) -> Items:
    """What the lesson has in the place of the theorem's items, or these."""
    return lesson.items(name, request) or tuple(theorem(loss, request))


PIECES = {
    "scale": sums.scale,
    "stationary": pointwise.stationary,
    "family": csiszar.family,
    "bregman": bregman.family,
    "distance": distance.family,
    "far": pointwise.far,
    "edges": pointwise.edges,
    "bound": csiszar.bound,
    "never negative": csiszar.never_negative,
    "symmetric": pointwise.symmetric,
}

"""What holds for a whole family of losses, shown once; a member puts its own formula in.

    pointwise     any loss of one sum: where the gradient is 0, modes that Q left, edges, the second derivative
    csiszar       f-divergences, q f(p/q)
    bregman       phi(p) - phi(q) - phi'(q)(p - q)
    distance      h(p - q)
    sums          a function of several sums
    curvature     the second derivative, in any coordinate

The family of a loss is seen from the formulas that it has: f, phi, h, finish. Each theorem is a function
from such a formula to chains of lines, which hold for every formula: the tests prove them for an undefined one.
"""

from typing import Any

from .. import lessons
from ..notation import Chain
from ..request import Request
from . import bregman, csiszar, curvature, distance, pointwise, sums
from .curvature import also

Items = tuple["str | Chain", ...]


def meaning(loss: Any, request: Request) -> Items:
    """What the gradient means: the lesson's own items first, then what the theorems say, in this order."""
    lesson = lessons.lesson_of(loss)
    said = (piece(loss, request) for name, piece in PIECES.items() if name not in lesson.instead)
    return (*lesson.meaning(request), *(item for items in said for item in items), *also(request))


def second(loss: Any, request: Request) -> Items:
    """The second derivative: the lesson's, or the theorem's and then what the lesson adds."""
    lesson = lessons.lesson_of(loss)
    if "second" in lesson.instead:
        return tuple(lesson.second(request))
    theorem = sums if pointwise.of(loss).value is None else curvature
    return (*theorem.second(loss, request), *lesson.second(request))


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

"""Distributions that do not all count alike, and a side that is normalised along another axis."""

import math

import numpy as np

from . import probes
from .cores import USUAL, Core
from .fits import combined
from .matches import Match, Pair
from .probes import Asked, Probes
from .readings import Reading, readings

MANY, MORE = 64, 8  # rows whose weights are found together; probes beside as many
SMALL = 1e-7  # of a weight against the largest: it is 0


def weighted(asked: Asked, made: Probes, pair: Pair) -> list[Match]:
    """With a weight for every distribution, where a side is normalised along another axis than the outcomes.

    Then no distribution can be changed by itself, and the weights are found by least squares.

    Raises: RefusedError where the function does not take the user's own shapes.
    """
    shapes = probes.narrow(asked)
    count = math.prod(n for i, n in enumerate(np.broadcast_shapes(*shapes), -asked.ndim) if i != asked.axis)
    if asked.ndim < 2 or shapes[0] != shapes[1] or not 1 < count <= MANY:
        return []
    drawn = probes.drawn(asked, shapes, count + MORE)._replace(tolerance=made.tolerance)
    p, q = pair.split(drawn.first, drawn.second)
    sides = (readings(a, taken) for a, taken in ((p, pair.p), (q, pair.q)))
    plain, other = zip(*((of[0], [one for one in of if one.slips == ("axis",)]) for of in sides), strict=True)
    tried = [(plain[0], one) for one in other[1]] + [(one, plain[1]) for one in other[0]]
    found = [_of_all(core, *two, drawn, pair) for two in tried for core in USUAL]
    return [match for match in found if match is not None]


def _of_all(core: Core, p: Reading, q: Reading, drawn: Probes, pair: Pair) -> Match | None:
    rows = core.rows(p, q, pair.q.axis)
    found, error = combined(list(rows.reshape(len(rows), -1).T), drawn.values)
    if error > drawn.tolerance:
        return None
    largest = float(found[np.abs(found).argmax()])
    weights = np.where(np.abs(found) <= SMALL * abs(largest), 0.0, found / largest)
    weights = np.where(np.abs(weights - 1.0) <= SMALL, 1.0, weights).reshape(rows.shape[1:])
    return Match(pair, core, p.slips, q.slips, largest, error, weights=weights, fixed=True)

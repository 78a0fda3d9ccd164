"""A function that is NaN for every argument: its gradient, which may be finite, shows what it is.

F.kl_div takes the logarithm of the target for its own term, which is NaN for a target below 0, and gives the
gradient of the other term all the same.
"""

import numpy as np

from ..._types import Array
from ...language import joined, phrase
from ..calling import Function, RefusedError
from ..report import Report
from . import gradients, naming, words
from .cores import BY_NAME, summed
from .factors import Seen
from .fits import combined
from .gradients import DOUBLE, Way
from .matches import Match, Pair
from .meant import Meant, finding
from .probes import Asked, Probes
from .readings import readings

CROSS = BY_NAME["cross-entropy"]


def report(function: Function, asked: Asked, meant: Meant, pair: Pair, drawn: Probes) -> Report | None:
    """What the gradient says that the function is; None where it says nothing."""
    if not np.isnan(drawn.values).all():
        return None
    try:
        along = gradients.ways(
            function, asked, gradients.points(asked, (drawn.first, drawn.second)), DOUBLE.step
        )
    except RefusedError:
        return None
    slopes = np.array([way.slope for way in along])
    if not np.isfinite(slopes).all() or not np.abs(slopes).max():
        return None
    match = _matched(pair, along, slopes)
    if match is None:
        return None
    one = naming.named(match, meant, Seen(match.factor, drawn.sizes))
    evidence = phrase(
        "NaN for {} random arguments; the gradient is that of -sum t log q with t = log p", len(drawn.values)
    )
    slip = finding("target in logs", meant, meant.p, evidence)
    what = phrase("NaN for every {}, whose logarithms stand where probabilities are due", meant.p.name)
    summed = phrase("summed")
    said = joined("{}, {}", [what, *(list(words.outside(one)) or [summed])])
    return Report("wrong value", said, (slip,), value=float("nan"), error=match.error)


def _matched(pair: Pair, along: list[Way], slopes: Array) -> Match | None:
    first, second = (
        np.stack([way.moved[step][place] for way in along for step in range(4)]) for place in (0, 1)
    )
    at_p, at_q = pair.split(first, second)
    for p in (one for one in readings(at_p, pair.p) if one.slips[-1:] == ("logs as weights",)):
        for q in readings(at_q, pair.q):
            values = summed(CROSS.rows(p, q, pair.q.axis))
            known = gradients.slope(values.reshape(-1, 4).T, DOUBLE.step)
            if len(q.slips) < 2 and np.abs(known).max() > 0.0:
                (factor,), error = combined([known], slopes)
                if error <= DOUBLE.tolerance:
                    return Match(pair, CROSS, p.slips, q.slips, float(factor), error)
    return None

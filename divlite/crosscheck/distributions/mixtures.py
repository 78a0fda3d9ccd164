"""KLs to a mixture of both, as in the Jensen-Shannon divergence and its weighted forms."""

import numpy as np

from ..._types import Array
from ...language import phrase
from .cores import Core, summed, to_mixture
from .fits import combined
from .lines import Line
from .matches import Match, Pair, Tried
from .probes import Probes
from .readings import Reading, right

HALF = (1e-6, 1e-4, 0.001, 0.01, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4)
SMALL = 1e-9  # of a fitted weight against the other: it is 0
WEIGHTS = (*HALF, *(1.0 - b for b in reversed(HALF)))


def mixtures(probes: Probes, pair: Pair) -> Line:
    """a KL(p || m) + c KL(q || m) with m = b p + (1 - b) q: a and c are fitted for every b."""
    p, q = pair.split(probes.first, probes.second)
    of_p, of_q = right(p, pair.p), right(q, pair.q)

    def at(b: float) -> Tried:
        columns = [summed(_core(b, a, 1.0 - a).rows(of_p, of_q, pair.q.axis)) for a in (1.0, 0.0)]
        (a, c), error = combined(columns, probes.values)
        a, c = (0.0 if abs(x) <= SMALL * max(abs(a), abs(c)) else float(x) for x in (a, c))
        whole = a + c or 1.0
        match = Match(pair, _core(b, a / whole, c / whole), (), (), whole, error)

        def only(_: int) -> Match:
            return match

        return Tried(np.array([error]), only)

    def one(b: float, place: int) -> Match:
        return at(b).match(place)

    return Line(WEIGHTS, at, one, probes.tolerance)


def _core(b: float, a: float, c: float) -> Core:
    def rows(p: Reading, q: Reading, axis: int) -> Array:
        of_p, of_q = to_mixture(p, q, b)
        return np.sum(a * of_p + c * of_q, axis=axis)

    def says(p: str, q: str) -> str:
        parts = [f"{'' if x == 1.0 else f'{x:.4g} '}KL({side} || m)" for x, side in ((a, p), (c, q)) if x]
        m = {"b": b, "p": p, "rest": 1.0 - b, "q": q}
        return phrase("{sum}, with m = {b:.7g} {p} + {rest:.4g} {q}", sum=" + ".join(parts), **m)

    return Core("mixture", says, rows, "", (("p", a), ("q", c), ("b", b)))

"""What a composition gives for the user's own arguments."""

import numpy as np

from . import probes
from .matches import Match
from .naming import Named, count
from .probes import Asked


def composed(asked: Asked, one: Named) -> float:
    """What the composition gives for the user's own arguments."""
    if not all(asked.full):
        return float("nan")
    sizes = {**one.sizes, **probes.sizes(asked, asked.full)}
    factor = one.factor.at(sizes) * asked.dx / count(one.match, sizes, one.summed)
    base = at_own(asked, one.match) if one.at_own is None else one.at_own
    return float(one.match.whole_of(factor * np.array(base)))


def at_own(asked: Asked, match: Match) -> float:
    """What the factor multiplies, for the user's own arguments."""
    with np.errstate(all="ignore"):
        return float(match.sums(*asked.one)[0]) if all(asked.full) else float("nan")


def holds(one: Named, value: float, made: float) -> bool:
    """Whether two numbers are the same, as exactly as the composition is known."""
    return bool(np.isclose(value, made, rtol=max(1e-6, 20.0 * one.match.error), atol=1e-9, equal_nan=True))

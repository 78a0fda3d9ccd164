"""A composition with its factor taken apart, the simplest of those that make its number."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from . import factors, probes
from .factors import Factor, Seen
from .matches import Match
from .meant import Meant


class Named(NamedTuple):
    """A composition with its factor taken apart, against what is meant.

    summed: whether it is over the distributions, which may be what is meant.
    at_own: what the factor multiplies, for the user's own arguments; None where it is not worked out yet.
    """

    match: Match
    factor: Factor
    sizes: Mapping[str, float]
    summed: bool
    at_own: float | None = None

    def of(self, match: Match) -> "Named":
        """The same with another composition."""
        return self._replace(match=match, at_own=None)

    @property
    def price(self) -> int:
        """The slips, all counted."""
        return self.match.slips + self.factor.price + bool(self.match.core.slip)


def named(match: Match, meant: Meant, first: Seen, *others: Seen) -> Named:
    """The composition with the simplest of the factors that make its number."""
    return ways(match, meant, first, *others)[0]


def ways(match: Match, meant: Meant, first: Seen, *others: Seen) -> list[Named]:
    """The composition with every factor that makes its number at all shapes tried, the simplest first."""
    rows = probes.rows(first.sizes)
    near = factors.NEAR if match.error <= probes.EXACT else probes.SINGLE
    choices = [
        Named(match, factor, _sizes(match, first), summed)
        for summed in _reductions(meant, rows)
        for factor in factors.named(*(_relative(match, seen, summed) for seen in (first, *others)), near=near)
    ]
    return sorted(
        choices, key=lambda one: (_simple(one, meant), "share" not in one.factor.powers, one.summed)
    )


def _relative(match: Match, seen: Seen, summed: bool) -> Seen:
    """The factor against that of the reduction that is meant."""
    return Seen(
        seen.value * count(match, seen.sizes, summed) / seen.sizes.get("dx", 1.0), _sizes(match, seen)
    )


def count(match: Match, sizes: Mapping[str, float], summed: bool) -> float:
    """By what the sum over the distributions is divided in the mean that is meant: those that count."""
    counted = match.counted
    return 1.0 if summed else probes.rows(sizes) if counted is None else counted


def _sizes(match: Match, seen: Seen) -> dict[str, float]:
    p, q = match.pair.p.temperature, match.pair.q.temperature
    warm = p if q == 1.0 else q
    return dict(seen.sizes) | ({"T": warm} if warm != 1.0 else {}) | _mask(match, seen.sizes)


def _mask(match: Match, sizes: Mapping[str, float]) -> dict[str, float]:
    """How many of the distributions a mask keeps, and which share of all."""
    if match.weights is None or not np.isin(match.weights, (0.0, 1.0)).all():
        return {}
    kept = float(match.weights.sum())
    return {"kept": kept, "share": kept / probes.rows(sizes)}


def _reductions(meant: Meant, rows: float) -> tuple[bool, ...]:
    if not meant.reduced or meant.mean in ("sum", "entries"):
        return (True,)
    return (False,) if meant.mean == "distribution" or rows == 1.0 else (False, True)


def _simple(one: Named, meant: Meant) -> int:
    half = abs(one.factor.constant) == 0.5 and one.match.core.name == "jeffreys"
    return one.price - half


def elsewhere(one: Named) -> float | None:
    """By what the function differs from this form at the probes' shape; None where it is the same."""
    if one.match.fixed or one.match.whole:
        return None
    times = _relative(one.match, Seen(one.match.factor, one.sizes), one.summed).value / one.factor.at(
        one.sizes
    )
    return None if abs(times - 1.0) <= probes.SINGLE else times


def warmed(meant: Meant, one: Named) -> Meant:
    """What is meant, with the temperature of a side that has one, and a sum where no mean is asked for."""
    p, q = one.match.pair.p.temperature, one.match.pair.q.temperature
    warm = (q if p == 1.0 else p) if meant.q.stated == 1.0 else meant.q.stated
    return meant._replace(
        p=meant.p._replace(temperature=warm),
        q=meant.q._replace(temperature=warm),
        times=f" * {warm:g} ** 2" if one.factor.powers.get("T") == 2 else "",
        mean=meant.mean or ("sum" if one.summed and meant.reduced else ""),
    )

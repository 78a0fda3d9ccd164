"""The figure beside every slip: what mending it makes of the value, one slip after the other."""

from ...language import phrase
from ..report import Finding
from . import composed
from .cores import BY_NAME
from .lines import tempered
from .meant import Meant
from .naming import Named
from .probes import Asked


def with_figures(asked: Asked, one: Named, meant: Meant, found: list[Finding]) -> list[Finding]:
    """The findings, each with the value before it is mended and after; for the user's own arguments."""
    value, told = composed.composed(asked, one), list[Finding]()
    for finding in found:
        one = _mended(one, meant, finding)
        after = composed.composed(asked, one)
        known = {"factor": finding.factor, "value": value, "after": after}
        said = phrase("mending it takes {value:.6g} to {after:.6g}", **known)
        if finding.factor is not None:
            said = phrase("factor {factor:.6g}: mending it takes {value:.6g} to {after:.6g}", **known)
        told.append(finding if finding.evidence or after == value else finding._replace(evidence=said))
        value = after
    return told


def _mended(one: Named, meant: Meant, finding: Finding) -> Named:
    """The composition without this slip, where that is one. Those of the fit come before the target's."""
    match, slip = one.match, finding.slip
    if slip in match.q_slips:
        return one.of(match._replace(q_slips=_without(match.q_slips, slip)))
    if slip in match.p_slips:
        return one.of(match._replace(p_slips=_without(match.p_slips, slip)))
    if slip in ("temperature", "two temperatures"):
        warm = max(match.pair.p.temperature, match.pair.q.temperature)
        return one.of(match._replace(pair=tempered(match.pair, "both", warm)))
    if slip in ("square root", "absolute value", "clamp", "square"):
        return one.of(match._replace(outer="", whole=""))
    if slip == "constant":
        return one.of(match._replace(offset=0.0))
    if finding.factor is not None:
        return one._replace(factor=one.factor._replace(constant=one.factor.constant / finding.factor))
    return one if slip in KEPT else _of_meant(one, meant)


# Slips that stand inside the sum, for which no other sum is put in its place.
KEPT = ("another temperature", "epsilon", "mixture weights", "limit")


def _of_meant(one: Named, meant: Meant) -> Named:
    """The composition with the sum that is meant; half of Jeffreys is no factor of another sum."""
    name = one.match.core.name
    due = meant.loss or ("reverse-kl" if name.endswith("of q") else "forward-kl")
    half = name == "jeffreys" and one.factor.constant == 0.5
    factor = one.factor._replace(constant=1.0) if half else one.factor
    return one.of(one.match._replace(core=BY_NAME.get(due, one.match.core)))._replace(factor=factor)


def _without(slips: tuple[str, ...], slip: str) -> tuple[str, ...]:
    return tuple(name for name in slips if name != slip)

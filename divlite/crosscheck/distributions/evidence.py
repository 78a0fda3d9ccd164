"""The figure beside every slip: what mending it makes of the value, one slip after the other."""

from ..report import Finding
from . import naming
from .cores import CORES
from .lines import tempered
from .meant import Meant
from .naming import Named
from .probes import Asked


def with_figures(asked: Asked, one: Named, meant: Meant, found: list[Finding]) -> list[Finding]:
    """The findings, each with the value before it is mended and after; for the user's own arguments."""
    value, told = naming.composed(asked, one), list[Finding]()
    for finding in found:
        one = _mended(one, meant, finding)
        if finding.factor is not None:
            after = value / finding.factor
        else:
            after = naming.composed(asked, one) * _left(found, finding)
        figure = f"factor {finding.factor:.6g}: " if finding.factor is not None else ""
        said = f"{figure}mending it takes {value:.6g} to {after:.6g}"
        told.append(finding if finding.evidence or after == value else finding._replace(evidence=said))
        value = after
    return told


def _left(found: list[Finding], at: Finding) -> float:
    """By what the factors that were mended before change the value."""
    scale = 1.0
    for finding in found:
        if finding is at:
            return scale
        scale /= finding.factor or 1.0
    return scale


def _mended(one: Named, meant: Meant, finding: Finding) -> Named:
    """The composition without this slip, where that is one."""
    match, slip = one.match, finding.slip
    if slip in match.q_slips and (slip not in match.p_slips or _of(finding, meant.q.name)):
        left = tuple(name for name in match.q_slips if name != slip)
        return one._replace(match=match._replace(q_slips=left))
    if slip in match.p_slips:
        left = tuple(name for name in match.p_slips if name != slip)
        return one._replace(match=match._replace(p_slips=left))
    if slip in ("temperature", "two temperatures"):
        warm = max(match.pair.p.temperature, match.pair.q.temperature)
        return one._replace(match=match._replace(pair=tempered(match.pair, "both", warm)))
    if slip in ("square root", "absolute value", "clamp", "square"):
        return one._replace(match=match._replace(outer="", whole=""))
    if slip == "constant":
        return one._replace(match=match._replace(offset=0.0))
    due = meant.loss or ("reverse-kl" if match.core.name.endswith("of q") else "forward-kl")
    core = next((core for core in CORES if core.name == due), match.core)
    if finding.factor is None and slip not in (
        "another temperature",
        "epsilon",
        "mixture weights",
        "limit",
        "sign",
    ):
        half = match.core.name == "jeffreys" and one.factor.constant == 0.5
        factor = one.factor._replace(constant=1.0) if half else one.factor
        return one._replace(match=match._replace(core=core), factor=factor)
    return one


def _of(finding: Finding, name: str) -> bool:
    return name in finding.says

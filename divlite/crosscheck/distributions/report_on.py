"""Distributions along an axis: what a function of a target and a fit computes."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..._types import Array
from ...language import phrase
from .. import as_given
from ..calling import Function, RefusedError
from ..report import Alternative, Finding, Report, Verdict
from . import (
    composed,
    data,
    evidence,
    gradients,
    misread,
    naming,
    not_finite,
    own,
    probes,
    proof,
    slips,
    stages,
    words,
)
from .factors import Seen
from .fits import fitted
from .matches import INVERSE, Match
from .meant import Meant
from .naming import Named
from .probes import Asked, Probes

FEW = 3  # probes that show a factor
CONSTANTS = {"entropy left out", "entropy in part", "constant"}  # slips that leave the gradient as it is
LARGE = 50_000  # entries, where one is enough


class Found(NamedTuple):
    """The composition that is named, with the probes that it reproduces, and those that do as well."""

    one: Named
    probes: Probes
    others: tuple[Named, ...]


def crosscheck(function: Function, asked: Asked, meant: Meant, tensors: tuple[Any, ...]) -> Report:
    """The report on a function of two arrays. tensors: the user's own, in the order of the call."""
    value = _value(asked)
    try:
        drawn = probes.acceptable(asked)
    except RefusedError as error:
        why = phrase("It could not be called with other numbers: {}", str(error))
        return data.unexplained(asked, meant, value, (why,))
    if not np.array_equal(
        asked.output(*_first(asked, drawn)), asked.output(*_first(asked, drawn)), equal_nan=True
    ):
        why = phrase("It gives different values for the same arguments: set dropout and the like to eval().")
        return data.unexplained(asked, meant, value, (why,))
    if not misread.depends(asked, drawn):
        return misread.of_same(asked, meant, value, drawn)
    meant = meant._replace(reduced=drawn.reduced)
    found = _found(asked, drawn, meant, value)
    if found is None:
        other = (
            lambda: misread.of_form(asked, meant, value),
            lambda: not_finite.report(function, asked, meant, stages.pairs(asked)[0], drawn),
            lambda: _without_rounding(function, asked, meant, tensors, value, drawn),
        )
        told = (report for of in other if (report := of()) is not None)
        return next(told, data.unexplained(asked, meant, value, (), drawn))
    return _report(function, asked, meant, tensors, found, value)


def _without_rounding(
    function: Function, asked: Asked, meant: Meant, tensors: tuple[Any, ...], value: float, drawn: Probes
) -> Report | None:
    """What the function is but for its casts to fewer digits; None without any, or if that is unexplained."""
    exact = function._replace(fn=as_given.unrounded(function.fn))
    try:
        same = all(
            np.array_equal(exact.output(*at), asked.output(*at), equal_nan=True)
            for at in gradients.points(asked, (drawn.first, drawn.second))
        )
    except RefusedError:
        return None
    if same:
        return None
    report = crosscheck(exact, asked._replace(output=exact.output), meant, tensors)
    return own.rounded(report, meant, value)


def _value(asked: Asked) -> float:
    return float(asked.output(*asked.arguments).sum())


def _first(asked: Asked, drawn: Probes) -> tuple[Array, Array]:
    return gradients.points(asked, (drawn.first, drawn.second))[0]


def _found(asked: Asked, drawn: Probes, meant: Meant, value: float) -> Found | None:
    known = stages.explained(asked, drawn) if np.isfinite(drawn.values).all() else None
    return None if known is None else _chosen(asked, known.probes, meant, known.matches, value)


def _chosen(asked: Asked, drawn: Probes, meant: Meant, matches: list[Match], value: float) -> Found:
    """The simplest of the compositions; those that fail on the user's own arguments stand back."""
    others = [] if all(match.fixed for match in matches) else _elsewhere(asked)
    ways = [_ways(asked, drawn, match, others, meant) for match in matches]
    ordered = sorted(
        ways, key=lambda way: (not _holds(asked, way[0], value), way[0].price, _far(way[0], meant))
    )
    best, *more = ordered[0]
    # Where the function takes other shapes, one way is left; where it does not, lengths may be alike.
    return Found(best, drawn, tuple(one for one in more if one.price == best.price))


def _elsewhere(asked: Asked) -> list[Probes]:
    """Probes of other shapes, where the function takes them: there a factor shows what it is made of."""
    found: list[Probes] = []
    for shapes in (probes.small(asked, probes.OTHER_PRIMES, probes.OTHER_CLASSES), probes.own(asked)):
        full = np.broadcast_shapes(*shapes)
        try:
            if all(full):
                found.append(probes.drawn(asked, shapes, FEW if math.prod(full) <= LARGE else 1))
        except RefusedError:
            continue
    return found


def _ways(asked: Asked, drawn: Probes, match: Match, others: list[Probes], meant: Meant) -> list[Named]:
    if match.fixed:
        seen = [Seen(match.factor, probes.sizes(asked, asked.full))]
    else:
        seen = [Seen(match.factor, drawn.sizes), *(_seen(match, one) for one in others)]
    at_own = composed.at_own(asked, match)
    return [way._replace(at_own=at_own) for way in naming.ways(match, meant, *seen)]


def _seen(match: Match, other: Probes) -> Seen:
    """The factor at other probes."""
    column = match.sums(other.first, other.second)
    return Seen(fitted(column, INVERSE[match.whole](other.values - match.offset)).factor, other.sizes)


def _far(one: Named, meant: Meant) -> bool:
    return bool(meant.loss) and one.match.core.name != meant.loss


def _holds(asked: Asked, one: Named, value: float) -> bool:
    """Whether the composition gives the function's value for the user's own arguments."""
    return composed.holds(one, value, composed.composed(asked, one))


def _report(
    function: Function, asked: Asked, meant: Meant, tensors: tuple[Any, ...], found: Found, value: float
) -> Report:
    one = found.one
    meant = naming.warmed(meant, one)._replace(found=one.match.core.name)
    filled = all(asked.full)
    of_match = slips.findings(one, meant, probes.sizes(asked, asked.full)) if filled else []
    of_data = data.findings(asked, meant, one, value)
    given = own.given(function, asked, tensors)
    judged = gradients.check(function, asked, one.match.pair, found.probes)
    of_gradient = [
        *data.of_gradient(judged, meant, one),
        *own.of_gradient(given, asked, meant, tensors, one),
    ]
    precise = own.of_precision(function, given, asked, meant, tensors, value) if not of_match else []
    said = words.what(one, meant)
    elsewhere = data.elsewhere(asked, one, said, value)
    unsaid = bool(elsewhere) or not (np.isfinite(value) or of_data or not filled)
    judgement = verdict(of_match, of_data, of_gradient, precise, unsaid)
    return Report(
        judgement,
        "" if judgement == "unexplained" else said,
        (*evidence.with_figures(asked, one, meant, of_match), *of_data, *of_gradient, *precise),
        tuple(Alternative(words.what(other, meant), words.probe(one, other)) for other in found.others),
        (
            *elsewhere,
            *data.notes(asked, meant, one, found.probes),
            *_proof(one, [*of_match, *of_data], bool(elsewhere)),
        ),
        value,
        data.expected(asked, meant, one),
        one.match.error,
    )


def _proof(one: Named, found: list[Finding], elsewhere: bool) -> list[str]:
    """A note of what is proved of a composition without a slip."""
    name = one.match.core.name
    if found or elsewhere or not proof.proved(name):
        return []
    return [phrase("Proved with symbols: term by term, this formula is {}, for all p and q above 0.", name)]


def verdict(
    found: list[Finding],
    of_data: list[Finding],
    of_gradient: list[Finding],
    precise: list[Finding],
    unsaid: bool = False,
) -> Verdict:
    """The verdict of all findings; unsaid: whether the user's own arguments give a value not explained."""
    names = {finding.slip for finding in found}
    if names - CONSTANTS or of_data:
        return "wrong value"
    if unsaid:
        return "unexplained"
    if of_gradient:
        return "wrong gradient only"
    if precise:
        return "differs by precision"
    return "right up to a constant" if names else "right"

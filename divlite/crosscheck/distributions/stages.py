"""The searches for what a function is, the usual before the unusual, until one of them finds it."""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain
from typing import NamedTuple

from ..._types import Array
from ..calling import RefusedError
from . import lines, other_axes, probes, weights
from .epsilons import epsilons, slipped, warm
from .matches import Match, Pair, refitted
from .mixtures import mixtures
from .probes import Asked, Probes
from .readings import Taken
from .search import bilinear, search
from .two_sums import two_sums

Search = Callable[[], list[Match]]


class Explained(NamedTuple):
    """Compositions that give the function's values, and the probes for which they do."""

    probes: Probes
    matches: list[Match]


def explained(asked: Asked, drawn: Probes) -> Explained | None:
    """What gives the function's values at the probes, or else at others of the user's own shape."""
    tried = pairs(asked)
    known = _lines(drawn, tried[-1])
    if found := _first(chain(_usual(drawn, tried), _with_numbers(known), _of_two(drawn, tried))):
        return Explained(drawn, found)
    for stage in (_own, _along_other_axes, _outcomes):
        try:
            if explained := stage(asked, drawn, tried):
                return explained
        except RefusedError:
            continue
    found = _first(_unusual(drawn, tried, known))
    return Explained(drawn, found) if found else None


def _first(searches: Iterator[Search]) -> list[Match]:
    for one in searches:
        if found := one():
            return found
    return []


def pairs(asked: Asked) -> list[Pair]:
    """How the two arguments may be meant: with the temperature that was stated, on both sides or on one."""
    others = tuple(i for i in range(-asked.ndim, 0) if i != asked.axis)
    q, p = (Taken(asked.forms[place], asked.axis, others) for place in (asked.fit, 1 - asked.fit))
    plain = Pair(p, q, asked.fit == 0)
    if asked.temperature == 1.0:
        return [plain]
    return [*(lines.tempered(plain, side, asked.temperature) for side in ("both", "q", "p")), plain]


def _usual(made: Probes, tried: list[Pair]) -> Iterator[Search]:
    """Up to one slip, and whatever is linear in both."""
    for pair in tried:
        yield lambda pair=pair: search(made, pair, most=1)
    for pair in tried:
        yield lambda pair=pair: _linear(made, pair)


def _linear(made: Probes, pair: Pair) -> list[Match]:
    """With any number of slips, but for sums of another kind that need only two."""
    found = bilinear(made, pair).within(made.tolerance)
    simpler = search(made, pair, most=2, least=2) if found and found[0].slips > 2 else []
    return simpler or found


def _lines(made: Probes, pair: Pair) -> list[lines.Line]:
    """The numbers that may stand inside; what a value of one gives is worked out once."""
    known = (
        *lines.temperatures(made, pair),
        epsilons(made, pair),
        mixtures(made, pair),
        lines.smoothings(made, pair),
    )
    return [line._replace(at=cache(line.at)) for line in known]


def _with_numbers(known: list[lines.Line]) -> Iterator[Search]:
    """With one of the usual numbers inside."""
    for line in known:
        yield lambda line=line: lines.usual(line)


def _of_two(made: Probes, tried: list[Pair]) -> Iterator[Search]:
    """With two known sums, at one temperature."""
    for pair in tried:
        yield lambda pair=pair: two_sums(made, pair)
    for temperature in lines.TEMPERATURES:
        yield lambda t=temperature: two_sums(made, lines.tempered(tried[-1], "both", t))


def _unusual(made: Probes, tried: list[Pair], known: list[lines.Line]) -> Iterator[Search]:
    """With any number inside, with an epsilon and a slip or a temperature besides, and with two slips."""
    for line in known:
        yield lambda line=line: lines.between(line)
    yield lambda: slipped(made, tried[-1])
    for line in warm(made, tried[-1]):
        yield lambda line=line: lines.usual(line) or lines.written(line)
    for pair in tried:
        yield lambda pair=pair: search(made, pair, most=2, least=2)


def _own(asked: Asked, drawn: Probes, tried: list[Pair]) -> Explained | None:
    """With weights for the distributions of the user's own shape, or their number written in the function.

    Few outcomes show these as well as many, where the function takes them.
    """
    for shapes in dict.fromkeys((probes.narrow(asked), probes.own(asked))):
        try:
            alike, known = weights.alike(asked, drawn, shapes), weights.of_rows(asked, drawn, shapes)
        except RefusedError:
            continue
        return _weighted(asked, drawn, tried, alike, known)
    return None


def _weighted(
    asked: Asked, drawn: Probes, tried: list[Pair], alike: Probes, known: Array | None
) -> Explained | None:
    """With these weights. Where all distributions are alike a weight is a factor: the search is the same.

    What it finds must give the values where they are not alike.
    """
    searches = [_usual(alike, tried)] + ([] if known is None else [_with_numbers(_lines(alike, tried[-1]))])
    own = cache(lambda: weights.own(asked, drawn))
    for stage in searches:
        for one in stage:
            found = [refitted(own(), match._replace(weights=known, fixed=True)) for match in one()]
            if found := [match for match in found if match.error <= drawn.tolerance]:
                return Explained(own(), found)
    return None


def _along_other_axes(asked: Asked, drawn: Probes, tried: list[Pair]) -> Explained | None:
    """With weights for the distributions, and a side normalised along another axis."""
    found = other_axes.weighted(asked, drawn, tried[0])
    own = weights.own(asked, drawn) if found else drawn
    found = [match for match in (refitted(own, one) for one in found) if match.error <= drawn.tolerance]
    return Explained(own, found) if found else None


def _outcomes(asked: Asked, drawn: Probes, tried: list[Pair]) -> Explained | None:
    """With weights for the outcomes."""
    found = weights.of_outcomes(asked, drawn, tried[0])
    return Explained(drawn, found) if found else None

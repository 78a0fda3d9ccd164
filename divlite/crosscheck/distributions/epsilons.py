"""What people write with an epsilon inside a sum: beside a probability, or as the least that it may be."""

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from math import prod

import numpy as np

from ..._types import Array
from .cores import Core, of_terms
from .fits import all_fitted
from .lines import SIDES, TEMPERATURES, Line, tempered
from .matches import Match, Pair, Tried, refitted
from .probes import Probes
from .readings import Reading, Taken, readings, right
from .search import FEW, flat

EPSILONS = tuple(m * 10.0**-n for n in range(12, 1, -1) for m in (1, 2, 5))
USUAL_EPSILONS = tuple(10.0**-n for n in range(3, 9))  # those that are tried together with other slips

Epsilon = float | Array
Ratio = Callable[[Array, Array, Epsilon], Array]
Weight = Callable[[Array, Epsilon], Array]
Terms = Callable[[Reading, Reading], Array]


def epsilons(probes: Probes, pair: Pair) -> Line:
    """The sums with an epsilon."""
    p, q = pair.split(probes.first, probes.second)
    of_p, of_q = right(p, pair.p), right(q, pair.q)

    def at(e: float) -> Tried:
        return _tried(probes, pair, of_p, of_q, (e,))

    def one(e: float, place: int) -> Match:
        return refitted(probes, Match(pair, _core(e, place), (), (), 1.0, np.inf))

    return Line(EPSILONS, at, one, probes.tolerance)


def slipped(probes: Probes, pair: Pair) -> list[Match]:
    """With one of the usual epsilons, and one side misread besides."""
    at_p, at_q = pair.split(probes.first, probes.second)
    read_p, read_q = _weighed(at_p, pair.p), _weighed(at_q, pair.q)
    sides = [(p, read_q[0]) for p in read_p[1:]] + [(read_p[0], q) for q in read_q[1:]]
    return [
        match
        for p, q in sides
        for match in _tried(probes, pair, p, q, USUAL_EPSILONS).within(probes.tolerance)
    ]


def warm(probes: Probes, pair: Pair) -> list[Line]:
    """With one of the usual epsilons, at a temperature."""
    p, q = pair.split(probes.first, probes.second)

    def at(side: str, temperature: float) -> Tried:
        other = tempered(pair, side, temperature)
        return _tried(probes, other, right(p, other.p), right(q, other.q), USUAL_EPSILONS)

    return [Line(TEMPERATURES, partial(at, side), None, probes.tolerance) for side in SIDES]


def _tried(probes: Probes, pair: Pair, p: Reading, q: Reading, numbers: Sequence[float]) -> Tried:
    """Every sum with an epsilon, for each of these numbers."""
    shape = np.broadcast_shapes(p.weight.shape, q.weight.shape)
    of_p, of_q = (flat([one], shape).weight[0] for one in (p, q))
    together = len(numbers) if prod(shape) <= FEW else 1
    parts = [np.array(numbers[n : n + together]) for n in range(0, len(numbers), together)]
    with np.errstate(all="ignore"):
        columns = np.concatenate([_columns(of_p, of_q, part[:, None, None]) for part in parts])
        factor, _, errors = all_fitted(columns, probes.values)

    def match(place: int) -> Match:
        which, core = divmod(place, len(KINDS))
        made = _core(numbers[which], core)
        return Match(pair, made, p.slips, q.slips, float(factor[place]), float(errors[place]))

    return Tried(errors, match)


def _columns(p: Array, q: Array, e: Array) -> Array:
    """The sums with every epsilon, and of each every weight, ratio and direction, in the order of KINDS."""
    forward, reverse = (
        np.einsum(
            "wenx,renx->ewrn",
            np.stack(np.broadcast_arrays(*(weight(a, e) for weight in WEIGHTS.values()))),
            np.stack([ratio(a, b, e) for ratio in RATIOS.values()]),
        )
        for a, b in ((p, q), (q, p))
    )
    return np.stack([forward, reverse, forward + reverse], axis=3).reshape(len(e) * len(KINDS), -1)


def _weighed(a: Array, taken: Taken) -> list[Reading]:
    """The readings with at most one slip and weights of their own: no other place counts here."""
    found: list[Reading] = []
    for one in readings(a, taken):
        if len(one.slips) < 2 and not any(np.array_equal(one.weight, other.weight) for other in found):
            found.append(one)
    return found


def _least(p: Array, e: Epsilon) -> Array:
    return np.maximum(p, e)


RATIOS: dict[str, Ratio] = {
    "log(({p} + e)/({q} + e))": lambda p, q, e: np.log((p + e) / (q + e)),
    "log({p}/({q} + e))": lambda p, q, e: np.log(p / (q + e)),
    "log(({p} + e)/{q})": lambda p, q, e: np.log((p + e) / q),
    "log(max({p}, e)/{q})": lambda p, q, e: np.log(_least(p, e) / q),
    "log({p}/{q} + e)": lambda p, q, e: np.log(p / q + e),
    "log({p}/({q} + e) + e)": lambda p, q, e: np.log(p / (q + e) + e),
    "log(({p} + e)/({q} + e) + e)": lambda p, q, e: np.log((p + e) / (q + e) + e),
    "log(max({p}, e)/max({q}, e))": lambda p, q, e: np.log(_least(p, e) / _least(q, e)),
    "log({p}/max({q}, e))": lambda p, q, e: np.log(p / _least(q, e)),
    "-log({q} + e)": lambda p, q, e: -np.log(q + e),
    "-log max({q}, e)": lambda p, q, e: -np.log(_least(q, e)),
}
WEIGHTS: dict[str, Weight] = {
    "{p}": lambda p, e: p,
    "({p} + e)": lambda p, e: p + e,
    "max({p}, e)": _least,
}


DIRECTIONS = ("forward", "reverse", "both")
KINDS = tuple(itertools.product(WEIGHTS, RATIOS, DIRECTIONS))


def _core(e: float, place: int) -> Core:
    """The sum at this place among the KINDS: of P and Q, of Q and P, or both together."""
    weight, ratio, direction = KINDS[place]

    def forward(p: Reading, q: Reading) -> Array:
        return WEIGHTS[weight](p.weight, e) * RATIOS[ratio](p.weight, q.weight, e)

    def reverse(p: Reading, q: Reading) -> Array:
        return forward(q, p)

    def both(p: Reading, q: Reading) -> Array:
        return forward(p, q) + forward(q, p)

    says = f"{weight} {ratio}".replace("{p} -", "-{p} ")
    back = says.replace("{p}", "{x}").replace("{q}", "{p}").replace("{x}", "{q}")
    one, other = ("cross-entropy", "cross-entropy of q") if "/" not in ratio else ("forward-kl", "reverse-kl")
    kinds: dict[str, tuple[str, str, Terms]] = {
        "forward": (one, says, forward),
        "reverse": (other, back, reverse),
        "both": ("jeffreys", f"({says} + {back})", both),
    }
    name, words, terms = kinds[direction]
    return of_terms(name, f"sum {words}", terms, "epsilon")._replace(numbers=(("e", e),))

"""What people write with an epsilon inside a sum: beside a probability, or as the least that it may be."""

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from ..._types import Array
from .cores import Core, of_terms
from .lines import USUAL_TEMPERATURES, Line, tempered, tried
from .probes import Probes
from .readings import Reading, Taken, readings, right
from .search import Match, Pair, Tried

EPSILONS = tuple(m * 10.0**-n for n in range(12, 1, -1) for m in (1, 2, 5))
USUAL_EPSILONS = tuple(10.0**-n for n in range(3, 9))  # those that are tried together with other slips

Ratio = Callable[[Array, Array, float], Array]
Weight = Callable[[Array, float], Array]
Terms = Callable[[Reading, Reading], Array]


def epsilons(probes: Probes, pair: Pair) -> Line:
    """The sums with an epsilon."""
    p, q = pair.split(probes.first, probes.second)
    of_p, of_q = right(p, pair.p), right(q, pair.q)

    def at(e: float) -> Tried:
        return tried(probes, pair, of_p, of_q, _cores(e))

    def one(e: float, place: int) -> Match:
        return tried(probes, pair, of_p, of_q, _cores(e)[place : place + 1]).match(0)

    return Line(EPSILONS, at, one, probes.tolerance)


def slipped(probes: Probes, pair: Pair) -> list[Match]:
    """With one of the usual epsilons, and one side misread or at a usual temperature besides."""
    cores = [_cores(e) for e in USUAL_EPSILONS]
    return [
        match
        for one, p, q in _slipped(probes, pair)
        for at_e in cores
        for match in tried(probes, one, p, q, at_e).within(probes.tolerance)
    ]


def _slipped(probes: Probes, pair: Pair) -> Iterator[tuple[Pair, Reading, Reading]]:
    at_p, at_q = pair.split(probes.first, probes.second)
    read_p, read_q = _weighed(at_p, pair.p), _weighed(at_q, pair.q)
    yield from ((pair, p, read_q[0]) for p in read_p[1:])
    yield from ((pair, read_p[0], q) for q in read_q[1:])
    for side, temperature in itertools.product(("both", "q"), USUAL_TEMPERATURES):
        warm = tempered(pair, side, temperature)
        yield warm, right(at_p, warm.p), right(at_q, warm.q)


def _weighed(a: Array, taken: Taken) -> list[Reading]:
    """The readings with at most one slip and weights of their own: no other place counts here."""
    found: list[Reading] = []
    for one in readings(a, taken):
        if len(one.slips) < 2 and not any(np.array_equal(one.weight, other.weight) for other in found):
            found.append(one)
    return found


def _least(p: Array, e: float) -> Array:
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


def _cores(e: float) -> tuple[Core, ...]:
    """Every weight with every ratio: of P and Q, of Q and P, and both together."""
    return tuple(
        core for weight, ratio in itertools.product(WEIGHTS, RATIOS) for core in _made(weight, ratio, e)
    )


def _made(weight: str, ratio: str, e: float) -> Iterator[Core]:
    def forward(p: Reading, q: Reading) -> Array:
        return WEIGHTS[weight](p.weight, e) * RATIOS[ratio](p.weight, q.weight, e)

    def reverse(p: Reading, q: Reading) -> Array:
        return forward(q, p)

    def both(p: Reading, q: Reading) -> Array:
        return forward(p, q) + forward(q, p)

    says = f"{weight} {ratio}".replace("{p} -", "-{p} ")
    back = says.replace("{p}", "{x}").replace("{q}", "{p}").replace("{x}", "{q}")
    one, other = ("cross-entropy", "cross-entropy of q") if "/" not in ratio else ("forward-kl", "reverse-kl")
    kinds: list[tuple[str, str, Terms]] = [
        (one, says, forward),
        (other, back, reverse),
        ("jeffreys", f"({says} + {back})", both),
    ]
    for name, words, terms in kinds:
        yield of_terms(name, f"sum {words}", terms, "epsilon")._replace(numbers=(("e", e),))

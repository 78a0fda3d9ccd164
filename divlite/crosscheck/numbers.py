"""Numbers inside a function that are not factors: a temperature, an epsilon, a mixture's weight, smoothing.

Each is found on a line, with the fit of the factor inside: first among the values that people write, then by
a search between them.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from .._types import Array
from .cores import CORES, Core, of_terms, summed, to_mixture
from .probes import Probes
from .readings import Reading, readings, right
from .search import EXACT, OTHERWISE, PLAIN, Match, Pair, Tried, bilinear, done

GOLDEN = 0.5 * (np.sqrt(5.0) - 1.0)
ROUNDS = 45
NEAR = 0.3  # an error above which a search between the usual values is not worth its time
BEST = 4  # compositions for which that search is made

TEMPERATURES = (
    0.05,
    0.07,
    0.1,
    0.2,
    0.25,
    0.5,
    0.7,
    0.8,
    1.5,
    2.0,
    2.5,
    3.0,
    4.0,
    5.0,
    6.0,
    7.0,
    8.0,
    10.0,
    15.0,
    20.0,
    30.0,
)
EPSILONS = tuple(m * 10.0**-n for n in range(12, 1, -1) for m in (1, 2, 5))
# Of these, the ones that are tried together with other slips.
USUAL_TEMPERATURES = (2.0, 3.0, 4.0, 5.0, 10.0)
USUAL_EPSILONS = tuple(10.0**-n for n in range(2, 11))
HALF = (1e-6, 1e-4, 0.001, 0.01, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4)
WEIGHTS = (*HALF, *(1.0 - b for b in reversed(HALF)))
SMOOTHINGS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3)


class Line(NamedTuple):
    """A number to be found. usual: the values that people write, rising.

    at: the compositions for a value, always as many and in the same order; coarse: whether only at the usual
    values.
    """

    usual: tuple[float, ...]
    at: Callable[[float], Tried]
    coarse: bool = False


def lines(probes: Probes, pair: Pair) -> list[Line]:
    """The numbers that may stand inside."""
    return [
        *_temperatures(probes, pair),
        _epsilons(probes, pair),
        _mixtures(probes, pair),
        Line(SMOOTHINGS, lambda a: bilinear(probes, pair._replace(p=pair.p._replace(smoothing=a)))),
    ]


def usual(line: Line) -> list[Match]:
    """The compositions that are the function with one of the usual values of the number."""
    return [match for value in line.usual for match in line.at(value).within(EXACT)]


def between(line: Line) -> list[Match]:
    """Those that are with a value between them."""
    if line.coarse:
        return []
    errors = np.stack([line.at(value).errors for value in line.usual])
    least = np.min(errors, axis=0)
    places = [int(place) for place in np.argsort(least)[:BEST] if least[place] < NEAR]
    found = [_between(line, place, int(np.argmin(errors[:, place]))) for place in places]
    return [match for match in found if match.error <= EXACT]


def _between(line: Line, place: int, best: int) -> Match:
    """The best match between the neighbours of the best of the usual values; with few digits if that does."""
    first, last = line.usual[0], line.usual[-1]
    low = line.usual[best - 1] if best else 0.25 * first
    ahead = line.usual[best + 1 :]
    high = ahead[0] if ahead else (4.0 * last if last >= 1.0 else 0.5 * (1.0 + last))

    def error(value: float) -> float:
        return float(line.at(value).errors[place])

    value = _golden(error, low, high)
    short = [float(f"{value:.{digits}g}") for digits in (1, 2, 3, 4, 6)]
    return line.at(next((one for one in short if error(one) <= EXACT), value)).match(place)


def _golden(error: Callable[[float], float], low: float, high: float) -> float:
    """Where the error is least between two values, by golden sections."""
    a, b = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_a, at_b = error(a), error(b)
    for _ in range(ROUNDS):
        if at_a < at_b:
            high, b, at_b = b, a, at_a
            a = high - GOLDEN * (high - low)
            at_a = error(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + GOLDEN * (high - low)
            at_b = error(b)
    return a if at_a < at_b else b


def _tried(probes: Probes, pair: Pair, p: Reading, q: Reading, cores: Iterable[Core]) -> Tried:
    """Cores of two readings."""
    return _of(list(done(probes, pair, p, q, cores, PLAIN)))


def _of(found: list[Match]) -> Tried:
    return Tried(np.array([match.error for match in found]), found.__getitem__)


def tempered(pair: Pair, side: str, temperature: float) -> Pair:
    """The pair with a temperature on "both" sides, or on that of "p" or "q"."""
    p, q = (
        getattr(pair, name)._replace(temperature=temperature)
        if side in (name, "both")
        else getattr(pair, name)
        for name in "pq"
    )
    return pair._replace(p=p, q=q)


def _temperatures(probes: Probes, pair: Pair) -> list[Line]:
    """Logits divided by a temperature, on both sides or on one."""
    p, q = pair.split(probes.first, probes.second)

    def linear(side: str, temperature: float) -> Tried:
        return bilinear(probes, tempered(pair, side, temperature))

    def other(side: str, temperature: float) -> Tried:
        warm = tempered(pair, side, temperature)
        ways = (*PLAIN, *OTHERWISE)
        return _of(list(done(probes, warm, right(p, warm.p), right(q, warm.q), CORES, ways)))

    sides = ("both", "q", "p")
    return [
        *(Line(TEMPERATURES, partial(other, side), coarse=True) for side in sides),
        *(Line(TEMPERATURES, partial(linear, side)) for side in sides),
    ]


def _with_epsilon(e: float) -> tuple[Core, ...]:
    """What people write with an epsilon: of P and Q, and of both in turn."""
    ratios: dict[str, Callable[[Array, Array], Array]] = {
        "log(({p} + e)/({q} + e))": lambda p, q: np.log((p + e) / (q + e)),
        "log({p}/({q} + e))": lambda p, q: np.log(p / (q + e)),
        "log(({p} + e)/{q})": lambda p, q: np.log((p + e) / q),
        "log(max({p}, e)/{q})": lambda p, q: np.log(np.maximum(p, e) / q),
        "log({p}/{q} + e)": lambda p, q: np.log(p / q + e),
        "log({p}/({q} + e) + e)": lambda p, q: np.log(p / (q + e) + e),
        "log(({p} + e)/({q} + e) + e)": lambda p, q: np.log((p + e) / (q + e) + e),
        "log(max({p}, e)/max({q}, e))": lambda p, q: np.log(np.maximum(p, e) / np.maximum(q, e)),
        "log({p}/max({q}, e))": lambda p, q: np.log(p / np.maximum(q, e)),
        "-log({q} + e)": lambda p, q: -np.log(q + e),
        "-log max({q}, e)": lambda p, q: -np.log(np.maximum(q, e)),
    }
    weights: dict[str, Callable[[Array], Array]] = {
        "{p}": lambda p: p,
        "({p} + e)": lambda p: p + e,
        "max({p}, e)": lambda p: np.maximum(p, e),
    }

    def made(name: str, says: str, term: Callable[[Array, Array], Array]) -> Iterator[Core]:
        back = says.replace("{p}", "{x}").replace("{q}", "{p}").replace("{x}", "{q}")
        kinds = {
            name: (says, lambda p, q: term(p.weight, q.weight)),
            BACK.get(name, name): (back, lambda p, q: term(q.weight, p.weight)),
            "jeffreys": (
                f"{says} + {back[4:]}",
                lambda p, q: term(p.weight, q.weight) + term(q.weight, p.weight),
            ),
        }
        for kind, (words, terms) in kinds.items():
            yield of_terms(kind, f"sum {words}", terms, "epsilon")._replace(numbers=(("e", e),))

    return tuple(
        core
        for weight, ratio in itertools.product(weights, ratios)
        for core in made(
            "cross-entropy" if ratio.startswith("-") else "forward-kl",
            f"{weight} {ratio}",
            lambda p, q, w=weights[weight], r=ratios[ratio]: w(p) * r(p, q),
        )
    )


BACK = {"forward-kl": "reverse-kl", "cross-entropy": "cross-entropy of q"}


def _epsilons(probes: Probes, pair: Pair) -> Line:
    """With an epsilon beside a probability, or as the least that it may be."""
    p, q = pair.split(probes.first, probes.second)
    of_p, of_q = right(p, pair.p), right(q, pair.q)
    return Line(EPSILONS, lambda e: _tried(probes, pair, of_p, of_q, _with_epsilon(e)))


def slipped_epsilons(probes: Probes, pair: Pair) -> list[Match]:
    """With one of the usual epsilons, and one side misread or at a usual temperature besides."""
    at_p, at_q = pair.split(probes.first, probes.second)
    read_p, read_q = (
        [one for one in readings(a, taken) if len(one.slips) < 2]
        for a, taken in ((at_p, pair.p), (at_q, pair.q))
    )
    warm = [
        tempered(pair, side, t)
        for side in ("both", "q", "p")
        for t in TEMPERATURES
        if t in USUAL_TEMPERATURES
    ]
    sides = [
        *((pair, p, read_q[0]) for p in read_p[1:]),
        *((pair, read_p[0], q) for q in read_q[1:]),
        *((one, right(at_p, one.p), right(at_q, one.q)) for one in warm),
    ]
    cores = {e: _with_epsilon(e) for e in EPSILONS if e in USUAL_EPSILONS}
    return [
        match
        for one, p, q in sides
        for e in cores
        for match in _tried(probes, one, p, q, cores[e]).within(EXACT)
    ]


def _mixtures(probes: Probes, pair: Pair) -> Line:
    """a KL(p || m) + c KL(q || m) with m = b p + (1 - b) q: a and c are fitted for every b."""
    p, q = pair.split(probes.first, probes.second)
    two = right(p, pair.p), right(q, pair.q)

    def fit(b: float) -> Match:
        def rows(p: Reading, q: Reading, axis: int, a: float, c: float) -> Array:
            of_p, of_q = to_mixture(p, q, b)
            return np.sum(a * of_p + c * of_q, axis=axis)

        columns = [summed(rows(*two, pair.q.axis, a, c)) for a, c in ((1.0, 0.0), (0.0, 1.0))]
        (a, c), error = combined(columns, probes.values)
        whole = a + c or 1.0
        says = f"{a / whole:.4g} KL({{p}} || m) + {c / whole:.4g} KL({{q}} || m), with m = {b:.7g} {{p}} + "
        says += f"{1 - b:.4g} {{q}}"
        numbers = (("p", a / whole), ("q", c / whole), ("b", b))
        core = Core("mixture", says, lambda p, q, axis: rows(p, q, axis, a / whole, c / whole), "", numbers)
        return Match(pair, core, (), (), whole, error)

    def at(b: float) -> Tried:
        match = fit(b)
        return Tried(np.array([match.error]), lambda _: match)

    return Line(WEIGHTS, at)


def combined(columns: list[Array], values: Array) -> tuple[Array, float]:
    """The numbers by which the columns make the values, and the error."""
    matrix = np.stack(columns, axis=-1)
    if not np.isfinite(matrix).all():
        return np.zeros(len(columns)), np.inf
    scale = np.abs(matrix).max(axis=0)
    found = np.linalg.lstsq(matrix / scale, values, rcond=None)[0] / scale
    return found, float(np.abs(matrix @ found - values).max() / np.abs(values).max())

"""Numbers inside a function that are not factors: a temperature, an epsilon, a mixture's weight, smoothing.

Each is found on a line, with the fit of the factor inside: first among the values that people write, then by
a search between them.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np

from .._types import Array
from .cores import USUAL, Core, of_terms, summed, to_mixture
from .probes import Probes
from .readings import Reading, right, simple
from .search import EXACT, Match, Pair, fitted

GOLDEN = 0.5 * (np.sqrt(5.0) - 1.0)
ROUNDS = 50
NEAR = 0.3  # an error above which a search between the usual values is not worth its time

TEMPERATURES = (
    2.0,
    4.0,
    3.0,
    5.0,
    10.0,
    20.0,
    1.5,
    0.5,
    0.1,
    8.0,
    6.0,
    7.0,
    2.5,
    0.05,
    0.07,
    0.2,
    0.25,
    0.8,
    0.7,
    15.0,
    30.0,
)
EPSILONS = tuple(m * 10.0**-n for n in range(2, 13) for m in (1, 2, 5))
WEIGHTS = (
    0.1,
    0.9,
    0.25,
    0.75,
    0.3,
    0.7,
    0.2,
    0.8,
    0.4,
    0.6,
    0.01,
    0.99,
    0.05,
    0.95,
    0.001,
    0.999,
    1e-4,
    1 - 1e-4,
    1e-6,
    1 - 1e-6,
)
SMOOTHINGS = (0.1, 0.05, 0.2, 0.01, 0.3, 0.02, 0.15)


BEST = 10  # compositions for which the search between the usual values is made

Fit = Callable[[], Match]
At = Callable[[float], list[Fit]]


def along(at: At, usual: tuple[float, ...]) -> list[Match]:
    """The compositions with a value of the number that makes them the function.

    at: the compositions for a value, always as many and in the same order, each a function that fits it.
    """
    tried = [[fit() for fit in at(value)] for value in usual]
    exact = [match for matches in tried for match in matches if match.error <= EXACT]
    if exact:
        return exact
    errors = np.array([[match.error for match in matches] for matches in tried])
    least = np.min(errors, axis=0)
    places = [int(place) for place in np.argsort(least)[:BEST] if least[place] < NEAR]
    found = [
        _between(lambda value, place=place: at(value)[place](), usual, int(np.argmin(errors[:, place])))
        for place in places
    ]
    return [match for match in found if match.error <= EXACT]


def _between(at: Callable[[float], Match], usual: tuple[float, ...], best: int) -> Match:
    """The best match between the neighbours of the best of the usual values; with few digits if that does."""
    ordered = sorted(usual)
    n = ordered.index(usual[best])
    low = ordered[n - 1] if n else 0.25 * ordered[0]
    high = (
        ordered[n + 1]
        if n + 1 < len(ordered)
        else ordered[-1]
        + 0.9 * (1.0 - ordered[-1]) * (ordered[-1] < 1.0)
        + 3.0 * ordered[-1] * (ordered[-1] >= 1.0)
    )
    value, match = _golden(at, low, high)
    short = (at(float(f"{value:.{digits}g}")) for digits in (1, 2, 3, 4, 6))
    return next((one for one in short if one.error <= EXACT), match)


def _golden(at: Callable[[float], Match], low: float, high: float) -> tuple[float, Match]:
    a, b = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_a, at_b = at(a), at(b)
    for _ in range(ROUNDS):
        if at_a.error < at_b.error:
            high, b, at_b = b, a, at_a
            a = high - GOLDEN * (high - low)
            at_a = at(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + GOLDEN * (high - low)
            at_b = at(b)
    return (a, at_a) if at_a.error < at_b.error else (b, at_b)


def _fits(
    probes: Probes, pair: Pair, pairs: Iterable[tuple[Reading, Reading]], cores: tuple[Core, ...]
) -> list[Fit]:
    """Every core of every pair of readings, to be fitted by a factor."""

    def fit(p: Reading, q: Reading, core: Core) -> Match:
        with np.errstate(all="ignore"):
            factor, _, error = fitted(summed(core.rows(p, q, pair.q.axis)), probes.values)
        return Match(pair, core, p.slips, q.slips, factor, error)

    return [partial(fit, p, q, core) for p, q in pairs for core in cores]


def _one_slip(probes: Probes, pair: Pair) -> Iterator[tuple[Reading, Reading]]:
    """The readings of both with at most one slip."""
    p, q = pair.split(probes.first, probes.second)
    of_p, of_q = simple(p, pair.p), simple(q, pair.q)
    yield of_p[0], of_q[0]
    yield from ((of_p[0], one) for one in of_q[1:])
    yield from ((one, of_q[0]) for one in of_p[1:])


def tempered(pair: Pair, side: str, temperature: float) -> Pair:
    """The pair with a temperature on "both" sides, or on that of "p" or "q"."""
    p, q = (
        getattr(pair, name)._replace(temperature=temperature)
        if side in (name, "both")
        else getattr(pair, name)
        for name in "pq"
    )
    return pair._replace(p=p, q=q)


def temperatures(probes: Probes, pair: Pair) -> list[Match]:
    """With logits divided by a temperature, on one side or on both."""

    def at(side: str) -> At:
        def compositions(temperature: float) -> list[Fit]:
            warm = tempered(pair, side, temperature)
            return _fits(probes, warm, _one_slip(probes, warm), USUAL)

        return compositions

    return [match for side in ("both", "q", "p") for match in along(at(side), TEMPERATURES)]


def smoothings(probes: Probes, pair: Pair) -> list[Match]:
    """With the target smoothed: (1 - a) p + a/n."""

    def at(share: float) -> list[Fit]:
        smooth = pair._replace(p=pair.p._replace(smoothing=share))
        return _fits(probes, smooth, _one_slip(probes, smooth), USUAL)

    return along(at, SMOOTHINGS)


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


def epsilons(probes: Probes, pair: Pair) -> list[Match]:
    """With an epsilon beside a probability, or as the least that it may be."""
    p, q = pair.split(probes.first, probes.second)
    two = right(p, pair.p), right(q, pair.q)
    return along(lambda e: _fits(probes, pair, [two], _with_epsilon(e)), EPSILONS)


def mixtures(probes: Probes, pair: Pair) -> list[Match]:
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

    return along(lambda b: [partial(fit, b)], WEIGHTS)


def combined(columns: list[Array], values: Array) -> tuple[Array, float]:
    """The numbers by which the columns make the values, and the error."""
    matrix = np.stack(columns, axis=-1)
    if not np.isfinite(matrix).all():
        return np.zeros(len(columns)), np.inf
    scale = np.abs(matrix).max(axis=0)
    found = np.linalg.lstsq(matrix / scale, values, rcond=None)[0] / scale
    return found, float(np.abs(matrix @ found - values).max() / np.abs(values).max())

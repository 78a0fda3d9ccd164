"""What a function may take an argument for: the right reading, and those that people slip into.

A sum such as p (log p - log q) has three places for an argument: as a weight, as the logarithm that stands
with its own weight, and as the logarithm in the cross term, with the other's weight. A reading says what
stands in each, and which slips it takes to get there.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..._types import Array
from ...functional import softmaxes


class Reading(NamedTuple):
    """slips: names of what went wrong, none for the right reading; the arrays have the argument's shape."""

    slips: tuple[str, ...]
    weight: Array
    own: Array
    log: Array


class Taken(NamedTuple):
    """How an argument is read: its form and event axis, the other axes, and numbers that are not linear.

    temperature: logits are divided by it; smoothing: a, of (1 - a) p + a/n.
    """

    form: str
    axis: int
    others: tuple[int, ...] = ()
    temperature: float = 1.0
    smoothing: float = 0.0


def readings(a: Array, taken: Taken) -> list[Reading]:
    """All readings of an argument, those with fewer slips first; none twice."""
    found: list[Reading] = []
    with np.errstate(all="ignore"):
        for reading in sorted(_all(a, taken), key=lambda one: len(one.slips)):
            if np.isfinite(reading.log).any() and not any(_same(reading, other) for other in found):
                found.append(reading)
    return found


def right(a: Array, taken: Taken) -> Reading:
    """The reading without a slip."""
    with np.errstate(all="ignore"):
        log_p = _smooth(next(_logs(a, taken))[1], taken)
        return Reading((), np.exp(log_p), log_p, log_p)


def _same(one: Reading, other: Reading) -> bool:
    return all(_close(mine, yours) for mine, yours in zip(one[1:], other[1:], strict=True))


def _close(mine: Array, yours: Array) -> bool:
    # Most arrays differ in their first number already, and many are one object.
    a, b = mine.item(0), yours.item(0)
    if abs(a - b) > 1e-14 + 1e-12 * abs(b):
        return False
    return mine is yours or np.allclose(mine, yours, rtol=1e-12, atol=1e-14, equal_nan=True)


def _all(a: Array, taken: Taken) -> Iterator[Reading]:
    for slips, log_p in _logs(a, taken):
        log_p = _smooth(log_p, taken)
        p = np.exp(log_p)
        yield Reading(slips, p, log_p, log_p)
        yield Reading((*slips, "probabilities as input"), p, log_p, p)
        yield Reading((*slips, "probabilities for logs"), p, p, p)
        yield Reading((*slips, "logs as weights"), log_p, log_p, log_p)


def _smooth(log_p: Array, taken: Taken) -> Array:
    if not taken.smoothing:
        return log_p
    share = taken.smoothing / log_p.shape[taken.axis]
    return np.log((1.0 - taken.smoothing) * np.exp(log_p) + share)


def _logs(a: Array, taken: Taken) -> Iterator[tuple[tuple[str, ...], Array]]:
    """What may be taken for the log-probabilities; the right one first."""
    if taken.form == "logits":
        yield from _of_logits(a / taken.temperature, taken)
        return
    log_p = np.log(a) if taken.form in ("probabilities", "densities") else a
    p = np.exp(log_p)
    if taken.temperature == 1.0:
        yield (), log_p
    else:
        yield (), _log_softmax(log_p / taken.temperature, taken.axis)
    yield ("softmax of probabilities",), _log_softmax(p, taken.axis)
    if taken.form == "probabilities":
        yield ("probabilities as log target",), p
    for axis in taken.others:
        yield ("axis",), _log_softmax(log_p, axis)


def _log_softmax(a: Array, axis: int) -> Array:
    # Not `discrete.log_softmax`, which checks what is known here: probes have axes, and are float64.
    return np.asarray(softmaxes.log_along(a, axis), np.float64)


def _of_logits(a: Array, taken: Taken) -> Iterator[tuple[tuple[str, ...], Array]]:
    log_p = _log_softmax(a, taken.axis)
    p = np.exp(log_p)
    yield (), log_p
    yield ("softmax twice",), _log_softmax(p, taken.axis)
    yield ("probabilities as log target",), p
    yield ("no softmax",), a
    yield ("sigmoid",), -np.logaddexp(0.0, -a)
    for axis in taken.others:
        yield ("axis",), _log_softmax(a, axis)


def reading(a: Array, taken: Taken, slips: tuple[str, ...]) -> Reading:
    """The reading with these slips."""
    with np.errstate(all="ignore"):
        return next(one for one in _all(a, taken) if one.slips == slips)


def every(a: Array, taken: Taken) -> list[Reading]:
    """All readings, those that are the same here among them: always as many, in the same order."""
    with np.errstate(all="ignore"):
        return list(_all(a, taken))

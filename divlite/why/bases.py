"""The distributions that people make out of an array, and what each has to do with the right one.

A base is one such distribution: probabilities and their logs, with the torch code of both. The log of a
softmax is taken as log_softmax, which never underflows.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from .._types import Array
from ..discrete import log_softmax
from . import slips
from .forms import Form, sums
from .slips import Slip

SAMPLE = 100  # entries


class Base(NamedTuple):
    """family: what the array was taken for; a base of the same family without a slip is what to write.

    temperature: what the logits were divided by; None where nothing could have been divided.
    """

    p: Array
    log_p: Array
    code: str
    log_code: str
    slips: frozenset[Slip]
    family: str
    temperature: float | None = None


class Source(NamedTuple):
    """An array with its name in the code, what it seems to be, the event axis, the temperature or None."""

    name: str
    values: Array
    form: Form
    axis: int
    temperature: float | None


@np.errstate(all="ignore")
def bases(source: Source) -> list[Base]:
    """Those that differ in their numbers, each the first with the fewest deviations; the right ones first."""
    found = sorted(_all(source), key=lambda base: slips.cost(base.slips))
    kept: list[Base] = []
    for base in found:
        if not any(_same(base, other) for other in kept):
            kept.append(base)
    return kept


def right(found: Iterable[Base], family: str, temperature: float | None) -> Base:
    """The base without a slip of this family, divided by the temperature where there is one."""
    ours = [base for base in found if base.family == family] or list(found)
    least = min(slips.cost(base.slips) for base in ours)
    best = [base for base in ours if slips.cost(base.slips) == least]
    return next((base for base in best if base.temperature == temperature), best[0])


def _same(one: Base, other: Base) -> bool:
    """Whether these are equal numbers; most are not, which a few of them show."""
    step = 1 + one.p.size // SAMPLE
    return all(
        np.allclose(one.log_p.ravel()[part], other.log_p.ravel()[part], rtol=1e-9, atol=1e-9, equal_nan=True)
        for part in (slice(None, None, step), slice(None))
    )


def _all(source: Source) -> Iterator[Base]:
    match source.form.kind:
        case "probabilities":
            yield from _probabilities(source)
        case "log-probabilities":
            yield from _log_probabilities(source)
        case "weights":
            yield from _weights(source)
            yield from _logits(source)
        case "logits":
            yield from _logits(source)


def _probabilities(source: Source) -> Iterator[Base]:
    name, p, along = source.name, source.values, _along(source)
    k, off = along
    log_p = np.log(p)
    yield Base(p, log_p, name, f"{name}.log()", off, "probabilities", 1.0)
    total = np.sum(p, axis=k, keepdims=True)
    if np.max(np.abs(total - 1.0)) > 1e-6:
        code = f"({name} / {name}.sum({k}, keepdim=True))"
        yield Base(p / total, log_p - np.log(total), code, f"{code}.log()", off, "probabilities", 1.0)
    yield from _tempered(source, log_p, f"{name}.log()", k, off, "probabilities")
    yield from _twice(source, p, name, "probabilities", off)


def _log_probabilities(source: Source) -> Iterator[Base]:
    name, log_p = source.name, source.values
    k, off = _along(source)
    p = np.exp(log_p)
    yield Base(p, log_p, f"{name}.exp()", name, off, "log-probabilities", 1.0)
    yield from _tempered(source, log_p, name, k, off, "log-probabilities")
    yield from _twice(source, p, f"{name}.exp()", "log-probabilities", off)


def _weights(source: Source) -> Iterator[Base]:
    name, p, event = source.name, source.values, source.axis
    log_p = np.log(p)
    off = frozenset({slips.mass(name, False, sums(p, event), event)})
    yield Base(p, log_p, name, f"{name}.log()", off, "weights")
    if p.size and p.max() > 1.0:
        cut, code = np.clip(p, 1e-7, 1.0), f"{name}.clamp(1e-7, 1)"
        yield Base(cut, np.log(cut), code, f"{code}.log()", off | {slips.CLAMPED}, "weights")
    for k in range(p.ndim):
        total = np.sum(p, axis=k, keepdims=True)
        code = f"({name} / {name}.sum({k}, keepdim=True))"
        yield Base(p / total, log_p - np.log(total), code, f"{code}.log()", _off(k, event), "weights")


def _logits(source: Source) -> Iterator[Base]:
    name, a, event = source.name, source.values, source.axis
    for k in range(a.ndim):
        yield _softmax(source, a, name, k, 1.0, _off(k, event), "logits")
        yield from _tempered(source, a, name, k, _off(k, event), "logits")
    p = np.exp(a)
    raw = (
        slips.mass(name, True, sums(p, event), event)
        if (a <= 0.0).all()
        else slips.logits(name, sums(p, event), event)
    )
    yield Base(p, a, f"{name}.exp()", name, frozenset({raw}), "logits")
    inner = _softmax(source, a, name, event, 1.0, frozenset(), "logits")
    yield from _twice(source, inner.p, inner.code, "logits", frozenset())


def _twice(source: Source, p: Array, code: str, family: str, off: frozenset[Slip]) -> Iterator[Base]:
    yield _softmax(source, p, code, source.axis, 1.0, off | {slips.twice(source.name)}, family)


def _tempered(
    source: Source, a: Array, code: str, k: int, off: frozenset[Slip], family: str
) -> Iterator[Base]:
    if source.temperature is not None:
        yield _softmax(source, a, code, k, source.temperature, off, family)


def _softmax(
    source: Source, a: Array, code: str, k: int, temperature: float, off: frozenset[Slip], family: str
) -> Base:
    log_p = log_softmax(a if temperature == 1.0 else a / temperature, k)
    inner = code if temperature == 1.0 else f"{code} / {temperature:g}"
    written = f"F.softmax({inner}, {k})", f"F.log_softmax({inner}, {k})"
    return Base(np.exp(log_p), log_p, *written, off, family, temperature)


def _along(source: Source) -> tuple[int, frozenset[Slip]]:
    """The axis along which this is a distribution, and the slip if it is not the event axis."""
    axes = source.form.axes
    k = source.axis if source.axis in axes else axes[0]
    return k, _off(k, source.axis)


def _off(k: int, event: int) -> frozenset[Slip]:
    return frozenset() if k == event else frozenset({slips.axis(k, event)})

"""The distributions that people make out of an array, and what each has to do with the right one.

A base is one such distribution: probabilities and their logs, with the torch code of both. The log of a
softmax is taken as log_softmax, which never underflows.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .._types import Array
from ..functional.softmaxes import log_along
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


Both = tuple[Array, Array]  # probabilities and their logs


class Recipe(NamedTuple):
    """How a base is made of an array, of whatever dtype. The rest is as in the base."""

    make: Callable[[Array], Both]
    code: str
    log_code: str
    slips: frozenset[Slip]
    family: str
    temperature: float | None = None

    def of(self, values: Array) -> Base:
        """The base."""
        return Base(*self.make(values), *self[1:])


@np.errstate(all="ignore")
def recipes(source: Source) -> list[Recipe]:
    """Those with the fewest deviations first: the right ones."""
    return sorted(_all(source), key=lambda recipe: slips.cost(recipe.slips))


@np.errstate(all="ignore")
def bases(known: Iterable[Recipe], values: Array) -> list[Base]:
    """Those that differ in their numbers, each the first with the fewest deviations; the right ones first."""
    kept: list[Base] = []
    for recipe in known:
        base = recipe.of(values)
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
    near = 1e-9 if one.p.dtype == np.float64 else 1e-5
    return all(
        np.allclose(one.log_p.ravel()[part], other.log_p.ravel()[part], rtol=near, atol=near, equal_nan=True)
        for part in (slice(None, None, step), slice(None))
    )


def _all(source: Source) -> Iterator[Recipe]:
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


def _probabilities(source: Source) -> Iterator[Recipe]:
    name, along = source.name, _along(source)
    k, off = along
    yield Recipe(_of_p, name, f"{name}.log()", off, "probabilities", 1.0)
    total = np.sum(source.values, axis=k)
    if np.max(np.abs(total - 1.0)) > 1e-6:
        code = f"({name} / {name}.sum({k}, keepdim=True))"
        yield Recipe(partial(_shares, axis=k), code, f"{code}.log()", off, "probabilities", 1.0)
    yield from _tempered(source, _logs, f"{name}.log()", k, off, "probabilities")
    yield _twice(source, _as_it_is, name, "probabilities", off)


def _log_probabilities(source: Source) -> Iterator[Recipe]:
    name = source.name
    k, off = _along(source)
    yield Recipe(_of_logs, f"{name}.exp()", name, off, "log-probabilities", 1.0)
    yield from _tempered(source, _as_it_is, name, k, off, "log-probabilities")
    yield _twice(source, np.exp, f"{name}.exp()", "log-probabilities", off)


def _weights(source: Source) -> Iterator[Recipe]:
    name, p, event = source.name, source.values, source.axis
    off = frozenset({slips.mass(name, False, sums(p, event), event)})
    yield Recipe(_of_p, name, f"{name}.log()", off, "weights")
    if p.size and p.max() > 1.0:
        code = f"{name}.clamp(1e-7, 1)"
        yield Recipe(_clamped, code, f"{code}.log()", off | {slips.CLAMPED}, "weights")
    for k in range(p.ndim):
        code = f"({name} / {name}.sum({k}, keepdim=True))"
        yield Recipe(partial(_shares, axis=k), code, f"{code}.log()", _off(k, event), "weights")


def _logits(source: Source) -> Iterator[Recipe]:
    name, a, event = source.name, source.values, source.axis
    for k in range(a.ndim):
        yield _softmax(_as_it_is, name, k, 1.0, _off(k, event), "logits")
        yield from _tempered(source, _as_it_is, name, k, _off(k, event), "logits")
    mass = sums(np.exp(a), event)
    raw = slips.mass(name, True, mass, event) if (a <= 0.0).all() else slips.logits(name, mass, event)
    yield Recipe(_of_logs, f"{name}.exp()", name, frozenset({raw}), "logits")
    inner = _softmax(_as_it_is, name, event, 1.0, frozenset(), "logits")
    yield _twice(source, lambda a: inner.make(a)[0], inner.code, "logits", frozenset())


def _twice(
    source: Source, first: Callable[[Array], Array], code: str, family: str, off: frozenset[Slip]
) -> Recipe:
    return _softmax(first, code, source.axis, 1.0, off | {slips.twice(source.name)}, family)


def _tempered(
    source: Source, first: Callable[[Array], Array], code: str, k: int, off: frozenset[Slip], family: str
) -> Iterator[Recipe]:
    if source.temperature is not None:
        yield _softmax(first, code, k, source.temperature, off, family)


def _softmax(
    first: Callable[[Array], Array], code: str, k: int, temperature: float, off: frozenset[Slip], family: str
) -> Recipe:
    """The softmax of what is made of the array first."""

    def make(values: Array) -> Both:
        a = first(values)
        log_p: Any = log_along(a if temperature == 1.0 else a / temperature, k)
        return np.exp(log_p), log_p

    inner = code if temperature == 1.0 else f"{code} / {temperature:g}"
    return Recipe(make, f"F.softmax({inner}, {k})", f"F.log_softmax({inner}, {k})", off, family, temperature)


def _as_it_is(values: Array) -> Array:
    return values


def _logs(values: Array) -> Array:
    return np.log(values)


def _of_p(p: Array) -> Both:
    return p, np.log(p)


def _of_logs(log_p: Array) -> Both:
    return np.exp(log_p), log_p


def _shares(p: Array, axis: int) -> Both:
    total = np.sum(p, axis=axis, keepdims=True)
    return p / total, np.log(p) - np.log(total)


def _clamped(p: Array) -> Both:
    cut = np.clip(p, 1e-7, 1.0)
    return cut, np.log(cut)


def _along(source: Source) -> tuple[int, frozenset[Slip]]:
    """The axis along which this is a distribution, and the slip if it is not the event axis."""
    axes = source.form.axes
    k = source.axis if source.axis in axes else axes[0]
    return k, _off(k, source.axis)


def _off(k: int, event: int) -> frozenset[Slip]:
    return frozenset() if k == event else frozenset({slips.axis(k, event)})

"""Distributions, or outcomes, that do not all count alike: masks, weights, truncation, fixed samples."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..._types import Array
from ...language import phrase, template
from . import forms, probes
from .cores import Core, kl
from .fits import combined
from .matches import Match, Pair
from .probes import Asked, Probes, Shapes
from .readings import Reading, right

MOST = 512  # rows or outcomes for which weights are looked for
LARGE, FEW = 50_000, 2  # entries, above which fewer probes of the user's own shape are drawn


def own(asked: Asked, made: Probes) -> Probes:
    """Probes of the user's own shape.

    Raises: RefusedError where the function does not take it.
    """
    count = probes.COUNT if math.prod(asked.full) <= LARGE else FEW
    return probes.drawn(asked, probes.own(asked), count)._replace(tolerance=made.tolerance)


def alike(asked: Asked, made: Probes, shapes: Shapes) -> Probes:
    """Probes of which all distributions are the same one, which stands for all.

    Raises: RefusedError where the function does not take them.
    """
    rng = np.random.default_rng(3)
    ones: list[list[Array]] = []
    values: list[float] = []
    for _ in range(probes.COUNT):
        one = [_one(rng, asked, place, shape) for place, shape in enumerate(shapes)]
        full = [np.broadcast_to(a, shape) for a, shape in zip(one, shapes, strict=True)]
        values.append(float(asked.output(*full).sum()))
        ones.append([a.reshape((1,) * (asked.ndim - a.ndim) + a.shape) for a in one])
    first, second = (np.stack([one[place] for one in ones]) for place in (0, 1))
    return made._replace(first=first, second=second, values=np.array(values))


def _one(rng: Any, asked: Asked, place: int, shape: tuple[int, ...]) -> Array:
    """One distribution, in an array of as many axes as the argument."""
    one = [1] * len(shape)
    one[asked.axis] = shape[asked.axis]
    return forms.draw(rng, asked.forms[place], tuple(one), asked.axis, asked.dx)


def of_rows(asked: Asked, made: Probes, shapes: Shapes) -> Array | None:
    """The weight of every distribution, the largest as 1, found by changing one distribution at a time.

    All others are the same throughout, so that what changes is its weight times one number. 0 is a mask.
    None where they are alike, or too many.

    Raises: RefusedError where the function does not take these shapes.
    """
    full = np.broadcast_shapes(*shapes)
    counted = tuple(n for i, n in enumerate(full) if i != asked.axis % len(full))
    if shapes[0] != shapes[1] or not 1 < np.prod(counted, dtype=int) <= MOST:
        return None
    return _weights(asked, full, counted, 10.0 * made.tolerance)


def _weights(asked: Asked, full: tuple[int, ...], counted: tuple[int, ...], tolerance: float) -> Array | None:
    """Of every distribution, the largest as 1; None where they are alike, or are not the same every time."""
    found, again = (_changes(asked, full, counted, seed) for seed in (1, 2))
    largest = np.abs(found).max()
    if not largest or not np.isfinite(found).all() or not np.isfinite(again).all():
        return None
    place = int(np.abs(found).argmax())
    found, again = (changes / float(changes.flat[place] or 1.0) for changes in (found, again))
    for whole in (0.0, 1.0):  # as a mask has them, but for rounding
        found = np.where(np.abs(found - whole) <= tolerance, whole, found)
    same = np.allclose(found, again, rtol=0.0, atol=tolerance)
    return found if same and not (found == 1.0).all() else None


def _changes(asked: Asked, full: tuple[int, ...], counted: tuple[int, ...], seed: int) -> Array:
    """By how much the value moves as one distribution becomes another, for every one of them."""
    calm, other = (probes.drawn(asked, (full, full), 1, 2 * seed + n) for n in (0, 1))
    still = [_everywhere(a[0], asked.axis) for a in (calm.first, calm.second)]
    moved = [_everywhere(a[0], asked.axis) for a in (other.first, other.second)]
    base = asked.output(*still).sum()
    changes: list[float] = []
    for place in np.ndindex(*counted):
        at = list(place)
        at.insert(asked.axis % len(full), slice(None))  # pyright: ignore[reportArgumentType]
        arguments = [a.copy() for a in still]
        for a, b in zip(arguments, moved, strict=True):
            a[tuple(at)] = b[tuple(at)]
        changes.append(float(asked.output(*arguments).sum() - base))
    return np.array(changes).reshape(counted)


def _everywhere(a: Array, axis: int) -> Array:
    """The array with its first distribution in the place of all."""
    first = np.moveaxis(a, axis, -1).reshape(-1, a.shape[axis])[0]
    return np.moveaxis(np.broadcast_to(first, np.moveaxis(a, axis, -1).shape), -1, axis).copy()


def _difference(p: Reading, q: Reading) -> Array:
    return q.log - p.log


def _cross(p: Reading, q: Reading) -> Array:
    return -p.weight * q.log


def _back(p: Reading, q: Reading) -> Array:
    return kl(q, p)


KINDS: dict[str, Callable[[Reading, Reading], Array]] = {
    "forward-kl": kl,
    "reverse-kl": _back,
    "cross-entropy": _cross,
    "difference of logs": _difference,
}


def of_outcomes(asked: Asked, made: Probes, pair: Pair) -> list[Match]:
    """With a weight for every outcome; a value clamped at 0 counts where it is above.

    Raises: RefusedError where the function does not take the user's own shapes.
    """
    shapes = probes.own(asked)
    full = np.broadcast_shapes(*shapes)
    classes = full[asked.axis]
    if not 1 < classes <= 64:
        return []
    own = probes.drawn(asked, shapes, 3 * classes + 12)._replace(tolerance=made.tolerance)
    kept = own.values != 0.0
    if kept.sum() < classes + 6:
        return []
    p, q = pair.split(own.first, own.second)
    of_p, of_q = right(p, pair.p), right(q, pair.q)
    found = [_by_outcome(kind, of_p, of_q, own, kept, pair) for kind in KINDS]
    return [match for match in found if match is not None]


def _by_outcome(kind: str, p: Reading, q: Reading, own: Probes, kept: Any, pair: Pair) -> Match | None:
    axis = pair.q.axis
    terms = np.moveaxis(KINDS[kind](p, q), axis, -1)
    columns = terms.reshape(len(terms), -1, terms.shape[-1]).sum(axis=1)
    found, error = combined([column[kept] for column in columns.T], own.values[kept])
    if error > own.tolerance:
        return None
    largest = found[np.abs(found).argmax()]
    # An average over samples has weights that sum to 1; else those that count are to be 1.
    average = kind == "difference of logs" and abs(found.sum()) > 1e-6 * abs(largest)
    scale = float(found.sum()) if average else _scale(found, float(largest), probes.rows(own.sizes))
    weights = np.where(np.abs(found) < 1e-9 * abs(largest), 0.0, found / scale)
    rows = _rows(kind, weights)
    slip = _slip(kind, weights)
    numbers = (
        (("least", float(weights.min())), ("most", float(weights.max())))
        if slip == "class weights"
        else (("outcomes", float(np.count_nonzero(weights))),)
    )
    core = Core(kind, partial(phrase, SAID[kind]), rows, slip, numbers)
    whole = "" if kept.all() else "clamp"
    return Match(pair, core, (), (), scale, error, whole=whole, fixed=True)


SAID = {
    "forward-kl": "sum {p} log({p}/{q})",
    "reverse-kl": "sum {q} log({q}/{p})",
    "cross-entropy": "-sum {p} log {q}",
    "difference of logs": template("sum of log {q} - log {p}"),
}


def _scale(found: Array, largest: float, rows: float) -> float:
    """What stands before the weights: 1/rows or 1 where the least weight is 1 then, else the largest."""
    least = float(np.abs(found).min())
    return next((scale for scale in (1.0 / rows, 1.0) if abs(least / scale - 1.0) <= 1e-9), largest)


def _slip(kind: str, weights: Array) -> str:
    if kind == "difference of logs":
        return "fixed weights"
    alike = np.allclose(weights[weights != 0.0], 1.0, rtol=1e-9)
    if alike and weights.all():
        return ""
    return "truncated" if alike and (weights == 0.0).any() else "class weights"


def _rows(kind: str, weights: Array) -> Any:
    def rows(p: Reading, q: Reading, axis: int) -> Array:
        return np.moveaxis(KINDS[kind](p, q), axis, -1) @ weights

    return rows

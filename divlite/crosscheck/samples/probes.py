"""A function of log-probabilities of samples as a sum over samples, and its derivative by log q."""

from collections.abc import Callable, Sequence
from math import prod
from typing import NamedTuple

import numpy as np

from ..._types import Array
from .. import sparse
from ..calling import RefusedError
from ..sparse import Shape
from .forms import columns, slopes

Call = Callable[..., float]
Grad = Callable[..., Sequence[Array | None]]
Arguments = tuple[Array, ...]


class Place(NamedTuple):
    """Where log_q and log_p stand among the arguments, and the shape of the samples."""

    q: int
    p: int | None
    shape: Shape


class Fitted(NamedTuple):
    """fn = sum of weight * (sum of coefficient * term). rows: the terms are of sums over the last axis.

    sign: "" | "clamp" | "abs": what is done to the whole. powers: of the sizes of the axes, where known.
    """

    coefficients: dict[str, float]
    weights: Array
    rows: bool
    outer: str
    powers: tuple[int | None, ...] | None
    limit: float


def probes(place: Place, count: int, seed: int) -> list[Arguments]:
    """Random log-probabilities; each probe has a ratio of its own about which the others lie."""
    rng = np.random.default_rng(seed)
    return [_probe(place, rng) for _ in range(count)]


def _probe(place: Place, rng: np.random.Generator) -> Arguments:
    log_q = rng.uniform(-2.5, -0.5) + rng.uniform(-0.8, 0.45, place.shape)
    width = 1.0 / max(1.0, np.sqrt(prod(place.shape[1:])))
    log_p = log_q + width * (rng.uniform(-0.8, 0.8) + rng.uniform(-1.0, 1.0, place.shape))
    found = {place.q: log_q} | ({} if place.p is None else {place.p: log_p})
    return tuple(np.asarray(found[k]) for k in sorted(found))


def pair(place: Place, arguments: Arguments) -> tuple[Array, Array | None]:
    """log_q and log_p."""
    return arguments[place.q], None if place.p is None else arguments[place.p]


def weights(grad: Grad, place: Place) -> Array:
    """How much each sample counts, with 1 for its mean, from the gradient where all samples are the same.

    Where it cannot be called there, each sample is taken to count the same.
    """
    same = {place.q: -1.0} | ({} if place.p is None else {place.p: -1.7})
    try:
        gradients = grad(*(np.full(place.shape, same[k]) for k in sorted(same)))
    except RefusedError:
        return np.ones(place.shape)
    for k in sorted(same):
        g = gradients[k]
        if g is not None and np.isfinite(g).all() and abs(g.mean()) > 1e-9 * max(1e-300, np.abs(g).max()):
            relative = np.asarray(g / g.mean())
            return np.ones(place.shape) if np.ptp(relative) < 1e-6 else relative
    return np.ones(place.shape)


def fitted(call: Call, place: Place, weight: Array) -> Fitted | None:
    """The sum that fn is, or a clamp at 0 or the absolute value of one."""
    tried = probes(place, 60, 30)
    values = sparse.values(call, tried)
    if values is None or not np.isfinite(values).all():
        return None
    limit = sparse.tolerance(values)
    for rows in (False, True) if len(place.shape) > 1 else (False,):
        table = _table(place, tried, weight, rows)
        found = sparse.fit(table, values, limit)
        if found is not None:
            return Fitted(found, weight, rows, "", _powers(call, place, weight, rows, found, limit), limit)
    if place.p is None:
        return None
    table = _table(place, tried, weight, False)
    d = table["log_q"] - table["log_p"]
    return _outer(table, values, d, weight, limit)


def _outer(table: dict[str, Array], values: Array, d: Array, weight: Array, limit: float) -> Fitted | None:
    up = d > 0
    kept = ("log_q", "log_p")  # so few that the half of the probes is enough
    found = sparse.fit({key: table[key][up] for key in kept}, values[up], limit)
    if found is None:
        return None
    inner = sum(c * table[key] for key, c in found.items())
    for name, model in (("clamp", np.where(up, inner, 0.0)), ("abs", np.abs(inner))):
        if np.allclose(model, values, rtol=0, atol=limit * np.abs(values).max()):
            return Fitted(found, weight, False, name, None, limit)
    return None


def _table(place: Place, tried: Sequence[Arguments], weight: Array, rows: bool) -> dict[str, Array]:
    """The sums of what is added up, a number for each probe."""

    def sums(some: Sequence[Arguments]) -> dict[str, Array]:
        log_q, log_p = pair(place, tuple(np.stack(arrays) for arrays in zip(*some, strict=True)))
        if rows:
            found = columns((weight * log_q).sum(-1), None if log_p is None else (weight * log_p).sum(-1))
        else:
            found = {key: weight * column for key, column in columns(log_q, log_p).items()}
        return {key: column.reshape(len(some), -1).sum(1) for key, column in found.items()}

    return sparse.in_blocks(sums, tried, prod(place.shape))


def _powers(
    call: Call, place: Place, weight: Array, rows: bool, first: dict[str, float], limit: float
) -> tuple[int | None, ...] | None:
    """How the coefficients move with the sizes of the axes, where fn takes other shapes."""
    if not place.shape or np.ptp(weight) > 0:
        return None
    main = max(first, key=lambda key: abs(first[key]) * (key != "1"))
    shapes, found = [place.shape], [first[main]]
    for shape in sparse.other_shapes(place.shape):
        other = place._replace(shape=shape)
        tried = probes(other, len(first) + 8, 31)
        if sparse.values(call, tried[:1]) is None:
            continue
        values = sparse.values(call, tried)
        table = _table(other, tried, np.ones(shape), rows)
        fit = None if values is None else sparse.fit({k: table[k] for k in first}, values, limit)
        if fit is not None and main in fit:
            shapes.append(shape)
            found.append(fit[main])
    return sparse.exponents(shapes, found) if len(shapes) > 1 else None


def derivative(grad: Grad, place: Place, found: Fitted, scale: float) -> dict[str, float] | None:
    """The derivative by log_q of one sample, over its weight and the scale, as a sum of terms; {} for none.

    None where it is no such sum.
    """
    tables: list[dict[str, Array]] = []
    slope: list[Array] = []
    kept = found.weights != 0
    for probe in probes(place, max(8, 200 // max(1, prod(place.shape))), 32):
        log_q, log_p = pair(place, probe)
        g = grad(*probe)[place.q]
        if found.outer and float((found.weights * (log_q - (0 if log_p is None else log_p))).sum()) <= 0:
            continue
        g = np.zeros(place.shape) if g is None else g
        slope.append((g[kept] / (scale * found.weights[kept])).ravel())
        if found.rows:
            log_q = np.broadcast_to((found.weights * log_q).sum(-1, keepdims=True), place.shape)
            log_p = None if log_p is None else np.broadcast_to(
                (found.weights * log_p).sum(-1, keepdims=True), place.shape
            )  # fmt: skip
        tables.append({key: column[kept].ravel() for key, column in slopes(log_q, log_p).items()})
    if not tables:
        return None
    table = {key: np.concatenate([row[key] for row in tables]) for key in tables[0]}
    values = np.concatenate(slope)
    return sparse.fit(table, values, max(found.limit, sparse.tolerance(values)))


def predicted(place: Place, found: Fitted, arguments: Arguments) -> float:
    """What the sum gives for these arguments."""
    table = _table(place, [arguments], found.weights, found.rows)
    sums = {key: float(column[0]) for key, column in table.items()}
    inner = sum(c * sums[key] for key, c in found.coefficients.items() if c)
    if not found.outer:
        return inner
    return abs(inner) if found.outer == "abs" else inner if sums["log_q"] > sums["log_p"] else 0.0

"""Which few columns a function is the sum of, and how the coefficients move with the shape."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import product
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .._types import Array
from .calling import RefusedError

Key = TypeVar("Key", bound=Hashable)
Probe = TypeVar("Probe")
Shape = tuple[int, ...]
Places = NDArray[np.intp]
EXACT, SINGLE = 1e-9, 1e-5  # residuals, relative to the largest value: in float64, and where fn uses float32
PRIMES = (2, 3, 5, 7, 11)
BLOCK = 1 << 15  # entries, which the processor's cache holds


def in_blocks(
    columns: Callable[[Sequence[Probe]], dict[Key, Array]], probes: Sequence[Probe], size: int
) -> dict[Key, Array]:
    """The columns of probes of so many entries each: of many small ones at once, of large ones one by one."""
    count = max(1, BLOCK // max(1, size))
    found = [columns(probes[start : start + count]) for start in range(0, len(probes), count)]
    return {key: np.concatenate([part[key] for part in found]) for key in found[0]}


def tolerance(values: Array) -> float:
    """What counts as equal: float32 numbers give themselves away, for each of them has 24 bits only."""
    finite = values[np.isfinite(values) & (values != 0)]
    single = finite.size > 3 and bool((finite.astype(np.float32) == finite).all())
    return SINGLE if single else EXACT


def fit(columns: Mapping[Key, Array], values: Array, limit: float) -> dict[Key, float] | None:
    """values = sum of coefficient * column, no column of which can be spared; None if it is no such sum."""
    names = [name for name, column in columns.items() if np.isfinite(column).all()]
    if not names or not np.isfinite(values).all():
        return None
    sizes = np.abs(values)
    if not sizes.any():
        return {}
    # Each row by its own size, else the largest value hides what the others say; but no row by less than
    # is usual, for a small value is the difference of larger terms.
    rows = 1 / np.maximum(sizes, np.median(sizes) or sizes.max())
    matrix, scaled = np.stack([columns[name] * rows for name in names], axis=1), values * rows
    largest = np.abs(matrix).max(axis=0)
    used = np.flatnonzero(largest > 0)
    matrix = matrix / np.where(largest > 0, largest, 1.0)
    coefficients = _solve(matrix, scaled, used, limit)
    if coefficients is None:
        return None
    used, coefficients = _spared(matrix, scaled, used, coefficients, limit)
    return {names[k]: float(c / largest[k]) for k, c in zip(used, coefficients, strict=True)}


def _solve(matrix: Array, values: Array, used: Places, limit: float) -> Array | None:
    if not used.size:
        return None if np.abs(values).max() > limit else np.empty(0)
    chosen = matrix[:, used]
    # The default cutoff would drop directions that powers of one number need.
    solution = np.asarray(np.linalg.lstsq(chosen, values, rcond=1e-15)[0], dtype=np.float64)
    return solution if np.abs(chosen @ solution - values).max() <= limit else None


def _spared(
    matrix: Array, values: Array, used: Places, coefficients: Array, limit: float
) -> tuple[Places, Array]:
    """Without the columns that can be left out: first all small ones at once, then one at a time."""
    bulk = used[np.abs(coefficients) > 1e-4 * np.abs(coefficients).max()]
    solved = _solve(matrix, values, bulk, limit)
    if solved is not None:
        used, coefficients = bulk, solved
    for k in used[np.argsort(np.abs(coefficients))]:
        rest = used[used != k]
        solved = _solve(matrix, values, rest, limit)
        if solved is not None:
            used, coefficients = rest, solved
    return used, coefficients


def tried(call: Callable[..., float], arguments: Sequence[Array]) -> float | None:
    """fn's value; None where it cannot take these arguments."""
    try:
        return call(*arguments)
    except RefusedError:
        return None


def values(call: Callable[..., float], probes: Sequence[Sequence[Array]]) -> Array | None:
    """fn's value for each probe; None where it cannot take one of them."""
    found: list[float] = []
    for probe in probes:
        value = tried(call, probe)
        if value is None:
            return None
        found.append(value)
    return np.array(found)


def error(predicted: Sequence[float], values: Sequence[float]) -> float:
    """How far what is predicted is from the values, relative to the largest of them."""
    return float(np.abs(np.subtract(predicted, values)).max() / np.abs(values).max())


def other_shapes(shape: Shape) -> list[Shape]:
    """Shapes of as many axes: all sizes different primes, then those that keep all sizes but one."""
    ranks = range(len(shape))
    primes = [tuple(PRIMES[(j + (j + 1) * i) % 5] for i in ranks) for j in range(min(4, len(shape) + 2))]
    single = [tuple(n + 1 + j if i == k else n for i, n in enumerate(shape)) for k in ranks for j in range(2)]
    return [other for other in dict.fromkeys([*primes, *single]) if other != shape] if shape else []


def exponents(shapes: Sequence[Shape], coefficients: Sequence[float]) -> tuple[int | None, ...] | None:
    """x of coefficient = c prod n_i^x_i, each -1, 0 or 1; None for an axis whose size never changed.

    None altogether where the coefficients are no such product.
    """
    c, n = np.array(coefficients), np.array(shapes, dtype=float)
    if not (c != 0).all() or len(set(np.sign(c))) != 1:
        return None
    moved = [len(set(n[:, i])) > 1 for i in range(n.shape[1])]
    for x in product(*((0, -1, 1) if m else (0,) for m in moved)):
        constant = c / np.prod(n ** np.array(x), axis=1)
        if np.ptp(constant) <= 1e-5 * np.abs(constant).max():
            return tuple(power if m else None for power, m in zip(x, moved, strict=True))
    return None

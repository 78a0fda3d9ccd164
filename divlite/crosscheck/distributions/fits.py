"""Least squares: values as a multiple of a column, or a sum of columns times numbers."""

from typing import Any, NamedTuple

import numpy as np

from ..._types import Array


class Fitted(NamedTuple):
    """values ~ factor * column + offset."""

    factor: float
    offset: float
    error: float


def fitted(column: Array, values: Array, free: bool = False) -> Fitted:
    """The least-squares fit of the values by a multiple of the column; free: with a constant beside it."""
    with np.errstate(all="ignore"):
        if not np.isfinite(column).all():
            return Fitted(np.nan, 0.0, np.inf)
        mean, middle = (column.mean(), values.mean()) if free else (0.0, 0.0)
        spread = column - mean
        size = float(spread @ spread)
        if size <= 1e-24 * float(column @ column):
            return Fitted(np.nan, 0.0, np.inf)
        factor = float(spread @ (values - middle)) / size
        offset = float(middle - factor * mean) if free else 0.0
        error = np.abs(factor * column + offset - values).max() / np.abs(values).max()
        return Fitted(factor, offset, float(error))


def combined(columns: list[Array], values: Array) -> tuple[Array, float]:
    """The numbers by which the columns make the values, and the error."""
    matrix = np.stack(columns, axis=-1)
    if not np.isfinite(matrix).all():
        return np.zeros(len(columns)), np.inf
    scale = np.abs(matrix).max(axis=0)
    if not scale.all():
        return np.zeros(len(columns)), np.inf
    solve: Any = np.linalg.lstsq
    found: Array = solve(matrix / scale, values, rcond=None)[0] / scale
    return found, float(np.abs(matrix @ found - values).max() / np.abs(values).max())

"""Least squares: values as a multiple of a column, or a sum of columns times numbers."""

from typing import Any, NamedTuple

import numpy as np

from ..._types import Array


class Fitted(NamedTuple):
    """values ~ factor * column + offset."""

    factor: float
    offset: float
    error: float


class AllFitted(NamedTuple):
    """The same for many columns; the error is infinite where there is no fit."""

    factor: Array
    offset: Array
    error: Array


def fitted(column: Array, values: Array, free: bool = False) -> Fitted:
    """The least-squares fit of the values by a multiple of the column; free: with a constant beside it."""
    return Fitted(*(float(one[0]) for one in all_fitted(column[np.newaxis], values, free)))


@np.errstate(all="ignore")
def all_fitted(columns: Array, values: Array, free: bool = False) -> AllFitted:
    """The fits of the values by a multiple of each column, (..., column, value)."""
    size = all_of = np.einsum("...cn,...cn->...c", columns, columns)
    if free:
        mean, middle = columns.mean(-1), values.mean()
        spread = columns - mean[..., None]
        size = np.einsum("...cn,...cn->...c", spread, spread)
        factor = spread @ (values - middle) / size
        offset = middle - factor * mean
    else:
        factor, offset = columns @ values / size, np.zeros(size.shape)
    apart = np.abs(factor[..., None] * columns + offset[..., None] - values).max(-1)
    error = apart / np.abs(values).max()
    known = np.isfinite(error) & (size > 1e-24 * all_of)
    return AllFitted(
        np.where(known, factor, np.nan), np.where(known, offset, 0.0), np.where(known, error, np.inf)
    )


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

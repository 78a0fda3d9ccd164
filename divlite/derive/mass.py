"""How much of a density lies between two places, to the digits that are asked for."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import sympy as sp
from mpmath import mp

Z = sp.Symbol("Z", real=True)


@lru_cache
def functions(log_q: Any, names: tuple[Any, ...]) -> list[Callable[..., Any]]:
    """The exponentials of what is constant in log_q, and of the rest."""
    parts = log_q.as_independent(Z, as_Add=True)
    return [sp.lambdify([*names, Z], sp.exp(part), "mpmath") for part in parts]


@lru_cache(4096)  # the same few numbers are asked for by every line
def mass(log_q: Any, shape: tuple[Any, ...], method: str, start: Any, end: Any, _precision: int) -> Any:
    """The integral of exp(log_q), to the precision that mpmath works with."""
    numbers = [number for _, number in shape]
    scale, f = functions(log_q, tuple(name for name, _ in shape))
    return scale(*numbers, 0) * mp.quad(partial(f, *numbers), [start, end], method=method)

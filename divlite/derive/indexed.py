"""The elements of a vector, p_i, as symbols."""

from functools import lru_cache
from typing import Any

import sympy as sp


class Indexed(sp.Indexed):
    """p_i: the same object whenever it is asked for, since SymPy compares two of them fact by fact."""

    def __new__(cls, base: Any, index: Any) -> Any:
        return _element(base, index)


@lru_cache(None)
def _element(base: Any, index: Any) -> Any:
    made: Any = sp.Indexed.__new__
    return made(Indexed, base, index)


class IndexedBase(sp.IndexedBase):
    """p, of which there is a p_i for each i."""

    def __getitem__(self, indices: Any, **_: Any) -> Any:
        return Indexed(self, indices)

"""A number for each symbol, and the number that an expression is."""

import math as scalar
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from ..derive import notation, run, symbolic
from ..derive.notation import D, Figure, Integral, L, Total, carried_out, i, k, log
from ..families import named

MOVED = {notation.v: notation.sigma**2, notation.t: log(notation.sigma)}
CARRIED_OUT = D, Integral, notation.Normal, sp.KroneckerDelta


class Numbers(NamedTuple):
    """What is known: a number for each symbol, an array over the points for each indexed one, such as q[i].

    Logarithms of these may be known too: log q is a number where q itself is 0 to a float.
    definitions: those of L and of the names of sums. place: which of the points k is.
    """

    known: Mapping[Any, Any]
    definitions: Mapping[Any, Any]
    place: int = 0

    @carried_out
    def value(self, math: Any) -> Any:
        """The number that an expression is, in float64; an array over the points if i is free in it."""
        if math.atoms(*CARRIED_OUT):
            math = symbolic.resolved(math, tuple(self.definitions.items()))
        with np.errstate(all="ignore"):
            return self._value(math)

    def _value(self, math: Any) -> Any:
        if (known := self._known(math)) is not None:
            return known
        if math in self.definitions or math in MOVED:
            return self._value(self.definitions[math] if math in self.definitions else MOVED[math])
        if isinstance(math, sp.Indexed):
            return self._value(self.definitions[math.base].xreplace({i: math.indices[0]}))
        if isinstance(math, Total):
            return np.sum(self._value(math.args[0]))
        if math.is_number:
            return np.float64(math)
        return _numeric(math.func, len(math.args))(*map(self._value, math.args))

    def _known(self, math: Any) -> Any:
        """What is known of a symbol, of an indexed one, or of its logarithm."""
        (inner,) = math.args if isinstance(math, log) else (math,)
        if not isinstance(inner, sp.Indexed):
            return self.known.get(math)
        (j,) = inner.indices
        found = self.known.get(math.xreplace({j: i}))
        return found[self.place] if j == k and found is not None else found

    @carried_out
    def size(self, math: Any) -> Any:
        """The sum of |terms|: what the expression is if every term is taken as positive, under sums too."""
        if isinstance(math, Total):
            return np.sum(self.size(math.args[0]))
        if isinstance(math, sp.Pow):
            return self.size(math.base) ** self.value(math.exp)
        if isinstance(math, sp.Add | sp.Mul):
            return _numeric(math.func, len(math.args))(*map(self.size, math.args))
        return 1.0 if isinstance(math, sp.sign) else np.abs(self.value(math))

    def put_into(self, math: Any) -> Any:
        """The expression with numbers for symbols; under a sum, and in a derivative, the symbols stay."""
        if isinstance(math, Total | D | Integral):
            return math
        named = (math.args[0] if isinstance(math, log) else math) if math != L else None
        if isinstance(named, sp.Indexed | sp.Symbol) and (named is math or self.value(named) == 0):
            return Figure(self.value(math))
        return math.func(*map(self.put_into, math.args)) if math.args else math


@lru_cache
def _numeric(function: Any, count: int) -> Callable[..., Any]:
    """A function of SymPy's, of so many arguments, as one of NumPy's."""
    names = sp.symbols(f"u:{count}")
    return sp.lambdify(names, function(*names), [{"loggamma": scalar.lgamma}, "numpy"])


def of_q(q: Any) -> dict[Any, float]:
    """The numbers of a Q by their symbols: mu, sigma, and what gives it its shape."""
    place = {"mu": notation.mu, "sigma": notation.sigma}
    return {place[name] if name in place else run.symbol(name, u): u for name, u in named(q).items()}

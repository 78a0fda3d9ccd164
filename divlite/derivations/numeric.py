"""The value of a derivation's objects at given numbers, to 50 digits.

This shares nothing with the symbolic proof: derivatives are differences of values (exact to all the digits
at this precision), limits are taken at 1e-80, integrals are integrated, and q is the density itself.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import sympy as sp
from mpmath import mp

from .notation import D, Integral, Limit, Normal, Total

DIGITS = 50
SMALL = mp.mpf(10) ** -80


class Point(NamedTuple):
    """Where an object is evaluated: numbers for the symbols, for the points i, and which of these i and k are.

    What follows from others is not given: z, q, v and t follow from x, mu and sigma, p' and q' from
    epsilon, and q from the logits a where there are any. A given log q frees q from mu and sigma.
    """

    scalars: Mapping[str, Any]
    vectors: Mapping[str, Sequence[Any]]
    index: Mapping[str, int]
    definitions: Mapping[Any, Any]

    def scalar(self, name: str) -> Any:
        return self.scalars[name] if name in self.scalars else _FOLLOWS[name](self)

    def element(self, name: str, j: int) -> Any:
        return self.vectors[name][j] if name in self.vectors else _FOLLOWS_AT[name](self, j)

    def size(self) -> int:
        return len(next(iter(self.vectors.values())))

    def at(self, name: str, j: int) -> "Point":
        """The same point, with this index at j."""
        return self._replace(index={**self.index, name: j})

    def moved(self, variable: Any, h: Any) -> "Point":
        """The point with this variable larger by h, and whatever follows from it."""
        if isinstance(variable, sp.log):
            (vector,) = variable.args
            size = self.element(str(vector.base), self.index[str(vector.indices[0])])
            return self.moved(vector, size * mp.expm1(h))
        if isinstance(variable, sp.Indexed):
            name, j = str(variable.base), self.index[str(variable.indices[0])]
            if name in ("q", "q'"):  # and q' moves with q, by as much
                log_q = [mp.log(self.element("q", other)) for other in range(self.size())]
                log_q[j] = mp.log(self.element("q", j) + h)
                return self._replace(vectors={**self.vectors, "log_q": log_q})
            values = list(self.vectors[name])
            values[j] += h
            return self._replace(vectors={**self.vectors, name: values})
        name = str(variable)
        if name in _MOVES_SIGMA:
            name, there = "sigma", _MOVES_SIGMA[name](self.scalar(name) + h)
        else:
            there = self.scalar(name) + h
        return self._replace(scalars={**self.scalars, name: there})


def density(x: Any, mu: Any, sigma: Any) -> Any:
    return mp.exp(-(((x - mu) / sigma) ** 2) / 2) / (sigma * mp.sqrt(2 * mp.pi))


def _q(at: Point, j: int) -> Any:
    if "log_q" in at.vectors:
        return mp.exp(at.vectors["log_q"][j])
    if "a" in at.vectors:
        return mp.exp(at.vectors["a"][j]) / mp.fsum(mp.exp(a) for a in at.vectors["a"])
    return density(at.vectors["x"][j], at.scalar("mu"), at.scalar("sigma"))


_FOLLOWS: dict[str, Callable[[Point], Any]] = {
    "v": lambda at: at.scalars["sigma"] ** 2,
    "t": lambda at: mp.log(at.scalars["sigma"]),
}
_FOLLOWS_AT: dict[str, Callable[[Point, int], Any]] = {
    "q": _q,
    "z": lambda at, j: (at.vectors["x"][j] - at.scalars["mu"]) / at.scalars["sigma"],
    "p'": lambda at, j: at.element("p", j) + at.scalars["epsilon"],
    "q'": lambda at, j: at.element("q", j) + at.scalars["epsilon"],
}
_MOVES_SIGMA: dict[str, Callable[[Any], Any]] = {"v": mp.sqrt, "t": mp.exp}
_FUNCTIONS: dict[type, Callable[..., Any]] = {
    sp.Add: lambda *a: mp.fsum(a),
    sp.Mul: lambda *a: mp.fprod(a),
    sp.Pow: lambda a, b: a**b,
    sp.exp: mp.exp,
    sp.log: mp.log,
    sp.Abs: abs,
    sp.sign: mp.sign,
    sp.KroneckerDelta: lambda a, b: int(a == b),
    Normal: density,
}


def value(math: Any, at: Point) -> Any:
    """The number that an expression is at this point."""
    if math in at.definitions:
        return value(at.definitions[math], at)
    if isinstance(math, sp.Symbol):
        return at.index[math.name] if math.name in at.index else at.scalar(math.name)
    if isinstance(math, sp.Indexed):
        return at.element(str(math.base), at.index[str(math.indices[0])])
    if isinstance(math, sp.Rational):
        return mp.mpf(math.p) / math.q
    if math == sp.pi:
        return +mp.pi
    if isinstance(math, Total):
        return mp.fsum(value(math.args[0], at.at("i", j)) for j in range(at.size()))
    if isinstance(math, D):
        f, variable = math.args
        return mp.diff(lambda h: value(f, at.moved(variable, h)), 0)
    if isinstance(math, Limit):
        f, variable = math.args
        return value(f, at.moved(variable, SMALL - value(variable, at)))
    if isinstance(math, Integral):

        def f(number: Any) -> Any:
            return value(math.args[0], at._replace(scalars={**at.scalars, "x": number}))

        middle, width = at.scalar("mu"), at.scalar("sigma")
        return mp.quad(f, [middle + width * step for step in range(-40, 41, 8)])
    return _FUNCTIONS[type(math)](*(value(arg, at) for arg in math.args))

"""The value of a derivation's objects at given numbers, to 50 digits.

This shares nothing with the symbolic proof: derivatives are differences of values (exact to all the
digits at this precision), limits are taken at 1e-100, integrals are sums over many points, and q is the
density itself.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from zlib import crc32

import sympy as sp
from mpmath import mp

from .mass import Z, mass
from .notation import D, Integral, Limit, Normal, Total, carried_out, i, mu, q, sigma, x, z

DIGITS = 50
SMALL = mp.mpf(10) ** -100
MANY = 100  # numbers kept at each point of an integral: those of a line, or two


class Point(NamedTuple):
    """Where an object is evaluated: numbers for symbols, for the points i, and which of these i and k are.

    What follows from others is not given: z, q, G, y, v and t follow from x, mu and sigma, q as the
    definitions have it. A number of a loss or of a family is drawn by its name.
    """

    scalars: Mapping[str, Any]
    vectors: Mapping[str, Sequence[Any]]
    places: Mapping[str, int]
    definitions: Mapping[Any, Any]
    known: dict[Any, Any]  # what has been worked out here

    def scalar(self, name: str) -> Any:
        if name in self.scalars:
            return self.scalars[name]
        return _FOLLOWS[name](self) if name in _FOLLOWS else _drawn(name, self.places["k"])

    def element(self, name: str, j: int) -> Any:
        if name in self.vectors:
            return self.vectors[name][j]
        if (name, j) not in self.known:
            self.known[name, j] = _FOLLOWS_AT[name](self, j)
        return self.known[name, j]

    def size(self) -> int:
        return len(next(iter(self.vectors.values())))

    def at(self, name: str, j: int) -> "Point":
        """The same point, with this index at j."""
        return self._replace(places={**self.places, name: j})

    def given(self, name: str, numbers: Sequence[Any]) -> "Point":
        """The point with these numbers as this vector."""
        return self._replace(vectors={**self.vectors, name: numbers}, known={})

    def moved(self, variable: Any, h: Any) -> "Point":
        """The point with this variable larger by h."""
        if isinstance(variable, sp.log):
            return self.placed(variable.args[0], value(variable.args[0], self) * mp.exp(h))
        return self.placed(variable, value(variable, self) + h)

    def once(self, key: Any, makes: Callable[[], Any]) -> Any:
        """What is worked out once here: most lines, and all slips in one line, have it in common."""
        key = key, self.places.get("i")
        if key in self.known:
            return self.known[key]
        made = makes()
        self.known[key] = made
        return made

    def placed(self, variable: Any, number: Any) -> "Point":
        """The point with this variable at the number, and with it whatever follows from it."""
        if isinstance(variable, sp.Indexed):
            name, j = _named(variable, self)
            values = [self.element(name, other) for other in range(self.size())]
            values[j] = number
            return self.given(name, values)
        name = str(variable)
        if name in _MOVES_SIGMA:
            name, number = "sigma", _MOVES_SIGMA[name](number)
        return self._replace(scalars={**self.scalars, name: number}, known={})


def _named(math: Any, at: Point) -> tuple[str, int]:
    """The vector, and which of its places."""
    return math.base.label.name, at.places[math.indices[0].name]


NORMAL = Normal(x[i], mu, sigma)
STANDARD = sp.exp(-(z[i] ** 2) / 2 - sp.log(2 * sp.pi) / 2, evaluate=False)


def _density(x: Any, mu: Any, sigma: Any) -> Any:
    return _density_to(mp.prec, x, mu, sigma)


@lru_cache(2**14)  # an integral asks for the same ones in every line
def _density_to(_precision: int, x: Any, mu: Any, sigma: Any) -> Any:
    return mp.exp(-(((x - mu) / sigma) ** 2) / 2) / (sigma * mp.sqrt(2 * mp.pi))


def _q(at: Point, j: int) -> Any:
    return value(at.definitions.get(q, NORMAL), at.at("i", j))


def _cdf(at: Point, j: int) -> Any:
    """The distribution of Q at x_j, for a symmetric Q: half, and the integral of its density from mu on."""
    log_q = at.definitions.get(q, STANDARD).exp.xreplace({z[i]: Z, sigma: sp.S.One})
    shape = {name: at.scalar(name.name) for name in log_q.free_symbols - {Z}}
    end = at.element("z", j)
    # A difference asks for it at places that are next to each other: all but the last bit of way is the same.
    near = mp.mpf(float(end))
    parts = ("tanh-sinh", mp.zero, near), ("gauss-legendre", near, end)
    return mp.mpf(1) / 2 + sum(mass(log_q, tuple(shape.items()), *part, mp.prec) for part in parts)


def _drawn(name: str, place: int) -> Any:
    """A number above 0, another one for every name and point."""
    return mp.mpf(8) / 10 + mp.mpf(crc32(f"{name} {place}".encode())) / 2**33


_FOLLOWS: dict[str, Callable[[Point], Any]] = {
    "v": lambda at: at.scalars["sigma"] ** 2,
    "t": lambda at: mp.log(at.scalars["sigma"]),
}
_FOLLOWS_AT: dict[str, Callable[[Point, int], Any]] = {
    "q": _q,
    "G": _cdf,
    "y": lambda at, j: at.scalars["mu"] + at.scalars["sigma"] * at.vectors.get("z", at.vectors["a"])[j],
    "z": lambda at, j: (at.vectors["x"][j] - at.scalars["mu"]) / at.scalars["sigma"],
}
_MOVES_SIGMA: dict[str, Callable[[Any], Any]] = {"v": mp.sqrt, "t": mp.exp}


@carried_out
def _with_formula(math: Any, definitions: Mapping[Any, Any]) -> Any:
    """The expression with a formula for each function that is undefined in the symbolic half."""
    for f, formula in definitions.items():
        math = math.replace(f, formula) if isinstance(formula, sp.Lambda) else math
    return math.doit()


def _derivative(math: Any, at: Point) -> Any:
    f, variable = math.args

    def moved(h: Any) -> Any:
        return value(f, at.once((variable, h, mp.prec), lambda: at.moved(variable, h)))

    return mp.diff(moved, 0)


def _symbol(math: Any, at: Point) -> Any:
    if math not in at.definitions:
        return at.places[math.name] if math.name in at.places else at.scalar(math.name)
    if math not in at.known:
        at.known[math] = value(at.definitions[math], at)
    return at.known[math]


def _integral(math: Any, at: Point) -> Any:
    def f(number: Any) -> Any:
        there = at.once(
            (Integral, number, mp.prec), lambda: at._replace(scalars={**at.scalars, "x": number}, known={})
        )
        if len(there.known) > MANY:
            there.known.clear()
        return value(math.args[0], there)

    # Of Normals and their products, the trapezoid rule is exact to all digits: its error is
    # exp(-2 (pi width/h)^2), and a product is narrower than either by a factor of at most sqrt 2.
    widths = at.scalar("sigma"), at.scalar("s")
    h, end = min(widths) / 3.5, 15.5 * max(widths) + 1
    steps = int(end / h) + 1
    return h * mp.fsum(f(step * h) for step in range(-steps, steps + 1))


def value(math: Any, at: Point) -> Any:
    """The number that an expression is at this point."""
    kind = math.func
    if kind in _NOT_KEPT:
        return _NOT_KEPT[kind](math, at)
    if kind in _FUNCTIONS:
        key = math, at.places.get("i"), mp.prec  # to as many digits as are asked for
        if key not in at.known:
            at.known[key] = _FUNCTIONS[kind](*[value(arg, at) for arg in math.args])
        return at.known[key]
    if kind in _KEPT:
        return at.once(math, lambda: _KEPT[kind](math, at))
    return mp.mpf(math.p) / math.q if math.is_Rational else value(_with_formula(math, at.definitions), at)


_NOT_KEPT: dict[type, Callable[[Any, Point], Any]] = {
    sp.Symbol: _symbol,
    type(q[i]): lambda math, at: at.element(*_named(math, at)),
    Limit: lambda math, at: value(math.args[0], at.placed(math.args[1], SMALL)),
    type(sp.pi): lambda math, at: +mp.pi,
}
_KEPT: dict[type, Callable[[Any, Point], Any]] = {
    Total: lambda math, at: mp.fsum(value(math.args[0], at.at("i", j)) for j in range(at.size())),
    D: _derivative,
    Integral: _integral,
}
_FUNCTIONS: dict[type, Callable[..., Any]] = {
    sp.Add: lambda *a: mp.fsum(a),
    sp.Mul: lambda *a: mp.fprod(a),
    sp.Pow: operator.pow,
    sp.exp: mp.exp,
    sp.log: mp.log,
    sp.Abs: abs,
    sp.sign: mp.sign,
    sp.tanh: mp.tanh,
    sp.loggamma: mp.loggamma,
    sp.KroneckerDelta: operator.eq,
    Normal: _density,
}

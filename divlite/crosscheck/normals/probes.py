"""A function of two Normals as a sum of columns: random arguments, of the user's shapes and of others."""

from collections.abc import Callable, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np

from ... import _check
from ..._types import Array
from .. import sparse
from ..sparse import Shape
from .columns import KINDS, ONE, Column, Sides, base, library, log_sigma, to_number

Call = Callable[..., float]
Arguments = tuple[Array, ...]


class Fitted(NamedTuple):
    """fn = sum of coefficient * column, spelled as if the numbers were of the kinds q and p.

    exchanged: with mu in the place of the second number. powers: how each coefficient moves with the sizes
    of the axes; empty where fn takes no other shape. constants: (shape, the constant there).
    """

    q: str
    p: str
    exchanged: bool
    coefficients: dict[Column, float]
    powers: dict[Column, tuple[int | None, ...] | None]
    constants: tuple[tuple[Shape, float], ...]
    limit: float


class Setting(NamedTuple):
    """What the arguments are: their names, the places of the four, and their shapes."""

    given: tuple[str, ...]
    sides: Sides
    q: str
    p: str
    shapes: tuple[Shape, ...]

    @property
    def full(self) -> Shape:
        return np.broadcast_shapes(*self.shapes)

    @property
    def two(self) -> bool:
        return self.sides.p is not None

    def resized(self, full: Shape) -> "Setting":
        """The same with other sizes of the axes; what was spread over an axis stays so."""
        return self._replace(shapes=tuple(_resized(shape, self.full, full) for shape in self.shapes))


def setting(arguments: Arguments, given: tuple[str, ...]) -> Setting:
    """Which argument is what. Raises: ValueError where the names are not those of one or of two Normals."""
    places = {name: k for k, name in enumerate(given)}
    q = [kind for kind in KINDS if kind in places]
    p = [kind for kind in KINDS if f"p_{kind}" in places]
    known = {"mu", "p_mu", *KINDS, *(f"p_{kind}" for kind in KINDS)}
    if (
        len(places) != len(given)
        or len(q) != 1
        or len(p) > 1
        or not set(places) <= known
        or "mu" not in places
    ):
        kinds = "mu and one of sigma, log_sigma, variance, log_variance"
        _check.fail("given", f"{kinds}, and for two Normals the same with p_ before", ", ".join(given))
    if bool(p) != ("p_mu" in places):
        _check.fail("given", "both p_mu and p_sigma (or its like), or neither", ", ".join(given))
    sides = Sides(places["mu"], places[q[0]], places.get("p_mu"), places[f"p_{p[0]}"] if p else None)
    return Setting(given, sides, q[0], p[0] if p else "", tuple(a.shape for a in arguments))


def _resized(shape: Shape, old: Shape, new: Shape) -> Shape:
    axes = range(len(old) - len(shape), len(old))
    return tuple(1 if n == 1 and old[i] != 1 else new[i] for n, i in zip(shape, axes, strict=True))


def probes(setting: Setting, count: int, positive: bool, seed: int) -> list[Arguments]:
    """Random arguments; each probe has a centre and a width of its own. positive: all numbers are > 0."""
    rng = np.random.default_rng(seed)
    return [_probe(setting, positive, rng) for _ in range(count)]


def _probe(setting: Setting, positive: bool, rng: np.random.Generator) -> Arguments:
    def number(kind: str, shape: Shape) -> Array:
        # Positive numbers may be taken for logarithms: their exponentials are not to grow too large.
        low, high = (
            (0.05, 1.4) if kind.startswith("log") and positive else (-0.7, 0.5) if positive else (-1.2, 1.4)
        )
        spread = np.clip(
            rng.uniform(low, high) + rng.uniform(0.1, 0.6) * rng.standard_normal(shape), low, high
        )
        return np.asarray(to_number(kind, spread))

    def mean(shape: Shape) -> Array:
        drawn = rng.uniform(-1.5, 1.5) + rng.uniform(0.1, 1.0) * rng.standard_normal(shape)
        return np.asarray(np.abs(drawn) + 0.05 if positive else drawn)

    kinds = {setting.sides.q: setting.q, setting.sides.p: setting.p}
    return tuple(
        number(kinds[k], shape) if k in kinds else mean(shape) for k, shape in enumerate(setting.shapes)
    )


def table(
    setting: Setting, tried: Sequence[Arguments], q: str, p: str, exchanged: bool, keys: Sequence[Column] = ()
) -> dict[Column, Array]:
    """The columns of the probes, read as numbers of the kinds q and p."""

    def columns(some: Sequence[Arguments]) -> dict[Column, Array]:
        mu, s, m, t = (None if k is None else _stacked(setting, some, k) for k in setting.sides)
        assert mu is not None
        assert s is not None
        if exchanged:
            mu, s, m, t = s, mu, t, m
        return library(mu, log_sigma(q, s), m, None if t is None else log_sigma(p, t), keys)

    return sparse.in_blocks(columns, tried, prod(setting.full))


def _stacked(setting: Setting, tried: Sequence[Arguments], place: int) -> Array:
    """One argument of all probes, (probe, *shape), with as many axes as the others have."""
    axes = len(setting.full) - len(setting.shapes[place])
    return np.stack([probe[place].reshape((1,) * axes + probe[place].shape) for probe in tried])


def fitted(call: Call, setting: Setting) -> Fitted | None:
    """The first way to spell fn as a sum of few columns: as given, then as what it may be taken for."""
    for positive in (False, True):
        tried = probes(setting, 110 if setting.two else 50, positive, 20)
        values = sparse.values(call, tried)
        if values is None or not np.isfinite(values).all():
            continue
        limit = sparse.tolerance(values)
        for exchanged, other in product((False, True), (False, True)):
            q = _spelled(setting.q, other)
            p = _spelled(setting.p, other) if setting.two else ""
            with np.errstate(all="ignore"):
                columns = table(setting, tried, q, p, exchanged)
            found = sparse.fit(columns, values, limit)
            if found is not None:
                first = Fitted(q, p, exchanged, found, {}, ((setting.full, found.get(ONE, 0.0)),), limit)
                return _with_shapes(call, setting, first, positive)
    return None


def _spelled(kind: str, other: bool) -> str:
    return base(kind, kind.startswith("log")) if other else kind


def _with_shapes(call: Call, setting: Setting, first: Fitted, positive: bool) -> Fitted:
    """With the powers of the sizes, from arguments of other shapes, where fn takes them."""
    support = [key for key in first.coefficients if key != ONE]
    found = [(setting.full, first.coefficients)]
    for full in sparse.other_shapes(setting.full):
        coefficients = _at(call, setting.resized(full), first, support, positive)
        if coefficients is not None:
            found.append((full, coefficients))
        if len(found) == len(full) + 3:
            break
    if len(found) == 1:
        return first
    shapes = [shape for shape, _ in found]
    powers = {key: sparse.exponents(shapes, [c.get(key, 0.0) for _, c in found]) for key in support}
    return first._replace(powers=powers, constants=tuple((shape, c.get(ONE, 0.0)) for shape, c in found))


def _at(
    call: Call, setting: Setting, first: Fitted, support: Sequence[Column], positive: bool
) -> dict[Column, float] | None:
    tried = probes(setting, len(support) + 8, positive, 21)
    values = sparse.values(call, tried[:1])  # most functions that refuse a shape do so at once
    if values is None:
        return None
    values = sparse.values(call, tried)
    if values is None:
        return None
    columns = table(setting, tried, first.q, first.p, first.exchanged, support)
    return sparse.fit({key: columns[key] for key in (*support, ONE)}, values, first.limit)


def predicted(fitted: Fitted, setting: Setting, arguments: Arguments) -> float:
    """What the sum gives for these arguments."""
    keys = [key for key in fitted.coefficients if key != ONE]
    columns = table(setting, [arguments], fitted.q, fitted.p, fitted.exchanged, keys)
    return sum(c * float(columns[key][0]) for key, c in fitted.coefficients.items())


def far(setting: Setting, count: int, seed: int) -> list[Arguments]:
    """Random arguments with the two means far apart, where every KL is large."""
    shift = setting.sides.mu
    drawn = probes(setting, count, True, seed)
    return [tuple(a + 9.0 if k == shift else a for k, a in enumerate(probe)) for probe in drawn]


def exact(place: Setting, arguments: Arguments, name: str) -> Array:
    """The right KL of each element."""
    mu, s, m, t = (None if k is None else arguments[k] for k in place.sides)
    assert mu is not None
    assert s is not None
    q, p = log_sigma(place.q, s), np.zeros(()) if t is None else log_sigma(place.p, t)
    d = mu - (0.0 if m is None else m)
    if name == "KL(p || q)":
        q, p = p, q
    with np.errstate(over="ignore"):
        return np.asarray(0.5 * ((d * d + np.exp(2 * q)) * np.exp(-2 * p) - 1) + p - q)

"""Random arguments of small, telling shapes, and what the function gives for them."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..._types import Array
from ..calling import RefusedError
from . import forms

COUNT = 8
# Different primes for the lengths of the axes: then a factor tells which axes it comes from.
PRIMES = (3, 5, 2, 11, 13)
CLASSES = 7
OTHER_PRIMES = (2, 3, 5, 13, 11)
OTHER_CLASSES = 11
MANY = 64  # outcomes

Shapes = tuple[tuple[int, ...], ...]

EXACT = 1e-9  # the error of a composition, at most
SINGLE = 5e-6  # of one that computes in float32 within
STEP = 1e-7  # of float32, a digit
ROUGH = 2e-9  # second differences over such steps: float64 gives 1e-13 or less, float32 1e-8


class Asked(NamedTuple):
    """What is to be checked: the function's output for two arrays, and what these are.

    forms, shapes: of each argument, in the order of the call; fit: the place of q's; axis: the event axis,
    from the end; dx: the distance of the points of a density; temperature: as stated, else 1.
    """

    output: Callable[..., Array]
    arguments: tuple[Array, Array]
    forms: tuple[str, str]
    fit: int
    axis: int
    dx: float = 1.0
    temperature: float = 1.0

    @property
    def full(self) -> tuple[int, ...]:
        """The shape of both arguments, broadcast."""
        return np.broadcast_shapes(*(a.shape for a in self.arguments))

    @property
    def ndim(self) -> int:
        return len(self.full)

    @property
    def one(self) -> tuple[Array, Array]:
        """The user's own arguments as one probe: with an axis for the probes, and as many axes each."""
        first, second = (_full(a, self.ndim)[np.newaxis] for a in self.arguments)
        return first, second


class Probes(NamedTuple):
    """first, second: the arguments, (n, *shape); values: the sum of what the function gives, (n,).

    reduced: whether it gives one number; sizes: the lengths by the names of their axes.
    tolerance: the error that a composition may have.
    """

    first: Array
    second: Array
    values: Array
    reduced: bool
    sizes: Mapping[str, float]
    tolerance: float = EXACT


def sizes(asked: Asked, shape: tuple[int, ...]) -> dict[str, float]:
    """The length of every axis by its name, and of a step of the grid."""
    event = asked.axis % len(shape)
    found = {"classes" if i == event else f"axis {i}": float(n) for i, n in enumerate(shape)}
    return found | ({} if asked.dx == 1.0 else {"dx": asked.dx})


def rows(found: Mapping[str, float]) -> float:
    """How many distributions there are."""
    return math.prod(size for name, size in found.items() if name.startswith("axis"))


def small(asked: Asked, primes: tuple[int, ...] = PRIMES, classes: int = CLASSES) -> Shapes:
    """The shapes of the arguments with their axes of other lengths; what broadcasts goes on doing so."""
    lengths = dict(zip((i for i in range(-asked.ndim, 0) if i != asked.axis), primes, strict=False))
    lengths[asked.axis] = classes
    full = asked.full

    def length(a: Array, i: int) -> int:
        return 1 if a.shape[i] == 1 and full[i] != 1 else lengths[i]

    return tuple(tuple(length(a, i) for i in range(-a.ndim, 0)) for a in asked.arguments)


def own(asked: Asked) -> Shapes:
    """The shapes of the user's arguments."""
    return tuple(a.shape for a in asked.arguments)


def narrow(asked: Asked) -> Shapes:
    """The same with few outcomes in the place of many: as many distributions, which cost less."""
    if asked.full[asked.axis] <= MANY:
        return own(asked)
    return tuple(
        tuple(min(n, CLASSES) if i == asked.axis else n for i, n in enumerate(shape, -len(shape)))
        for shape in own(asked)
    )


def drawn(asked: Asked, shapes: Shapes, count: int = COUNT, seed: int = 0) -> Probes:
    """Probes of these shapes.

    Raises: RefusedError where the function does not take them.
    """
    rng = np.random.default_rng(seed)
    made = [
        tuple(
            forms.draw(rng, form, shape, asked.axis, asked.dx)
            for form, shape in zip(asked.forms, shapes, strict=True)
        )
        for _ in range(count)
    ]
    return called(asked, made)


def called(asked: Asked, made: list[tuple[Array, ...]]) -> Probes:
    """The probes with these arguments."""
    outputs = [asked.output(*arguments) for arguments in made]
    values = np.array([output.sum() for output in outputs])
    full = np.broadcast_shapes(*(a.shape for a in made[0]))
    first, second = (np.stack([_full(arguments[i], len(full)) for arguments in made]) for i in (0, 1))
    return Probes(first, second, values, outputs[0].size == 1, sizes(asked, full))


def _full(a: Array, ndim: int) -> Array:
    return a.reshape((1,) * (ndim - a.ndim) + a.shape)


def acceptable(asked: Asked) -> Probes:
    """Probes of small shapes where the function takes them, else of the user's own.

    Raises: RefusedError where it takes neither.
    """
    last: Any = None
    for shapes in dict.fromkeys((small(asked), own(asked))):
        try:
            found = drawn(asked, shapes)
            return found._replace(tolerance=SINGLE if rough(asked, found) else EXACT)
        except RefusedError as error:
            last = last or error
    raise last


def rough(asked: Asked, made: Probes) -> bool:
    """Whether the function moves in jumps as its arguments grow by as little as float32 can say.

    Raises: RefusedError where the function cannot be called.
    """
    n = int(np.argmax(np.abs(made.values)))
    at = [shaped(asked, place, a[n]) for place, a in enumerate((made.first, made.second))]
    values = np.array([asked.output(*(a * (1.0 + k * STEP) for a in at)).sum() for k in range(9)])
    jumps = np.abs(np.diff(values, 2)).max()
    return bool(jumps > ROUGH * np.abs(values).max())


def shaped(asked: Asked, place: int, a: Array) -> Array:
    """A probe's argument in the shape in which it is called."""
    return a.reshape(a.shape[a.ndim - asked.arguments[place].ndim :])

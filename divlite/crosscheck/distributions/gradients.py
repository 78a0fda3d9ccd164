"""Autograd's gradient, held against differences of the function's own value and against known ones."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from ..._types import Array
from ..calling import Function, RefusedError
from .cores import CORES, Core, summed
from .fits import combined
from .matches import Pair
from .probes import EXACT, Asked, Probes, shaped
from .readings import right

DIRECTIONS = 6
POINTS = 3
LARGE = 50_000  # entries, above which the user's own arguments take too long


class Sharp(NamedTuple):
    """How exactly a gradient can be judged: the step of a difference, and what counts as equal."""

    step: float
    tolerance: float


DOUBLE = Sharp(1e-3, 1e-6)
SINGLE = Sharp(3e-2, 1e-3)  # of a function that computes in float32: smaller steps would show its rounding


class Way(NamedTuple):
    """From a point, along a direction of the fit: the arguments at four steps, for a difference."""

    step: float
    slope: float  # by autograd
    moved: tuple[tuple[Array, ...], ...]


def ways(function: Function, asked: Asked, made: list[tuple[Array, Array]], step: float) -> list[Way]:
    """Random directions from these points.

    Raises: RefusedError where the function cannot be called or differentiated there.
    """
    rng = np.random.default_rng(5)
    found: list[Way] = []
    for arguments in made:
        gradient = function.gradients(*arguments)[asked.fit]
        for _ in range(DIRECTIONS):
            direction = rng.normal(size=arguments[asked.fit].shape) * _room(asked, arguments[asked.fit])
            moved = tuple(
                tuple(a + h * step * direction * (n == asked.fit) for n, a in enumerate(arguments))
                for h in (-2, -1, 1, 2)
            )
            found.append(Way(step, 0.0 if gradient is None else float(np.sum(gradient * direction)), moved))
    return found


def _room(asked: Asked, a: Array) -> Array | float:
    """How far every entry may be moved: probabilities stay above 0."""
    return a if asked.forms[asked.fit] in ("probabilities", "densities") else 1.0


def slopes(of: Callable[..., float], along: list[Way]) -> Array:
    """The differences of a function of the arguments, one for every way."""
    return np.array([slope(np.array([of(*at) for at in way.moved]), way.step) for way in along])


@np.errstate(invalid="ignore")  # inf - inf, where the value is infinite
def slope(values: Array, step: float) -> Array:
    """The fourth-order difference of values at four steps, along the first axis."""
    a, b, c, d = values
    return (a - 8.0 * b + 8.0 * c - d) / (12.0 * step)


def _sum(core: Core, pair: Pair, *at: Array) -> float:
    first, second = (a[np.newaxis] for a in at)
    p, q = pair.split(first, second)
    with np.errstate(all="ignore"):
        return float(summed(core.rows(right(p, pair.p), right(q, pair.q), pair.q.axis))[0])


class Judged(NamedTuple):
    """slip: "" where the gradient is that of the value; factor: of it; core: whose gradient it is instead."""

    slip: str
    factor: float = 1.0
    core: Core | None = None
    error: float = 0.0
    says: str = ""  # the error that autograd raises


def judged(function: Function, pair: Pair, along: list[Way], tolerance: float) -> Judged:
    """Whose gradient autograd's is."""
    return _judged(pair, along, slopes(function.value, along), tolerance)


def _judged(pair: Pair, along: list[Way], differences: Array, tolerance: float) -> Judged:
    autograd = np.array([way.slope for way in along])
    scale = np.abs(differences).max()
    # At a kink a difference is neither slope; that is one way or two, and no slip changes so few.
    apart = np.median(np.abs(autograd - differences))
    if apart <= tolerance * max(scale, np.abs(autograd).max(), 1e-12):
        return Judged("", error=float(apart / max(scale, 1e-300)))
    if np.abs(autograd).max() <= tolerance * scale:
        return Judged("detached fit")
    (factor,), error = combined([differences], autograd)
    if error <= tolerance:
        return Judged("gradient factor", float(factor))
    for core in CORES:
        known = slopes(partial(_sum, core, pair), along)
        if np.abs(known).max() > 0.0:
            (factor,), error = combined([known], autograd)
            if error <= tolerance:
                return Judged("gradient of another", float(factor), core)
    return Judged("gradient", error=float(apart / scale))


def points(asked: Asked, made: tuple[Array, Array]) -> list[tuple[Array, Array]]:
    """A few of the probes, as they were called."""
    first, second = made
    return [(shaped(asked, 0, first[n]), shaped(asked, 1, second[n])) for n in range(min(POINTS, len(first)))]


def check(function: Function, asked: Asked, pair: Pair, drawn: Probes) -> Judged:
    """Whose gradient autograd's is; no judgement where the function cannot be differentiated."""
    sharp = DOUBLE if drawn.tolerance <= EXACT else SINGLE
    try:
        along = ways(function, asked, points(asked, (drawn.first, drawn.second)), sharp.step)
        found = judged(function, pair, along, sharp.tolerance)
    except RefusedError as error:
        return Judged("no backward", says=str(error).split(" Hint:")[0].strip(". "))
    return (
        found if found.slip not in ("", "gradient factor") else _at_own(function, asked, pair, found, sharp)
    )


def _at_own(function: Function, asked: Asked, pair: Pair, found: Judged, sharp: Sharp) -> Judged:
    """The same at the user's own arguments: a factor may be the length of an axis, a hook may act on some.

    Differences that change with their step tell nothing, as at a kink or where a probability underflows.
    """
    if asked.arguments[asked.fit].size > LARGE:
        return found
    coarse, fine = (ways(function, asked, [asked.arguments], h * sharp.step) for h in (1.0, 0.5))
    along = np.array([slopes(function.value, of) for of in (coarse, fine)])
    known = np.array([way.slope for way in coarse])
    scale = np.abs(along[0]).max()
    if not np.isfinite(along).all() or not np.isfinite(known).all() or scale == 0.0:
        return found
    if np.abs(along[0] - along[1]).max() > sharp.tolerance * scale:
        return found
    own = _judged(pair, coarse, along[0], sharp.tolerance)
    return own if own.slip else found

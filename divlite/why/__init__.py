"""Which convention gives this number? For those who have a number and two arrays, and no function."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from .._types import Array
from . import entries, nonfinite, slips
from .answer import Candidate as Candidate
from .answer import Why as Why
from .bases import Source
from .forms import described, event_axes, form
from .given import EXPECTED, Given, given
from .search import Match, Search, Sides, search, sides
from .written import candidate, right_kl

TEMPERATURES = (2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 0.5)
GUESSED = 20_000  # entries, up to which temperatures are guessed: each costs as much as the whole search
DIGITS = 6  # of a number, from which a guessed temperature says something
ALSO = 1  # deviations more than the fewest, up to which the others are told


class Arrays(NamedTuple):
    """Both arrays, broadcast; what each is in words; the likely event axes."""

    input: Array
    target: Array
    what: tuple[tuple[str, str], ...]
    axes: tuple[int, ...]


def why(
    value: Any,
    *,
    input: ArrayLike,
    target: ArrayLike,
    axis: int | None = None,
    temperature: float | None = None,
) -> Why:
    """Which convention gives this number, of a KL between these two arrays? The result prints as a page.

    value: a number with the digits that are known of it: -0.0648, or "0.0850" where the last one is a 0, matches
    to half a unit of its last digit; a float in full to 1e-6 of it, a float32's digits. NaN, inf, or an array
    (the terms, or a sum for each distribution) too.
    input, target: as F.kl_div takes them, or what they were made from: probabilities, log-probabilities,
    logits, weights. They broadcast.
    axis: the event axis, along which the outcomes of one distribution run; told from the arrays if None.
    temperature: by which logits were divided; if None, and nothing else gives the number, usual ones are tried.

    Tried are: the array as given, its log, exp, softmax and log_softmax along each axis, divided by its sum, or
    any of these twice; each reduction; log_target; both orders; Jeffreys, Jensen-Shannon, cross-entropy,
    generalised KL; nats, bits, decimal digits. Those with the fewest deviations come first, equal ones as ties.
    It takes well under 0.5 s up to 100,000 entries.

    Raises: ValueError for what is no number or array, shapes that do not broadcast, an axis they do not have.
    """
    arrays = _arrays(input, target, axis)
    if temperature is not None:
        temperature = _check.positive("temperature", temperature)
    several = getattr(value, "ndim", 0) or isinstance(value, list | tuple)
    if several:
        wanted = [given(one) for one in _flat(value)]
        shown = f"[{', '.join(one.text for one in wanted[:4])}{', ...' if len(wanted) > 4 else ''}]"
        found = entries.matching(wanted, _sides(arrays, temperature)) if arrays.input.size else ()
        return Why(shown, arrays.what, found, tried=0 if found else 1)
    number = given(value)
    if arrays.input.size == 0:
        return Why(number.text, arrays.what, reasons=_empty(number, arrays))
    if not math.isfinite(number.value):
        calls = nonfinite.explanations(number.value, _sides(arrays, temperature)[0])
        return Why(number.text, arrays.what, calls)
    return _number(number, arrays, temperature)


def _arrays(input: ArrayLike, target: ArrayLike, axis: int | None) -> Arrays:
    first, second = _check.array("input", input), _check.array("target", target)
    try:
        a, b = np.broadcast_arrays(np.atleast_1d(first), np.atleast_1d(second))
    except ValueError:
        _check.fail("target", f"a shape that broadcasts with input's {first.shape}", f"{second.shape}")
    if axis is not None:
        along = _check.count("axis", axis, -a.ndim)
        axis = along % a.ndim if along < a.ndim else _check.fail("axis", f"an axis of shape {a.shape}", axis)
    forms = form(a), form(b)
    axes = event_axes(forms, a.ndim, axis)
    said = [
        (name, f"{np.shape(given)}, {described(values, found, axes[0])}")
        for name, given, values, found in (("input", first, a, forms[0]), ("target", second, b, forms[1]))
    ]
    return Arrays(a, b, tuple(said), axes)


def _sides(arrays: Arrays, temperature: float | None) -> list[Sides]:
    """One for each likely event axis."""
    a, b = arrays.input, arrays.target
    forms = form(a), form(b)
    return [
        sides(
            Source("input", a, forms[0], axis, temperature), Source("target", b, forms[1], axis, temperature)
        )
        for axis in arrays.axes
    ]


def _flat(value: Any) -> list[Any]:
    """The numbers of an array, a tensor or nested lists, in order, with the digits that they have."""
    if isinstance(value, list | tuple):
        known: Any = value
        return [one for inner in known for one in (_flat(inner) if isinstance(inner, list | tuple) else [inner])]
    try:
        return list(np.asarray(value).ravel())
    except Exception:  # a tensor that needs its gradient, or lives elsewhere
        _check.fail("value", EXPECTED, _check.shown(value) + _check.tensor_cure(value))


def _empty(number: Given, arrays: Arrays) -> tuple[str, ...]:
    if math.isnan(number.value):
        return (
            f'There are no entries, shape {arrays.input.shape}: "mean" divides 0 by 0, which is NaN, and so '
            'does "batchmean" where axis 0 is empty. reduction="sum" gives 0.',
        )
    return ('There are no entries: reduction="sum" gives 0.',) if number.value == 0 else ()


def _number(number: Given, arrays: Arrays, temperature: float | None) -> Why:
    pairs = _sides(arrays, temperature)
    found = search(pairs, number)
    if not found.matches:
        found = _guessed(number, arrays, temperature) or found
    if not found.matches and (one := entries.single(number, pairs)):
        return Why(number.text, arrays.what, one)
    least = min(map(_cost, found.matches), default=0)
    ties = tuple(candidate(match) for match in found.matches if _cost(match) == least)
    others = tuple(candidate(m) for m in found.matches if least < _cost(m) <= max(least + ALSO, 1))
    return Why(
        number.text,
        arrays.what,
        ties,
        others,
        found.tried,
        found.chance,
        () if found.near else _notes(number, pairs[0], ties),
        None if found.near is None else candidate(found.near),
    )


def _cost(match: Match) -> int:
    return slips.cost(match.slips)


def _guessed(number: Given, arrays: Arrays, temperature: float | None) -> Search | None:
    """A search with the usual temperatures, for a number with the digits to tell them apart."""
    if temperature is not None or number.digits < DIGITS or arrays.input.size > GUESSED:
        return None
    for guess in TEMPERATURES:
        found = search(_sides(arrays, guess), number)
        if found.matches:
            slip = frozenset({slips.guessed_temperature(guess)})
            return found._replace(matches=tuple(m._replace(slips=m.slips | slip) for m in found.matches))
    return None


def _notes(number: Given, pair: Sides, ties: tuple[Candidate, ...]) -> tuple[str, ...]:
    """The other direction of what is right; of what nothing gives, how it compares with the mean KL."""
    if any(tie.right for tie in ties):
        if "**2" in ties[0].call:
            return ()
        back = Sides(pair.target, pair.input, pair.target_bases, pair.input_bases)
        mean, code = right_kl(back)
        return (f"The other direction, KL(input || target), is {mean:.7g}: {code}",)
    mean, code = right_kl(pair)
    if ties or not math.isfinite(mean) or mean == 0:
        return ()
    ratio = f"The number is {number.value / mean:.6g} times that."
    return (f"The mean KL per distribution, KL(target || input), is {mean:.7g}: {code}. {ratio}",)

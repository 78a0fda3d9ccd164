"""Which convention gives this number? For those who have a number and two arrays, and no function."""

import math
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from . import entries, nonfinite, rough, slips
from .answer import Candidate as Candidate
from .answer import Why as Why
from .arrays import Arrays as Arrays
from .arrays import arranged as arranged
from .arrays import sides_of as sides_of
from .arrays import sources_of
from .given import EXPECTED, Given, given
from .search import Match, Search, search
from .sides import Sides
from .terms import MOST
from .written import candidate, right_kl

TEMPERATURES = (2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 0.5)
HALF = (
    "The number is one of those that bfloat16 or float16 can hold. A KL near 0 that was computed in half "
    "precision is mostly rounding: compute it from .float()."
)
GUESSED = 10_000  # entries, up to which temperatures are guessed: each costs as much as the whole search
DIGITS = 6  # of a number, from which a guessed temperature says something
FEW = 2  # deviations besides a guessed temperature, and in arrays that are large
ALSO = 1  # deviations more than the fewest, up to which the others are told


def why(
    value: Any,
    *,
    input: ArrayLike,
    target: ArrayLike,
    axis: int | None = None,
    temperature: float | None = None,
) -> Why:
    """Which convention gives this number, of a KL between these two arrays? The result prints as a page.

    value: a number with the digits that are known of it. -0.0648, or "0.0850" where the last digit is a 0,
    matches to half a unit of its last digit; a float in full to 1e-6 of it, which are a float32's digits.
    NaN, inf, or an array (the terms that are not summed, or a sum for each distribution) too.
    input, target: as F.kl_div takes them, or what they were made from: probabilities, log-probabilities,
    logits, weights. They broadcast.
    axis: the event axis, along which the outcomes of one distribution run; None: told from the arrays.
    temperature: by which logits were divided; None: where nothing else gives the number, the usual ones are
    tried.

    Looked at are: each array as given, its log, exp, softmax and log_softmax along each axis, divided by its
    sum, softmax of a softmax; every reduction; log_target; both orders; Jeffreys, Jensen-Shannon,
    cross-entropy, generalised KL; nats, bits, decimal digits. Those with the fewest deviations from the mean
    KL per distribution come first; equally many are ties. What is looked at is at most four deviations from
    it, and two for arrays of more than 200,000 entries.

    Raises: ValueError for what is no number or array, shapes that do not broadcast, an axis they do not have.
    """
    if temperature is not None:
        temperature = _check.positive("temperature", temperature)
    return explained(value, arranged(input, target, axis), temperature)


@np.errstate(all="ignore")
def explained(value: Any, arrays: Arrays, temperature: float | None) -> Why:
    """As `why`, of arrays that have been looked at."""
    several = getattr(value, "ndim", 0) or isinstance(value, list | tuple)
    if several:
        wanted = [given(one) for one in _flat(value)]
        if not wanted:
            _check.fail("value", EXPECTED, _check.shown(value))
        shown = f"[{', '.join(one.text for one in wanted[:4])}{', ...' if len(wanted) > 4 else ''}]"
        found, tried = (
            entries.matching(wanted, sides_of(arrays, temperature)) if arrays.input.size else ((), 0)
        )
        return Why(shown, arrays.what, found, tried=tried)
    number = given(value)
    if arrays.input.size == 0:
        return Why(number.text, arrays.what, reasons=_empty(number, arrays))
    if nonfinite.holds_nan(arrays) and not math.isnan(number.value):
        return Why(number.text, arrays.what, reasons=(nonfinite.NAN,))
    if not math.isfinite(number.value):
        calls = nonfinite.explanations(number.value, sides_of(arrays, temperature)[0])
        return Why(number.text, arrays.what, calls)
    return _number(number, arrays, temperature)


def _flat(value: Any) -> list[Any]:
    """The numbers of an array, a tensor or nested lists, in order, with the digits that they have."""
    if isinstance(value, list | tuple):
        known = cast("list[Any]", value)
        return [
            one for inner in known for one in (_flat(inner) if isinstance(inner, list | tuple) else [inner])
        ]
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
    pairs, found = _searched(number, arrays, temperature)
    if not found.matches:
        found = _guessed(number, arrays, temperature) or found
    if not found.matches and (one := entries.single(number, pairs, arrays.input.size <= rough.LARGE)):
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
        () if found.near and not number.half_precision else _notes(number, pairs[0], ties),
        None if found.near is None else candidate(found.near),
    )


def _searched(number: Given, arrays: Arrays, temperature: float | None) -> tuple[list[Sides], Search]:
    """What was found, and what people make of each array, as far as that was worked out."""
    most = MOST if arrays.input.size <= rough.LARGE else FEW
    if rough.suits((arrays.input, arrays.target)):
        known = [rough.known(*two, most) for two in sources_of(arrays, temperature)]
        return rough.search(known, number)
    pairs = sides_of(arrays, temperature, most)
    return pairs, search(pairs, number)


def _cost(match: Match) -> int:
    return slips.cost(match.slips)


def _guessed(number: Given, arrays: Arrays, temperature: float | None) -> Search | None:
    """A search with the usual temperatures, for a number with the digits to tell them apart."""
    if temperature is not None or number.digits < DIGITS or arrays.input.size > GUESSED:
        return None
    for guess in TEMPERATURES:
        found = search(sides_of(arrays, guess, FEW)[:1], number)
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
        return (f"The other direction, KL(input || target), is {mean:.7g}:\n{code}",)
    mean, code = right_kl(pair)
    if ties or not math.isfinite(mean) or mean == 0:
        return ()
    says = f"The mean KL per distribution, KL(target || input), is {mean:.7g}. The number is"
    said = f"{says} {number.value / mean:.6g} times that.\n{code}"
    return (said, HALF) if number.half_precision else (said,)

"""Two known sums with a number before each, as in 0.7 KL + 0.3 cross-entropy: found by least squares."""

import itertools
from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np

from ..._types import Array
from ...language import phrase, template
from .cores import BY_NAME, Core, summed
from .fits import combined
from .matches import Match, Pair, refitted
from .probes import Probes, rows
from .readings import Reading, right

SMALL = 1e-7  # of a number before a sum against the other: then the sum is not there
FAR = 1e-3  # of the values: a distance that is no rounding
IN_PART = ("forward-kl", "cross-entropy")  # which is a KL without a part of the target's entropy
# KL(p || q) is the first less the second, KL(q || p) the third less the fourth.
PARTS = ("cross-entropy", "entropy of p", "cross-entropy of q", "entropy of q")
NAMES = (("forward-kl", *PARTS[:2]), ("reverse-kl", *PARTS[2:]))
# What may stand beside a KL or a cross-entropy.
KINDS = ("forward-kl", "reverse-kl", "cross-entropy", "cross-entropy of q")
OTHERS = ("mse", "l1", "jensen-shannon", "mse of logs", "l1 of logs", "squared-hellinger", "entropy of q")

Weighted = tuple[tuple[float, str], ...]  # a number and the name of a sum, twice


def two_sums(probes: Probes, pair: Pair) -> list[Match]:
    """The function as two sums; the number that both share is the factor."""
    p, q = pair.split(probes.first, probes.second)
    of_p, of_q = right(p, pair.p), right(q, pair.q)
    columns = {
        name: summed(BY_NAME[name].rows(of_p, of_q, pair.q.axis)) for name in {*PARTS, *KINDS, *OTHERS}
    }
    for found in (_of_entropies(columns, probes), *_of_pairs(columns, probes)):
        if found is not None:
            made = (_match(pair, found, whole) for whole in _wholes(found, probes.sizes))
            fitted = [refitted(probes, match) for match in made]
            return [match for match in fitted if match.error <= probes.tolerance]
    return []


def _of_entropies(columns: dict[str, Array], probes: Probes) -> Weighted | None:
    """Of KLs, cross-entropies and entropies: all four parts at once, so that two KLs are told apart."""
    found, error = combined([columns[name] for name in PARTS], probes.values)
    if error > probes.tolerance:
        return None
    numbers = np.where(np.abs(found) <= SMALL * np.abs(found).max(), 0.0, found)
    cross, alone = numbers[::2], numbers[1::2]
    forward, back = (_kls(float(c), float(h), *of) for c, h, of in zip(cross, alone, NAMES, strict=True))
    parts = (*forward, *back)
    return parts if len(parts) == 2 else None


def _kls(cross: float, entropy: float, kl: str, crossed: str, alone: str) -> Weighted:
    """A cross-entropy and an entropy, as the KL that they make and what is left over of either."""
    if cross and abs(cross + entropy) <= SMALL * abs(cross):
        return ((cross, kl),)
    if cross * entropy < 0.0 and abs(entropy) < abs(cross):
        return ((-entropy, kl), (cross + entropy, crossed))
    return tuple((number, name) for number, name in ((cross, crossed), (entropy, alone)) if number)


@np.errstate(all="ignore")  # of sums that are not finite, which are not far either
def _near(columns: dict[str, Array], values: Array) -> list[tuple[str, str]]:
    """The pairs of sums that come near the values. Most are far, and one call shows that for all."""
    pairs = list(itertools.product(KINDS, OTHERS))
    both = np.array([[columns[name] for name in names] for names in pairs]).swapaxes(1, 2)
    span = np.linalg.qr(both).Q
    apart = np.abs(span @ (span.swapaxes(1, 2) @ values)[..., None] - values[:, None]).max(axis=(1, 2))
    return [names for names, far in zip(pairs, apart > FAR * np.abs(values).max(), strict=True) if not far]


def _of_pairs(columns: dict[str, Array], probes: Probes) -> Iterator[Weighted | None]:
    for names in _near(columns, probes.values):
        found, error = combined([columns[name] for name in names], probes.values)
        small = np.abs(found).min() <= SMALL * np.abs(found).max()
        yield None if error > probes.tolerance or small else tuple(zip(map(float, found), names, strict=True))


def _wholes(found: Weighted, sizes: Mapping[str, float]) -> list[float]:
    """What may stand before both: a reduction, of which other shapes tell the one that it is.

    For a KL and a cross-entropy the sum of both numbers: the gradient is that of the KL times this.
    """
    (a, one), (b, other) = found
    if (one, other) == IN_PART and a * b > 0.0:
        return [a + b]
    by = rows(sizes)
    divisors = dict.fromkeys((by, by * sizes["classes"], sizes.get("axis 0", 1.0), 1.0))
    wholes = [sizes.get("dx", 1.0) / divisor for divisor in divisors]
    return sorted(wholes, key=lambda whole: _digits(a / whole) + _digits(b / whole))


def _digits(number: float) -> int:
    """How many digits it takes to write the number: people write few."""
    short = (n for n in range(1, 7) if abs(number - float(f"{number:.{n}g}")) <= SMALL * abs(number))
    return next(short, 20)


def _match(pair: Pair, found: Weighted, whole: float) -> Match:
    return Match(pair, _core(tuple((number / whole, name) for number, name in found)), (), (), whole, np.inf)


def _core(parts: Weighted) -> Core:
    def of(p: Reading, q: Reading, axis: int) -> Array:
        (a, one), (b, other) = parts
        return a * BY_NAME[one].rows(p, q, axis) + b * BY_NAME[other].rows(p, q, axis)

    (number, one), (more, other) = parts
    name = "kl and cross-entropy" if (one, other) == IN_PART else "two sums"
    return Core(name, partial(_says, parts), of, "", ((one, number), (other, more)))


def _says(parts: Weighted, **names: str) -> str:
    (number, one), (more, other) = parts
    both = {"one": _said(number, one, names), "other": _said(abs(more), other, names)}
    return phrase("{one} - {other}", **both) if more < 0.0 else phrase("{one} + {other}", **both)


SHORT = {
    "forward-kl": "KL({p} || {q})",
    "reverse-kl": "KL({q} || {p})",
    "cross-entropy": template("the cross-entropy of {q} under {p}"),
    "cross-entropy of q": template("the cross-entropy of {p} under {q}"),
    "entropy of p": template("the entropy of {p}"),
    "entropy of q": template("the entropy of {q}"),
    "jensen-shannon": template("the Jensen-Shannon divergence"),
}


def _said(number: float, name: str, names: Mapping[str, str]) -> str:
    says = phrase(SHORT[name], **names) if name in SHORT else BY_NAME[name].says(**names)
    if abs(abs(number) - 1.0) > SMALL:
        return phrase("{number:.6g} times {sum}", number=number, sum=says)
    return phrase("-{}", says) if number < 0.0 else says

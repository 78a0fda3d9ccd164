"""The sums from which closed forms of two Normals are made, right or wrong, and their names in words."""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from ..._types import Array

KINDS = ("sigma", "log_sigma", "variance", "log_variance")


class Column(NamedTuple):
    """what * sigma^a * tau^b, summed over all elements: q is N(mu, sigma), p is N(m, tau).

    what: "" for 1, D for mu - m, |D|, D2, D4, S2 for (mu + m)^2, mu2, m2, and log q, log p, log2 q, log2 p.
    """

    what: str
    a: float = 0.0
    b: float = 0.0


class Sides(NamedTuple):
    """The arguments by their places: of mu and of the second number of q, and of p (none for N(0, 1))."""

    mu: int
    q: int
    m: int | None = None
    p: int | None = None


ONE = Column("one")
POWERS = (0.5, 1.0, 2.0, 4.0)


def to_number(kind: str, log_sigma: Array) -> Array:
    """The number of that kind for a log sigma."""
    log = log_sigma * (2.0 if "variance" in kind else 1.0)
    return log if kind.startswith("log") else np.exp(log)


def log_sigma(kind: str, number: Array) -> Array:
    """log sigma from the number of that kind; NaN where there is none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        log = number if kind.startswith("log") else np.log(number)
    return log * (0.5 if "variance" in kind else 1.0)


def base(kind: str, plain: bool) -> str:
    """The kind in which columns are spelled: as given, or without the logarithm (or with one)."""
    return kind.removeprefix("log_") if plain else "log_" + kind.removeprefix("log_")


def _keys(two: bool) -> list[Column]:
    one_sided = [Column("", a) for a in (*POWERS, -1.0, -2.0)]
    means = [Column(what) for what in ("D", "|D|", "D2", "D4")] + [Column("D2", -a) for a in POWERS]
    logs = [Column("log q"), Column("log2 q")]
    if not two:
        return [*one_sided, *means, *logs, Column("D2", 2.0), Column("D2", 1.0), Column("D", -1.0)]
    ratios = [Column("", a, -b) for a, b in product((1.0, 2.0), (1.0, 2.0))]
    ratios += [Column("", 0.5, -0.5), Column("", 4.0, -4.0), Column("", 4.0, -2.0), Column("", 1.0, 1.0)]
    ratios += [Column("", 2.0, -4.0), Column("", 0.5, -1.0), Column("", 1.0, -0.5), Column("", 4.0, -1.0)]
    sums = [
        Column("D", -1.0),
        Column("D", -2.0),
        Column("|D|", -1.0),
        Column("|D|", -2.0),
        Column("S2", -2.0),
        Column("S2", -1.0),
    ]
    half = [*one_sided, *means, *logs, *ratios, *sums, Column("S2"), Column("mu2")]
    return list(dict.fromkeys(half + [mirrored(key) for key in half]))


def mirrored(key: Column) -> Column:
    """The same with q and p exchanged."""
    names = {
        "log q": "log p",
        "log2 q": "log2 p",
        "mu2": "m2",
        "log p": "log q",
        "log2 p": "log2 q",
        "m2": "mu2",
    }
    return Column(names.get(key.what, key.what), key.b, key.a)


def library(
    mu: Array, q: Array, m: Array | None, p: Array | None, keys: Sequence[Column] = ()
) -> dict[Column, Array]:
    """The columns (all, or those of the keys) of probes, which are along the first axis: a number for each.

    q and p are log sigma and log tau.
    """
    two = m is not None
    mu, q, m, p = np.broadcast_arrays(mu, q, 0.0 if m is None else m, 0.0 if p is None else p)
    d = mu - m
    factors = {
        "": np.ones_like(d), "D": d, "|D|": np.abs(d), "D2": d * d, "D4": d**4, "S2": (mu + m) ** 2,
        "mu2": mu * mu, "m2": m * m, "log q": q, "log p": p, "log2 q": q * q, "log2 p": p * p,
    }  # fmt: skip
    wanted = keys or KEYS[two]
    with np.errstate(over="ignore", invalid="ignore"):
        powers = {(a, b): np.exp(a * q + b * p) for a, b in {(k.a, k.b) for k in wanted}}
        terms = {k: factors[k.what] * powers[k.a, k.b] for k in wanted}
        found = {k: of.reshape(len(of), -1).sum(axis=1) for k, of in terms.items()}
    return {ONE: np.ones(len(d)), **found}


KEYS = {two: _keys(two) for two in (False, True)}

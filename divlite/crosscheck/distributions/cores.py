"""The sums that losses are made of, of two readings: P that of the target, Q that of the fit.

Those of the catalogue, and those that people write in their place.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..._types import Array
from ...language import phrase, template
from ...losses import LOSSES
from ...losses.protocol import each, finish, loss_name, summary, value
from ...views import view_of
from .readings import Reading


class Core(NamedTuple):
    """One sum. name: as a loss has it; says: what it is, of p and q, the names of the target and the fit.

    rows: of P, Q and the event axis, a number for every distribution. slip: what is wrong with it, of itself;
    numbers: what it has inside, to be told; terms: what is summed, where it is one sum.
    """

    name: str
    says: Callable[..., str]
    rows: Callable[[Reading, Reading, int], Array]
    slip: str = ""
    numbers: tuple[tuple[str, float], ...] = ()
    terms: Callable[[Reading, Reading], Any] | None = None


def kl(p: Reading, q: Reading) -> Array:
    """The terms p (log p - log q), with what a reading has in each place; 0 for a weight of 0."""
    return np.where(p.weight == 0.0, 0.0, p.weight * (p.own - q.log))


def to_mixture(p: Reading, q: Reading, b: float) -> tuple[Array, Array]:
    """The terms of KL(p || m) and of KL(q || m), with m = b p + (1 - b) q."""
    log_m = np.log(b * p.weight + (1.0 - b) * q.weight)
    return p.weight * (p.own - log_m), q.weight * (q.own - log_m)


def _from_mixture(p: Reading, q: Reading) -> Array:
    m = 0.5 * (p.weight + q.weight)
    return m * (np.log(m) - 0.5 * (p.log + q.log))


def _js(p: Reading, q: Reading) -> Array:
    of_p, of_q = to_mixture(p, q, 0.5)
    return 0.5 * (of_p + of_q)


def of_terms(name: str, says: str, terms: Callable[[Reading, Reading], Array], slip: str = "") -> Core:
    """The sum of these terms along the event axis. says: with braces for p and q."""

    def rows(p: Reading, q: Reading, axis: int) -> Array:
        return np.sum(terms(p, q), axis=axis)

    return Core(name, partial(phrase, says), rows, slip, terms=terms)


def _of(loss: Any) -> Core:
    def rows(p: Reading, q: Reading, axis: int) -> Array:
        terms = value(loss, p.weight, p.own, q.weight, q.own)
        return finish(loss, each(lambda term: np.sum(term, axis=axis), terms))

    name, said = loss_name(loss), summary(loss).partition(":")[0].partition(";")[0]
    says = f"{said[0].lower()}{said[1:]} of {{p}} and {{q}}"
    return Core(name, partial(phrase, says), rows)


_KLS = (
    of_terms("forward-kl", "KL({p} || {q})", kl),
    of_terms("reverse-kl", "KL({q} || {p})", lambda p, q: kl(q, p)),
    of_terms(
        "jeffreys",
        template("Jeffreys' divergence KL({p} || {q}) + KL({q} || {p})"),
        lambda p, q: kl(p, q) + kl(q, p),
    ),
    of_terms("jensen-shannon", template("the Jensen-Shannon divergence of {p} and {q}"), _js),
)
CATALOGUE = tuple(
    _of(loss)
    for loss in LOSSES
    if view_of(loss).derivative == "d_log_q" and loss_name(loss) not in {core.name for core in _KLS}
)
_OTHERS = (
    of_terms("cross-entropy", template("the cross-entropy -sum {p} log {q}"), lambda p, q: -p.weight * q.log),
    of_terms(
        "cross-entropy of q", template("the cross-entropy -sum {q} log {p}"), lambda p, q: -q.weight * p.log
    ),
    of_terms(
        "p to the mean",
        template("KL({p} || m), with m the mean of {p} and {q}"),
        lambda p, q: to_mixture(p, q, 0.5)[0],
    ),
    of_terms(
        "q to the mean",
        template("KL({q} || m), with m the mean of {p} and {q}"),
        lambda p, q: to_mixture(p, q, 0.5)[1],
    ),
    of_terms(
        "from the mean",
        template("the mean of KL(m || {p}) and KL(m || {q}), with m the mean of {p} and {q}"),
        _from_mixture,
        "from the mean",
    ),
    of_terms(
        "generalised-kl",
        template("generalised KL, sum {p} log({p}/{q}) - {p} + {q}"),
        lambda p, q: kl(p, q) - p.weight + q.weight,
    ),
    of_terms(
        "no log of p", "sum {p} ({p} - log {q})", lambda p, q: p.weight * (p.weight - q.log), "no log of p"
    ),
    of_terms(
        "no weight", template("sum log({p}/{q}), without a weight"), lambda p, q: p.log - q.log, "no weight"
    ),
    of_terms(
        "entropy of p",
        template("the entropy of {p}, which has no {q} in it"),
        lambda p, q: -p.weight * p.own + 0.0 * q.weight,
        "no q",
    ),
    of_terms(
        "entropy of q",
        template("the entropy of {q}, which has no {p} in it"),
        lambda p, q: -q.weight * q.own + 0.0 * p.weight,
        "no p",
    ),
    of_terms(
        "mse of logs",
        template("the squared difference of log {p} and log {q}"),
        lambda p, q: (p.log - q.log) ** 2,
    ),
    of_terms(
        "l1 of logs",
        template("the absolute difference of log {p} and log {q}"),
        lambda p, q: np.abs(p.log - q.log),
    ),
    of_terms(
        "total-variation",
        template("the total variation of {p} and {q}, half of their L1 distance"),
        lambda p, q: 0.5 * np.abs(p.weight - q.weight),
    ),
    of_terms(
        "pearson",
        template("Pearson's chi-square, sum ({p} - {q})^2/{q}"),
        lambda p, q: (p.weight - q.weight) ** 2 / q.weight,
    ),
    of_terms(
        "neyman",
        template("Neyman's chi-square, sum ({p} - {q})^2/{p}"),
        lambda p, q: (p.weight - q.weight) ** 2 / p.weight,
    ),
    of_terms("abs of terms", "sum abs({p} log({p}/{q}))", lambda p, q: np.abs(kl(p, q)), "terms"),
    of_terms("abs of reverse terms", "sum abs({q} log({q}/{p}))", lambda p, q: np.abs(kl(q, p)), "terms"),
    of_terms(
        "clamped terms", "sum max(0, {p} log({p}/{q}))", lambda p, q: np.maximum(kl(p, q), 0.0), "terms"
    ),
    of_terms(
        "clamped reverse terms",
        "sum max(0, {q} log({q}/{p}))",
        lambda p, q: np.maximum(kl(q, p), 0.0),
        "terms",
    ),
)
# The right sums first: of what fits equally, the first is named.
CORES: tuple[Core, ...] = (*_KLS, *CATALOGUE, *_OTHERS)
BY_NAME: Mapping[str, Core] = {core.name: core for core in CORES}

# Few enough to be tried at every value of a number that is not linear.
USUAL = (*_KLS, _OTHERS[0])

# What may be done to the sum of every distribution, or to the whole.
OUTER: Mapping[str, Callable[[Array], Array]] = {
    "": lambda s: s,
    "square root": np.sqrt,
    "absolute value": np.abs,
    "clamp": lambda s: np.maximum(s, 0.0),
    "square": np.square,
}


def summed(rows: Array) -> Array:
    """The sum over the distributions, one number a probe."""
    return np.sum(rows, axis=tuple(range(1, rows.ndim)))


def totals(rows: Array) -> Array:
    """What `summed` gives, for many readings and sums at once: these are along the first two axes."""
    return np.sum(rows, axis=tuple(range(3, rows.ndim)))

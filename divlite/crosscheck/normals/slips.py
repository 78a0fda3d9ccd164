"""What people write in place of the KL of two Normals, term by term."""

from collections.abc import Mapping
from math import isclose, log, pi
from typing import NamedTuple

from ...language import phrase, template
from .columns import Column, mirrored

Terms = Mapping[Column, float]
HALF_LOG_2PI = 0.5 * log(2 * pi)
LIMIT = 1e-6  # of two coefficients that count as equal: they are fitted


class Role(NamedTuple):
    """One term of a formula, and what people write in its place: (name of the slip, the terms)."""

    name: str
    terms: Terms
    variants: tuple[tuple[str, Terms], ...] = ()


class Formula(NamedTuple):
    """A closed form: its terms, and the constant of each dimension."""

    name: str
    says: str
    roles: tuple[Role, ...]
    constant: float


class Slip(NamedTuple):
    """One difference: its name, the terms that are there, the terms that are due, the factor between them."""

    name: str
    found: Terms
    due: Terms
    factor: float | None = None


def kl(name: str, gq: float, gp: float, two: bool) -> Formula:
    """KL(q || p) = (D^2 + s^2)/(2 t^2) + log t/s - 1/2 of s = sigma^gq and t = tau^gp."""
    a, b = 2 * gq, -2 * gp if two else 0.0
    square, variance = Column("D2", 0.0, b), Column("", a, b)
    logs = {Column("log q"): -gq} | ({Column("log p"): gp} if two else {})
    roles = (
        Role("square", {square: 0.5}, _square(square, a)),
        Role("variance", {variance: 0.5}, _variance(variance)),
        Role("log", logs, _log(gq, gp if two else None)),
    )
    return Formula(name, phrase(KL, name), roles, -0.5)


KL = template("the Kullback-Leibler divergence {}")


def reverse(formula: Formula, name: str) -> Formula:
    """The same with q and p exchanged."""
    roles = tuple(
        Role(r.name, _mirror(r.terms), tuple((name, _mirror(v)) for name, v in r.variants))
        for r in formula.roles
    )
    return Formula(name, phrase(KL, name), roles, formula.constant)


def formulas(gq: float, gp: float, two: bool) -> tuple[Formula, ...]:
    """All closed forms that a function is compared with, the likely ones first."""
    forward = kl("KL(q || p)", gq, gp, two)
    other = reverse(kl("KL(q || p)", gp, gq, True), "KL(p || q)")
    if not two:
        other = _without_p(other)
    both = phrase("Jeffreys, KL(q || p) + KL(p || q)")
    jeffreys = Formula("Jeffreys", both, _joined(forward, other), -1.0)
    spread = {Column("", 2 * gq): 1.0, Column("", gq, gp if two else 0.0): -2.0}
    spread |= {Column("", 0.0, 2 * gp): 1.0} if two else {}
    moved = (Role("square", {Column("D2"): 1.0}), Role("spread", spread))
    wasserstein = Formula("W2", phrase("the squared 2-Wasserstein distance"), moved, 0.0 if two else 1.0)
    cross = (forward.roles[0], forward.roles[1], *([Role("log", {Column("log p"): gp})] if two else []))
    says = phrase("the cross-entropy of q and p, KL plus the entropy of q")
    entropy = Formula("cross-entropy", says, cross, HALF_LOG_2PI)
    return forward, other, jeffreys, wasserstein, entropy


def constant_slips(each: float, once: float, due: float) -> list[Slip]:
    """The slips of the constant: `each` of every dimension, and `once` a distribution, where `due` is due."""
    if equal(each, due) and equal(once, 0):
        return []
    found: list[Slip] = []
    if not equal(once, 0):
        if equal(each, 0) and equal(once, due):
            return [Slip("constant of one dimension", {}, {})]
        found.append(Slip("constant", {}, {}, once))
    rest = each
    for multiple in (1, 2, -1, -2):
        if any(equal(each - multiple * HALF_LOG_2PI, c) for c in {due, 0.0, -due}) and due != HALF_LOG_2PI:
            rest = each - multiple * HALF_LOG_2PI
            found.append(Slip("log 2 pi", {}, {}, multiple * HALF_LOG_2PI))
            break
    if not equal(rest, due):
        name = (
            "constant missing"
            if equal(rest, 0)
            else "sign of the constant"
            if equal(rest, -due)
            else "constant"
        )
        found.append(Slip(name if due == -0.5 else "constant", {}, {}, rest))
    return found


def equal(a: float, b: float) -> bool:
    return isclose(a, b, rel_tol=LIMIT, abs_tol=LIMIT)


def _mirror(terms: Terms) -> Terms:
    return {mirrored(key): c for key, c in terms.items()}


def _without_p(formula: Formula) -> Formula:
    """With tau = 1: what is multiplied by its powers stays, its logarithm is 0."""

    def kept(terms: Terms) -> Terms:
        return {Column(k.what, k.a): c for k, c in terms.items() if k.what != "log p"}

    roles = tuple(
        Role(r.name, kept(r.terms), tuple((n, kept(v)) for n, v in r.variants)) for r in formula.roles
    )
    return formula._replace(roles=roles)


def _joined(one: Formula, other: Formula) -> tuple[Role, ...]:
    """The roles of a sum of two formulas in which the logarithms cancel."""
    return tuple(r for f in (one, other) for r in f.roles if r.name != "log")


def _square(key: Column, a: float) -> tuple[tuple[str, Terms], ...]:
    b = key.b
    undivided = [("bracket", {Column("D2"): 0.5}), ("bracket", {Column("D2"): 1.0})] if b else []
    return (
        *(("mean not squared", {Column(what, 0.0, to): 0.5}) for what in ("D", "|D|") for to in {b, b / 2}),
        ("means added", {Column("S2", 0.0, b): 0.5}),
        ("power", {Column("D4", 0.0, b): 0.5}),
        *(("power", {Column("D2", 0.0, to): 0.5}) for to in ((b / 2, 2 * b) if b else ())),
        ("power", {Column("D2", -a, 0.0): 0.5}),
        *undivided,
    )


def _variance(key: Column) -> tuple[tuple[str, Terms], ...]:
    a, b = key.a, key.b
    powers = {(a / 2, b / 2), (2 * a, 2 * b), (a / 2, b), (2 * a, b), (a, b / 2), (a, 2 * b)} - {(a, b)}
    undivided = [("bracket", {Column("", a): 0.5}), ("bracket", {Column("", a): 1.0})] if b else []
    return (
        *(("power", {Column("", *to): 0.5}) for to in sorted(powers)),
        ("ratio upside down", {Column("", -a, -b): 0.5}),
        ("exp forgotten", {Column("log2 q"): 0.5 * a * a}),
        ("exp forgotten", {Column("log2 q"): 0.125 * a * a}),
        *undivided,
    )


def _log(gq: float, gp: float | None) -> tuple[tuple[str, Terms], ...]:
    q, p = {Column("log q"): -gq}, {Column("log p"): gp or 0.0}
    if gp is None:
        return (("log forgotten", {Column("", 1.0): -gq}), ("log forgotten", {Column("", 2.0): -0.5 * gq}))
    return (("term missing", q), ("term missing", p))

"""Which formula a sum of columns is, with the fewest slips."""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np

from ..sparse import Shape
from .columns import ONE, Column
from .probes import Fitted
from .slips import LIMIT, Formula, Role, Slip, constant_slips, equal, formulas

Powers = tuple[int | None, ...] | None
MISSING, EXTRA, FACTOR = 1.2, 1.5, 1.1  # prices beside 1 for a slip with a name


class Match(NamedTuple):
    """fn = factor * prod n_i^powers * (the formula with the slips), the numbers taken for kinds q and p."""

    cost: float
    q: str
    p: str
    formula: Formula
    factor: float
    powers: tuple[int, ...]
    slips: tuple[Slip, ...]
    exchanged: bool
    fixed: bool = False  # the factor holds a size as a fixed number


class Meant(NamedTuple):
    """formulas: the price of each by its name, 0 for what is meant; mean as in crosscheck's argument."""

    prices: dict[str, float]
    mean: str | None


KIN = {"sigma": "variance", "variance": "sigma", "log_sigma": "log_variance", "log_variance": "log_sigma"}


def matches(fitted: Fitted, q: str, p: str, meant: Meant) -> list[Match]:
    """All of them, the cheapest first. q and p: the kinds of number that are given."""
    found: list[Match] = []
    for taken_q, taken_p in product((fitted.q, KIN[fitted.q]), (fitted.p, KIN[fitted.p]) if p else ("",)):
        wrong = sorted({_pair(q, taken_q)} | {_pair(p, taken_p)} if p else {_pair(q, taken_q)})
        price = sum(bool(pair) for pair in wrong) + 1.0 * fitted.exchanged
        price += 0.1 * (taken_q != fitted.q and fitted.q != q)
        gq, gp = _power(fitted.q, taken_q), _power(fitted.p, taken_p) if p else 0.0
        for formula in formulas(gq, gp, bool(p)):
            for one in _with_formula(fitted, formula, meant):
                found.append(one._replace(cost=one.cost + price, q=taken_q, p=taken_p))
    return sorted(found, key=lambda one: one.cost)


def _pair(kind: str, taken: str) -> str:
    return "" if kind == taken else f"{kind} {taken}"


def _power(spelled: str, taken: str) -> float:
    """g of sigma_taken = sigma_spelled^g."""
    return 1.0 if spelled == taken else 2.0 if "variance" in spelled else 0.5


def _with_formula(fitted: Fitted, formula: Formula, meant: Meant) -> Iterator[Match]:
    shape = fitted.constants[0][0]
    for total, powers in _totals(fitted, formula, shape):
        for factor, x, fixed, price in _factors(total, powers, shape, meant.mean):
            roles, cost = _roles({k: c / total for k, c in fitted.coefficients.items() if k != ONE}, formula)
            slips = [*roles, *_constant(fitted, factor, x, fixed, formula.constant)]
            cost += len(slips) - len(roles) + price + meant.prices[formula.name]
            found = Match(cost, "", "", formula, factor, x, tuple(slips), fitted.exchanged, fixed)
            yield found


def _totals(fitted: Fitted, formula: Formula, shape: Shape) -> Iterator[tuple[float, Powers]]:
    """What the whole may be multiplied by: the ratios of the coefficients to the formula's."""
    due = {key: c for role in formula.roles for key, c in role.terms.items()}
    seen: list[float] = []
    for key, c in fitted.coefficients.items():
        if key in due and not any(equal(c / due[key] / old, 1) for old in seen):
            seen.append(c / due[key])
            yield seen[-1], fitted.powers.get(key)


def _factors(
    total: float, powers: Powers, shape: Shape, mean: str | None
) -> list[tuple[float, tuple[int, ...], bool, float]]:
    """total = factor * prod n_i^x: (factor, x, whether a size is a fixed number, price)."""
    found: list[tuple[float, tuple[int, ...], bool, float]] = []
    known = powers or (None,) * len(shape)
    choices = [(0, -1, 1) if x is None and n > 1 else (x or 0,) for x, n in zip(known, shape, strict=True)]
    for x in product(*choices):
        factor = total / prod(float(n) ** power for n, power in zip(shape, x, strict=True))
        reduction = 0.0 if accepted(x, mean) else 1.0
        guess = 0.01 * sum(power != 0 for power, sure in zip(x, known, strict=True) if sure is None)
        guess += 0.5 * sum(power == 1 for power in x)
        found.append((_round(factor), x, False, reduction + guess + (0.0 if equal(factor, 1) else 1.0)))
    if powers is not None and all(power == 0 for power in powers):
        for x in product(*((0, -1) if n > 1 else (0,) for n in shape)):
            size = prod(float(n) ** power for n, power in zip(shape, x, strict=True))
            if any(x) and equal(total / size, 1):
                found.append((1.0, x, True, 0.02 + (0.0 if accepted(x, mean) else 1.0)))
    return found


def accepted(x: Sequence[int], mean: str | None) -> bool:
    """Whether this is the sum over the latent dimensions, and over the batch what is meant: any, if None."""
    batch = tuple(x[:-1])
    if x and x[-1] != 0:
        return False
    means = {"distribution": batch == (-1,) * len(batch), "sum": not any(batch)}
    return means.get(mean or "", set(batch) <= {0, -1})


def _round(c: float) -> float:
    """A coefficient without the last digits of the fit."""
    near = float(f"{c:.6g}")
    return near if equal(c, near) else c


def _roles(left: dict[Column, float], formula: Formula) -> tuple[list[Slip], float]:
    """The slips in the terms, and their price: each role takes what it explains, the rest is too much."""
    slips: list[Slip] = []
    price = 0.0
    for role in formula.roles:
        slip, cost = _role(left, role)
        price += cost
        slips += [slip] if slip else []
    for key, c in left.items():
        slips.append(Slip("extra term", {key: _round(c)}, {}))
        price += EXTRA
    return slips, price


def _role(left: dict[Column, float], role: Role) -> tuple[Slip | None, float]:
    """The cheapest explanation of one term; what it explains is taken out of `left`."""
    ratios = [left[key] / c for key, c in role.terms.items() if key in left]
    if len(ratios) == len(role.terms) and np.ptp(ratios) <= LIMIT * max(map(abs, ratios)):
        for key in role.terms:
            del left[key]
        ratio = _round(ratios[0])
        if equal(ratio, 1):
            return None, 0.0
        doubled = "factor of a term" if role.name == "log" else "half of a term forgotten"
        named = {-1.0: "sign of a term", 2.0: doubled}.get(ratio, "factor of a term")
        return Slip(named, {k: ratio * c for k, c in role.terms.items()}, role.terms, ratio), FACTOR
    for name, terms in role.variants:
        if all(key in left and equal(left[key], c) for key, c in terms.items()):
            for key in terms:
                del left[key]
            missing = {k: c for k, c in role.terms.items() if k not in terms}
            return Slip(name, terms, missing if name == "term missing" else role.terms), 1.0
    if ratios:  # a part of it is there, or with another factor: what is left of it is too much
        for key, c in role.terms.items():
            if key in left and equal(left[key], c):
                del left[key]
    return Slip("log sigma missing" if role.name == "log" else "term missing", {}, role.terms), MISSING


def _constant(fitted: Fitted, factor: float, x: tuple[int, ...], fixed: bool, due: float) -> list[Slip]:
    """The slips of the constant, as it moves with the shape or as a fixed number: the fewer of the two."""
    rows = [(float(prod(shape)), float(prod(shape[:-1]))) for shape, _ in fitted.constants]
    values = [c / _weight(shape, factor, x) for shape, c in fitted.constants]
    moving = _parts(rows[:1] if fixed else rows, values[:1] if fixed else values)
    still = [(values[0] / rows[0][0], 0.0), (0.0, values[0] / rows[0][1])]
    found = [constant_slips(_round(each), _round(once), due) for each, once in (*moving, *still)]
    return min(found, key=_unnamed)


def _unnamed(slips: list[Slip]) -> float:
    return sum(2.5 if slip.name == "constant" else 1.0 for slip in slips)


def _weight(shape: Shape, factor: float, x: tuple[int, ...]) -> float:
    return factor * prod(float(n) ** power for n, power in zip(shape, x, strict=True))


def _parts(rows: list[tuple[float, float]], values: list[float]) -> Iterator[tuple[float, float]]:
    """(each, once) of value = each * elements + once * distributions at all shapes."""
    table, due = np.array(rows), np.array(values)
    for columns in ([0], [1], [0, 1]):
        solution = np.linalg.lstsq(table[:, columns], due, rcond=None)[0]
        if np.abs(table[:, columns] @ solution - due).max() <= LIMIT * max(1.0, np.abs(due).max()):
            parts = np.zeros(2)
            parts[columns] = solution
            yield float(parts[0]), float(parts[1])
            return

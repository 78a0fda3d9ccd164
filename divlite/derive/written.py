"""Arithmetic that leaves a formula as it is written: nothing is multiplied out, and terms keep their order.

It does what a person does while writing: numbers are put together and stand first, equal factors become a
power, a minus goes into a sum that is added, and what is 0 or 1 is left out.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import sympy as sp

from .notation import carried_out

# A formula is run again for every part of a page: the same arithmetic comes back, and need not be done again.
# Typed, because 1 and 1.0 are equal, and only one of them is exact.
again = lru_cache(2**14, typed=True)


@again
@carried_out
def times(*factors: Any) -> Any:
    """The product: its number, then its factors in the order of their first appearance."""
    parts = [part for factor in factors for part in _factors(sp.sympify(factor))]
    number = sp.Mul(*(part for part in parts if isinstance(part, sp.Rational)))
    powers = _summed(_base_exp(part) for part in parts if not isinstance(part, sp.Rational))
    left = [power(base, exponent) for base, exponent in powers.items()]
    if number == 0 or not left:
        return number
    return _of(sp.Mul, left if number == 1 else [number, *left])


def _summed(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """The sum of the numbers that belong to each thing, in the order of its first appearance; but for 0."""
    sums: dict[Any, Any] = {}
    for thing, number in pairs:
        sums[thing] = sums[thing] + number if thing in sums else number
    return {thing: number for thing, number in sums.items() if number != 0}


def _factors(math: Any) -> tuple[Any, ...]:
    """The factors of a product, a power of a product taken factor by factor."""
    factors = sp.Mul.make_args(math)
    composed = any(f.is_Pow and (f.base.is_Mul or isinstance(f.base, sp.Rational)) for f in factors)
    return tuple(g for f in factors for g in sp.Mul.make_args(power(*_base_exp(f)))) if composed else factors


@again
@carried_out
def plus(*terms: Any) -> Any:
    """The sum: its terms in the order of their first appearance, its number last."""
    parts = [counted(part) for term in terms for part in added(sp.sympify(term))]
    number = sp.Add(*(count for count, rest in parts if rest == 1))
    counts = _summed((rest, count) for count, rest in parts if rest != 1)
    left = [times(count, rest) for rest, count in counts.items()]
    return _of(sp.Add, [*left, number] if number != 0 or not left else left)


@again
@carried_out
def power(base: Any, exponent: Any) -> Any:
    """The power; that of a product, or of a power, factor by factor where that is the same."""
    base, exponent = sp.sympify(base), sp.sympify(exponent)
    if exponent == 1 or base == 1 or (isinstance(base, sp.Rational) and exponent.is_Integer):
        return base**exponent
    if base.is_Mul and (exponent.is_Integer or all(part.is_positive for part in base.args)):
        return times(*(power(part, exponent) for part in base.args))
    if base.is_Pow and (exponent.is_Integer or base.base.is_positive):
        return power(base.base, base.exp * exponent)
    return sp.Pow(base, exponent, evaluate=False)


@carried_out
def rebuilt(math: Any, new: Mapping[Any, Any]) -> Any:
    """The expression with others put in for some of its parts."""
    if math in new:
        return new[math]
    if not math.args or isinstance(math, sp.Indexed):
        return math
    args = [rebuilt(arg, new) for arg in math.args]
    by_kind: dict[Any, Callable[..., Any]] = {sp.Add: plus, sp.Mul: times, sp.Pow: power}
    kind = by_kind.get(
        math.func, lambda *args: math.func(*args, **({"evaluate": False} if math.is_Function else {}))
    )
    return kind(*args) if args != list(math.args) else math


def without_jumps(rate: Any) -> Any:
    """A derivative between the places where a sign jumps."""
    return rate.xreplace(dict.fromkeys(rate.atoms(sp.DiracDelta), sp.S.Zero))


@again
@carried_out
def carried(math: Any) -> Any:
    """The expression with its arithmetic carried out."""
    return sp.cancel(math.doit())


def minus(term: Any) -> Any:
    return times(-1, term)


@again
@carried_out  # here, and not in each call below: SymPy empties its caches at every switch
def over(a: Any, b: Any) -> Any:
    return times(a, power(b, -1))


def added(math: Any) -> tuple[Any, ...]:
    """The terms of a sum; a minus before it goes to each of them."""
    if math.is_Mul and len(math.args) == 2 and math.args[0] == -1 and math.args[1].is_Add:
        return tuple(minus(term) for term in math.args[1].args)
    return sp.Add.make_args(math)


def counted(term: Any) -> tuple[Any, Any]:
    """The number that a term begins with, and the rest of it."""
    first, *rest = sp.Mul.make_args(term)
    return (first, _of(sp.Mul, rest)) if isinstance(first, sp.Rational) else (sp.S.One, term)


@carried_out
def gathered(math: Any) -> Any:
    """A sum as a product: the factors that all of its terms have, times what is left of them."""
    terms = [dict(map(_base_exp, sp.Mul.make_args(counted(term)[1]))) for term in added(math)]
    shared = [base for base in terms[0] if all(base in other for other in terms)]
    smallest = {base: min((t[base] for t in terms), key=lambda e: (abs(e), e)) for base in shared}
    same = {b: e for b, e in smallest.items() if all(t[b].is_Rational and t[b] * e > 0 for t in terms)}
    common = times(*(power(base, exponent) for base, exponent in same.items()))
    left = [over(term, common) for term in added(math)]
    return times(
        common, plus(*sorted(left, key=lambda term: bool(counted(term)[0].is_negative)))
    )  # a minus does not stand first


def _base_exp(factor: Any) -> tuple[Any, Any]:
    return (factor.base, factor.exp) if factor.is_Pow else (factor, sp.S.One)


def _of(kind: Any, parts: list[Any]) -> Any:
    return kind(*parts, evaluate=False) if len(parts) > 1 else parts[0] if parts else sp.S(kind.identity)

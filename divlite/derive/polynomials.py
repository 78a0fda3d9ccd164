"""Quotients of polynomials: over one denominator, and in factors."""

from functools import reduce
from math import prod
from typing import Any

import sympy as sp


def fraction_of(math: Any, ring: Any) -> tuple[Any, Any]:
    """A quotient of polynomials as one polynomial over another."""
    if isinstance(math, sp.Add):
        parts = [fraction_of(term, ring) for term in math.args]
        common = reduce(multiple, (below for _, below in parts))
        return sum((above * common.exquo(below) for above, below in parts), ring.zero), common
    if isinstance(math, sp.Mul):
        parts = [fraction_of(factor, ring) for factor in math.args]
        return prod((above for above, _ in parts), start=ring.one), prod(
            (b for _, b in parts), start=ring.one
        )
    if isinstance(math, sp.Pow):
        above, below = fraction_of(math.base, ring)
        n = abs(int(math.exp))
        return (above**n, below**n) if math.exp.is_positive else (below**n, above**n)
    return ring.from_expr(math), ring.one


def multiple(a: Any, b: Any) -> Any:
    """The least common multiple."""
    return a if a == b or b == 1 else b if a == 1 else a.lcm(b)


def factors(quotient: Any) -> list[tuple[Any, Any]]:
    """(factor, power) of a quotient of polynomials; numbers in their primes."""
    result: list[tuple[Any, Any]] = []
    for part, side in zip(sp.fraction(sp.together(quotient)), (1, -1), strict=True):
        number, factors = sp.factor_list(part)
        if number < 0 or not number.is_Rational:
            result.append((number, sp.Integer(side)))
        else:
            result += [(sp.Integer(n), sp.Integer(side * e)) for n, e in sp.factorrat(number).items()]
        result += [(f, sp.Integer(side * e)) for f, e in factors]
    return result

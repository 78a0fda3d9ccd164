"""Expressions as polynomials over polynomials, and polynomials taken apart."""

from collections.abc import Container, Mapping
from functools import reduce
from math import prod
from operator import index
from typing import Any


def over(math: Any, ring: Any, names: Mapping[Any, Any]) -> tuple[Any, Any]:
    """An expression as one polynomial over another, with what they share: to cancel it once is quicker."""
    if math.is_Rational:
        return ring(math.p), ring(math.q)
    if math.is_Pow:
        pair, exponent = over(math.base, ring, names), index(math.exp)
        above, below = pair if exponent > 0 else pair[::-1]
        return above ** abs(exponent), below ** abs(exponent)
    if not (math.is_Add or math.is_Mul):
        return names[math], ring.one
    pairs = [over(arg, ring, names) for arg in math.args]
    if math.is_Mul:
        return prod(above for above, _ in pairs), prod(below for _, below in pairs)
    common = reduce(lambda a, b: a.lcm(b), dict.fromkeys(below for _, below in pairs))
    return sum((above * common.exquo(below) for above, below in pairs), ring.zero), common


def terms_of(polynomial: Any, inside: Container[Any]) -> dict[Any, Any]:
    """{a product of what stands inside of the sum: the polynomial in the others that it is multiplied by}."""
    ring, found = polynomial.ring, dict[Any, Any]()
    within = [name in inside for name in ring.symbols]
    for powers, count in polynomial.terms():
        kept, taken = (
            tuple(e * (is_in == side) for e, is_in in zip(powers, within, strict=True))
            for side in (True, False)
        )
        found.setdefault(kept, {})[taken] = count
    return {
        ring.from_dict({kept: 1}).as_expr(): ring.from_dict(taken).as_expr() for kept, taken in found.items()
    }

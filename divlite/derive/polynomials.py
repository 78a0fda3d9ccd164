"""Expressions as polynomials over polynomials, and polynomials taken apart."""

from collections.abc import Container, Mapping
from functools import reduce
from math import prod
from operator import index
from typing import Any


def ratio(math: Any, ring: Any, names: Mapping[Any, Any]) -> tuple[Any, Any]:
    """An expression in names as one polynomial over another.

    What both have in common is not cancelled: to do that once, at the end, is quicker.

    Raises: ValueError for what is neither a name nor a quotient of polynomials in names.
    """
    if math.is_Rational:
        return ring(math.p), ring(math.q)
    if math.is_Pow and math.exp.is_Integer:
        pair, exponent = ratio(math.base, ring, names), index(math.exp)
        above, below = pair if exponent > 0 else pair[::-1]
        return above ** abs(exponent), below ** abs(exponent)
    if not (math.is_Add or math.is_Mul):
        if math not in names:
            raise ValueError(
                f"expected a quotient of polynomials in {', '.join(map(str, names))}, got {math}"
            )
        return names[math], ring.one
    pairs = [ratio(arg, ring, names) for arg in math.args]
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

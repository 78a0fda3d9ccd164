"""Formulas in a short form, and limits."""

from typing import Any

from ..notation import *
from ..written import again, times


@again
@carried_out
def simple(math: Any) -> Any:
    """The expression in a short form, its terms and factors in a reader's order."""
    if math.has(sp.Abs, sp.sign):
        signed = math.replace(sp.Abs, _with_sign).replace(sp.sign, _plain_sign)
        return tidy(sp.factor(sp.expand(signed)))
    return tidy(sp.factor(sp.cancel(math)))


def _with_sign(a: Any) -> Any:
    return a * sp.sign(a)


def _plain_sign(a: Any) -> Any:
    """The sign of a; what it is divided by, if that is above 0, does not count."""
    return sp.sign(sp.together(a))


@carried_out
def tidy(math: Any) -> Any:
    """The same, its terms and factors in the order in which SymPy prints them."""
    if not math.args or isinstance(math, sp.Indexed):
        return math
    if math.is_Add:
        return sp.Add(*map(tidy, math.as_ordered_terms()), evaluate=False)
    if math.is_Mul:
        number, rest = math.as_coeff_Mul()
        return times(number, *map(tidy, rest.as_ordered_factors()))
    return math.func(*map(tidy, math.args))


@again
@carried_out
def limit(f: Any, variable: Any) -> Any:
    """The limit of f as the variable goes to 0 from above; None where SymPy finds none."""
    there = sp.Dummy(positive=True)
    others = {e: sp.Dummy(positive=True) for e in f.atoms(sp.Indexed) if e != variable}
    try:
        found = sp.limit(f.xreplace({variable: there, **others}).doit(), there, 0, "+")
    except (NotImplementedError, ValueError, TypeError):
        return None
    return simple(found.xreplace({new: old for old, new in others.items()}))

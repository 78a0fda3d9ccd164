"""A formula that is one expression on one side of a kink, and another on the other."""

from typing import Any

import sympy as sp

from .written import carried, counted, minus, plus, times


def on_sides(u: Any, first: Any, second: Any) -> Any:
    """The first for u > 0, the second for u < 0: |u|, a sign, or (a + b)/2 + sign(u) (a - b)/2."""
    if counted(u)[0].is_negative:
        u, first, second = minus(u), second, first
    for one, other in ((first, second), (_beside(first, u, 1), _beside(second, u, -1))):
        if carried(one - other) == 0:
            return one
        if carried(one + other) == 0:
            return sp.Abs(u, evaluate=False) if carried(one - u) == 0 else times(_sign(u), one)
    half, jump = plus(one, other), plus(one, minus(other))
    return plus(times(sp.S.Half, half), times(sp.S.Half, _sign(u), jump))


def _sign(u: Any) -> Any:
    return sp.sign(u, evaluate=False)


def _beside(side: Any, u: Any, sign: int) -> Any:
    """An expression on that side of a kink, where the signs of u and -u are known."""
    found = [e for e in side.atoms(sp.sign, sp.Abs) if carried(e.args[0] / u) in (1, -1)]
    known = {e: sign * (u if isinstance(e, sp.Abs) else carried(e.args[0] / u)) for e in found}
    return plus(*sp.Add.make_args(side.xreplace(known))) if known else side

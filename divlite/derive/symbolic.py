"""The symbolic half of the proof: expressions brought to one form, in which equal ones are the same.

A sum over the points is linear: it is expanded, and everything that does not depend on its index is taken
out. What is left under each sum is then a symbol of its own, so an equality shown here holds for any number
of points. How q moves with mu and sigma SymPy finds from log N(x; mu, sigma) itself.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import sympy as sp

from . import notation
from .notation import (
    D,
    Limit,
    Normal,
    Total,
    X,
    a,
    carried_out,
    i,
    mu,
    p,
    p_,
    q,
    q_,
    sigma,
    t,
    v,
    x,
    z,
)

b = sp.Symbol("b", integer=True)  # the bound index of a sum in canonical form
POINTS = notation.i, notation.n, notation.k
NORMAL = Normal(x[i], mu, sigma)
SIGMA_IS = {v: sp.sqrt(v), t: sp.exp(t)}


def log_normal(at: Any, mu: Any, sigma: Any) -> Any:
    """log N, written out."""
    return -((at - mu) ** 2) / (2 * sigma**2) - sp.log(sigma) - sp.log(2 * sp.pi) / 2


def canonical(math: Any, definitions: Mapping[Any, Any], written_out: bool = False) -> Any:
    """The expression with definitions put in, derivatives carried out, and sums taken apart.

    written_out: with q put in too, which is the Normal at x_i unless the definitions say otherwise.
    """
    return _canonical(math, tuple(definitions.items()), written_out)


@lru_cache(2048)  # a line is compared with the line before it, and with the line after it
@carried_out
def _canonical(math: Any, items: tuple[tuple[Any, Any], ...], written_out: bool) -> Any:
    definitions = dict(items)
    result = _rebuild(math, definitions).xreplace({v: sigma**2, t: sp.log(sigma)})
    if written_out:
        density = _rebuild(definitions.get(q, NORMAL), definitions)
        for j in (b, *POINTS):
            at_j = density.xreplace({i: j})
            result = result.xreplace({sp.log(q[j]): sp.expand_log(sp.log(at_j), force=True)})
            result = result.xreplace({q[j]: at_j})
        return _again(result)
    if q_ in definitions:
        # q in terms of q', and not the other way: fractions with q' below are then sums of its powers.
        lifted = {old: definitions[new] - old[i] for old, new in ((p, p_), (q, q_))}
        if any(e.atoms(sp.Indexed) for e in lifted.values()):
            raise ValueError("definitions: expected p' and q' to be p and q and a constant")
        new = {p: p_, q: q_}
        lowered = {old[j]: new[old][j] - e for j in (b, *POINTS) for old, e in lifted.items()}
        return _again(result.xreplace(lowered))
    return result


def equal(first: Any, second: Any, given: Iterable[Any] = ()) -> bool:
    """Whether two canonical expressions are the same, under equations lhs = rhs, which are canonical too."""
    difference, equations = first - second, list(given)
    while equations:
        equation = equations.pop(0)
        difference = _under(difference, equation)
        equations = [(_under(left, equation), _under(right, equation)) for left, right in equations]
    return _is_zero(difference)


def nonzero(canonical_factor: Any) -> bool:
    """Whether an expression is never 0, because of the signs of what it is made of."""
    return bool(canonical_factor.is_nonzero)


def _rebuild(math: Any, definitions: Mapping[Any, Any]) -> Any:
    if math in definitions:
        return _rebuild(definitions[math], definitions)
    if not math.args:
        return math
    if isinstance(math, sp.Indexed):
        return (x[math.indices[0]] - mu) / sigma if math.base == z else math
    args = [_rebuild(arg, definitions) for arg in math.args]
    if isinstance(math, D):
        return _derivative(*args)
    if isinstance(math, Total):
        return _linear(args[0].xreplace({i: b}))
    if isinstance(math, Limit):
        there = sp.Dummy(positive=True)
        return sp.limit(args[0].xreplace({args[1]: there}), there, 0, "+")
    if isinstance(math, notation.Integral):
        return _gaussian_integral(args[0])
    if isinstance(math, Normal):
        return sp.exp(log_normal(*args))
    if isinstance(math, sp.sign | sp.Abs):
        (u,) = args
        sign = -sp.sign(-u) if u.could_extract_minus_sign() else sp.sign(u)
        return sign if isinstance(math, sp.sign) else sign * u
    return math.func(*args)


def _again(math: Any) -> Any:
    """Sums taken apart once more, after what stands under them has changed."""
    return math.xreplace({total: _linear(total.args[0]) for total in math.atoms(Total)})


def _linear(f: Any) -> Any:
    """sum_b f as c_1 sum_b f_1 + c_2 sum_b f_2 + ..., with no b in any c, and no sum in any f."""
    result = sp.S.Zero
    totals = {sum_: sp.Dummy() for sum_ in f.atoms(Total)}  # whose own b is another
    for term in sp.Add.make_args(_expanded(f.xreplace(totals))):
        outside, inside = term.as_independent(b, as_Add=False)
        deltas = [factor for factor in sp.Mul.make_args(inside) if isinstance(factor, sp.KroneckerDelta)]
        if deltas:
            j = next(index for index in deltas[0].args if index != b)
            result += outside * (inside / deltas[0]).xreplace({b: j})
        else:
            result += outside * Total(inside)
    return result.xreplace({dummy: sum_ for sum_, dummy in totals.items()})


def _expanded(f: Any) -> Any:
    f = sp.expand(sp.expand_log(f, force=True), power_exp=False)
    even = f.atoms(sp.Pow)
    return f.xreplace({e: e.base ** (e.exp % 2) for e in even if isinstance(e.base, sp.sign)})


def _derivative(f: Any, variable: Any) -> Any:
    """The chain rule: through what f is made of, and through each sum."""
    totals = {sum_: sp.Dummy() for sum_ in f.atoms(Total)}
    outer = f.xreplace(totals)
    result = _rate(outer, variable)
    for sum_, dummy in totals.items():
        (summand,) = sum_.args
        if isinstance(variable, sp.log):
            (vector,) = variable.args
            inner = _rate(summand, sp.log(vector.base[b])).xreplace({b: vector.indices[0]})
        else:
            inner = _linear(_rate(summand, variable))
        result += sp.diff(outer, dummy) * inner
    return result.xreplace({dummy: sum_ for sum_, dummy in totals.items()})


def _rate(f: Any, variable: Any) -> Any:
    """df/dvariable for an f without sums; q and q' depend on the variable, each in its own way."""
    if isinstance(variable, sp.log):
        (vector,) = variable.args
        j = vector.indices[0]
        moved = {q[j]: vector, q_[j]: vector} if vector.base in (q, q_) else {vector: vector}
        explicit = sp.S.Zero
    elif isinstance(variable, sp.Indexed) and variable.base == a:
        j = variable.indices[0]
        moved = {e: e * (sp.KroneckerDelta(e.indices[0], j) - q[j]) for e in _indexed(f, q)}
        explicit = f.diff(variable)
    elif variable in (mu, sigma):
        moved = {
            e: q[e.indices[0]] * sp.diff(log_normal(x[e.indices[0]], mu, sigma), variable)
            for e in (*_indexed(f, q), *_indexed(f, q_))
        }
        explicit = f.diff(variable)
    elif variable in SIGMA_IS:
        return _rate(f, sigma) * SIGMA_IS[variable].diff(variable) + f.diff(variable)
    else:
        return f.diff(variable)
    result = explicit + sum(f.diff(e) * rate for e, rate in moved.items())
    # |u| has a kink at 0, its sign a jump: both are left out, as a subgradient may.
    return result.xreplace(dict.fromkeys(result.atoms(sp.DiracDelta), sp.S.Zero))


def _indexed(f: Any, base: Any) -> list[Any]:
    return [e for e in f.atoms(sp.Indexed) if e.base == base]


def _gaussian_integral(f: Any) -> Any:
    """The integral over x of polynomials in x times exp of a quadratic, term by term."""
    result = sp.S.Zero
    for term in sp.Add.make_args(sp.expand(f, power_exp=False)):
        outside, inside = term.as_independent(X, as_Add=False)
        factors = sp.Mul.make_args(inside)
        exponent = sum(factor.exp for factor in factors if isinstance(factor, sp.exp))
        polynomial = sp.Mul(*(factor for factor in factors if not isinstance(factor, sp.exp)))
        gamma, beta, alpha = (sp.expand(exponent).coeff(X, power) for power in range(3))
        if sp.expand(exponent - gamma - beta * X - alpha * X**2) != 0 or not alpha.is_negative:
            raise ValueError(f"x: expected a Normal's exponent, got {exponent}")
        mean, variance = -beta / (2 * alpha), -1 / (2 * alpha)
        terms = sp.Poly(polynomial, X).terms()
        moments = [sp.S.One, mean]
        for r in range(2, 1 + max(power for (power,), _ in terms)):
            moments.append(mean * moments[r - 1] + (r - 1) * variance * moments[r - 2])
        average = sum(c * moments[power] for (power,), c in terms)
        peak = sp.exp(sp.factor(gamma - beta**2 / (4 * alpha)))
        result += outside * average * peak * sp.sqrt(2 * sp.pi * sp.factor(variance))
    return result


def _under(math: Any, equation: tuple[Any, Any]) -> Any:
    """The expression where lhs = rhs: one symbol, one vector or one sum is put in place of another."""
    left, right = equation
    if isinstance(left, sp.Indexed):
        everywhere = {left.base[j]: right.base[j] for j in (b, *POINTS)} | {
            q_[j]: p_[j] for j in (b, *POINTS)
        }
        return _again(math.xreplace(everywhere))
    if isinstance(left, sp.Symbol):
        return math.xreplace({left: right})
    difference = sp.expand(left - right)
    # The equation is linear in its sums. One with a single term before it leaves no fraction behind.
    slopes = {total: difference.coeff(total) for total in difference.atoms(Total)}
    single = [total for total, slope in slopes.items() if not isinstance(slope, sp.Add)]
    if not single:
        return math
    unknown = min(single, key=sp.default_sort_key)
    rest = difference - slopes[unknown] * unknown
    return math.xreplace({unknown: sp.expand(-rest / slopes[unknown])})


def _is_zero(math: Any) -> bool:
    totals = {sum_: sp.Dummy() for sum_ in math.atoms(Total)}
    expanded = _expanded(math.xreplace(totals))
    if expanded == 0:
        return True
    parts = [expanded.coeff(dummy) for dummy in totals.values()]
    rest = expanded.xreplace(dict.fromkeys(totals.values(), sp.S.Zero))
    if not any(part.has(*totals.values()) for part in parts) and _linear_in(expanded, totals, parts, rest):
        return all(sp.cancel(sp.together(part)) == 0 for part in (*parts, rest))
    # Under a root a sum is the square of a symbol, and the root is that symbol.
    powers = [e for e in math.atoms(sp.Pow) if not e.exp.is_integer]
    rooted = {sum_: sp.Dummy(positive=True) ** 2 for e in powers for sum_ in e.base.atoms(Total)}
    numerator, _ = sp.fraction(sp.together(math.xreplace(rooted).xreplace(totals)))
    return _expanded(numerator) == 0


def _linear_in(math: Any, totals: Mapping[Any, Any], parts: list[Any], rest: Any) -> bool:
    whole = rest + sum(part * dummy for part, dummy in zip(parts, totals.values(), strict=True))
    return sp.expand(math - whole) == 0

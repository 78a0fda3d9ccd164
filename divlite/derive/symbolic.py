"""What a derivation's objects mean: definitions put in, derivatives and limits carried out; then compared.

How q moves with mu and sigma SymPy finds from log q itself, which is that of the Normal at x_i unless the
definitions say otherwise.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import sympy as sp

from . import notation
from .notation import D, G, L, Limit, Normal, Total, X, a, carried_out, i, mu, q, sigma, t, v, x, y, z
from .quotients import b, same
from .written import without_jumps

Items = tuple[tuple[Any, Any], ...]  # definitions, so that what is worked out with them can be remembered
POINTS = notation.i, notation.n, notation.k
SIGMA_IS = {v: sp.sqrt(v), t: sp.exp(t)}


def log_normal(at: Any, mu: Any, sigma: Any) -> Any:
    """log N, written out."""
    return -((at - mu) ** 2) / (2 * sigma**2) - sp.log(sigma) - sp.log(2 * sp.pi) / 2


def follows(before: Any, after: Any, given: tuple[Any, ...], items: Items) -> bool:
    """Whether two expressions are equal under the equations given: with q as a symbol, or written out."""
    return any(_follows(before, after, given, items, written_out) for written_out in (False, True))


def _follows(before: Any, after: Any, given: tuple[Any, ...], items: Items, written_out: bool) -> bool:
    def means(math: Any) -> Any:
        return resolved(math, items, written_out)

    vectors = [e for e in given if isinstance(e.lhs, sp.Indexed)]
    place = {e.lhs.base[j]: e.rhs.base[j] for e in vectors for j in (b, *POINTS)}
    place |= {e.lhs: means(e.rhs) for e in given if e.lhs.is_Symbol}
    zeros = [means(e.lhs - e.rhs) for e in given if e not in vectors and not e.lhs.is_Symbol]
    first, second, sums = means(before), means(after), [pair for pair in items if isinstance(pair[1], Total)]
    zeros += [
        means(name - total) for name, total in sums if any(e.has(name) for e in (first, second, *zeros))
    ]
    if vectors:  # sums that had names of their own may be one now
        place |= {name: means(total).xreplace(place) for name, total in sums if name != L}
    return same(first.xreplace(place), second.xreplace(place), [zero.xreplace(place) for zero in zeros])


@lru_cache(2048)  # a line is compared with the line before it, and with the line after it
@carried_out
def resolved(math: Any, items: Items, written_out: bool = False) -> Any:
    """The expression with definitions put in, derivatives, limits and integrals carried out."""
    result = _Meaning(dict(items)).of(math).xreplace({v: sigma**2, t: sp.log(sigma)})
    result = result.xreplace({y[j]: mu + sigma * z[j] for j in (b, *POINTS)})
    if written_out:
        density = _Meaning(dict(items)).density
        result = result.xreplace({q[j]: density.xreplace({i: j}) for j in (b, *POINTS)})
    return result


class _Meaning:
    """What expressions mean under some definitions."""

    def __init__(self, definitions: Mapping[Any, Any]) -> None:
        self.definitions = definitions
        self.quantile = y in definitions
        self.density = self.of(definitions.get(q, Normal(x[i], mu, sigma)))

    def of(self, math: Any) -> Any:
        known = self.definitions.get(math)
        if (known is not None and not isinstance(known, Total | sp.Lambda)) or math == L:
            return self.of(self.definitions[math])
        if isinstance(math, sp.Indexed):
            return mu + sigma * z[math.indices[0]] if math.base == x and not self.quantile else math
        args = [self.of(arg) for arg in math.args]
        if isinstance(math, D):
            return self.derivative(*args)
        if isinstance(math, Total):
            return _summed(args[0].xreplace({i: b}))
        if isinstance(math, Limit):
            there = sp.Dummy(positive=True)
            return sp.limit(args[0].xreplace({args[1]: there}), there, 0, "+")
        if isinstance(math, notation.Integral):
            return _gaussian_integral(args[0])
        if isinstance(math, Normal):
            return sp.exp(log_normal(*args))
        if isinstance(math, sp.Abs):
            return args[0] * sp.sign(args[0])
        return math.func(*args) if args else math

    def derivative(self, f: Any, variable: Any) -> Any:
        """The chain rule: through what f is made of, and through each sum."""
        names = {name: total for name, total in self.definitions.items() if isinstance(total, Total)}
        sums = {name: self.of(total) for name, total in names.items() if f.has(name)}
        dummies = {total: sp.Dummy() for total in f.atoms(Total)}
        outer = f.xreplace(dummies)
        result = self.rate(outer, variable)
        for total, name in (*dummies.items(), *((total, name) for name, total in sums.items())):
            result += sp.diff(outer, name) * self.rate_of_sum(total.args[0], variable)
        return result.xreplace({dummy: total for total, dummy in dummies.items()})

    def rate_of_sum(self, summand: Any, variable: Any) -> Any:
        """A sum moves with what stands at one point as its own term does, and else term by term."""
        (moved,) = variable.args if isinstance(variable, sp.log) else (variable,)
        if not isinstance(moved, sp.Indexed) or moved.base == a:
            return _summed(self.rate(summand, variable))
        at_b = variable.xreplace({moved: moved.base[b]})
        return self.rate(summand, at_b).xreplace({b: moved.indices[0]})

    def rate(self, f: Any, variable: Any) -> Any:
        """df/dvariable for an f without sums."""
        if variable in SIGMA_IS:
            return self.rate(f, sigma) * SIGMA_IS[variable].diff(variable) + f.diff(variable)
        moved = self.moved(f, variable)
        names = {e: _name(e) for e in moved}  # SymPy has a[n].diff(a[k]) a delta of its own
        at_names = f.xreplace(names)
        back = {name: e for e, name in names.items()}
        # |u| has a kink at 0, its sign a jump: both are left out, as a subgradient may.
        return without_jumps(
            sp.Add(*(at_names.diff(names[e]).xreplace(back) * rate for e, rate in moved.items()))
        )

    def moved(self, f: Any, variable: Any) -> dict[Any, Any]:
        """How fast each thing that f is made of moves with the variable."""
        if isinstance(variable, sp.log):
            return {variable.args[0]: variable.args[0]}
        result = {variable: sp.S.One}
        vectors = [(e, e.base, e.indices[0]) for e in f.atoms(sp.Indexed)]
        if isinstance(variable, sp.Indexed) and variable.base == a:
            k = variable.indices[0]
            result |= {e: e * (sp.KroneckerDelta(j, k) - q[k]) for e, base, j in vectors if base == q}
            result |= {e: sp.KroneckerDelta(j, k) for e, base, j in vectors if base == a}
        elif variable in (mu, sigma):
            dz = -1 / sigma if variable == mu else -z[b] / sigma
            score = self.score(variable)
            held = sp.S.Zero if self.quantile else dz
            rates = {q: q[b] * score, G: q[b] * sigma * dz, y: -sigma * dz, z: held}
            result |= {e: rates[base].xreplace({b: j}) for e, base, j in vectors if base in rates}
        return result

    def score(self, variable: Any) -> Any:
        """How log q moves with mu or sigma, as SymPy finds it."""
        dz = -1 / sigma if variable == mu else -z[i] / sigma
        log_q = sp.expand_log(sp.log(self.density), force=True)
        return (log_q.diff(z[i]) * dz + log_q.diff(variable)).xreplace({i: b})


@lru_cache(1024)  # with the same name again SymPy remembers a derivative
def _name(of: Any) -> Any:
    """A symbol in its place, of which the same is known."""
    return sp.Dummy(**of.assumptions0)


def _summed(f: Any) -> Any:
    """sum_b f; where f holds a delta, what is summed with it is its term at that one point."""
    deltas = [delta for delta in f.atoms(sp.KroneckerDelta) if delta.has(b)]
    if not deltas:
        return Total(f)
    (j,) = (index for index in deltas[0].args if index != b)
    there = sp.Dummy()
    slope = f.xreplace({deltas[0]: there}).diff(there)
    return _summed(f.xreplace({deltas[0]: sp.S.Zero})) + slope.xreplace({b: j})


def nonzero(factor: Any, items: Items) -> bool:
    """Whether an expression is never 0, because of the signs of what it is made of."""
    return bool(resolved(factor, items).is_nonzero)


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

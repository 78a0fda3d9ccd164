"""When two expressions are the same: their difference is 0 as a quotient of polynomials.

Everything is made a quotient of polynomials in atoms: p, q, log q, log(p + q), a root, a sign, z. An atom
that others determine, as a root or a sign, comes with the polynomial that does it: r^2 - p, s^2 - 1. What is
under a sum is a quotient in the same atoms. All sums get one common denominator and are taken apart into the
monomials above it, which are independent; so an equality shown here holds for any number of points. Equations
between sums are linear in these, and each is solved for one of them.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import sympy as sp

from .notation import Total, carried_out
from .polynomials import ratio, terms_of

b = sp.Symbol("b", integer=True)  # the bound index of a sum


class Atoms:
    """The atoms found so far, and the polynomials that hold between them."""

    def __init__(self) -> None:
        self.names: dict[Any, Any] = {}
        self.relations: list[Any] = []
        self.rooted: dict[Any, tuple[Any, int]] = {}  # root -> what it is a root of, and which
        self.under_sum: set[Any] = set()  # what depends on the index of a sum
        self.sums: dict[Any, Any] = {}  # the sum of what

    def atom(self, of: Any, under_sum: bool, positive: bool | None = None) -> Any:
        """The name of an atom."""
        if of not in self.names:
            name = sp.Symbol(f"_{len(self.names)}", positive=of.is_positive if positive is None else positive)
            self.names[of] = name
            if under_sum:
                self.under_sum.add(name)
        return self.names[of]

    def sum_of(self, inside: Any) -> Any:
        """The name of the sum of something, over the common denominator."""
        if inside not in self.sums:
            self.sums[inside] = self.atom(sp.Symbol(f"sum {len(self.sums)}"), False)
        return self.sums[inside]

    def totals(self) -> dict[Any, Any]:
        """The sums that were met, by name."""
        return {name: of for of, name in self.names.items() if isinstance(of, Total)}

    def fraction(self, math: Any) -> tuple[Any, Any]:
        """An expression in names as one polynomial over another, the first in its lowest form."""
        # A root and a sign stand before what they are made of, and so the relations are a Groebner basis.
        ring = sp.ring(list(self.names.values())[::-1], sp.ZZ, sp.lex)[0]
        above, below = ratio(sp.sympify(math), ring, dict(zip(ring.symbols, ring.gens, strict=True)))
        above, below = above.cancel(below)
        return self.reduced(above), below

    def reduced(self, polynomial: Any) -> Any:
        return polynomial.rem([polynomial.ring.from_expr(relation) for relation in self.relations])

    def depends(self, math: Any) -> bool:
        return not self.under_sum.isdisjoint(math.free_symbols)

    def quotient(self, math: Any) -> Any:
        """The expression as a quotient of polynomials in the names of atoms."""
        if math.is_Rational:
            return math
        if isinstance(math, sp.Add | sp.Mul):
            return math.func(*map(self.quotient, math.args))
        if isinstance(math, sp.Symbol | sp.Indexed | sp.NumberSymbol):
            return self.atom(math, math.has(b))
        if isinstance(math, sp.Pow):
            return self._power(self.quotient(math.base), self.quotient(math.exp))
        if isinstance(math, sp.exp):
            return self._exponential(self.quotient(math.exp))
        if isinstance(math, Total):
            return self._total(self.quotient(math.args[0]))
        if isinstance(math, sp.Subs):
            args = [math.expr, math.variables, *map(self.quotient, math.point)]
        else:
            args = [sp.cancel(self.quotient(arg)) for arg in math.args]
        if isinstance(math, sp.log):
            return sum(e * self._log(f) for f, e in _factors(args[0]))
        if isinstance(math, sp.sign):
            return sp.Mul(*(self._sign(f) for f, e in _factors(args[0]) if e % 2))
        if isinstance(math, sp.Abs):
            return args[0] * self.quotient(sp.sign(math.args[0]))
        return self.atom(math.func(*args), any(map(self.depends, args)))

    def _total(self, summand: Any) -> Any:
        """The name of a sum; what is divided by another sum is divided by it outside."""
        if summand.free_symbols.isdisjoint(self.totals()):
            return self.atom(Total(summand), False)
        outside = sp.Mul(*(f**-e for f, e in _factors(summand) if e < 0 and not self.depends(f)))
        return self.atom(Total(sp.cancel(summand * outside)), False) / outside

    def _power(self, base: Any, exponent: Any) -> Any:
        if exponent.is_Integer:
            return base**exponent
        whole, rest = sp.expand(exponent).as_coeff_Add()
        if rest == 0:
            whole, rest = sp.floor(exponent), exponent - sp.floor(exponent)
        result = base**whole if whole.is_Integer else self._power(base, whole)
        for f, e in _factors(sp.cancel(base)):
            count, symbols = rest.as_coeff_Mul()
            result *= self._root(self._symbolic_power(f, symbols), count.q) ** (count.p * e)
        return result

    def _symbolic_power(self, f: Any, exponent: Any) -> Any:
        return f if exponent == 1 else self.atom(sp.Pow(f, exponent), self.depends(f), True)

    def _root(self, f: Any, degree: int) -> Any:
        if degree == 1:
            return f
        root = self.atom(sp.Pow(f, sp.Rational(1, degree)), self.depends(f), True)
        if root not in self.rooted:
            self.rooted[root] = f, degree
            self.relations.append(root**degree - f)
        return root

    def _exponential(self, exponent: Any) -> Any:
        logs = {name: of.args[0] for of, name in self.names.items() if isinstance(of, sp.log)}
        result = sp.S.One
        for term in sp.Add.make_args(sp.expand(exponent)):
            inner = next((name for name in logs if term.has(name)), None)
            if inner is not None and not (term / inner).has(inner):
                result *= self._power(logs[inner], term / inner)
                continue
            count, rest = term.as_coeff_Mul()
            grown = self.atom(sp.exp(rest), self.depends(rest), True)
            result *= self._root(grown, count.q) ** count.p
        return result

    def _log(self, f: Any) -> Any:
        """The logarithm of a factor that has no factors itself."""
        if f in self.rooted:
            of, degree = self.rooted[f]
            return self._log(of) / degree
        of = next((of for of, name in self.names.items() if name == f), f)
        if isinstance(of, sp.exp):
            return of.exp
        return of.exp * self._log(of.base) if of.is_Pow else self.atom(sp.log(f), self.depends(f), False)

    def _sign(self, f: Any) -> Any:
        if f.is_number:
            return sp.sign(f)
        poly = sp.Poly(f)
        if all(c > 0 for c in poly.coeffs()) and all(name.is_positive for name in f.free_symbols):
            return sp.S.One
        side = sp.sign(poly.LC())
        sign = self.atom(sp.sign(sp.expand(side * f), evaluate=False), self.depends(f), False)
        if sign**2 - 1 not in self.relations:
            self.relations.append(sign**2 - 1)
        return side * sign


@carried_out
def same(first: Any, second: Any, zeros: Sequence[Any]) -> bool:
    """Whether two expressions are equal where all of the zeros, each linear in its sums, are 0."""
    if first == second:
        return True
    atoms = Atoms()
    difference, *equations = (atoms.quotient(math) for math in (first - second, *zeros))
    sums = _apart(atoms)
    for _ in atoms.totals():  # a sum may stand under another
        difference, *equations = (math.xreplace(sums) for math in (difference, *equations))
    if equations and not atoms.fraction(difference)[0]:  # most lines need none of them
        return True
    while equations:
        solution = _solved(equations.pop(), atoms)
        difference, *equations = (math.xreplace(solution) for math in (difference, *equations))
    return not atoms.fraction(difference)[0]


def _apart(atoms: Atoms) -> dict[Any, Any]:
    """Each sum by what it is in sums of independent terms, which become atoms too."""
    parts = {name: atoms.fraction(total.args[0]) for name, total in atoms.totals().items()}
    common = reduce(lambda a, b: a.lcm(b), [below for _, below in parts.values()] or [sp.S.One])
    result: dict[Any, Any] = {}
    for name, (above, below) in parts.items():
        terms = terms_of(atoms.reduced(above * common.exquo(below)), atoms.under_sum)
        result[name] = sp.Add(*(outside * atoms.sum_of(inside) for inside, outside in terms.items()))
    return result


def _solved(zero: Any, atoms: Atoms) -> dict[Any, Any]:
    """The equation solved for one of its sums, if it has any."""
    slopes = {name: sp.diff(zero, name) for name in atoms.sums.values() if zero.has(name)}
    simple = [name for name, slope in slopes.items() if atoms.fraction(slope)[0]]
    if not simple:
        return {}
    name = min(simple, key=lambda name: (sp.count_ops(slopes[name]), str(name)))
    return {name: sp.cancel(name - zero / slopes[name])}


def _factors(quotient: Any) -> list[tuple[Any, Any]]:
    """(factor, power) of a quotient of polynomials; numbers in their primes."""
    result: list[tuple[Any, Any]] = []
    for part, side in zip(sp.fraction(sp.together(quotient)), (1, -1), strict=True):
        number, others = sp.factor_list(part)
        if number < 0 or not number.is_Rational:
            result.append((number, sp.Integer(side)))
        else:
            result += [(sp.Integer(n), sp.Integer(side * e)) for n, e in sp.factorrat(number).items()]
        result += [(f, sp.Integer(side * e)) for f, e in others]
    return result

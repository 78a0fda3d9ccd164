"""A derivative taken apart rule by rule: one line a rule, with its reason, until none is left to take.

Constants go out and sums are split all along. What is then left under a derivative is a product, a quotient,
a power or a function, whose rule makes a line, or something whose derivative is known, put in with the next.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import sympy as sp

from ..language import joined, phrase
from .notation import D, Line, line
from .reasons import does_not_depend, names, rate_of, text
from .written import added, counted, over, plus, power, rebuilt, times

SHORT = phrase("in short: this is the formula that runs")


class Moving(NamedTuple):
    """What is differentiated by, what it moves and how, and its name in the reasons.

    known: {an atom that moves: its derivative}, as log q and q do with log q.
    above: whether these were derived in the lines above, and so are not spelled out in a reason.
    """

    variable: Any
    known: Mapping[Any, Any]
    name: str
    above: bool = False

    def moves(self, math: Any) -> bool:
        """Whether it moves; a sign does not, but for its jump."""
        return math.xreplace(dict.fromkeys(math.atoms(sp.sign), sp.S.One)).has(*self.known)

    def simple(self, math: Any) -> bool:
        """Whether every term is constant, or a number times something whose derivative is known."""
        return all(counted(term)[1] in self.known or not self.moves(term) for term in added(math))

    def split(self, f: Any) -> "Split":
        """The derivative of f with its constants taken out and its sums taken apart, but for simple ones."""
        if not self.moves(f):
            return Split(sp.S.Zero, [], True)
        if f.is_Add and not self.simple(f):
            terms = [self.split(term) for term in f.args]
            taken = [factor for term in terms for factor in term.constants]
            return Split(plus(*(term.math for term in terms)), taken, any(term.dropped for term in terms))
        constant, rest = ([], f) if f.is_Add else self.apart(f)
        if not constant:
            return Split(D(rest, self.variable), [], False)
        inner = self.split(rest)
        return Split(times(*constant, inner.math), [*constant, *inner.constants], inner.dropped)

    def apart(self, f: Any) -> tuple[list[Any], Any]:
        """The factors of f that do not move, and the product of those that do."""
        constant = [factor for factor in sp.Mul.make_args(f) if not self.moves(factor)]
        return constant, times(*(factor for factor in sp.Mul.make_args(f) if factor not in constant))

    def rate(self, f: Any) -> Any:
        """The derivative of a simple f; the 0 of a constant is shown where a minus follows."""
        first, *_ = moved = [
            times(count, self.known[atom])
            for term in added(f)
            if self.moves(term)
            for count, atom in [counted(term)]
        ]
        zero = [sp.S.Zero] if not self.moves(added(f)[0]) and counted(first)[0] < 0 else []
        return sp.Add(*zero, *moved, evaluate=False) if zero or len(moved) > 1 else first


class Split(NamedTuple):
    """A derivative, the factors that were taken out of it, and whether a term without it was dropped."""

    math: Any
    constants: list[Any]
    dropped: bool


RULES = "quotient", "product", "power", "log", "exp"  # taken in this order, and those of other functions last
WHY = {
    "quotient": phrase("the quotient rule"),
    "power": phrase("the power rule, and the chain rule"),
    "root": phrase("the derivative of a root, and the chain rule"),
    "log": phrase("the derivative of a logarithm, and the chain rule"),
    "exp": phrase("the exponential function is its own derivative; the chain rule"),
    "Abs": phrase("the derivative of $abs(x)$ is the sign of $x$"),
}


def _parts(f: Any) -> tuple[Any, Any]:
    """What is above and below the line of a fraction; a root below counts as a factor above."""
    factors = sp.Mul.make_args(f)
    below = [part for part in factors if part.is_Pow and part.exp.is_Integer and part.exp.is_negative]
    return times(*(factor for factor in factors if factor not in below)), power(times(*below), -1)


def _kind(f: Any) -> str:
    """The rule for the derivative of f."""
    if f.is_Mul:
        return "product" if sp.S.One in _parts(f) else "quotient"
    return "power" if f.is_Pow else f.func.__name__


def _applied(f: Any, d: Callable[[Any], Any]) -> Any:
    """The derivative of f in derivatives d of what f is made of."""
    kind = _kind(f)
    if kind == "quotient":
        above, below = _parts(f)
        return over(plus(times(d(above), below), times(-1, above, d(below))), power(below, 2))
    if kind == "product":
        return plus(*(times(*(d(g) if g is factor else g for g in f.args)) for factor in f.args))
    if kind == "power":
        return times(f.exp, power(f.base, f.exp - 1), d(f.base))
    (u,) = f.args
    known = {"log": power(u, -1), "exp": f, "Abs": sp.sign(u, evaluate=False)}
    return times(known[kind] if kind in known else f.fdiff(), d(u))


def _why(f: Any, name: str) -> str:
    kind = _kind(f)
    if kind == "product":
        places = [_place(factor) for factor in f.args]
        if len(set(places)) == 1:
            return phrase("the product rule")
        where = joined("{} and {}", places)
        return phrase("the product rule: {name} stands {where}", name=name, where=where)
    other = phrase("the derivative of {}, and the chain rule", kind)
    return WHY.get("root" if f.is_Pow and f.exp == sp.S.Half else kind, other)


def _place(factor: Any) -> str:
    """Where a product has what moves, in one of its factors."""
    if factor.is_Symbol or isinstance(factor, sp.Indexed):
        return phrase("as a factor")
    if factor.has(sp.log):
        return phrase("in the logarithm")
    return phrase("in a power") if factor.is_Pow else phrase("in a bracket")


TERM_BY_TERM = phrase("the derivative of a sum, term by term")


def lines(f: Any, moving: Moving, whole: bool = False) -> list[Line]:
    """From the derivative of f to a formula without one; whole: constants have a line of their own first."""
    said: list[str] = []
    math, fresh, result = moving.split(f).math, [f], list[Line]()
    if math != D(f, moving.variable) and (whole or not _next(math, moving)):
        result.append(line(math, _constant(fresh, moving, said) or TERM_BY_TERM))
        fresh = []
    while kind := _next(math, moving):
        # What the rule before left known is put in here: each line has one step for every derivative in it.
        known = {d: moving.rate(d.args[0]) for d in _derivatives(math) if result and moving.simple(d.args[0])}
        places = [d for d in _derivatives(math) if d not in known and _kind(d.args[0]) == kind]
        constant = _constant(fresh, moving, said)
        taken = {d: _applied(d.args[0], lambda g: D(g, moving.variable)) for d in places}
        fresh = [d.args[0] for new in taken.values() for d in _derivatives(new)]
        math = rebuilt(math, known | {d: _splits(new, moving) for d, new in taken.items()})
        rules = dict.fromkeys(_why(d.args[0], moving.name) for d in places)
        result.append(line(math, _clauses(constant, *rules, _why_known([*known], moving, said))))
    if math.has(D):
        known = {d: moving.rate(d.args[0]) for d in _derivatives(math)}
        result.append(line(rebuilt(math, known), _why_known([*known], moving, said)))
    return result


def _next(math: Any, moving: Moving) -> str | None:
    """The first rule that applies to a derivative that is not known."""
    kinds = [_kind(d.args[0]) for d in _derivatives(math) if not moving.simple(d.args[0])]
    return min(kinds, key=lambda kind: RULES.index(kind) if kind in RULES else len(RULES), default=None)


def _derivatives(math: Any) -> list[Any]:
    return list(dict.fromkeys(node for node in sp.preorder_traversal(math) if isinstance(node, D)))


def _splits(math: Any, moving: Moving) -> Any:
    return rebuilt(math, {d: moving.split(d.args[0]).math for d in _derivatives(math)})


def _constant(taken: list[Any], moving: Moving, said: list[str]) -> str:
    """What a line leaves out because it does not depend on what moves, unless it was said before."""
    found = [moving.split(f) for f in taken]
    new = [name for one in found for part in one.constants for name in names(part) if name not in said]
    said += new
    dropped = any(one.dropped for one in found)
    zero = phrase("a term without {} has the derivative 0", moving.name) if dropped else ""
    return _clauses(does_not_depend(new, moving.name), zero)


def _clauses(*found: str) -> str:
    """What a reason consists of, but for what is empty."""
    return joined("{}; {}", [text for text in found if text])


def _why_known(taken: list[Any], moving: Moving, said: list[str]) -> str:
    terms = [counted(term)[1] for d in taken for term in added(d.args[0])]
    new = [name for name in (text(term) for term in terms if not moving.moves(term)) if name not in said]
    idle = does_not_depend(new, moving.name, either=bool(said))
    said += new
    known = _known(list(dict.fromkeys(term for term in terms if moving.moves(term))), moving)
    return phrase("{idle}, and {known}", idle=idle, known=known) if idle else known


def _known(atoms: list[Any], moving: Moving) -> str:
    """The derivatives of these, which are known."""
    if not moving.above:
        by, rates = moving.variable, [(atom, moving.known[atom]) for atom in atoms]
        return joined("{}, {}", [rate_of(f, by, rate, f != atoms[0]) for f, rate in rates])
    above = phrase("the derivatives from above") if len(atoms) > 1 else phrase("the derivative from above")
    return above if atoms else ""

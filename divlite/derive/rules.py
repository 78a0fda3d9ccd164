"""A derivative taken apart rule by rule: one line a rule, with its reason, until none is left to take.

Constants go out and sums are split all along. What is then left under a derivative is a product, a quotient,
a power or a function, whose rule makes a line, or something whose derivative is known, put in with the next.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import sympy as sp

from .notation import D, Line, line
from .reasons import does_not_depend, names, text
from .written import added, counted, over, plus, power, rebuilt, times

SHORT = "in short: this is the formula that runs"


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

    def split(self, f: Any) -> Any:
        """The derivative of f with its constants taken out and its sums taken apart, but for simple ones."""
        if not self.moves(f):
            return sp.S.Zero
        if f.is_Add:
            return D(f, self.variable) if self.simple(f) else plus(*map(self.split, f.args))
        constant, rest = self.apart(f)
        return times(*constant, self.split(rest)) if constant else D(rest, self.variable)

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

    def left_out(self, f: Any) -> tuple[list[Any], bool]:
        """The factors that `split` takes out of f, and whether it drops a term."""
        if f.is_Add:
            inner = [] if self.simple(f) else [self.left_out(term) for term in f.args]
            return [part for parts, _ in inner for part in parts], any(dropped for _, dropped in inner)
        if not self.moves(f):
            return [], True
        constant, rest = self.apart(f)
        parts, dropped = self.left_out(rest) if constant else ([], False)
        return [*constant, *parts], dropped


RULES = (
    "quotient",
    "product",
    "power",
    "log",
    "exp",
)  # taken in this order, and those of other functions last
WHY = {
    "quotient": "the quotient rule",
    "power": "the power rule, and the chain rule",
    "root": "the derivative of a root, and the chain rule",
    "log": "the derivative of a logarithm, and the chain rule",
    "exp": "the exponential function is its own derivative; the chain rule",
    "Abs": "the derivative of $abs(x)$ is the sign of $x$",
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
        return _places(f, name)
    return WHY.get(
        "root" if f.is_Pow and f.exp == sp.S.Half else kind, f"the derivative of {kind}, and the chain rule"
    )


def _places(f: Any, name: str) -> str:
    """Where a product has what moves: as a factor, in a logarithm, ..."""
    words = [
        "as a factor"
        if factor.is_Symbol or isinstance(factor, sp.Indexed)
        else "in the logarithm"
        if factor.has(sp.log)
        else "in a power"
        if factor.is_Pow
        else "in a bracket"
        for factor in f.args
    ]
    return (
        f"the product rule: {name} stands {' and '.join(words)}"
        if len(set(words)) > 1
        else "the product rule"
    )


def lines(f: Any, moving: Moving, whole: bool = False) -> list[Line]:
    """From the derivative of f to a formula without one; whole: constants have a line of their own first."""
    said: list[str] = []
    math, fresh, result = moving.split(f), [f], list[Line]()
    if math != D(f, moving.variable) and (whole or not _next(math, moving)):
        result.append(line(math, _constant(fresh, moving, said) or "the derivative of a sum, term by term"))
        fresh = []
    while kind := _next(math, moving):
        # What the rule before left known is put in here: each line has one step for every derivative in it.
        known = {d: moving.rate(d.args[0]) for d in _derivatives(math) if result and moving.simple(d.args[0])}
        places = [d for d in _derivatives(math) if d not in known and _kind(d.args[0]) == kind]
        constant = _constant(fresh, moving, said)
        taken = {d: _applied(d.args[0], lambda g: D(g, moving.variable)) for d in places}
        fresh = [d.args[0] for new in taken.values() for d in _derivatives(new)]
        math = rebuilt(math, known | {d: _splits(new, moving) for d, new in taken.items()})
        why = dict.fromkeys(
            [
                constant,
                *(_why(d.args[0], moving.name) for d in places),
                _why_known([*known], moving, said),
            ]
        )
        result.append(line(math, "; ".join(filter(None, why))))
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
    return rebuilt(math, {d: moving.split(d.args[0]) for d in _derivatives(math)})


def _constant(taken: list[Any], moving: Moving, said: list[str]) -> str:
    """What a line leaves out because it does not depend on what moves, unless it was said before."""
    found = [moving.left_out(f) for f in taken]
    new = [name for parts, _ in found for part in parts for name in names(part) if name not in said]
    said += new
    zero = (
        f"a term without {moving.name} has the derivative 0" if any(dropped for _, dropped in found) else ""
    )
    return "; ".join(filter(None, [does_not_depend(new, moving.name), zero]))


def _why_known(taken: list[Any], moving: Moving, said: list[str]) -> str:
    terms = [counted(term)[1] for d in taken for term in added(d.args[0])]
    new = [name for name in (text(term) for term in terms if not moving.moves(term)) if name not in said]
    idle, either = does_not_depend(new, moving.name), " either" * bool(said)
    said += new
    atoms = dict.fromkeys(term for term in terms if moving.moves(term))
    if moving.above:
        what = f"the derivative{'s' * (len(atoms) > 1)} from above" if atoms else ""
    else:
        what = ", ".join(
            f"{'that' if place else 'the derivative'} of {_says(atom, moving)}"
            for place, atom in enumerate(atoms)
        )
    return f"{idle}{either}, and {what}" if idle else what


def _says(atom: Any, moving: Moving) -> str:
    by = "itself" if atom == moving.variable else text(moving.variable)
    return f"{text(atom)} by {by} is {text(moving.known[atom])}"

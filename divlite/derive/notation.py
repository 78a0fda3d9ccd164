"""The symbols of the derivations, and what a derivation is made of.

Every line is one SymPy object. The terminal's text, the LaTeX, the MathML, the numbers of the worked
example and the proof are all made from it, so what is shown cannot differ from what is checked.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

import sympy as sp
from sympy.printing.precedence import PRECEDENCE

from .indexed import IndexedBase

i, n, k = sp.symbols("i n k", integer=True)  # any point, under a sum; and one point, or two, among them
w, p, q, F, G = (IndexedBase(name, positive=True) for name in "wpqFG")  # F and G: the CDFs of P and of Q
x, y, z, a = (IndexedBase(name, real=True) for name in "xyza")  # y: the quantile of Q; that of P is x
mu, m, t = sp.symbols("mu m t", real=True)
sigma, s, v, u, nu, epsilon = sp.symbols("sigma s v u nu epsilon", positive=True)
X, L = sp.symbols("x L", real=True)

log, exp, sqrt, sign = sp.log, sp.exp, sp.sqrt, sp.sign
Eq = sp.Eq
half = sp.Rational(1, 2)


_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def _with(evaluated: bool, f: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    @wraps(f)
    def wrapped(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        with sp.evaluate(evaluated):
            return f(*args, **kwargs)

    return wrapped


def as_written(f: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """A function in whose body SymPy leaves expressions as they are written."""
    return _with(False, f)


def carried_out(f: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """A function in whose body it does not, even where its caller asked for that."""
    return _with(True, f)


@lru_cache(2**13)  # the same object again, which knows already whether it is above 0, as SymPy is set to ask
def _one(_evaluated: bool, kind: type, *args: Any) -> Any:
    return sp.Expr.__new__(kind, *args)


class _Node(sp.Expr):
    """Something that SymPy would carry out, left as it stands."""

    is_commutative = True
    precedence = PRECEDENCE["Mul"]  # in a product or a power, brackets

    def __new__(cls, *args: Any) -> Any:
        made: Any = _one
        return made(sp.core.parameters.global_parameters.evaluate, cls, *map(sp.sympify, args))

    def _sympystr(self, printer: Any) -> str:
        return f"{type(self).__name__}({', '.join(map(printer._print, self.args))})"


class D(_Node):
    """D(f, v): the partial derivative of f with respect to v, as in D(L, log(q[k]))."""


class Total(_Node):
    """Total(f): the sum of f over all points i."""

    def _eval_is_positive(self) -> bool | None:
        return self.args[0].is_positive or None


class Integral(_Node):
    """Integral(f): the integral of f over x from -inf to inf."""


class Normal(_Node):
    """Normal(x, mu, sigma): the density N(x; mu, sigma)."""

    is_positive = True


class Limit(_Node):
    """Limit(f, v): the limit of f as v > 0 goes to 0."""


class Comparison(_Node):
    """Comparison(a, sign, b, sign, c ...): a = b, or 0 < p <= 1, in the words between the lines."""


class Figure(sp.AtomicExpr):
    """A number put in for a symbol, as it is shown."""

    is_commutative = True
    __slots__ = ("number",)

    def __new__(cls, number: float) -> "Figure":
        self = sp.AtomicExpr.__new__(cls)
        self.number = float(number)
        return self

    def __getnewargs__(self) -> tuple[float]:
        return (self.number,)

    def _hashable_content(self) -> tuple[float]:
        return (self.number,)

    @property
    def digits(self) -> tuple[str, str]:
        """Four significant digits, and the power of ten if there is one."""
        mantissa, _, power = f"{self.number:.4g}".partition("e")
        return mantissa, str(int(power)) if power else ""

    @property
    def precedence(self) -> int:
        """As SymPy's printers ask for it: 2e-5 needs brackets under a power, and not in a product."""
        loose = self.number >= 0 and self.digits[1]
        return (PRECEDENCE["Mul"] + PRECEDENCE["Pow"]) // 2 if loose else PRECEDENCE["Atom"]

    @property
    def text(self) -> str:
        """As it is shown."""
        mantissa, power = self.digits
        return f"{mantissa}e{power}" if power else mantissa


class Line(NamedTuple):
    """One line of a derivation, and why it follows from the line before.

    given: equations under which it does; no other line may use them.
    times: for equations, what both sides of the line before were multiplied by, never 0.
    """

    math: Any
    why: str
    given: tuple[Any, ...]
    times: Any


class Chain(NamedTuple):
    """head = line = line = ..., or, where the head is an equation, head <=> line <=> line ..."""

    head: Any
    lines: tuple[Line, ...]

    @property
    def steps(self) -> "Iterator[tuple[Any, Line]]":
        """Every line, with the formula before it."""
        return zip((self.head, *(one.math for one in self.lines)), self.lines, strict=False)


class Listing(NamedTuple):
    """Lines of plain text: code, figures."""

    lines: tuple[str, ...]


class Part(NamedTuple):
    """A heading, and the paragraphs, chains and listings below it."""

    title: str
    content: "tuple[str | Chain | Listing, ...]"


class Derivation(NamedTuple):
    """A derivation from its definition on, which `parts` begins with.

    name: as the command line spells it.
    definitions: what L is, as the formulas that run have it, and what q and the named sums are.
    ends: {head: what the code gives for it}, for the chains that end in a formula that runs.
    """

    name: str
    title: str
    definitions: dict[Any, Any]
    parts: Sequence[Part]
    ends: dict[Any, Any]

    @property
    def chains(self) -> tuple[Chain, ...]:
        """All of them, in order."""
        return tuple(c for part in self.parts for c in part.content if isinstance(c, Chain))


def numbered(derivation: Derivation, number: int | None = None) -> Iterable[tuple[int, Part]]:
    """The parts with their numbers, from 1 on; or the one of that number alone."""
    parts = derivation.parts
    return enumerate(parts, 1) if number is None else [(number, parts[number - 1])]


def line(math: Any, why: str, *given: Any, times: Any = 1) -> Line:
    return Line(flat(math), why, tuple(map(flat, given)), flat(times))


def chain(head: Any, *lines: Line) -> Chain:
    return Chain(flat(head), lines)


def flat(math: Any) -> Any:
    """The same, sums inside sums and products inside products taken apart: they would get brackets."""
    math = sp.sympify(math)
    if not math.args or isinstance(math, sp.Indexed):
        return math
    args = [flat(arg) for arg in math.args]
    if isinstance(math, sp.Add | sp.Mul):
        args = [part for arg in args for part in (arg.args if arg.func == math.func else (arg,))]
        return math.func(*args, evaluate=False)
    if isinstance(math, sp.Pow | sp.Rel | sp.Function):
        return math.func(*args, evaluate=False)
    return math.func(*args)

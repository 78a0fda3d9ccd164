"""What the derivations' own objects look like: each is described once, for whichever printer prints it.

A printer is one of SymPy's with `Nodes` mixed in. It says what a sign looks like and how parts are put together:

    _mark(name)            a sign of MARKS            _brackets(a, kind)   (a) or |a|
    _row(a, b, ...)        side by side               _over(a, b)          a fraction
    _under(sign, below)    as a limit's variable      _call(name, a, ...)  a function and its argument
"""

from typing import Any, ClassVar

from sympy import Add, Expr, Indexed, Symbol, log
from sympy.core.function import AppliedUndef

from ..derive.notation import D

SUPERSCRIPTS = "\N{SUPERSCRIPT TWO}\N{SUPERSCRIPT THREE}" + "".join(map(chr, range(0x2074, 0x207A)))

# In LaTeX, in Unicode, in ASCII. \lt and \gt, because < and > would be taken for markup.
MARKS = {
    "=": ("=", "=", "="),
    "!=": (r"\ne", "\N{NOT EQUAL TO}", "!="),
    "<": (r"\lt", "<", "<"),
    "<=": (r"\le", "\N{LESS-THAN OR EQUAL TO}", "<="),
    ">": (r"\gt", ">", ">"),
    ">=": (r"\ge", "\N{GREATER-THAN OR EQUAL TO}", ">="),
    "->": (r" \to ", "\N{RIGHTWARDS ARROW}", "->"),
    "~": (r"\approx", "\N{ALMOST EQUAL TO}", "~"),
    "d": (r"\partial ", "\N{PARTIAL DIFFERENTIAL}", "d"),
    "dd": (r"\partial^2 ", "\N{PARTIAL DIFFERENTIAL}\N{SUPERSCRIPT TWO}", "d^2"),
    "^2": ("^2", "\N{SUPERSCRIPT TWO}", "^2"),
    "sum": (r"\sum_i", "\N{N-ARY SUMMATION}", "sum"),
    "int": (r"\int", "\N{INTEGRAL}", "int"),
    "dx": (r" \, dx", " dx", " dx"),
    "lim": (r"\lim", "lim", "lim"),
    "e": (r" \times 10^{%s}", "e%s", "e%s"),
    "log": (r"\log", "log", "log"),
    "sign": (r"\operatorname{sign}", "sign", "sign"),
    "atan": (r"\arctan", "arctan", "arctan"),
    "Exp1": ("e", "e", "e"),
    "Pi": (r"\pi", "\N{GREEK SMALL LETTER PI}", "pi"),
    "Infinity": (r"\infty", "\N{INFINITY}", "inf"),
    "loggamma": (r"\log \Gamma", "log \N{GREEK CAPITAL LETTER GAMMA}", "log Gamma"),
}


def simple(a: Any) -> bool:
    """Whether log a needs no brackets."""
    return isinstance(a, Symbol | Indexed)


class Nodes:
    """Mixed into a printer: what stands here is the same for all."""

    one_line: ClassVar = False
    _print: Any
    _mark: Any
    _row: Any
    _brackets: Any
    _over: Any
    _under: Any

    def _call(self, name: Any, inner: Any, exp: str = "", bare: bool = False) -> Any:
        """exp: a power of the function, which LaTeX alone asks for here."""
        return self._row(name, " ", inner) if bare else self._row(name, self._brackets(inner))

    def _side(self, math: Any) -> Any:
        return self._print(math)

    def _print_Indexed(self, math: Any) -> Any:
        return self._print(Symbol(f"{math.base.label}_{math.indices[0]}"))

    def _print_Total(self, math: Any) -> Any:
        return self._row(self._mark("sum"), " ", self._body(math.args[0]))

    def _print_Integral(self, math: Any) -> Any:
        return self._row(self._mark("int"), " ", self._body(math.args[0]), self._mark("dx"))

    def _print_Limit(self, math: Any) -> Any:
        f, variable = math.args
        below = self._row(self._print(variable), self._mark("->"), "0")
        return self._row(self._under(self._mark("lim"), below), " ", self._body(f))

    def _body(self, f: Any) -> Any:
        """What a sum, an integral or a limit is of."""
        signed = isinstance(f, Add) or (f.is_Mul and f.args[0].is_Number and f.args[0] < 0)
        return self._brackets(self._print(f)) if signed else self._print(f)

    def _print_D(self, math: Any) -> Any:
        f, variable = math.args
        d, below = self._mark("d"), self._row(self._mark("d"), self._print(variable))
        if isinstance(f, D) and f.args[1] == variable:
            above = self._row(self._mark("dd"), self._print(f.args[0]))
            return self._over(above, self._row(below, self._mark("^2")))
        if simple(f) or isinstance(f, log | AppliedUndef):
            return self._over(self._row(d, self._print(f)), below)
        inner = self._brackets(self._print(f))
        if self.one_line:
            return self._over(self._row(d, inner), below)
        return self._row(self._over(d, below), " ", inner)

    def _print_Figure(self, math: Any) -> Any:
        mantissa, power = math.digits
        text = mantissa + (self._mark("e") % power if power else "")
        return self._brackets(text) if math.number < 0 else self._row(text)

    def _print_Comparison(self, math: Any) -> Any:
        signs = [f" {self._mark(sign.name)} " for sign in math.args[1::2]]
        sides = zip(map(self._side, math.args[::2]), [*signs, ""], strict=True)
        return self._row(*(part for pair in sides for part in pair))

    def _print_Normal(self, math: Any) -> Any:
        x, mu, sigma = map(self._print, math.args)
        return self._call("N", self._row(x, "; ", mu, ", ", sigma))

    def _print_log(self, math: Any, exp: str = "") -> Any:
        return self._call(self._mark("log"), self._print(math.args[0]), exp, simple(math.args[0]))

    def _print_known(self, math: Any, exp: str = "") -> Any:
        return self._call(self._mark(math.func.__name__), self._print(math.args[0]), exp)

    _print_sign = _print_atan = _print_loggamma = _print_known

    def _print_AppliedUndef(self, math: Any, exp: str = "") -> Any:
        return self._applied(math.func.__name__, math.args, exp)

    def _print_Derivative(self, math: Any) -> Any:
        return self._primed(math, math.args[0].args)

    def _print_Subs(self, math: Any) -> Any:
        return self._primed(math.args[0], math.args[2])

    def _primed(self, math: Any, at: Any) -> Any:
        """f'(u), for f of one argument: the derivative as it stands, and where it is taken."""
        f, (_, order) = math.args
        return self._applied(f.func.__name__ + "'" * int(order), at)

    def _applied(self, name: str, args: Any, exp: str = "") -> Any:
        letter = name.rstrip("'")
        shown = self._row(self._print(Symbol(letter)), name.removeprefix(letter))
        first, *others = map(self._print, args)
        return self._call(shown, self._row(first, *(part for arg in others for part in (", ", arg))), exp)

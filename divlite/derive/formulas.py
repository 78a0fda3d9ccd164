"""The formulas of a lesson, and those among the words: written in Python, read by Python's own parser.

A formula is one side, or several with signs between them, each between spaces: = != < <= > >= -> ~. A side is

    a name        mu   p   A   q[k]   pi   e   inf: a letter, a Greek letter's name, or the name of a loss's
                  own number; p_ and p' are p', p__ and p'' are p'', f_ is f'
    a number      2   0.5   1e-25
    an operator   -a   a + b   a - b   a*b   a/b   a**b
    a function    log(a)   exp(a)   sqrt(a)   sign(a)   abs(a)   atan(a)   tanh(a)   loggamma(a)   f(a, b)
    a node        sum(w[i]*p[i]), Total(w[i]*p[i])   Integral(q**2)   D(L, log(q[k]))   Limit(a, v)
                  Normal(x, mu, sigma)
"""

import ast
import operator
import re
from collections.abc import Mapping
from itertools import groupby
from typing import Any

import sympy as sp

from .indexed import IndexedBase
from .notation import Comparison, D, Figure, Integral, Limit, Normal, Total, as_written, flat

SIGNS = ("=", "!=", "<", "<=", ">", ">=", "->", "~")
_POINT = re.compile("[a-zA-Z]_?[ikn]")
LETTERS: dict[str, Any] = {"pi": sp.pi, "e": sp.E, "inf": sp.oo, "oo": sp.oo}  # any other is a new symbol
_OPERATORS = {"Add": "add", "Sub": "sub", "Mult": "mul", "Div": "truediv", "Pow": "pow", "USub": "neg"}
_OF_ONE: Any = (sp.log, sp.exp, sp.sqrt, sp.sign, sp.Abs, sp.atan, sp.tanh, sp.loggamma, Total, Integral)
_FUNCTIONS: dict[str, tuple[Any, int]] = {f.__name__: (f, 1) for f in _OF_ONE}
_FUNCTIONS.update(abs=(sp.Abs, 1), sum=(Total, 1), D=(D, 2), Limit=(Limit, 2), Normal=(Normal, 3))


@as_written
def formula(text: str, names: Mapping[str, Any] = LETTERS) -> Any:
    """The object that the text stands for; names: what the names in it do, else each is a new symbol.

    Raises: ValueError for a text that is no formula.
    """
    pieces = [" ".join(words) for _, words in groupby(text.split(), SIGNS.__contains__)]
    try:
        if len(pieces) % 2 == 0 or pieces[0] in SIGNS:
            raise SyntaxError("a sign stands between two sides")
        parts = [sp.Symbol(piece) if piece in SIGNS else flat(_side(piece, names)) for piece in pieces]
    except SyntaxError as error:
        raise ValueError(f"formula: expected one as Python writes it, got {text!r}: {error.msg}") from None
    return parts[0] if len(parts) == 1 else Comparison(*parts)


def _side(text: str, names: Mapping[str, Any]) -> Any:
    # A # would begin a comment, and what stands behind it be lost.
    return _read(ast.parse(re.sub(r"(?<=[\w'])'", "_", text.replace("#", "?")), mode="eval").body, names)


def _read(node: ast.AST, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(int() | float() as value):
            return _number(value)
        case ast.Name(name):
            return _named(name, names, sp.Symbol)
        case ast.Subscript(ast.Name(base), ast.Name(index)):
            return _named(base, names, IndexedBase)[_named(index, names, sp.Symbol)]
        case ast.UnaryOp(sign, a) if (name := type(sign).__name__) in _OPERATORS:
            return getattr(operator, _OPERATORS[name])(_read(a, names))
        case ast.BinOp(a, sign, b) if (name := type(sign).__name__) in _OPERATORS:
            return getattr(operator, _OPERATORS[name])(_read(a, names), _read(b, names))
        case ast.Call(ast.Name(name), args, []) if len(args) == _FUNCTIONS.get(name, (0, len(args)))[1]:
            function = _FUNCTIONS[name][0] if name in _FUNCTIONS else _named(name, names, sp.Function)
            return function(*(_read(arg, names) for arg in args))
        case _:
            raise SyntaxError(f"{ast.unparse(node)} is not known here")


def _named(name: str, names: Mapping[str, Any], kind: Any) -> Any:
    """What stands under this name, or a new thing of this kind."""
    if name in names:
        return names[name]
    letter = name.rstrip("_")
    named = letter in sp.core.alphabets.greeks
    # A longer name is that of a loss's own number, but where x_k or xk is written, x[k] is meant.
    taken = letter in _FUNCTIONS or (_POINT.fullmatch(letter) and not named)
    if names is not LETTERS or taken or (kind is sp.Function and len(letter) > 1 and not named):
        raise SyntaxError(f"{name} is not known here")
    return kind(letter + "'" * (len(name) - len(letter)))


def _number(value: float) -> Any:
    digits = len(repr(value).partition("e")[0].replace(".", "").lstrip("0"))
    exact = sp.Integer(value) if isinstance(value, int) else sp.Float(repr(value), digits)
    return Figure(value) if digits <= 4 and isinstance(value, float) else exact

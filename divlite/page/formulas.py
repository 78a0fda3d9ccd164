"""The formulas among the words: written in Python, and read by Python's own parser.

A formula is one side, or several with signs between them. The signs are = != < <= > >= -> ~, each with a space
before and behind it. A side is a Python expression of

    names       mu   p   A   q[k]   pi   e   inf: a letter, or a Greek letter's name; p_ is p', and f_ is f'
    numbers     2   0.5   1e-25
    operators   -a   a + b   a - b   a*b   a/b   a**b
    functions   log(a)   exp(a)   sqrt(a)   sign(a)   abs(a)   atan(a)   tanh(a)   loggamma(a)   f(a, b)   f_(a)
    nodes       Total(w[i]*p[i]), also sum(...)   Integral(q**2), over all x
                D(L, log(q[k]))   Limit(a, v)   Normal(x, mu, sigma)
"""

import ast
import operator
from itertools import groupby
from typing import Any

import sympy as sp
from sympy.core.alphabets import greeks

from ..derive import notation
from ..derive.notation import Comparison, D, Figure, Integral, Limit, Normal, Total, as_written

SIGNS = ("=", "!=", "<", "<=", ">", ">=", "->", "~")
_CONSTANTS = {"pi": sp.pi, "e": sp.E, "inf": sp.oo}
_OPERATORS: dict[type, Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}
_FUNCTIONS: dict[str, Any] = {
    **{name: getattr(sp, name) for name in ("log", "exp", "sqrt", "sign", "atan", "tanh", "loggamma")},
    **{node.__name__: node for node in (D, Integral, Limit, Normal, Total)},
    "abs": sp.Abs,
    "sum": Total,
}
_ARGUMENTS = {"D": 2, "Limit": 2, "Normal": 3}


@as_written
def formula(text: str) -> Any:
    """The object that the text stands for.

    Raises: ValueError for a text that is no formula.
    """
    pieces = [" ".join(words) for _, words in groupby(text.split(), SIGNS.__contains__)]
    try:
        sides = [notation.flat(_read(ast.parse(side, mode="eval").body)) for side in pieces[::2] or [""]]
        if len(pieces) % 2 == 0 or not {*pieces[1::2]} <= {*SIGNS}:
            raise SyntaxError("one sign between two sides")
    except SyntaxError as error:
        raise ValueError(f"formula: expected one as Python writes it, got {text!r}: {error.msg}") from None
    signs = [*map(sp.Symbol, pieces[1::2]), None]
    sequence = [part for pair in zip(sides, signs, strict=True) for part in pair][:-1]
    return sides[0] if len(sides) == 1 else Comparison(*sequence)


def _read(node: ast.AST) -> Any:
    match node:
        case ast.Constant(value) if type(value) in (int, float):
            return _number(value)
        case ast.Name(name):
            return _CONSTANTS.get(name) or sp.Symbol(_name(name))
        case ast.Subscript(ast.Name(base), ast.Name(index)):
            return sp.IndexedBase(_name(base))[sp.Symbol(_name(index))]
        case ast.UnaryOp(sign, a) if type(sign) in _OPERATORS:
            return _OPERATORS[type(sign)](_read(a))
        case ast.BinOp(a, sign, b) if type(sign) in _OPERATORS:
            return _OPERATORS[type(sign)](_read(a), _read(b))
        case ast.Call(ast.Name(name), args, []) if name not in _FUNCTIONS:
            return sp.Function(_name(name))(*map(_read, args))
        case ast.Call(ast.Name(name), args, []) if len(args) == _ARGUMENTS.get(name, 1):
            return _FUNCTIONS[name](*map(_read, args))
        case _:
            raise SyntaxError(f"{ast.unparse(node)} is not known here")


def _name(name: str) -> str:
    letter = name.rstrip("_")
    if len(letter) != 1 and letter not in greeks:
        raise SyntaxError(f"{name} is no letter and no Greek letter's name")
    return letter + "'" * (len(name) - len(letter))


def _number(value: float) -> Any:
    if isinstance(value, int):
        return sp.Integer(value)
    figure, digits = Figure(value), repr(value).partition("e")[0].replace(".", "").lstrip("0")
    return figure if float(figure.text) == value else sp.Float(repr(value), len(digits))

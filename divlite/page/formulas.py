"""The formulas among the words, read into the objects that the printers print.

    formula     side, or side sign side sign side ...; the signs are = != < <= > >= -> ~
    side        term + term - term ...
    term        factor * factor / factor ...; the * may be left out, as in w_i p_i z_i
    factor      atom, or atom ^ exponent (** is the same)
    atom        2.5   mu   q_k   p'_k   (side)   |side|   log factor   sum term   int side dx
                exp(side)   sqrt(side)   sign(side)   f(side, side; side)   dL/dlog q_k   d2L/dmu2

A sum, of whatever the index i stands in, takes all factors behind it, those it is divided by too: write
(sum w_i p_i)/sigma if sigma is outside. An integral is over x, from -inf to inf.
"""

import re
from typing import Any, NamedTuple

import sympy as sp

from ..derive import notation
from ..derive.notation import Comparison, D, Figure, Integral, Total, as_written

SIGNS = ("=", "!=", "<", "<=", ">", ">=", "->", "~")
GREEK = ("alpha", "beta", "gamma", "delta", "epsilon", "theta", "lambda", "mu", "nu", "rho", "sigma", "tau")
_NAME = rf"(?:{'|'.join(GREEK)}|[A-Za-z])'?(?:_[A-Za-z0-9])?'?"
_BY = rf"d(?:log[ ])?{_NAME}"
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<slope>{_BY}/{_BY}(?![\w']) | d2{_NAME}/d{_NAME}2)
    | (?P<word>(?:log|exp|sqrt|sign|sum|int|dx|inf|pi)(?![\w']))
    | (?P<function>[fghFGN](?=\())
    | (?P<name>{_NAME}(?![\w']))
    | (?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)
    | (?P<mark>\*\*|->|[!<>]=|[-+*/^()|,;=<>~])
    )""",
    re.VERBOSE,
)
_CONSTANTS = {"pi": sp.pi, "inf": sp.oo, "e": sp.E}
_OPERANDS = ("name", "function", "number", "slope")
_OPENING = ("(", "log", "exp", "sqrt", "sign", "sum", "int", "pi", "inf")
_FUNCTIONS = {"exp": sp.exp, "sqrt": sp.sqrt, "sign": sp.sign, "N": notation.Normal}


class _Token(NamedTuple):
    kind: str
    text: str


@as_written
def formula(text: str) -> Any:
    """The object that the text stands for.

    Raises: ValueError for a text that the grammar above does not have.
    """
    text = re.sub(r"\[([ink])\]", r"_\1", text)
    try:
        return notation.flat(_Reader(_tokens(text)).formula())
    except _UnreadableError as error:
        raise ValueError(f"formula: expected {error}, got {text!r}") from None


class _UnreadableError(Exception):
    """What was expected."""


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    end = 0
    while end < len(text.rstrip()):
        found = _TOKEN.match(text, end)
        if found is None:
            raise _UnreadableError(f"a known name or sign at {text[end:].strip()!r}")
        kind = str(found.lastgroup)
        tokens.append(_Token(kind, "^" if found[kind] == "**" else found[kind]))
        end = found.end()
    return tokens


def _known(name: str) -> Any:
    """The derivations' own object of that name, or None."""
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    base, _, index = name.replace("'", "").partition("_")
    primed = f"{base}_" if "'" in name else base
    found: Any = getattr(notation, primed, None)
    if index and index in "ink" and isinstance(found, sp.IndexedBase):
        return found[getattr(notation, index)]
    return found if isinstance(found, sp.Symbol) and found.name == name else None


def _symbol(name: str) -> Any:
    known = _known(name)
    return sp.Symbol(name) if known is None else known


def _slope(text: str) -> Any:
    top, below = text.split("/")
    if top.startswith("d2"):
        f, variable = _symbol(top[2:]), _symbol(below[1:-1])
        return D(D(f, variable), variable)
    return D(*(_logarithm(side[1:]) for side in (top, below)))


def _logarithm(text: str) -> Any:
    name = text.removeprefix("log ")
    return sp.log(_symbol(name)) if name != text else _symbol(name)


def _number(text: str) -> Any:
    if text.isdigit():
        return sp.Integer(text)
    figure = Figure(float(text))
    digits = len(text.partition("e")[0].replace(".", "").lstrip("0"))
    return figure if float(figure.text) == figure.number else sp.Float(text, digits)


class _Reader:
    """Reads the tokens from left to right; each method takes what the grammar says under its name."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.place = 0

    def next(self) -> _Token:
        return self.tokens[self.place] if self.place < len(self.tokens) else _Token("end", "")

    def took(self, *texts: str) -> str:
        """The next token if it is one of these, and "" if it is none."""
        text = self.next().text
        if text and text in texts:
            self.place += 1
            return text
        return ""

    def needs(self, text: str) -> None:
        if not self.took(text):
            raise _UnreadableError(f"{text!r} before {self.next().text!r}")

    def formula(self) -> Any:
        sides = [self.side()]
        while sign := self.took(*SIGNS):
            sides += [sp.Symbol(sign), self.side()]
        if self.next().kind != "end":
            raise _UnreadableError(f"a sign or the end before {self.next().text!r}")
        return sides[0] if len(sides) == 1 else Comparison(*map(notation.flat, sides))

    def side(self) -> Any:
        result = -self.term() if self.took("-") else self.term()
        while sign := self.took("+", "-"):
            result = result + self.term() if sign == "+" else result - self.term()
        return result

    def term(self) -> Any:
        result = self.factor()
        while True:
            if self.took("/"):
                result = result / self.factor()
            elif self.took("*") or self.next().kind in _OPERANDS or self.next().text in _OPENING:
                result = result * self.factor()
            else:
                return result

    def factor(self) -> Any:
        base = self.atom()
        if not self.took("^"):
            return base
        return base ** (-self.atom() if self.took("-") else self.atom())

    def atom(self) -> Any:
        token = self.next()
        self.place += 1
        if token.kind == "number":
            return _number(token.text)
        if token.kind == "name":
            return _symbol(token.text)
        if token.kind == "slope":
            return _slope(token.text)
        if token.kind == "function":
            return _FUNCTIONS.get(token.text, sp.Function(token.text))(*self.arguments())
        if token.text in "(|" and token.text:
            inner = self.side()
            self.needs(")" if token.text == "(" else "|")
            return inner if token.text == "(" else sp.Abs(inner)
        return self.word(token.text)

    def word(self, text: str) -> Any:
        if text == "log":
            return sp.log(self.factor())
        if text == "sum":
            return Total(self.term())
        if text == "int":
            body = self.side()
            self.needs("dx")
            return Integral(body)
        if text in _FUNCTIONS:
            return _FUNCTIONS[text](*self.arguments())
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        raise _UnreadableError(f"a number, a name or a bracket before {text!r}")

    def arguments(self) -> list[Any]:
        self.needs("(")
        found = [self.side()]
        while self.took(",", ";"):
            found.append(self.side())
        self.needs(")")
        return found

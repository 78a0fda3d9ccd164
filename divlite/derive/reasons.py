"""What the reasons of computed lines are composed of: names and formulas, as the prose has them."""

from collections.abc import Iterable
from typing import Any

import sympy as sp

from ..language import joined, phrase, template

IDLE = {  # whether it is one, and whether others were named before
    (True, False): template("{what} does not depend on {on}"),
    (False, False): template("{what} do not depend on {on}"),
    (True, True): template("{what} does not depend on {on} either"),
    (False, True): template("{what} do not depend on {on} either"),
}


def does_not_depend(new: Iterable[str], on: str, either: bool = False) -> str:
    """w and p do not depend on q; either: if some others that do not were named before."""
    found = list(dict.fromkeys(new))
    return phrase(IDLE[len(found) == 1, either], what=listed(found), on=on) if found else ""


RATES = {  # whether it is by itself, and whether it stands behind another
    (False, False): template("the derivative of {f} by {by} is {rate}"),
    (True, False): template("the derivative of {f} by itself is {rate}"),
    (False, True): template("that of {f} by {by} is {rate}"),
    (True, True): template("that of {f} by itself is {rate}"),
}


def rate_of(f: Any, by: Any, rate: Any, behind: bool = False) -> str:
    """The derivative of q by log q is q; behind: another one."""
    return phrase(RATES[f == by, behind], f=text(f), by=text(by), rate=text(rate))


def names(math: Any) -> list[str]:
    """The vectors and symbols in it, as a reason names them."""
    kind = sp.Indexed if math.has(sp.Indexed) else sp.Symbol
    return list(dict.fromkeys(text(node) for node in sp.preorder_traversal(math) if isinstance(node, kind)))


def text(math: Any) -> str:
    """A formula for a reason, without the point at which it is taken."""
    bare = {e: sp.Symbol(str(e.base)) for e in math.atoms(sp.Indexed)}
    return f"${sp.sstr(math.xreplace(bare), order='none').replace('Abs(', 'abs(')}$"


def listed(words: list[str]) -> str:
    """a, b and c."""
    return joined("{} and {}", [text for text in (joined("{0}, {1}", words[:-1]), *words[-1:]) if text])

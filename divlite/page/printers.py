"""The derivations' objects in LaTeX and in the terminal's two dimensions; `inline` has them on one line.

SymPy's printers do all that `nodes` does not. Terms stand in the order in which they were written.
"""

import re
from typing import Any

from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pretty.pretty import PrettyPrinter
from sympy.printing.pretty.pretty_symbology import pretty_use_unicode
from sympy.printing.pretty.stringpict import prettyForm, stringPict

from ..derive.notation import Figure
from .nodes import MARKS, SUPERSCRIPTS, Nodes, simple


class _Latex(Nodes, LatexPrinter):
    def _mark(self, name: str) -> str:
        return MARKS[name][0]

    def _row(self, *parts: str) -> str:
        return "".join(parts)

    def _brackets(self, a: str) -> str:
        return rf"\left({a}\right)"

    def _over(self, top: str, below: str) -> str:
        return rf"\frac{{{top.strip()}}}{{{below}}}"

    def _under(self, sign: str, below: str) -> str:
        return f"{sign}_{{{below}}}"

    def _call(self, name: str, inner: str, exp: str = "", bare: bool = False) -> str:
        power, space = f"^{{{exp}}}" if exp else "", " " if name == r"\log" else ""
        return name + power + space + (inner if bare else self._brackets(inner))

    def _side(self, math: Any) -> str:
        # In braces a minus after a sign is one number's, and not a difference.
        text = self._print(math)
        return f"{{{text}}}" if text.startswith("-") else text

    def _print_Abs(self, math: Any, exp: str = "") -> str:
        # Not SymPy's |, which ends a cell of a table in Markdown.
        bars = rf"\left\lvert {self._print(math.args[0])} \right\rvert"
        return f"{bars}^{{{exp}}}" if exp else bars


class _Pretty(Nodes, PrettyPrinter):
    def _mark(self, name: str) -> Any:
        mark = MARKS[name][1 if self._use_unicode else 2]
        return self._under(mark, "i") if name == "sum" else mark

    def _row(self, *parts: prettyForm | str) -> prettyForm:
        return _join(*parts, binding=prettyForm.MUL if len(parts) > 1 else prettyForm.ATOM)

    def _brackets(self, a: prettyForm | str) -> prettyForm:
        return prettyForm(*_join(a).parens())

    def _over(self, top: prettyForm, below: prettyForm | str) -> prettyForm:
        return prettyForm(*stringPict.stack(_join(top), stringPict.LINE, below), binding=prettyForm.DIV)

    def _under(self, sign: str, below: prettyForm | str) -> prettyForm:
        return prettyForm(prettyForm(sign).below(below)[0], baseline=0)

    def _print_Pow(self, power: Any) -> prettyForm:
        base, exponent = power.args
        form = self._print(base)
        if not (self._use_unicode and exponent in range(2, 10) and form.height() == 1):
            return PrettyPrinter._print_Pow(self, power)
        bare = simple(base) or (isinstance(base, Figure) and base.precedence > PRECEDENCE["Pow"])
        shown = form if bare else self._brackets(form)
        return _join(shown, SUPERSCRIPTS[int(exponent) - 2], binding=prettyForm.POW)


def _join(*parts: prettyForm | str, binding: int = prettyForm.ATOM) -> prettyForm:
    """Side by side, on one baseline."""
    forms = (part if isinstance(part, stringPict) else stringPict(part) for part in parts)
    return prettyForm(*stringPict.next(*forms), binding=binding)


_LATEX = _Latex({"order": "none"})
_CLOSED_BEFORE_NUMBER = re.compile(r"(\\right\)(?:\^\{\d+\})?) (?=\d)")


def latex(math: Any) -> str:
    """As LaTeX; a number behind a bracket gets a dot, as one behind a number does."""
    return _CLOSED_BEFORE_NUMBER.sub(r"\1 \\cdot ", _LATEX.doprint(math))


def pretty(math: Any, unicode: bool = True) -> prettyForm:
    """As a block of lines, with the line on which an equals sign stands."""
    printer = _Pretty({"order": "none", "use_unicode": unicode, "wrap_line": False})
    before = pretty_use_unicode(unicode)  # SymPy's switch for the parts of which brackets and lines are made
    try:
        return printer._print(math)
    finally:
        pretty_use_unicode(before)

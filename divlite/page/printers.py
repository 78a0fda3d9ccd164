"""The derivations' objects in LaTeX and in the terminal's two dimensions; `inline` has them on one line.

SymPy's printers do all that `nodes` does not. Terms stand in the order in which they were written.
"""

import re
from collections.abc import Sequence
from typing import Any

from sympy import Abs
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pretty.pretty import PrettyPrinter
from sympy.printing.pretty.pretty_symbology import pretty_use_unicode
from sympy.printing.pretty.stringpict import prettyForm, stringPict

from ..derive.notation import Figure, Total
from .nodes import LOOKS, SUPERSCRIPTS, Nodes, Template, simple


def _in_a_row(parts: Sequence[str]) -> str:
    """Behind another part a minus is one number's, and not a difference: in braces it is shown so."""
    first, *others = parts
    return first + "".join(a if a[0] in "^',;" else f" {{{a}}}" if a[0] == "-" else f" {a}" for a in others)


class _Latex(Nodes, LatexPrinter):
    looks = LOOKS
    template = Template(
        column=0,
        tall=True,
        row=_in_a_row,
        brackets=r"\left({}\right)".format,
        bars=r"\left\lvert {} \right\rvert".format,  # in Markdown | would end the cell of a table
        over=r"\frac{{{}}}{{{}}}".format,
        limit=r"\lim_{{{}}}".format,
        power_of_ten=r"{} \times 10^{{{}}}".format,
    )

    def _print(self, math: Any, exp: str = "", **how: Any) -> str:
        """exp: a power, which SymPy asks to have behind a function's name."""
        if not exp or self.look(math) is None:
            return super()._print(math, **how, **({"exp": exp} if exp else {}))
        shown = self._print(math) if isinstance(math, Abs) else self.brackets(math)
        return f"{shown}^{{{exp}}}"


class _Pretty(Nodes, PrettyPrinter):
    looks = LOOKS | {Total: lambda pen, _, f: pen.row(_under(pen.row("sum"), "i"), " ", pen.body(f))}

    def _print_Pow(self, power: Any) -> prettyForm:
        base, exponent = power.args
        form = self._print(base)
        if not (self._use_unicode and exponent in range(2, 10) and form.height() == 1):
            return PrettyPrinter._print_Pow(self, power)
        bare = simple(base) or (isinstance(base, Figure) and base.precedence > PRECEDENCE["Pow"])
        shown = form if bare else self.brackets(form)
        return prettyForm(*stringPict.next(shown, SUPERSCRIPTS[int(exponent) - 2]), binding=prettyForm.POW)


def _beside(parts: Sequence[Any]) -> prettyForm:
    """On one baseline."""
    return prettyForm(*stringPict.next(*parts), binding=prettyForm.MUL if len(parts) > 1 else prettyForm.ATOM)


def _under(sign: prettyForm, below: Any) -> prettyForm:
    return prettyForm(sign.below(below)[0], baseline=0)


def _stacked(top: prettyForm, below: prettyForm) -> prettyForm:
    return prettyForm(*stringPict.stack(top, stringPict.LINE, below), binding=prettyForm.DIV)


_LATEX = _Latex({"order": "none"})
_CLOSED_BEFORE_NUMBER = re.compile(r"(\\right\)(?:\^\{\d+\})?) (?=\d)")


def latex(math: Any) -> str:
    """As LaTeX; a number behind a bracket gets a dot, as one behind a number does."""
    return _CLOSED_BEFORE_NUMBER.sub(r"\1 \\cdot ", _LATEX.doprint(math))


def pretty(math: Any, unicode: bool = True) -> prettyForm:
    """As a block of lines, with the line on which an equals sign stands."""
    printer = _Pretty({"order": "none", "use_unicode": unicode, "wrap_line": False})
    printer.template = Template(
        column=1 if unicode else 2,
        tall=True,
        row=_beside,
        brackets=lambda a: prettyForm(*a.parens()),
        bars=lambda a: prettyForm(*a.parens("|", "|")),
        over=_stacked,
        limit=lambda below: _under(prettyForm("lim"), below),
    )
    before = pretty_use_unicode(unicode)  # SymPy's switch for the parts of which brackets and lines are made
    try:
        return printer._print(math)
    finally:
        pretty_use_unicode(before)

"""A derivation as Markdown with LaTeX, for notebooks, and as LaTeX alone."""

import re
from typing import Any

import sympy as sp

from .notation import Chain, Derivation
from .printers import latex
from .words import because, typeset


def _inline(math: Any) -> str:
    return f"${latex(math)}$"


def document(derivation: Derivation) -> str:
    """The whole derivation; formulas and reasons stand side by side in tables."""
    result = [f"# {_words(derivation.title)}"]
    for number, part in enumerate(derivation.parts, 1):
        result.append(f"## {number}. {part.title}")
        for item in part.content:
            if isinstance(item, str):
                result.append(_words(item))
            elif isinstance(item, Chain):
                result.append(_table(item))
            else:
                result.append("\n".join(("```text", *item.lines, "```")))
    return "\n\n".join(result) + "\n"


def latex_document(derivation: Derivation) -> str:
    r"""All formulas and reasons as one display of LaTeX, in an `aligned` environment."""
    rows: list[str] = []
    for number, part in enumerate(derivation.parts, 1):
        rows.append(rf"&\textbf{{{number}. {part.title}}}")
        for chain in (item for item in part.content if isinstance(item, Chain)):
            relation = _relation(chain)
            for place, step in enumerate(chain.lines):
                head = latex(chain.head) if place == 0 else ""
                reason = because(step, _inline, _escaped)
                rows.append(rf"{head} &{relation} {latex(step.math)} &&\text{{{reason}}}")
    return "$$\\begin{aligned}\n" + " \\\\[0.6em]\n".join(rows) + "\n\\end{aligned}$$\n"


def _relation(chain: Chain) -> str:
    return r"\iff " if isinstance(chain.head, sp.Eq) else "= "


def _table(chain: Chain) -> str:
    relation = _relation(chain)
    rows = ["| | |", "|:--|:--|"]
    for place, step in enumerate(chain.lines):
        head = latex(chain.head) if place == 0 else r"\quad"
        rows.append(
            rf"| $\displaystyle {head} {relation}{latex(step.math)}$ | {because(step, _inline, _plain)} |"
        )
    return "\n".join(rows)


def _words(text: str) -> str:
    return typeset(text, _inline, _plain)


def _plain(text: str) -> str:
    """With what Markdown would take for markup escaped."""
    return re.sub(r"([|*_<>\\`])", r"\\\1", text)


def _escaped(text: str) -> str:
    return re.sub(r"([%#&_{}])", r"\\\1", text)

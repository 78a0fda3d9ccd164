"""A derivation as Markdown, the formulas in LaTeX."""

import re
from typing import Any

import sympy as sp

from ..derive.notation import Chain, Derivation, numbered
from .printers import latex
from .words import because, typeset


def _inline(math: Any) -> str:
    return f"${latex(math)}$"


def document(derivation: Derivation, number: int | None = None) -> str:
    """The whole derivation, or one part; formulas and reasons stand side by side in tables."""
    result = [f"# {_words(derivation.title)}"] if number is None else []
    for place, part in numbered(derivation, number):
        result.append(f"## {place}. {part.title}")
        for item in part.content:
            if isinstance(item, str):
                result.append(_words(item))
            elif isinstance(item, Chain):
                result.append(_table(item))
            else:
                result.append("\n".join(("```text", *item.lines, "```")))
    return "\n\n".join(result) + "\n"


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

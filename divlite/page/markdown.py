"""A derivation as Markdown, the formulas in LaTeX."""

from typing import Any

import sympy as sp

from ..derive.notation import Chain, Derivation, Listing, numbered
from .printers import latex
from .words import Words

_ESCAPED = str.maketrans({mark: f"\\{mark}" for mark in r"|*_<>\`"})


def _inline(math: Any) -> str:
    return f"${latex(math)}$"


def _plain(text: str) -> str:
    return text.translate(_ESCAPED)  # what Markdown would take for markup


WORDS = Words(_inline, _plain)


def document(derivation: Derivation, number: int | None = None) -> str:
    """The whole derivation, or one part; formulas and reasons stand side by side in tables."""
    result = [f"# {WORDS.typeset(derivation.title)}"] if number is None else []
    for place, part in numbered(derivation, number):
        result += [f"## {place}. {part.title}", *map(_item, part.content)]
    return "\n\n".join(result) + "\n"


def _item(item: str | Chain | Listing) -> str:
    if isinstance(item, str):
        return WORDS.typeset(item)
    return _table(item) if isinstance(item, Chain) else "\n".join(("```text", *item.lines, "```"))


def _table(chain: Chain) -> str:
    relation = r"\iff " if isinstance(chain.head, sp.Eq) else "= "
    heads = [latex(chain.head), *[r"\quad"] * (len(chain.lines) - 1)]
    rows = [
        rf"| $\displaystyle {head} {relation}{latex(step.math)}$ | {WORDS.because(step)} |"
        for head, step in zip(heads, chain.lines, strict=True)
    ]
    return "\n".join(["| | |", "|:--|:--|", *rows])

"""A derivation as Markdown, the formulas in LaTeX."""

from typing import Any

import sympy as sp

from ..derive.notation import Chain, Derivation, Listing, numbered
from ..language import Language
from .printers import latex
from .words import Words

_ESCAPED = str.maketrans({mark: f"\\{mark}" for mark in r"|*_<>\`"})


def _inline(math: Any) -> str:
    return f"${latex(math)}$"


def _plain(text: str) -> str:
    return text.translate(_ESCAPED)  # what Markdown would take for markup


def document(derivation: Derivation, number: int | None = None, language: Language = "en") -> str:
    """The whole derivation, or one part; formulas and reasons stand side by side in tables."""
    words = Words(_inline, _plain, language)
    result = [f"# {words.typeset(derivation.title)}"] if number is None else []
    for place, part in numbered(derivation, number):
        result += [f"## {place}. {words.told(part.title)}", *(_item(item, words) for item in part.content)]
    return "\n\n".join(result) + "\n"


def _item(item: str | Chain | Listing, words: Words) -> str:
    if isinstance(item, str):
        return words.typeset(item)
    if isinstance(item, Chain):
        return _table(item, words)
    return "\n".join(("```text", *map(words.told, item.lines), "```"))


def _table(chain: Chain, words: Words) -> str:
    relation = r"\iff " if isinstance(chain.head, sp.Eq) else "= "
    heads = [latex(chain.head), *[r"\quad"] * (len(chain.lines) - 1)]
    rows = [
        rf"| $\displaystyle {head} {relation}{latex(step.math)}$ | {words.because(step)} |"
        for head, step in zip(heads, chain.lines, strict=True)
    ]
    return "\n".join(["| | |", "|:--|:--|", *rows])

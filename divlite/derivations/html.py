"""A derivation as one HTML file: MathML, no script, nothing fetched."""

from html import escape
from typing import Any

import sympy as sp
from latex2mathml.converter import convert

from .notation import Chain, Derivation, Listing, Part
from .printers import latex
from .words import because, typeset

STYLE = """
:root { color-scheme: light; }
body { margin: 0; background: #fbfbf9; color: #1d1d1f; font: 17px/1.55 Georgia, "Times New Roman", serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2.5rem 1.5rem 5rem; background: #fff; }
h1 { font-size: 1.9rem; font-weight: normal; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .6rem; padding-top: .8rem; border-top: 1px solid #ddd; }
h2 span { color: #1845fb; margin-right: .5rem; }
p { max-width: 46rem; }
.chain { overflow-x: auto; }
table { border-collapse: collapse; margin: .8rem 0 1.4rem 1rem; }
td { padding: .35rem .3rem; vertical-align: middle; }
td.head { text-align: right; white-space: nowrap; }
td.why { color: #55555a; font-style: italic; font-size: .95rem; padding-left: 2.2rem; min-width: 15rem; }
td.sign { text-align: center; }
math { font-family: "STIX Two Math", "Cambria Math", "Latin Modern Math", math; font-size: 1.06em; }
math[display="block"] { text-align: left; margin: 0; width: max-content; }
pre { background: #f4f4f0; border-left: 3px solid #1845fb; padding: .7rem 1rem; overflow-x: auto;
  font: 14px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
"""


def document(derivation: Derivation) -> str:
    """The whole derivation as a page of its own."""
    parts = "".join(_part(number, part) for number, part in enumerate(derivation.parts, 1))
    title = escape(derivation.title)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{title}</h1>\n{parts}</main>\n</body>\n</html>\n"
    )


def _part(number: int, part: Part) -> str:
    items = "".join(_item(item) for item in part.content)
    return f"<section>\n<h2><span>{number}</span>{escape(part.title)}</h2>\n{items}</section>\n"


def _item(item: "str | Chain | Listing") -> str:
    if isinstance(item, str):
        return f"<p>{_words(item)}</p>\n"
    if isinstance(item, Chain):
        return _table(item)
    return "<pre>" + "\n".join(map(escape, item.lines)) + "</pre>\n"


def _table(chain: Chain) -> str:
    equations = isinstance(chain.head, sp.Eq)
    sign = "\N{LEFT RIGHT DOUBLE ARROW}" if equations else "="
    rows: list[str] = []
    for place, step in enumerate(chain.lines):
        head = _math(chain.head) if place == 0 else ""
        rows.append(
            f'<tr><td class="head">{head}</td><td class="sign">{sign}</td><td>{_math(step.math)}</td>'
            f'<td class="why">{because(step, _inline, escape)}</td></tr>\n'
        )
    return '<div class="chain"><table>\n' + "".join(rows) + "</table></div>\n"


def _math(math: Any, display: str = "block") -> str:
    # A browser leaves no space after a function's name, as LaTeX does.
    return convert(latex(math).replace(r"\log ", r"\log\,"), display=display)


def _words(text: str) -> str:
    return typeset(text, _inline, escape)


def _inline(math: Any) -> str:
    return _math(math, "inline")

"""A derivation as one HTML file, or as a piece of one: MathML, no script, nothing fetched."""

import re
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import Any

import sympy as sp
from latex2mathml.converter import convert

from ..derive.notation import Chain, Derivation, Listing, Part, numbered
from .inline import inline
from .printers import latex
from .words import because, typeset

WEB = Path(__file__).parent / "web"

# Notebooks from elsewhere are shown without MathML and without the style that hides this line.
STRIPPED = (
    '<p class="stripped">The formulas below have lost their markup, because this notebook is not trusted. '
    "Run the cell again, or trust the notebook, to see them.</p>\n"
)
# Brackets about nothing tall: Chromium leaves room beside those that may stretch.
_FLAT = re.compile(r"\\left\(((?:(?!\\left|\\right|\\frac|\\sum|\\int|\\sqrt).)*)\\right\)")
_MARKS = re.compile(r"<mi>([,;])</mi>")
_TOUCHING = re.compile(r"[^\s<>]*(?:<math(?:(?!</math>).)*</math>[^\s<>]*)+")


def document(derivation: Derivation, number: int | None = None) -> str:
    """The whole derivation, or the part of that number, as a page of its own."""
    title = derivation.title if number is None else f"{derivation.title}: part {number}"
    style = _style("formulas.css") + _style("page.css")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(typeset(title, inline))}</title>\n<style>\n{style}</style>\n</head>\n"
        f'<body>\n<main class="divlite">\n{_body(derivation, number)}</main>\n</body>\n</html>\n'
    )


def fragment(derivation: Derivation, number: int | None = None) -> str:
    """The same for a notebook, with a style that touches nothing else on the page."""
    style = _style("formulas.css")
    return f'<div class="divlite">\n<style>\n{style}</style>\n{STRIPPED}{_body(derivation, number)}</div>\n'


def _style(name: str) -> str:
    font = b64encode((WEB / "math.woff").read_bytes()).decode()
    return (WEB / name).read_text(encoding="utf-8").replace("base64,FONT", f"base64,{font}")


def _body(derivation: Derivation, number: int | None) -> str:
    heading = f"<h1>{_words(derivation.title)}</h1>\n" if number is None else ""
    return heading + "".join(_part(place, part) for place, part in numbered(derivation, number))


def _part(number: int, part: Part) -> str:
    items = "".join(_item(item) for item in part.content)
    return f"<section>\n<h2><span>{number}</span>{escape(part.title)}</h2>\n{items}</section>\n"


def _item(item: "str | Chain | Listing") -> str:
    if isinstance(item, str):
        return f"<p>{_words(item)}</p>\n"
    if isinstance(item, Chain):
        return _chain(item)
    return "<pre>" + "\n".join(map(escape, item.lines)) + "</pre>\n"


def _chain(chain: Chain) -> str:
    equations = isinstance(chain.head, sp.Eq)
    sign = f"<math><mo>{'&#x21d4;' if equations else '='}</mo></math>"
    rows: list[str] = []
    for place, step in enumerate(chain.lines):
        head = "" if place else f'<div class="head">{_math(chain.head)}</div>'
        rows.append(
            f'<div class="line">{head}<div class="sign">{sign}</div>'
            f'<div class="formula">{_math(step.math)}</div>'
            f'<div class="why">{_kept(because(step, _inline, escape))}</div></div>\n'
        )
    return '<div class="chain">\n' + "".join(rows) + "</div>\n"


def _math(math: Any, display: str = "block") -> str:
    text, count = latex(math), 1
    while count:
        text, count = _FLAT.subn(r"{(\1)}", text)
    # A browser leaves no space after a function's name, as LaTeX does.
    text = text.replace(r"\log ", r"\log\,").replace(r"\lim_", r"\lim\limits_")
    return _MARKS.sub(r"<mo>\1</mo>", convert(text, display=display))


def _words(text: str) -> str:
    return _kept(typeset(text, _inline, escape))


def _kept(text: str) -> str:
    """With no line's end between a formula and what touches it, such as a bracket or a full stop."""
    return _TOUCHING.sub(r'<span class="kept">\g<0></span>', text)


def _inline(math: Any) -> str:
    return _math(math, "inline")

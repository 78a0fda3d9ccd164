"""A derivation as one HTML file, or as a piece of one: MathML, no script, nothing fetched."""

import re
from base64 import b64encode
from functools import lru_cache, partial
from html import escape
from pathlib import Path
from typing import Any

import sympy as sp
from latex2mathml.converter import convert

from ..derive.notation import Chain, Derivation, Listing, numbered
from ..language import Language, phrase, told
from .printers import inline, latex, pretty
from .words import Words

WEB = Path(__file__).parent / "web"

# Notebooks from elsewhere are shown without MathML and without the style that hides this line.
STRIPPED = phrase(
    "The formulas below have lost their markup, because this notebook is not trusted. Run the cell again, or "
    "trust the notebook, to see them."
)
HEAD, FORMULA = 24, 60  # columns of the terminal: wider ones have a row of their own, and the reason below
# Brackets about nothing tall: Chromium leaves room beside those that may stretch.
_FLAT = re.compile(r"\\left\(((?:(?!\\left|\\right|\\frac|\\sum|\\int|\\sqrt).)*)\\right\)")
_MARKS = re.compile(r"<mi>([,;])</mi>")
# What touches a formula is a word, or a bracket or mark that may not begin or end a line. Among Japanese and
# Chinese characters a line may end anywhere else.
_LETTERS = r"[^\s<>\u2e80-\uffef]*"
_OPENING = r"[\u3008\u300a\u300c\u300e\u3010\uff08]*"
_CLOSING = r"[\u3001\u3002\u3009\u300b\u300d\u300f\u3011\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f]*"
_TOUCHING = re.compile(f"{_OPENING}{_LETTERS}(?:<math(?:(?!</math>).)*</math>{_LETTERS})+{_CLOSING}")


def document(derivation: Derivation, number: int | None = None, language: Language = "en") -> str:
    """The whole derivation, or the part of that number, as a page of its own."""
    title = derivation.title
    if number is not None:
        title = phrase("{title}: part {number}", title=title, number=number)
    return _web("page.html").format(
        language=language,
        title=escape(Words(inline, language=language).typeset(title)),
        style=_web("formulas.css") + _web("page.css"),
        body=_body(derivation, number, language),
    )


def fragment(derivation: Derivation, number: int | None = None, language: Language = "en") -> str:
    """The same for a notebook, with a style that touches nothing else on the page."""
    style, body = _web("formulas.css"), _body(derivation, number, language)
    stripped = f'<p class="stripped">{told(STRIPPED, language)}</p>\n'
    return f'<div class="divlite" lang="{language}">\n<style>\n{style}</style>\n{stripped}{body}</div>\n'


def _web(name: str) -> str:
    font = b64encode((WEB / "math.woff").read_bytes()).decode()
    return (WEB / name).read_text(encoding="utf-8").replace("base64,FONT", f"base64,{font}")


def _body(derivation: Derivation, number: int | None, language: Language) -> str:
    words = Words(partial(_math, display="inline"), escape, language)
    heading = f"<h1>{_kept(words.typeset(derivation.title))}</h1>\n" if number is None else ""
    return heading + "".join(
        f"<section>\n<h2><span>{place}</span>{escape(words.told(part.title))}</h2>\n"
        f"{''.join(_item(item, words) for item in part.content)}</section>\n"
        for place, part in numbered(derivation, number)
    )


def _item(item: str | Chain | Listing, words: Words) -> str:
    if isinstance(item, str):
        return f"<p>{_kept(words.typeset(item))}</p>\n"
    if isinstance(item, Chain):
        return _chain(item, words)
    return "<pre>" + escape("\n".join(map(words.told, item.lines))) + "</pre>\n"


def _chain(chain: Chain, words: Words) -> str:
    sign = "&#x21d4;" if isinstance(chain.head, sp.Eq) else "="
    wide = " wide" * _wider(chain.head, HEAD)
    heads = [f'<div class="head{wide}">{_math(chain.head)}</div>', *[""] * (len(chain.lines) - 1)]
    rows = [
        f'<div class="line{" wide" * _wider(step.math, FORMULA)}">{head}'
        f'<div class="sign"><math><mo>{sign}</mo></math></div>'
        f'<div class="formula">{_math(step.math)}</div>'
        f'<div class="why">{_kept(words.because(step))}</div></div>\n'
        for head, step in zip(heads, chain.lines, strict=True)
    ]
    return f'<div class="chain">\n{"".join(rows)}</div>\n'


def _wider(math: Any, columns: int) -> bool:
    """Whether a formula is too wide for what stands beside it, as the terminal's picture of it tells."""
    return pretty(math).width() > columns


@lru_cache(4096)  # the same formula stands in several parts and pages
def _math(math: Any, display: str = "block") -> str:
    text, count = latex(math), 1
    while count:
        text, count = _FLAT.subn(r"{(\1)}", text)
    # A browser leaves no space after a function's name, as LaTeX does.
    text = text.replace(r"\log ", r"\log\,").replace(r"\lim_", r"\lim\limits_")
    return _MARKS.sub(r"<mo>\1</mo>", convert(text, display=display))


def _kept(text: str) -> str:
    """With no line's end between a formula and what touches it, such as a bracket or a full stop."""
    return _TOUCHING.sub(r'<span class="kept">\g<0></span>', text)

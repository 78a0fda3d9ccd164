"""A report as a page: of at most 96 columns for a terminal, and as HTML for a notebook."""

from collections.abc import Iterator
from html import escape
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

from ..language import Language, joined, phrase, told
from ..language.wrapping import padded, width, wrapped

if TYPE_CHECKING:
    from .report import Finding, Report

WIDTH = 96
NUMBER = 14  # columns of a number in the table
HEADS = {
    "right": phrase("Right."),
    "right up to a constant": phrase("Right up to a constant: the gradient is right, the number is not."),
    "wrong value": phrase("Wrong value."),
    "wrong gradient only": phrase("The value is right, the gradient is not."),
    "differs by precision": phrase("Right, but for its precision."),
    "unexplained": phrase("Unexplained: none of the known forms gives these numbers."),
}
ORDER = phrase("What to mend, in this order:")
OTHERS = phrase("The same numbers are also given by:")
WORST = phrase("Where it is farthest from what was expected:")
SOME = phrase("At some random arguments:")
WRITE = phrase("write: ")


def lines(report: "Report", language: Language) -> Iterator[str]:
    """The verdict and what it is; then what to mend; then what else fits, notes, and the worst points."""
    yield from _filled(told(HEADS[report.verdict], language))
    if report.what_it_is:
        yield from _filled(sentence(report.what_it_is, language), "  ")
    yield from _filled(figures(report, language), "  ")
    if report.findings:
        yield from ("", told(ORDER, language))
    for number, one in enumerate(report.findings, 1):
        yield from _item(one, f"{number}. ", language)
    if report.alternatives:
        yield from ("", told(OTHERS, language))
    for other in report.alternatives:
        yield from _filled(sentence(other.what_it_is, language), "   ", "-  ")
        yield from _filled(told(_probe(other.probe), language), "   ")
    if report.notes:
        yield ""
    for note in report.notes:
        yield from _filled(told(_note(note), language), "      ", "")
    if report.worst:
        yield from ("", told(_caption(report), language))
        yield from _table(_cells(report, language))


def finding(one: "Finding", language: Language) -> Iterator[str]:
    """One by itself, with its name."""
    yield from _filled(f"{one.slip}: {told(one.says, language)}", "  ", "")
    if one.evidence:
        yield from _filled(told(one.evidence, language), "  ")
    yield from _code(one, "  ", language)


def html(report: "Report", language: Language) -> str:
    """The same for a notebook, in the look of the derivations; no script, and all text escaped."""

    def said(text: str) -> str:
        return escape(told(text, language))

    parts = [f"<h2>{said(HEADS[report.verdict])}</h2>"]
    of = (sentence(report.what_it_is, language) if report.what_it_is else "", figures(report, language))
    parts += [f"<p>{escape(text)}</p>" for text in of if text]
    if report.findings:
        items = "".join(_html_item(one, language) for one in report.findings)
        parts.append(f"<p>{said(ORDER)}</p>\n<ol>\n{items}</ol>")
    if report.alternatives:
        both = (
            joined("{} {}", [sentence(a.what_it_is, language), _probe(a.probe)]) for a in report.alternatives
        )
        others = "".join(f"<li>{said(text)}</li>\n" for text in both)
        parts.append(f"<p>{said(OTHERS)}</p>\n<ul>\n{others}</ul>")
    parts += [f"<p>{said(_note(note))}</p>" for note in report.notes]
    if report.worst:
        parts.append(_html_table(report, language))
    body = "\n".join(parts)
    style = f"<style>\n{_style()}</style>"
    return f'<div class="divlite" lang="{language}">\n{style}\n<section>\n{body}\n</section>\n</div>\n'


def sentence(text: str, language: Language) -> str:
    """With a full stop; in English with a capital, unless it begins with a formula or a name such as k3."""
    said = told(text, language)
    if language != "en":
        return said if said.endswith(ENDS) else f"{said}\N{IDEOGRAPHIC FULL STOP}"
    word = said.split(" ", 1)[0].strip(",:")
    first = said[:1].upper() if word.isalpha() and word.islower() and len(word) > 1 else said[:1]
    return first + said[1:] + ("" if said.endswith(ENDS) else ".")


ENDS = (".", "!", "?", "\N{IDEOGRAPHIC FULL STOP}")


def figures(report: "Report", language: Language) -> str:
    """The numbers: what it gave, what was expected, how exactly the sentence above fits."""
    said: list[str] = [] if isnan(report.value) else [phrase("value {:.9g}", report.value)]
    said += [] if isnan(report.expected) else [phrase("expected {:.9g}", report.expected)]
    if not isnan(report.error) and report.what_it_is:
        said.append(phrase("the description fits to {:.1g} of the value", report.error))
    return sentence(joined("{}; {}", said), language) if said else ""


def _probe(probe: str) -> str:
    return phrase("To tell them apart: {}", probe)


def _note(note: str) -> str:
    return phrase("Note: {}", note)


def _evidence(one: "Finding") -> str:
    return phrase("({})", one.evidence)


def _item(one: "Finding", mark: str, language: Language) -> Iterator[str]:
    indent = " " * len(mark)
    yield from _filled(sentence(one.says, language), indent, mark)
    if one.evidence:
        yield from _filled(told(_evidence(one), language), indent)
    yield from _code(one, indent, language)


def _code(one: "Finding", indent: str, language: Language) -> Iterator[str]:
    """The lines to write, the first with what they are before it."""
    mark = f"{indent}{told(WRITE, language)}"
    for number, line in enumerate(told(one.instead, language).splitlines()):
        yield f"{mark if number == 0 else ' ' * width(mark)}{line}"


def _html_item(one: "Finding", language: Language) -> str:
    evidence = f" <small>{escape(told(_evidence(one), language))}</small>" if one.evidence else ""
    code = f"<pre>{escape(told(one.instead, language))}</pre>" if one.instead else ""
    return f"<li>{escape(sentence(one.says, language))}{evidence}{code}</li>\n"


def _filled(text: str, indent: str = "", first: str | None = None) -> list[str]:
    return wrapped(text, WIDTH, indent if first is None else first, indent)


def _caption(report: "Report") -> str:
    return SOME if all(isnan(expected) for _, _, expected in report.worst) else WORST


def _cells(report: "Report", language: Language) -> list[list[str]]:
    """The head and the rows; without what was expected where nothing was."""
    known = not all(isnan(expected) for _, _, expected in report.worst)
    head = [phrase("at"), phrase("value"), *([phrase("expected")] if known else [])]
    rows = [
        [at, f"{value:.6g}", *([f"{expected:.6g}"] if known else [])] for at, value, expected in report.worst
    ]
    return [[told(cell, language) for cell in row] for row in (head, *rows)]


def _table(cells: list[list[str]]) -> Iterator[str]:
    widest = min(max(width(at) for at, *_ in cells), WIDTH - 34)
    for at, *numbers in cells:
        aligned = "".join(f" {' ' * (NUMBER - width(number))}{number}" for number in numbers)
        yield f"  {padded(_cut(at, widest), widest)}{aligned}"


def _cut(text: str, columns: int) -> str:
    """What of the text fits."""
    if width(text) <= columns:
        return text
    return next(f"{text[:n]}..." for n in range(columns, -1, -1) if width(text[:n]) <= columns - 3)


def _html_table(report: "Report", language: Language) -> str:
    head, *rows = _cells(report, language)
    columns = "".join(f"<th scope='col'>{escape(name)}</th>" for name in head)
    body = "".join(
        f"<tr><th scope='row'>{escape(at)}</th>{''.join(f'<td>{n}</td>' for n in numbers)}</tr>\n"
        for at, *numbers in rows
    )
    caption = escape(told(_caption(report), language))
    return f"<table>\n<caption>{caption}</caption>\n<tr>{columns}</tr>\n{body}</table>"


def _style() -> str:
    """The derivations' style without its font: there are no formulas here."""
    text = (Path(__file__).parents[1] / "page" / "web" / "formulas.css").read_text(encoding="utf-8")
    start = text.index("@font-face")
    return text[:start] + text[text.index("}", start) + 2 :]

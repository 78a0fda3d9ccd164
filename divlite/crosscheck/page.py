"""A report as a page: of at most 96 columns for a terminal, and as HTML for a notebook."""

from collections.abc import Iterator
from html import escape
from math import isnan
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .report import Finding, Report

WIDTH = 96
HEADS = {
    "right": "Right.",
    "right up to a constant": "Right up to a constant: the gradient is right, the number is not.",
    "wrong value": "Wrong value.",
    "wrong gradient only": "The value is right, the gradient is not.",
    "differs by precision": "Right, but for its precision.",
    "unexplained": "Unexplained: none of the known forms gives these numbers.",
}
ORDER = "What to mend, in this order:"
OTHERS = "The same numbers are also given by:"
WORST = "Where it is farthest from what was expected:"
SOME = "At some random arguments:"


def lines(report: "Report") -> Iterator[str]:
    """The verdict and what it is; then what to mend; then what else fits, notes, and the worst points."""
    yield from _filled(HEADS[report.verdict])
    if report.what_it_is:
        yield from _filled(sentence(report.what_it_is), "  ")
    yield from _filled(figures(report), "  ")
    if report.findings:
        yield from ("", ORDER)
    for number, finding in enumerate(report.findings, 1):
        yield from _finding(finding, f"{number}. ")
    if report.alternatives:
        yield from ("", OTHERS)
    for other in report.alternatives:
        yield from _filled(sentence(other.what_it_is), "   ", "-  ")
        yield from _filled(f"To tell them apart: {other.probe}", "   ")
    if report.notes:
        yield ""
    for note in report.notes:
        yield from _filled(f"Note: {note}", "      ", "")
    if report.worst:
        yield from ("", _caption(report))
        yield from _table(report.worst)


def html(report: "Report") -> str:
    """The same for a notebook, in the look of the derivations; no script, and all text escaped."""
    parts = [f"<h2>{escape(HEADS[report.verdict])}</h2>"]
    parts += [f"<p>{escape(sentence(report.what_it_is))}</p>"] if report.what_it_is else []
    parts += [f"<p>{escape(figures(report))}</p>"] if figures(report) else []
    if report.findings:
        items = "".join(map(_item, report.findings))
        parts.append(f"<p>{ORDER}</p>\n<ol>\n{items}</ol>")
    if report.alternatives:
        others = "".join(
            f"<li>{escape(sentence(a.what_it_is))} To tell them apart: {escape(a.probe)}</li>\n"
            for a in report.alternatives
        )
        parts.append(f"<p>{OTHERS}</p>\n<ul>\n{others}</ul>")
    parts += [f"<p>Note: {escape(note)}</p>" for note in report.notes]
    if report.worst:
        head, *rows = _cells(report.worst)
        columns = "".join(f"<th scope='col'>{name}</th>" for name in head)
        body = "".join(
            f"<tr><th scope='row'>{escape(at)}</th>{''.join(f'<td>{n}</td>' for n in numbers)}</tr>\n"
            for at, *numbers in rows
        )
        parts.append(f"<table>\n<caption>{_caption(report)}</caption>\n<tr>{columns}</tr>\n{body}</table>")
    body = "\n".join(parts)
    return f'<div class="divlite">\n<style>\n{_style()}</style>\n<section>\n{body}\n</section>\n</div>\n'


def sentence(text: str) -> str:
    """With a capital, unless it begins with a formula or a name such as k3, and a full stop."""
    word = text.split(" ", 1)[0].strip(",:")
    first = text[:1].upper() if word.isalpha() and word.islower() and len(word) > 1 else text[:1]
    return first + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def figures(report: "Report") -> str:
    """The numbers: what it gave, what was expected, how exactly the sentence above fits."""
    said = [f"value {report.value:.9g}"] if not isnan(report.value) else []
    said += [f"expected {report.expected:.9g}"] if not isnan(report.expected) else []
    if not isnan(report.error) and report.what_it_is:
        said.append(f"the description fits to {report.error:.1g} of the value")
    return sentence("; ".join(said)) if said else ""


def _finding(finding: "Finding", mark: str) -> Iterator[str]:
    indent = " " * len(mark)
    yield from _filled(sentence(finding.says), indent, mark)
    if finding.evidence:
        yield from _filled(f"({finding.evidence})", indent)
    for number, line in enumerate(finding.instead.splitlines()):
        yield f"{indent}{'write: ' if number == 0 else '       '}{line}"


def _item(finding: "Finding") -> str:
    evidence = f" <small>({escape(finding.evidence)})</small>" if finding.evidence else ""
    code = f"<pre>{escape(finding.instead)}</pre>" if finding.instead else ""
    return f"<li>{escape(sentence(finding.says))}{evidence}{code}</li>\n"


def _filled(text: str, indent: str = "", first: str | None = None) -> list[str]:
    lead = indent if first is None else first
    return wrap(text, WIDTH, initial_indent=lead, subsequent_indent=indent)


def _caption(report: "Report") -> str:
    return SOME if all(isnan(expected) for _, _, expected in report.worst) else WORST


def _cells(worst: tuple[tuple[str, float, float], ...]) -> list[list[str]]:
    """The head and the rows; without what was expected where nothing was."""
    known = not all(isnan(expected) for _, _, expected in worst)
    rows = [[at, f"{value:.6g}", *([f"{expected:.6g}"] if known else [])] for at, value, expected in worst]
    return [["at", "value", *(["expected"] if known else [])], *rows]


def _table(worst: tuple[tuple[str, float, float], ...]) -> Iterator[str]:
    width = min(max(len(at) for at, _, _ in worst), WIDTH - 34)
    for at, *numbers in _cells(worst):
        short = at if len(at) <= width else at[: width - 3] + "..."
        yield f"  {short:<{width}}{''.join(f' {number:>14}' for number in numbers)}"


def _style() -> str:
    """The derivations' style without its font: there are no formulas here."""
    text = (Path(__file__).parents[1] / "page" / "web" / "formulas.css").read_text(encoding="utf-8")
    start = text.index("@font-face")
    return text[:start] + text[text.index("}", start) + 2 :]

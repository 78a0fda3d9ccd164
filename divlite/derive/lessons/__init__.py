"""What a teacher adds to a derivation that is computed; a loss has its page without one, too.

The lesson on a loss of divlite.losses is the text of the same name here. It is read into the same objects as
everything else, and its lines are proved like all others.

    ## stationary (normal)            a section: where it stands, see `Lesson`; and which Q it is about
    Words with formulas: $q[k]$.      a paragraph, up to an empty line: one phrase

        D(L, mu)                      a chain: a head; "a = b" makes an equation of it
        -w[k]*p[k] | why | if q[k] = p[k]; sigma = s | times sigma     a line, its reason, conditions, factor

A chain about a parameter that is not asked for is left out. Where the second parameter is not sigma, the
chains of the derivatives by sigma are followed by those of the derivatives by it.
"""

import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import sympy as sp

from ... import losses
from ...language import joined, phrase
from .. import coordinates, formulas, notation
from ..notation import Chain, D, Derivation, L, Line, Normal, Part, as_written, chain, i, line, mu, sigma, z
from ..request import Request

Items = tuple["str | Chain", ...]
NAMES: dict[str, Any] = {
    **vars(notation),
    "pi": sp.pi,
    "delta": sp.KroneckerDelta,
    "P": Normal(notation.X, notation.m, notation.s),
    "Q": Normal(notation.X, mu, sigma),
    **{name: sp.Symbol(name, positive=True) for name in "ABC"},
}
THEOREMS = Path(__file__).parents[1] / "theorems" / "words.md"
WHOLE = "discrete_kl", "normal_kl"  # the heads of their sections are the titles of parts
TITLED = *WHOLE, "smoothed"  # the page of another loss has its title from the loss's own file


class Lesson(NamedTuple):
    """{section: its items}, and {the reason computed for a line: the teacher's words in its place}.

    Sections: definition, after the formula of part 1; first, before what the theorems say in part 5; last,
    after what they say in part 6; and the names of `theorems.PIECES` and "second", in the place of these.
    """

    sections: dict[str, Items]
    reasons: dict[str, str]
    title: str = ""

    def items(self, name: str, request: Request) -> Items:
        """What the lesson has under this name for what is asked for."""
        general = self.sections.get(name, ())
        found = self.sections.get(f"{name} (normal)", general) if is_normal(request) else general
        return tuple(item for one in found for item in _asked(one, request))

    def definition(self, request: Request) -> Items:
        return self.items("definition", request)


def lesson_of(loss: Any) -> Lesson:
    """The lesson on this loss; an empty one where there is none."""
    package, _, name = type(loss).__module__.rpartition(".")
    return read(name) if package == losses.__name__ else Lesson({}, {})


def whole(name: str, request: Request, definitions: dict[Any, Any], ends: dict[Any, Any]) -> Derivation:
    """A derivation that is all lesson: its sections are the parts, in their order."""
    lesson = read(name)
    parts = tuple(Part(phrase(title), lesson.items(title, request)) for title in lesson.sections)
    subject, _, words = lesson.title.partition(": ")
    return Derivation(subject, joined("{}: {}", [subject, phrase(words)]), definitions, parts, ends)


def is_normal(request: Request) -> bool:
    """Whether Q is a Normal: its pull grows in proportion to the distance."""
    return request.scores[0] == z[i]


def said(section: str, **names: Any) -> Items:
    """What the theorems say under that name; names: what those of its own stand for."""
    shown = {name: of if isinstance(of, str) else str(of) for name, of in names.items()}
    return _items(_sections(THEOREMS)[section], NAMES | names, shown)


@cache
def read(name: str) -> Lesson:
    """The text of that name."""
    path = Path(__file__).with_name(f"{name}.md")
    title, *sections = _sections(path).items() if path.exists() else [("", "")]
    found = {head: _items(text, NAMES, {}) for head, text in sections}
    pairs = (str(item).split(" -> ") for item in found.pop("reasons", ()))
    reasons: dict[str, str] = {computed: phrase(taught) for computed, taught in pairs}
    return Lesson(found, reasons, title[0].strip("# "))


@cache
def _sections(path: Path) -> dict[str, str]:
    """{the head of a section: its text}; the first is the title."""
    sections = path.read_text("utf-8").split("\n## ")
    return {head.strip(): text for head, _, text in (section.partition("\n") for section in sections)}


def _items(text: str, names: Mapping[str, Any], shown: Mapping[str, str]) -> Items:
    """The paragraphs and chains of a section; shown: what stands in the braces of its words."""
    return tuple(
        phrase(block, **shown) if isinstance(block, str) else _chain(*block, names, shown)
        for block in _blocks(text)
    )


def _blocks(text: str) -> "Iterator[str | tuple[str, list[Step]]]":
    """The paragraphs, each on one line; and of the chains the heads, and the lines."""
    for block in filter(str.strip, text.strip("\n").split("\n\n")):
        if block.startswith("    "):
            head, *steps = textwrap.dedent(block).strip().splitlines()
            yield head, [_step(step) for step in steps]
        else:
            yield " ".join(block.split())


class Step(NamedTuple):
    """A line of a chain as it is written: its formula, why it follows, its conditions, its factor."""

    math: str
    why: str
    given: list[str]
    times: str


def _step(text: str) -> Step:
    math, *notes = (part.strip() for part in text.split(" | "))
    marked = {word: note for note in notes for word in ("if ", "times ") if note.startswith(word)}
    given = marked["if "][3:].split("; ") if "if " in marked else []
    why = next((note for note in notes if note not in marked.values()), "")
    return Step(math, why, given, marked.get("times ", "times 1")[6:])


def _chain(head: str, steps: list[Step], names: Mapping[str, Any], shown: Mapping[str, str]) -> Chain:
    def made(step: Step) -> Line:
        given = (formula(e, names) for e in step.given)
        why = phrase(step.why, **shown) if step.why else ""
        return line(formula(step.math, names), why, *given, times=formula(step.times, names))

    return chain(formula(head, names), *map(made, steps))


def templates(path: Path) -> Iterator[str]:
    """All texts of a lesson, or of the theorems, that a page shows: what is to be translated."""
    title, *sections = _sections(path).items()
    if path.stem in TITLED:
        yield title[0].partition(": ")[2]
    for head, text in sections:
        if path.stem in WHOLE:
            yield head
        for block in _blocks(text):
            if isinstance(block, str):
                yield block.partition(" -> ")[2] if head == "reasons" else block
            else:
                yield from (step.why for step in block[1] if step.why)


@as_written
def formula(text: str, names: Mapping[str, Any] = NAMES) -> Any:
    """The object that a formula of a lesson stands for: an equation, where there is a sign in it."""
    found = formulas.formula(text, names)
    return sp.Eq(*found.args[::2]) if isinstance(found, formulas.Comparison) else found


def _asked(item: "str | Chain", request: Request) -> Items:
    """The item, if it is about what is asked for, and what follows from it for the second parameter."""
    if isinstance(item, str):
        return (item,)
    wanted = {mu: request.mu, sigma: request.second}
    if not all(wanted.get(d.args[1], True) for d in item.head.atoms(D)):
        return ()
    if item.head == D(L, sigma) and request.coordinate.rate:
        return (
            item,
            chain(D(sigma, request.symbol), *request.coordinate.rate),
            coordinates.first(request, item.lines[-1].math),
        )
    return (item, *coordinates.twice(request, item.lines)) if item.head == D(D(L, sigma), sigma) else (item,)

"""The translations: one gettext catalogue a language, and what in a text is no word.

Formulas, numbers, code and what stands in braces are the same in every language. So a translation is looked
up by the words around them, and has them from the text that is said, not from the catalogue: where a number
of the English text is changed, it changes in all languages.
"""

import re
from functools import cache
from itertools import count
from pathlib import Path
from typing import NamedTuple

# A placeholder, a formula, code, the address of a link, a number that is no part of a name such as L1.
OBJECT = re.compile(
    r"\{[^{}]*\}|\$\$.+?\$\$|\$[^$]*\$|`[^`]*`|(?<=\])\([^)\s]*\)|https?://[^\s)]+"
    r"|(?<![A-Za-z0-9_.])-?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?(?![A-Za-z0-9_])",
    re.DOTALL,
)


class Entry(NamedTuple):
    """A text as it was when it was translated, and its translation."""

    english: str
    translation: str


class Catalogue(NamedTuple):
    """{an English text: its translation}, and the same by the words of the text."""

    exact: dict[str, str]
    by_words: dict[str, Entry]

    def said(self, text: str) -> str | None:
        """The translation of a text; of one with the same words, with the objects of this one; or None."""
        if text in self.exact:
            return self.exact[text]
        entry = self.by_words.get(words(text))
        return None if entry is None else with_objects(entry, objects(text))


def objects(text: str) -> list[str]:
    """What is no word in a text, in its order."""
    return OBJECT.findall(text)


def words(text: str) -> str:
    """The text with a mark in the place of each of its objects: what its translation is looked up by."""
    return OBJECT.sub("\N{OBJECT REPLACEMENT CHARACTER}", text)


def said(text: str, language: str) -> str:
    """The translation of an English text; the text itself without one."""
    found = of(language).said(text)
    return text if found is None else found


def with_objects(entry: Entry, new: list[str]) -> str | None:
    """The translation with other objects in the place of those that it was made with.

    None where one object stands for several new ones: which is which, only a translator can say.
    """
    pairs = set(zip(_numbered(objects(entry.english)), new, strict=True))
    others = dict(pairs)
    if len(others) < len(pairs):
        return None
    old = iter(_numbered(objects(entry.translation)))
    return OBJECT.sub(lambda match: others.get(next(old), match[0]), entry.translation)


def _numbered(found: list[str]) -> list[str]:
    """The objects, with their numbers in the braces without a name, which keep their order."""
    number = count()
    return [f"{{{next(number)}}}" if thing == "{}" else thing for thing in found]


@cache
def of(language: str) -> Catalogue:
    """That of a language."""
    return read(Path(__file__).with_name(f"{language}.po"))


def read(path: Path) -> Catalogue:
    """The catalogue in a file; without what has no translation, and what is marked fuzzy."""
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        found = [one for one in read_po(file) if one.id and one.string and not one.fuzzy]
    return made_of({str(one.id): str(one.string) for one in found})


def made_of(exact: dict[str, str]) -> Catalogue:
    """That of these translations."""
    return Catalogue(exact, {words(english): Entry(english, said) for english, said in exact.items()})

"""Bring the catalogues up to date with the texts of the package and of the demos, and say what they lack.

`python docs/translations.py` after a change of a text, or of a translation: it also makes the demos in the
other languages. Translations are written by hand into the catalogues, with any editor for gettext's files.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import translated_demos
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from divlite.crosscheck.distributions.cores import CATALOGUE
from divlite.derive import lessons
from divlite.language import LANGUAGES, catalogue
from divlite.losses.protocol import summary
from divlite.subjects import SUBJECTS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "divlite"
OTHERS = tuple(language for language in LANGUAGES if language != "en")
MARKS = {"phrase": None, "joined": None, "template": None}  # the functions whose first argument is a text


@cache
def messages() -> dict[str, list[str]]:
    """{a text that is to be translated: the files that it stands in}, in the order of the files."""
    found: dict[str, list[str]] = {}
    for file, text in _all():
        files = found.setdefault(text, [])
        files += [] if file in files else [file]
    return found


def _all() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*")):
        file = path.relative_to(PACKAGE.parent).as_posix()
        if path.suffix == ".py":
            source = path.read_bytes()
            if any(f"{mark}(".encode() in source for mark in MARKS):  # to look through all takes a second
                yield from ((file, str(text)) for _, text, *_ in extract("python", BytesIO(source), MARKS))
        elif path.name == "vocabulary.toml":
            slips = tomllib.loads(path.read_text(encoding="utf-8")).values()
            yield from ((file, slip[key]) for slip in slips for key in ("says", "advice") if key in slip)
        elif path.parent.name in ("lessons", "theorems") and path.suffix == ".md":
            yield from ((file, text) for text in lessons.templates(path))
    yield from (("divlite/crosscheck/distributions", core.says(p="p", q="q").template) for core in CATALOGUE)
    losses = (subject.loss for subject in SUBJECTS.values() if subject.loss is not None)
    yield from (("divlite/losses", part) for loss in losses for part in summary(loss).split(": "))


class Texts(NamedTuple):
    """Texts with the files that they stand in, and where their translations into a language are."""

    messages: dict[str, list[str]]
    path: Path


def texts(language: str) -> tuple[Texts, Texts]:
    """Those of the package, and those of the demos."""
    of_demos = Texts(translated_demos.messages(), ROOT / "demos" / language / "words.po")
    return Texts(messages(), PACKAGE / "language" / f"{language}.po"), of_demos


def update(language: str, wanted: Texts) -> list[str]:
    """Bring one catalogue up to date; what it lacks a translation of.

    Where only a number or a formula of a text was changed, the translation has the new one.
    """
    known, new = catalogue.read(wanted.path), Catalog(language)
    with wanted.path.open("rb") as file:
        before = read_po(file)
    for text, files in wanted.messages.items():
        old = before.get(text)
        # What is marked fuzzy stays, to be looked at.
        said = known.said(text) or (old.string if old else "")
        kept = {"flags": old.flags, "user_comments": old.user_comments} if old else {}
        new.add(text, said, locations=[(file, 0) for file in files], **kept)
    wanted.path.write_bytes(written(new))
    return [text for text in wanted.messages if not known.said(text)]


def faults(text: str, translation: str) -> list[str]:
    """What is wrong with a translation: other objects than those of the text, or a term to avoid."""
    before, after = Counter(catalogue.objects(text)), Counter(catalogue.objects(translation))
    found = [f"lacks {thing}" for thing in before - after] + [f"has {thing}" for thing in after - before]
    plain = catalogue.OBJECT.sub("", translation)
    return found + [f"says {term}, see docs/glossary.md" for term in avoided() if term in plain]


@cache
def avoided() -> tuple[str, ...]:
    """The variants of terms that docs/glossary.md rules out: the last column of its table."""
    rows = [line.split("|") for line in (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines()]
    return tuple(
        term for row in rows if len(row) == 6 for term in row[4].strip().split("\u3001") if term.strip(" -")
    )


def written(new: Catalog) -> bytes:
    """The catalogue as a file, which depends on the texts alone, and not on the day."""
    file = BytesIO()
    write_po(file, new, width=100, include_lineno=False, omit_header=True)
    return HEADER.format(language=new.locale).encode() + file.getvalue()


HEADER = """# The texts of divlite in this language. docs/translations.py adds the new ones.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


if __name__ == "__main__":
    for language in OTHERS:
        for wanted in texts(language):
            missing = update(language, wanted)
            name = wanted.path.relative_to(ROOT)
            print(f"{name}: {len(missing)} of {len(wanted.messages)} texts have no translation")
            print("".join(f"  {text[:100]}\n" for text in missing), end="")
        translated_demos.write(language)

"""Bring the catalogues of divlite/language up to date with the texts in the sources, and report what they lack.

`python docs/translations.py` after a change of a text. Translations are written into the catalogues, ja.po and
zh.po, by hand or with an editor for such files.
"""

import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import write_po

from divlite.derive import lessons
from divlite.language import LANGUAGES, catalogue
from divlite.losses.protocol import summary
from divlite.subjects import SUBJECTS

PACKAGE = Path(__file__).parents[1] / "divlite"
OTHERS = tuple(language for language in LANGUAGES if language != "en")
MARKS = {"phrase": None, "joined": None, "template": None}  # the functions whose first argument is a text


def messages() -> dict[str, list[str]]:
    """{a text that is to be translated: the files that it stands in}, in the order of the files."""
    found: dict[str, list[str]] = {}
    for file, text in _all():
        files = found.setdefault(text, [])
        files += [] if file in files else [file]
    return found


def _all() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*")):
        file = str(path.relative_to(PACKAGE.parent))
        if path.suffix == ".py":
            with path.open("rb") as source:
                yield from ((file, str(text)) for _, text, *_ in extract("python", source, MARKS))
        elif path.name == "vocabulary.toml":
            slips = tomllib.loads(path.read_text(encoding="utf-8"))
            yield from ((file, words["says"]) for words in slips.values())
        elif path.parent.name in ("lessons", "theorems") and path.suffix == ".md":
            yield from ((file, text) for text in lessons.templates(path))
    losses = (subject.loss for subject in SUBJECTS.values() if subject.loss is not None)
    yield from (("divlite/losses", part) for loss in losses for part in summary(loss).split(": "))


def update(language: str) -> list[str]:
    """Bring one catalogue up to date; what it lacks a translation of.

    Where a number or a formula of a text was changed and no word, the translation is kept, with the new one.
    """
    path = PACKAGE / "language" / f"{language}.po"
    known = catalogue.read(path)
    new, missing = Catalog(language, header_comment=f"# The texts of divlite: {language}."), list[str]()
    for text, files in messages().items():
        entry = known.get(catalogue.words(text))
        said = catalogue.with_objects(entry, catalogue.objects(text)) if entry else None
        new.add(text, said or "", locations=[(file, 0) for file in files])
        missing += [] if said else [text]
    path.write_bytes(written(new))
    return missing


def written(new: Catalog) -> bytes:
    """The catalogue as a file, which depends on the texts alone, and not on the day."""
    file = BytesIO()
    write_po(file, new, width=100, include_lineno=False, omit_header=True)
    return HEADER.format(language=new.locale).encode() + file.getvalue()


HEADER = """# The texts of divlite, and what they are in this language. docs/translations.py adds the new ones.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


if __name__ == "__main__":
    for language in OTHERS:
        missing = update(language)
        print(f"{language}: {len(missing)} of {len(messages())} texts have no translation")
        print("".join(f"  {text[:100]}\n" for text in missing), end="")

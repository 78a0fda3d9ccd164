"""What a page says, in English, Japanese or Chinese.

A `Phrase` is an English text that remembers what it was put together from. A page is made of phrases once,
in English; a printer that is asked for another language says each of them again, from the catalogue of that
language. So there is no language that is "set", and formulas, numbers and code are the same objects in all.

    phrase      an English text, and its parts
    told        a text in a language
    catalogue   the translations, and what in a text is no word
    wrapping    lines of so many columns, where a character may take two
"""

import re
from typing import Any, Literal, get_args

from .. import _check

# Around a phrase put into another; and a space at its ends, between two Japanese or Chinese characters.
_START, _END = "\ue000", "\ue001"
_WIDE = "[\u3001-\u9fff\uff01-\uff60]"
# Not compiled here: that takes longer than importing most modules, and who reads English never needs it.
_SEAM = f"(?<={_WIDE}) (?={_START}{_WIDE})|(?<={_WIDE}{_END}) (?={_START}?{_WIDE})"

Language = Literal["en", "ja", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


class Phrase(str):
    """An English text, made of a template and what stands in its braces; for everyone else a str.

    Its operators and methods return plain text, which stays English: put phrases together by `phrase`.
    """

    template: str
    args: tuple[Any, ...]
    names: dict[str, Any]

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.template, self.args, self.names)


def phrase(template: str, /, *args: Any, **names: Any) -> Phrase:
    """The English text "template".format(*args, **names); without arguments braces stand for themselves.

    The template is what is translated. So it is written where it is used, as one literal; or elsewhere, and
    marked by `template`. What stands in its braces is said in the other language too, where it is a phrase.
    If there are several, they have names: another language may have them in another order.
    """
    made = Phrase(template.format(*args, **names) if args or names else template)
    made.template, made.args, made.names = template, args, names
    return made


def template(text: str) -> str:
    """A text with braces, which `phrase` is to fill somewhere else: marked, so that it is translated."""
    return text


def _again(template: str, args: tuple[Any, ...], names: dict[str, Any]) -> Phrase:
    return phrase(template, *args, **names)


def joined(template: str, texts: "list[str]") -> str:
    """Any number of texts, put together two by two by a phrase such as "{}; {}"; "" for none."""
    if not texts:
        return ""
    first, *others = texts
    for other in others:
        first = phrase(template, first, other)
    return first


def told(text: str, language: Language = "en") -> str:
    """The text in that language; what is no phrase, and what has no translation, as it is."""
    if language == "en" or not isinstance(text, Phrase):
        return str(text)
    from . import catalogue

    words = catalogue.said(text.template, language)
    if not (text.args or text.names):
        return words
    args = [_inside(value, language) for value in text.args]
    names = {name: _inside(value, language) for name, value in text.names.items()}
    return _joint(words.format(*args, **names))


def _inside(value: Any, language: Language) -> Any:
    """What stands in the braces, in the language; a phrase between two marks."""
    return f"{_START}{told(value, language)}{_END}" if isinstance(value, Phrase) else value


def _joint(text: str) -> str:
    """The text without the marks, and without the spaces that stand beside them.

    A translation has a space there for a formula or a Latin word; a Japanese or Chinese one has none.
    """
    return re.sub(_SEAM, "", text).replace(_START, "").replace(_END, "")


def checked(language: str, name: str = "lang") -> Language:
    """The language.

    Raises: ValueError for one that divlite does not speak.
    """
    _check.one_of(name, language, LANGUAGES)
    return language  # pyright: ignore[reportReturnType]

"""`--lang`: the language of what a command prints."""

import argparse
import os
import sys

from .. import _check
from ..language import LANGUAGES, Language, checked
from .parsing import Parser, choice

VARIABLE = "DIVLITE_LANG"
LETTERS = {"en": "", "ja": "\N{HIRAGANA LETTER A}", "zh": "\u4eec"}  # that an output needs


def add_language(parser: Parser) -> None:
    """Declare the option."""
    names = ", ".join(LANGUAGES)
    help = f"the language of the words: {names} (default: {VARIABLE}, or en)"
    parser.add_argument("--lang", type=choice(LANGUAGES), choices=LANGUAGES, metavar="NAME", help=help)


def language(args: argparse.Namespace) -> Language:
    """What the option says, or else the environment.

    Raises: ValueError for a language that divlite does not speak, or whose letters the output does not have.
    """
    found: Language = args.lang or checked(os.environ.get(VARIABLE) or "en", VARIABLE)
    if getattr(args, "format", "terminal") != "terminal":  # a page is written in UTF-8, whatever the output
        return found
    encoding = sys.stdout.encoding or "utf-8"
    try:
        LETTERS[found].encode(encoding)
    except UnicodeEncodeError:
        name = "--lang" if args.lang else VARIABLE
        _check.fail(name, f"an output with letters for {found}, such as PYTHONIOENCODING=utf-8", encoding)
    return found

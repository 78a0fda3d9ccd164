"""`--lang`: the language of what a command prints."""

import argparse
import os

from ..language import LANGUAGES, Language, checked
from .parsing import Parser, choice

VARIABLE = "DIVLITE_LANG"


def add_language(parser: Parser) -> None:
    """Declare the option."""
    names = ", ".join(LANGUAGES)
    help = f"the language of the words: {names} (default: {VARIABLE}, or en)"
    parser.add_argument("--lang", type=choice(LANGUAGES), choices=LANGUAGES, metavar="NAME", help=help)


def language(args: argparse.Namespace) -> Language:
    """What the option says, or else the environment.

    Raises: ValueError where that names a language that divlite does not speak.
    """
    return args.lang or checked(os.environ.get(VARIABLE) or "en", VARIABLE)

"""What the command line's options are made of: argparse, with one line for bad input."""

import argparse
import difflib
import re
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from .. import BACKENDS, _check
from .process import complain, say

# What the library advises, as it is done on the command line.
REMEDIES = {
    "lr": "a smaller --lr",
    "log-sigma": "--coordinates log-sigma",
    "smoothing": "--smoothing EPS if P is 0 where Q is not, or Q is 0 where P is not",
}
LARGEST = 10**15


class Parser(argparse.ArgumentParser):
    """argparse, but bad input gets one line, and a help that cannot be written is an error."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")

    def unknown(self, rest: Sequence[str]) -> NoReturn:
        """Say that there is no such option, and which one may be meant."""
        options = [arg.partition("=")[0] for arg in rest if arg.startswith("-")]
        if options:
            nearest = meant(options[0], self._option_string_actions)
            self.error(f"{options[0]}: no such option{nearest or f'; {self.prog} --help lists them'}")
        self.error(f"expected no more arguments, got {rest[0]!r}")

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is sys.stderr:
            complain(message.rstrip("\n"))
        else:
            say(message.rstrip("\n"))


def meant(text: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    """`; did you mean ...?`, where one of the known names is near; else nothing."""
    spelled = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", text).lower().replace("_", "-")
    nearest = difflib.get_close_matches(spelled, list(known), n=1)
    return f"; did you mean {nearest[0]}?" if nearest else ""


@contextmanager
def spoken(**options: str) -> Generator[None]:
    """The library's errors, with an option in the place of an argument's name: spoken(lr="--lr")."""
    try:
        yield
    except ValueError as error:
        said = error.args[0] if error.args else None
        if not isinstance(said, _check.Complaint):
            raise
        name = options.get(said.name, said.name)
        remedies = {key: REMEDIES.get(key, words) for key, words in said.remedies.items()}
        raise ValueError(_check.Complaint(name, said.expected, said.got, remedies)) from error


def number(text: str) -> float:
    """A number, finite or not: the library says which ones it takes."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r}") from None


def whole(text: str) -> int:
    """A whole number in any usual spelling: 10000, 1e4, 10_000, 10,000."""
    plain = text.replace(",", "") if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", text) else text
    try:
        value = Decimal(plain)
        if not value.is_finite() or value.copy_abs() > LARGEST or value != int(value):
            raise InvalidOperation
    except InvalidOperation:
        expected = f"a whole number up to {LARGEST:.0e}, such as 10000 or 1e4"
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}") from None
    return int(value)


def numbers(count: int | None = None) -> Callable[[str], tuple[float, ...]]:
    """A parser of comma-separated numbers: as many as `count` says, or one or more."""

    def parse(text: str) -> tuple[float, ...]:
        try:
            values = tuple(float(part) for part in text.split(","))
        except ValueError:
            values = ()
        if not values or (count is not None and len(values) != count):
            some = "numbers" if count is None else f"{count} numbers"
            raise argparse.ArgumentTypeError(f"expected {some} separated by commas, got {text!r}")
        return values

    return parse


def pairs(text: str) -> tuple[tuple[float, ...], ...]:
    """MU,SIGMA pairs separated by spaces."""
    if not text.strip():
        raise argparse.ArgumentTypeError(f"expected MU,SIGMA pairs separated by spaces, got {text!r}")
    return tuple(map(numbers(2), text.split()))


def choice(known: Sequence[str]) -> Callable[[str], str]:
    """A parser of names, whose error lists them as the library's own errors do."""

    def parse(text: str) -> str:
        if text not in known:
            expected = f"expected one of {', '.join(known)}, got {text!r}"
            raise argparse.ArgumentTypeError(f"{expected}{meant(text, known)}")
        return text

    return parse


def add_choice(group: Any, option: str, known: Sequence[str], what: str = "") -> None:
    """An option that takes one of these names, by default the first; `what` introduces them in the help."""
    help = f"{what}{', '.join(known)} (default: {known[0]})"
    # `choices` is for the shell's completion: what is none of them, `choice` has already refused.
    group.add_argument(option, type=choice(known), choices=known, default=known[0], metavar="NAME", help=help)


def add_backend(parser: Parser) -> None:
    add_choice(parser, "--backend", BACKENDS, "what computes: ")


def add_quiet(group: Any, help: str) -> None:
    group.add_argument("-q", "--quiet", action="store_true", help=help)


def add_command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], help: str, epilog: str = ""
) -> Parser:
    """A subcommand that calls `run` with its parsed arguments."""
    # RawDescription keeps the examples' lines apart.
    layout = argparse.RawDescriptionHelpFormatter
    parser = commands.add_parser(name, help=help, description=help, epilog=epilog, formatter_class=layout)
    parser.set_defaults(run=run, parser=parser)
    return parser


def joined(argv: Sequence[str]) -> list[str]:
    """--target -5,1 as --target=-5,1: argparse takes a value that begins with a minus for an option."""
    result: list[str] = []
    for arg in argv:
        if re.match(r"-(\d|\.|inf|nan)", arg) and result and re.fullmatch(r"--[a-z-]+", result[-1]):
            result[-1] += f"={arg}"
        else:
            result.append(arg)
    return result

"""What the command line's options are made of: argparse, with one line for bad input."""

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from .. import BACKENDS, _check


class Parser(argparse.ArgumentParser):
    """argparse, but bad input gets one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


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
            raise argparse.ArgumentTypeError(f"expected one of {', '.join(known)}, got {text!r}")
        return text

    return parse


def add_choice(group: Any, option: str, known: Sequence[str], what: str = "") -> None:
    """An option that takes one of these names, by default the first; `what` introduces them in the help."""
    help = f"{what}{', '.join(known)} (default: {known[0]})"
    group.add_argument(option, type=choice(known), default=known[0], metavar="NAME", help=help)


def add_backend(parser: Parser) -> None:
    add_choice(parser, "--backend", BACKENDS)


def add_command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], help: str, epilog: str = ""
) -> Parser:
    """A subcommand that calls `run` with its parsed arguments."""
    # RawDescription keeps the examples' lines apart.
    layout = argparse.RawDescriptionHelpFormatter
    parser = commands.add_parser(name, help=help, description=help, epilog=epilog, formatter_class=layout)
    parser.set_defaults(run=run)
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


def check_outputs(
    args: argparse.Namespace, options: Sequence[str], suffixes: Mapping[str, tuple[str, ...]]
) -> None:
    """What is wrong with an output is said before the work is done, not after."""
    taken: list[Path] = []
    for option in options:
        file: Path | None = getattr(args, option)
        if file is None:
            continue
        if not file.parent.is_dir():
            _check.fail(f"--{option}", "a file in an existing folder", str(file))
        if file.is_dir():
            _check.fail(f"--{option}", "a file, and not a folder", str(file))
        if option in suffixes and file.suffix.lower() not in suffixes[option]:
            _check.fail(f"--{option}", f"a file name that ends in {' or '.join(suffixes[option])}", str(file))
        if file in taken:
            _check.fail(f"--{option}", "a file of its own", str(file))
        taken.append(file)

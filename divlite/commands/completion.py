"""The shell's completion: a script that knows the commands, their options, and the names that these take."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from .process import say

SHELLS = ("bash", "zsh", "tcsh", "fish")
FILES = ("FILE", "FUNCTION", "INPUT", "TARGET")  # texts that begin with a file's name


class PrintCompletion(argparse.Action):
    """--print-completion SHELL: print the script, and do nothing else."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        import shtab

        for action in _actions(parser):
            if action.type is Path or action.metavar in FILES:
                # shtab looks for this attribute.
                setattr(action, "complete", shtab.FILE)  # noqa: B010
        say(shtab.complete(parser, values))
        parser.exit()


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Every option and argument of the parser and of its commands."""
    for action in parser._actions:  # pyright: ignore[reportPrivateUsage]
        yield action
        if isinstance(action.choices, dict):
            for command in cast("dict[str, argparse.ArgumentParser]", action.choices).values():
                yield from _actions(command)

"""The command line. It parses; `divlite.commands` does, imported only when its command is run."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import __version__, _check
from .articles import ARTICLES
from .commands import (
    crosscheck_arguments,
    explain_arguments,
    fit_arguments,
    kl_div_arguments,
    landscape_arguments,
    ledger_arguments,
    microscope_arguments,
    names,
    optima_arguments,
)
from .commands.completion import SHELLS, PrintCompletion
from .commands.language import add_language, language
from .commands.parsing import Parser, add_backend, add_command, add_quiet, choice, joined, meant, whole
from .commands.process import guarded

EPILOG = """divlite COMMAND --help explains a command and has examples.

The exit code is 0; 1 if numbers that are compared do not agree; 2 for bad
input, or an output that cannot be written; 130 after Ctrl-C.

For completion with the Tab key, in bash:
  mkdir -p ~/.local/share/bash-completion/completions
  divlite --print-completion bash > ~/.local/share/bash-completion/completions/divlite
"""


def build() -> Parser:
    """The parser of everything, a subcommand for each thing that `divlite.commands` does."""
    does = "Divergences between distributions, and what each does to a fit."
    layout = argparse.RawDescriptionHelpFormatter
    parser = Parser(prog="divlite", description=does, epilog=EPILOG, formatter_class=layout)
    parser.add_argument("--version", action="version", version=f"divlite {__version__}")
    script = f"print a script for the shell's completion: {', '.join(SHELLS)}"
    parser.add_argument(
        "--print-completion", action=PrintCompletion, choices=SHELLS, metavar="SHELL", help=script
    )
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=Parser)
    _add_reproduce(commands)
    fit_arguments.add(commands)
    optima_arguments.add(commands)
    landscape_arguments.add(commands)
    explain_arguments.add(commands)
    crosscheck_arguments.add(commands)
    kl_div_arguments.add(commands)
    ledger_arguments.add(commands)
    microscope_arguments.add(commands)
    names.add(commands)
    _add_check(commands)
    _add_bench(commands)
    parser.set_defaults(run=None, parser=parser, commands=tuple(commands.choices))
    return parser


def _add_reproduce(commands: Any) -> None:
    def run(args: argparse.Namespace) -> int:
        from .commands import reproduce

        out = None if args.no_figures else args.out
        return reproduce.run(args.articles, args.backend, out, args.quiet, language(args))

    does = "Recompute every figure that the three articles print."
    parser = add_command(commands, "reproduce", run, does)
    names, out = f"{', '.join(ARTICLES)} (default: all three)", Path("divlite-figures")
    parser.add_argument("articles", nargs="*", type=choice(ARTICLES), metavar="ARTICLE", help=names)
    add_backend(parser)
    where = f"where drawings (PNG) and animations (GIF) go (default: {out})"
    parser.add_argument("--out", type=Path, default=out, metavar="DIR", help=where)
    parser.add_argument("--no-figures", action="store_true", help="only print the tables")
    add_quiet(parser, "print only the rows that differ, and the last line")
    add_language(parser)


def _add_check(commands: Any) -> None:
    def run(args: argparse.Namespace) -> int:
        from .commands import check

        return check.run(_check.count("--steps", args.steps, 1), args.quiet)

    does = "Compare the backends with each other and with finite differences."
    parser = add_command(commands, "check", run, does)
    steps = "length of the fits compared (default: 3000)"
    parser.add_argument("--steps", type=whole, default=3_000, metavar="N", help=steps)
    add_quiet(parser, "print only the rows that differ, and the last line")


def _add_bench(commands: Any) -> None:
    def run(args: argparse.Namespace) -> int:
        from .commands import bench

        return bench.run(repeats=_check.count("--repeats", args.repeats, 1), full=args.full)

    does = "Measure the speed against torch, JAX, C and SciPy, where they can be run."
    parser = add_command(commands, "bench", run, does)
    best = "the best of N is taken (default: 5)"
    parser.add_argument("--repeats", type=whole, default=5, metavar="N", help=best)
    parser.add_argument("--full", action="store_true", help="run the slow peers for all 10,000 steps too")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line. The exit code: 0, 1 if something does not hold, 2 for bad input or a file that
    cannot be written, 130 after Ctrl-C, 141 where the reader of the output has gone."""
    return guarded(lambda: _main(sys.argv[1:] if argv is None else argv))


def _main(argv: Sequence[str]) -> int:
    parser = build()
    known = parser.get_default("commands")
    if argv and not argv[0].startswith("-") and argv[0] not in known:
        expected = f"expected one of {', '.join(known)}, got {argv[0]!r}"
        parser.error(f"argument COMMAND: {expected}{meant(argv[0], known)}")
    args, rest = parser.parse_known_args(joined(argv))
    if rest:
        args.parser.unknown(rest)
    if args.run is None:
        parser.print_help()
        return 0
    return args.run(args)


if __name__ == "__main__":
    sys.exit(main())

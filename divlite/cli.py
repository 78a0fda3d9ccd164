"""The command line. It parses; `divlite.commands` does, imported only when its command is run."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import __version__, _check
from .articles import ARTICLES
from .commands import explain_arguments, fit_arguments
from .commands.parsing import Parser, add_backend, add_command, choice, joined


def build() -> Parser:
    """The parser of everything, a subcommand for each thing that `divlite.commands` does."""
    does = "Divergences between distributions, and what each does to a fit."
    parser = Parser(prog="divlite", description=does)
    parser.add_argument("--version", action="version", version=f"divlite {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=Parser)
    _add_reproduce(commands)
    fit_arguments.add(commands)
    explain_arguments.add(commands)
    _add_check(commands)
    _add_bench(commands)
    return parser


def _add_reproduce(commands: Any) -> None:
    def run(args: argparse.Namespace) -> int:
        from .commands import reproduce

        return reproduce.run(args.articles, args.backend, None if args.no_figures else args.out)

    does = "Recompute every figure that the three articles print."
    parser = add_command(commands, "reproduce", run, does)
    names, out = f"{', '.join(ARTICLES)} (default: all three)", Path("divlite-figures")
    parser.add_argument("articles", nargs="*", type=choice(ARTICLES), metavar="ARTICLE", help=names)
    add_backend(parser)
    where = f"where figures (PNG) and animations (GIF) go (default: {out})"
    parser.add_argument("--out", type=Path, default=out, metavar="DIR", help=where)
    parser.add_argument("--no-figures", action="store_true", help="only print the tables")


def _add_check(commands: Any) -> None:
    def run(args: argparse.Namespace) -> int:
        from .commands import check

        return check.run(_check.count("--steps", args.steps, 1))

    does = "Compare the backends with each other and with finite differences."
    parser = add_command(commands, "check", run, does)
    steps = "length of the fits compared (default: 10000)"
    parser.add_argument("--steps", type=int, default=10_000, metavar="N", help=steps)


def _add_bench(commands: Any) -> None:
    def run(args: argparse.Namespace) -> int:
        from .commands import bench

        return bench.run(repeats=_check.count("--repeats", args.repeats, 1), full=args.full)

    does = "Measure the speed of the fits against torch eager and JAX, where they are installed."
    parser = add_command(commands, "bench", run, does)
    best = "the best of N is taken (default: 5)"
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help=best)
    parser.add_argument("--full", action="store_true", help="run the slow peers for all 10,000 steps too")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line. The exit code: 0, 1 if something does not hold, 2 for bad input."""
    parser = build()
    args = parser.parse_args(joined(sys.argv[1:] if argv is None else argv))
    if not hasattr(args, "run"):
        parser.print_help()
        return 0
    try:
        code = args.run(args)
        sys.stdout.flush()  # here, where a closed pipe is caught, and not when Python exits
        return code
    except BrokenPipeError:
        # The reader went away, as `| head` does. Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except (ValueError, OSError, ModuleNotFoundError, MemoryError) as error:
        print(f"divlite: error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())

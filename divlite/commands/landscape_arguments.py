"""The options of `divlite landscape`."""

import argparse
from pathlib import Path
from typing import Any

from . import fit_arguments, outputs
from .optima_arguments import add_search, check, inputs
from .parsing import add_command, add_quiet, choice

EXAMPLES = """examples:
  divlite landscape reverse-kl --plot reverse-kl.png
  divlite landscape forward-kl reverse-kl mse l1 cosine --plot five.png
  divlite landscape mse --sigma 0.2,20 --mu -20,20 --grid -30,30,1000 --plot mse.svg"""


def add(commands: Any) -> None:
    """Declare the command and its options."""
    does = "Draw losses over mu and sigma; without --plot, print their optima."
    parser = add_command(commands, "landscape", run, does, EXAMPLES)
    names: dict[str, Any] = {"type": choice(fit_arguments.NAMES), "choices": fit_arguments.NAMES}
    known = f"one or more, on one page: {', '.join(fit_arguments.NAMES)}"
    parser.add_argument("losses", nargs="+", metavar="LOSS", help=known, **names)
    add_search(parser)
    group = parser.add_argument_group("output")
    group.add_argument("--plot", type=Path, metavar="FILE", help="the picture (PNG, SVG, PDF)")
    add_quiet(group, "print nothing: for --plot")


def run(args: argparse.Namespace) -> int:
    """Look at what was asked for, and hand it to `divlite.commands.landscape`."""
    check(args)
    if args.plot is not None and args.starts is not None:
        raise ValueError("--starts: expected only without --plot")
    outputs.check({"--plot": args.plot}, inputs(args))
    from . import landscape

    return landscape.run(args)

"""The options of `divlite optima`, and those for a box, which other commands have too."""

import argparse
from pathlib import Path
from typing import Any

from . import fit_arguments, outputs
from .family import add_family, shape
from .parsing import Parser, add_backend, add_command, add_quiet, choice, number, numbers

EXAMPLES = """examples:
  divlite optima reverse-kl
  divlite optima mse --reduction integral --mu -15,15 --sigma 0.1,30
  divlite optima l1 --starts 64,48
  divlite optima forward-kl --target "0,0.4 1.5,0.4" --family laplace
  divlite optima cosine --samples heights.csv --json optima.json"""


def add(commands: Any) -> None:
    """Declare the command and its options."""
    does = "Find all optima of a loss in a box, and the share of the starts that lead to each."
    parser = add_command(commands, "optima", run, does, EXAMPLES)
    names: dict[str, Any] = {"type": choice(fit_arguments.NAMES), "choices": fit_arguments.NAMES}
    parser.add_argument("loss", metavar="LOSS", help=", ".join(fit_arguments.NAMES), **names)
    add_search(parser)
    group = parser.add_argument_group("output")
    group.add_argument("--json", type=Path, metavar="FILE", help="all numbers, to the last digit")
    add_quiet(group, "print nothing: for --json")


def add_search(parser: Parser) -> Any:
    """The options for P, the grid, Q's family, the box, and the starts of the search."""
    add_backend(parser)
    fit_arguments.add_target(parser)
    group = parser.add_argument_group("Q")
    add_family(group)
    group.add_argument("--smoothing", type=number, metavar="EPS", help="add EPS to both densities")
    group = parser.add_argument_group("box")
    add = group.add_argument
    add("--mu", type=numbers(2), metavar="FROM,TO", help="(default: the window of the grid)")
    sigmas = "(default: from twice the spacing of the points to the width of the window)"
    add("--sigma", type=numbers(2), metavar="FROM,TO", help=sigmas)
    starts = "M starts along mu times N along log sigma (default: 32,24)"
    add("--starts", type=numbers(2), metavar="M,N", help=starts)


def check(args: argparse.Namespace) -> None:
    """No option goes unheard."""
    fit_arguments.check_target(args)
    if args.nu is not None and "nu" not in shape(args):
        raise ValueError("--nu: expected only with --family student-t")


def inputs(args: argparse.Namespace) -> dict[str, Path | None]:
    """The files that are read, by their options."""
    return {"--target-file": args.target_file, "--samples": args.samples}


def run(args: argparse.Namespace) -> int:
    """Look at what was asked for, and hand it to `divlite.commands.optima`."""
    check(args)
    outputs.check({"--json": args.json}, inputs(args))
    from . import optima

    return optima.run(args)

"""The options of `divlite ledger`."""

import argparse
from pathlib import Path
from typing import Any

from . import fit_arguments, outputs
from .family import add_member
from .parsing import add_command, add_quiet

EXAMPLES = """examples:
  divlite ledger
  divlite ledger --target 0,1 --at 1,2 --reduction integral
  divlite ledger --target "0,0.4 1.5,0.4" --weights 0.75,0.25 --at 0.4,0.8 --grid -2,2,401
  divlite ledger --target-file density.csv --family laplace --json ledger.json"""


def add(commands: Any) -> None:
    """Declare the command and its options."""
    does = "Take the sum of p log(p/q) apart: shape, mass, truncation by the window, spacing of the points."
    parser = add_command(commands, "ledger", run, does, EXAMPLES)
    fit_arguments.add_target(parser)
    add_member(parser)
    group = parser.add_argument_group("output")
    group.add_argument("--json", type=Path, metavar="FILE", help="all numbers, to the last digit")
    add_quiet(group, "print nothing: for --json")


def run(args: argparse.Namespace) -> int:
    """Look at what was asked for, and hand it to `divlite.commands.ledger`."""
    fit_arguments.check_target(args)
    outputs.check({"--json": args.json}, {"--target-file": args.target_file, "--samples": args.samples})
    from . import ledger

    return ledger.run(args)

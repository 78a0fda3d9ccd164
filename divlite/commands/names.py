"""`divlite names`: what a name of a divergence means in which library."""

import argparse
from typing import Any

from .parsing import add_choice, add_command
from .process import say

EXAMPLES = """examples:
  divlite names
  divlite names forward_kl
  divlite names k3
  divlite names scipy"""


def add(commands: Any) -> None:
    """Declare the command and its options."""
    does = "Say what a name, such as forward_kl or low_var_kl, means in which library."
    parser = add_command(commands, "names", run, does, EXAMPLES)
    parser.add_argument("word", nargs="?", default="", metavar="WORD", help="only rows that have it")
    add_choice(parser, "--format", ("terminal", "markdown"))


def run(args: argparse.Namespace) -> int:
    """Print the rows."""
    from .. import names

    rows = names.found(args.word)
    say(names.page(rows) if args.format == "terminal" else names.markdown(rows).rstrip())
    return 0

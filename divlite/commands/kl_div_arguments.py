"""The options of `divlite kl-div`."""

import argparse
from typing import Any

from .parsing import add_command, number, whole

EXAMPLES = """examples:
  divlite kl-div student.npy teacher.npy
  divlite kl-div logits.npz:student logits.npz:teacher --temperature 4
  divlite kl-div input.csv target.csv --value -0.0648
  divlite kl-div - target.pt --axis 0

INPUT and TARGET stand in F.kl_div(input, target), or are what its arguments
were made from: probabilities, log-probabilities, logits or weights. A text has
a line for each index of axis 0; one column is an array of one axis. Of a .pt
file only tensors are read, and only this needs torch."""


def add(commands: Any) -> None:
    """Declare the command and its options."""
    does = "Show what F.kl_div gives for two arrays, and which of it is the mean KL."
    parser = add_command(commands, "kl-div", run, does, EXAMPLES)
    add = parser.add_argument
    kinds = ".npy, .npz or .npz:NAME, .csv, .pt or .pt:NAME, or - for text on standard input"
    add("input", metavar="INPUT", help=f"the first argument: {kinds}")
    add("target", metavar="TARGET", help="the second argument, likewise")
    add("--value", metavar="X", help="say which convention gives this number (exit code 1 if none does)")
    add("--axis", type=whole, metavar="N", help="the axis of the outcomes (default: told from the arrays)")
    add("--temperature", type=number, metavar="T", help="the temperature that logits are divided by")


def run(args: argparse.Namespace) -> int:
    from . import kl_div

    return kl_div.run(args.input, args.target, args.value, args.axis, args.temperature)

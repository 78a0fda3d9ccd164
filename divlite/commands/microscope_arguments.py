"""The options of `divlite microscope`."""

import argparse
from pathlib import Path
from typing import Any

from ..microscope.formats import FORMATS as NUMBERS
from . import fit_arguments, outputs
from .explain_arguments import FORMATS
from .family import add_member
from .parsing import add_choice, add_command, add_quiet, choice, number

DTYPES = tuple(sorted(NUMBERS, key=lambda name: -NUMBERS[name].digits))
EXAMPLES = """examples:
  divlite microscope forward-kl
  divlite microscope reverse-kl --dtype float16 --point 2
  divlite microscope mse --at 5,1 --dtype bfloat16 --plot errors.png
  divlite microscope forward-kl --target "0,0.4 1.5,0.4" --grid -10,10,5001 --csv errors.csv"""
OUTPUTS = ("out", "plot", "csv")


def add(commands: Any) -> None:
    """Declare the command and its options."""
    does = "Show the rounding error of every step of a loss in float32, float16 or bfloat16."
    parser = add_command(commands, "microscope", run, does, EXAMPLES)
    names: dict[str, Any] = {"type": choice(fit_arguments.NAMES), "choices": fit_arguments.NAMES}
    parser.add_argument("loss", metavar="LOSS", help=", ".join(fit_arguments.NAMES), **names)
    add_choice(parser, "--dtype", DTYPES, "in which numbers: ")
    fit_arguments.add_target(parser)

    group = add_member(parser)
    group.add_argument("--smoothing", type=number, metavar="EPS", help="add EPS to both densities")

    group = parser.add_argument_group("output")
    add = group.add_argument
    point = "the x whose nearest point is shown in full (default: where most is lost)"
    add("--point", type=number, metavar="X", help=point)
    add_choice(group, "--format", FORMATS)
    add("--out", type=Path, metavar="FILE", help="write it to a file")
    add("--plot", type=Path, metavar="FILE", help="figure of the errors (PNG, SVG, PDF)")
    add("--csv", type=Path, metavar="FILE", help="every step at every point")
    add_quiet(group, "print nothing: for --out, --plot and --csv")


def run(args: argparse.Namespace) -> int:
    """Look at what was asked for, and hand it to `divlite.commands.microscope`."""
    fit_arguments.check_target(args)
    files: dict[str, Path | None] = {f"--{name}": getattr(args, name) for name in OUTPUTS}
    outputs.check(files, {"--target-file": args.target_file, "--samples": args.samples})
    from . import microscope

    return microscope.run(args, files)

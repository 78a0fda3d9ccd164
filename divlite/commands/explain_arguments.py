"""The options of `divlite explain`, and what they stand for."""

import argparse
from pathlib import Path
from typing import Any

from .. import _check
from ..coordinates import NAMED
from ..language import phrase, told
from ..subjects import SUBJECTS
from . import outputs
from .family import add_family
from .language import add_language, language
from .parsing import add_choice, add_command, add_quiet, choice, number, numbers, whole
from .process import say

OPTIONS = ("wrt", "coordinates", "family", "nu", "at", "part", "smoothing", "format", "out", "plot", "gif")
FORMATS = ("terminal", "markdown", "html")
PARTS = (
    "1 the definition, 2 the sensitivity, 3 the score, 4 the gradient, 5 its meaning, 6 the second "
    "derivative, 7 the numbers, 8 the code, 9 the witnesses"
)
MORE = phrase(
    "divlite explain LOSS derives the gradient line by line; divlite explain --help has the options."
)
EXAMPLES = """examples:
  divlite explain
  divlite explain reverse-kl
  divlite explain mse --wrt mu --at 5,1 --plot force.png
  divlite explain forward-kl --part 4
  divlite explain forward-kl --coordinates log-sigma --format html --out forward-kl.html
  divlite explain cosine --smoothing 1e-3"""


def add(commands: Any) -> None:
    """Declare the command and its options."""
    does = "Derive the gradient of a loss line by line, every line proved."
    parser = add_command(commands, "explain", run, does, EXAMPLES)
    names = tuple(SUBJECTS)
    loss = f"{', '.join(names)} (default: list them)"
    parser.add_argument("loss", nargs="?", type=choice(names), choices=names, metavar="LOSS", help=loss)
    add = parser.add_argument
    which = "one parameter: mu, or sigma, variance, log-sigma as the coordinates have it (default: both)"
    add("--wrt", metavar="NAME", help=which)
    add_choice(parser, "--coordinates", tuple(NAMED), "the second parameter: ")
    add_family(parser)
    where = "the mu and sigma that are put in as numbers (default: 0,1)"
    add("--at", type=numbers(2), metavar="MU,SIGMA", help=where)
    add("--part", type=whole, metavar="N", help=f"only one part: {PARTS}")
    add("--smoothing", type=number, metavar="EPS", help="derive it with EPS added to both densities")
    add_choice(parser, "--format", FORMATS)
    add_language(parser)
    add("--out", type=Path, metavar="FILE", help="write it to a file")
    add("--plot", type=Path, metavar="FILE", help="draw the force diagram (PNG, SVG, PDF)")
    add("--gif", type=Path, metavar="FILE", help="animate the force on mu along a fit from there")
    add_quiet(parser, "print nothing: for --out, --plot and --gif")


def run(args: argparse.Namespace) -> int:
    """List the losses, or check what stands in the way of a long computation, and do it."""
    if args.loss is None:
        return _list(args)
    outputs.check({f"--{name}": getattr(args, name) for name in ("out", "plot", "gif")})
    if args.part is not None and args.format != "terminal":
        raise ValueError("--part: expected only with --format terminal")
    from . import explain

    return explain.run(args)


def _list(args: argparse.Namespace) -> int:
    given = [name for name in OPTIONS if getattr(args, name) != args.parser.get_default(name)]
    if given:
        _check.fail("LOSS", f"one with --{given[0]}", "none")
    widest, lang = max(map(len, SUBJECTS)), language(args)
    say(
        *(f"{name:<{widest}}  {told(subject.summary, lang)}" for name, subject in SUBJECTS.items()),
        "",
        told(MORE, lang),
    )
    return 0

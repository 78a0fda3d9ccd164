"""The options of `divlite explain`, and what they stand for."""

import argparse
from pathlib import Path
from typing import Any

from .. import LogSigma, Normal, Sigma, Variance, _check
from ..derive import TOPICS
from . import outputs
from .parsing import add_choice, add_command, add_quiet, choice, number, numbers, whole
from .process import say

FORMATS = ("terminal", "markdown", "html")
COORDINATES = {"sigma": Sigma(), "variance": Variance(), "log-sigma": LogSigma()}
PARTS = (
    "1 the definition, 2 the sensitivity, 3 the score, 4 the gradient, 5 its meaning, 6 the second "
    "derivative, 7 the numbers, 8 the code, 9 the witnesses"
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
    names = [topic.name for topic in TOPICS]
    loss = f"{', '.join(names)} (default: list them)"
    parser.add_argument("loss", nargs="?", type=choice(names), choices=names, metavar="LOSS", help=loss)
    add = parser.add_argument
    which = "one parameter: mu, or sigma, variance, log-sigma as the coordinates have it (default: both)"
    add("--wrt", metavar="NAME", help=which)
    add_choice(parser, "--coordinates", tuple(COORDINATES), "the second parameter: ")
    where = "the Normal whose numbers are put in (default: 0,1)"
    add("--at", type=numbers(2), metavar="MU,SIGMA", help=where)
    add("--part", type=whole, metavar="N", help=f"only one part: {PARTS}")
    add("--smoothing", type=number, metavar="EPS", help="derive it with EPS added to both densities")
    add_choice(parser, "--format", FORMATS)
    add("--out", type=Path, metavar="FILE", help="write it to a file")
    add("--plot", type=Path, metavar="FILE", help="draw the force diagram (PNG, SVG, PDF)")
    add("--gif", type=Path, metavar="FILE", help="animate the force on mu along a fit from there")
    add_quiet(parser, "print nothing: for --out, --plot and --gif")


def run(args: argparse.Namespace) -> int:
    """The values that the options stand for, handed to `divlite.commands.explain`."""
    if args.loss is None:
        return _list(args)
    from . import explain

    outputs.check({f"--{name}": getattr(args, name) for name in ("out", "plot", "gif")})
    if args.part is not None and args.format != "terminal":
        raise ValueError("--part: expected only with --format terminal")
    coordinates = None if args.coordinates == "sigma" else COORDINATES[args.coordinates]
    return explain.run(
        explain.Request(
            name=args.loss,
            smoothing=None if args.smoothing is None else _check.positive("--smoothing", args.smoothing),
            wrt=args.wrt,
            coordinates=coordinates,
            at=None if args.at is None else Normal(*args.at),
            part=args.part,
            format=args.format,
            quiet=args.quiet,
            out=args.out,
            plot=args.plot,
            gif=args.gif,
        )
    )


def _list(args: argparse.Namespace) -> int:
    options = ("wrt", "at", "part", "smoothing", "out", "plot", "gif")
    given = [f"--{name}" for name in options if getattr(args, name) is not None]
    given += ["--format"] * (args.format != "terminal") + ["--coordinates"] * (args.coordinates != "sigma")
    if given:
        _check.fail("LOSS", f"one with {given[0]}", "none")
    widest = max(len(topic.name) for topic in TOPICS)
    say(
        *(f"{topic.name:<{widest}}  {topic.summary}" for topic in TOPICS),
        "",
        "divlite explain LOSS derives the gradient line by line; divlite explain --help has the options.",
    )
    return 0

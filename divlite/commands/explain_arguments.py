"""The options of `divlite explain`, and what they stand for."""

import argparse
from pathlib import Path
from typing import Any

from .. import LogSigma, Normal, Sigma, Variance, _check
from ..derivations import TOPICS
from .parsing import add_choice, add_command, check_outputs, choice, numbers

FORMATS = ("terminal", "markdown", "html")
COORDINATES = {"sigma": Sigma(), "variance": Variance(), "log-sigma": LogSigma()}
SUFFIXES = {"plot": (".png", ".svg", ".pdf"), "gif": (".gif",)}
EXAMPLES = """examples:
  divlite explain
  divlite explain reverse-kl
  divlite explain mse --wrt mu --at 5,1 --plot force.png
  divlite explain forward-kl --coordinates log-sigma --format html --out forward-kl.html
  divlite explain cosine --smoothing 1e-3"""


def add(commands: Any) -> None:
    """Declare the command and its options."""
    does = "Derive the gradient of a loss line by line, every line proved."
    parser = add_command(commands, "explain", run, does, EXAMPLES)
    names = [topic.name for topic in TOPICS]
    loss = f"{', '.join(names)} (default: list them)"
    parser.add_argument("loss", nargs="?", type=choice(names), metavar="LOSS", help=loss)
    add = parser.add_argument
    which = "one parameter: mu, or sigma, variance, log-sigma as the coordinates have it (default: both)"
    add("--wrt", metavar="NAME", help=which)
    add_choice(parser, "--coordinates", tuple(COORDINATES), "the second parameter: ")
    where = "the Normal whose numbers are put in (default: 0,1)"
    add("--at", type=numbers(2), metavar="MU,SIGMA", help=where)
    add("--smoothing", type=float, metavar="EPS", help="derive it with EPS added to both densities")
    add_choice(parser, "--format", FORMATS)
    add("--out", type=Path, metavar="FILE", help="write it to a file")
    add("--plot", type=Path, metavar="FILE", help="draw the force diagram (PNG, SVG, PDF)")
    add("--gif", type=Path, metavar="FILE", help="animate the force on mu along a fit from there")


def run(args: argparse.Namespace) -> int:
    """The values that the options stand for, handed to `divlite.commands.explain`."""
    if args.loss is None:
        return _list(args)
    from . import explain

    check_outputs(args, ("out", "plot", "gif"), SUFFIXES)
    coordinates = None if args.coordinates == "sigma" else COORDINATES[args.coordinates]
    return explain.run(
        explain.Request(
            name=args.loss,
            smoothing=None if args.smoothing is None else _check.positive("--smoothing", args.smoothing),
            wrt=args.wrt,
            coordinates=coordinates,
            at=None if args.at is None else Normal(*args.at),
            format=args.format,
            out=args.out,
            plot=args.plot,
            gif=args.gif,
        )
    )


def _list(args: argparse.Namespace) -> int:
    options = ("wrt", "at", "smoothing", "out", "plot", "gif")
    given = [f"--{name}" for name in options if getattr(args, name) is not None]
    given += ["--format"] * (args.format != "terminal") + ["--coordinates"] * (args.coordinates != "sigma")
    if given:
        _check.fail("LOSS", f"one with {given[0]}", "none")
    widest = max(len(topic.name) for topic in TOPICS)
    for topic in TOPICS:
        print(f"{topic.name:<{widest}}  {topic.summary}")
    print("\ndivlite explain LOSS derives the gradient line by line; divlite explain --help has the options.")
    return 0

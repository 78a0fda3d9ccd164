"""The options of `divlite fit`."""

import argparse
import json
import shlex
from functools import partial
from pathlib import Path
from typing import Any

from .. import LOSSES, loss_name
from ..densities.samples import METHODS
from ..grid import WEIGHTS
from . import outputs
from .family import add_family, shape
from .fit_again import SETTINGS, spelled
from .language import add_language
from .parsing import (
    Parser,
    add_backend,
    add_choice,
    add_command,
    add_quiet,
    choice,
    number,
    numbers,
    pairs,
    whole,
)

NAMES = tuple(map(loss_name, LOSSES))
EXAMPLES = """examples:
  divlite fit forward-kl
  divlite fit mse --start 5,1 --gif mse.gif
  divlite fit reverse-kl --target "0,0.4 1.5,0.4" --grid -10,10,5001
  divlite fit l1 --target-file density.csv --reduction integral --json fit.json
  divlite fit reverse-kl --samples heights.csv --plot fit.png
  divlite fit mse --starts 1000 --map map.png
  divlite fit --from-json fit.json --steps 1e5"""
OUTPUTS = ("plot", "gif", "csv", "json", "map")


def add(commands: Any) -> None:
    """Declare the command and its options."""
    does = "Fit Q, a Normal or a member of another family, to a target, P, and print Q's path."
    parser: Parser = add_command(commands, "fit", run, does, EXAMPLES)
    _add_settings(parser)
    again = "a fit's --json: the same fit again, but for the options that come after it"
    parser.add_argument("--from-json", action=FromJson, type=Path, metavar="FILE", help=again)
    add_language(parser)

    group = parser.add_argument_group("output")
    add = group.add_argument
    lattice = "fits from N starts over the window, and how many end where"
    add("--starts", type=whole, metavar="N", help=lattice)
    add("--every", type=whole, metavar="N", help="print a row every N steps (default: ten rows)")
    add_quiet(group, "print nothing but warnings and errors")
    add("--plot", type=Path, metavar="FILE", help="figure of the densities and the path (PNG, SVG, PDF)")
    add("--gif", type=Path, metavar="FILE", help="animation of Q moving onto P")
    add("--csv", type=Path, metavar="FILE", help="every step; with --starts, every start and where it led")
    where = "with --starts: where the fit from each start was going to end (PNG, SVG, PDF)"
    add("--map", type=Path, metavar="FILE", help=where)
    every = "all settings, the end, and every step; with --starts, every start and the ends"
    add("--json", type=Path, metavar="FILE", help=every)


def _add_settings(parser: Parser) -> None:
    names: dict[str, Any] = {"type": choice(NAMES), "choices": NAMES, "help": ", ".join(NAMES)}
    parser.add_argument("loss", nargs="?", action=IfGiven, metavar="LOSS", **names)
    add_backend(parser)

    add_target(parser)
    _add_descent(parser)


def add_target(parser: Parser) -> None:
    """The options for P and for the grid, which other commands have too."""
    group = parser.add_argument_group("target, P")
    add = group.add_argument
    add("--target", type=pairs, metavar='"MU,SIGMA ..."', help='a sum of Normals (default: "-5,1 10,1")')
    add("--weights", type=numbers(), metavar="W,...", help="their weights, not normalised (default: all 1)")
    two = "two columns, x and density: text (CSV, tabs, blanks) or .npy"
    add("--target-file", type=Path, metavar="FILE", help=two)
    one = "one column of samples, whose density is estimated: text or .npy"
    add("--samples", type=Path, metavar="FILE", help=one)
    how = f"how: {', '.join(METHODS)} (default: {METHODS[0]})"
    add("--estimate", type=choice(METHODS), choices=METHODS, metavar="NAME", help=how)
    add("--bandwidth", type=number, metavar="H", help="of a kernel or a bin (default: Scott's rule)")

    group = parser.add_argument_group("grid, the points at which P and Q are compared")
    points = "evenly spaced points (default: -15,15,1000; for samples, their range and a quarter more)"
    group.add_argument("--grid", type=numbers(3), metavar="START,STOP,NUM", help=points)
    add_choice(group, "--reduction", WEIGHTS, "what becomes of the terms: ")


def _add_descent(parser: Parser) -> None:
    group = parser.add_argument_group("fit")
    add = group.add_argument
    add_family(group)
    first = "the first Q (default: 0,1; for a file, the mean and the standard deviation of P)"
    add("--start", type=numbers(2), metavar="MU,SIGMA", help=first)
    add("--steps", type=whole, default=10_000, metavar="N", help="(default: 10000; 1e4 is the same)")
    add_choice(group, "--optimizer", ("adam", "sgd"))
    add("--lr", type=number, default=1e-3, help="step size (default: 0.001)")
    add("--momentum", type=number, metavar="M", help="of sgd (default: 0)")
    add("--betas", type=numbers(2), metavar="B1,B2", help="of adam (default: 0.9,0.999)")
    add("--eps", type=number, help="of adam (default: 1e-8)")
    add("--epsilon-hat", action="store_true", help="add adam's eps before the bias correction")
    add_choice(group, "--coordinates", ("sigma", "variance", "log-sigma"), "what moves beside mu: ")
    add("--scale", type=number, metavar="C", help="of variance: move sigma^2/C (default: 1)")
    add("--smoothing", type=number, metavar="EPS", help="add EPS to both densities")


class IfGiven(argparse.Action):
    """An argument that may be left out: its absence does not undo what --from-json said of it."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        if values is not None:
            setattr(namespace, self.dest, values)


class FromJson(argparse.Action):
    """--from-json FILE: the settings of the command that wrote it, as if they had been given here.

    They are kept as read, too: `_check_combinations` tells them from what is given.
    """

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        expected = "a file that divlite fit --json wrote"
        try:
            words = shlex.split(json.loads(values.read_text(encoding="utf-8"))["command"])[2:]
        except OSError as error:
            raise argparse.ArgumentError(
                self, f"expected {expected}, got {values}: {error.strerror}"
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise argparse.ArgumentError(self, f"expected {expected}, got {values}") from error
        settings = Parser(prog=f"{parser.prog} --from-json {values}", add_help=False, allow_abbrev=False)
        _add_settings(settings)
        settings.add_argument("--starts", type=whole)
        read = settings.parse_args(words)
        for name in ("loss", *SETTINGS, *(("starts",) if read.starts is not None else ())):
            setattr(namespace, name, getattr(read, name))
        namespace.from_json = read


def run(args: argparse.Namespace) -> int:
    """Look at what was asked for, and hand it to `divlite.commands.fit`."""
    if args.loss is None:
        args.parser.error(f"the following arguments are required: LOSS, one of {', '.join(NAMES)}")
    _check_combinations(args)
    files: dict[str, Path | None] = {f"--{name}": getattr(args, name) for name in OUTPUTS}
    outputs.check(files, {"--target-file": args.target_file, "--samples": args.samples})
    if args.starts is not None:
        from . import fit_starts

        return fit_starts.run(args, partial(spelled, args), files)
    from . import fit

    return fit.run(args, partial(spelled, args), files)


def _check_combinations(args: argparse.Namespace) -> None:
    sgd, adam, variance = args.optimizer == "sgd", args.optimizer == "adam", args.coordinates == "variance"
    rules = (
        (sgd, "--optimizer sgd", ("momentum",)),
        (adam, "--optimizer adam", ("betas", "eps", "epsilon_hat")),
        (variance, "--coordinates variance", ("scale",)),
        ("nu" in shape(args), "--family student-t", ("nu",)),
        (args.starts is None, "no --starts", ("start", "every", "plot", "gif")),
        (args.starts is not None, "--starts", ("map",)),
    )
    _heard(args, rules)
    check_target(args)


def check_target(args: argparse.Namespace) -> None:
    """No option for P or the grid goes unheard."""
    sampled = args.samples is not None and args.target_file is None
    rules = (
        (args.target_file is None, "no --target-file", ("target", "weights", "samples", "grid")),
        (args.samples is None, "no --samples", ("target", "weights")),
        (sampled, "--samples", ("estimate", "bandwidth")),
    )
    _heard(args, rules)


def _heard(args: argparse.Namespace, rules: tuple[tuple[bool, str, tuple[str, ...]], ...]) -> None:
    """An option that would go unheard is an error; one that --from-json has read is left out."""
    read = getattr(args, "from_json", None)
    for holds, condition, options in rules:
        for option in () if holds else options:
            given = getattr(args, option)
            if given is None or given is False:
                continue
            if given is not getattr(read, option, None):
                raise ValueError(f"--{option.replace('_', '-')}: expected only with {condition}")
            setattr(args, option, None)

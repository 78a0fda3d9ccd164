"""The options of `divlite fit`, and the library's values that they stand for."""

import argparse
from pathlib import Path
from typing import Any

from .. import LOSSES, _check, loss_name
from .parsing import Parser, add_backend, add_choice, add_command, check_outputs, choice, numbers, pairs

NAMES = tuple(map(loss_name, LOSSES))
EXAMPLES = """examples:
  divlite fit forward-kl
  divlite fit mse --start 5,1 --gif mse.gif
  divlite fit reverse-kl --target "0,0.4 1.5,0.4" --weights 3,1 --grid -10,10,5001 --lr 0.01
  divlite fit l1 --target-file density.csv --reduction integral --json fit.json"""
SUFFIXES = {"plot": (".png", ".svg", ".pdf"), "gif": (".gif",)}
OUTPUTS = ("plot", "gif", "csv", "json")


def add(commands: Any) -> None:
    """Declare the command and its options."""
    does = "Fit one Normal to a target, and print its path."
    parser: Parser = add_command(commands, "fit", run, does, EXAMPLES)
    parser.add_argument("loss", type=choice(NAMES), metavar="LOSS", help=", ".join(NAMES))
    add_backend(parser)

    add = parser.add_argument_group("target").add_argument
    add("--target", type=pairs, metavar='"MU,SIGMA ..."', help='a sum of Normals (default: "-5,1 10,1")')
    add("--weights", type=numbers(), metavar="W,...", help="their weights, not normalised (default: all 1)")
    add("--target-file", type=Path, metavar="FILE", help="CSV or NPY with two columns, x and density")

    group = parser.add_argument_group("grid")
    add, points = group.add_argument, "evenly spaced points (default: -15,15,1000)"
    add("--grid", type=numbers(3), metavar="START,STOP,NUM", help=points)
    add_choice(group, "--reduction", ("mean", "sum", "integral"))

    group = parser.add_argument_group("fit")
    add = group.add_argument
    add("--start", type=numbers(2), default=(0.0, 1.0), metavar="MU,SIGMA", help="(default: 0,1)")
    add("--steps", type=int, default=10_000, metavar="N", help="(default: 10000)")
    add_choice(group, "--optimizer", ("adam", "sgd"))
    add("--lr", type=float, default=1e-3, help="step size (default: 0.001)")
    add("--momentum", type=float, metavar="M", help="of sgd (default: 0)")
    add("--betas", type=numbers(2), metavar="B1,B2", help="of adam (default: 0.9,0.999)")
    add("--eps", type=float, help="of adam (default: 1e-8)")
    add("--epsilon-hat", action="store_true", help="add adam's eps before the bias correction")
    add_choice(group, "--coordinates", ("sigma", "variance", "log-sigma"), "what moves: ")
    add("--scale", type=float, metavar="C", help="of variance: move sigma^2/C (default: 1)")
    add("--smoothing", type=float, metavar="EPS", help="add EPS to both densities")

    add = parser.add_argument_group("output").add_argument
    add("--every", type=int, metavar="N", help="print a row every N steps (default: ten rows)")
    add("--plot", type=Path, metavar="FILE", help="figure of the densities and the path (PNG, SVG, PDF)")
    add("--gif", type=Path, metavar="FILE", help="animation of Q moving onto P")
    add("--csv", type=Path, metavar="FILE", help="every step")
    add("--json", type=Path, metavar="FILE", help="the end and every step")


def run(args: argparse.Namespace) -> int:
    """The values that the options stand for, handed to `divlite.commands.fit`."""
    from .. import Normal, Smoothed
    from . import fit

    _check_combinations(args)
    check_outputs(args, OUTPUTS, SUFFIXES)
    p, grid = _target(args)
    loss = LOSSES[NAMES.index(args.loss)]
    if args.smoothing is not None:
        loss = Smoothed(loss, _check.positive("--smoothing", args.smoothing))
    request = fit.Request(
        loss=loss,
        name=args.loss,
        p=p,
        q0=Normal(*args.start),
        grid=grid,
        optimizer=_optimizer(args),
        steps=args.steps,
        coordinates=_coordinates(args),
        backend=args.backend,
        every=None if args.every is None else _check.count("--every", args.every, 1),
        **{option: getattr(args, option) for option in OUTPUTS},
    )
    return fit.run(request)


def _target(args: argparse.Namespace) -> tuple[Any, Any]:
    from .. import Grid, Mixture, Normal
    from .fit import read_target

    if args.target_file is not None:
        return read_target(args.target_file, args.reduction)
    components = tuple(Normal(*pair) for pair in args.target or ((-5.0, 1.0), (10.0, 1.0)))
    start, stop, num = args.grid or (-15.0, 15.0, 1000.0)
    points = int(num) if num.is_integer() else _check.fail("num", "a whole number >= 2", num)
    grid = Grid.linspace(start, stop, points, args.reduction)
    return Mixture(args.weights or (1.0,) * len(components), components), grid


def _optimizer(args: argparse.Namespace) -> Any:
    from .. import adam, sgd

    if args.optimizer == "sgd":
        return sgd(args.lr, 0.0 if args.momentum is None else args.momentum)
    eps = 1e-8 if args.eps is None else args.eps
    return adam(args.lr, args.betas or (0.9, 0.999), eps, args.epsilon_hat)


def _coordinates(args: argparse.Namespace) -> Any:
    from .. import LogSigma, Sigma, Variance

    scale = 1.0 if args.scale is None else args.scale
    return {"sigma": Sigma(), "variance": Variance(scale), "log-sigma": LogSigma()}[args.coordinates]


def _check_combinations(args: argparse.Namespace) -> None:
    """An option that would go unheard is an error."""
    sgd, adam, variance = args.optimizer == "sgd", args.optimizer == "adam", args.coordinates == "variance"
    rules = (
        (sgd, "--optimizer sgd", ("momentum",)),
        (adam, "--optimizer adam", ("betas", "eps", "epsilon_hat")),
        (variance, "--coordinates variance", ("scale",)),
        (args.target_file is None, "no --target-file", ("target", "weights", "grid")),
    )
    for holds, condition, options in rules:
        for option in options:
            given = getattr(args, option)
            if not holds and given is not None and given is not False:
                raise ValueError(f"--{option.replace('_', '-')}: expected only with {condition}")

"""The command line. It parses; `divlite.commands` does, imported only when its command is run."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from . import BACKENDS, LOSSES, __version__, _check, loss_name

ARTICLES = ("understanding-kl", "forward-vs-reverse-kl", "kl-div-reductions")
NAMES = tuple(map(loss_name, LOSSES))


class Parser(argparse.ArgumentParser):
    """argparse, but bad input gets one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def numbers(count: int | None = None) -> Callable[[str], tuple[float, ...]]:
    """A parser of comma-separated numbers: as many as `count` says, or one or more."""

    def parse(text: str) -> tuple[float, ...]:
        try:
            values = tuple(float(part) for part in text.split(","))
        except ValueError:
            values = ()
        if not values or (count is not None and len(values) != count):
            some = "numbers" if count is None else f"{count} numbers"
            raise argparse.ArgumentTypeError(f"expected {some} separated by commas, got {text!r}")
        return values

    return parse


def pairs(text: str) -> tuple[tuple[float, ...], ...]:
    """MU,SIGMA pairs separated by spaces."""
    if not text.strip():
        raise argparse.ArgumentTypeError(f"expected MU,SIGMA pairs separated by spaces, got {text!r}")
    return tuple(map(numbers(2), text.split()))


def choice(known: Sequence[str]) -> Callable[[str], str]:
    """A parser of names, whose error lists them as the library's own errors do."""

    def parse(text: str) -> str:
        if text not in known:
            raise argparse.ArgumentTypeError(f"expected one of {', '.join(known)}, got {text!r}")
        return text

    return parse


def build() -> Parser:
    """The parser of everything: one subcommand a module in `divlite.commands`."""
    parser = Parser(
        prog="divlite", description="Divergences between distributions, and what each does to a fit."
    )
    parser.add_argument("--version", action="version", version=f"divlite {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=Parser)
    _reproduce(commands)
    _fit(commands)
    _check_command(commands)
    _bench(commands)
    return parser


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], help: str, epilog: str = ""
) -> Parser:
    # RawDescription keeps the examples' lines apart.
    layout = argparse.RawDescriptionHelpFormatter
    parser = commands.add_parser(name, help=help, description=help, epilog=epilog, formatter_class=layout)
    parser.set_defaults(run=run)
    return parser


def _backend(parser: Parser) -> None:
    parser.add_argument(
        "--backend",
        type=choice(BACKENDS),
        default="numba",
        metavar="NAME",
        help=f"{', '.join(BACKENDS)} (default: numba)",
    )


def _reproduce(commands: Any) -> None:
    def run(args: argparse.Namespace) -> int:
        from .commands import reproduce

        return reproduce.run(args.articles, args.backend, None if args.no_figures else args.out)

    parser = _command(commands, "reproduce", run, "Recompute every figure that the three articles print.")
    names = f"{', '.join(ARTICLES)} (default: all three)"
    parser.add_argument("articles", nargs="*", type=choice(ARTICLES), metavar="ARTICLE", help=names)
    _backend(parser)
    parser.add_argument(
        "--out", type=Path, default=Path("divlite-figures"), metavar="DIR",
        help="where figures (PNG) and animations (GIF) go (default: divlite-figures)",
    )  # fmt: skip
    parser.add_argument("--no-figures", action="store_true", help="only print the tables")


def _fit(commands: Any) -> None:
    examples = """examples:
  divlite fit forward-kl
  divlite fit mse --start 5,1 --gif mse.gif
  divlite fit reverse-kl --target "0,0.4 1.5,0.4" --weights 3,1 --grid -10,10,5001 --lr 0.01
  divlite fit l1 --target-file histogram.csv --reduction integral --json fit.json"""
    parser = _command(commands, "fit", _run_fit, "Fit one Normal to a target, and print its path.", examples)
    add = parser.add_argument
    add("loss", type=choice(NAMES), metavar="LOSS", help=", ".join(NAMES))
    _backend(parser)
    group = parser.add_argument_group("target")
    group.add_argument(
        "--target", type=pairs, metavar='"MU,SIGMA ..."', help='a sum of Normals (default: "-5,1 10,1")'
    )
    group.add_argument(
        "--weights", type=numbers(), metavar="W,...", help="their weights, not normalised (default: all 1)"
    )
    group.add_argument(
        "--target-file", type=Path, metavar="FILE", help="CSV or NPY with two columns, x and density"
    )
    group = parser.add_argument_group("grid")
    group.add_argument(
        "--grid",
        type=numbers(3),
        metavar="START,STOP,NUM",
        help="evenly spaced points (default: -15,15,1000)",
    )
    reductions = ("mean", "sum", "integral")
    group.add_argument(
        "--reduction",
        type=choice(reductions),
        default="mean",
        metavar="NAME",
        help="mean, sum, integral (default: mean)",
    )
    group = parser.add_argument_group("fit")
    group.add_argument(
        "--start", type=numbers(2), default=(0.0, 1.0), metavar="MU,SIGMA", help="(default: 0,1)"
    )
    group.add_argument("--steps", type=int, default=10_000, metavar="N", help="(default: 10000)")
    group.add_argument(
        "--optimizer",
        type=choice(("adam", "sgd")),
        default="adam",
        metavar="NAME",
        help="adam, sgd (default: adam)",
    )
    group.add_argument("--lr", type=float, default=1e-3, help="step size (default: 0.001)")
    group.add_argument("--momentum", type=float, metavar="M", help="of sgd (default: 0)")
    group.add_argument("--betas", type=numbers(2), metavar="B1,B2", help="of adam (default: 0.9,0.999)")
    group.add_argument("--eps", type=float, help="of adam (default: 1e-8)")
    group.add_argument("--epsilon-hat", action="store_true", help="add adam's eps before the bias correction")
    kinds = ("sigma", "variance", "log-sigma")
    group.add_argument(
        "--coordinates",
        type=choice(kinds),
        default="sigma",
        metavar="NAME",
        help="what moves: sigma, variance, log-sigma (default: sigma)",
    )
    group.add_argument("--scale", type=float, metavar="C", help="of variance: move sigma^2/C (default: 1)")
    group.add_argument("--smoothing", type=float, metavar="EPS", help="add EPS to both densities")
    group = parser.add_argument_group("output")
    group.add_argument("--every", type=int, metavar="N", help="print a row every N steps (default: ten rows)")
    group.add_argument(
        "--plot", type=Path, metavar="FILE", help="figure of the densities and the path (PNG, SVG, PDF)"
    )
    group.add_argument("--gif", type=Path, metavar="FILE", help="animation of Q moving onto P")
    group.add_argument("--csv", type=Path, metavar="FILE", help="every step")
    group.add_argument("--json", type=Path, metavar="FILE", help="the end and every step")


def _run_fit(args: argparse.Namespace) -> int:
    from . import LogSigma, Mixture, Normal, Sigma, Smoothed, Variance, adam, sgd
    from .commands import fit
    from .grid import Grid

    def only_with(condition: bool, option: str, other: str) -> None:
        given = getattr(args, option.replace("-", "_"))
        if given is not None and given is not False and not condition:
            raise ValueError(f"--{option}: expected only with {other}")

    only_with(args.optimizer == "sgd", "momentum", "--optimizer sgd")
    for option in ("betas", "eps", "epsilon-hat"):
        only_with(args.optimizer == "adam", option, "--optimizer adam")
    only_with(args.coordinates == "variance", "scale", "--coordinates variance")
    for option in ("target", "weights", "grid"):
        only_with(args.target_file is None, option, "no --target-file")
    if args.target_file is not None:
        p, grid = fit.read_target(args.target_file, args.reduction)
    else:
        components = tuple(Normal(*pair) for pair in args.target or ((-5.0, 1.0), (10.0, 1.0)))
        p = Mixture(args.weights or (1.0,) * len(components), components)
        start, stop, num = args.grid or (-15.0, 15.0, 1000.0)
        grid = Grid.linspace(
            start,
            stop,
            int(num) if num.is_integer() else _check.fail("num", "a whole number >= 2", num),
            args.reduction,
        )
    if args.optimizer == "sgd":
        optimizer = sgd(args.lr, args.momentum or 0.0)
    else:
        eps = 1e-8 if args.eps is None else args.eps
        optimizer = adam(args.lr, args.betas or (0.9, 0.999), eps, args.epsilon_hat)
    scale = 1.0 if args.scale is None else args.scale
    coordinates = {"sigma": Sigma(), "variance": Variance(scale), "log-sigma": LogSigma()}[args.coordinates]
    loss = LOSSES[NAMES.index(args.loss)]
    if args.smoothing is not None:
        loss = Smoothed(loss, _check.positive("--smoothing", args.smoothing))
    every = None if args.every is None else _check.count("--every", args.every, 1)
    outputs = args.plot, args.gif, args.csv, args.json
    for option, file in zip(("plot", "gif", "csv", "json"), outputs, strict=True):
        _check_output(option, file, [other for other in outputs if other is not file])
    return fit.run(
        fit.Request(
            loss,
            args.loss,
            p,
            Normal(*args.start),
            grid,
            optimizer,
            args.steps,
            coordinates,
            args.backend,
            every,
            *outputs,
        )
    )


def _check_output(option: str, file: Path | None, others: list[Path | None]) -> None:
    """Say what is wrong with an output before the work is done, not after."""
    if file is None:
        return
    if not file.parent.is_dir():
        _check.fail(f"--{option}", "a file in an existing folder", str(file))
    kinds = {"plot": (".png", ".svg", ".pdf"), "gif": (".gif",)}.get(option, (file.suffix.lower(),))
    if file.suffix.lower() not in kinds:
        _check.fail(f"--{option}", f"a file name that ends in {' or '.join(kinds)}", str(file))
    if file in others:
        _check.fail(f"--{option}", "a file of its own", str(file))


def _check_command(commands: Any) -> None:
    def run(args: argparse.Namespace) -> int:
        from .commands import check

        return check.run(_check.count("--steps", args.steps, 1))

    does = "Compare the backends with each other and with finite differences."
    parser = _command(commands, "check", run, does)
    parser.add_argument(
        "--steps", type=int, default=10_000, metavar="N", help="length of the fits compared (default: 10000)"
    )


def _bench(commands: Any) -> None:
    def run(args: argparse.Namespace) -> int:
        from .commands import bench

        return bench.run(repeats=_check.count("--repeats", args.repeats, 1), full=args.full)

    does = "Measure the speed of the fits against torch eager and JAX, where they are installed."
    parser = _command(commands, "bench", run, does)
    parser.add_argument(
        "--repeats", type=int, default=5, metavar="N", help="the best of N is taken (default: 5)"
    )
    parser.add_argument("--full", action="store_true", help="run the slow peers for all 10,000 steps too")


def joined(argv: Sequence[str]) -> list[str]:
    """--target -5,1 as --target=-5,1: argparse takes a value that begins with a minus for an option."""
    result: list[str] = []
    for arg in argv:
        if re.match(r"-[\d.]", arg) and result and re.fullmatch(r"--[a-z-]+", result[-1]):
            result[-1] += f"={arg}"
        else:
            result.append(arg)
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line. The exit code: 0, 1 if something does not hold, 2 for bad input."""
    parser = build()
    args = parser.parse_args(joined(sys.argv[1:] if argv is None else argv))
    if not hasattr(args, "run"):
        parser.print_help()
        return 0
    try:
        return args.run(args)
    except BrokenPipeError:
        # The reader went away, as `| head` does. Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except (ValueError, OSError, ModuleNotFoundError, MemoryError) as error:
        print(f"divlite: error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())

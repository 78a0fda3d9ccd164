"""What a command line of `divlite fit` stands for: the library's values, and what --json says of them."""

import argparse
from typing import Any, NamedTuple

import numpy as np

from .. import _check, families
from .._types import Coordinates, Density, Family, Loss, Optimizer
from ..coordinates import LogSigma, Sigma, Variance
from ..densities import Mixture, Normal, Tabulated, mixture
from ..grid import Grid
from ..language import phrase
from ..losses import LOSSES, Smoothed, loss_name
from ..optimizers import adam, sgd
from .family import member
from .parsing import spoken
from .tables import read

MODES = ((-5.0, 1.0), (10.0, 1.0))
WINDOW = (-15.0, 15.0, 1000.0)
START = (0.0, 1.0)


class Request(NamedTuple):
    """A fit: the arguments of `dl.fit`; what P is, in words; and what `settings` of --json holds."""

    loss: Loss
    p: Density
    q0: Family
    grid: Grid
    optimizer: Optimizer
    steps: int
    coordinates: Coordinates
    backend: str
    target: str
    settings: dict[str, Any]


def build(args: argparse.Namespace) -> Request:
    """The request. Raises: ValueError that names the option."""
    target, p, grid, said = target_of(args)
    with spoken(q0="--start", mu="--start MU", sigma="--start SIGMA", nu="--nu"):
        q0 = member(args, *(args.start or first_of(args, p, grid)))
    with spoken(steps="--steps"):
        steps = _check.count("steps", args.steps, 0)
    optimizer = _optimizer(args)
    name = {"loss": args.loss, "smoothing": args.smoothing}
    how = {
        "family": args.family,
        "start": families.named(q0),
        "steps": steps,
        "optimizer": {"name": args.optimizer, **optimizer._asdict()},
    }
    where = {"coordinates": args.coordinates, "scale": args.scale, "backend": args.backend}
    return Request(
        loss=loss_called(args.loss, args.smoothing),
        p=p,
        q0=q0,
        grid=grid,
        optimizer=optimizer,
        steps=steps,
        coordinates=_coordinates(args),
        backend=args.backend,
        target=said,
        settings={**name, "target": target, "reduction": args.reduction, **how, **where},
    )


def loss_called(name: str, smoothing: float | None) -> Loss:
    """The loss of this name, smoothed if that is asked for."""
    loss = next(loss for loss in LOSSES if loss_name(loss) == name)
    return loss if smoothing is None else Smoothed(loss, _check.positive("--smoothing", smoothing))


def target_of(args: argparse.Namespace) -> tuple[dict[str, Any], Density, Grid, str]:
    """What JSON says of P, P itself, the grid, and P in words."""
    if args.target_file is not None:
        return _tabulated(args)
    if args.samples is not None:
        return _sampled(args)
    pairs = args.target or MODES
    weights = args.weights or (1.0,) * len(pairs)
    with spoken(mu="--target MU", sigma="--target SIGMA", weights="--weights", components="--target"):
        p = Mixture(weights, tuple(Normal(*pair) for pair in pairs))
        _, components = mixture.checked(p)
    terms = [
        ("" if w == 1 else f"{w:g} ") + families.written(q) for w, q in zip(weights, components, strict=True)
    ]
    told = {"weights": weights, "components": [families.named(q) for q in components]}
    return told, p, _grid(args.grid or WINDOW, args.reduction), " + ".join(terms)


def _tabulated(args: argparse.Namespace) -> tuple[dict[str, Any], Density, Grid, str]:
    file = args.target_file
    data = read("--target-file", file, 2, "two columns of numbers, x and density")
    with spoken(p="--target-file, density", x="--target-file, x"):
        p, grid = Tabulated.from_density(data[:, 1]), Grid.from_points(data[:, 0], args.reduction)
    return {"file": str(file)}, p, grid, phrase("the table in {}", file)


def _sampled(args: argparse.Namespace) -> tuple[dict[str, Any], Density, Grid, str]:
    file, method = args.samples, args.estimate or "kernel"
    samples = read("--samples", file, 1, "one column of numbers")[:, 0]
    low, high = float(samples.min()), float(samples.max())
    # A kernel estimate reaches beyond the samples, and a Normal does so too.
    margin = 0.25 * ((high - low) or 1.0)
    grid = _grid(args.grid or (low - margin, high + margin, 1000.0), args.reduction, "--samples")
    with spoken(samples="--samples", bandwidth="--bandwidth", x="--grid"):
        p = Tabulated.from_samples(samples, grid.x, args.bandwidth, method)
    told = {"samples": str(file), "estimate": method, "bandwidth": args.bandwidth}
    size = {"samples": samples.size, "file": file}
    if method == "kernel":
        return told, p, grid, phrase("kernel estimate of {samples:,} samples in {file}", **size)
    return told, p, grid, phrase("histogram estimate of {samples:,} samples in {file}", **size)


def first_of(args: argparse.Namespace, p: Density, grid: Grid) -> tuple[float, float]:
    """Where a fit begins if nobody says so: the articles' start, or the moments of a file's P."""
    if args.target_file is None and args.samples is None:
        return START
    x, log_p = grid.x, p.log_prob(grid.x)
    if np.isneginf(log_p).sum() >= x.size - 1:
        return START  # P is nowhere, or at one point
    share = np.exp(log_p - log_p.max()) * np.gradient(x)
    share /= share.sum()
    mu = float(share @ x)
    return mu, float(np.sqrt(share @ (x - mu) ** 2))


def _grid(grid: tuple[float, ...], reduction: Any, option: str = "--grid") -> Grid:
    start, stop, num = grid
    points: Any = int(num) if num.is_integer() else num
    with spoken(start=f"{option} START", stop=f"{option} STOP", num=f"{option} NUM", x=option):
        return Grid.linspace(start, stop, points, reduction)


def _optimizer(args: argparse.Namespace) -> Any:
    with spoken(lr="--lr", momentum="--momentum", betas="--betas", eps="--eps"):
        if args.optimizer == "sgd":
            return sgd(args.lr, 0.0 if args.momentum is None else args.momentum)
        eps = 1e-8 if args.eps is None else args.eps
        return adam(args.lr, args.betas or (0.9, 0.999), eps, args.epsilon_hat)


def _coordinates(args: argparse.Namespace) -> Coordinates:
    scale = 1.0 if args.scale is None else _check.positive("--scale", args.scale)
    known: dict[str, Coordinates] = {"sigma": Sigma(), "variance": Variance(scale), "log-sigma": LogSigma()}
    return known[args.coordinates]

"""`divlite fit`: one Normal fitted to any target, with the articles' kind of table."""

import csv
import json
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .. import _check
from .._types import Coordinates, Density, Loss, Optimizer
from ..densities import Normal, Tabulated
from ..fitting import Fit, fit
from ..grid import Grid, Weights


class Request(NamedTuple):
    """Everything the command line asks for."""

    loss: Loss
    name: str
    p: Density
    q0: Normal
    grid: Grid
    optimizer: Optimizer
    steps: int
    coordinates: Coordinates
    backend: str
    every: int | None
    plot: Path | None
    gif: Path | None
    csv: Path | None
    json: Path | None


def run(request: Request) -> int:
    """Fit, print the table, write the files asked for."""
    r = request
    path = fit(
        r.loss,
        r.p,
        r.q0,
        r.grid,
        optimizer=r.optimizer,
        steps=r.steps,
        coordinates=r.coordinates,
        backend=r.backend,
    )
    print("\n".join(table(path, r.every)))
    if r.csv is not None:
        write_csv(r.csv, path)
    if r.json is not None:
        write_json(r.json, path)
    if r.plot is not None:
        from ..plotting import plot_summary

        plot_summary(r.p, path, r.grid, title=r.name).savefig(r.plot)
    if r.gif is not None:
        from ..plotting import write_gif

        write_gif(r.gif, r.p, path, r.grid, title=r.name)
    for written in (r.csv, r.json, r.plot, r.gif):
        if written is not None:
            print(f"wrote {written}")
    return 0


def table(path: Fit, every: int | None) -> list[str]:
    """A row every so many steps, the first and the last among them: the loss at (mu, sigma), and both."""
    steps = path.mu.size - 1
    chosen = sorted({*range(0, steps + 1, every or max(1, steps // 10)), steps})
    width = max(len("step"), len(str(steps)))
    rows = [f"{'step':>{width}}  {'loss':>14}  {'mu':>14}  {'sigma':>14}"]
    for i in chosen:
        rows.append(f"{i:>{width}}  {path.loss[i]:>14.8g}  {path.mu[i]:>14.8g}  {path.sigma[i]:>14.8g}")
    return rows


def read_target(file: Path, reduction: Weights) -> tuple[Density, Grid]:
    """A target from two columns, x and density: .npy of shape (n, 2), or text separated by commas.

    A first line of names is skipped, and so are lines that begin with #.
    """
    if not file.is_file():
        _check.fail("--target-file", "an existing file", str(file))
    try:
        data = np.load(file) if file.suffix.lower() == ".npy" else _read_csv(file)
    except (ValueError, UnicodeDecodeError, EOFError) as error:
        _check.fail("--target-file", "two columns of numbers, x and density", f"{file}: {error}")
    if data.ndim != 2 or data.shape[1] != 2:
        _check.fail("--target-file", "two columns, x and density", f"shape {data.shape} in {file}")
    return Tabulated.from_density(data[:, 1]), Grid.from_points(data[:, 0], reduction)


def _read_csv(file: Path) -> np.ndarray:
    with file.open(newline="", encoding="utf-8-sig") as stream:
        rows = [row for row in csv.reader(stream) if row and not row[0].lstrip().startswith("#")]
    try:
        [float(field) for field in rows[0]]
    except ValueError:
        rows = rows[1:]
    except IndexError:
        pass
    return np.array([[float(field) for field in row] for row in rows])


def write_csv(file: Path, path: Fit) -> None:
    """step, loss, mu, sigma: every step of the fit, to the last digit."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("step", "loss", "mu", "sigma"))
        columns = (path.loss.tolist(), path.mu.tolist(), path.sigma.tolist())
        writer.writerows((i, *row) for i, row in enumerate(zip(*columns, strict=True)))


def write_json(file: Path, path: Fit) -> None:
    """The end and the whole path; a loss that is not finite is written as null."""
    losses = [value if math.isfinite(value) else None for value in path.loss.tolist()]
    document = {
        "mu": path.q.mu,
        "sigma": path.q.sigma,
        "loss": losses[-1],
        "path": {"mu": path.mu.tolist(), "sigma": path.sigma.tolist(), "loss": losses},
    }
    file.write_text(json.dumps(document), encoding="utf-8")

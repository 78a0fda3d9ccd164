"""`divlite fit`: one Normal fitted to any target, with the articles' kind of table."""

import csv
import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import _check
from .._types import Array, Coordinates, Density, Loss, Optimizer
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

    A first line without a number is skipped, and so are lines that begin with #.
    """
    if not file.is_file():
        _check.fail("--target-file", "an existing file", str(file))
    expected = "two columns of numbers, x and density"
    try:
        data = _read_npy(file) if file.suffix.lower() == ".npy" else _read_csv(file)
    except Exception as error:  # np.load raises whatever its many parsers do
        reason = (str(error) or repr(error)).splitlines()[0]
        _check.fail("--target-file", expected, f"{file}: {reason}")
    shape = getattr(data, "shape", "no array")
    if len(shape) != 2 or shape[1] != 2:
        _check.fail("--target-file", expected, f"shape {shape} in {file}")
    return Tabulated.from_density(data[:, 1]), Grid.from_points(data[:, 0], reduction)


def _read_npy(file: Path) -> Any:
    with file.open("rb") as stream:
        return np.load(stream)


def _read_csv(file: Path) -> Array:
    def number(text: str) -> float | None:
        try:
            return float(text)
        except ValueError:
            return None

    with file.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.reader(stream)
        lines = [(reader.line_num, row) for row in reader if row and not row[0].lstrip().startswith("#")]
    rows = [(line, [number(field) for field in row]) for line, row in lines]
    if rows and rows[0][1].count(None) == len(rows[0][1]):
        rows = rows[1:]
    for (line, values), (_, texts) in zip(rows, lines[len(lines) - len(rows) :], strict=True):
        if len(values) != 2 or None in values:
            raise ValueError(f"line {line} is {','.join(texts)!r}")
    return np.array([values for _, values in rows], dtype=np.float64)


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

"""KL(P||Q) against KL(Q||P): the same fit in both directions, at two separations of the modes.

The article's N(mu, s2) has 2 pi s2 in its exponent as well as under its root: it is
sqrt(pi) Normal(mu, variance = pi s2), for P and Q alike. So its loss is sqrt(pi) times that of
honest Normals, which the weights carry, its smoothing epsilon becomes epsilon/sqrt(pi), and its
optimiser moves s2 = sigma^2/pi, which is the coordinate Variance(scale=pi).
"""

import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .._types import Family
from ..backend import Backend
from ..coordinates import Variance
from ..densities import Mixture, Normal
from ..fitting import Fit, fit
from ..grid import Grid
from ..language import Language, phrase
from ..losses import ForwardKL, ReverseKL, Smoothed, loss_name
from ..losses.protocol import loss_title
from ..optimizers import adam, sgd
from . import ends
from .drawing import drawings_of
from .report import Cell, Drawing, Report, Row, Table, Track, published

NAME = "forward-vs-reverse-kl"
NOTES = (
    phrase(
        "s2 is what the article calls the variance. In the exponent its N(mu, s2) has 2 pi s2 where a Normal "
        "has 2 sigma^2. So it is sqrt(pi) times the Normal with sigma = sqrt(pi s2). A row has "
        "the loss before its step."
    ),
)
# What the article calls its targets.
NAMES = phrase("unimodal"), phrase("small separation"), phrase("large separation")
TARGETS: dict[str, str] = dict(zip(NAMES, NAMES, strict=True))
SCALE = math.pi
MASS = math.sqrt(math.pi)


def normal(mu: float, s2: float) -> Normal:
    """The honest Normal of which the article's N(mu, s2) is sqrt(pi) times."""
    return Normal(mu, math.sqrt(SCALE * s2))


def run(backend: str | Backend, track: Track) -> Report:
    """Every figure the article prints."""
    article = published(NAME)
    honest = Grid.linspace(**article["grid"], weights=article["reduction"])
    grid = Grid(honest.x, MASS * honest.w)
    epsilon = article["smoothing"] / MASS
    directions = {
        "forward": Smoothed(ForwardKL(), epsilon),
        "reverse": Smoothed(ReverseKL(), epsilon),
    }
    tables: list[Table] = []
    drawings: dict[str, Drawing] = {}
    fits: dict[str, tuple[Mixture, dict[str, Family]]] = {}
    for entry in track(article["runs"]):
        target, optimizer = entry["target"], entry["optimizer"]
        p = Mixture(tuple(target["weights"]), tuple(map(normal, target["mu"], target["s2"])))
        loss = directions[entry["direction"]]
        path = fit(
            loss,
            p,
            normal(entry["q0"]["mu"], entry["q0"]["s2"]),
            grid,
            # As in the first article, whose figures show it; these would not tell.
            optimizer=sgd(optimizer["lr"])
            if optimizer["name"] == "sgd"
            else adam(optimizer["lr"], epsilon_hat=True),
            steps=entry["steps"],
            coordinates=Variance(SCALE),
            backend=backend,
        )
        title = phrase("{loss}: {target}", loss=loss_title(loss), target=TARGETS[entry["name"]])
        tables.append(_run(title, path, entry))
        stem = f"{NAME}-{entry['direction']}-{entry['name'].replace(' ', '-')}"
        drawings |= drawings_of(stem, p, path, grid, title)
        fits.setdefault(entry["name"], (p, {}))[1][loss_name(loss.loss)] = path.q
    tables.append(_single_value(article["single_values"]["sum_log_p_over_q"], grid.x))
    rows = [(name, p, both) for name, (p, both) in fits.items() if len(both) == 2]
    drawings[f"{NAME}-separations.png"] = partial(_separations, rows, grid)
    return Report(NAME, tuple(tables), drawings, NOTES)


def _run(title: str, path: Fit, entry: dict[str, Any]) -> Table:
    rows = tuple(
        Row(str(i * entry["every"]), (Cell(printed, float(path.loss[i * entry["every"]])),))
        for i, printed in enumerate(entry["losses"])
    )
    remarks = ends.remarks(path, _where, 6)
    if path.loss[-1] < 0:
        remarks += (phrase("why below 0: the window cuts both off, and leaves Q with more mass than P."),)
    return Table(title, phrase("step"), ("loss",), rows, remarks)


def _where(q: Family) -> str:
    return f"mu = {q.mu:.6f}  s2 = {q.sigma * q.sigma / SCALE:.6f}"


def _single_value(printed: str, x: Any) -> Table:
    """sum(log(p/q)) with p and q as float32 densities, as the article computes it before it smooths."""
    p, q = Mixture((0.75, 0.25), (normal(-0.125, 0.01), normal(1.0, 0.01))), normal(1.0, 1.0)
    log_p, log_q = p.log_prob(x), q.log_prob(x)
    p32, q32 = np.exp(log_p.astype(np.float32)), np.exp(log_q.astype(np.float32))
    with np.errstate(divide="ignore"):
        total = float(np.sum(np.log(p32 / q32)))
    lost, lost64 = int(np.sum(p32 == 0)), int(np.sum(np.exp(log_p) == 0))
    remarks = (
        phrase(
            "why -inf: p is 0 in float32 at {lost:,} of {all:,} points, and even in float64 at {lost64:,}; "
            "the log of 0 is -inf. Taken between log densities, the sum is {total:,.1f}.",
            lost=lost,
            all=x.size,
            lost64=lost64,
            total=np.sum(log_p - log_q),
        ),
    )
    rows = (Row(phrase("unsmoothed"), (Cell(printed, total),)),)
    return Table(
        "sum(log(p / q)), p = .75 N(-.125, .01) + .25 N(1, .01), q = N(1, 1)", "", ("sum",), rows, remarks
    )


def _separations(
    rows: list[tuple[str, Mixture, dict[str, Family]]], grid: Grid, file: Path, lang: Language
) -> None:
    from ..plotting import plot_separations

    plot_separations(rows, grid, xlim=(-4.0, 4.0), lang=lang).savefig(file)

"""Understanding KL Divergence: one Normal fitted to a sum of two, under four losses.

P = N(-5, 1) + N(10, 1), a sum and not an average: mass 2. 1,000 points on [-15, 15], mean weights,
10,000 Adam steps. A row prints the loss before its step, mu and sigma after it.
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .._types import Family, Loss
from ..backend import Backend
from ..backends import resolve
from ..densities import Mixture, Normal
from ..fitting import Fit, fit
from ..grid import Grid
from ..language import Language, phrase, told
from ..losses import L1, MSE, Cosine, ForwardKL
from ..losses.protocol import loss_title
from ..objective import value_and_grad
from ..optimizers import adam
from . import ends
from .drawing import drawings_of
from .report import Cell, Drawing, Report, Row, Table, Track, published

NAME = "understanding-kl"
NOTES = (
    phrase(
        "P = N(-5, 1) + N(10, 1) is a sum: its mass is 2, and that of Q is 1. A row has the loss before its "
        "step, and mu and sigma after it."
    ),
)
LOSSES: dict[str, Loss] = {
    "kl_div": ForwardKL(),
    "mse_loss": MSE(),
    "cosine_similarity": Cosine(),
    "l1_loss": L1(),
}


def run(backend: str | Backend, track: Track) -> Report:
    """Every figure the article prints, and the L1 run that it mentions without printing."""
    article = published(NAME)
    components = tuple(Normal(c["mu"], c["sigma"]) for c in article["target"]["components"])
    p = Mixture(tuple(article["target"]["weights"]), components)
    grid = Grid.linspace(**article["grid"], weights=article["reduction"])
    printed = article["optimizer"]
    # The article's torch was older than 1.3: its Adam added eps before the bias correction.
    optimizer = adam(printed["lr"], tuple(printed["betas"]), printed["eps"], epsilon_hat=True)
    drawings: dict[str, Drawing] = {f"{NAME}-densities.png": partial(_densities, p, grid)}
    tables = [_single_values(article["single_values"], p, grid, backend)]
    unprinted = {"loss": "l1_loss", "mu0": "0.0", "sigma0": "1.0", "rows": None}
    for entry in track((*article["runs"], unprinted)):
        loss = LOSSES[entry["loss"]]
        q0 = Normal(float(entry["mu0"]), float(entry["sigma0"]))
        path = fit(loss, p, q0, grid, optimizer=optimizer, steps=printed["steps"], backend=backend)
        start = {"mu": q0.mu, "sigma": q0.sigma}
        title = phrase("{loss} from mu = {mu:g}, sigma = {sigma:g}", loss=loss_title(loss), **start)
        table = (
            _l1(title, p, path, grid, printed["lr"], backend)
            if entry["rows"] is None
            else _run(title, loss, p, path, grid, entry["rows"], backend)
        )
        tables.append(table)
        stem = f"{NAME}-{entry['loss'].replace('_', '-')}-from-{q0.mu:g}"
        drawings |= drawings_of(stem, p, path, grid, title)
    return Report(NAME, tuple(tables), drawings, NOTES)


def _single_values(printed: dict[str, str], p: Mixture, grid: Grid, backend: str | Backend) -> Table:
    """F.kl_div of exp-then-log in float32, and of the log densities."""
    q = Normal(0.0, 1.0)
    log_q = q.log_prob(grid.x).astype(np.float32)
    q32 = np.exp(log_q)
    lost = int(np.sum(q32 == 0))
    with np.errstate(divide="ignore"):
        through_exp = resolve(backend).kl_div(np.log(q32), p.prob(grid.x), "mean", False)
    in_logs, _ = value_and_grad(ForwardKL(), p, q, grid, backend)
    rows = (
        Row(phrase("exp, then log"), (Cell(printed["kl_div_of_exp_then_log"], float(through_exp)),)),
        Row(phrase("log densities"), (Cell(printed["kl_div_in_log_space"], in_logs),)),
    )
    why = phrase(
        "why inf: in float32 exp(log q) underflows to 0 at {lost} of {all:,} points, "
        "where log q < -103.97 (down to {least:.1f}); the log of that 0 is -inf, and p > 0 there.",
        lost=lost,
        all=grid.x.size,
        least=log_q.min(),
    )
    title, label = phrase("F.kl_div at mu = 0, sigma = 1"), phrase("computed by")
    return Table(title, label, ("kl_div",), rows, (why,))


def _run(
    title: str,
    loss: Loss,
    p: Mixture,
    path: Fit,
    grid: Grid,
    printed: list[dict[str, Any]],
    backend: str | Backend,
) -> Table:
    rows = tuple(
        Row(
            str(row["epoch"]),
            (
                Cell(row["loss"], float(path.loss[row["epoch"]])),
                Cell(row["mu"], float(path.mu[row["epoch"] + 1])),
                Cell(row["sigma"], float(path.sigma[row["epoch"] + 1])),
            ),
        )
        for row in printed
    )
    remarks = ends.remarks(path, _where, 8)
    q0 = Normal(path.mu[0], path.sigma[0])
    first = fit(loss, p, q0, grid, optimizer=adam(), steps=1, backend=backend).mu[1]
    if abs(first - path.mu[1]) > 1e-7:
        today = phrase(
            "today's Adam, eps after the bias correction, has mu = {:.10f} in the first row", first
        )
        remarks += (today,)
    return Table(title, phrase("epoch"), (phrase("loss"), "mu", "sigma"), rows, remarks)


def _l1(title: str, p: Mixture, path: Fit, grid: Grid, lr: float, backend: str | Backend) -> Table:
    """The article says that L1 settles on the nearest mode, as MSE does: so it does from this start."""
    mode = min(p.components, key=lambda c: abs(c.mu - path.mu[0]))
    at_mode, _ = value_and_grad(L1(), p, mode, grid, backend)
    cell = Cell(f"{mode.mu:.1f}", path.q.mu, tolerance=lr)
    remarks = (
        phrase("no table is printed; the article says that L1 settles on the nearest mode, as MSE does."),
        phrase("that holds for a narrow start like this one; from a wide start both can cover both modes."),
        *ends.remarks(path, _where, 8),
        phrase("the mode:   {place}  loss = {loss:.8f}", place=_where(mode), loss=at_mode),
        phrase("tolerance here: one step, lr = {:g}; L1 has a kink at its optimum, where Adam chatters.", lr),
    )
    return Table(title, phrase("end"), ("mu",), (Row(str(path.mu.size - 2), (cell,)),), remarks)


def _where(q: Family) -> str:
    return f"mu = {q.mu:.7f}  sigma = {q.sigma:.7f}"


def _densities(p: Mixture, grid: Grid, file: Path, lang: Language) -> None:
    from ..plotting import plot_densities

    names = {f"N({c.mu:g}, {c.sigma:g})": c for c in p.components}
    plot_densities({**names, told(phrase("P, their sum"), lang): p}, grid, lang=lang).savefig(file)

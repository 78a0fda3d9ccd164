"""The table of fits: one fit, timed for every loss with numba, numpy and the peers.

The fit is a Normal to the articles' two modes, over a grid with mean weights, by Adam, in float64. A first,
untimed run compiles what is to be compiled, and gives the path that is compared with numba's.
"""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from .. import _check
from .._types import Density, Loss
from ..densities import Normal
from ..evidence.experiment import START, TARGET
from ..fitting import fit
from ..grid import Grid
from ..losses import LOSSES, ForwardKL, ReverseKL, Smoothed
from ..losses.protocol import loss_title
from ..optimizers import adam
from .bench_timing import aligned, best_ms
from .peers import PEERS
from .peers_jax import EPSILON
from .peers_types import Path, Peer, Run

LR = 1e-3
POINTS, STEPS = 1_000, 10_000
TIMED: tuple[Loss, ...] = (*LOSSES, *(Smoothed(loss, EPSILON) for loss in (ForwardKL(), ReverseKL())))


def _divlite(backend: str, loss: Loss, target: Density, q0: Normal, grid: Grid, lr: float, steps: int) -> Run:
    return lambda: fit(loss, target, q0, grid, optimizer=adam(lr=lr), steps=steps, backend=backend)[1:4]


def _own(backend: str, share: int) -> Peer:
    return Peer(backend, lambda: "", lambda: backend, partial(_divlite, backend), share)


# A fit takes numpy a quarter of a second: it is timed on a part of the steps, as torch is.
OWN = {"numba": _own("numba", 1), "numpy": _own("numpy", 5)}


class Row(NamedTuple):
    """One loss: the ms of a whole fit by who ran it, those left out who do not know the loss.

    gaps: the largest |difference| of each peer's path from numba's, over mu and sigma (units of x) and the
    loss, and over the steps that the peer ran.
    """

    loss: str
    ms: Mapping[str, float]
    gaps: Mapping[str, float] = {}


def usable(peers: Sequence[str]) -> list[str]:
    """Those of the peers that can be run here; ValueError for a name that is no peer's."""
    return [peer for peer in peers if not PEERS[_check.one_of("peers", peer, PEERS)].why_not()]


def measure(
    losses: Sequence[Loss] = TIMED,
    *,
    repeats: int = 5,
    full: bool = False,
    peers: Sequence[str] = tuple(PEERS),
    points: int = POINTS,
    steps: int = STEPS,
) -> list[Row]:
    """Time every loss with everything that can be run, in one run on this machine.

    full: whether numpy and torch run all the steps; otherwise a fifth, and their times are scaled up.

    Raises: ValueError for repeats or steps below 1, points below 2, or a name that is no peer's.
    """
    repeats, steps = _check.count("repeats", repeats, 1), _check.count("steps", steps, 1)
    grid = Grid.linspace(-15, 15, points)
    ways = OWN | {peer: PEERS[peer] for peer in usable(peers)}
    length = {who: steps if full else max(1, steps // way.share) for who, way in ways.items()}
    runs = {
        (i, who): run
        for i, loss in enumerate(losses)
        for who, way in ways.items()
        if (run := way.fit(loss, TARGET, START, grid, LR, length[who])) is not None
    }
    paths = {key: run() for key, run in tqdm(runs.items(), "first runs", disable=None, leave=False)}
    best = best_ms(runs, repeats)

    def row(i: int, loss: Loss) -> Row:
        present = [who for who in ways if (i, who) in runs]
        ms = {who: best[i, who] * steps / length[who] for who in present}
        gaps = {who: _gap(paths[i, "numba"], paths[i, who]) for who in present if who not in OWN}
        return Row(loss_title(loss).partition(",")[0], ms, gaps)

    return [row(i, loss) for i, loss in enumerate(losses)]


def _gap(ours: Path, theirs: Path) -> float:
    return max(float(np.abs(a[: b.size] - b).max()) for a, b in zip(ours, theirs, strict=True))


def table(rows: Sequence[Row]) -> str:
    """The rows as aligned text: ms, and how many times numba's they are; "-" where a loss is not known."""
    others = [who for who in (*OWN, *PEERS) if who != "numba" and any(who in row.ms for row in rows)]
    titles = [title for who in others for title in ((OWN | PEERS)[who].title, "x")]

    def cells(row: Row) -> list[str]:
        numba = row.ms["numba"]
        pairs = [
            cell
            for who in others
            for cell in (
                (f"{row.ms[who]:.1f}", f"{row.ms[who] / numba:.1f}") if who in row.ms else ("-", "-")
            )
        ]
        return [row.loss, f"{numba:.2f}", *pairs, f"{max(row.gaps.values()):.0e}" if row.gaps else "-"]

    return aligned([["loss, ms a fit", "numba", *titles, "gap"], *map(cells, rows)])


def summary(rows: Sequence[Row]) -> str:
    """How many times as fast as each peer numba is on the loss where that is least, rounded down."""
    said: list[str] = []
    for who, peer in PEERS.items():
        if ratios := [row.ms[who] / row.ms["numba"] for row in rows if who in row.ms]:
            least = min(ratios)
            shown = math.floor(least) if least >= 100 else math.floor(least * 10) / 10
            said.append(f"{shown}x {peer.title}")
    if not said:
        return "No peer was measured."
    return f"numba is at least {', '.join(said)}, on every loss that both fitted."

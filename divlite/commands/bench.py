"""The speed table: one fit, timed for every loss with numba, numpy, torch and JAX.

The fit is a Normal to the articles' two modes, over a grid with mean weights, by Adam, in float64.
Each time is the best of several repeats after a first, untimed run, which compiles what is to be
compiled and gives the path that the peers' paths are compared with.
"""

import math
import os
import pathlib
import platform
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from .. import _check
from .._types import Density, Loss
from ..densities import Normal
from ..evidence.experiment import START, TARGET
from ..fitting import FitWarning, fit
from ..grid import Grid
from ..losses import LOSSES, loss_name
from ..optimizers import adam
from .peers import PEERS, Path, Peer
from .process import say

LR = 1e-3
POINTS, STEPS = 1_000, 10_000
# torch takes 2 s a fit and numpy a quarter of one: a part of their steps is timed, unless all are asked for.
SHORTENED = 5

FIRST_FIT = f"""
import time
import divlite as dl
p = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1)))
grid = dl.Grid.linspace(-15, 15, {POINTS})
dl.fit(dl.MSE(), p, dl.Normal(0, 1), grid, optimizer=dl.adam(lr={LR}), steps={STEPS})
print(time.time())
"""


class Row(NamedTuple):
    """One loss: the ms of a whole fit; None where the peer is missing, or does not know the loss.

    torch_gap, jax_gap: the largest |difference| of the peer's path from numba's, over mu and sigma
    (units of x) and the loss, and over the steps that the peer ran.
    """

    loss: str
    numba: float
    numpy: float
    torch: float | None = None
    torch_gap: float | None = None
    jax: float | None = None
    jax_gap: float | None = None


TITLES = ("loss", "numba ms", "numpy ms", "x", "torch ms", "x", "gap", "JAX ms", "x", "gap")
FORMATS = ("", ".2f", ".1f", ".1f", ".1f", ".1f", ".0e", ".1f", ".1f", ".0e")


def _divlite(
    backend: str, loss: Loss, target: Density, q0: Normal, grid: Grid, lr: float, steps: int
) -> Callable[[], Path]:
    return lambda: fit(loss, target, q0, grid, optimizer=adam(lr=lr), steps=steps, backend=backend)[1:4]


def installed(peers: Sequence[str]) -> list[str]:
    """Those of the peers that can be imported; ValueError for a name that is no peer's."""
    return [peer for peer in peers if find_spec(_check.one_of("peers", peer, PEERS))]


def measure(
    losses: Sequence[Loss] = LOSSES,
    *,
    repeats: int = 5,
    full: bool = False,
    peers: Sequence[str] = ("torch", "jax"),
    points: int = POINTS,
    steps: int = STEPS,
) -> list[Row]:
    """Time every loss with everything that is installed, in one run on this machine.

    full: whether numpy and torch run all the steps; otherwise a fifth, and their times are scaled up.

    Raises: ValueError for repeats or steps below 1, points below 2, or a name that is no peer's.
    """
    repeats, steps = _check.count("repeats", repeats, 1), _check.count("steps", steps, 1)
    grid = Grid.linspace(-15, 15, points)
    short = steps if full else max(1, steps // SHORTENED)
    length = {"numba": steps, "numpy": short, "torch": short, "jax": steps}
    ways: dict[str, Peer] = {backend: partial(_divlite, backend) for backend in ("numba", "numpy")}
    ways |= {peer: PEERS[peer] for peer in installed(peers)}
    runs = {
        (i, who): run
        for i, loss in enumerate(losses)
        for who, way in ways.items()
        if (run := way(loss, TARGET, START, grid, LR, length[who])) is not None
    }
    paths = {key: run() for key, run in tqdm(runs.items(), "first runs", disable=None, leave=False)}
    best = dict.fromkeys(runs, math.inf)
    # Round by round, so that a disturbance of some seconds does not meet all the repeats of one cell.
    for key in tqdm([*runs] * repeats, "timed runs", disable=None, leave=False):
        start = time.perf_counter()
        runs[key]()
        best[key] = min(best[key], (time.perf_counter() - start) * 1e3 * steps / length[key[1]])

    def peer(i: int, who: str) -> tuple[float | None, float | None]:
        if (i, who) not in runs:
            return None, None
        pairs = zip(paths[i, "numba"], paths[i, who], strict=True)
        return best[i, who], max(float(np.abs(ours[: a.size] - a).max()) for ours, a in pairs)

    return [
        Row(loss_name(loss), best[i, "numba"], best[i, "numpy"], *peer(i, "torch"), *peer(i, "jax"))
        for i, loss in enumerate(losses)
    ]


def cold_start(repeats: int = 3) -> tuple[float, float]:
    """Seconds from a fresh process's start to the end of its first fit, and to its own end.

    The best of the repeats, each by itself, after one run that fills Numba's disk cache.
    """

    def once() -> tuple[float, float]:
        start = time.time()
        command = [sys.executable, "-W", "ignore::UserWarning", "-c", FIRST_FIT]
        out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        return float(out) - start, time.time() - start

    once()
    first_fit, process = zip(*(once() for _ in range(repeats)), strict=True)
    return min(first_fit), min(process)


def table(rows: Sequence[Row]) -> str:
    """The rows as aligned text; "-" for what was not measured."""

    def cells(row: Row) -> list[str]:
        loss, numba, numpy, torch, torch_gap, jax, jax_gap = row
        x_numpy, x_torch, x_jax = (ms and ms / numba for ms in (numpy, torch, jax))
        values = (loss, numba, numpy, x_numpy, torch, x_torch, torch_gap, jax, x_jax, jax_gap)
        return ["-" if v is None else format(v, form) for v, form in zip(values, FORMATS, strict=True)]

    lines = [TITLES, *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = f"{{:<{widths[0]}}}" + "".join(f"  {{:>{width}}}" for width in widths[1:])
    return "\n".join(rule.format(*line) for line in lines)


def summary(rows: Sequence[Row]) -> str:
    """How many times as fast as each peer numba is on the loss where that is least, rounded down."""
    torch = [row.torch / row.numba for row in rows if row.torch is not None]
    jax = [row.jax / row.numba for row in rows if row.jax is not None]
    said = [f"{math.floor(min(torch))}x torch eager"] if torch else []
    said += [f"{math.floor(min(jax) * 10) / 10:.1f}x JAX"] if jax else []
    return (
        f"numba is at least {' and '.join(said)}, on every loss that both fitted."
        if said
        else "No peer was measured."
    )


def _processor() -> str:
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    named = re.search(r"model name\s*: *(.+)", cpuinfo.read_text() if cpuinfo.exists() else "")
    return named[1] if named else platform.processor() or platform.machine()


def run(*, repeats: int = 5, full: bool = False, peers: Sequence[str] = ("torch", "jax")) -> int:
    """Measure, and print the table with all that is needed to read it. Returns 0."""
    present = installed(peers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)  # the masses are 2 and 1, as in the articles
        rows = measure(repeats=repeats, full=full, peers=peers)
    first_fit, process = cold_start()
    versions = ", ".join(f"{name} {version(name)}" for name in ("numba", "numpy", *present))
    part = f"{STEPS // SHORTENED:,} of the steps timed, the time multiplied by {SHORTENED}"
    missing = [peer for peer in PEERS if peer not in present]
    say(
        f"A Normal fitted to two modes: {POINTS:,} points, {STEPS:,} Adam steps, float64. ms a fit, the best",
        f"of {repeats} after one that compiles. numpy, torch eager: {'all steps timed' if full else part}.",
        f"Python {platform.python_version()}, {versions}.",
        f"{platform.system()}, {_processor()}, {os.cpu_count()} CPUs; one thread (JAX: its own choice).",
        "",
        table(rows),
        "",
        "x: that time over numba's. gap: largest difference from numba's path, in mu, sigma and the loss;",
        "at L1's kink one ulp decides a sign, and paths may part by about the step size, 1e-3.",
        *(f"{p}: -, {'not installed' if p in peers else 'not asked for'}." for p in missing),
        f"A new process, disk cache warm: first fit done in {first_fit:.2f} s, all over in {process:.2f} s.",
        summary(rows),
    )
    return 0

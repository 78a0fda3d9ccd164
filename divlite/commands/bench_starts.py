"""The tables of optima: one solve against SciPy's minimisers, and a map of many starts.

SciPy is given the same loss and gradient, compiled, in (mu, log sigma), and for trust-ncg second derivatives
by differences of that gradient: four calls of it each.
"""

import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from .._types import Array, Loss
from ..coordinates import LogSigma
from ..densities import Mixture, Normal
from ..descent.basins import basins
from ..descent.sweep import cpus
from ..evidence.experiment import START
from ..grid import Grid
from ..losses import MSE, Cosine, ForwardKL, JensenShannon, ReverseKL
from ..losses.protocol import loss_title
from ..objective import objective, problem
from .bench_timing import aligned, best_ms

HALVES = Mixture((0.5, 0.5), (Normal(-5.0, 1.0), Normal(10.0, 1.0)))
GRID = Grid.linspace(-15.0, 15.0, 1_000)
SMOOTH: tuple[Loss, ...] = (ForwardKL(), ReverseKL(), MSE(), Cosine(), JensenShannon())
METHODS = ("trust-ncg", "BFGS")
TIGHT = 1e-9  # of SciPy's gradient; a solve goes on to rounding
STEP = 1e-4
MAPPED = 100_000


def solves(repeats: int) -> list[str]:
    """One solve from the articles' start, and SciPy's from there."""
    if find_spec("scipy") is None:
        return ["One solve against SciPy's minimisers: SciPy is not installed."]
    lines: list[Sequence[str]] = [("loss", "solve us", "steps", *_titles())]
    for loss in SMOOTH:
        posed = problem(loss, HALVES, GRID)
        runs: dict[str, Callable[[], Any]] = {"solve": partial(posed.solve, START)}
        asked = objective(loss, HALVES, GRID, coordinates=LogSigma())
        runs |= {method: partial(_minimized, asked, method) for method in METHODS}
        found = {name: run() for name, run in runs.items()}
        us = {name: 1e3 * ms for name, ms in best_ms(runs, 4 * repeats).items()}
        cells = [loss_title(loss), f"{us['solve']:.0f}", str(found["solve"].steps)]
        for method in METHODS:
            calls, away = _compared(found[method], found["solve"].q)
            cells += [f"{us[method]:.0f}", f"{us[method] / us['solve']:.1f}", str(calls), away]
        lines.append(cells)
    return [
        f"An optimum from {START}, {GRID.x.size:,} points: `solve` of a Problem, and",
        "scipy.optimize.minimize given the same compiled loss and gradient. The best of some repeats, each",
        "but the first a loop of calls that takes some 5 ms.",
        "",
        aligned(lines),
        "",
        "x: that time over solve's. calls: of the loss with its gradient. away: its end from solve's, in",
        'sigma; it stops earlier, at a gradient of 1e-9. "other": it ended in another basin.',
    ]


def _titles() -> list[str]:
    return [title for method in METHODS for title in (f"{method} us", "x", "calls", "away")]


def _minimized(asked: Callable[[Array], tuple[float, Array]], method: str) -> tuple[Array, int]:
    """The end of SciPy's minimiser, and how often it asked for the loss and its gradient."""
    minimize: Any = import_module("scipy.optimize").minimize
    calls = 0

    def at(theta: Array) -> tuple[float, Array]:
        nonlocal calls
        calls += 1
        return asked(theta)

    def hessian(theta: Array) -> Array:
        sides = [(at(theta + e)[1] - at(theta - e)[1]) / (2 * STEP) for e in STEP * np.eye(2)]
        return 0.5 * (np.array(sides) + np.array(sides).T)

    more: dict[str, Any] = {"hess": hessian} if method == "trust-ncg" else {}
    begin = np.array([START.mu, math.log(START.sigma)])
    found = minimize(at, begin, jac=True, method=method, options={"gtol": TIGHT}, **more)
    return np.asarray(found.x), calls


def _compared(found: tuple[Array, int], q: Any) -> tuple[int, str]:
    (mu, t), calls = found[0].tolist(), found[1]
    away = math.hypot((mu - q.mu) / q.sigma, t - math.log(q.sigma))
    return calls, "other" if away > 0.1 else f"{away:.0e}"


def starts(repeats: int) -> list[str]:
    """A map of many starts, by one thread and by two."""
    side = math.isqrt(MAPPED)
    mus, sigmas = np.linspace(-15.0, 15.0, side), np.geomspace(0.06, 30.0, -(-MAPPED // side))
    by = [1, 2] if cpus() > 1 else [1]
    seconds: dict[int, float] = dict.fromkeys(by, math.inf)
    basins(ReverseKL(), HALVES, GRID, mus[::50], sigmas[::50])
    for _ in range(max(1, repeats // 2)):
        for threads in by:
            begin = time.perf_counter()
            basins(ReverseKL(), HALVES, GRID, mus, sigmas, threads=threads)
            seconds[threads] = min(seconds[threads], time.perf_counter() - begin)
    told = ", ".join(f"{n} thread{'s' * (n > 1)} {s:.1f} s" for n, s in seconds.items())
    ratio = f"; two are {seconds[1] / seconds[2]:.2f} times as fast as one" if len(by) > 1 else ""
    number = mus.size * sigmas.size
    return [f"dl.basins, {number:,} starts of reverse KL, {GRID.x.size:,} points:", f"{told}{ratio}."]

"""The speed tables: what `divlite bench` measures and prints.

A table is a function of the request that returns its lines. One more table is one more function in TABLES.
"""

import os
import pathlib
import platform
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import NamedTuple

from ..fitting import FitWarning
from . import bench_fits, bench_starts
from .bench_fits import LR, POINTS, STEPS, usable
from .peers import PEERS
from .process import say

FIRST_FIT = f"""
import time
import divlite as dl
p = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1)))
grid = dl.Grid.linspace(-15, 15, {POINTS})
dl.fit(dl.MSE(), p, dl.Normal(0, 1), grid, optimizer=dl.adam(lr={LR}), steps={STEPS})
print(time.time())
"""


class Request(NamedTuple):
    """What is asked for: how often each run is timed, whether the slow ones run all steps, which peers."""

    repeats: int
    full: bool
    peers: Sequence[str]


def machine(request: Request) -> list[str]:
    """What all the tables are measured on and with."""
    why = {name: peer.why_not() if name in request.peers else "not asked for" for name, peer in PEERS.items()}
    versions = dict.fromkeys(PEERS[name].version() for name, reason in why.items() if not reason)
    own = ", ".join(f"{name} {version(name)}" for name in ("numba", "numpy"))
    return [
        f"{platform.system()}, {_processor()}, {os.cpu_count()} CPUs; one thread (JAX: its own choice).",
        f"Python {platform.python_version()}, {own}.",
        *(f"Against {named}." for named in versions),
        *(f"{name}: -, {reason}." for name, reason in why.items() if reason),
    ]


def fits(request: Request) -> list[str]:
    """One fit for every loss."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)  # the masses are 2 and 1, as in the articles
        rows = bench_fits.measure(**request._asdict())
    part = "all steps timed" if request.full else "a fifth of the steps timed, the time multiplied by 5"
    return [
        f"A Normal fitted to two modes: {POINTS:,} points, {STEPS:,} Adam steps, float64. ms a fit, the best",
        f"of {request.repeats} after one that compiles. numpy, torch: {part}.",
        "",
        bench_fits.table(rows),
        "",
        "compiled: torch.compile. x: that time over numba's. gap: the largest difference of a peer's path",
        "from numba's, in mu, sigma and the loss. At L1's kink one ulp decides a sign, and paths may part",
        "by about the step size, 1e-3.",
        bench_fits.summary(rows),
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


def start(request: Request) -> list[str]:
    """A new process."""
    first_fit, process = cold_start()
    return [
        f"A new process, disk cache warm: first fit done in {first_fit:.2f} s, all over in {process:.2f} s."
    ]


def solves(request: Request) -> list[str]:
    """Optima, against SciPy."""
    return bench_starts.solves(request.repeats)


def starts(request: Request) -> list[str]:
    """A map of many starts."""
    return bench_starts.starts(request.repeats)


TABLES: tuple[Callable[[Request], list[str]], ...] = (fits, solves, starts, start)


def _processor() -> str:
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    named = re.search(r"model name\s*: *(.+)", cpuinfo.read_text() if cpuinfo.exists() else "")
    return named[1] if named else platform.processor() or platform.machine()


def run(*, repeats: int = 5, full: bool = False, peers: Sequence[str] = tuple(PEERS)) -> int:
    """Measure, and print each table with all that is needed to read it. Returns 0."""
    usable(peers)  # a wrong name is refused before anything is measured
    request = Request(repeats, full, peers)
    say(*machine(request))
    for table in TABLES:
        say("", *table(request))
    return 0

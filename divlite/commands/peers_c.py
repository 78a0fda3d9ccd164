"""The benchmark's fit in C: `peers_fits.c`, compiled here with -Ofast -march=native, called by ctypes."""

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path as File
from typing import Any

import numpy as np

from .._types import Density, Loss
from ..densities import Normal
from ..grid import Grid
from ..losses import L1, MSE, Cosine, ForwardKL, ReverseKL, loss_name
from .peers_types import Path

SOURCE = File(__file__).with_name("peers_fits.c")
FLAGS = ("-Ofast", "-march=native")
LOSSES: tuple[Loss, ...] = (ForwardKL(), ReverseKL(), MSE(), L1(), Cosine())


def compiler() -> str | None:
    """The C compiler: the one that CC names, or gcc, clang, cc, whichever is found first."""
    names = (os.environ.get("CC", ""), "gcc", "clang", "cc")
    return next((found for name in names if name and (found := shutil.which(name))), None)


def why_not() -> str:
    """Why the C cannot be run here; empty where it can."""
    if compiler() is None:
        return "no C compiler was found"
    try:
        _library()
    except (OSError, subprocess.CalledProcessError) as error:
        said: Any = getattr(error, "stderr", None)
        return f"it does not compile: {(said or str(error)).strip().splitlines()[0]}"
    return ""


def version() -> str:
    """What the compiler calls itself, and how it is called."""
    out = subprocess.run([str(compiler()), "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return f"{out.splitlines()[0]} {' '.join(FLAGS)}"


@cache
def _library() -> ctypes.CDLL:
    # The folder may go once the library is loaded; where the system holds on to it, it stays.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        compiled, library = (str(File(folder) / name) for name in ("fits.o", "fits.so"))
        # Linked by itself: a library linked with -Ofast turns subnormal numbers off in the whole process.
        for step in (
            [*FLAGS, "-fPIC", "-c", str(SOURCE), "-o", compiled],
            ["-shared", compiled, "-o", library],
        ):
            subprocess.run([str(compiler()), *step, "-lm"], check=True, capture_output=True, text=True)
        return ctypes.CDLL(library)


def fit(
    loss: Loss, target: Density, q0: Normal, grid: Grid, lr: float, steps: int
) -> Callable[[], Path] | None:
    """gcc's or another compiler's loop, on one thread. Weights are means."""
    if loss not in LOSSES:
        return None
    function = getattr(_library(), loss_name(loss).replace("-", "_"))
    log_p = target.log_prob(grid.x)
    columns = [np.ascontiguousarray(a, dtype=np.float64) for a in (grid.x, np.exp(log_p), log_p)]

    def run() -> Path:
        mu, sigma, losses = (np.empty(steps + 1) for _ in range(3))
        table, paths = (map(_pointer, arrays) for arrays in (columns, (mu, sigma, losses)))
        start = map(ctypes.c_double, (*q0, lr))
        function(ctypes.c_int(grid.x.size), *table, *start, ctypes.c_int(steps), *paths)
        return mu, sigma, losses

    return run


def _pointer(array: Any) -> Any:
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_double))

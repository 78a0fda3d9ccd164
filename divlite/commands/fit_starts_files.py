"""What `divlite fit --starts` found, as CSV and as JSON."""

import csv
import io
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import __version__, families
from .._types import Array
from ..descent.many import Fits
from ..descent.optimum import Optimum
from .fit_request import Request

ARRIVED = 0.01  # in units of sigma: a fit that ends no further from its optimum has arrived
PLACELESS = ("off the window", "at the border", "flat")  # ends of one such kind are one
COLUMNS = ("start_mu", "start_sigma", "mu", "sigma", "loss", "steps", "verdict")
OF_OPTIMUM = ("optimum_mu", "optimum_sigma", "optimum_loss")
PIECE = 10_000  # rows of CSV that are made at a time


class Found(NamedTuple):
    """starts: a row (mu, sigma) for each, shape (n, 2); the fits; the ends, and for each fit the place in
    `ends` of the one that it was going to, -1 for none, shape (n,).
    """

    starts: Array
    fits: Fits
    ends: list[Optimum]
    labels: NDArray[np.int64]


def has_arrived(fits: Fits, mine: NDArray[np.bool_], end: Optimum) -> NDArray[np.bool_]:
    """Which of these fits ended at the optimum itself."""
    mu, sigma = end.q.mu, end.q.sigma
    away = np.hypot((fits.mu[mine] - mu) / sigma, np.log(fits.sigma[mine] / sigma))
    return away <= ARRIVED


def csv_pieces(found: Found) -> Iterator[bytes]:
    """A row for each start: it, the end of its fit, the verdict there, and the optimum that has a place."""
    yield (",".join((*COLUMNS, *OF_OPTIMUM)) + "\r\n").encode()
    rows = list(zip(*columns(found).values(), strict=True))
    at: list[int] = found.labels.tolist()
    places = [*(_place(end) for end in found.ends), ("", "", "")]  # the last for -1
    for first in range(0, len(rows), PIECE):
        stream = io.StringIO()
        some = zip(rows[first : first + PIECE], at[first : first + PIECE], strict=True)
        csv.writer(stream).writerows((*row, *places[k]) for row, k in some)
        yield stream.getvalue().encode()


def columns(found: Found) -> dict[str, list[Any]]:
    """By their names; the verdict is empty of a fit that met no finite loss, or left the domain of sigma."""
    starts, fits, ends, labels = found
    numbers = *starts.T, fits.mu, fits.sigma, fits.loss, fits.steps
    at: list[int] = labels.tolist()
    verdicts: list[Any] = [ends[k].verdict if k >= 0 else "" for k in at]
    return dict(zip(COLUMNS, [*(column.tolist() for column in numbers), verdicts], strict=True))


def _place(end: Optimum) -> tuple[Any, ...]:
    return ("", "", "") if end.verdict in PLACELESS else (end.q.mu, end.q.sigma, end.loss)


def document(command: str, request: Request, found: Found, notes: list[Any]) -> dict[str, Any]:
    """All that is needed to make the fits again, each fit, and the ends. What is not finite is null.

    command: the command line; settings: the same as values. end: for each fit its place in `ends`, or null.
    """
    settings = {name: value for name, value in request.settings.items() if name != "start"}
    settings["starts"] = len(found.starts)
    fits = columns(found)
    del fits["verdict"]  # it stands in `ends`
    finite = {name: [v if math.isfinite(v) else None for v in column] for name, column in fits.items()}
    return {
        "divlite": __version__,
        "command": command,
        "settings": settings,
        "ends": [_counted(found, k, end) for k, end in enumerate(found.ends)],
        "notes": notes,
        "starts": {**finite, "end": [k if k >= 0 else None for k in found.labels.tolist()]},
    }


def _counted(found: Found, k: int, end: Optimum) -> dict[str, Any]:
    mine = found.labels == k
    counted = {"verdict": end.verdict, "fits": int(mine.sum())}
    if end.verdict in PLACELESS:
        return counted
    arrived = int(has_arrived(found.fits, mine, end).sum())
    return {**counted, "arrived": arrived, **families.named(end.q), "loss": end.loss}

"""What `divlite fit` says around its table: what it does, and how it ended."""

import textwrap

from .. import families
from .._types import Density
from ..coordinates import LogSigma, Variance
from ..destination import ENDS, Destination, where
from ..ending import mass
from ..fitting import Fit
from ..grid import Grid
from ..losses.protocol import loss_title
from .fit_request import Request

WIDTH, LABEL = 80, 11


def header(request: Request, starts: str = "") -> list[str]:
    """P and the grid on one line, Q and the descent on another; a longer one is continued below."""
    r = request
    return [
        *target(r.target, r.p, r.grid, r.settings["reduction"]),
        *_said(
            "Q",
            f"from {starts or families.written(r.q0)} down the loss {descent(r)}",
        ),
    ]


def descent(request: Request) -> str:
    """The loss and how the fit goes down it."""
    r, how = request, request.settings["optimizer"]
    return f"{loss_title(r.loss)}; {how['name']}, lr {how['lr']:g}, {r.steps:,} steps in mu and {_moved(r)}"


def target(said: str, p: Density, grid: Grid, reduction: str) -> list[str]:
    """P, its mass, and the grid."""
    x = grid.x
    points = f"{x.size:,} points from {x[0]:g} to {x[-1]:g}"
    return _said("P", f"{said}; mass {mass(p, grid):.4g} on {points}; reduction {reduction}")


def footer(path: Fit, ends: Destination) -> list[str]:
    """Where the fit stopped, whether it has converged, what lies downhill, and where its start leads."""
    g, steps = path.gradient, path.mu.size - 1
    ended = "yes: the loss is larger all around Q, a thousandth of sigma away" if path.converged else "no"
    return [
        *_said("stopped", f"at step {steps:,}; gradient dL/dmu = {g.mu:.3g}, dL/dsigma = {g.sigma:.3g}"),
        *_said("converged", ended),
        *_said("optimum", _optimum(path, ends)),
        *(_said("basin", ends.basin) if ends.optimum is not None else []),
        *_said("mass of Q", f"{path.q_mass:.4g} on the grid"),
    ]


def _optimum(path: Fit, ends: Destination) -> str:
    found = ends.optimum
    if found is None:
        return f"none is looked for: the loss is {path.loss[-1]:g} where the fit stopped"
    if found.verdict == "minimum":
        return f"{where(found)}: a certified minimum, {'here' if path.converged else 'downhill from there'}"
    return f"none found: downhill from there the way ends {ENDS[found.verdict]}, {where(found)}"


def _moved(request: Request) -> str:
    coordinates = request.coordinates
    if isinstance(coordinates, LogSigma):
        return "log sigma"
    if isinstance(coordinates, Variance):
        return "sigma^2" if coordinates.scale == 1 else f"sigma^2/{coordinates.scale:g}"
    return "sigma"


def wrapped(text: str) -> list[str]:
    """A sentence in lines of a terminal's 80 columns."""
    return textwrap.wrap(text, WIDTH)


def _said(label: str, text: str) -> list[str]:
    lines = textwrap.wrap(text, WIDTH - LABEL, break_long_words=False, break_on_hyphens=False)
    return [f"{'' if i else label:<{LABEL}}{line}" for i, line in enumerate(lines)]

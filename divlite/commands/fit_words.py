"""What `divlite fit` says around its table: what it does, and how it ended."""

import textwrap

from .. import families
from .._types import Family
from ..coordinates import LogSigma, Variance
from ..fitting import Fit
from ..losses.protocol import loss_title
from .fit_request import Request

WIDTH, LABEL = 80, 11


def header(request: Request, path: Fit) -> list[str]:
    """P and the grid on one line, Q and the descent on another; a longer one is continued below."""
    r, x = request, request.grid.x
    reduction = r.settings["reduction"]
    points = f"{x.size:,} points from {x[0]:g} to {x[-1]:g}"
    optimizer = f"{r.settings['optimizer']['name']}, lr {r.settings['optimizer']['lr']:g}"
    return [
        *_said("P", f"{r.target}; mass {path.p_mass:.4g} on {points}; reduction {reduction}"),
        *_said(
            "Q",
            f"from {families.written(r.q0)} down the loss {loss_title(r.loss)}; "
            f"{optimizer}, {r.steps:,} steps in mu and {_moved(r)}",
        ),
    ]


def footer(path: Fit, optimum: tuple[Family, float] | None) -> list[str]:
    """The gradient where the fit ended, whether it has converged, and if not, an optimum below it."""
    g = path.gradient
    if path.converged:
        ended = "yes: the loss is larger all around Q, a thousandth of sigma away"
    elif optimum is None:
        ended = "no, and no optimum was found from here"
    else:
        q, loss = optimum
        ended = f"no; an optimum downhill: mu {q.mu:.7g}, sigma {q.sigma:.7g}, loss {loss:.8g}"
    return [
        *_said("gradient", f"dL/dmu = {g.mu:.3g}, dL/dsigma = {g.sigma:.3g}"),
        *_said("converged", ended),
        *_said("mass of Q", f"{path.q_mass:.4g} on the grid"),
    ]


def _moved(request: Request) -> str:
    coordinates = request.coordinates
    if isinstance(coordinates, LogSigma):
        return "log sigma"
    if isinstance(coordinates, Variance):
        return "sigma^2" if coordinates.scale == 1 else f"sigma^2/{coordinates.scale:g}"
    return "sigma"


def _said(label: str, text: str) -> list[str]:
    lines = textwrap.wrap(text, WIDTH - LABEL, break_long_words=False, break_on_hyphens=False)
    return [f"{'' if i else label:<{LABEL}}{line}" for i, line in enumerate(lines)]

"""What `divlite fit` says around its table: what it does, and how it ended."""

from .. import families
from .._types import Density
from ..coordinates import LogSigma, Variance
from ..destination import ENDS, Destination, where
from ..ending import mass
from ..fitting import Fit
from ..grid import Grid
from ..language import Language, phrase, told, wrapping
from ..losses.protocol import loss_title
from .fit_request import Request

WIDTH = 80
# What stands before the lines of the footer; those of the header are indented as far.
LABELS = (
    phrase("stopped"),
    phrase("converged"),
    phrase("optimum"),
    phrase("basin"),
    phrase("mass of Q"),
)


def header(request: Request, q: str, lang: Language = "en") -> list[str]:
    """P and the grid on one line, Q and the descent on another; a longer one is continued below."""
    r = request
    return [*target(r.target, r.p, r.grid, r.settings["reduction"], lang), *_said("Q", q, lang)]


def moves(request: Request) -> str:
    """Where Q begins, and how it goes on."""
    start = families.written(request.q0)
    return phrase("from {start} down the loss {descent}", start=start, descent=descent(request))


def descent(request: Request) -> str:
    """The loss and how the fit goes down it."""
    r, how = request, request.settings["optimizer"]
    return phrase(
        "{loss}; {optimizer}, lr {lr:g}, {steps:,} steps in mu and {moved}",
        loss=loss_title(r.loss),
        optimizer=how["name"],
        lr=how["lr"],
        steps=r.steps,
        moved=_moved(r),
    )


def target(said: str, p: Density, grid: Grid, reduction: str, lang: Language = "en") -> list[str]:
    """P, its mass, and the grid."""
    text = phrase(
        "{p}; mass {mass:.4g} on {points:,} points from {left:g} to {right:g}; reduction {reduction}",
        p=said,
        mass=mass(p, grid),
        points=grid.x.size,
        left=grid.x[0],
        right=grid.x[-1],
        reduction=reduction,
    )
    return _said("P", text, lang)


def footer(path: Fit, ends: Destination, lang: Language = "en") -> list[str]:
    """Where the fit stopped, whether it has converged, what lies downhill, and where its start leads."""
    stopped = phrase(
        "at step {step:,}; gradient dL/dmu = {mu:.3g}, dL/dsigma = {sigma:.3g}",
        step=path.mu.size - 1,
        mu=path.gradient.mu,
        sigma=path.gradient.sigma,
    )
    yes = phrase("yes: the loss is larger all around Q, a thousandth of sigma away")
    basin = "" if ends.optimum is None else ends.basin
    of_q = phrase("{mass:.4g} on the grid", mass=path.q_mass)
    texts = stopped, yes if path.converged else phrase("no"), _optimum(path, ends), basin, of_q
    return [line for label, text in zip(LABELS, texts, strict=True) for line in _said(label, text, lang)]


def _optimum(path: Fit, ends: Destination) -> str:
    found = ends.optimum
    if found is None:
        return phrase("none is looked for: the loss is {:g} where the fit stopped", path.loss[-1])
    if found.verdict != "minimum":
        return phrase(
            "none found: downhill from there the way ends {kind}, {place}",
            kind=ENDS[found.verdict],
            place=where(found),
        )
    if path.converged:
        return phrase("{place}: a certified minimum, here", place=where(found))
    return phrase("{place}: a certified minimum, downhill from there", place=where(found))


def _moved(request: Request) -> str:
    coordinates = request.coordinates
    if isinstance(coordinates, LogSigma):
        return "log sigma"
    if isinstance(coordinates, Variance):
        return "sigma^2" if coordinates.scale == 1 else f"sigma^2/{coordinates.scale:g}"
    return "sigma"


def wrapped(text: str, lang: Language = "en") -> list[str]:
    """A sentence in lines of a terminal's 80 columns."""
    return wrapping.wrapped(told(text, lang), WIDTH)


def _said(label: str, text: str, lang: Language) -> list[str]:
    """The label and the text behind it; nothing of an empty text."""
    columns = 2 + max(wrapping.width(told(each, lang)) for each in LABELS)
    room = WIDTH - columns
    lines = wrapping.wrapped(told(text, lang), room, break_long_words=False, break_on_hyphens=False)
    return [wrapping.padded("" if i else told(label, lang), columns) + line for i, line in enumerate(lines)]

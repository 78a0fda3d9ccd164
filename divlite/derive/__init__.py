"""Every gradient derived, line by line, and every line proved.

    notation        the symbols, and what a derivation is made of: Line, Chain, Part, Derivation
    request         the parameters by which is derived
    parts           the score of the Normal and its product with a sensitivity, which most share
    forward_kl ...  one file a derivation
    source          the formulas that run, run on symbols: what a derivation begins with and ends in
    symbolic, numeric, proof    the two halves of the proof, and the proof
    data, example, balance      the articles' numbers, put into each line; whether the gradient is 0 there
    formulas, words                 the formulas among the words, and the words
    printers, inline                an object in LaTeX, in two dimensions, and on one line
    terminal, markdown, html, web   the same objects, in four forms; the pages' styles and font

Nothing here is imported before a derivation is asked for: SymPy takes a third of a second.
"""

from importlib import import_module
from typing import Any, NamedTuple

from .. import _check
from .._types import Loss
from ..coordinates import LogSigma, Sigma, Variance
from ..losses import LOSSES, ForwardKL, Smoothed, loss_name
from ..losses.protocol import summary


class Topic(NamedTuple):
    """What there is a derivation of: its name, one line on it, and the loss, if it is one."""

    name: str
    summary: str
    loss: Loss | None


TOPICS = (
    *(Topic(loss_name(loss), summary(loss), loss) for loss in LOSSES),
    Topic(
        "smoothed", "any loss, epsilon added to both densities (--smoothing EPS)", Smoothed(ForwardKL(), 1e-3)
    ),
    Topic("discrete-kl", "KL(P || softmax(a)) by the logits a: softmax minus target", None),
    Topic("normal-kl", "KL(P || Q) between two Normals, in closed form", None),
)
COORDINATES = {Sigma: "sigma", Variance: "variance", LogSigma: "log-sigma"}


def derive(what: "Loss | str", wrt: str | None = None, coordinates: Any = None) -> Any:
    """The derivation of a loss, or of a topic by its name, as `divlite.explain` documents it."""
    topic = named(what) if isinstance(what, str) else None
    loss = topic.loss if topic else _check.loss(what)
    name = topic.name if topic else loss_name(loss) if loss is not None else ""
    inner = loss.loss if isinstance(loss, Smoothed) else loss
    if isinstance(loss, Smoothed):
        name = "smoothed"
    if inner is not None and inner not in LOSSES:
        known = ", ".join(type(one).__name__ for one in LOSSES)
        _check.fail(
            "loss", f"one that has a derivation ({known}, or Smoothed of these)", type(inner).__name__
        )
    if name == "discrete-kl":
        _check.one_of("wrt", "logits" if wrt is None else wrt, ("logits",))
        if coordinates is not None:
            _check.fail("coordinates", "none, for discrete-kl has no sigma", type(coordinates).__name__)
        return import_module(".discrete_kl", __name__).derivation()
    from .request import request

    asked = request(wrt, _coordinate(coordinates))
    module = import_module(f".{name.replace('-', '_')}", __name__)
    return module.derivation(asked, loss) if name == "smoothed" else module.derivation(asked)


def named(name: str) -> Topic:
    """The topic of that name."""
    _check.one_of("loss", name, [topic.name for topic in TOPICS])
    return next(topic for topic in TOPICS if topic.name == name)


def _coordinate(coordinates: Any) -> str:
    if coordinates is None:
        return "sigma"
    _check.coordinates(coordinates)
    if type(coordinates) not in COORDINATES or coordinates not in (Sigma(), Variance(), LogSigma()):
        _check.fail("coordinates", "dl.Sigma(), dl.Variance() or dl.LogSigma()", _check.shown(coordinates))
    return COORDINATES[type(coordinates)]

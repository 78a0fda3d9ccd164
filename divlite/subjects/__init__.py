"""What there is a derivation of, each a value: a loss on a grid, and two that are taken without one.

    name, summary   as the command line spells it, and one line about it
    loss            what is taken on a grid, if it is a loss
    asked(...)      the same where it is asked for, checked; coordinate: a name as in coordinates.NAMED
    derivation()    the parts 1 to 6
    evidence()      what the parts 7 to 9 are made of
    by_torch()      the gradient by torch's autograd

SymPy is not imported before a derivation is asked for: it takes a third of a second.
"""

from importlib.util import find_spec
from typing import Any

from .. import _check
from .._types import Coordinates, Loss
from ..coordinates import name_of
from ..evidence import Answer
from ..losses import LOSSES, ForwardKL, Smoothed
from .discrete_kl import DiscreteKL
from .normal_kl import NormalKL
from .on_grid import OnGrid

Subject = OnGrid | DiscreteKL | NormalKL

_ALL = (*map(OnGrid, LOSSES), OnGrid(Smoothed(ForwardKL(), 1e-3)), DiscreteKL(), NormalKL())
SUBJECTS: dict[str, Subject] = {subject.name: subject for subject in _ALL}


def subject(
    what: Loss | str, wrt: str | None = None, coordinates: Coordinates | None = None, at: Any = None
) -> Subject:
    """The subject of that name, or any loss as one, where it is asked for, as `divlite.explain` has it.

    Raises: ValueError for a name, coordinates or a place that it does not have.
    """
    known = isinstance(what, str)
    found = SUBJECTS[_check.one_of("loss", what, SUBJECTS)] if known else OnGrid(_check.loss(what))
    return found.asked(wrt, None if coordinates is None else name_of(coordinates), at)


def autograd(subject: Subject) -> Answer:
    """What torch says of the gradient there."""
    if find_spec("torch") is None:
        return None
    import torch

    return subject.by_torch(), str(torch.__version__)

"""The discrete KL with respect to logits: softmax minus target."""

from ..losses import ForwardKL
from . import lessons, run
from .notation import *
from .request import request


def derivation() -> Derivation:
    """The whole of it; the lesson has its lines."""
    weighted = run.definitions(ForwardKL())[L]
    definitions = {L: weighted.xreplace({w[i]: sp.S.One}), q: exp(a[i]) / Total(exp(a[i]))}
    return lessons.whole("discrete_kl", request(None, "sigma"), definitions, {})

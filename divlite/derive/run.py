"""A stand-in for what the view of a loss shows, in symbols."""
from typing import Any, NamedTuple

from .notation import i, log, p, q, w, x


class Seen(NamedTuple):
    of_p: tuple[Any, Any]
    of_q: tuple[Any, Any]
    moves: Any
    weight: Any
    at: Any


def seen(loss: Any, j: Any) -> Seen:
    return Seen((p[j], log(p[j])), (q[j], log(q[j])), log(q[j]), w[j], x[j])

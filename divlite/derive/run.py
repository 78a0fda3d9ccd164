"""What the view of a loss shows, in symbols."""

from typing import Any, NamedTuple

from ..views import view_of
from .notation import log, p, q, sp, w, x, z

F, G = (sp.IndexedBase(name, positive=True) for name in "FG")
y = sp.IndexedBase("y", real=True)


class Seen(NamedTuple):
    """Two numbers of P and two of Q at the point j, which of these moves, and the weight."""

    of_p: tuple[Any, Any]
    of_q: tuple[Any, Any]
    moved: Any
    weight: Any
    at: Any


def seen(loss: Any, j: Any) -> Seen:
    """What the view of a loss shows at the point j."""
    known = {
        "d_log_q": Seen((p[j], log(p[j])), (q[j], log(q[j])), log(q[j]), w[j], x[j]),
        "d_cdf_q": Seen((F[j], 1 - F[j]), (G[j], 1 - G[j]), G[j], w[j], x[j]),
        "d_x_q": Seen((x[j], F[j]), (y[j], z[j]), y[j], w[j] * p[j], z[j]),
    }
    return known[view_of(loss).derivative]

"""The chain rule, written once, for every loss, view and family.

A loss is L = C(sum_i w_i f_i), where f_i is made from what is seen of P and Q at the point x_i, and what is
seen of Q depends on theta = (mu, sigma). For densities that is log q, and

    dL/dtheta = sum_i  [ w_i dL/dlog q_i ]  [ dlog q_i/dtheta ]
                        the loss's business   the density's business: its score

`integrand` is what is summed at a point and `assemble` what becomes of the sums. The numpy backend
calls the first on whole arrays, the numba backend on one point at a time inside its loop.
"""

from typing import Any

from ._types import Sums
from .losses.protocol import d_finish, dot, finish, scale, sensitivity, value


def seen(view: Any, family: Any, at: Any, x: Any) -> tuple[Any, Any, Any, Any]:
    """The two numbers of Q that the view shows at x, and how the one that moves does, by mu and by sigma."""
    return view.seen(family, at, x)


def apart(view: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """How far what moves of Q is from the same of P: where a loss has a kink, if it has one, this is 0."""
    return view.apart(a, b, c, d)


def beside(view: Any, a: Any, b: Any, h: Any) -> Any:
    """The two numbers of a Q from which P is apart by a small h."""
    return view.beside(a, b, h)


def integrand(
    loss: Any, view: Any, family: Any, at: Any, x: Any, a: Any, b: Any, w: Any
) -> tuple[Sums, Sums, Sums]:
    """(w f, w df/dmu, w df/dsigma) at the points x, where a and b are seen of P; at: the `place` of Q."""
    c, d, d_mu, d_sigma = seen(view, family, at, x)
    f = value(loss, a, b, c, d)
    g = scale(sensitivity(loss, a, b, c, d), w)
    return scale(f, w), scale(g, d_mu), scale(g, d_sigma)


def assemble(loss: Any, sums: Sums, d_mu: Sums, d_sigma: Sums) -> tuple[Any, Any, Any]:
    """(L, dL/dmu, dL/dsigma) from the sums of the three integrands."""
    d = d_finish(loss, sums)
    return finish(loss, sums), dot(d, d_mu), dot(d, d_sigma)

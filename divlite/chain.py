"""The chain rule, written once.

A loss is L = C(sum_i w_i f(p_i, q_i)), and q depends on theta = (mu, sigma), so

    dL/dtheta = sum_i  [ w_i dL/dlog q_i ]  [ dlog q_i/dtheta ]
                        the loss's business   the density's business: its score

`integrand` is what is summed at a point and `assemble` what becomes of the sums. The numpy backend
calls the first on whole arrays, the numba backend on one point at a time inside its loop.
"""

from typing import Any

from ._types import Sums
from .densities.normal import log_prob, score
from .elementary import exp
from .losses.protocol import d_finish, d_log_q, dot, finish, scale, value


def integrand(loss: Any, mu: Any, sigma: Any, x: Any, p: Any, log_p: Any, w: Any) -> tuple[Sums, Sums, Sums]:
    """(w f, w df/dmu, w df/dsigma) at the points x."""
    log_q = log_prob(x, mu, sigma)
    q = exp(log_q)
    d_mu, d_sigma = score(x, mu, sigma)
    f = value(loss, p, log_p, q, log_q)
    d = scale(d_log_q(loss, p, log_p, q, log_q), w)
    return scale(f, w), scale(d, d_mu), scale(d, d_sigma)


def assemble(loss: Any, sums: Sums, d_mu: Sums, d_sigma: Sums) -> tuple[Any, Any, Any]:
    """(L, dL/dmu, dL/dsigma) from the sums of the three integrands."""
    d = d_finish(loss, sums)
    return finish(loss, sums), dot(d, d_mu), dot(d, d_sigma)

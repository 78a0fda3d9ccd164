"""KL between two Normals, in closed form: no grid, the integral itself."""

from ..losses import ForwardKL
from . import lessons, run
from .coordinates import also
from .notation import *
from .request import Request
from .written import times


def derivation(request: Request) -> Derivation:
    """The whole of it; the lesson has its lines."""
    (summand,) = run.definitions(ForwardKL())[L].args
    places = {p[i]: Normal(X, m, s), q[i]: Normal(X, mu, sigma), w[i]: sp.S.One}
    value, d_mu, d_sigma = run.normal_kl()
    rate = run.d_sigma(request.coordinate.code)
    ends = {L: value, D(L, mu): d_mu, D(L, sigma): d_sigma, D(sigma, request.symbol): rate}
    ends |= {D(L, request.symbol): times(d_sigma, rate)}
    found = lessons.whole("normal_kl", request, {L: Integral(summand.xreplace(places))}, ends)
    meant = found.parts[4]._replace(content=(*found.parts[4].content, *also(request)))
    return found._replace(parts=(*found.parts[:4], meant, *found.parts[5:]))

"""The formulas that run, run on symbols: what a derivation begins with and what it must end in.

The methods of a loss and the functions of the Normal are plain arithmetic that calls `divlite.elementary`.
Here the very same code is executed with SymPy's functions in the place of those.
"""

from types import FunctionType, SimpleNamespace
from typing import Any

import sympy as sp

from .. import closed_form
from ..chain import assemble, integrand
from ..families import Normal, location_scale
from ..losses import protocol
from .notation import Total, carried_out, i, k, log, m, mu, p, q, s, sigma, w, x

METHODS = (
    "value",
    "d_log_q",
    "finish",
    "d_finish",
    "to_sigma",
    "from_sigma",
    "d_sigma",
    "log_kernel",
    "pull",
    "log_mass",
)


def where(condition: Any, a: Any, b: Any) -> Any:
    """a or b for positive symbols; on either side of a kink, (a + b)/2 + sign (a - b)/2."""
    if condition in (True, False):
        return a if condition else b
    u = condition.gts - condition.lts
    return (a + b) / 2 + sp.sign(u) * (a - b) / 2


def excess(u: Any, s: Any, sigma: Any) -> Any:
    """u - log(s/sigma), where no digit is lost."""
    return u - sp.log(s) + sp.log(sigma)


# Besides the functions: no number is too small for a symbol, and the constant of log N is exact.
REPLACED = {
    "exp": sp.exp,
    "log": sp.log,
    "sqrt": sp.sqrt,
    "where": where,
    "TINY": 0,
    "HALF_LOG_2PI": sp.log(2 * sp.pi) / 2,
    "excess": excess,
}


def on_symbols(function: Any) -> Any:
    """The same code, calling SymPy's functions where it calls divlite.elementary's."""
    replaced = {name: new for name, new in REPLACED.items() if name in function.__globals__}
    return FunctionType(function.__code__, function.__globals__ | replaced, function.__name__)


def symbolic(value: Any) -> Any:
    """A loss or coordinates whose formulas take symbols; a number of their own becomes epsilon."""
    if isinstance(value, int | float):
        return sp.Symbol("epsilon", positive=True)
    methods = {name: getattr(value.__class__, name) for name in METHODS if hasattr(value, name)}
    result = SimpleNamespace(**{field: symbolic(getattr(value, field)) for field in value._fields})
    for name, method in methods.items():
        setattr(result, name, on_symbols(method).__get__(result))
    return result


def exact(math: Any) -> Any:
    """The same, its floats the fractions that they are, to the last bit."""

    def fractions(term: Any) -> Any:
        return sp.sympify(term).xreplace({f: sp.Rational(float(f)) for f in sp.sympify(term).atoms(sp.Float)})

    return protocol.each(fractions, math)


@carried_out
def value(loss: Any) -> Any:
    """L as `value` and `finish` have it."""
    f = protocol.value(symbolic(loss), p[i], log(p[i]), q[i], log(q[i]))
    return protocol.finish(symbolic(loss), protocol.each(lambda term: Total(w[i] * exact(term)), f))


@carried_out
def sensitivity(loss: Any) -> Any:
    """dL/dlog q_k as `d_log_q` and `d_finish` have it, with the weight."""
    symbols = symbolic(loss)
    f = protocol.value(symbols, p[i], log(p[i]), q[i], log(q[i]))
    outer = exact(protocol.d_finish(symbols, protocol.each(lambda term: Total(w[i] * exact(term)), f)))
    inner = exact(protocol.d_log_q(symbols, p[k], log(p[k]), q[k], log(q[k])))
    return protocol.dot(outer, inner) * w[k]


@carried_out
def gradient(loss: Any) -> tuple[Any, Any]:
    """(dL/dmu, dL/dsigma) as `chain` puts them together from the loss and the score."""
    symbols = symbolic(loss)

    def seen(*_: Any) -> tuple[Any, Any, Any, Any]:
        return q[i], log(q[i]), *score()

    pieces = FunctionType(integrand.__code__, integrand.__globals__ | {"seen": seen})
    terms = pieces(symbols, None, None, None, x[i], p[i], log(p[i]), w[i])
    sums = (protocol.each(lambda f: Total(exact(f)), term) for term in terms)
    _, d_mu, d_sigma = assemble(symbols, *sums)
    return exact(d_mu), exact(d_sigma)


@carried_out
def log_prob() -> Any:
    """log N(x_i; mu, sigma) as the family has it."""
    return exact(on_symbols(location_scale.log_prob)(symbolic(Normal(0, 1)), place(), x[i]))


@carried_out
def score() -> Any:
    """The score at x_i as the family has it."""
    return exact(on_symbols(location_scale.score)(symbolic(Normal(0, 1)), place(), x[i]))


def place() -> tuple[Any, Any, Any]:
    return on_symbols(location_scale.place)(symbolic(Normal(0, 1)), mu, sigma)


@carried_out
def d_sigma(coordinates: Any) -> Any:
    """dsigma/dt as the coordinates have it; a scale counts as 1."""
    symbols = symbolic(coordinates)
    symbols.scale = sp.S.One
    return exact(symbols.d_sigma(sigma))


@carried_out
def normal_kl() -> tuple[Any, Any, Any]:
    """KL(N(m, s) || N(mu, sigma)) and its derivatives as `closed_form` has them."""
    value = on_symbols(closed_form.kl)(m, s, mu, sigma)
    return exact(value), *map(exact, on_symbols(closed_form.d_kl)(m, s, mu, sigma))

"""The formulas that run, run on symbols: what a derivation begins with, and what it must end in."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from .. import closed_form
from ..chain import assemble, integrand
from ..families import location_scale
from ..losses import protocol
from ..views import view_of
from . import notation
from .notation import F, G, L, Total, carried_out, i, log, m, mu, p, q, s, sigma, w, x, y, z
from .term import Term, on_terms
from .written import gathered, minus, plus, times


class Seen(NamedTuple):
    """What a view shows at the point j: two numbers of P, two of Q, which of these moves, and the weight."""

    of_p: tuple[Any, Any]
    of_q: tuple[Any, Any]
    moved: Any
    weight: Any
    at: Any  # where the view looks: x_j, or for a quantile z_j


def seen(loss: Any, j: Any) -> Seen:
    """What the view of a loss shows, by the name of the derivative that it asks for."""
    return _SEEN[view_of(loss).derivative](j)


_SEEN: dict[str, Callable[[Any], Seen]] = {
    "d_log_q": lambda j: Seen((p[j], log(p[j])), (q[j], log(q[j])), log(q[j]), w[j], x[j]),
    "d_cdf_q": lambda j: Seen((F[j], plus(1, minus(F[j]))), (G[j], plus(1, minus(G[j]))), G[j], w[j], x[j]),
    "d_x_q": lambda j: Seen((x[j], F[j]), (y[j], z[j]), y[j], times(w[j], p[j]), z[j]),
}


def with_symbols(owner: Any, taken: tuple[str, ...] = ()) -> Any:
    """A loss or a family whose own numbers are symbols of the same names; of one inside, with a prime each
    time that the name is taken."""
    fields: dict[str, Any] = owner._asdict() if hasattr(owner, "_asdict") else {}
    symbols: dict[str, Any] = {}
    for name, field in fields.items():
        if isinstance(field, float):
            symbols[name] = Term(symbol(name, field, taken.count(name)))
            taken += (name,)
    for name, field in fields.items():
        if hasattr(field, "value"):
            symbols[name] = with_symbols(field, taken)
            taken += tuple(inner for inner, _ in _own(field))
    return owner._replace(**symbols) if fields else owner


def _own(loss: Any) -> list[tuple[str, float]]:
    """The numbers of a loss and of those that it is made of, by name, in the order of `numbers`."""
    fields: dict[str, Any] = loss._asdict() if hasattr(loss, "_asdict") else {}
    own = [(name, field) for name, field in fields.items() if isinstance(field, float)]
    return own + [one for field in fields.values() if hasattr(field, "value") for one in _own(field)]


OWN = {symbol.name: symbol for symbol in (notation.epsilon, notation.nu)}
SUMS = "ABCDEHIJK"
TAKEN = {name for name, of in vars(notation).items() if isinstance(of, sp.Symbol | sp.IndexedBase)} | {*SUMS}


def symbol(name: str, number: float, times: int = 0) -> Any:
    """The symbol of a loss's or a family's own number; with a prime for each time that the name is taken."""
    primes = "'" * (times + (name in TAKEN and name not in OWN))
    known = sp.Symbol(name + primes, **{"positive" if number > 0 else "real": True})
    return known if primes else OWN.get(name, known)


def each_of(terms: Any) -> tuple[Any, ...]:
    """The terms of a loss of several sums, or the one term."""
    return terms if protocol.several(terms) else (terms,)


def terms(loss: Any, j: Any) -> Any:
    """What is summed, with its weight, at the point j: one expression, or a tuple of them."""
    at = seen(loss, j)
    found = on_terms(protocol.value, with_symbols(loss), *at.of_p, *at.of_q)
    return protocol.each(lambda term: times(at.weight, term), found)


def definitions(loss: Any) -> dict[Any, Any]:
    """L, and the sums A, B, C ... that it is made of, where it is not the one sum itself."""
    summed = protocol.each(Total, terms(loss, i))
    if not hasattr(loss, "finish"):
        return {L: summed}
    names = _named(summed)
    found = on_terms(protocol.finish, with_symbols(loss), names)
    if found == names:
        return {L: summed}
    return {L: found} | dict(zip(each_of(names), each_of(summed), strict=True))


def _named(summed: Any) -> Any:
    """A, B, C ..., one for each sum; above 0 where all terms of the sum are."""
    names = tuple(
        sp.Symbol(SUMS[place], **({"positive": True} if total.is_positive else {"real": True}))
        for place, total in enumerate(each_of(summed))
    )
    return names if protocol.several(summed) else names[0]


def inner(loss: Any, j: Any) -> Any:
    """dS/d(what moves at j) for each sum S that moves, with the weight, as the loss has it."""
    at = seen(loss, j)
    found = on_terms(protocol.sensitivity, with_symbols(loss), *at.of_p, *at.of_q)
    return protocol.each(lambda term: times(at.weight, term), found)


def sensitivity(loss: Any, j: Any) -> Any:
    """dL/d(what moves at j), as the loss has it; what several sums have in common is taken out."""
    if not hasattr(loss, "finish"):
        return inner(loss, j)
    names = _named(protocol.each(Total, terms(loss, i)))
    outer = on_terms(protocol.d_finish, with_symbols(loss), names)
    whole = on_terms(protocol.dot, outer, inner(loss, j))
    return gathered(whole) if protocol.several(outer) else whole


class _Named(NamedTuple):
    """A member of a family whose density and distribution at the point j are the symbols q_j and G_j."""

    family: Any
    j: Any

    def log_kernel(self, _: Any) -> Term:
        return Term(log(q[self.j])) + Term(log(sigma))

    def log_mass(self) -> float:
        return 0.0

    def pull(self, at: Any) -> Any:
        return self.family.pull(at)

    def standard_cdf(self, _: Any) -> Term:
        return Term(G[self.j])

    def standard_sf(self, _: Any) -> Term:
        return 1 - Term(G[self.j])


@carried_out
def gradient(loss: Any, family: Any) -> tuple[Any, Any]:
    """(dL/dmu, dL/dsigma) as `chain` puts them together, for a Q of this family."""
    at, names = seen(loss, i), _named(protocol.each(Total, terms(loss, i)))
    symbols, density = with_symbols(loss), _Named(with_symbols(family), i)
    _, *pieces = on_terms(
        integrand, symbols, view_of(loss), density, place(density), at.at, *at.of_p, at.weight
    )
    _, d_mu, d_sigma = on_terms(assemble, symbols, names, *(protocol.each(Total, piece) for piece in pieces))
    return d_mu, d_sigma


def moved(loss: Any, family: Any, j: Any) -> tuple[Any, Any]:
    """How what the view of a loss shows of Q at the point j moves with mu and sigma, as the view has it."""
    density = _Named(with_symbols(family), j)
    return on_terms(view_of(loss).seen, density, place(density), seen(loss, j).at)[2:]


def numbers(loss: Any) -> list[Any]:
    """The symbols of a loss's own numbers, and of those of a loss that it is made of."""
    fields = with_symbols(loss)._asdict().values() if hasattr(loss, "_asdict") else ()
    inner = [number for field in fields if hasattr(field, "value") for number in numbers(field)]
    return [*(field.math for field in fields if isinstance(field, Term)), *inner]


def given(loss: Any) -> dict[Any, Any]:
    """What the numbers of a loss, and of one that it is made of, are: {symbol: number}."""
    return {symbol: sp.nsimplify(number, rational=True) for symbol, number in named(loss).items()}


def named(loss: Any) -> dict[Any, float]:
    """The same as floats."""
    return dict(zip(numbers(loss), (number for _, number in _own(loss)), strict=True))


def place(family: Any) -> tuple[Any, Any, Any]:
    """Where Q stands: at mu, with sigma."""
    return location_scale.place(with_symbols(family), Term(mu), Term(sigma))


def log_prob(family: Any, at: tuple[Any, Any, Any], point: Any) -> Any:
    """log q at that point, as the family has it."""
    return on_terms(location_scale.log_prob, with_symbols(family), at, point)


def score(family: Any, at: tuple[Any, Any, Any], point: Any) -> tuple[Any, Any]:
    """(dlog q/dmu, dlog q/dsigma) at that point, as the family has them."""
    return on_terms(location_scale.score, with_symbols(family), at, point)


def in_z(family: Any) -> tuple[Any, Any, Any]:
    """Where the standard variable stands, but for the scale that log q has."""
    return Term(sp.S.Zero), Term(sp.S.One), place(family)[2]


def d_sigma(coordinates: Any) -> Any:
    """dsigma/dt as the coordinates have it."""
    return on_terms(coordinates.d_sigma, sigma)


@carried_out
def normal_kl() -> tuple[Any, Any, Any]:
    """KL(N(m, s) || N(mu, sigma)) and its derivatives as `closed_form` has them."""
    value = on_terms(closed_form.kl, m, s, mu, sigma, _excess)
    return value, *on_terms(closed_form.d_kl, m, s, mu, sigma)


def _excess(u: Any, s: Any, sigma: Any) -> Any:
    """u - log(s/sigma), for which `closed_form` has a series where digits would be lost."""
    return u - np.log(s) + np.log(sigma)

"""The formulas that run, run on symbols: what a derivation begins with, and what it must end in."""

from collections.abc import Callable, Iterator
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

    @property
    def moves(self) -> dict[Any, Any]:
        """{what a term has of Q: its derivative by what moves}."""
        of_log = {e: e for e in self.moved.args[:1]} if isinstance(self.moved, log) else {}
        return of_log | {self.moved: sp.S.One}


def seen(loss: Any, j: Any) -> Seen:
    """What the view of a loss shows, by the name of the derivative that it asks for."""
    return _SEEN[view_of(loss).derivative](j)


_SEEN: dict[str, Callable[[Any], Seen]] = {
    "d_log_q": lambda j: Seen((p[j], log(p[j])), (q[j], log(q[j])), log(q[j]), w[j], x[j]),
    "d_cdf_q": lambda j: Seen((F[j], plus(1, minus(F[j]))), (G[j], plus(1, minus(G[j]))), G[j], w[j], x[j]),
    "d_x_q": lambda j: Seen((x[j], F[j]), (y[j], z[j]), y[j], times(w[j], p[j]), z[j]),
}


def with_symbols(owner: Any) -> Any:
    """A loss or a family whose own numbers, and those of what it is made of, are symbols: see `numbers`."""
    return _replaced(owner, iter(numbers(owner)))


def _replaced(owner: Any, symbols: Iterator[Any]) -> Any:
    own = {name: Term(next(symbols)) for name in _floats(owner)}
    losses = {name: _replaced(loss, symbols) for name, loss in protocol.inner(owner).items()}
    return owner._replace(**own, **losses) if own or losses else owner


def numbers(owner: Any) -> dict[Any, float]:
    """The numbers of a loss or a family, and then of the losses that it is made of: {symbol: number}."""
    found = _all_floats(owner)
    names = [name for name, _ in found]
    return {symbol(name, u, names[:place].count(name)): u for place, (name, u) in enumerate(found)}


def given(loss: Any) -> dict[Any, Any]:
    """The same as the fractions that they are written as."""
    return {name: sp.nsimplify(u, rational=True) for name, u in numbers(loss).items()}


def _all_floats(owner: Any) -> list[tuple[str, float]]:
    inside = [number for loss in protocol.inner(owner).values() for number in _all_floats(loss)]
    return [*_floats(owner).items(), *inside]


def _floats(owner: Any) -> dict[str, float]:
    fields: dict[str, Any] = getattr(owner, "_asdict", dict)()
    return {name: u for name, u in fields.items() if isinstance(u, float)}


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
    return _weighted(protocol.value, loss, j)


def inner(loss: Any, j: Any) -> Any:
    """dS/d(what moves at j) for each sum S that moves, with the weight, as the loss has it."""
    return _weighted(protocol.sensitivity, loss, j)


def _weighted(asked: Callable[..., Any], loss: Any, j: Any) -> Any:
    at = seen(loss, j)
    found = on_terms(asked, with_symbols(loss), *at.of_p, *at.of_q)
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

    pull: Any
    j: Any

    def log_kernel(self, _: Any) -> Term:
        return Term(log(q[self.j])) + Term(log(sigma))

    def log_mass(self) -> float:
        return 0.0

    def standard_cdf(self, _: Any) -> Term:
        return Term(G[self.j])

    def standard_sf(self, _: Any) -> Term:
        return 1 - Term(G[self.j])


@carried_out
def gradient(loss: Any, family: Any) -> tuple[Any, Any]:
    """(dL/dmu, dL/dsigma) as `chain` puts them together, for a Q of this family."""
    at, names = seen(loss, i), _named(protocol.each(Total, terms(loss, i)))
    symbols, density = with_symbols(loss), _Named(with_symbols(family).pull, i)
    _, *pieces = on_terms(
        integrand, symbols, view_of(loss), density, place(density), at.at, *at.of_p, at.weight
    )
    _, d_mu, d_sigma = on_terms(assemble, symbols, names, *(protocol.each(Total, piece) for piece in pieces))
    return d_mu, d_sigma


def moved(loss: Any, family: Any, j: Any, in_z: bool = False) -> tuple[Any, Any]:
    """How what the view of a loss shows of Q at the point j moves with mu and sigma, as the view has it.

    in_z: whether x_j is written as mu + sigma z_j.
    """
    density, at = _Named(with_symbols(family).pull, j), seen(loss, j).at
    there = at.xreplace({x[j]: plus(mu, times(sigma, z[j]))}) if in_z else at
    return on_terms(view_of(loss).seen, density, place(density), there)[2:]


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

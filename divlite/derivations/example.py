"""The articles' numbers, put into each line of a derivation."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from .. import closed_form, discrete
from .._types import Array
from ..densities import Normal
from ..numpy_backend import value_and_grad
from . import notation, symbolic
from .experiment import GRID, TARGET, logits
from .notation import (
    Chain,
    D,
    Derivation,
    Figure,
    Integral,
    Limit,
    Line,
    Listing,
    Part,
    Total,
    as_written,
    carried_out,
    i,
    k,
)


class Data(NamedTuple):
    """A number for each symbol, an array for each indexed one, and which point k is."""

    scalars: Mapping[Any, float]
    vectors: Mapping[Any, Array]
    k: int

    @carried_out
    def value(self, math: Any, definitions: Mapping[Any, Any]) -> float:
        """The number that an expression is, in float64."""
        if math.atoms(D, Integral, notation.Normal, sp.KroneckerDelta):
            math = symbolic.canonical(math, definitions)
        known = {
            name: sp.Float(self.value(definitions[name], definitions))
            for name in definitions
            if name.is_Symbol and math.has(name)
        }
        math = math.xreplace(known)
        math = math.xreplace({total: self._total(total) for total in math.atoms(Total)})
        at_k = {e: float(self.vectors[e.base][self.k]) for e in math.atoms(sp.Indexed)}
        return float(math.xreplace({**self.scalars, **at_k}))

    def _total(self, total: Any) -> Any:
        (summand,) = total.args
        inner = {e: sp.Dummy() for e in summand.atoms(sp.Indexed)}
        plain = summand.xreplace(inner).xreplace(dict(self.scalars))
        f = sp.lambdify(list(inner.values()), plain, "numpy", cse=False)
        at_k = [self.vectors[e.base] if e.indices[0] != k else self.vectors[e.base][self.k] for e in inner]
        return sp.Float(float(np.sum(f(*at_k))))


def data(derivation: Derivation, at: Normal, epsilon: float | None) -> Data:
    """The articles' numbers: those of the third for logits, of the first for everything else."""
    n = notation
    if derivation.name == "discrete-kl":
        a, p = logits()
        vectors = {n.a: a, n.q: discrete.softmax(a), n.p: p}
        return Data({}, vectors, 0)
    mode = TARGET.components[1]
    scalars = {
        n.mu: at.mu,
        n.sigma: at.sigma,
        n.v: at.sigma**2,
        n.t: float(np.log(at.sigma)),
        n.m: mode.mu,
        n.s: mode.sigma,
    }
    x = GRID.x
    vectors = {n.w: GRID.w, n.x: x, n.z: (x - at.mu) / at.sigma, n.p: TARGET.prob(x), n.q: at.prob(x)}
    if epsilon is not None:
        scalars[n.epsilon] = epsilon
        vectors |= {n.p_: vectors[n.p] + epsilon, n.q_: vectors[n.q] + epsilon}
    return Data(scalars, vectors, 0)


def part(derivation: Derivation, loss: Any, at: Normal) -> Part:
    """Part 7: the numbers at one point of the grid, then line by line, then what the library says."""
    numbers = data(derivation, at, getattr(loss, "epsilon", None))
    numbers = numbers._replace(k=_strongest(derivation, numbers))
    chapters = [[c for c in part.content if isinstance(c, Chain)] for part in derivation.parts]
    content: list[str | Chain | Listing] = [_where(derivation, numbers)]
    content += [
        shown
        for chapter in chapters[:4]
        for chain in chapter
        for shown in _put_in(chain, numbers, derivation)
    ]
    balances = [shown for chain in chapters[4] for shown in _balance(chain, numbers, derivation)]
    if balances:
        content += ["And is the gradient 0 here? Both sides of what part 5 ended with:", *balances]
    content.append(_library(derivation, loss, at, numbers))
    return Part("With numbers", tuple(content))


def _strongest(derivation: Derivation, numbers: Data) -> int:
    """The point that pulls hardest on mu, if there is a grid; else the first."""
    head = D(notation.L, notation.log(notation.q[k]))
    chains = [chain for chain in derivation.chains if chain.head == head]
    if not chains or notation.x not in numbers.vectors:
        return 0
    pulls = _named(chains[-1].lines[-1].math.xreplace({k: i}) * notation.z[i], numbers, derivation)
    pulls = pulls.xreplace({figure: sp.Float(figure.number) for figure in pulls.atoms(Figure)})
    inner = {e: sp.Dummy() for e in pulls.atoms(sp.Indexed)}
    f = sp.lambdify(list(inner.values()), pulls.xreplace(inner).xreplace(dict(numbers.scalars)), "numpy")
    return int(np.argmax(np.abs(f(*(numbers.vectors[e.base] for e in inner)))))


def _named(math: Any, numbers: Data, derivation: Derivation) -> Any:
    """The names of sums replaced by their numbers."""
    names = [name for name in derivation.definitions if name.is_Symbol and name != notation.L]
    return math.xreplace(
        {name: Figure(numbers.value(name, derivation.definitions)) for name in names if math.has(name)}
    )


def _where(derivation: Derivation, numbers: Data) -> str:
    known = numbers.scalars
    if derivation.name == "discrete-kl":
        vectors = {
            name: ", ".join(f"{u:.4g}" for u in numbers.vectors[base])
            for name, base in zip("apq", (notation.a, notation.p, notation.q), strict=True)
        }
        return (
            f"The third article's random numbers, three outcomes: the logits are {vectors['a']}, their "
            f"softmax q is "
            f"{vectors['q']}, and p is {vectors['p']}. Take the first of them for k."
        )
    if derivation.name == "normal-kl":
        return (
            f"The first article's Normals: P is the mode with $m = {known[notation.m]:g}$ and $s = "
            f"{known[notation.s]:g}$, Q has "
            f"$mu = {known[notation.mu]:.4g}$ and $sigma = {known[notation.sigma]:.4g}$."
        )
    shown = [
        f"${name}_k = {float(numbers.vectors[base][numbers.k]):.4g}$"
        for name, base in (
            ("x", notation.x),
            ("w", notation.w),
            ("p", notation.p),
            ("q", notation.q),
            ("z", notation.z),
        )
    ]
    lifted = f" and $epsilon = {known[notation.epsilon]:g}$" if notation.epsilon in known else ""
    return (
        "The first article's experiment: P is the sum of two Normals of width 1, at -5 and at 10, on "
        "1,000 points from "
        f"-15 to 15, each of weight 1/1000. Q has $mu = {known[notation.mu]:.4g}$ and $sigma = "
        f"{known[notation.sigma]:.4g}${lifted}. Take "
        f"for k the point that pulls hardest on mu; there {', '.join(shown)}."
    )


def _shown_at_k(math: Any) -> bool:
    """Whether there is a number for everything in it: no x off the grid, no i outside a sum."""
    outside = math.xreplace(dict.fromkeys(math.atoms(Total, Integral), sp.S.One))
    return not outside.has(notation.X, i) and not isinstance(math, sp.Eq | Limit)


@as_written
def _put_in(chain: Chain, numbers: Data, derivation: Derivation) -> list[Chain]:
    lines: list[Line] = []
    for step in chain.lines:
        if _shown_at_k(step.math):
            number = numbers.value(step.math, derivation.definitions)
            whole = {total: total for total in step.math.atoms(Total, D, Integral)}
            at_k = {e: Figure(numbers.vectors[e.base][numbers.k]) for e in step.math.atoms(sp.Indexed)}
            symbols = {name: Figure(value) for name, value in numbers.scalars.items()}
            put = _named(step.math, numbers, derivation).xreplace({**at_k, **symbols, **whole})
            lines.append(Line(put, f"= {Figure(number).text}", (), sp.S.One))
    return [Chain(chain.head, tuple(lines))] if lines else []


@as_written
def _balance(chain: Chain, numbers: Data, derivation: Derivation) -> list[Chain]:
    if not isinstance(chain.head, sp.Eq):
        return []
    end = chain.lines[-1].math
    left, right = (Figure(numbers.value(side, derivation.definitions)).text for side in end.args)
    verdict = "yes" if np.isclose(float(left), float(right), rtol=1e-3, atol=1e-12) else "no"
    return [Chain(chain.head, (Line(end, f"{left} and {right}: {verdict}", (), sp.S.One),))]


def _library(derivation: Derivation, loss: Any, at: Normal, numbers: Data) -> Listing:
    """What the library's own functions give for the same numbers."""
    if derivation.name == "discrete-kl":
        a, p = logits()
        d = discrete.d_kl_div_logits(a, p, reduction="sum")[0]
        value = discrete.kl_div(discrete.log_softmax(a), p, "sum")
        return Listing(
            (
                f"dl.kl_div(dl.log_softmax(a), p, 'sum')             L       = {value:.6g}",
                f"dl.d_kl_div_logits(a, p, reduction='sum')[0]       dL/da_k = {d:.6g}",
            )
        )
    if derivation.name == "normal-kl":
        mode = TARGET.components[1]
        d_mu, d_sigma = closed_form.d_normal_kl(mode, at)
        return Listing(
            (
                f"dl.normal_kl(p, q)      L = {closed_form.normal_kl(mode, at):.6g}",
                f"dl.d_normal_kl(p, q)    dL/dmu = {d_mu:.6g}  dL/dsigma = {d_sigma:.6g}",
            )
        )
    value, (d_mu, d_sigma) = value_and_grad(loss, TARGET, at, GRID)
    return Listing(
        (
            f"dl.value_and_grad(loss, p, q, grid)    L = {value:.6g}  dL/dmu = {d_mu:.6g}  dL/dsigma = "
            f"{d_sigma:.6g}",
        )
    )

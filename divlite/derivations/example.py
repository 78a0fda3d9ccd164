"""The articles' numbers, put into each line of a derivation."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from .. import closed_form, discrete
from .._types import Array
from ..coordinates import LogSigma, Variance
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
    log,
)


class Data(NamedTuple):
    """A number for each symbol, an array for each indexed one, and which point k is."""

    scalars: Mapping[Any, float]
    vectors: Mapping[Any, Array]
    logs: Mapping[Any, Array]
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
        at_k = {e: float(u[self.k]) for e, u in self.arrays(math).items()}
        return float(sp.sympify(math.xreplace(at_k)).xreplace(dict(self.scalars)))

    def size(self, total: Any, definitions: Mapping[Any, Any]) -> float:
        """The sum without signs: what a sum that should be 0 is small against."""
        (summand,) = total.args
        return self.value(Total(sp.Abs(summand)), definitions)

    def arrays(self, math: Any) -> dict[Any, Array]:
        """The array behind each vector and each logarithm of one; log q is known where q is 0 to a float.

        In one order always: the order of factors decides last digits.
        """
        vectors = sorted(math.atoms(sp.Indexed), key=sp.default_sort_key)
        logs = {log(e): self.logs[e.base] for e in vectors if e.base in self.logs and math.has(log(e))}
        return logs | {e: self.vectors[e.base] for e in vectors}

    def _total(self, total: Any) -> Any:
        (summand,) = total.args
        return sp.Float(float(np.sum(self.function(summand))))

    def function(self, summand: Any) -> Any:
        """What stands under a sum, at every point i."""
        inner = {e: (sp.Dummy(), u) for e, u in self.arrays(summand).items()}
        names = {e: name for e, (name, _) in inner.items()}
        f = sp.lambdify(list(names.values()), summand.xreplace(names).xreplace(dict(self.scalars)), "numpy")
        # A term at k, in a sum over i, is one number.
        at = [u if not e.has(k) else u[self.k] for e, (_, u) in inner.items()]
        return f(*at)


def data(derivation: Derivation, at: Normal, epsilon: float | None) -> Data:
    """The articles' numbers: those of the third for logits, of the first for everything else."""
    n = notation
    if derivation.name == "discrete-kl":
        a, p = logits()
        vectors = {n.a: a, n.q: discrete.softmax(a), n.p: p}
        return Data({}, vectors, {}, 0)
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
    logs = {n.p: TARGET.log_prob(x), n.q: at.log_prob(x)}
    return Data(scalars, vectors, logs, 0)


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
    head = D(notation.L, log(notation.q[k]))
    chains = [chain for chain in derivation.chains if chain.head == head]
    if not chains or notation.x not in numbers.vectors:
        return 0
    pulls = _named(chains[-1].lines[-1].math.xreplace({k: i}) * notation.z[i], numbers, derivation)
    pulls = pulls.xreplace({figure: sp.Float(figure.number) for figure in pulls.atoms(Figure)})
    return int(np.argmax(np.abs(numbers.function(pulls))))


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
            f"softmax q is {vectors['q']}, and p is {vectors['p']}. Take the first of them for k."
        )
    if derivation.name == "normal-kl":
        return (
            f"The first article's Normals: P is the mode with $m = {known[notation.m]:g}$ and $s = "
            f"{known[notation.s]:g}$, Q has $mu = {known[notation.mu]:.4g}$ and $sigma = "
            f"{known[notation.sigma]:.4g}$."
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
        "The first article's experiment: P is the sum of two Normals of width 1, at -5 and at 10, on 1,000 "
        f"points from -15 to 15, each of weight 1/1000. Q has $mu = {known[notation.mu]:.4g}$ and $sigma = "
        f"{known[notation.sigma]:.4g}${lifted}. Take for k the point that pulls hardest on mu; there "
        f"{', '.join(shown)}."
    )


def _shown_at_k(math: Any) -> bool:
    """Whether there is a number for everything in it: no x off the grid, no i outside a sum."""
    outside = math.xreplace(dict.fromkeys(math.atoms(Total, Integral), sp.S.One))
    return not outside.has(notation.X, i, notation.n) and not isinstance(math, sp.Eq | Limit)


@as_written
def _put_in(chain: Chain, numbers: Data, derivation: Derivation) -> list[Chain]:
    lines: list[Line] = []
    for step in chain.lines:
        if _shown_at_k(step.math):
            number = numbers.value(step.math, derivation.definitions)
            # Under a sum, and in a derivative not yet taken, the symbols stay.
            parts = step.math.atoms(Total, D, Integral)
            stay = {part: sp.Dummy() for part in parts}
            logs = {
                log(base[k]): Figure(numbers.logs[base][numbers.k])
                for base in numbers.logs
                if numbers.vectors[base][numbers.k] == 0
            }
            at_k = {e: Figure(numbers.vectors[e.base][numbers.k]) for e in step.math.atoms(sp.Indexed)}
            symbols = {name: Figure(value) for name, value in numbers.scalars.items()}
            put = _named(step.math.xreplace(stay), numbers, derivation)
            put = (
                put.xreplace(logs)
                .xreplace(at_k | symbols)
                .xreplace({name: part for part, name in stay.items()})
            )
            lines.append(Line(put, f"= {Figure(number).text}", (), sp.S.One))
    return [Chain(chain.head, tuple(lines))] if lines else []


@as_written
def _balance(chain: Chain, numbers: Data, derivation: Derivation) -> list[Chain]:
    if not isinstance(chain.head, sp.Eq):
        return []
    end = chain.lines[-1].math
    left, right = (numbers.value(side, derivation.definitions) for side in end.args)
    size = max(abs(left), abs(right))
    if end.rhs == 0:
        size = sum(numbers.size(total, derivation.definitions) for total in end.lhs.atoms(Total))
    verdict = "yes" if abs(left - right) <= 1e-3 * size else "no"
    if size == 0.0:
        verdict = "Q is 0 to a float wherever P is, and nothing pulls"
    shown = f"{Figure(left).text} and {Figure(right).text}: {verdict}"
    return [Chain(chain.head, (Line(end, shown, (), sp.S.One),))]


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
            f"dl.value_and_grad(loss, p, q, grid)    L = {value:.6g}  dL/dmu = {d_mu:.6g}  "
            f"dL/dsigma = {d_sigma:.6g}",
            *_by_coordinate(derivation, d_sigma, at),
        )
    )


def _by_coordinate(derivation: Derivation, d_sigma: float, at: Normal) -> list[str]:
    """The library's gradient in the coordinate that is moved in the place of sigma, if there is one."""
    heads = [chain.head for chain in derivation.chains]
    return [
        f"times dl.{type(c).__name__}().d_sigma(sigma)    dL/d{symbol} = {d_sigma * c.d_sigma(at.sigma):.6g}"
        for symbol, c in ((notation.v, Variance()), (notation.t, LogSigma()))
        if D(notation.L, symbol) in heads
    ]

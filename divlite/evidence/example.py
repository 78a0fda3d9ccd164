"""The articles' numbers, put into each line of a derivation."""

from typing import Any

import numpy as np
import sympy as sp

from .. import closed_form, discrete
from ..coordinates import LogSigma, Variance
from ..densities import Normal
from ..derive import notation
from ..derive.notation import (
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
    i,
    k,
    log,
)
from ..objective import value_and_grad
from . import balance
from .data import Data, data
from .experiment import GRID, TARGET, logits


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
    balances = [shown for chain in chapters[4] for shown in balance.balance(chain, numbers, derivation)]
    if balances:
        content += [balance.QUESTION, *balances]
    content.append(_library(derivation, loss, at, numbers))
    return Part("With numbers", tuple(content))


def _pulled(derivation: Derivation) -> tuple[Any, Any]:
    """The first parameter asked for, and sigma times its score."""
    second = notation.z[i] ** 2 - 1
    heads = {D(notation.L, notation.mu): notation.z[i], D(notation.L, notation.sigma): second}
    for chain in derivation.chains:
        if chain.head in heads:
            return chain.head.args[1], heads[chain.head]
    return notation.sigma, second


def _strongest(derivation: Derivation, numbers: Data) -> int:
    """The point that pulls hardest on the first parameter, if there is a grid; else the first."""
    head = D(notation.L, log(notation.q[k]))
    chains = [chain for chain in derivation.chains if chain.head == head]
    if not chains or notation.x not in numbers.vectors:
        return 0
    pulls = _named(chains[-1].lines[-1].math.xreplace({k: i}) * _pulled(derivation)[1], numbers, derivation)
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
            "These are random numbers of the third article, for three outcomes. The logits are "
            f"{vectors['a']}. Their softmax q is {vectors['q']}, and p is {vectors['p']}. $k$ is the "
            "first outcome."
        )
    q = f"Q has $mu = {known[notation.mu]:.4g}$ and $sigma = {known[notation.sigma]:.4g}$"
    if derivation.name == "normal-kl":
        mode = f"$m = {known[notation.m]:g}$ and $s = {known[notation.s]:g}$"
        return f"These are Normals of the first article. P is the mode with {mode}. {q}."
    vectors = {name: numbers.vectors[getattr(notation, name)] for name in "xwpqz"}
    shown = ", ".join(f"${name}_k = {float(u[numbers.k]):.4g}$" for name, u in vectors.items())
    lifted = f", and $epsilon = {known[notation.epsilon]:g}$" if notation.epsilon in known else ""
    return (
        "This is the experiment of the first article. P is the sum of two Normals with means -5 and 10 and "
        "standard deviation 1, so the area under it is 2. The grid has 1,000 points from -15 to 15, each of "
        "weight 1/1000: sums are means. "
        f"{q}{lifted}. $k$ is the point that pulls hardest on {_pulled(derivation)[0]}: {shown}."
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
        # + 0.0 below makes the -0 of the optimum a 0
        d_mu, d_sigma = closed_form.d_normal_kl(mode, at)
        return Listing(
            (
                f"dl.normal_kl(p, q)      L = {closed_form.normal_kl(mode, at):.6g}",
                f"dl.d_normal_kl(p, q)    dL/dmu = {d_mu + 0.0:.6g}  dL/dsigma = {d_sigma + 0.0:.6g}",
            )
        )
    value, (d_mu, d_sigma) = value_and_grad(loss, TARGET, at, GRID, "numpy")
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

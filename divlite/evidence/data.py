"""The articles' numbers, a number or an array for each symbol."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from .. import discrete
from .._types import Array
from ..densities import Normal
from ..derive import notation, symbolic
from ..derive.notation import D, Derivation, Integral, Total, carried_out, k, log
from .experiment import GRID, TARGET, logits


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

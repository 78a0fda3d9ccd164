"""Is the gradient 0 at these numbers? The two sides of what part 5 derives, compared."""

from itertools import takewhile
from typing import Any

import numpy as np
import sympy as sp

from ..derive.notation import Chain, Derivation, Figure, Line, Total, as_written, carried_out
from .data import Data

# Of the sum of |terms|: the rounding errors of a thousand terms; what is left where four digits were typed.
ROUNDING, CLOSE = 1e-12, 1e-3
QUESTION = (
    "Is the gradient 0 here? It is if both sides of the equation in part 5 are equal. The sum of |terms| is "
    "what they add up to if every term is taken as positive. The difference is compared with that."
)


@as_written
def balance(chain: Chain, numbers: Data, derivation: Derivation) -> list[Chain]:
    """The last equation that a chain derives without a condition, and whether its two sides are equal."""
    if not isinstance(chain.head, sp.Eq):
        return []
    *_, end = (step.math for step in takewhile(lambda step: not step.given, chain.lines))
    left, right = (numbers.value(side, derivation.definitions) for side in end.args)
    size = sum(numbers.value(unsigned(side), derivation.definitions) for side in end.args)
    verdict = _verdict(abs(left - right), size, _jumps(end, numbers))
    shown = f"{Figure(left).text} and {Figure(right).text}: {verdict}"
    return [Chain(chain.head, (Line(end, shown, (), sp.S.One),))]


def _verdict(difference: float, size: float, jumps: float) -> str:
    share = difference / size if difference else 0.0
    if share <= ROUNDING:
        return "yes, 0 to rounding"
    if difference <= jumps:
        return f"0 to within a jump: a sum changes by up to {jumps:.1g} where q crosses p"
    answer = "almost" if share <= CLOSE else "no"
    return f"{answer}, off by {share:.1g} of the sum of |terms|"


def _jumps(equation: Any, numbers: Data) -> float:
    """By how much the sums change if signs do that rounding, or the next point of the grid, decides."""
    total = 0.0
    for sign in equation.atoms(sp.sign):
        (difference,) = sign.args
        side = numbers.function(difference)
        size = numbers.function(unsigned(difference))
        crossing = np.flatnonzero(np.diff(np.sign(side)))
        undecided = np.abs(side) <= ROUNDING * size
        undecided[crossing] = undecided[crossing + 1] = True
        for sum_ in equation.atoms(Total):
            terms = np.abs(numbers.function(sum_.args[0].xreplace({sign: sp.S.One})))
            total += 2.0 * float(np.sum(terms[undecided]))
    return total


@carried_out
def unsigned(math: Any) -> Any:
    """The expression with each of its terms made positive, under the sums too."""
    if isinstance(math, sp.sign):
        return sp.S.One
    if isinstance(math, sp.Pow):
        return unsigned(math.base) ** math.exp
    if isinstance(math, sp.Add | sp.Mul | Total):
        return math.func(*map(unsigned, math.args))
    return sp.Abs(math)

"""Is the gradient 0 at these numbers? The two sides of what part 5 derives, compared."""

from itertools import takewhile
from typing import Any

import numpy as np
import sympy as sp

from ..derive.notation import Chain, Figure, Line, Total, as_written
from ..language import phrase
from .numbers import Numbers

# Of the sum of |terms|: the rounding errors of a thousand terms; what is left where four digits were typed.
ROUNDING, CLOSE = 1e-12, 1e-3
QUESTION = phrase(
    "Is the gradient 0 here? It is if both sides of the equation in part 5 are equal. The sum of |terms| is "
    "what they add up to if every term is taken as positive. The difference is compared with that."
)


@as_written
def balance(chain: Chain, numbers: Numbers) -> list[Chain]:
    """The last equation that a chain derives without a condition, and whether its two sides are equal."""
    if not isinstance(chain.head, sp.Eq):
        return []
    *_, end = (step.math for step in takewhile(lambda step: not step.given, chain.lines))
    left, right = map(numbers.value, end.args)
    verdict = _verdict(abs(left - right), sum(map(numbers.size, end.args)), _jumps(end, numbers))
    sides = {"left": Figure(left).text, "right": Figure(right).text}
    shown = phrase("{left} and {right}: {verdict}", **sides, verdict=verdict)
    return [Chain(chain.head, (Line(end, shown, (), sp.S.One),))]


def _verdict(difference: float, size: float, jumps: float) -> str:
    share = difference / size if difference else 0.0
    if share <= ROUNDING:
        return phrase("yes, 0 to rounding")
    if difference <= jumps:
        return phrase("0 to within a jump: a sum changes by up to {:.1g} where a sign changes", jumps)
    if share <= CLOSE:
        return phrase("almost, off by {:.1g} of the sum of |terms|", share)
    return phrase("no, off by {:.1g} of the sum of |terms|", share)


def _jumps(equation: Any, numbers: Numbers) -> float:
    """By how much the sums change if signs do that rounding, or the next point of the grid, decides."""
    total = 0.0
    for sign in equation.atoms(sp.sign):
        (difference,) = sign.args
        side = numbers.value(difference)
        undecided = np.abs(side) <= ROUNDING * numbers.size(difference)
        crossing = np.flatnonzero(np.diff(np.sign(side)))
        undecided[crossing] = undecided[crossing + 1] = True
        for sum_ in equation.atoms(Total):
            terms = np.abs(numbers.value(sum_.args[0].xreplace({sign: sp.S.One})))
            total += 2.0 * float(np.sum(terms[undecided]))
    return total

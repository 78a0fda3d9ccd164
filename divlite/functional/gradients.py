"""What the d_ functions return: the gradient by each argument, under the argument's name.

Each field has the shape and the type of its argument. It is None where the argument was None, a plain number
or class indices.
"""

from typing import NamedTuple

from .door import Values


class InputGradient(NamedTuple):
    input: Values


class PairGradient(NamedTuple):
    input: Values
    target: Values


class WeightedGradient(NamedTuple):
    input: Values
    target: Values
    weight: Values | None


class VarianceGradient(NamedTuple):
    input: Values
    target: Values
    var: Values | None


class ClassGradient(NamedTuple):
    input: Values
    target: Values | None
    weight: Values | None


class CosineGradient(NamedTuple):
    x1: Values
    x2: Values

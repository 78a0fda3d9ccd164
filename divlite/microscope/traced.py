"""Arrays that are computed twice, exactly and in a format of few bits, and write down every operation.

A loss's own formulas run on them as they stand. The model of a machine: what an operation is given are
numbers of the format; it gives the number of the format nearest to its true result. IEEE 754 demands that of
+ - * / and the root. The exp and log of a library may be off by one unit in the last digit, and so may the
root of a fast one. A number in a formula is rounded too. A comparison adds no error, but it may come out
differently on rounded numbers.
"""

from typing import Any, NamedTuple

import numpy as np

from .._types import Array
from ..elementary import where
from .formats import Format, rounded

INFIX = {
    np.add: (" + ", 1),
    np.subtract: (" - ", 1),
    np.multiply: (" * ", 2),
    np.divide: ("/", 2),
    np.greater: (" > ", 0),
    np.greater_equal: (" >= ", 0),
    np.less: (" < ", 0),
    np.less_equal: (" <= ", 0),
    np.equal: (" == ", 0),
    np.bitwise_and: (" & ", 1),
    np.bitwise_or: (" | ", 1),
}
WHOLE = 9  # how tightly a name, a number or a function call binds
LONGEST = 34  # characters of a formula inside another: a longer one is named by its number


class Step(NamedTuple):
    """One operation at every point: its exact result, the rounded one, and the error that it adds.

    exact: in float64 all along, with no rounding to the format. rounded: what the machine has.
    local: rounded minus the true result of this operation on its rounded inputs. Of an input, the error of
    rounding it once. difference: rounded minus exact, all errors up to here. Both are 0 where the two
    numbers are the same infinity, and NaN where rounded is NaN and the other number is not.
    underflow: 0 where the true result is not; overflow: infinite where the true result is finite;
    subnormal: above 0 and below the smallest normal number, so with digits missing.
    All of shape (n,), or () where the operation comes after the sums.
    """

    name: str
    formula: str
    exact: Array
    rounded: Array
    local: Array
    underflow: Any
    overflow: Any
    subnormal: Any

    @property
    def difference(self) -> Array:
        return apart(self.rounded, self.exact)


def apart(a: Any, b: Any) -> Any:
    """a - b; 0 where both are the same infinity, or both NaN."""
    with np.errstate(all="ignore"):
        return np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.subtract(a, b))


class Machine:
    """The steps done so far, and which of them were used by others. One is made for each run of a formula."""

    def __init__(self, to: Format) -> None:
        self.to = to
        self.steps: list[Step] = []
        self.used: set[int] = set()

    def given(self, name: str, exact: Any) -> "Traced":
        """An input, rounded once."""
        seen = rounded(self.to, exact)
        return self.done(name, "given", exact, exact, seen, exact != 0.0, np.isfinite(exact))

    def done(
        self, name: str, formula: str, exact: Any, true: Any, seen: Any, nonzero: Any, finite: Any
    ) -> "Traced":
        """A step more. nonzero, finite: whether the true result is, on the rounded inputs."""
        size = np.abs(seen)
        step = Step(
            name or f"#{len(self.steps) + 1}",
            formula,
            np.asarray(exact),
            np.asarray(seen),
            apart(seen, true),
            np.asarray((seen == 0.0) & nonzero),
            np.asarray(np.isinf(seen) & finite),
            np.asarray((size > 0.0) & (size < self.to.least)),
        )
        self.steps.append(step)
        # An input is called by its name; a formula by itself, if it is short.
        text, tight = (name, WHOLE) if formula == "given" or name == formula else (formula, 0)
        return Traced(self, step.exact, step.rounded, text, tight, len(self.steps) - 1)

    def lifted(self, value: Any) -> "Traced":
        """A number in a formula, rounded to the format."""
        if isinstance(value, Traced):
            return value
        exact = np.asarray(value, dtype=np.float64)
        text = f"{value:.6g}" if exact.ndim == 0 else "numbers"
        return Traced(self, exact, rounded(self.to, exact), text, WHOLE, None)

    def named(self, value: "Traced", name: str) -> "Traced":
        """The same, and the step that gave it renamed, unless it is an input or has a name."""
        if value.place is not None and self.steps[value.place].name.startswith("#"):
            self.steps[value.place] = self.steps[value.place]._replace(name=name)
        return value


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """What stands for an array in a formula: its exact numbers, and those that the machine has."""

    def __init__(
        self, machine: Machine, exact: Any, seen: Any, text: str, tight: int, place: int | None
    ) -> None:
        self.machine, self.exact, self.seen = machine, exact, seen
        self.text, self.tight, self.place = text, tight, place

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            return NotImplemented
        return _applied(self.machine, ufunc, [self.machine.lifted(value) for value in inputs])

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function is not np.where or options or len(args) != 3:
            return NotImplemented
        return _chosen(self.machine, *(self.machine.lifted(value) for value in args))


def _inside(operand: Traced, tight: int) -> str:
    """An operand inside a formula: in brackets if it binds less, by its number if it is long."""
    if operand.place is not None:
        operand.machine.used.add(operand.place)
        if len(operand.text) > LONGEST:
            return f"#{operand.place + 1}"
    return f"({operand.text})" if operand.tight < tight else operand.text


def _written(ufunc: Any, operands: list[Traced]) -> tuple[str, int]:
    if ufunc in INFIX and len(operands) == 2:
        sign, tight = INFIX[ufunc]
        left, right = operands
        # a - (b - c), a/(b * c): on the right, what binds as tightly is put in brackets too.
        right_tight = tight + (ufunc in (np.subtract, np.divide))
        return _inside(left, tight) + sign + _inside(right, right_tight), tight
    if ufunc is np.negative:
        return "-" + _inside(operands[0], 2), 2
    return f"{ufunc.__name__}({', '.join(_inside(operand, -9) for operand in operands)})", WHOLE


def _applied(machine: Machine, ufunc: Any, operands: list[Traced]) -> Traced:
    text, tight = _written(ufunc, operands)
    seen_by = [operand.seen for operand in operands]
    with np.errstate(all="ignore"):
        exact, true = ufunc(*(operand.exact for operand in operands)), ufunc(*seen_by)
        if true.dtype == np.bool_:
            return Traced(machine, exact, true, text, tight, None)
        seen = rounded(machine.to, true)
        result = machine.done("", text, exact, true, seen, *_kind(ufunc, true, *seen_by))
    result.tight = tight
    return result


def _kind(ufunc: Any, true: Any, a: Any, b: Any = 1.0) -> tuple[Any, Any]:
    """Whether the true result is not 0, and finite, also where float64 underflows or overflows itself."""
    finite = np.isfinite(a) & np.isfinite(b)
    if ufunc is np.exp:
        return a > -np.inf, finite
    if ufunc is np.log:
        return true != 0.0, finite & (a != 0.0)
    if ufunc is np.multiply:
        return (a != 0.0) & (b != 0.0), finite
    if ufunc is np.divide:
        return (a != 0.0) & np.isfinite(b), finite & (b != 0.0)
    return true != 0.0, finite


def _chosen(machine: Machine, condition: Traced, a: Traced, b: Traced) -> Traced:
    """np.where: no error of its own."""
    text = f"where({', '.join(_inside(operand, -9) for operand in (condition, a, b))})"
    exact, seen = where(condition.exact, a.exact, b.exact), where(condition.seen, a.seen, b.seen)
    result = machine.done("", text, exact, seen, seen, seen != 0.0, np.isfinite(seen))
    result.tight = WHOLE
    return result

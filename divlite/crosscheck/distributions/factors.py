"""A factor, named: by what people multiply or divide without meaning to."""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ...language import phrase

CONSTANTS = {
    1.0: "",
    -1.0: "-1",
    2.0: "2",
    0.5: "1/2",
    4.0: "4",
    0.25: "1/4",
    1.0 / math.log(2.0): phrase("1/log 2: bits, not nats"),
    1.0 / math.log(10.0): phrase("1/log 10: logarithms to base 10"),
    math.log(2.0): "log 2",
}
SIGNED = (*CONSTANTS, *(-constant for constant in CONSTANTS if -constant not in CONSTANTS))
NEAR = 1e-8


class Factor(NamedTuple):
    """constant times the product of sizes to their powers; powers: {the name of a size: its power}."""

    constant: float
    powers: Mapping[str, int]

    @property
    def price(self) -> int:
        """How many parts it has; T^2 goes with a temperature and is none."""
        parts = sum(abs(power) for name, power in self.powers.items() if (name, power) != ("T", 2))
        return parts + (abs(self.constant) != 1.0) + (self.constant < 0.0) + (self.constant not in SIGNED) * 3

    def at(self, sizes: Mapping[str, float]) -> float:
        """Its value for these sizes."""
        return self.constant * _product(self.powers, sizes)


def _product(powers: Mapping[str, int], sizes: Mapping[str, float]) -> float:
    return math.prod(sizes[name] ** power for name, power in powers.items())


class Seen(NamedTuple):
    """The value that a factor had, and the sizes then."""

    value: float
    sizes: Mapping[str, float]


def named(first: Seen, *others: Seen, near: float = NEAR) -> list[Factor]:
    """The ways to make the values of constants and sizes, the simplest first; if none, the last value.

    The last is seen at the user's own shape; where it is 1 there, that is a way too.
    """
    constants = (*SIGNED, *((first.value,) if not _known(first.value, near) else ()))
    found = [
        Factor(constant, powers)
        for powers in _powers(first.sizes)
        for constant in _constants(constants, powers, (first, *others), near)
    ]
    own = [first, *others][-1].value  # where no sizes make it at all shapes, it is a number for this one
    plain = Factor(1.0 if abs(own - 1.0) <= near else own, {})
    found = sorted(found, key=lambda factor: (factor.price, factor.constant != 1.0))
    # Of a temperature it is chance: nobody writes one to make up for a length.
    written = plain.constant == 1.0 and not (found and "T" in found[0].powers)
    return [plain, *(one for one in found if one != plain)] if written else found or [plain]


def _known(constant: float, near: float) -> bool:
    """Whether this is a constant that has a name."""
    return any(abs(constant - known) <= near * abs(known) for known in SIGNED)


def _constants(
    constants: Iterable[float], powers: Mapping[str, int], seen: Sequence[Seen], near: float
) -> list[float]:
    """Those that make every value that was seen, with the sizes to these powers."""
    products = [_product(powers, one.sizes) for one in seen]
    return [
        constant
        for constant in constants
        if all(
            abs(constant * product - one.value) <= near * abs(one.value)
            for product, one in zip(products, seen, strict=True)
        )
    ]


def _powers(sizes: Mapping[str, float]) -> Iterator[dict[str, int]]:
    names = [name for name, size in sizes.items() if size != 1.0]
    choices = [(-2, -1, 0, 1, 2) if name == "T" else (-1, 0, 1) for name in names]
    for powers in itertools.product(*choices):
        yield {name: power for name, power in zip(names, powers, strict=True) if power}

"""Equality of values that looks at their class: to bare tuples ForwardKL() == MSE(), both being empty."""

from collections.abc import Callable
from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)


def distinct(cls: Class) -> Class:
    """Make the values of a NamedTuple equal to those of their own class only."""

    def eq(self: Any, other: Any) -> bool:
        return type(self) is type(other) and (*self,) == (*other,)

    return _compared(cls, eq, lambda self: hash((cls, *self)))


def apart(cls: Class) -> Class:
    """Make the values of a NamedTuple differ from those of others, and equal to a plain tuple still.

    So a gradient may be compared with (d_mu, d_sigma), but a Normal with the same numbers is no Laplace.
    """

    def eq(self: Any, other: Any) -> Any:
        kind = hasattr(other, "_fields") and type(other) is not type(self)
        return False if kind else tuple.__eq__(self, other)

    return _compared(cls, eq, lambda self: hash((*self,)))


def _compared(cls: Class, eq: Callable[[Any, Any], Any], hashed: Callable[[Any], int]) -> Class:
    """The class with this equality, what follows from it for !=, and this hash."""

    def ne(self: Any, other: Any) -> Any:
        equal = eq(self, other)
        return equal if equal is NotImplemented else not equal

    for name, method in (("__eq__", eq), ("__ne__", ne), ("__hash__", hashed)):
        setattr(cls, name, method)
    return cls

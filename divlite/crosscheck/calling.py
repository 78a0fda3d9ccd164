"""A user's torch function, called on NumPy arrays. The only module here that needs torch."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import _check
from .._types import Array


class RefusedError(Exception):
    """The function raised an error for these arguments, or gave something else than real numbers."""


class Function(NamedTuple):
    """A black box: called, and nothing else. dtype: what it computes with here, float64 where it can.

    gradient: one written by hand, by the argument at the place `fit`; None for autograd's.
    """

    fn: Callable[..., Any]
    dtype: Any
    gradient: Callable[..., Any] | None = None
    fit: int = 0

    def output(self, *arguments: Array) -> Array:
        """What it gives, as float64; the shape is the function's own.

        Raises: RefusedError where the function raises.
        """
        result = called(self.fn, [_tensor(a, self.dtype) for a in arguments], self.dtype)
        return np.asarray(result.detach().double().cpu().numpy())

    def value(self, *arguments: Array) -> float:
        """The sum of what it gives: the number itself for a function of one number."""
        return float(self.output(*arguments).sum())

    def gradients(self, *arguments: Array) -> tuple[Array | None, ...]:
        """Autograd's gradient of `value` by each argument; None for one that autograd does not reach.

        Raises: RefusedError where the function or its backward raises.
        """
        torch = load_torch()
        if self.gradient is not None:
            return self._by_hand(self.gradient, arguments)
        tensors = [_tensor(a, self.dtype).requires_grad_(True) for a in arguments]
        result = called(self.fn, [t.clone() for t in tensors], self.dtype).sum()  # no leaf may be written to
        if not result.requires_grad:
            return (None,) * len(arguments)
        try:
            found = torch.autograd.grad(result, tensors, allow_unused=True)
        except Exception as error:  # a backward of the user's own may raise anything
            raise _refused(error) from error
        return tuple(None if g is None else np.asarray(g.detach().double().cpu().numpy()) for g in found)

    def _by_hand(
        self, gradient: Callable[..., Any], arguments: tuple[Array, ...]
    ) -> tuple[Array | None, ...]:
        result = called(gradient, [_tensor(a, self.dtype) for a in arguments], self.dtype)
        own, due = np.asarray(result.detach().double().cpu().numpy()), arguments[self.fit].shape
        if own.shape != due:
            raise RefusedError(f"a gradient of shape {own.shape} for an argument of shape {due}")
        return tuple(own if place == self.fit else None for place in range(len(arguments)))


def called(fn: Callable[..., Any], arguments: Sequence[Any], dtype: Any = None) -> Any:
    """What fn gives, as a tensor of real numbers.

    Raises: RefusedError where it raises, or gives something else.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a function that is not ours
            result = fn(*arguments)
    except Exception as error:  # a black box may raise anything
        raise _refused(error) from error
    found = _number(result, dtype)
    if found.is_complex():
        raise RefusedError("one that gives complex numbers")
    return found


def _refused(error: Exception) -> RefusedError:
    return RefusedError(" ".join(f"{type(error).__name__}: {error}".partition(" Hint:")[0].split()))


def load_torch() -> Any:
    try:
        import torch
    except ModuleNotFoundError as error:
        error.add_note("Cross-checks call a torch function; install torch, or the extra divlite[torch].")
        raise
    return torch


def _tensor(a: Any, dtype: Any) -> Any:
    return load_torch().as_tensor(np.array(a), dtype=dtype)  # a copy: a function may write to its arguments


def _number(result: Any, dtype: Any) -> Any:
    """What a function gave, as a tensor.

    Raises: RefusedError for anything but a number, an array or a tensor.
    """
    torch = load_torch()
    if isinstance(result, torch.Tensor):
        return result
    if not isinstance(result, int | float | np.ndarray | np.generic):
        raise RefusedError(f"one that gives {_article(type(result).__name__)}, and no number or tensor")
    return torch.as_tensor(result, dtype=dtype)


def _article(kind: str) -> str:
    return "None" if kind == "NoneType" else f"a {kind}"


def plain(name: str, argument: Any) -> Array:
    """A user's argument, a tensor or an array, as float64; the gradient it may ask for is left behind."""
    if hasattr(argument, "detach"):
        argument = argument.detach().double().cpu().numpy()
    return _check.array(name, argument)


def floating(argument: Any) -> bool:
    """Whether an argument has real numbers, and no integers."""
    kind = getattr(argument, "dtype", None)
    return "int" not in str(kind) if kind is not None else True


def asks_gradient(argument: Any) -> bool:
    """Whether a tensor was made with requires_grad."""
    return bool(getattr(argument, "requires_grad", False))


def tensor(argument: Any) -> Any:
    """A user's argument as a tensor; a tensor as it is."""
    torch = load_torch()
    # A copy: torch warns of arrays that may not be written to.
    given = argument if hasattr(argument, "detach") else torch.as_tensor(np.array(argument))
    return given if given.is_floating_point() else given.to(torch.float64)


def function(
    fn: Callable[..., Any],
    arguments: tuple[Array, ...],
    gradient: Callable[..., Any] | None = None,
    fit: int = 0,
) -> Function:
    """The function in float64, or in float32 where it takes nothing else.

    Raises: RefusedError where it can be called with neither.
    """
    torch = load_torch()
    refused: RefusedError | None = None
    for dtype in (torch.float64, torch.float32):
        try:
            found = Function(fn, dtype, gradient, fit)
            found.output(*arguments)
            return found
        except RefusedError as error:
            refused = refused or error
    raise refused or RefusedError("")

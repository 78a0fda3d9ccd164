"""A function called with the user's own tensors, in their own dtype; and without its casts to another."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .._types import Array
from .calling import asks_gradient, called, load_torch


def value_as_given(fn: Callable[..., Any], tensors: tuple[Any, ...]) -> float:
    """The sum of what the function gives for the user's own tensors, in their own dtype.

    Raises: RefusedError where the function raises.
    """
    return float(called(fn, [t.detach().clone() for t in tensors]).detach().double().sum())


def gradients_as_given(
    fn: Callable[..., Any], tensors: tuple[Any, ...], fit: int
) -> tuple[Array | None, ...]:
    """Autograd's gradients at the user's own tensors: by the fit, and by whatever asks for one."""
    torch = load_torch()
    copies = [
        t.detach().clone().requires_grad_(place == fit or asks_gradient(t))
        if hasattr(t, "detach") and t.is_floating_point()
        else torch.as_tensor(t)
        for place, t in enumerate(tensors)
    ]
    wanted = [t for t in copies if t.requires_grad]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = fn(*(t.clone() for t in copies))
            found = torch.autograd.grad(result.sum(), wanted, allow_unused=True)
        except Exception:  # a black box, which may not be differentiable
            return (None,) * len(tensors)
    by = {id(t): g for t, g in zip(wanted, found, strict=True)}
    return tuple(
        None if (g := by.get(id(t))) is None else np.asarray(g.detach().double().cpu().numpy())
        for t in copies
    )


def narrowest(tensors: tuple[Any, ...]) -> str:
    """The dtype of the user's tensors where it has fewer digits than float64, else ""."""
    torch = load_torch()
    kinds = [t.dtype for t in tensors if hasattr(t, "detach") and t.is_floating_point()]
    for kind in (torch.bfloat16, torch.float16, torch.float32):
        if kind in kinds:
            return str(kind).removeprefix("torch.")
    return ""


def unrounded(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with every cast to fewer digits inside left out: .half(), .to(torch.bfloat16), ..."""
    torch = load_torch()
    from torch.overrides import TorchFunctionMode

    fewer = (torch.float16, torch.bfloat16, torch.float32)
    casts = (torch.Tensor.half, torch.Tensor.bfloat16, torch.Tensor.float)

    def kept(given: Any) -> Any:
        return torch.float64 if isinstance(given, torch.dtype) and given in fewer else given

    class Unrounded(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
        ) -> Any:
            if func in casts:
                return args[0].double()
            return func(*map(kept, args), **{name: kept(given) for name, given in (kwargs or {}).items()})

    def without(*arguments: Any) -> Any:
        with Unrounded():
            return fn(*arguments)

    return without

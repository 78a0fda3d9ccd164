"""How a loss is asked: six functions that every backend goes through, and no more.

They are functions rather than method calls so that a compiler can put each loss's own method in
their place, by its type.
"""

import inspect
import re
import sys
from collections.abc import Callable
from typing import Any

from .._distinct import distinct as distinct
from .._types import Loss, Sums


def value(loss: Any, p: Any, log_p: Any, q: Any, log_q: Any) -> Sums:
    """f(p, q), elementwise: one array, or a tuple of them for a loss of several sums."""
    return loss.value(p, log_p, q, log_q)


def d_log_q(loss: Any, p: Any, log_p: Any, q: Any, log_q: Any) -> Sums:
    """df/dlog q, elementwise: as `value`, without the sums that q does not enter."""
    return loss.d_log_q(p, log_p, q, log_q)


def sensitivity(loss: Any, a: Any, b: Any, c: Any, d: Any) -> Sums:
    """df by what moves in the loss's view, elementwise: for a loss of densities `d_log_q`."""
    name = loss.view.derivative if hasattr(loss, "view") else "d_log_q"
    return getattr(loss, name)(a, b, c, d)


def of_p(loss: Any, p: Any, log_p: Any) -> tuple[Any, Any]:
    """The two numbers that a loss makes of P alone, elementwise. A fit needs them once, not at every step.

    Only a loss that has the method is asked. Its `given_p()` is the same loss for these two numbers.
    """
    return loss.of_p(p, log_p)


def finish(loss: Any, sums: Sums) -> Any:
    """The loss from its sums: the sum itself, unless the loss says otherwise."""
    return loss.finish(sums) if hasattr(loss, "finish") else sums


def d_finish(loss: Any, sums: Sums) -> Sums:
    """dL/dS for each sum that q enters: 1, unless the loss says otherwise."""
    return loss.d_finish(sums) if hasattr(loss, "d_finish") else 1.0


def several(terms: Sums) -> bool:
    """Whether these are the terms of a loss of several sums."""
    return isinstance(terms, tuple)


def each(f: Callable[[Any], Any], terms: Sums) -> Sums:
    """f of the one term, or of each of them."""
    return tuple(f(t) for t in terms) if several(terms) else f(terms)


def scale(terms: Sums, c: Any) -> Sums:
    """Every term times c."""
    return each(lambda t: t * c, terms)


def dot(a: Sums, b: Sums) -> Any:
    """sum_k a_k b_k over the sums: the chain rule through `finish`."""
    return sum(s * t for s, t in zip(a, b, strict=True)) if several(a) else a * b


def inner(loss: Any) -> dict[str, Any]:
    """{field: loss} for the losses that a loss is made of, as a smoothed one is of another."""
    fields: dict[str, Any] = getattr(loss, "_asdict", dict)()
    return {name: field for name, field in fields.items() if hasattr(field, "value")}


def loss_name(loss: Loss) -> str:
    """The loss as the command line spells it: forward-kl, mse, jensen-shannon."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(loss).__name__).lower()


def summary(loss: Loss) -> str:
    """One line about a loss, without the full stop: how its file begins, or its class where that is yours.

    Empty for a class without a docstring. (The one that Python writes for a NamedTuple lists its fields.)
    """
    cls = type(loss)
    ours = cls.__module__.startswith(__name__.rpartition(".")[0] + ".")
    text = inspect.cleandoc((sys.modules[cls.__module__] if ours else cls).__doc__ or "")
    written = re.fullmatch(rf"{cls.__name__}\([\w, ]*\)", text)
    return "" if written else text.partition("\n")[0].rstrip(".")


def loss_title(loss: Loss, symbol: str = "{}") -> str:
    """The whole loss, as a title says it: "forward-kl", "smoothed forward-kl, epsilon 0.001".

    symbol: how the name of a number is written.
    """
    fields: dict[str, Any] = getattr(loss, "_asdict", dict)()
    titles = [loss_title(one, symbol) for one in inner(loss).values()]
    numbers = [
        f"{symbol.format(name)} {field:g}" for name, field in fields.items() if isinstance(field, int | float)
    ]
    return ", ".join((" ".join((loss_name(loss), *titles)), *numbers))

"""For anyone's tests: a torch loss computes what it should, and its gradient is the right one.

    from divlite.testing import assert_gradient, assert_matches

    def test_my_loss():
        assert_matches(my_loss, dl.ForwardKL(), student_logits, teacher_logits, given="logits")
        assert_gradient(my_loss, dl.ForwardKL(), student_logits, teacher_logits, given="logits")

They need torch, which is imported when one of them is called.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from . import _check
from ._types import Array, Loss
from .crosscheck import MEANS, Mean, Report, crosscheck
from .crosscheck.distributions import forms
from .discrete import log_softmax
from .losses.protocol import d_finish, dot, each, loss_name, value
from .losses.protocol import d_log_q as sensitivity
from .views import DENSITY, view_of

FORMS = ("logits", "log_probabilities", "probabilities")
SHOWN = 8  # of the worst elements


def assert_matches(
    fn: Callable[..., Any],
    loss: Loss,
    *arguments: Any,
    given: str | Sequence[str] | None = None,
    fit: int | None = None,
    mean: Mean | None = None,
    axis: int | None = None,
    temperature: float | None = None,
    dx: float | None = None,
    constant: bool = False,
) -> Report:
    """The function computes this loss: the report of `dl.crosscheck`, whose arguments these are.

    constant: whether a difference that does not depend on the fit is allowed, such as the entropy of the
    target in a cross-entropy.

    Raises: AssertionError, whose message is the report: what the function computes, and what to write.
    """
    __tracebackhide__ = True
    options = {"given": given, "fit": fit, "mean": mean, "axis": axis, "temperature": temperature, "dx": dx}
    stated: dict[str, Any] = {name: option for name, option in options.items() if option is not None}
    report = crosscheck(fn, *arguments, expected=loss, **stated)
    allowed = ("right", "right up to a constant") if constant else ("right",)
    if report.verdict not in allowed:
        raise AssertionError(f"{_name(fn)} is not {loss_name(loss)}: {report.verdict}\n\n{report}")
    return report


def assert_gradient(
    fn: Callable[..., Any],
    loss: Loss,
    *arguments: Any,
    given: str | Sequence[str] | None = None,
    fit: int = 0,
    mean: Mean = "distribution",
    axis: int = -1,
    temperature: float = 1.0,
    times: float = 1.0,
    rtol: float = 1e-9,
) -> None:
    """Autograd's gradient of fn by the fitted argument is the loss's analytic one, element by element.

    fn is called with two tensors in float64, the arguments, of one shape: q, whose place is `fit`, and p. Of
    what it returns the sum is differentiated. given: what they are, as in `dl.crosscheck`: "logits",
    "log_probabilities" or "probabilities", one for both or one for each; if nothing is said, as the sums
    along the axis tell. Each entry of an argument is a variable of its own: the gradient by probabilities
    does not know that they sum to 1.

    mean: what the loss of each distribution becomes: "distribution", the mean of them; "sum"; "entries", the
    sum over the number of entries. temperature: logits are divided by it. times: a factor of the loss, such
    as the square of a temperature. rtol: how far an element may be off, relative to the largest.

    Raises: AssertionError with the worst elements, or where fn gives no tensor; ValueError for arguments that
    are not as said.
    """
    __tracebackhide__ = True
    arrays, kinds = _checked(loss, arguments, given, fit, mean, axis)
    rtol = _check.within("rtol", rtol, 0.0, 1.0)
    right = _check.number("times", times) * gradient(
        loss, arrays, kinds, fit, mean, axis, _check.positive("temperature", temperature)
    )
    got = _autograd(fn, arrays, fit)
    head = (
        f"the gradient of {_name(fn)} by argument {fit + 1} ({kinds[fit]}) is not that of {loss_name(loss)}"
    )
    if got is None:
        raise AssertionError(f"{head}: autograd gives none. Is the argument detached, or not used?")
    off, size = np.abs(got - right), float(np.abs(right).max())
    if not (off <= rtol * size).all():
        raise AssertionError("\n".join([f"{head}:", *_worst(got, right, off, rtol * size)]))


def gradient(
    loss: Loss,
    arguments: tuple[Array, Array],
    kinds: tuple[str, str],
    fit: int,
    mean: str,
    axis: int,
    temperature: float,
) -> Array:
    """The analytic gradient by the fitted argument, of checked arguments."""
    log_q, log_p = (_logs(arguments[i], kinds[i], axis, temperature) for i in (fit, 1 - fit))
    with np.errstate(all="ignore"):
        at = np.exp(log_p), log_p, np.exp(log_q), log_q
        sums = each(lambda term: np.sum(term, axis=axis, keepdims=True), value(loss, *at))
        d = np.asarray(dot(d_finish(loss, sums), sensitivity(loss, *at))) + np.zeros_like(log_q)
        if kinds[fit] == "logits":
            d = (d - at[2] * np.sum(d, axis=axis, keepdims=True)) / temperature
        elif kinds[fit] == "probabilities":
            d = d / at[2]
    counts = {"sum": 1, "entries": log_q.size, "distribution": log_q.size // log_q.shape[axis]}
    return d / counts[mean]


def _logs(a: Array, form: str, axis: int, temperature: float) -> Array:
    if form == "logits":
        return log_softmax(a / temperature, axis)
    with np.errstate(divide="ignore"):
        return np.log(a) if form == "probabilities" else a


def _checked(
    loss: Any, arguments: tuple[Any, ...], given: Any, fit: Any, mean: Any, axis: Any
) -> tuple[tuple[Array, Array], tuple[str, str]]:
    if view_of(_check.loss(loss)) != DENSITY:
        _check.fail("loss", "a loss of densities", _check.shown(loss))
    _check.one_of("mean", mean, MEANS)
    if len(arguments) != 2:
        _check.fail("arguments", "two, the fit and the target", len(arguments))
    _check.count("fit", fit, 0, 1)
    a, b = (
        _check.array(f"argument {n}", getattr(x, "detach", lambda x=x: x)())
        for n, x in enumerate(arguments, 1)
    )
    if a.shape != b.shape or not a.size or not a.ndim:
        _check.fail("arguments", "two of one shape, with an entry at least", f"{a.shape} and {b.shape}")
    along = _check.count("axis", axis, -a.ndim, a.ndim - 1)
    named = (
        (given, given)
        if given is None or isinstance(given, str)
        else tuple(_check.sequence("given", given, "two"))
    )
    if len(named) != 2:
        _check.fail("given", "one form for both arguments, or one for each", len(named))
    first, second = (
        _check.one_of("given", form, FORMS) if form is not None else forms.found(array, along)
        for form, array in zip(named, (a, b), strict=True)
    )
    return (a, b), (first, second)


def _autograd(fn: Callable[..., Any], arrays: tuple[Array, Array], fit: int) -> Array | None:
    torch: Any = import_module("torch")
    tensors = [torch.tensor(np.array(a), requires_grad=place == fit) for place, a in enumerate(arrays)]
    result = fn(*(t.clone() for t in tensors))  # no leaf may be written to
    if isinstance(result, int | float):
        raise AssertionError(f"{_name(fn)} gives {_check.shown(result)}, and no tensor: it has no gradient")
    if not isinstance(result, torch.Tensor):
        _check.fail("fn", "a function that gives a tensor", result)
    total = result.sum()
    if not total.requires_grad:
        return None
    (found,) = torch.autograd.grad(total, [tensors[fit]], allow_unused=True)
    return None if found is None else found.double().numpy()


def _worst(got: Array, right: Array, off: Array, allowed: float) -> list[str]:
    """How much, how often, where most; and the factor, if it is one."""
    bad = ~(off <= allowed)
    order = np.argsort(-np.nan_to_num(off.ravel(), nan=np.inf))[: min(SHOWN, np.count_nonzero(bad))]
    lines = [f"{np.count_nonzero(bad):,} of {off.size:,} elements differ by more than {allowed:.2g}."]
    seen = np.abs(right) > 1e-6 * np.abs(right).max()
    ratios = got[seen] / right[seen]
    if ratios.size and np.ptp(ratios) <= 1e-6 * abs(ratios.mean()):
        lines.append(f"At every element autograd's is {ratios.mean():.7g} times divlite's.")
    lines.append(f"{'element':>14}  {'autograd':>14}  {'divlite':>14}  {'difference':>11}")
    for flat in order:
        place = tuple(map(int, np.unravel_index(int(flat), off.shape)))
        element = f"[{', '.join(map(str, place))}]"
        lines.append(
            f"{element:>14}  {got[place]:>14.7g}  {right[place]:>14.7g}  {got[place] - right[place]:>11.3g}"
        )
    return lines


def _name(fn: Any) -> str:
    return str(getattr(fn, "__name__", "the function"))

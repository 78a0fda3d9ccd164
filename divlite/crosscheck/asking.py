"""What the arguments of a cross-check are: as it is said, or by their names or numbers."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .. import _check
from .._types import Array
from ..losses.protocol import loss_name
from ..views import view_of
from . import door
from .calling import Function
from .distributions import forms, probes
from .distributions.meant import Meant, Side
from .door import NORMAL, SAMPLES, Options
from .report import Report

GIVEN = "a name for all arguments, or one for each"
POSITIVE = ("probabilities", "densities", "sigma", "variance")
# What two arrays without an entry may be.
EMPTY = (
    ("logits", "logits"),
    ("log_probabilities", "probabilities"),
    ("probabilities", "probabilities"),
    ("log_probabilities", "log_probabilities"),
)
# What people call the numbers of a Normal, in small letters and without underscores.
SPELLINGS = {
    "mu": "mu", "mean": "mu", "m": "mu", "zmean": "mu", "loc": "mu", "muq": "mu", "qmu": "mu",
    "sigma": "sigma", "std": "sigma", "scale": "sigma", "stddev": "sigma", "sd": "sigma",
    "logsigma": "log_sigma", "logstd": "log_sigma", "logscale": "log_sigma", "zlogstd": "log_sigma",
    "zlogsigma": "log_sigma",
    "variance": "variance", "var": "variance", "sigma2": "variance", "sigmasq": "variance",
    "logvariance": "log_variance", "logvar": "log_variance", "lv": "log_variance", "zlogvar": "log_variance",
    "logsigma2": "log_variance",
}  # fmt: skip


def names(fn: Callable[..., Any], count: int) -> tuple[str, ...]:
    """What the function calls its arguments; x1, x2 where it does not say."""
    try:
        parameters = list(inspect.signature(getattr(fn, "forward", fn)).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return tuple(named[:count]) if len(named) >= count else tuple(f"x{n + 1}" for n in range(count))


def kinds(
    given: str | Sequence[str] | None, called: tuple[str, ...], arrays: tuple[Array, ...]
) -> tuple[str, ...] | None:
    """What the arguments are, one name for each; None where it is to be seen from the numbers."""
    if given is None:
        spelled = tuple(SPELLINGS.get(name.lower().replace("_", ""), "") for name in called)
        if all(spelled) and len(set(spelled)) == len(spelled) == 2:
            door.not_empty(arrays)
            return spelled
        if all(a.ndim == 0 for a in arrays):
            _check.fail("given", "what the numbers are, such as ('mu', 'log_variance')", "nothing")
        return None
    listed = [given] * len(arrays) if isinstance(given, str) else _check.sequence("given", given, GIVEN)
    found = tuple(listed)
    if len(found) != len(arrays):
        _check.fail("given", f"{len(arrays)} names, one for each argument", f"{len(found)}")
    known = (*forms.FORMS, *NORMAL, *(f"p_{name}" for name in NORMAL), *SAMPLES)
    for name in found:
        _check.one_of("given", name, known)
    groups = {
        next(n for n, group in enumerate((forms.FORMS, SAMPLES, known)) if name in group) for name in found
    }
    if len(groups) > 1:
        _check.fail("given", "names of one kind: distributions, a Normal's numbers, or samples", found)
    if found[0] not in forms.FORMS:
        door.not_empty(arrays)
    for place, (name, array) in enumerate(zip(found, arrays, strict=True), 1):
        if name.removeprefix("p_") in POSITIVE and (array < 0.0).any():
            _check.fail(f"argument {place}", f"{name}, as given says: numbers >= 0", f"{array.min():.4g}")
    return found


def of_normals(found: tuple[str, ...]) -> bool:
    """Whether these are the numbers of Normals."""
    return found[0].removeprefix("p_") in NORMAL


def of_samples(found: tuple[str, ...]) -> bool:
    """Whether these are log-probabilities of samples."""
    return found[0] in SAMPLES


def like_samples(arrays: tuple[Array, ...]) -> bool:
    """Whether two arrays, of which nothing is said, may be log-probabilities of samples."""
    two = len(arrays) == 2 and arrays[0].ndim > 0
    return two and forms.unnormalised_logs(arrays) and forms.grid(arrays, -1) is None


def guesses(
    said: tuple[str, ...] | None, arrays: tuple[Array, ...], axis: int | None
) -> list[tuple[str, ...] | None]:
    """What the arguments may be, the likeliest first: as was said, or what the numbers leave open.

    Numbers >= 0 that do not sum to 1 may be logits, or probabilities that were not normalised.
    """
    if said is not None:
        return [said]
    if not all(a.size for a in arrays):
        return list(EMPTY)
    event = forms.event_axis((arrays[0], arrays[1])) if axis is None else axis
    seen = tuple(forms.found(a, event) if a.size and a.ndim else "probabilities" for a in arrays)
    open_ = tuple(
        "probabilities" if form == "logits" and (a >= 0.0).all() else form
        for form, a in zip(seen, arrays, strict=True)
    )
    return [None] if open_ == seen else [None, open_]


def simplest(reports: Iterator[Report], empty: bool) -> Report:
    """The first that explains the function; for empty arrays, the one that says least besides."""
    if empty:
        found = list(reports)
        return min([one for one in found if _empty(one)] or found, key=_said)
    first = next(reports)
    return first if fits(first) else next(filter(fits, reports), first)


def _empty(report: Report) -> bool:
    return any(one.slip == "empty" for one in report.findings)


def _said(report: Report) -> int:
    """How much is said of the reading of the arguments."""
    return report.what_it_is.count(" though ") + report.what_it_is.count(" where ") + len(report.findings)


def fits(report: Report) -> bool:
    """Whether the report explains the function with arguments of the forms that they were taken for."""
    return report.verdict != "unexplained" and all(one.slip != "form" for one in report.findings)


def _named(expected: Any) -> str:
    """The name of the loss that is meant, "" for none.

    Raises: ValueError for anything but a loss of densities.
    """
    if expected is None:
        return ""
    if view_of(_check.loss(expected)).derivative != "d_log_q":
        _check.fail("expected", "a loss of densities, such as dl.ForwardKL()", expected)
    return loss_name(expected)


def discrete(
    called: Function,
    arrays: tuple[Array, ...],
    spelled: tuple[str, ...],
    found: tuple[str, ...] | None,
    said: Options,
) -> tuple[probes.Asked, Meant]:
    """What is asked of two distributions, and what is meant. found: the forms of both, where known."""
    two = (arrays[0], arrays[1])
    full = _full(two)
    event = _event(two, full, said.axis)
    of = found or tuple(forms.found(a, event) if a.size else "probabilities" for a in two)
    dx = said.dx
    if found is None and dx == 1.0 and set(of) == {"logits"} and (on_grid := forms.grid(two, event)):
        of, dx = (on_grid[0],) * 2, on_grid[1]
    asked = probes.Asked(called.output, two, (of[0], of[1]), said.fit, event, dx, said.temperature)
    shown = event if event == -1 else event + len(full)  # as people write it
    warm = said.temperature
    p, q = (Side(spelled[i], of[i], shown, warm, warm) for i in (1 - said.fit, said.fit))
    meant = said.mean or ("" if said.expected is None else "distribution")
    reduced = called.output(*arrays).size == 1
    return asked, Meant(_named(said.expected), meant, p, q, len(full), reduced)


def _full(two: tuple[Array, Array]) -> tuple[int, ...]:
    """The shape of both, broadcast."""
    try:
        full = np.broadcast_shapes(two[0].shape, two[1].shape)
    except ValueError:
        _check.fail("arguments", "shapes that broadcast", f"{two[0].shape} and {two[1].shape}")
    if not full:
        _check.fail("given", "what the numbers are, such as ('mu', 'log_variance')", "two single numbers")
    return full


def _event(two: tuple[Array, Array], full: tuple[int, ...], axis: int | None) -> int:
    """The axis of the outcomes, counted from the end."""
    event = forms.event_axis(two) if axis is None else _check.count("axis", axis, -len(full))
    if event >= len(full):
        _check.fail("axis", f"an axis of an array of shape {full}", event)
    return event - len(full) if event >= 0 else event

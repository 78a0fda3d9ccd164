"""Who else says so: the proof, differences of the values, torch's autograd; and the code that runs."""

import importlib.util
import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from .. import chain, closed_form, discrete, numpy_backend
from .._types import Array, Loss
from ..backends import resolve
from ..closed_form import d_normal_kl, normal_kl
from ..densities import Normal, normal
from ..derivative import difference
from ..losses import Smoothed
from .example import GRID, TARGET
from .notation import Listing, Part


def code(loss: Loss | None, name: str) -> Part:
    """The lines that run, with the file and the line where they stand."""
    if name == "discrete-kl":
        functions = [discrete.kl_div, discrete.d_kl_div_logits]
    elif loss is None:
        functions = [closed_form.kl, closed_form.d_kl]
    else:
        inner = [loss.loss] if isinstance(loss, Smoothed) else []
        methods = [
            getattr(type(owner), method)
            for owner in (loss, *inner)
            for method in ("value", "d_log_q", "finish", "d_finish")
            if hasattr(owner, method)
        ]
        functions = [*methods, normal.log_prob, normal.score, chain.integrand, chain.assemble]
    content: list[Any] = ["The formulas as they run, and where they stand:"]
    return Part("The code", (*content, *(_listing(f) for f in functions)))


def _listing(function: Callable[..., Any]) -> Listing:
    source, first = inspect.getsourcelines(function)
    file = Path(inspect.getfile(function))
    package = Path(__file__).parents[2]
    doc = inspect.getdoc(function)
    indent = len(source[0]) - len(source[0].lstrip())
    lines = [text[indent:].rstrip() for text in source]
    if doc:  # the docstring is prose; the formulas are what is wanted
        begin = next(j for j, text in enumerate(lines) if '"""' in text)
        end = (
            begin
            if lines[begin].count('"""') == 2
            else next(j for j in range(begin + 1, len(lines)) if '"""' in lines[j])
        )
        del lines[begin : end + 1]
    return Listing((f"{file.relative_to(package)}:{first}", *lines))


def differences(loss: Loss | None, name: str, at: Normal) -> float:
    """The relative error of the analytic gradient against fourth-order differences of the loss."""
    analytic, f, start = _problem(loss, name, at)
    numeric: list[float] = []
    for j, value in enumerate(start):
        h = 1e-3 * max(abs(value), 1.0) if loss is None else 3e-5 * at.sigma

        def moved(e: float, j: int = j) -> float:
            return f([v + e * (place == j) for place, v in enumerate(start)])

        numeric.append(difference(moved, h))
    return _error(analytic, numeric, 0.0 if loss is None else abs(f(list(start))) / at.sigma)


def autograd(loss: Loss | None, name: str, at: Normal) -> tuple[float, str] | None:
    """The relative error against torch's autograd, and torch's version; None where torch is missing."""
    if importlib.util.find_spec("torch") is None:
        return None
    import torch
    from divlite_torch import gradients

    analytic, _, start = _problem(loss, name, at)
    if name == "discrete-kl":
        d = tuple(gradients.d_kl_div_logits(np.array(start), _logits()[1]).tolist())
    elif loss is None:
        d = tuple(gradients.d_normal_kl(TARGET.components[1], at))
    else:
        d = tuple(resolve("torch").value_and_grad(loss, TARGET, at, GRID)[1])
    return _error(analytic, d, 0.0), str(torch.__version__)


def _problem(
    loss: Loss | None, name: str, at: Normal
) -> tuple[tuple[float, ...], Callable[[list[float]], float], tuple[float, ...]]:
    """The analytic gradient, the value as a function of the parameters, and the parameters."""
    if name == "discrete-kl":
        a, p = _logits()

        def kl(logits: list[float]) -> float:
            return float(discrete.kl_div(discrete.log_softmax(logits), p, "sum"))

        return tuple(discrete.d_kl_div_logits(a, p, reduction="sum").tolist()), kl, tuple(a.tolist())
    if loss is None:
        mode = TARGET.components[1]
        return tuple(d_normal_kl(mode, at)), lambda theta: normal_kl(mode, Normal(*theta)), tuple(at)
    gradient = numpy_backend.value_and_grad(loss, TARGET, at, GRID)[1]
    return (
        tuple(gradient),
        lambda theta: numpy_backend.value_and_grad(loss, TARGET, Normal(*theta), GRID)[0],
        tuple(at),
    )


def _logits() -> tuple[Array, Array]:
    from ..articles.kl_div_reductions import uniforms

    logits, other = uniforms((3,))
    return logits, discrete.softmax(other)


def _error(analytic: Iterable[float], other: Iterable[float], at_least: float) -> float:
    """The length of the difference over that of the gradient."""
    a, b = np.array(list(analytic)), np.array(list(other))
    return float(np.linalg.norm(a - b) / max(float(np.linalg.norm(a)), at_least, 1e-300))


def part(
    verdicts: Any,
    anchored: Any,
    difference_error: float,
    autograd_error: tuple[float, str] | None,
) -> Part:
    """The figures of the proof and of the two outside witnesses."""
    shown = sum(verdict.symbolic for *_, verdict in verdicts)
    worst = max(float(verdict.numeric) for *_, verdict in (*verdicts, *anchored))
    ends = sum(verdict.holds for *_, verdict in anchored)
    lines = [
        f"symbolic      {'yes' if shown == len(verdicts) else 'NO'}: {shown} of {len(verdicts)} lines follow from the line before, shown by SymPy",
        f"50 digits     {worst:.0e}: the largest difference between a line and the one before, at random points",
    ]
    if anchored:
        verdict = "yes" if ends == len(anchored) else "NO"
        lines.append(
            f"code          {verdict}: {ends} of {len(anchored)} ends are the formulas above, run on symbols"
        )
    lines.append(
        f"differences   {difference_error:.0e}: the gradient against fourth-order differences of the loss"
    )
    lines.append(
        "autograd      torch is not installed: pip install 'divlite[torch]'"
        if autograd_error is None
        else f"autograd      {autograd_error[0]:.0e}: the gradient against torch {autograd_error[1]}"
    )
    return Part("The witnesses", (Listing(tuple(lines)),))

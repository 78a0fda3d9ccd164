"""Who else says so: the proof, differences of the values, torch's autograd; and the code that runs."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import chain, closed_form, discrete
from .._types import Loss
from ..derive.notation import Listing, Part
from ..families import Normal, location_scale
from ..losses import Smoothed

LATER = object()  # in the place of the error by autograd: its line comes later


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
        functions = [
            *methods,
            Normal.log_kernel,
            Normal.pull,
            location_scale.log_prob,
            location_scale.score,
            chain.integrand,
            chain.assemble,
        ]
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


def part(
    verdicts: Any,
    anchored: Any,
    difference_error: float,
    autograd_error: Any,
    name: str = "",
) -> Part:
    """The figures of the proof and of the two outside witnesses."""
    shown = sum(verdict.symbolic for *_, verdict in verdicts)
    worst = max(float(verdict.numeric) for *_, verdict in (*verdicts, *anchored))
    ends = sum(verdict.holds for *_, verdict in anchored)
    lines = [
        f"symbolic      {_answer(shown, len(verdicts))} lines follow from the line before, shown by SymPy",
        f"50 digits     {worst:.0e}: the largest difference between a line and the one before, at random "
        "points",
    ]
    if anchored:
        lines.append(
            f"code          {_answer(ends, len(anchored))} final formulas are what the code of part 8 gives "
            "for symbols"
        )
    lines.append(
        f"differences   {_figure(difference_error)}: the gradient against differences of L, {relative(name)}"
    )
    if autograd_error is not LATER:
        lines.append(autograd(autograd_error, name))
    return Part("The witnesses", (Listing(tuple(lines)),))


def autograd(found: tuple[float, str] | None, name: str = "") -> str:
    """The line of the witness that takes longest: the error and torch's version, or None without torch."""
    if found is None:
        return "autograd      torch is not installed, or failed: in a checkout, pip install '.[torch]'"
    return f"autograd      {_figure(found[0])}: the gradient against torch {found[1]}, {relative(name)}"


def relative(name: str) -> str:
    """What `outside` takes the errors of this derivation's gradient relative to."""
    known = {"discrete-kl": "its length", "normal-kl": "its |terms|"}
    return "relative to " + known.get(name, "its |terms| + |L|/sigma")


def _answer(shown: int, lines: int) -> str:
    return f"{'yes' if shown == lines else 'NO'}: {shown} of {lines}"


def _figure(error: float) -> str:
    return f"{error:.0e}" if error else "0"

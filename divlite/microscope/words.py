"""A look through the microscope as a page: what each step costs, why a form fails, and one point in full."""

from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import families
from ..losses.protocol import loss_title
from .forms import Form
from .reasons import broken, reasons
from .short import count, label, largest, short
from .traced import Step

if TYPE_CHECKING:
    from . import Microscope  # which prints itself

WIDTH, LABEL = 96, 31
HEAD = (
    f"{'':>3}  {'step':<{LABEL}}  {'adds':>7}  {'in all':>7}  {'at x':>8}  "
    f"{'to 0':>5}  {'subnormal':>9}  {'inf':>5}  {'nan':>5}"
)
LEGEND = (
    "adds: the largest error of this one step, given its rounded inputs. in all: the largest difference from "
    "the exact number, with all errors before it, and where. to 0: at how many points the result underflows; "
    "subnormal: at how many it has digits missing; inf, nan: at how many it is that."
)


def page(look: "Microscope", place: int | None = None) -> str:
    """All of it, in lines of at most 96 characters; place: of the point shown in full."""
    head = [title(look), "=" * len(title(look))]
    blocks = [[name, *_lines(content)] for name, content in parts(look, place)]
    return "\n\n".join("\n".join(block) for block in [head, *blocks])


def _lines(content: list[str | list[str]]) -> list[str]:
    paragraphs = [wrap(item, WIDTH) if isinstance(item, str) else item for item in content]
    return [line for i, lines in enumerate(paragraphs) for line in [*[""] * (i > 0), *lines]]


def parts(look: "Microscope", place: int | None = None) -> list[tuple[str, list[str | list[str]]]]:
    """Headings, and below each its paragraphs, which are strings, and its tables, which are lines."""
    shown = worst(look) if place is None else place
    result: list[tuple[str, list[str | list[str]]]] = [
        (heading(form), [table(look, form)]) for form in look.forms
    ]
    result[-1][1].append(LEGEND)
    if found := reasons(look):
        result.append(("What was lost", [*found]))
    return [
        *result,
        (f"At x = {look.grid.x[shown]:.6g}, point {shown + 1:,} of {count(look)}", [point(look, shown)]),
    ]


def title(look: "Microscope") -> str:
    return f"{loss_title(look.loss)} in {look.dtype}, q = {families.written(look.q)}, {count(look)} points"


def heading(form: Form) -> str:
    """A form and its result."""
    name = form.name[0].upper() + form.name[1:]
    return f"{name}: {form.rounded:.8g}; exact {form.exact:.8g}, off by {short(form.difference)}"


def table(look: "Microscope", form: Form) -> list[str]:
    """A row for each step of a form."""
    rows = [HEAD]
    for number, step in enumerate(form.steps, 1):
        adds, _ = largest(step.local)
        in_all, place = largest(step.difference)
        at = f"{look.grid.x[place]:.4g}" if step.exact.ndim and in_all else ""
        counts = step.underflow, step.subnormal, np.isinf(step.rounded), np.isnan(step.rounded)
        zero, subnormal, inf, nan = (f"{np.count_nonzero(mask):,}" for mask in counts)
        rows.append(
            f"{number:>3}  {label(step, LABEL):<{LABEL}}  {short(adds):>7}  {short(in_all):>7}  {at:>8}  "
            f"{zero:>5}  {subnormal:>9}  {inf:>5}  {nan:>5}"
        )
    return rows


def worst(look: "Microscope") -> int:
    """The point to show: the first where a term breaks, else the one where the first form is off by most."""
    for form in look.forms:
        if broken(form).any():
            return int(np.argmax(broken(form)))
    return largest(look.forms[0].terms[0].difference)[1]


def point(look: "Microscope", place: int) -> list[str]:
    """Every step at one point, the forms side by side."""
    head = "".join(f"  {'exact':>11}  {'rounded':>11}  {'difference':>10}" for _ in look.forms)
    wide = 20 if len(look.forms) > 1 else 44
    rows: list[str] = []
    if len(look.forms) > 1:
        rows.append(" " * wide + "".join(f"{form.name:>38}" for form in look.forms))
    rows.append(f"{'step':<{wide}}{head}")
    for steps in side_by_side(look.forms):
        named = next(step for step in steps if step is not None)
        rows.append(f"{label(named, wide):<{wide}}" + "".join(_three(step, place) for step in steps))
    return [row.rstrip() for row in rows]


def side_by_side(forms: tuple[Form, ...]) -> list[tuple[Step | None, ...]]:
    """The steps in pairs: the second form has the two logs besides, behind p and q."""
    if len(forms) == 1:
        return [(step,) for step in forms[0].steps]
    first, second = (form.steps for form in forms)
    pairs: list[tuple[Step | None, ...]] = list(zip(first[:4], second[:4], strict=True))
    pairs += [(None, step) for step in second[4:6]]
    return [*pairs, *zip(first[4:], second[6:], strict=True)]


def _three(step: Step | None, place: int) -> str:
    if step is None:
        return " " * 38
    i: Any = place if step.exact.ndim else ()
    # Plus 0: -0 is 0 here.
    exact, rounded, off = (float(a[i]) + 0.0 for a in (step.exact, step.rounded, step.difference))
    return f"  {exact:>11.5g}  {rounded:>11.5g}  {short(off):>10}"

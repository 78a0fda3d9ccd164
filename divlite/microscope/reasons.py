"""Why a number came out wrong: what was lost, where, and what came of it, in words."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .formats import FORMATS
from .forms import Form
from .short import count, label, short, spans
from .traced import Step

if TYPE_CHECKING:
    from . import Microscope  # which prints itself

LABEL = 36


def reasons(look: "Microscope") -> list[str]:
    """What was lost, where, and what came of it: one paragraph each."""
    found = [_lost(look, step) for step in look.forms[0].steps if step.name in ("p", "q")]
    found += [_broken(look, form) for form in look.forms]
    found += [_escaped(look), _subnormal(look), _added(look)]
    return [reason for reason in found if reason]


def _lost(look: "Microscope", step: Step) -> str:
    if not step.underflow.any():
        return ""
    to = FORMATS[look.dtype]
    most = max(float(step.exact[step.underflow].max()), 5e-324)  # float64 may underflow too
    points = f"{np.count_nonzero(step.underflow):,} of {count(look)} points"
    return (
        f"{step.name} = {step.formula} underflows to 0 at {points}, {spans(look.grid.x, step.underflow)}. "
        f"There it is at most {most:.2g}, and what is below half of {to.tiny:.2g}, the smallest number above "
        f"0 of {to.name}, is rounded to 0."
    )


def _broken(look: "Microscope", form: Form) -> str:
    """The first step that is infinite or no number, at the points where the term is that in the end."""
    if math.isfinite(form.rounded):
        return ""
    head, end = form.name.capitalize(), f"the loss is {form.rounded:g}"
    for step in form.steps:
        bad = ~np.isfinite(step.rounded) & np.isfinite(step.exact)
        bad &= broken(form) if step.exact.ndim and broken(form).any() else True
        if bad.any():
            return f"{head}: {_first(look, form, step, bad)} So {end}."
    return f"{head}: {end}, and so it is in exact arithmetic."


def _first(look: "Microscope", form: Form, step: Step, bad: Any) -> str:
    value, exact = float(step.rounded[bad].flat[0]), step.exact[bad]
    cause = "too large for the format" if step.overflow[bad].any() else _zero(form, step, bad)
    where = f" at {np.count_nonzero(bad):,} points, {spans(look.grid.x, bad)}" if step.exact.ndim else ""
    there = " there" if step.exact.ndim else ""
    between = f"{exact.min():.4g} to {exact.max():.4g}" if exact.size > 1 else f"{exact.flat[0]:.4g}"
    return (
        f"{label(step, LABEL)} is {value:g}{where}{cause and ': ' + cause}. Exactly it is {between}{there}."
    )


def broken(form: Form) -> Any:
    """The points at which a weighted term is not finite, and exactly it is."""
    return np.any([~np.isfinite(step.rounded) & np.isfinite(step.exact) for step in form.terms], axis=0)


def _zero(form: Form, step: Step, bad: Any) -> str:
    """Of the log of a number that has become 0."""
    inner = next((s for s in form.steps if step.formula == f"log({s.name})"), None)
    if inner is None or (inner.rounded[bad] != 0.0).any():
        return ""
    return f"there {inner.name} is 0, and log 0 = -inf"


def _escaped(look: "Microscope") -> str:
    """How the first form comes to a number where the second does not."""
    if [math.isfinite(form.rounded) for form in look.forms] != [True, False]:
        return ""
    first, second = look.forms
    for name in ("p", "q"):
        bad = np.isinf(second.step(f"log({name})").rounded) & broken(second)
        if bad.any():
            given = first.step(f"log_{name}").rounded[bad]
            return (
                f"{first.name.capitalize()} this does not happen: at the same points log_{name} lies between "
                f"{given.min():.5g} and {given.max():.5g}, ordinary numbers in {look.dtype}. The formula "
                f"takes the log as it is, and no log of the {name} that has become 0."
            )
    return ""


def _subnormal(look: "Microscope") -> str:
    """Where digits are missing, and what the log of such a density is worth."""
    said: list[str] = []
    for name in ("p", "q"):
        step = next((step for step in look.forms[0].steps if step.name == name), None)
        if step is None or not step.subnormal.any():
            continue
        off = np.abs(np.log(step.rounded[step.subnormal]) - np.log(step.exact[step.subnormal])).max()
        said.append(
            f"{name} is subnormal at {np.count_nonzero(step.subnormal):,} points: digits are missing there, "
            f"and its log would be off by up to {off:.2g}."
        )
    flushed = "A machine that flushes subnormal numbers to 0 has 0 there."
    return " ".join([*said, flushed]) if said else ""


def _added(look: "Microscope") -> str:
    form = look.forms[0]
    if not math.isfinite(form.rounded) or not math.isfinite(form.added):
        return ""
    still = sum(
        np.count_nonzero((step.local != 0.0) & (np.diff(step.rounded, prepend=0.0) == 0.0))
        for step in form.steps
        if step.formula.startswith("sum of ")
    )
    stood = f" In {still:,} of the additions the sum did not move: the term was too small for it."
    return (
        f"The rounded terms summed without error give {form.added:.8g}: the terms cost "
        f"{short(form.added - form.exact)}, and adding them one after the other "
        f"{short(form.rounded - form.added)}.{stood if still else ''}"
    )

"""`divlite kl-div`: what F.kl_div makes of two arrays in files, and which of it is the mean KL."""

from collections.abc import Sequence
from textwrap import fill
from typing import NamedTuple

from .. import _check, discrete
from .._types import Array
from ..why import Arrays, arranged, explained, sides_of
from ..why.answer import WIDTH, code
from ..why.nonfinite import NAN
from ..why.written import right_bases, right_kl
from . import array_files
from .parsing import spoken
from .process import say
from .screen import bold

REDUCTIONS: tuple[discrete.Reduction, ...] = ("sum", "mean", "batchmean")
LABEL = 52  # columns for the two arguments


class Row(NamedTuple):
    """F.kl_div of these two arguments: its value for each reduction."""

    label: str
    values: tuple[float, ...]


def run(input: str, target: str, value: str | None, axis: int | None, temperature: float | None) -> int:
    """Print what torch gives, or which convention gives the value; 1 if none does."""
    if input == target == "-":
        _check.fail("TARGET", "a file, as standard input is INPUT", "-")
    a, b = array_files.read("INPUT", input), array_files.read("TARGET", target)
    if temperature is not None:
        temperature = _check.positive("--temperature", temperature)
    with spoken(input="INPUT", target="TARGET", axis="--axis", value="--value"):
        arrays = arranged(a, b, axis)
        if value is not None:
            wanted = value.split(",") if "," in value else value
            found = explained(wanted, arrays, temperature)
            say(str(found))
            return 0 if found or (found.reasons and not found.tried and NAN not in found.reasons) else 1
    _page(arrays, temperature)
    return 0


def _page(arrays: Arrays, temperature: float | None) -> None:
    say(*_head(arrays))
    if not arrays.input.size:
        return
    pair = sides_of(arrays, temperature)[0]
    q, p = right_bases(pair)
    mean, write = right_kl(pair)
    a, b = arrays.input, arrays.target
    given = [*_rows("input", "target", a, b), *_rows("target", "input", b, a)]
    right = [
        Row(f"{q.log_code}, {p.code}", _values(q.log_p, p.p, False)),
        Row(f"{p.log_code}, {q.code}", _values(p.log_p, q.p, False)),
    ]
    say("", *_table("F.kl_div of the arrays as they are", given))
    say("", *_table("of log-probabilities and probabilities", right))
    named = [name for name, value in zip(REDUCTIONS, right[0].values, strict=True) if _equal(value, mean)]
    which = f"It is {' and '.join(named)} of {right[0].label}." if named else "No reduction above gives it."
    axis = arrays.axes[0]
    says = (
        f"The mean KL per distribution, KL(target || input) along axis {axis}, is {mean:.7g}. {which} Write:"
    )
    say("", fill(says, WIDTH), code(write))


def _equal(value: float, mean: float) -> bool:
    return value == mean or abs(value - mean) <= 1e-12 * abs(mean)


def _head(arrays: Arrays) -> list[str]:
    return [fill(f"{name:<6}  {says}", WIDTH, subsequent_indent=" " * 8) for name, says in arrays.what]


def _rows(first: str, second: str, a: Array, b: Array) -> list[Row]:
    return [
        Row(f"{first}, {second}{', log_target=True' if log_target else ''}", _values(a, b, log_target))
        for log_target in (False, True)
    ]


def _values(a: Array, b: Array, log_target: bool) -> tuple[float, ...]:
    return tuple(float(discrete.kl_div(a, b, reduction, log_target)) for reduction in REDUCTIONS)


def _table(title: str, rows: Sequence[Row]) -> list[str]:
    lines = [bold(f"{title:<{LABEL}}" + "".join(f"{name:>14}" for name in REDUCTIONS))]
    for label, values in rows:
        numbers = "".join(f"{value:>14.7g}" for value in values)
        lines += [f"{label:<{LABEL}}{numbers}"] if len(label) < LABEL else [label, f"{'':<{LABEL}}{numbers}"]
    return lines

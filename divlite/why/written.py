"""A convention that was found, in words and in torch code."""

import numpy as np

from .._types import Array
from . import slips
from .answer import Candidate
from .bases import Base
from .bases import right as right_base
from .search import Match
from .sides import Sides
from .terms import Slot


def candidate(match: Match) -> Candidate:
    mean, write = meant(match)
    ordered = sorted(match.slips, key=lambda slip: (slip.cost == 0, slip.name))
    said = tuple((slip.name, slip.says) for slip in ordered)
    call = _call(match)
    right = slips.cost(match.slips) == 0
    return Candidate(_says(match), said, call, match.value, mean, write, right)


def _says(match: Match) -> str:
    noun, words, code = match.term.noun, match.divisor.words, match.factor.code
    scaled = f", times {code.removeprefix(' * ')}" if "*" in code else ""
    base = {" / math.log(2)": " in bits", " / math.log(10)": " in decimal digits"}.get(code, "")
    return f"{noun[0].upper()}{noun[1:]}{base}{', ' if words else ''}{words}{scaled}"


def _call(match: Match) -> str:
    term, divisor = match.term, match.divisor
    if term.bare and divisor.reduction:
        return _kl_div(term.slots[0], term.slots[1], divisor.reduction) + match.factor.code
    end = "" if term.root else divisor.end
    body = f"({term.body})" if end and " / 2" in term.body[-4:] else term.body
    body = f"({body})" if body.startswith("-") and end else body
    return f"{term.before}{body}{end}{match.factor.code}"


def _kl_div(x: Slot, t: Slot, reduction: str) -> str:
    return f'F.kl_div({x.code}, {t.code}, reduction="{reduction}"{t.option})'


def meant(match: Match) -> tuple[float, str]:
    """The mean KL per distribution of what the arrays were taken for, and the torch code of it."""
    families = {slot.owner: slot.base.family for slot in match.term.slots}
    mean, write = right_kl(match.sides, families.get("input"), families.get("target"))
    temperature = match.sides.input.temperature
    if (
        temperature is not None
        and match.factor.by in (temperature, temperature**2)
        and match.factor.by != 1.0
    ):
        return mean * temperature**2, f"{write} * {temperature:g}**2"
    return mean, write


def right_bases(pair: Sides, first: str | None = None, second: str | None = None) -> tuple[Base, Base]:
    """What the input and the target should be made into, of the likeliest families where none are named."""
    q = right_base(pair.input_bases, first or pair.input_bases[0].family, pair.input.temperature)
    return q, right_base(pair.target_bases, second or pair.target_bases[0].family, pair.target.temperature)


@np.errstate(all="ignore")
def right_kl(pair: Sides, first: str | None = None, second: str | None = None) -> tuple[float, str]:
    """(mean KL per distribution, code), of the likeliest families where none are named."""
    q, p = right_bases(pair, first, second)
    axis, shape = pair.input.axis, q.p.shape
    each: Array = np.sum(np.where(p.p == 0, 0.0, p.p * (p.log_p - q.log_p)), axis=axis)
    return float(np.mean(each)) if each.size else float("nan"), _right_code(q, p, axis, shape)


def _right_code(q: Base, p: Base, axis: int, shape: tuple[int, ...]) -> str:
    logs = p.log_code == "target" and not np.isneginf(p.log_p).any()
    code, option = ("target", ", log_target=True") if logs else (p.code, "")
    ends = {1: ("sum", "")} if len(shape) == 1 else {2: ("batchmean", "")} if axis else {}
    reduction, end = ends.get(len(shape), ("none", f".sum({axis}).mean()"))
    if bool((np.isneginf(q.log_p) & (p.p == 0)).any()):
        none = f'F.kl_div({q.log_code}, {code}, reduction="none"{option})'
        return f"torch.where({code} > 0, {none}, 0.0).sum({axis}).mean()"
    return f'F.kl_div({q.log_code}, {code}, reduction="{reduction}"{option}){end}'

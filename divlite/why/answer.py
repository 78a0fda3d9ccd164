"""What was found, as values that print as a page of at most 96 columns."""

from textwrap import fill
from typing import NamedTuple

WIDTH = 96
SHOWN = 6  # explanations at most


class Candidate(NamedTuple):
    """A convention that gives the number.

    says: what it is, in one sentence; slips: what is done otherwise than in the mean KL per distribution,
    each (name, sentence); call: torch code that gives `value`, which is None where it is an array; mean_kl
    and write: what was probably meant, and the torch code of it; right: whether this is it.
    """

    says: str
    slips: tuple[tuple[str, str], ...]
    call: str
    value: float | None
    mean_kl: float
    write: str
    right: bool

    def __str__(self) -> str:
        return _said(self, "")


class Why(NamedTuple):
    """Which convention gives a number. `print` it, and it is a page; it is true where one was found.

    value: the number as it was given; what: (name, shape and form) of each array; ties: the explanations with
    the fewest deviations, none likelier than another; others: those with more; tried: how many conventions
    were looked at; chance: how many of those are expected to agree by chance alone; reasons: why a number is
    NaN or infinite, and what else is worth knowing, with torch code behind its first line; near: the nearest,
    where none gives the number.
    """

    value: str
    what: tuple[tuple[str, str], ...]
    ties: tuple[Candidate, ...] = ()
    others: tuple[Candidate, ...] = ()
    tried: int = 0
    chance: float = 0.0
    reasons: tuple[str, ...] = ()
    near: Candidate | None = None

    def __bool__(self) -> bool:
        return bool(self.ties)

    def __str__(self) -> str:
        return "\n".join(_page(self))

    __repr__ = __str__


def _said(one: Candidate, number: str) -> str:
    """The convention on a page, behind its number where there are several."""
    value = "" if one.value is None else f": {one.value:.7g}"
    lines = [_filled(f"{one.says}{value}", number, "  "), code(one.call)]
    lines += [_filled(f"- {name}: {says}", "  ", "    ") for name, says in one.slips]
    if one.right:
        times = ", times T^2" if "**2" in one.call else ""
        lines.append(f"  This is the mean KL per distribution{times}: it is right.")
    elif one.write:
        lines += [f"  The mean KL per distribution is {one.mean_kl:.7g}. Write:", code(one.write)]
    return "\n".join(lines)


def _page(why: Why) -> list[str]:
    widest = max(len(name) for name, _ in why.what)
    lines = [_filled(f"{name:<{widest}}  {says}", "", " " * (widest + 2)) for name, says in why.what]
    lines += ["", _filled(_heading(why), "", "")]
    shown = why.ties[:SHOWN]
    for place, candidate in enumerate(shown, 1):
        lines += ["", _said(candidate, f"{place}. " if len(shown) > 1 else "")]
    if len(why.ties) > SHOWN:
        lines += ["", f"and {len(why.ties) - SHOWN} more with as few deviations."]
    for reason in why.reasons:
        says, _, call = reason.partition("\n")
        lines += ["", _filled(says, "", "  "), *([code(call)] if call else [])]
    if why.near is not None:
        lines += ["", _filled("Near, not equal:", "", ""), str(why.near)]
    return [*lines, *_others(why)]


def _heading(why: Why) -> str:
    if not why.ties:
        return (
            f"No convention was found that gives {why.value} ({why.tried:,} tried)."
            if why.tried
            else (f"No reason was found for {why.value}." if not why.reasons else f"Why {why.value}:")
        )
    count = len(why.ties)
    if why.tried == 0:
        return f"This gives {why.value}:" if count == 1 else f"Each of these {count} gives {why.value}:"
    head = (
        f"This gives {why.value}"
        if count == 1
        else f"Each of these {count} gives {why.value}, and none is likelier"
    )
    head += f" ({why.tried:,} conventions tried)."
    if why.chance >= 0.05:
        head += f" By chance alone, about {why.chance:.1f} of them would: more digits tell them apart."
    return head


def _others(why: Why) -> list[str]:
    if not why.others:
        return []
    lines = ["", "With more deviations, these give it too:"]
    for candidate in why.others[:SHOWN]:
        names = ", ".join(name for name, _ in candidate.slips)
        lines.append(_filled(f"- {candidate.says} ({names})", "", "  "))
    rest = len(why.others) - SHOWN
    return [*lines, *([f"- and {rest} more"] if rest > 0 else [])]


def _filled(text: str, first: str, rest: str) -> str:
    return fill(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def code(text: str) -> str:
    """Torch code, indented; a long line is broken inside brackets, where Python lets it be."""
    return "\n".join(part for line in text.splitlines() for part in _broken(line))


def _broken(line: str) -> list[str]:
    parts, start, depth, last = list[str](), 0, 0, 0
    for place, letter in enumerate(line):
        depth += (letter in "([") - (letter in ")]")
        if place - start > WIDTH - 8 and last > start:
            parts.append(line[start:last])
            start = last + 1
        if letter == " " and depth:
            last = place
    return [("    " if n == 0 else "      ") + part for n, part in enumerate([*parts, line[start:]])]

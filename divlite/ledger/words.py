"""A ledger as a table: a row a part, and one sentence that says what it is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import Ledger
    from .masses import Masses

WIDTH, LABEL, NUMBER = 80, 12, 14
NONE = 1e-13  # of a mass: less than this is rounding


def page(found: Ledger) -> str:
    """The parts and the total, then the same as libraries sum it."""
    x, c = found.grid.x, found.factor
    integral = math.isclose(c, 1.0, rel_tol=1e-9)
    heads = f"{'':{LABEL}}{'this sum':>{NUMBER}}" + ("" if integral else f"{'integral':>{NUMBER}}")
    lines = [
        f"sum of w p log(p/q), in nats, on {x.size:,} points from {x[0]:g} to {x[-1]:g}",
        "",
        heads,
    ]
    for name, value, words in rows(found):
        numbers = f"{name:{LABEL}}{value:>{NUMBER}.7g}" + ("" if integral else f"{value / c:>{NUMBER}.7g}")
        lines += _beside(numbers, words)
    if not integral:
        unit = f"The weights sum to {c:.6g} for each unit of x: 'this sum' is {c:.6g} times 'integral'."
        lines += ["", *wrap(unit, WIDTH)]
    lines += ["", "the arrays p and q, as libraries sum them, without weights"]
    widest = max(map(len, found.printed))
    lines += [f"  {call:<{widest}}  {value:>{NUMBER}.7g}" for call, value in found.printed.items()]
    return "\n".join(lines)


def rows(found: Ledger) -> Iterator[tuple[str, float, str]]:
    """(the name of a field, its value, a sentence)."""
    p, q = found.p_masses, found.q_masses
    yield "shape", found.shape, _shape(found)
    same = f"P and Q have the same mass, {p.whole:.4g}, so this part is 0."
    a, b = f"{p.whole:.4g}", f"{q.whole:.4g}"
    differ = f"P has mass {a} and Q has mass {b}, which makes {a} log({a}/{b}) as an integral."
    yield "mass", found.mass, same if math.isclose(p.whole, q.whole, rel_tol=NONE) else differ
    yield "truncation", found.truncation, _truncation(p, q)
    missed = f"{_off(p.grid - p.window, p.window)} for P and {_off(q.grid - q.window, q.window)} for Q"
    yield (
        "spacing",
        found.spacing,
        f"The sums over the points differ from these masses: {missed}.",
    )
    yield "total", found.total, _total(found)
    yield "generalised", found.generalised, "The total with Q's sum added and P's taken away: never below 0."


def _shape(found: Ledger) -> str:
    if math.isinf(found.shape):
        return "Infinite: Q is 0 at a point where P is not."
    kl, mass = f"{found.normalised:.5g}", f"{found.p_masses.grid:.4g}"
    return f"The KL of P and Q, each scaled to mass 1 on the grid: {kl}; times P's mass there, {mass}."


def _truncation(p: Masses, q: Masses) -> str:
    parts = [
        f"{_lost(masses.whole - masses.window, masses.whole)} of {name}"
        for name, masses in (("P", p), ("Q", q))
        if masses.known
    ]
    tables = [f" {name} is known on the grid alone." for name, of in (("P", p), ("Q", q)) if not of.known]
    cut = f"The window leaves out {' and '.join(parts)}." if parts else "Nothing is left out:"
    return cut + "".join(tables)


def _total(found: Ledger) -> str:
    words = "The sum of the four parts: forward KL on this grid."
    return words + " Below 0, so no KL between distributions." if found.total < 0 else words


def _lost(mass: float, whole: float) -> str:
    return "nothing" if abs(mass) <= NONE * whole else f"{mass:.3g}"


def _off(mass: float, window: float) -> str:
    return "0" if abs(mass) <= NONE * max(window, 1.0) else f"{mass:+.3g}"


def _beside(numbers: str, words: str) -> list[str]:
    """The sentence beside its numbers, and below itself where it is long."""
    first, *others = wrap(words, WIDTH - len(numbers) - 2)
    return [f"{numbers}  {first}", *(f"{'':{len(numbers) + 2}}{line}" for line in others)]

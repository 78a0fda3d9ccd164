"""What the user's own numbers show: masses, zeros, NaN, gradients that are not finite, precision."""

from collections.abc import Iterator

import numpy as np

from ... import masses
from ..._types import Array
from ...language import joined, phrase
from ..report import Finding, Report
from . import composed, naming, probes, words
from .cores import BY_NAME, summed
from .gradients import Judged
from .lines import tempered
from .meant import Meant
from .meant import finding as said
from .naming import Named
from .probes import Asked, Probes
from .readings import Taken, right

MOST_SHOWN = 4


def unexplained(
    asked: Asked, meant: Meant, value: float, why: tuple[str, ...], drawn: Probes | None = None
) -> Report:
    """The report on what no composition gives; with the arguments where it is farthest from what is meant."""
    worst = () if drawn is None else _worst(asked, meant, drawn)
    return Report("unexplained", "", notes=why, value=value, worst=worst)


def _worst(asked: Asked, meant: Meant, drawn: Probes) -> tuple[tuple[str, float, float], ...]:
    due = _meant(asked, meant, drawn)
    order = np.argsort(-np.nan_to_num(np.abs(drawn.values - due), nan=0.0), kind="stable")[:MOST_SHOWN]
    return tuple((_short(drawn, int(n)), float(drawn.values[n]), float(due[n])) for n in order)


def _meant(asked: Asked, meant: Meant, drawn: Probes) -> Array:
    """What is meant, at the probes; NaN where that was not said."""
    core = BY_NAME.get(meant.loss)
    if core is None:
        return np.full(len(drawn.values), np.nan)
    of = [
        right(a, Taken(form, asked.axis))
        for a, form in zip((drawn.first, drawn.second), asked.forms, strict=True)
    ]
    with np.errstate(all="ignore"):
        total = summed(core.rows(of[1 - asked.fit], of[asked.fit], asked.axis)) * asked.dx
    return total if meant.mean == "sum" else total / probes.rows(drawn.sizes)


def _short(drawn: Probes, n: int) -> str:
    numbers = ", ".join(f"{number:.3g}" for number in np.ravel(drawn.first[n])[:3])
    known = {"n": n + 1, "count": len(drawn.values), "numbers": numbers}
    return phrase("argument {n} of {count}: {numbers} ...", **known)


def findings(asked: Asked, meant: Meant, one: Named, value: float) -> list[Finding]:
    """What is wrong with the arguments: no distributions, or numbers for which the value is not finite."""
    if not np.isfinite(value):
        return list(_not_finite(asked, meant, value))
    return list(_masses(asked, meant))


def _masses(asked: Asked, meant: Meant) -> Iterator[Finding]:
    for place, side in ((asked.fit, meant.q), (1 - asked.fit, meant.p)):
        a, form = asked.arguments[place], asked.forms[place]
        if form not in ("probabilities", "log_probabilities") or not a.ndim:
            continue
        with np.errstate(over="ignore"):
            mass = masses.extreme(np.exp(a) if form == "log_probabilities" else a, asked.axis)
        if abs(mass - 1.0) > masses.NEAR:
            evidence, n = phrase("mass {:.4g}", mass), f"{mass:.4g}"
            yield said("not a distribution", meant, side, evidence, n=n, axis=str(asked.axis))


def _not_finite(asked: Asked, meant: Meant, value: float) -> Iterator[Finding]:
    if any(a.size == 0 for a in asked.arguments):
        yield said("empty", meant)
        return
    with np.errstate(all="ignore"):
        p, q = (
            np.exp(right(asked.arguments[i], Taken(asked.forms[i], asked.axis)).log)
            for i in (1 - asked.fit, asked.fit)
        )
    p, q = np.broadcast_arrays(p, q)
    zeros = [("zero times log", (p == 0.0) | ((q == 0.0) & (p == 0.0))), ("infinite", (p > 0.0) & (q == 0.0))]
    names = ["zero times log", "infinite"] if np.isnan(value) else ["infinite"]
    for name, where in zeros:
        if name in names and where.any():
            given = name == "infinite" and _none_given(asked)[where].all()
            slip = "infinite as given" if given else name
            yield said(slip, meant, n=places(where), evidence=phrase("value {}", value))
            return


def _none_given(asked: Asked) -> Array:
    """Where the fit's argument itself says that there is no probability, and not its rounding."""
    a = asked.arguments[asked.fit]
    none = a == (0.0 if asked.forms[asked.fit] in ("probabilities", "densities") else -np.inf)
    return np.broadcast_to(none, asked.full)


def places(where: Array) -> str:
    """The first of the places where something holds, in words."""
    found = [tuple(int(i) for i in at) for at in np.argwhere(where)]
    shown = ", ".join(str(at[0] if len(at) == 1 else at) for at in found[:MOST_SHOWN])
    if len(found) <= MOST_SHOWN:
        return phrase("index {}", shown)
    return phrase("index {shown} and {more} more", shown=shown, more=len(found) - MOST_SHOWN)


def of_gradient(judged: Judged, meant: Meant, one: Named) -> list[Finding]:
    """What the probes showed of the gradient of the fit."""
    if not judged.slip:
        return []
    n = judged.says or f"{judged.factor:.6g}"
    of = meant.said(judged.core) if judged.core else ""
    return [said(judged.slip, meant, n=n, value_of=meant.said(one.match.core), gradient_of=of)]


def elsewhere(asked: Asked, one: Named, said: str, value: float) -> tuple[str, ...]:
    """A note where the user's own arguments give another number than the composition does."""
    made = composed.composed(asked, one)
    if not np.isfinite(value) or not np.isfinite(made) or composed.holds(one, value, made):
        return ()
    note = phrase(
        "With random arguments it is {said}. For your own arguments the function gives {value:.6g} "
        "and this form gives {made:.6g}: look for a clamp, a mask or a branch that they reach.",
        said=said,
        value=value,
        made=made,
    )
    return (note,)


def expected(asked: Asked, meant: Meant, one: Named) -> float:
    """What was meant, for the user's own arguments: the loss, reduced as meant."""
    name = meant.loss or one.match.core.name
    core = BY_NAME.get(name)
    if core is None:
        return float("nan")
    if not all(asked.full):
        return float("nan")
    warm = max(one.match.pair.p.temperature, one.match.pair.q.temperature, key=lambda t: abs(np.log(t)))
    warm = warm if asked.temperature == 1.0 else asked.temperature
    pair = tempered(one.match.pair, "both", warm)
    p, q = pair.split(*asked.one)
    with np.errstate(all="ignore"):
        of_rows = core.rows(right(p, pair.p), right(q, pair.q), asked.axis)
        weights = 1.0 if one.match.weights is None else one.match.weights
        total = float(summed(of_rows * weights)[0]) * asked.dx
    total *= warm**2 if one.factor.powers.get("T") == 2 else 1.0
    in_all = one.summed or meant.mean == "sum"
    return total / naming.count(one.match, probes.sizes(asked, asked.full), in_all)


def _shape(one: Named) -> str:
    def length(name: str, n: float) -> str:
        if name == "classes":
            return phrase("{:g} classes", n)
        return phrase("{axis} of length {n:g}", axis=words.axis(name), n=n)

    return joined("{0}, {1}", [length(name, n) for name, n in one.sizes.items()])


def _least(weights: Array) -> float:
    """The least of those that count."""
    return float(weights[weights != 0.0].min())


def notes(asked: Asked, meant: Meant, one: Named, drawn: Probes) -> Iterator[str]:
    """What is worth knowing and no slip."""
    if not drawn.reduced:
        yield phrase(
            "It gives its terms one by one, and the value above is their sum. A single term of a KL may be "
            "negative."
        )
    if (times := naming.elsewhere(one)) is not None:
        yield phrase(
            "A number that suits this shape alone stands in it: with {shape} it is {times:.6g} times this.",
            shape=_shape(one),
            times=times,
        )
    if one.match.weights is not None and "kept" not in one.sizes:
        yield phrase(
            "The distributions have weights, from {:.4g} to 1 times the largest, "
            "as where each sequence has a mean of its own first. A mean over all of them weighs them alike.",
            _least(one.match.weights),
        )
    if one.match.error > probes.EXACT:
        yield phrase("It computes in float32 within: the composition agrees to {:.0e}.", one.match.error)
    if one.match.core.name == "jeffreys" and not meant.loss:
        yield phrase(
            "This is not the Jensen-Shannon divergence, which compares each side with the mean of both."
        )
    if one.factor.powers.get("T") == 2:
        yield phrase("The factor T^2 keeps the size of the gradients as T grows (Hinton et al. 2015).")

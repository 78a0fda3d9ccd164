"""What a match says to a reader: the sentence, the findings with their figures, the lines to write."""

from collections.abc import Iterator
from math import prod

from ...language import joined, phrase
from .. import vocabulary
from ..report import Finding, Report
from .match import Match, Meant, accepted
from .probes import Fitted, Setting
from .slips import Slip
from .words import Names, described, line, torch_line


def says(best: Match, place: Setting) -> str:
    """What it is, in one sentence without its full stop."""
    formula = best.formula.says
    if place.two:
        text = phrase("{} of two Normals, q and p", formula)
    elif best.formula.name in {"KL(q || p)", "KL(p || q)"}:
        text = phrase("{}, p = N(0, 1)", formula)
    else:
        text = phrase("{} of q to N(0, 1)", formula)
    parts = [text, *_reduced(best, place)]
    if best.factor != 1:
        parts.append(phrase("multiplied by {:g}", best.factor))
    if len(best.slips) == 1:
        parts.append(phrase("but for one of its terms"))
    elif best.slips:
        parts.append(phrase("but for {} of its terms", len(best.slips)))
    return joined("{}, {}", [*parts])


LATENT = {
    0: phrase("summed over the dimensions"),
    -1: phrase("mean over the dimensions"),
    1: phrase("multiplied by the dimensions"),
}


def _reduced(best: Match, place: Setting) -> Iterator[str]:
    if not place.full:
        return
    yield LATENT[best.powers[-1]]
    batch = best.powers[:-1]
    if batch and all(x == -1 for x in batch):
        yield phrase("mean over the batch")
    elif batch and all(x == 0 for x in batch):
        yield phrase("summed over the batch")
    elif batch:
        axes = ", ".join(str(k) for k, x in enumerate(batch) if x == -1)
        yield phrase("mean over axis {} and summed over the rest", axes)


def names(best: Match) -> tuple[str, ...]:
    """The slips of a match, by which two readings are told apart."""
    return (
        best.q,
        best.p,
        best.formula.name,
        *(slip.name for slip in best.slips),
        str(best.powers),
        str(best.factor),
    )


def findings(best: Match, place: Setting, fitted: Fitted, due: str, meant: Meant) -> tuple[Finding, ...]:
    """All slips of a match, in the order in which to mend them."""
    right = line(place, due, meant.mean)
    whole = [*_taken(best, place), *_formula(best, due, meant)]
    terms = [_term(slip, best, place, fitted) for slip in best.slips]
    return tuple(
        vocabulary.finding("normals", name, evidence, factor, line=right, **more)
        for name, more, evidence, factor in [
            *whole,
            *terms,
            *_reductions(best, place, meant.mean),
            *_factor(best),
        ]
    )


Told = tuple[str, dict[str, str], str, float | None]


def _taken(best: Match, place: Setting) -> list[Told]:
    pairs = {(place.q, best.q), (place.p, best.p)} if place.two else {(place.q, best.q)}
    evidence = phrase("read so, the terms of the function agree on all random arguments")
    found: list[Told] = [
        ("parametrisation", {"given": given, "taken": taken}, evidence, None)
        for given, taken in sorted(pairs)
        if given != taken
    ]
    if best.exchanged:
        order = ", ".join(_exchanged(place))
        found.append(("arguments exchanged", {"given": place.q, "order": order}, evidence, None))
    return found


def _exchanged(place: Setting) -> list[str]:
    pairs = {"mu": place.q, place.q: "mu", "p_mu": f"p_{place.p}", f"p_{place.p}": "p_mu"}
    return [pairs[name] for name in place.given]


def _formula(best: Match, due: str, meant: Meant) -> list[Told]:
    name = best.formula.name
    if meant.prices[name] < 0.5:
        return []
    more = {"found": best.formula.says, "meant": due}
    kind = "direction" if name in {"KL(q || p)", "KL(p || q)"} else "another distance"
    return [(kind, more, phrase("its terms are those of {}", best.formula.says), None)]


def _reductions(best: Match, place: Setting, mean: str | None) -> list[Told]:
    if accepted(best.powers, mean):
        return []
    size, batch = place.full, best.powers[:-1]
    factor = prod(float(n) ** x for n, x in zip(size, best.powers, strict=True))
    evidence = phrase("the factor is {factor:.6g} at the shape {shape}", factor=factor, shape=size)
    found: list[Told] = []
    if best.powers[-1] == -1:
        everything = bool(batch) and all(x == -1 for x in batch)
        name = "mean over everything" if everything else "mean over the latent dimensions"
        of = phrase("{factor}, of {n} dimensions", factor=evidence, n=size[-1])
        found.append((name, {}, of, 1 / size[-1]))
    if batch and mean == "distribution" and any(x != -1 for x in batch):
        found.append(
            (
                "sum over the batch",
                {},
                evidence,
                prod(n for n, x in zip(size, batch, strict=False) if x != -1),
            )
        )
    if batch and mean == "sum" and any(x == -1 for x in batch):
        found.append(
            ("mean over the batch", {}, evidence, 1 / prod(n for n, x in zip(size, batch, strict=False) if x))
        )
    if not found:
        found.append(("factor of the whole", {"factor": f"{factor:g}"}, evidence, factor))
    return found


def _factor(best: Match) -> list[Told]:
    if best.factor == 1:
        return []
    name = {-1.0: "sign of the whole", 2.0: "half forgotten"}.get(best.factor, "factor of the whole")
    evidence = phrase("all its terms are {:.6g} times those of the formula", best.factor)
    return [(name, {"factor": f"{best.factor:.6g}"}, evidence, best.factor)]


def _term(slip: Slip, best: Match, place: Setting, fitted: Fitted) -> Told:
    spelled = spelling(place, fitted)
    found, due = described(slip.found, spelled), described(slip.due, spelled)
    more = {"found": found, "due": due, "code": torch_line(slip.due, spelled)}
    more["factor"] = "0" if slip.factor is None else f"{slip.factor:.6g}"
    if not slip.due and slip.name != "extra term":
        more["due"] = f"{best.formula.constant:.6g}"
        evidence = _constant(best, place, fitted)
    else:
        nothing = phrase("nothing")
        evidence = phrase(
            "in the function {found}, in the formula {due}", found=found or nothing, due=due or nothing
        )
    return slip.name, more, evidence, slip.factor


def _constant(best: Match, place: Setting, fitted: Fitted) -> str:
    weight = best.factor * prod(float(n) ** x for n, x in zip(place.full, best.powers, strict=True))
    due = best.formula.constant * weight * prod(place.full)
    return phrase(
        "the constant is {constant:.6g}; {due:.6g} is due", constant=fitted.constants[0][1], due=due
    )


def spelling(place: Setting, fitted: Fitted) -> Names:
    """The user's names, in the places in which the function has them."""
    plain = ("mu", place.q, "p_mu", f"p_{place.p}")
    mu, number, p_mu, p_number = (plain[1], plain[0], plain[3], plain[2]) if fitted.exchanged else plain
    return Names(fitted.q, fitted.p, mu, number, p_mu, p_number)


def notes(best: Match, place: Setting) -> tuple[str, ...]:
    """What is no slip and worth knowing."""
    found: list[str] = []
    if best.fixed:
        found.append(
            phrase("A size is a fixed number in the function: it is right for the shape {} only.", place.full)
        )
    if not place.full:
        found.append(
            phrase("For single numbers a sum and a mean are the same: to tell them apart, give arrays.")
        )
    return tuple(found)


def elsewhere(best: Match, place: Setting, value: float, right: float) -> Report:
    """Where the sum that fits random arguments does not give the value for the user's own."""
    note = phrase(
        "On random arguments, |mu| below 4 and sigma from 0.3 to 4, it is {}; "
        "not so for your arguments: look for a clamp, a limit or a branch that they reach.",
        says(best, place),
    )
    return Report("unexplained", "", notes=(note,), value=value, expected=right)

"""What a match says to a reader: the sentence, the findings with their figures, the lines to write."""

from collections.abc import Mapping
from math import prod

from ..report import Finding, Report
from .free_bits import FreeBits
from .match import Match, Meant, accepted
from .other_prior import Prior
from .probes import Fitted, Setting
from .slips import SLIPS, Slip
from .words import Names, described, line, torch_line

SIGMA = {
    "log_sigma": "log sigma",
    "log_variance": "log variance",
    "sigma": "sigma",
    "variance": "the variance",
}


def says(best: Match, place: Setting) -> str:
    """What it is, in one sentence without its full stop."""
    whose = "q and p" if place.two else "q and N(0, 1)"
    text = (
        f"{best.formula.says} of two Normals, {whose}"
        if place.two
        else f"{best.formula.says} of q to N(0, 1)"
    )
    if best.formula.name in {"KL(q || p)", "KL(p || q)"} and not place.two:
        text = f"{best.formula.says}, p = N(0, 1)"
    parts = [_reduced(best, place)] + ([f"multiplied by {best.factor:g}"] if best.factor != 1 else [])
    if best.slips:
        count = len(best.slips)
        parts.append(f"but for {count} of its terms" if count > 1 else "but for one of its terms")
    return ", ".join([text, *(part for part in parts if part)])


def _reduced(best: Match, place: Setting) -> str:
    if not place.full:
        return ""
    latent = {
        0: "summed over the dimensions",
        -1: "mean over the dimensions",
        1: "multiplied by the dimensions",
    }
    words = [latent[best.powers[-1]]]
    batch = best.powers[:-1]
    if batch and all(x == -1 for x in batch):
        words.append("mean over the batch")
    elif batch and all(x == 0 for x in batch):
        words.append("summed over the batch")
    elif batch:
        axes = ", ".join(str(k) for k, x in enumerate(batch) if x == -1)
        words.append(f"mean over axis {axes} and summed over the rest")
    return ", ".join(words)


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
    found = [
        _finding(name, more | {"line": right}, evidence, factor) for name, more, evidence, factor in whole
    ]
    found += [_term(slip, best, place, fitted, right) for slip in best.slips]
    reductions = [*_reductions(best, place, meant.mean), *_factor(best)]
    found += [
        _finding(name, more | {"line": right}, evidence, factor)
        for name, more, evidence, factor in reductions
    ]
    return tuple(found)


Told = tuple[str, dict[str, str], str, float | None]


def _finding(name: str, more: Mapping[str, str], evidence: str, factor: float | None) -> Finding:
    said, instead = SLIPS[name]
    return Finding(name, said.format(**more), evidence, instead.format(**more), factor)


def _taken(best: Match, place: Setting) -> list[Told]:
    pairs = {(place.q, best.q), (place.p, best.p)} if place.two else {(place.q, best.q)}
    evidence = "read so, the terms of the function agree on all random arguments"
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
    return [(kind, more, f"its terms are those of {best.formula.says}", None)]


def _reductions(best: Match, place: Setting, mean: str | None) -> list[Told]:
    if accepted(best.powers, mean):
        return []
    size, batch = place.full, best.powers[:-1]
    factor = prod(float(n) ** x for n, x in zip(size, best.powers, strict=True))
    evidence = f"the factor is {factor:.6g} at the shape {size}"
    found: list[Told] = []
    if best.powers[-1] == -1:
        everything = bool(batch) and all(x == -1 for x in batch)
        name = "mean over everything" if everything else "mean over the latent dimensions"
        found.append((name, {}, f"{evidence}, of {size[-1]} dimensions", 1 / size[-1]))
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
    evidence = f"all its terms are {best.factor:.6g} times those of the formula"
    return [(name, {"factor": f"{best.factor:.6g}"}, evidence, best.factor)]


def _term(slip: Slip, best: Match, place: Setting, fitted: Fitted, right: str) -> Finding:
    spelled = spelling(place, fitted)
    found, due = described(slip.found, spelled), described(slip.due, spelled)
    more = {"found": found, "due": due, "code": torch_line(slip.due, spelled), "line": right}
    more["factor"] = "0" if slip.factor is None else f"{slip.factor:.6g}"
    if not slip.due and slip.name != "extra term":
        more["due"] = f"{best.formula.constant:.6g}"
        evidence = _constant(best, place, fitted)
    else:
        evidence = f"in the function {found or 'nothing'}, in the formula {due or 'nothing'}"
    return _finding(slip.name, more, evidence, slip.factor)


def _constant(best: Match, place: Setting, fitted: Fitted) -> str:
    weight = best.factor * prod(float(n) ** x for n, x in zip(place.full, best.powers, strict=True))
    due = best.formula.constant * weight * prod(place.full)
    return f"the constant is {fitted.constants[0][1]:.6g}; {due:.6g} is due"


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
            f"A size is a fixed number in the function: it is right for the shape {place.full} only."
        )
    if not place.full:
        found.append("For single numbers a sum and a mean are the same: to tell them apart, give arrays.")
    return tuple(found)


def clamped(bits: FreeBits, place: Setting, due: str, mean: str | None, value: float, right: float) -> Report:
    """The report of a KL that is not allowed below a number."""
    summed = bits.where.startswith(("for each dimension of", "of the whole"))
    least = f"{bits.least * (bits.weight if summed else 1.0):.6g}"
    evidence = f"where q = p the function is {bits.weight * bits.least:.6g} for each of them, and the KL is 0"
    more = {"factor": least, "where": bits.where, "line": line(place, due, mean)}
    finding = _finding("free bits", more, evidence, None)
    what = f"{due} of Normals, {bits.where} no less than {least} (free bits)"
    return Report(
        "wrong value", what, (finding,), (), ("Free bits may be meant: they keep q from p.",), value, right
    )


def of_prior(prior: Prior, gradient: tuple[Finding, ...], value: float, right: float) -> Report:
    """The report of a right KL to a prior that is not N(0, 1)."""
    tau = f"{prior.tau:.6g}"
    what = f"the Kullback-Leibler divergence KL(q || p), p = N(0, tau^2) with tau = {tau}"
    note = f"The prior has the sigma {tau}. If N(0, 1) is meant, {right:.6g} is its KL here."
    return Report("wrong gradient only" if gradient else "right", what, gradient, (), (note,), value, value)


def elsewhere(best: Match, place: Setting, value: float, right: float) -> Report:
    """Where the sum that fits random arguments does not give the value for the user's own."""
    note = (
        f"On random arguments, |mu| below 4 and sigma from 0.3 to 4, it is {says(best, place)}; "
        "not so for your arguments: look for a clamp, a limit or a branch that they reach."
    )
    return Report("unexplained", "", notes=(note,), value=value, expected=right)

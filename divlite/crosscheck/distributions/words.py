"""A composition in words: the sum, what it is read for, what is done to it, and its factor."""

from collections.abc import Iterator

from ...language import joined, phrase, template
from . import factors, probes
from .matches import Match
from .meant import Meant
from .naming import Named


def what(one: Named, meant: Meant) -> str:
    """What the function computes, in one sentence without a full stop."""
    match = one.match
    said = meant.said(match.core)
    if abs(one.factor.constant) == 0.5 and match.core.name == "jeffreys":
        said = phrase("half of {}", said)
    if one.factor.constant in factors.SIGNED and one.factor.constant < 0.0:
        said = phrase("minus {}", said)
    read = ((meant.p, match.p_slips), (meant.q, match.q_slips))
    clauses = [phrase(READ[slip], x=side.name) for side, slips in read for slip in slips]
    return joined("{}, {}", [said, *clauses, *_inside(match, meant), *outside(one)])


def probe(one: Named, other: Named) -> str:
    """What would tell two factors apart: a length in which they differ."""
    powers = {**one.factor.powers, **other.factor.powers}
    apart = [name for name in powers if one.factor.powers.get(name, 0) != other.factor.powers.get(name, 0)]
    if not apart:
        return phrase("nothing here does: both are the same number for all arguments that the function takes")
    lengths = [phrase("the number of classes") if name == "classes" else axis(name) for name in apart]
    which = joined("{} or {}", lengths)
    return phrase("a call with other arguments, in which {} is another number", which)


READ = {
    "probabilities as input": template("with {x} as probabilities where logarithms are due"),
    "probabilities for logs": template("with {x} as probabilities where logarithms are due"),
    "logs as weights": template("with {x} as logarithms where probabilities are due"),
    "softmax of probabilities": template("with {x} put through a softmax though it has probabilities"),
    "softmax twice": template("with {x} put through softmax twice"),
    "no softmax": template("with {x} used without a softmax"),
    "sigmoid": template("with {x} put through a sigmoid"),
    "axis": template("with {x} normalised along another axis"),
    "probabilities as log target": template("with {x} taken for logarithms"),
}
DONE = {
    "square root": phrase("square root"),
    "absolute value": phrase("absolute value"),
    "clamp": phrase("clamp"),
    "square": phrase("square"),
}


def _inside(match: Match, meant: Meant) -> Iterator[str]:
    p, q = match.pair.p, match.pair.q
    if p.temperature == q.temperature != 1.0:
        yield phrase("at temperature {:g}", p.temperature)
    elif p.temperature != 1.0 or q.temperature != 1.0:
        yield phrase(
            "{p} at temperature {warm_p:g} and {q} at {warm_q:g}",
            p=meant.p.name,
            warm_p=p.temperature,
            q=meant.q.name,
            warm_q=q.temperature,
        )
    if p.smoothing:
        yield phrase("{p} smoothed by {share:g}", p=meant.p.name, share=p.smoothing)
    if match.core.slip == "epsilon":
        yield f"e = {match.core.numbers[0][1]:g}"
    if match.outer:
        yield phrase("the {} of every distribution's sum", DONE[match.outer])
    if match.whole:
        yield phrase("the {} of all", DONE[match.whole])
    if match.offset:
        yield phrase("plus {:.6g}", match.offset)


def outside(one: Named) -> Iterator[str]:
    """The factor in words, one for each part."""
    powers = dict(one.factor.powers)
    share = powers.get("share") == 1
    constant = one.factor.constant
    constant = abs(constant) if constant in factors.SIGNED else constant
    if constant != 1.0 and not (constant == 0.5 and one.match.core.name == "jeffreys"):
        yield phrase("times {}", factors.CONSTANTS.get(constant, f"{constant:.6g}"))
    if probes.rows(one.sizes) > 1.0:
        summed = one.summed or share
        yield phrase("summed over {}", _those(one)) if summed else phrase("mean over {}", _those(one))
    if share and not one.summed:
        powers.pop("share")
    yield from (phrase("times {}", _power(name, n)) for name, n in powers.items() if n > 0)
    yield from (phrase("divided by {}", _power(name, -n)) for name, n in powers.items() if n < 0)
    if share and not one.summed:
        yield phrase("divided by the number of all of them")


MASKED = {
    "kept": phrase("the number of those that count"),
    "share": phrase("the share of those that count"),
}


def _those(one: Named) -> str:
    if one.match.weights is None:
        return phrase("the distributions")
    if "kept" in one.sizes:
        return phrase(
            "{kept:g} of the {rows:g} distributions", kept=one.sizes["kept"], rows=probes.rows(one.sizes)
        )
    return phrase("the distributions, with weights that are not all alike")


def _power(name: str, power: int) -> str:
    known = {"classes": phrase("the number of classes"), "T": "T", "dx": "dx", **MASKED}
    said = known[name] if name in known else phrase("the length of {}", axis(name))
    return said if power == 1 else phrase("{what}^{power}", what=said, power=power)


def axis(name: str) -> str:
    """The name of a size, in words where it is an axis."""
    return phrase("axis {}", name.removeprefix("axis ")) if name.startswith("axis ") else name

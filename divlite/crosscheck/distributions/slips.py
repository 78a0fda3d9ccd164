"""The slips of a composition, in the order in which to mend them."""

import math
from collections.abc import Iterator, Mapping

from ...language import joined, phrase, template
from ..report import Finding
from . import factors
from .meant import Meant, finding
from .naming import Named
from .words import axis


def findings(one: Named, meant: Meant, own: Mapping[str, float]) -> list[Finding]:
    """The slips, in the order in which to mend them; own: the sizes of the user's own arguments."""
    return [
        *_of_readings(one, meant),
        *_of_numbers(one, meant),
        *_of_core(one, meant),
        *_of_factor(one, meant, own),
        *_of_outer(one, meant),
    ]


def _of_readings(one: Named, meant: Meant) -> Iterator[Finding]:
    for slips, side in ((one.match.q_slips, meant.q), (one.match.p_slips, meant.p)):
        yield from (finding(slip, meant, side) for slip in slips)


def _of_numbers(one: Named, meant: Meant) -> Iterator[Finding]:
    p, q, core = one.match.pair.p, one.match.pair.q, one.match.core
    if p.temperature != q.temperature:
        if 1.0 in (p.temperature, q.temperature):
            side = meant.q if p.temperature == 1.0 else meant.p
            yield finding("temperature", meant, side, n=f"{p.temperature * q.temperature:g}")
        else:
            both = phrase("{p:g} and {q:g}", p=p.temperature, q=q.temperature)
            yield finding("two temperatures", meant, n=both)
    elif meant.q.form == "logits" and meant.q.stated not in (1.0, q.temperature):
        yield finding("another temperature", meant, n=f"{q.temperature:g}", stated=f"{meant.q.stated:g}")
    if core.slip == "epsilon":
        yield finding("epsilon", meant, n=f"{core.numbers[0][1]:g}")
    if core.name == "mixture":
        yield from _of_mixture(one, meant)


def _of_mixture(one: Named, meant: Meant) -> Iterator[Finding]:
    known = dict(one.match.core.numbers)
    a, b = known["p"], known["b"]
    if abs(a - (1.0 - b)) < 1e-6 and abs(a - b) > 1e-6:
        yield finding("mixture weights", meant, n=f"{a:.6g}", factor=None)
    elif abs(a - b) < 1e-3 and min(b, 1.0 - b) < 1e-3:
        yield finding("limit", meant, n=f"{b:.7g}")


def _of_core(one: Named, meant: Meant) -> Iterator[Finding]:
    core = one.match.core
    found = meant.said(core)
    if core.slip and core.slip != "epsilon":
        yield finding(core.slip, meant, n=_numbers(one), found=found)
    elif not meant.loss:
        if core.name in ("cross-entropy", "cross-entropy of q"):
            yield finding(ENTROPIES[core.name], meant)
    elif core.name not in SAME.get(meant.loss, (meant.loss,)):
        expected = meant.loss
        if expected in EXPECTED:
            expected = phrase(EXPECTED[expected], p=meant.p.name, q=meant.q.name)
        slip = INSTEAD.get((meant.loss, core.name), "another divergence")
        yield finding(slip, meant, n=_numbers(one), found=found, expected=expected)


def _numbers(one: Named) -> str:
    """What is to be told of the numbers inside."""
    known = dict(one.match.core.numbers)
    return joined(
        "{} to {}",
        [f"{known[name]:.4g}" for name in ("least", "most", "outcomes", "forward-kl") if name in known],
    )


ENTROPIES = {"cross-entropy": "entropy left out", "cross-entropy of q": "entropy of q left out"}
# What is found for what is meant: the slips that have a name.
INSTEAD = {
    ("forward-kl", "reverse-kl"): "swapped",
    ("reverse-kl", "forward-kl"): "swapped",
    ("jensen-shannon", "jeffreys"): "jeffreys for js",
    ("forward-kl", "cross-entropy"): "entropy left out",
    ("forward-kl", "kl and cross-entropy"): "entropy in part",
    ("reverse-kl", "cross-entropy of q"): "entropy of q left out",
}
EXPECTED = {
    "forward-kl": "KL({p} || {q})",
    "reverse-kl": "KL({q} || {p})",
    "jensen-shannon": template("the Jensen-Shannon divergence"),
}
# Equal for distributions, which is what is asked about.
SAME = {"forward-kl": ("forward-kl", "generalised-kl")}


def _of_factor(one: Named, meant: Meant, own: Mapping[str, float]) -> Iterator[Finding]:
    powers, sizes = dict(one.factor.powers), {**one.sizes, **own}
    axes = {name for name in sizes if name.startswith("axis") and one.sizes.get(name, 1.0) > 1.0}
    more = {name for name in axes if powers.get(name) == 1}

    def said(slip: str, names: set[str], inverse: bool = False) -> Finding:
        n = math.prod(sizes[name] for name in names)
        for name in names:
            powers.pop(name)
        return finding(slip, meant, n=f"{n:g}", factor=1.0 / n if inverse else n)

    if meant.mean == "entries":
        for name in {"classes", *axes}:
            powers[name] = powers.get(name, 0) + 1
        powers = {name: power for name, power in powers.items() if power}
        more = set[str]()
    yield from _of_mask(powers, sizes, meant)
    if powers.get("classes") == -1:
        yield said("mean over classes", {"classes"}, True)
    if more and more == axes:
        yield said("sum over distributions", more)
    elif more and "axis 0" not in more:
        yield said("batchmean", more)
    if powers.get("dx") == -1:
        powers.pop("dx")
        yield finding("dx", meant, n=f"{1.0 / sizes['dx']:.6g}", factor=1.0 / sizes["dx"])
    if (power := powers.pop("T", 2)) != 2:
        factor = sizes["T"] ** power
        said_power = "T" if power == 1 else f"T^{power}"
        yield finding("temperature factor", meant, n=f"{said_power} = {factor:.4g}", factor=factor)
    for name, power in powers.items():
        slip, size = "multiplied" if power > 0 else "divided too often", sizes[name]
        n = phrase("the length of {axis}, {size:g}", axis=axis(name), size=size)
        if name == "classes":
            n = phrase("the number of classes, {:g}", size)
        yield finding(slip, meant, n=n, factor=size**power)
    yield from _of_constant(one, meant)


def _of_mask(powers: dict[str, int], sizes: Mapping[str, float], meant: Meant) -> Iterator[Finding]:
    """What the sum over those that count is divided by; the powers that it explains are taken out."""
    if powers.get("share") == 1:
        powers.pop("share")
        kept = sizes["kept"]
        n = phrase("{kept:g} of the {rows:g}", kept=kept, rows=kept / sizes["share"])
        yield finding("mask", meant, n=n, factor=sizes["share"])
    if powers.get("kept") == 1:
        powers.pop("kept")
        over = sizes["axis 0"] if powers.pop("axis 0", 0) == -1 else 1.0
        n = sizes["kept"] / over
        slip = "sum over distributions" if over == 1.0 else "batchmean"
        yield finding(slip, meant, n=f"{n:g}", factor=n)


def _of_constant(one: Named, meant: Meant) -> Iterator[Finding]:
    constant, core = one.factor.constant, one.match.core.name
    if constant in factors.SIGNED and constant < 0.0:
        yield finding("sign", meant, factor=-1.0)
        constant = -constant
    if constant == 1.0 or (constant == 0.5 and core == "jeffreys"):
        return
    words = factors.CONSTANTS.get(constant, f"{constant:.6g}")
    if words.startswith("1/log 2"):
        yield finding("bits", meant, factor=constant)
    elif words.startswith("1/log 10"):
        yield finding("base 10", meant, factor=constant)
    else:
        yield finding("factor", meant, n=words, factor=constant)


def _of_outer(one: Named, meant: Meant) -> Iterator[Finding]:
    match = one.match
    if match.outer:
        yield finding(match.outer, meant, what=phrase("every distribution's divergence"))
    if match.whole:
        yield finding(match.whole, meant, what=phrase("the result"))
    if match.offset:
        yield finding("constant", meant, n=f"{match.offset:.6g}")

"""A composition in words: what it is, its slips, and the lines to write instead."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from . import factors, probes
from .factors import Factor, Seen
from .report import Finding
from .search import Match
from .vocabulary import SLIPS


class Side(NamedTuple):
    """One argument: the name that the function gives it, its form and event axis, its temperature."""

    name: str
    form: str
    axis: int
    temperature: float = 1.0

    @property
    def log(self) -> str:
        """The line that gives its log-probabilities."""
        return {"logits": f"F.log_softmax({self._warm}, {self.axis})", "log": self.name}.get(
            self._kind, f"{self.name}.log()"
        )

    @property
    def prob(self) -> str:
        """The line that gives its probabilities."""
        return {"logits": f"F.softmax({self._warm}, {self.axis})", "log": f"{self.name}.exp()"}.get(
            self._kind, self.name
        )

    @property
    def _kind(self) -> str:
        return "log" if self.form.startswith("log_") else self.form

    @property
    def _warm(self) -> str:
        return self.name if self.temperature == 1.0 else f"{self.name} / {self.temperature:g}"


class Meant(NamedTuple):
    """What is meant: the loss by its name, or "" for whatever it is; mean: "distribution", "sum" or "".

    p, q: the arguments; ndim: of the arrays; reduced: whether the function gives one number.
    """

    loss: str
    mean: str
    p: Side
    q: Side
    ndim: int
    reduced: bool

    @property
    def right(self) -> str:
        """The line that computes what is meant."""
        fit, target = (self.p, self.q) if self.loss == "reverse-kl" else (self.q, self.p)
        if self.loss in ("jensen-shannon", "jeffreys"):
            other = "m.log()" if self.loss == "jensen-shannon" else ""
            first = f"F.kl_div({other or self.q.log}, {self.p.prob}, reduction={self._reduction!r})"
            second = f"F.kl_div({other or self.p.log}, {self.q.prob}, reduction={self._reduction!r})"
            half = "0.5 * " if other else ""
            mixture = f"m = 0.5 * ({self.p.prob} + {self.q.prob})\n" if other else ""
            return f"{mixture}{half}({first} + {second}){self._after}"
        return f"F.kl_div({fit.log}, {target.prob}, reduction={self._reduction!r}){self._after}"

    @property
    def _plain(self) -> bool:
        return self.ndim == 1 or (self.ndim == 2 and self.q.axis == -1)

    @property
    def _reduction(self) -> str:
        if self.ndim == 1 or self.mean == "sum":
            return "sum"
        return "batchmean" if self._plain else "none"

    @property
    def _after(self) -> str:
        return "" if self._plain or self.mean == "sum" else f".sum({self.q.axis}).mean()"


def finding(
    slip: str,
    meant: Meant,
    side: Side | None = None,
    evidence: str = "",
    factor: float | None = None,
    **words: str,
) -> Finding:
    """A slip in the words of this function's arguments."""
    known: dict[str, Any] = {
        "p": meant.p.name,
        "q": meant.q.name,
        "x": side.name if side else "",
        "log_x": side.log if side else "",
        "prob_x": side.prob if side else "",
        "prob_p": meant.p.prob,
        "prob_q": meant.q.prob,
        "right": meant.right,
        "n": "",
    } | words
    says, instead = SLIPS[slip]
    return Finding(slip, says.format(**known), evidence, instead.format(**known), factor)


class Named(NamedTuple):
    """A composition with its factor taken apart, against what is meant."""

    match: Match
    factor: Factor
    sizes: Mapping[str, float]
    summed: bool  # over the distributions, which may be what is meant

    @property
    def price(self) -> int:
        """The slips, all counted."""
        return self.match.slips + self.factor.price + bool(self.match.core.slip)


def named(match: Match, meant: Meant, first: Seen, *others: Seen) -> Named:
    """The composition with the simplest of the factors that make its number, at all shapes that were tried."""
    rows = probes.rows(first.sizes)
    choices = [
        Named(match, factor, _sizes(match, first), summed)
        for summed in _reductions(meant, rows)
        for factor in factors.named(*(_relative(match, seen, summed) for seen in (first, *others)))
    ]
    return min(choices, key=lambda one: (_simple(one, meant), one.summed))


def _relative(match: Match, seen: Seen, summed: bool) -> Seen:
    """The factor against that of the reduction that is meant."""
    rows = 1.0 if summed else probes.rows(seen.sizes)
    return Seen(seen.value * rows / seen.sizes.get("dx", 1.0), _sizes(match, seen))


def _sizes(match: Match, seen: Seen) -> dict[str, float]:
    warm = match.pair.q.temperature
    return dict(seen.sizes) | ({"T": warm} if warm != 1.0 else {})


def _reductions(meant: Meant, rows: float) -> tuple[bool, ...]:
    if not meant.reduced or meant.mean in ("sum", "entries"):
        return (True,)
    return (False,) if meant.mean == "distribution" or rows == 1.0 else (False, True)


def _simple(one: Named, meant: Meant) -> int:
    half = one.factor.constant == 0.5 and one.match.core.name == "jeffreys"
    return one.price - half


def what(one: Named, meant: Meant) -> str:
    """What the function computes, in one sentence without a full stop."""
    match = one.match
    said = match.core.says.format(p=meant.p.name, q=meant.q.name)
    if one.factor.constant == 0.5 and match.core.name == "jeffreys":
        said = f"half of {said}"
    if one.factor.constant == -1.0:
        said = f"minus {said}"
    clauses = [
        *(f"with {meant.p.name} {READ[slip]}" for slip in match.p_slips),
        *(f"with {meant.q.name} {READ[slip]}" for slip in match.q_slips),
        *_inside(match, meant),
        *_outside(one),
    ]
    return ", ".join([said, *clauses])


READ = {
    "probabilities as input": "as probabilities where logarithms are due",
    "probabilities for logs": "as probabilities where logarithms are due",
    "logs as weights": "as logarithms where probabilities are due",
    "softmax of probabilities": "put through a softmax though it has probabilities",
    "softmax twice": "put through softmax twice",
    "no softmax": "used without a softmax",
    "sigmoid": "put through a sigmoid",
    "axis": "normalised along another axis",
    "probabilities as log target": "taken for logarithms",
}


def _inside(match: Match, meant: Meant) -> Iterator[str]:
    p, q = match.pair.p, match.pair.q
    if p.temperature == q.temperature != 1.0:
        yield f"at temperature {p.temperature:g}"
    elif p.temperature != 1.0 or q.temperature != 1.0:
        yield f"{meant.p.name} at temperature {p.temperature:g} and {meant.q.name} at {q.temperature:g}"
    if p.smoothing:
        yield f"{meant.p.name} smoothed by {p.smoothing:g}"
    if match.core.slip == "epsilon":
        yield f"e = {match.core.numbers[0][1]:g}"
    if match.outer:
        yield f"the {match.outer} of every distribution's sum"
    if match.whole:
        yield f"the {match.whole} of all"
    if match.offset:
        yield f"plus {match.offset:.6g}"


def _outside(one: Named) -> Iterator[str]:
    times = [f"times {_power(name, power)}" for name, power in one.factor.powers.items() if power > 0]
    over = [f"divided by {_power(name, -power)}" for name, power in one.factor.powers.items() if power < 0]
    constant = one.factor.constant
    if constant not in (1.0, -1.0) and not (constant == 0.5 and one.match.core.name == "jeffreys"):
        yield f"times {factors.CONSTANTS.get(constant, f'{constant:.6g}')}"
    if probes.rows(one.sizes) > 1.0:
        yield "summed over the distributions" if one.summed else "mean over the distributions"
    yield from (*times, *over)


def _power(name: str, power: int) -> str:
    said = {"classes": "the number of classes", "T": "T", "dx": "dx"}.get(name, f"the length of {name}")
    return said if power == 1 else f"{said}^{power}"


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
            yield finding("two temperatures", meant, n=f"{p.temperature:g} and {q.temperature:g}")
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
    found = core.says.format(p=meant.p.name, q=meant.q.name)
    if core.slip and core.slip != "epsilon":
        yield finding(core.slip, meant)
    elif not meant.loss:
        if core.name in ("cross-entropy", "cross-entropy of q"):
            yield finding(ENTROPIES[core.name], meant)
    elif core.name not in SAME.get(meant.loss, (meant.loss,)):
        expected = EXPECTED.get(meant.loss, meant.loss).format(p=meant.p.name, q=meant.q.name)
        slip = INSTEAD.get((meant.loss, core.name), "another divergence")
        yield finding(slip, meant, found=found, expected=expected)


ENTROPIES = {"cross-entropy": "entropy left out", "cross-entropy of q": "entropy of q left out"}
# What is found for what is meant: the slips that have a name.
INSTEAD = {
    ("forward-kl", "reverse-kl"): "swapped",
    ("reverse-kl", "forward-kl"): "swapped",
    ("jensen-shannon", "jeffreys"): "jeffreys for js",
    ("forward-kl", "cross-entropy"): "entropy left out",
    ("reverse-kl", "cross-entropy of q"): "entropy of q left out",
}
EXPECTED = {
    "forward-kl": "KL({p} || {q})",
    "reverse-kl": "KL({q} || {p})",
    "jensen-shannon": "the Jensen-Shannon divergence",
}
# Equal for distributions, which is what is asked about.
SAME = {"forward-kl": ("forward-kl", "generalised-kl")}


def _of_factor(one: Named, meant: Meant, own: Mapping[str, float]) -> Iterator[Finding]:
    powers, sizes = dict(one.factor.powers), {**one.sizes, **own}
    axes = {name for name in sizes if name.startswith("axis") and one.sizes.get(name, 1.0) > 1.0}
    more = {name for name in axes if powers.get(name) == 1}

    def said(slip: str, names: set[str], inverse: bool = False) -> Finding:
        n = factors.math.prod(sizes[name] for name in names)
        for name in names:
            powers.pop(name)
        return finding(slip, meant, n=f"{n:g}", factor=1.0 / n if inverse else n)

    if meant.mean == "entries":
        for name in {"classes", *axes}:
            powers[name] = powers.get(name, 0) + 1
        powers = {name: power for name, power in powers.items() if power}
        more = set[str]()
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
        yield finding("temperature factor", meant, n=f"T^{power}", factor=sizes["T"] ** power)
    for name, power in powers.items():
        n = f"the {'number' if name == 'classes' else 'length'} of {name}, {sizes[name]:g}"
        yield finding(
            "multiplied" if power > 0 else "divided too often", meant, n=n, factor=sizes[name] ** power
        )
    yield from _of_constant(one, meant)


def _of_constant(one: Named, meant: Meant) -> Iterator[Finding]:
    constant, core = one.factor.constant, one.match.core.name
    if constant == 1.0 or (constant == 0.5 and core == "jeffreys"):
        return
    words = factors.CONSTANTS.get(constant, f"{constant:.6g}")
    if constant == -1.0:
        yield finding("sign", meant, factor=-1.0)
    elif words.startswith("1/log 2"):
        yield finding("bits", meant, factor=constant)
    elif words.startswith("1/log 10"):
        yield finding("base 10", meant, factor=constant)
    else:
        yield finding("factor", meant, n=words, factor=constant)


def _of_outer(one: Named, meant: Meant) -> Iterator[Finding]:
    match = one.match
    if match.outer:
        yield finding(match.outer, meant, what="every distribution's divergence")
    if match.whole:
        yield finding(match.whole, meant, what="the result")
    if match.offset:
        yield finding("constant", meant, n=f"{match.offset:.6g}")

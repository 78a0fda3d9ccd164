"""What can be said of a loss from its formulas alone: computed on symbols, and nothing typed or measured."""

from typing import Any, NamedTuple

from . import _check


class Facts(NamedTuple):
    """What follows from the formulas of a loss; None is what does not, or what SymPy does not find.

    family: the theorems that it belongs to. symmetric: P and Q can be exchanged. kink: its derivative jumps.
    degree: L grows as c^degree if what is seen of P and of Q becomes c times as large;
    degree_of_q: if that of Q alone does.
    Of a loss of one sum over densities, as SymPy expressions in p and q, without the weight:
    p_is_0, q_is_0: what a point costs where p, or q, is 0; d_p_is_0, d_q_is_0: the sensitivity there.
    Of an f-divergence, with u = p/q and the sensitivity w q g(u):
    slope, curvature: f'(1), f''(1), where f has no kink.
    pull: the limit of g(u)/u for a mode that Q has left.
    bound: f(0) + f*(0), which L is never above where both masses are 1.
    never_negative: "always", or for "equal masses".
    """

    family: str
    symmetric: bool | None
    kink: bool
    degree: Any
    degree_of_q: Any
    p_is_0: Any = None
    q_is_0: Any = None
    d_p_is_0: Any = None
    d_q_is_0: Any = None
    slope: Any = None
    curvature: Any = None
    pull: Any = None
    bound: Any = None
    never_negative: str | None = None

    def __repr__(self) -> str:
        rows = [(name, words, getattr(self, name)) for name, words in WORDS.items()]
        shown = [(words, _shown(name, value)) for name, words, value in rows if value is not None]
        width = max(len(words) for words, _ in shown)
        return "\n".join(f"{words:<{width}}  {value}" for words, value in shown)


WORDS = {
    "family": "family",
    "symmetric": "P and Q can be exchanged",
    "never_negative": "never below 0",
    "bound": "with masses 1",
    "p_is_0": "where p is 0, a point costs",
    "q_is_0": "where q is 0, a point costs",
    "d_p_is_0": "where p is 0, the sensitivity is",
    "d_q_is_0": "where q is 0, the sensitivity is",
    "pull": "pull of a mode that Q has left, times w p",
    "slope": "f'(1)",
    "curvature": "f''(1), forward KL has 1",
    "degree": "grows with both as the power",
    "degree_of_q": "grows with Q alone as the power",
    "kink": "has a kink",
}


def _shown(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    shown = str(value).replace("oo", "inf")
    return shown if name != "bound" else "no bound" if shown == "inf" else f"at most {shown}"


def facts(loss: Any) -> Facts:
    """What can be said of a loss from its formulas alone: `Facts`, which print as a table.

    Raises: ValueError for what is no loss, and for formulas that cannot be run on symbols.
    """
    checked = _check.loss(loss)
    from .derive.theorems import csiszar, pointwise  # SymPy takes a third of a second

    one = pointwise.of(checked)
    seen = [math.xreplace({pointwise.k: pointwise.i}) for math in one.pair]
    found = Facts(
        family(checked, one.value is None),
        pointwise.is_symmetric(checked),
        one.kink,
        pointwise.degree(checked, *seen),
        pointwise.degree(checked, seen[1]),
    )
    if one.densities and one.value is not None:
        limits = (pointwise.at_0(math, zero) for math in (one.value, one.slope) for zero in one.pair)
        found = found._replace(**dict(zip(("p_is_0", "q_is_0", "d_p_is_0", "d_q_is_0"), limits, strict=True)))
    f = csiszar.of_loss(checked)
    if f is None:
        return found
    return found._replace(
        slope=None if f.kink else f.slope,
        curvature=None if f.kink else f.curvature,
        pull=f.pull,
        bound=f.alone + f.missed,
        never_negative=(None if not f.convex else "always" if f.slope == 0 else "equal masses"),
    )


def family(loss: Any, several: bool) -> str:
    """The theorems that a loss belongs to, by the formulas that it has."""
    if several:
        return "function of several sums"
    named = {"f": "f-divergence", "phi": "Bregman divergence", "h": "distance"}
    return ", ".join(words for name, words in named.items() if hasattr(loss, name)) or "no theorem: one sum"

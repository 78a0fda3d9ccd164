"""Make docs/optima.md anew: `python docs/optima.py`. It searches for the optima of 15 losses and targets."""

import math
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import divlite as dl
from divlite.articles import FIVE, forward_vs_reverse_kl, understanding_kl
from divlite.articles.report import published

PAGE = Path(__file__).resolve().parent / "optima.md"
STARTS = 16, 12  # along mu and along log sigma
NEAR = 0.01  # sigma: a printed end this near to a minimum is at it
FEW = 0.01  # of the starts

HEAD = f"""# Where each loss ends

The optima of five losses for the articles' targets, as `dl.optima` finds them from {math.prod(STARTS)}
starts. The starts stand evenly in mu and in log sigma: mu over the window of the grid, and sigma from twice
the distance of two points to the width of the window. "Starts" is the share of these from which a descent
ends there.

At a minimum the gradient is 0 to rounding, and both eigenvalues of the second derivatives are above 0; at
kinks the loss rises in every direction. "At the border" means that the loss falls on outside this box.
"Flat" means that within one sigma the loss changes by less than its rounding error; this is so at many
places, and none is named. Ends of less than {FEW:.0%} of the starts are left out.

The last column has what an article printed, beside the minimum that is downhill from there: "at it" is
within {NEAR:g} sigma. The second article prints the loss alone, so the place is that of the same fit run
again. Its KLs are smoothed, as there.

The tests find the same minima in another way: they refine the lowest points of a fine map of the loss.
"""

TAIL = """
## What is to be learnt

- **Forward KL has one minimum for each of these targets.** Q has the mean and the standard deviation of P
  on the grid. The first article's 10,000 steps stopped on the way to it.
- **The others can have several.** For the first target MSE and the cosine have three each: one at each mode,
  and a less deep one over both. MSE from N(0, 1) ends at a mode. From N(0, 5), which the article did not
  try, it ends over both.
- **Reverse KL and L1 also lead out of the window.** From a third of the starts or more they end at the
  border of the box, with Q wide or with its centre at the edge. Outside the grid nothing is summed.
- **From some narrow starts L1 does not move.** It is flat where Q's mass lies where P is next to 0.
- **Reverse KL at a mode that is far from the others is about -log of the mode's weight.** So the lowest
  minimum is at the heaviest mode. A start near another mode stays there all the same. For the last target:
{weights}
- **A share is no probability.** It says how much of this box leads to an end. Another box has other shares.
"""


class Target(NamedTuple):
    """A target of an article: what it is called, P, the grid, the five losses, and its printed ends.

    printed: (the loss, the start, the end of the fit, what was printed there).
    """

    title: str
    p: Any
    grid: dl.Grid
    losses: tuple[Any, ...]
    printed: tuple[tuple[Any, Any, Any, str], ...]


def first() -> Target:
    """The first article's: its rows have mu and sigma."""
    article = published(understanding_kl.NAME)
    parts = tuple(dl.Normal(c["mu"], c["sigma"]) for c in article["target"]["components"])
    p = dl.Mixture(tuple(article["target"]["weights"]), parts)
    printed = tuple(
        (
            understanding_kl.LOSSES[run["loss"]],
            dl.Normal(float(run["mu0"]), float(run["sigma0"])),
            dl.Normal(float(run["rows"][-1]["mu"]), float(run["rows"][-1]["sigma"])),
            "mu = {mu}, sigma = {sigma}".format(**run["rows"][-1]),
        )
        for run in article["runs"]
    )
    grid = dl.Grid.linspace(**article["grid"], weights=article["reduction"])
    return Target("First article: N(-5, 1) + N(10, 1)", p, grid, FIVE, printed)


def second(name: str) -> Target:
    """The second article's of that name: it prints the loss alone, so its fits are run again."""
    article = published(forward_vs_reverse_kl.NAME)
    honest = dl.Grid.linspace(**article["grid"], weights=article["reduction"])
    grid = dl.Grid(honest.x, forward_vs_reverse_kl.MASS * honest.w)
    epsilon = article["smoothing"] / forward_vs_reverse_kl.MASS
    forward, reverse = dl.Smoothed(dl.ForwardKL(), epsilon), dl.Smoothed(dl.ReverseKL(), epsilon)
    printed: list[tuple[Any, Any, Any, str]] = []
    runs = [run for run in article["runs"] if run["name"] == name]
    target = runs[0]["target"]
    parts = tuple(map(forward_vs_reverse_kl.normal, target["mu"], target["s2"]))
    p = dl.Mixture(tuple(target["weights"]), parts)
    for run in runs:
        loss = forward if run["direction"] == "forward" else reverse
        how, start = run["optimizer"], forward_vs_reverse_kl.normal(**run["q0"])
        by = dl.sgd(how["lr"]) if how["name"] == "sgd" else dl.adam(how["lr"], epsilon_hat=True)
        moved = dl.Variance(forward_vs_reverse_kl.SCALE)
        path = dl.fit(loss, p, start, grid, optimizer=by, steps=run["steps"], coordinates=moved)
        printed.append((loss, start, path.q, f"loss {run['losses'][-1]}"))
    weights = ", ".join(f"{w:g} at {c.mu:g}" for w, c in zip(p.weights, p.components, strict=True))
    title = f"Second article, {name}: weights {weights}, both with sigma {parts[0].sigma:.4g}"
    return Target(title, p, grid, (forward, reverse, *FIVE[2:]), tuple(printed))


@cache
def targets() -> tuple[Target, ...]:
    return first(), second("small separation"), second("large separation")


@cache
def found(place: int, loss: int) -> dl.Optima:
    """The optima of one of a target's losses."""
    target = targets()[place]
    return dl.optima(target.losses[loss], target.p, target.grid, starts=STARTS)


def page() -> str:
    """The whole page."""
    sections = "".join(map(_section, range(len(targets()))))
    return HEAD + sections + TAIL.format(weights=_weights())


def _weights() -> str:
    """Reverse KL at the two modes of the last target, per unit of P's mass on the grid."""
    target = targets()[-1]
    mass = float((target.grid.w * target.p.prob(target.grid.x)).sum())
    minima = found(len(targets()) - 1, 1).minima
    return "\n".join(
        f"  - at the weight {weight:g} it is {o.loss:.6g}, divided by P's mass in these sums, {mass:.6g}: "
        f"{o.loss / mass:.4f}; -log {weight:g} = {-math.log(weight):.4f}"
        for weight, o in zip(target.p.weights, minima, strict=True)
    )


def _section(place: int) -> str:
    target = targets()[place]
    rows = ["| loss | mu | sigma | value | starts | end | printed |", "|---|---:|---:|---:|---:|---|---|"]
    for k, loss in enumerate(target.losses):
        ends = found(place, k)
        known = zip((*ends.minima, *ends.others), (*ends.share, *ends.other_share), strict=True)
        printed = [
            (_reached(loss, target, q), _words(loss, target, q0, q, text))
            for q0, q, text in _of(target, loss)
        ]
        for o, share in known:
            if share >= FEW:
                beside = "; ".join(words for q, words in printed if _away(q, o.q) < 1e-6)
                rows.append(_row(loss, o, share, beside))
    return f"\n## {target.title}\n\n" + "\n".join(rows) + "\n"


def _of(target: Target, loss: Any) -> list[tuple[Any, Any, str]]:
    return [(q0, q, text) for its, q0, q, text in target.printed if its == loss]


def _row(loss: Any, o: dl.Optimum, share: float, beside: str) -> str:
    mu = 0.0 if abs(o.q.mu) < 1e-9 else o.q.mu
    name = dl.loss_name(getattr(loss, "loss", loss))
    place = " | ".join("-" if o.verdict == "flat" else f"{u:.6g}" for u in (mu, o.q.sigma))
    cells = f"{name} | {place} | {_short(o.loss)} | {share:.0%} | {o.verdict}"
    return f"| {cells} | {beside} |"


def _short(loss: float) -> str:
    """Below 1e-10 only rounding is left of a sum of terms of some 0.01."""
    return "0" if abs(loss) < 1e-10 else f"{loss:.6g}"


def _reached(loss: Any, target: Target, q: Any) -> Any:
    """The optimum downhill from where a printed fit stopped."""
    return dl.solve(loss, target.p, q, target.grid).q


def _words(loss: Any, target: Target, q0: Any, q: Any, text: str) -> str:
    far = _away(q, _reached(loss, target, q))
    where = "at it" if far < NEAR else f"on the way, {far:.1g} sigma before it"
    return f"from ({q0.mu:g}, {q0.sigma:.3g}): {text}: {where}"


def _away(q: Any, other: Any) -> float:
    """The distance of two places in sigmas of the second, of mu or of sigma, the larger one."""
    return max(abs(q.mu - other.mu), abs(q.sigma - other.sigma)) / other.sigma


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

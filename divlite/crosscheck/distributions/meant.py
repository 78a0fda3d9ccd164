"""What is meant, in the names of the function's own arguments; a slip in these words."""

from functools import cache
from typing import Any, NamedTuple

from ...losses import LOSSES
from ...losses.protocol import loss_name
from .. import vocabulary
from ..report import Finding
from .cores import Core

# The terms of losses that are no sums of KLs.
TERMS = {
    "mse": "({p} - {q}) ** 2",
    "l1": "({p} - {q}).abs()",
    "total-variation": "0.5 * ({p} - {q}).abs()",
    "squared-hellinger": "0.5 * ({p}.sqrt() - {q}.sqrt()) ** 2",
    "triangular": "({p} - {q}) ** 2 / ({p} + {q})",
    "pearson": "({p} - {q}) ** 2 / {q}",
    "neyman": "({p} - {q}) ** 2 / {p}",
}


# The losses for which F.kl_div is a line; for the others of the catalogue none is known.
KLS = ("forward-kl", "reverse-kl", "jensen-shannon", "jeffreys")


@cache
def _without_line() -> frozenset[str]:
    """The losses of the catalogue for which there is no line to write."""
    return frozenset(map(loss_name, LOSSES)) - {*TERMS, *KLS}


class Side(NamedTuple):
    """One argument: the name that the function gives it, its form and event axis, its temperature.

    stated: the temperature that is meant, 1 where nothing is said of it.
    """

    name: str
    form: str
    axis: int
    temperature: float = 1.0
    stated: float = 1.0

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

    p, q: the arguments; ndim: of the arrays; reduced: whether the function gives one number;
    times: what follows, for a temperature; found: the sum that the function has, by its name.
    """

    loss: str
    mean: str
    p: Side
    q: Side
    ndim: int
    reduced: bool
    times: str = ""
    found: str = ""

    def said(self, core: Core) -> str:
        """What a sum is, of these arguments."""
        return core.says(p=self.p.name, q=self.q.name)

    @property
    def right(self) -> str:
        """The line that computes what is meant; where no loss is, the one that was found; "" for none."""
        loss = self.loss or self.found
        if loss == "cosine":
            return f"-F.cosine_similarity({self.q.prob}, {self.p.prob}, dim={self.q.axis}).mean(){self.times}"
        if loss in _without_line():
            return ""
        fit, target = (self.p, self.q) if loss == "reverse-kl" else (self.q, self.p)
        if loss in TERMS:
            terms = TERMS[loss].format(p=self.p.prob, q=self.q.prob)
            rows = f"({terms}).sum({self.q.axis})"
            return (
                rows + ("" if self.ndim == 1 else ".sum()" if self.mean == "sum" else ".mean()") + self.times
            )
        if loss in ("jensen-shannon", "jeffreys"):
            other = "m.log()" if loss == "jensen-shannon" else ""
            first = f"F.kl_div({other or self.q.log}, {self.p.prob}, reduction={self.reduction!r})"
            second = f"F.kl_div({other or self.p.log}, {self.q.prob}, reduction={self.reduction!r})"
            half = "0.5 * " if other else ""
            mixture = f"m = 0.5 * ({self.p.prob} + {self.q.prob})\n" if other else ""
            return f"{mixture}{half}({first} + {second}){self._after}{self.times}"
        return f"F.kl_div({fit.log}, {target.prob}, reduction={self.reduction!r}){self._after}{self.times}"

    @property
    def _plain(self) -> bool:
        return self.ndim == 1 or (self.ndim == 2 and self.q.axis == -1)

    @property
    def reduction(self) -> str:
        """The reduction of F.kl_div that is meant."""
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
        "log_q": meant.q.log,
        "reduction": meant.reduction,
        "n": "",
    } | words
    return vocabulary.finding("distributions", slip, evidence, factor, **known)

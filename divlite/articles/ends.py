"""Where an article's fit stopped, beside the certified optimum downhill from there, and its start's basin."""

from collections.abc import Callable

from .._types import Family
from ..descent.optimum import Optimum
from ..destination import VERDICTS, destination
from ..fitting import Fit
from ..language import phrase


def remarks(path: Fit, where: Callable[[Family], str], decimals: int) -> tuple[str, ...]:
    """A line each; where: how the article names the parameters of Q; decimals: of the loss."""

    def at(q: Family, loss: float) -> str:
        return phrase("{place}  loss = {loss}", place=where(q), loss=f"{loss:.{decimals}f}")

    def judged(end: Optimum) -> str:
        return phrase("{place}  {verdict}", place=at(end.q, end.loss), verdict=VERDICTS[end.verdict])

    optimum, of_start = ends = destination(path)
    stopped = phrase("stopped at  {}", at(path.q, path.loss[-1]))
    if optimum is None or of_start is None:
        return (stopped, phrase("no optimum: the loss is not finite at both ends of the fit"))
    found = phrase("optimum at  {}", judged(optimum))
    if ends.same:
        return (stopped, found, phrase("the start lies in the basin of this optimum"))
    return (stopped, found, phrase("the start lies in the basin of another one: {}", judged(of_start)))

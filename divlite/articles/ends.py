"""Where an article's fit stopped, beside the certified optimum downhill from there, and its start's basin."""

from collections.abc import Callable

from .._types import Family
from ..destination import destination
from ..fitting import Fit


def remarks(path: Fit, where: Callable[[Family], str], decimals: int) -> tuple[str, ...]:
    """A line each; where: how the article names the parameters of Q; decimals: of the loss."""
    optimum, of_start = ends = destination(path)
    stopped = f"stopped at  {where(path.q)}  loss = {path.loss[-1]:.{decimals}f}"
    if optimum is None or of_start is None:
        return (stopped, "no optimum: the loss is not finite at both ends of the fit")
    found = f"optimum at  {where(optimum.q)}  loss = {optimum.loss:.{decimals}f}  {optimum.verdict}"
    if ends.same:
        return (stopped, found, "the start lies in the basin of this optimum")
    other = f"{where(of_start.q)}  loss = {of_start.loss:.{decimals}f}  {of_start.verdict}"
    return (stopped, found, f"the start lies in the basin of another one: {other}")

"""A loss taken on a grid, between the articles' P and a Q of any family."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from .. import _check, chain, families
from .._types import Array, Family, Loss
from ..coordinates import NAMED
from ..evidence import Evidence
from ..evidence.experiment import GRID, START, TARGET
from ..families import location_scale
from ..language import joined, phrase, template
from ..losses.protocol import d_finish, dot, loss_name, summary
from ..numpy_backend import total
from ..objective import problem, value_and_grad
from ..setting import Setting

EXPERIMENT = phrase(
    "This is the experiment of the first article. $P$ is the sum of two Normals with means -5 and 10 "
    "and standard deviation 1, so the area under it is 2. The grid has 1,000 points from -15 to 15, each of "
    "weight 1/1000: sums are means."
)


class OnGrid(NamedTuple):
    """This loss, at this Q."""

    loss: Loss
    q: Family = START
    wrt: str | None = None
    coordinate: str = "sigma"

    @property
    def name(self) -> str:
        return loss_name(self.loss)

    @property
    def summary(self) -> str:
        return phrase("{}.", joined("{}: {}", [phrase(part) for part in summary(self.loss).split(": ")]))

    def asked(self, wrt: str | None, coordinate: str | None, at: Any) -> "OnGrid":
        q = families.checked(START if at is None else at, "at")
        if not 1e-100 < q.prob(GRID.x).max() < 1e100:
            name = type(q).__name__
            expected = f"a {name} that is seen on the grid, from -15 to 15"
            _check.fail("at", expected, f"{name}({q.mu:g}, {q.sigma:g})")
        return OnGrid(self.loss, q, wrt, coordinate or "sigma")

    def request(self) -> Any:
        from ..derive.request import request

        return request(self.wrt, self.coordinate, self.q)

    def derivation(self) -> Any:
        from ..derive.parts import derivation

        return derivation(self.loss, self.request())

    def evidence(self) -> Evidence:
        from ..derive import run
        from ..evidence import numbers

        posed = problem(self.loss, TARGET, GRID, self.q, "numpy")
        theta = self.q.mu, self.q.sigma
        terms, vectors = _terms(posed.setting, *theta), _vectors(posed.setting, self.q)
        of_q, of_loss = numbers.of_q(self.q), run.numbers(self.loss)
        first = "mu" if self.wrt in (None, "mu") else self.request().symbol
        k = int(np.argmax(np.abs(terms[first != "mu"])))
        here = [f"${symbol.base}[k] = {u[k]:.4g}$" for symbol, u in vectors.items() if symbol.is_Indexed]
        hardest = template("$k$ is the point that pulls hardest on ${parameter}$: {numbers}.")
        point = phrase(hardest, parameter=str(first), numbers=joined("{0}, {1}", here))
        return Evidence(
            words=joined("{} {}", [EXPERIMENT, _where(self.q, of_q, of_loss), point]),
            known=vectors | of_q | of_loss,
            k=k,
            library=dict(self._library()),
            functions=_functions(posed.setting),
            measured=posed.evaluate,
            theta=theta,
            unit=self.q.sigma,
            size=math.hypot(*(float(np.sum(np.abs(u))) for u in terms)),
        )

    def by_torch(self) -> tuple[float, ...]:
        _, d = value_and_grad(self.loss, TARGET, self.q, GRID, "torch")
        return d.mu, d.sigma

    def _library(self) -> Iterator[tuple[str, dict[str, float]]]:
        """What the library's own functions give for the same numbers."""
        value, d = value_and_grad(self.loss, TARGET, self.q, GRID, "numpy")
        yield "dl.value_and_grad(loss, p, q, grid)", {"L": value, "dL/dmu": d.mu, "dL/dsigma": d.sigma}
        if self.coordinate != "sigma" and self.wrt != "mu":
            moved = NAMED[self.coordinate]
            slope = d.sigma * moved.d_sigma(self.q.sigma)
            yield f"times dl.{type(moved).__name__}().d_sigma(sigma)", {f"dL/d{self.request().symbol}": slope}


def _where(q: Family, of_q: Mapping[Any, float], of_loss: Mapping[Any, float]) -> str:
    """The numbers that are put in for Q's own symbols, and for those of the loss."""
    from ..derive.reasons import listed

    family = phrase(type(q).__name__)
    at, has = (listed([f"${symbol} = {u:.4g}$" for symbol, u in of.items()]) for of in (of_q, of_loss))
    if not of_loss:
        return phrase("$Q$ is the {family} with {at}.", family=family, at=at)
    return phrase("$Q$ is the {family} with {at}, and the loss has {has}.", family=family, at=at, has=has)


def _terms(here: Setting, mu: float, sigma: float) -> tuple[Array, Array]:
    """What is summed over the points for dL/dmu and for dL/dsigma."""
    with np.errstate(all="ignore"):
        at = location_scale.place(here.family, mu, sigma)
        f, d_mu, d_sigma = chain.integrand(here.loss, here.view, here.family, at, *here.table)
        d = d_finish(here.loss, total(f))
        return dot(d, d_mu), dot(d, d_sigma)


def _vectors(here: Setting, q: Family) -> dict[Any, Array]:
    """The numbers at the points, by their symbols."""
    from ..derive import notation, run
    from ..derive.notation import i

    (x, w), (points, *of_p, weights), symbols = here.grid, here.table, run.seen(here.loss, i)
    of_q = chain.seen(here.view, here.family, location_scale.place(here.family, q.mu, q.sigma), points)[:2]
    shown = dict(zip((*symbols.of_p, *symbols.of_q), (*of_p, *of_q), strict=True))
    named = {symbol: u for symbol, u in shown.items() if symbol.is_Indexed or symbol.args[0].is_Indexed}
    others = {notation.p[i]: weights / w} if symbols.weight.has(notation.p) else {}
    others |= {notation.q[i]: q.prob(x), notation.z[i]: (x - q.mu) / q.sigma}
    return {notation.x[i]: x, notation.w[i]: w} | named | others | named


def _functions(here: Setting) -> Iterator[Callable[..., Any]]:
    """The formulas of the loss and of the loss in it, the chain rule, what it calls of the view and of Q."""
    losses: list[Any] = [here.loss]
    for loss in losses:
        names = ("of_p", "value", here.view.derivative, "finish", "d_finish")
        yield from (getattr(loss, name).__func__ for name in names if hasattr(loss, name))
        losses += [field for field in loss if hasattr(field, "value")]
    found: list[Any] = [chain.integrand, chain.assemble, type(here.view).seen, location_scale.place]
    for function in found:
        called = (_formula(name, here.family) for name in function.__code__.co_names)
        found += [formula for formula in called if formula is not None and formula not in found]
    yield from found


def _formula(name: str, family: Family) -> Any:
    """The family's own formula of that name, or the one that all families share."""
    homes = (type(family), type(family).__module__), (location_scale, location_scale.__name__)
    found = ((getattr(home, name, None), module) for home, module in homes)
    return next(
        (formula for formula, module in found if getattr(formula, "__module__", None) == module), None
    )

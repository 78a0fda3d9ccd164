"""A loss taken on a grid, between the articles' P and a Q of any family."""

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from .. import _check, chain, families, setting
from .._types import Array, Family, Loss
from ..coordinates import NAMED
from ..evidence import Evidence, Measured
from ..evidence.experiment import GRID, START, TARGET
from ..families import location_scale
from ..losses.protocol import d_finish, dot, loss_name
from ..numpy_backend import total
from ..objective import problem, value_and_grad
from ..setting import Setting

WORDS = (
    "This is the experiment of the first article. P is the sum of two Normals with means -5 and 10 and "
    "standard deviation 1, so the area under it is 2. The grid has 1,000 points from -15 to 15, each of "
    "weight 1/1000: sums are means. Q is the {family} with {scalars}. $k$ is the point that pulls hardest on "
    "${first}$: {vectors}."
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
        return (sys.modules[type(self.loss).__module__].__doc__ or "").partition("\n")[0]

    def asked(self, wrt: str | None, coordinate: str | None, at: Any) -> "OnGrid":
        q = families.checked(START if at is None else at, "at")
        if not 1e-100 < q.prob(GRID.x).max() < 1e100:
            kind = type(q).__name__
            expected = f"a {kind} that is seen on the grid, from -15 to 15"
            _check.fail("at", expected, f"{kind}({q.mu:g}, {q.sigma:g})")
        return OnGrid(self.loss, q, wrt, coordinate or "sigma")

    def derivation(self) -> Any:
        from ..derive.parts import derivation

        return derivation(self.loss, self._request())

    def evidence(self) -> Evidence:
        from ..evidence.numbers import coordinates, scalars

        request, here = self._request(), setting.checked(self.loss, TARGET, GRID, self.q)
        terms, parameters, vectors = _terms(here, self.q), scalars(self.q, self.loss), _vectors(here, self.q)
        k = int(np.argmax(np.abs(terms[0 if request.mu else 1])))
        *others, last = (f"${symbol} = {u:.4g}$" for symbol, u in parameters.items())
        words = WORDS.format(
            family=type(self.q).__name__,
            scalars=f"{', '.join(others)} and {last}",
            first="mu" if request.mu else request.symbol,
            vectors=", ".join(f"${symbol.base}[k] = {u[k]:.4g}$" for symbol, u in vectors.items() if symbol.is_Indexed),
        )
        known = coordinates(self.q.sigma) | parameters | vectors
        return Evidence(words, known, k, tuple(self._library(request)), tuple(_functions(here)), self._measured(terms))

    def by_torch(self) -> tuple[float, ...]:
        return tuple(value_and_grad(self.loss, TARGET, self.q, GRID, "torch")[1][:2])

    def _request(self) -> Any:
        from ..derive.request import request

        return request(self.wrt, self.coordinate, self.q)

    def _library(self, request: Any) -> Iterator[tuple[str, Mapping[str, float]]]:
        """What the library's own functions give for the same numbers."""
        value, (d_mu, d_sigma, *_) = value_and_grad(self.loss, TARGET, self.q, GRID, "numpy")
        yield "dl.value_and_grad(loss, p, q, grid)", {"L": value, "dL/dmu": d_mu, "dL/dsigma": d_sigma}
        if request.second and self.coordinate != "sigma":
            moved = NAMED[self.coordinate]
            d = d_sigma * moved.d_sigma(self.q.sigma)
            yield f"times dl.{type(moved).__name__}().d_sigma(sigma)", {f"dL/d{request.symbol}": d}

    def _measured(self, terms: tuple[Array, Array]) -> Measured:
        evaluate = problem(self.loss, TARGET, GRID, self.q, "numpy").evaluate
        theta = self.q.mu, self.q.sigma
        value, *gradient = evaluate(*theta)
        size = float(np.hypot(*(np.sum(np.abs(u)) for u in terms))) + abs(value) / self.q.sigma
        return Measured(tuple(gradient), lambda there: evaluate(*there)[0], theta, 3e-5 * self.q.sigma, size)


def _terms(here: Setting, q: Family) -> tuple[Array, Array]:
    """What is summed over the points for dL/dmu and for dL/dsigma."""
    at = location_scale.place(here.family, q.mu, q.sigma)
    with np.errstate(all="ignore"):
        f, d_mu, d_sigma = chain.integrand(here.loss, here.view, here.family, at, *here.table)
        d = d_finish(here.loss, total(f))
        return dot(d, d_mu), dot(d, d_sigma)


def _vectors(here: Setting, q: Family) -> dict[Any, Array]:
    """The numbers at the points, by their symbols."""
    from ..derive import notation, run
    from ..derive.notation import i

    (x, w), (points, *of_p, weights) = here.grid, here.table
    at = location_scale.place(here.family, q.mu, q.sigma)
    of_q = chain.seen(here.view, here.family, at, points)[:2]
    seen = run.seen(here.loss, i)
    shown = dict(zip((*seen.of_p, *seen.of_q), (*of_p, *of_q), strict=True))
    names = {s: u for s, u in shown.items() if s.is_Indexed or s.args[0].is_Indexed}
    others = {notation.q[i]: q.prob(x), notation.z[i]: (x - q.mu) / q.sigma}
    return {notation.x[i]: x, notation.w[i]: w} | names | others | names


def _functions(here: Setting) -> Iterator[Callable[..., Any]]:
    """The formulas of the loss and of the loss in it, what the view shows of Q, and the chain rule."""
    losses: list[Any] = [here.loss]
    for loss in losses:
        methods = ("value", here.view.derivative, "finish", "d_finish")
        yield from (getattr(type(loss), name) for name in methods if hasattr(loss, name))
        losses += [field for field in loss if hasattr(field, "value")]
    shown: list[Any] = [location_scale.place, type(here.view).seen]
    for function in shown:
        shown += [f for name in function.__code__.co_names if (f := _formula(name, here.family)) not in (None, *shown)]
    yield from (*shown, chain.integrand, chain.assemble)


def _formula(name: str, family: Family) -> Any:
    """The family's own formula of that name, or the one that all families share."""
    own, shared = getattr(type(family), name, None), getattr(location_scale, name, None)
    homes = (own, type(family).__module__), (shared, location_scale.__name__)
    return next((f for f, home in homes if getattr(f, "__module__", None) == home), None)

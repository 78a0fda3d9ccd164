"""A loss computed in a format of few bits, step by step: from log densities, and by exp, then log."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .. import numpy_backend
from .._types import Loss
from ..chain import seen
from ..families import standard
from ..families.location_scale import place
from ..losses.protocol import finish, several, value
from ..setting import Setting
from ..views import DENSITY
from .formats import Format, running
from .traced import Machine, Step, Traced, apart

Inputs = Callable[[Machine], tuple[Traced, ...]]


class Form(NamedTuple):
    """One way to compute a loss: its steps in order, and its result, exact and rounded.

    added: the rounded terms summed without any error, as a wide accumulator has it, and then finished.
    """

    name: str
    steps: tuple[Step, ...]
    exact: float
    rounded: float
    added: float

    @property
    def difference(self) -> float:
        return float(apart(self.rounded, self.exact))

    @property
    def terms(self) -> tuple[Step, ...]:
        """What is summed: one step a sum."""
        return tuple(step for step in self.steps if step.name.startswith("w * term"))

    def step(self, name: str) -> Step:
        """The step of this name, such as "q" or "term"."""
        return next(step for step in self.steps if step.name == name)


def forms(setting: Setting, q: Any, to: Format) -> tuple[Form, ...]:
    """The form that divlite computes, and beside it, where the logs of densities are used, the other one."""
    x, a, b, w = setting.table
    with np.errstate(all="ignore"):
        at = place(standard(q), q.mu, q.sigma)
        c, d, _, _ = seen(setting.view, setting.family, at, x)
    if setting.view != DENSITY:
        names = setting.view.shows.strip("()").split(", ")
        return (_form("from what the loss sees", setting.loss, _given(names, (a, b, c, d)), w, to)[0],)
    first, used = _form("from the log densities", setting.loss, _from_logs(b, d), w, to)
    if not used:
        return (first._replace(name="from the densities"),)
    return first, _form("by exp, then log", setting.loss, _then_log(b, d), w, to)[0]


def _given(names: list[str], values: tuple[Any, ...]) -> Inputs:
    return lambda machine: tuple(map(machine.given, names, values))


def _from_logs(log_p: Any, log_q: Any) -> Inputs:
    """log p and log q rounded once, and p and q computed from them."""

    def inputs(machine: Machine) -> tuple[Traced, ...]:
        given = machine.given("log_p", log_p), machine.given("log_q", log_q)
        p, q = (_called(machine, np.exp(log), name) for log, name in zip(given, "pq", strict=True))
        machine.used.clear()
        return p, given[0], q, given[1]

    return inputs


def _then_log(log_p: Any, log_q: Any) -> Inputs:
    """The logs are given up for p and q, and taken anew from these."""

    def inputs(machine: Machine) -> tuple[Traced, ...]:
        p, given_p, q, given_q = _from_logs(log_p, log_q)(machine)
        new_p, new_q = _logged(machine, p, given_p), _logged(machine, q, given_q)
        return p, new_p, q, new_q

    return inputs


def _logged(machine: Machine, density: Traced, given: Traced) -> Traced:
    """log exp(log p) is exactly log p, also where exp underflows in float64."""
    result = _called(machine, np.log(density), f"log({density.text})")
    result.exact = given.exact
    machine.steps[-1] = machine.steps[-1]._replace(exact=given.exact)
    return result


def _called(machine: Machine, value: Any, name: str) -> Traced:
    result = machine.named(value, name)
    result.text, result.tight = name, 9
    return result


def _form(name: str, loss: Loss, inputs: Inputs, w: Any, to: Format) -> tuple[Form, bool]:
    """The form, and whether the formulas used the logs that they were given."""
    machine = Machine(to)
    try:
        terms = value(loss, *inputs(machine))
        logs = {i for i, step in enumerate(machine.steps) if step.name in ("log_p", "log_q")}
        used = bool(machine.used & logs)
        totals, added = zip(*_sums(machine, terms, w), strict=True)
        whole = totals if several(terms) else totals[0]
        end = machine.lifted(finish(loss, whole))
        if hasattr(loss, "finish"):
            machine.named(end, "loss")
        with np.errstate(all="ignore"):
            wide: Any = finish(loss, added if several(terms) else added[0])
    except Exception as error:  # the formulas may be anyone's
        numpy_backend.failed(loss, error)
    return Form(name, tuple(machine.steps), float(end.exact), float(end.seen), float(wide)), used


def _sums(machine: Machine, terms: Any, w: Any) -> list[tuple[Traced, Any]]:
    """Each sum of weighted terms, as its last partial sum; and the sum of the same terms without errors."""
    result: list[tuple[Traced, Any]] = []
    weight: Any = None
    for k, one in enumerate(terms if several(terms) else (terms,), 1):
        number = f"_{k}" if several(terms) else ""
        term = machine.named(machine.lifted(one), f"term{number}")
        term.text, term.tight = f"term{number}", 9
        weight = weight or machine.given("w", w)
        weighted = machine.named(weight * term, f"w * term{number}")
        result.append(_running(machine, weighted, f"sum{number}"))
    return result


def _running(machine: Machine, weighted: Traced, name: str) -> tuple[Traced, Any]:
    """One addition after the other: at each point the sum so far."""
    sums, exact = running(machine.to, weighted.seen), np.cumsum(weighted.exact)
    before = np.concatenate([[0.0], sums[:-1]])
    with np.errstate(all="ignore"):
        true = before + weighted.seen
        finite = np.isfinite(before) & np.isfinite(weighted.seen)
    machine.done(name, f"sum of {weighted.machine.steps[-1].name}", exact, true, sums, true != 0.0, finite)
    # The exact sum in halves, as the numpy backend takes it.
    total = np.sum(weighted.exact)
    last = Traced(machine, total, sums[-1], name, 9, len(machine.steps) - 1)
    return last, _exactly(weighted.seen)


def _exactly(terms: Any) -> Any:
    """The sum without an error but the last; math.fsum knows no inf."""
    return np.float64(math.fsum(terms)) if np.isfinite(terms).all() else np.sum(terms)

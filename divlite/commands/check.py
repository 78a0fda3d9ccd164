"""`divlite check`: how far the backends are from one another, and from finite differences.

Every error is relative to the numpy backend's result, the core's formulas as they stand:

    value      |L - L_numpy| / |L_numpy|, the largest over many (mu, sigma)
    gradient   |g - g_numpy| / |g_numpy|, lengths of (d_mu, d_sigma): one component can be a sum
               that cancels to almost nothing, and then has no digits of its own. For L1, whose
               gradient does so as a whole, and for differences, over L/sigma where that is larger
    d_log_q    elementwise, on random densities, relative to the largest element
    path       mu, sigma and loss of a whole fit, relative to max(1, |numpy|)
"""

import importlib.util
import math
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from .. import setting
from .._types import Array, Loss
from ..backend import Backend, unheard
from ..backends import resolve
from ..coordinates import Sigma
from ..densities import Normal
from ..derivative import difference
from ..evidence.experiment import GRID, START, TARGET
from ..losses import L1, LOSSES, Smoothed, loss_name
from ..losses.protocol import finish, scale, value
from ..numpy_backend import BACKEND as NUMPY
from ..numpy_backend import total
from ..objective import value_and_grad
from ..optimizers import adam
from .process import say
from .screen import bold

EXACT = 1e-12
PATH = 1e-10
# Where p and q cross, the last bit decides the sign of a term of L1's gradient, and with it a step, lr.
# And once a fit has converged, any gradient is a rounding error, which Adam divides by its own size:
# two right paths then part by about lr. With this lr no fit here converges in 10,000 steps.
PATH_LR, CONVERGED = 1e-3, 10_000
# Fourth-order differences lose five digits to cancellation.
DIFFERENCE = 1e-8


class Row(NamedTuple):
    """One quantity of one loss: the error of each column that has it, and the limit of each."""

    loss: str
    quantity: str
    errors: dict[str, float]
    limits: dict[str, float]

    @property
    def holds(self) -> bool:
        """Whether every error is within its limit; a NaN is not."""
        return all(error <= self.limits[column] for column, error in self.errors.items())


def run(steps: int, quiet: bool = False) -> int:
    """Print the table, or of it only the rows that differ; 0 if every row holds, else 1."""
    others = {"numba": resolve("numba")}
    if importlib.util.find_spec("torch") is not None:
        others["torch"] = resolve("torch")
    losses = (*LOSSES, Smoothed(LOSSES[0], 1e-12))
    columns = (*others, "difference")
    if not quiet:
        say(*heading(steps, columns))
    rows: list[Row] = []
    for loss in tqdm(losses, "check", leave=False, disable=None):
        found = measure(loss, others, steps)
        rows += found
        with tqdm.external_write_mode():
            shown = [line(row, columns) for row in found if not (quiet and row.holds)]
            if shown:
                say(*shown)
    held = sum(row.holds for row in rows)
    if "torch" not in others and not quiet:
        say("", "torch is not installed: in a checkout, pip install '.[torch]' to compare it too")
    say(*([] if quiet else [""]), f"{held} of {len(rows)} rows hold")
    return 0 if held == len(rows) else 1


def heading(steps: int, columns: tuple[str, ...]) -> list[str]:
    """What is compared, and the titles of the columns."""
    others = "".join(f"{column:>9}" for column in columns[:-1])
    return [
        f"relative error against the numpy backend; fits of {steps:,} Adam steps, 1,000 points, float64;",
        "a limit is for the columns before it; differences lose digits, so theirs is larger",
        "",
        bold(f"{'loss':<19} {'quantity':<8}{others}{'limit':>7}{columns[-1]:>12}{'limit':>7}"),
    ]


def line(row: Row, columns: tuple[str, ...]) -> str:
    """A row as text: the backends' errors and their limit, the differences' error and its limit."""

    def cell(numbers: dict[str, float], column: str, width: int, digits: int) -> str:
        shown = column in row.errors
        return f"{numbers[column]:>{width}.{digits}e}" if shown else f"{'-':>{width}}"

    others = "".join(cell(row.errors, column, 9, 1) for column in columns[:-1])
    limits = cell(row.limits, columns[0], 7, 0), cell(row.limits, columns[-1], 7, 0)
    numbers = f"{others}{limits[0]}{cell(row.errors, columns[-1], 12, 1)}{limits[1]}"
    return f"{row.loss:<19} {row.quantity:<8}{numbers}  {'ok' if row.holds else 'DIFFERS'}"


def measure(loss: Loss, others: dict[str, Backend], steps: int) -> list[Row]:
    """The four rows of a loss."""
    name = loss_name(loss) if not isinstance(loss, Smoothed) else f"smoothed {loss_name(loss.loss)}"
    exact = dict.fromkeys(others, EXACT) | {"difference": DIFFERENCE}
    path = dict.fromkeys(others, PATH_LR if isinstance(loss, L1) or steps > CONVERGED else PATH)
    values, gradients = _values_and_gradients(loss, others)
    return [
        Row(name, "value", values, exact),
        Row(name, "gradient", gradients, exact),
        Row(name, "d_log_q", _sensitivities(loss, others), exact),
        Row(name, "path", _paths(loss, others, steps), path),
    ]


def _values_and_gradients(
    loss: Loss, others: dict[str, Backend]
) -> tuple[dict[str, float], dict[str, float]]:
    rng = np.random.default_rng(1)
    values, gradients = dict.fromkeys(others, 0.0), dict.fromkeys((*others, "difference"), 0.0)
    for _ in range(40):
        q = Normal(rng.uniform(-12.0, 12.0), math.exp(rng.uniform(-1.0, 2.0)))
        reference, g = value_and_grad(loss, TARGET, q, GRID, NUMPY)

        def error(other: Normal, at_least: float, g: Normal = g) -> float:
            return math.hypot(other.mu - g.mu, other.sigma - g.sigma) / max(at_least, math.hypot(*g))

        scale_of_loss = abs(reference) / q.sigma

        for name, backend in others.items():
            other, d = value_and_grad(loss, TARGET, q, GRID, backend)
            values[name] = max(values[name], abs(other - reference) / abs(reference))
            gradients[name] = max(gradients[name], error(d, scale_of_loss if isinstance(loss, L1) else 0.0))

        def at(d_mu: float, d_sigma: float, q: Normal = q) -> float:
            return value_and_grad(loss, TARGET, Normal(q.mu + d_mu, q.sigma + d_sigma), GRID, NUMPY)[0]

        h = 3e-5 * q.sigma
        if isinstance(loss, L1) and _crosses(q, 2 * h):
            continue
        numeric = Normal(difference(lambda e: at(e, 0.0), h), difference(lambda e: at(0.0, e), h))
        # A difference of losses has no digits for a gradient far below the loss itself.
        gradients["difference"] = max(gradients["difference"], error(numeric, scale_of_loss))
    return values, gradients


def _crosses(q: Normal, h: float) -> bool:
    """Whether q and the target change places at some point as mu and sigma move by h: L1 has a kink there."""
    near = [Normal(q.mu + a * h, q.sigma + b * h) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    above = np.array([n.log_prob(GRID.x) > TARGET.log_prob(GRID.x) for n in near])
    return bool((above != above[0]).any())


def _sensitivities(loss: Loss, others: dict[str, Backend]) -> dict[str, float]:
    rng = np.random.default_rng(2)
    log_p, log_q, w = rng.normal(-3.0, 2.0, 60), rng.normal(-3.0, 2.0, 60), rng.uniform(0.1, 1.0, 60)
    reference = NUMPY.d_log_q(loss, log_p, log_q, w)

    def error(other: Array) -> float:
        return float(np.max(np.abs(other - reference)) / np.max(np.abs(reference)))

    errors = {name: error(backend.d_log_q(loss, log_p, log_q, w)) for name, backend in others.items()}

    def loss_at(i: int, e: float) -> float:
        moved = log_q.copy()
        moved[i] += e
        terms = value(loss, np.exp(log_p), log_p, np.exp(moved), moved)
        return float(finish(loss, total(scale(terms, w))))

    numeric = [difference(lambda e, i=i: loss_at(i, e), 1e-3) for i in range(log_q.size)]
    return errors | {"difference": error(np.array(numeric))}


def _paths(loss: Loss, others: dict[str, Backend], steps: int) -> dict[str, float]:
    arguments = (setting.checked(loss, TARGET, GRID), START, adam(), steps, Sigma(), unheard)
    reference = np.array(NUMPY.path(*arguments))

    def error(backend: Backend) -> float:
        return float(
            np.max(np.abs(backend.path(*arguments) - reference) / np.maximum(1.0, np.abs(reference)))
        )

    return {name: error(backend) for name, backend in others.items()}

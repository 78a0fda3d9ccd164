"""`divlite check`: how far the backends are from one another, and from finite differences.

Every error is the distance from the numpy backend's result, the core's formulas as they stand, relative to

    value      the sum of |terms| of L and of what a rounding of z makes of them (`rounding`), at many
               (mu, sigma). Where L is infinite, it must be so in every backend
    gradient   the same of (dL/dmu, dL/dsigma), as a length. The gradient itself can cancel to almost
               nothing, and then has no digits of its own. For differences, plus that of L over sigma
    d_log_q    the largest element, elementwise on random densities
    path       max(1, |numpy|): mu, sigma and loss of a whole fit
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
from ..chain import seen
from ..coordinates import Sigma
from ..derivative import difference
from ..evidence.experiment import GRID, START, TARGET
from ..families.location_scale import place
from ..losses import LOSSES, Cosine, ForwardKL, Smoothed
from ..losses.protocol import finish, loss_title, scale, sensitivity, value
from ..numpy_backend import BACKEND as NUMPY
from ..numpy_backend import total
from ..optimizers import adam
from ..rounding import EXACT, jumps, sizes
from ..setting import Setting
from .process import say
from .screen import bold

PATH = 1e-10
# At a kink, or once a fit has converged, the last bit decides a step, lr: a gradient is a rounding error
# there, and Adam divides it by its own size. With this lr no fit here converges in 10,000 steps.
PATH_LR, CONVERGED = 1e-3, 10_000
# Fourth-order differences lose five digits to cancellation.
DIFFERENCE = 1e-9

# With the combinator round a loss of one sum whose logs it is to save, and round one of several.
COMPARED = (*LOSSES, Smoothed(ForwardKL(), 1e-12), Smoothed(Cosine(), 1e-3))


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
    width = max(len(title(loss)) for loss in COMPARED)
    columns = (*others, "difference")
    if not quiet:
        say(*heading(steps, columns, width))
    rows: list[Row] = []
    for loss in tqdm(COMPARED, "check", leave=False, disable=None):
        found = measure(loss, others, steps)
        rows += found
        with tqdm.external_write_mode():
            shown = [line(row, columns, width) for row in found if not (quiet and row.holds)]
            if shown:
                say(*shown)
    held = sum(row.holds for row in rows)
    if "torch" not in others and not quiet:
        say("", "torch is not installed: in a checkout, pip install '.[torch]' to compare it too")
    say(*([] if quiet else [""]), f"{held} of {len(rows)} rows hold")
    return 0 if held == len(rows) else 1


def heading(steps: int, columns: tuple[str, ...], width: int) -> list[str]:
    """What is compared, and the titles of the columns."""
    others = "".join(f"{column:>9}" for column in columns[:-1])
    return [
        "error against the numpy backend, relative to the sum of |terms| and of what rounding makes of them;",
        "a limit is for the columns before it, and larger for differences;",
        f"fits of {steps:,} Adam steps, 1,000 points, float64",
        "",
        bold(f"{'loss':<{width}} {'quantity':<8}{others}{'limit':>7}{columns[-1]:>12}{'limit':>7}"),
    ]


def line(row: Row, columns: tuple[str, ...], width: int) -> str:
    """A row as text: the backends' errors and their limit, the differences' error and its limit."""

    def cell(numbers: dict[str, float], column: str, wide: int, digits: int) -> str:
        shown = column in row.errors
        return f"{numbers[column]:>{wide}.{digits}e}" if shown else f"{'-':>{wide}}"

    others = "".join(cell(row.errors, column, 9, 1) for column in columns[:-1])
    limits = cell(row.limits, columns[0], 7, 0), cell(row.limits, columns[-1], 7, 0)
    numbers = f"{others}{limits[0]}{cell(row.errors, columns[-1], 12, 1)}{limits[1]}"
    return f"{row.loss:<{width}} {row.quantity:<8}{numbers}  {'ok' if row.holds else 'DIFFERS'}"


def title(loss: Loss) -> str:
    """The loss without its numbers: "smoothed forward-kl"."""
    return loss_title(loss).partition(",")[0]


def measure(loss: Loss, others: dict[str, Backend], steps: int) -> list[Row]:
    """The rows of a loss: four, or three if it does not see densities."""
    exact = dict.fromkeys(others, EXACT) | {"difference": DIFFERENCE}
    path = dict.fromkeys(others, PATH_LR if jumps(loss) or steps > CONVERGED else PATH)
    values, gradients = _values_and_gradients(loss, others)
    rows = [Row(title(loss), "value", values, exact), Row(title(loss), "gradient", gradients, exact)]
    if hasattr(loss, "d_log_q"):
        rows.append(Row(title(loss), "d_log_q", _sensitivities(loss, others), exact))
    return [*rows, Row(title(loss), "path", _paths(loss, others, steps), path)]


def _values_and_gradients(
    loss: Loss, others: dict[str, Backend]
) -> tuple[dict[str, float], dict[str, float]]:
    rng = np.random.default_rng(1)
    at = setting.checked(loss, TARGET, GRID)
    reference, backends = NUMPY.evaluate(at), {name: other.evaluate(at) for name, other in others.items()}
    values, gradients = dict.fromkeys(others, 0.0), dict.fromkeys((*others, "difference"), 0.0)
    for _ in range(40):
        mu, sigma = rng.uniform(-12.0, 12.0), math.exp(rng.uniform(-1.0, 2.0))
        value, *g = reference(mu, sigma)
        size, size_of_gradient = sizes(at, mu, sigma)
        if math.isinf(value):
            both = {name: evaluate(mu, sigma)[0] == value for name, evaluate in backends.items()}
            values |= {name: math.inf for name, infinite in both.items() if not infinite}
            continue
        for name, evaluate in backends.items():
            other, *d = evaluate(mu, sigma)
            values[name] = max(values[name], abs(other - value) / size)
            gradients[name] = max(gradients[name], math.dist(d, g) / size_of_gradient)
        h = 3e-5 * sigma
        if not (jumps(loss) and _crosses(at, mu, sigma, 2 * h)):
            numeric = (
                difference(lambda e, mu=mu, sigma=sigma: reference(mu + e, sigma)[0], h),
                difference(lambda e, mu=mu, sigma=sigma: reference(mu, sigma + e)[0], h),
            )
            error = math.dist(numeric, g) / (size_of_gradient + size / sigma)
            gradients["difference"] = max(gradients["difference"], error)
    return values, gradients


def _crosses(at: Setting, mu: float, sigma: float, h: float) -> bool:
    """Whether p and q change places at some point as mu and sigma move by h: a kink lies there."""
    x, a, b, _ = at.table

    def signs(mu: float, sigma: float) -> Array:
        c, d, *_ = seen(at.view, at.family, place(at.family, mu, sigma), x)
        return np.sign(sensitivity(at.loss, a, b, c, d))

    near = [signs(mu + i * h, sigma + j * h) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return any((one != near[0]).any() for one in near)


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

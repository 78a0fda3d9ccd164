"""What becomes of a loss in float32, float16 or bfloat16: every intermediate at every point.

    from the log densities      log_p, log_q -> p = exp(log_p), q = exp(log_q) -> term -> w * term -> sum
    by exp, then log            the same, but for log(p) and log(q), taken from the rounded p and q

`traced` says which machine this is a model of.
"""

from typing import Any, Literal, NamedTuple

from .. import _check, families
from .. import setting as settings
from .._types import Array, Density, Family, Loss
from ..grid import Grid
from .formats import FORMATS
from .forms import Form as Form
from .forms import forms
from .traced import Step as Step

DType = Literal["float32", "bfloat16", "float16"]
MOST = 100_000  # points: some 20 steps of five arrays each


class Microscope(NamedTuple):
    """A loss between p and q in a format of few bits, in one or two forms. `print` it, and it is a page.

    grid: the points with a weight above 0. forms: how the loss is computed; of each its steps, with an
    exact, a rounded and a local array of shape (n,). The second form is there where the first uses the logs
    of the densities.
    """

    loss: Loss
    p: Density
    q: Family
    grid: Grid
    dtype: str
    forms: tuple[Form, ...]

    def at(self, x: float) -> str:
        """Every step at the point nearest to x: exact, rounded and the difference, the forms side by side.

        Raises: ValueError for an x that is not finite.
        """
        from . import words

        (*_, (heading, (table,))) = words.parts(self, nearest(self.grid.x, _check.number("x", x)))
        return "\n".join((heading, *table))

    def __str__(self) -> str:
        from . import words

        return words.page(self)

    __repr__ = __str__


def nearest(points: Array, x: float) -> int:
    """The place of the point nearest to x."""
    return int(abs(points - x).argmin())


def microscope(loss: Loss, p: Density, q: Family, grid: Grid, dtype: DType = "float32") -> Microscope:
    """The rounding errors of a loss, operation by operation: which one, at which point, and how large.

    loss, p, q, grid: as `value_and_grad` takes them; the formulas are the loss's own, for any loss of
    the catalogue or one of yours whose formulas run on arrays. dtype: "float32", "bfloat16" or "float16".

    What the loss sees, such as log p and log q, is computed in float64 and rounded once: the best that a
    machine can begin with. From there on each operation rounds its result to the nearest number of the
    format, and the terms are added one after the other; see `divlite.microscope.traced`. A machine that
    adds in halves, or in a wider format, loses less: that sum is `Form.added`. What is called exact is
    float64's number: below 5e-324 it is 0 too, and counts as an underflow all the same.

    Raises: ValueError naming the argument, what was expected and what was given; for more than 100,000
    points.
    """
    at: Any = families.checked(q)
    to = FORMATS[_check.one_of("dtype", dtype, FORMATS)]
    setting = settings.of(loss, p, grid, families.standard(at))
    if setting.grid.x.size > MOST:
        _check.fail("grid", f"at most {MOST:,} points", f"{setting.grid.x.size:,}")
    return Microscope(setting.loss, setting.p, at, setting.grid, to.name, forms(setting, at, to))

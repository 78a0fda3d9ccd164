"""A learner's own derivation, checked: is this d_log_q the derivative of this value, and if not, why?"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np

from . import _check
from ._types import Array
from .language import Language, checked, phrase, told, wrapping
from .losses.protocol import several
from .slips import Case, likely_slip

Number = TypeVar("Number", float, Array)

STEPS = tuple(0.1 / 2**i for i in range(5))  # in log q; the points keep p further from q than two of them
WIDTHS = 7, 7, 11, 11, 14, 14  # of the columns
RIGHT = phrase("right")
UNKNOWN = phrase(
    "none that is known. Keep p fixed and let q move, everywhere it stands: dq/dlog q = q and "
    "dlog q/dlog q = 1. Then check one term of value at a time."
)
FORMULA = "an elementwise formula of (p, log_p, q, log_q) that writes to none of them"


class DerivativeCheck(NamedTuple):
    """Whether d_log_q is d value/d log q, and where not: arrays of shape (n,), one number a point.

    holds: |given - numeric| <= tolerance at every point; `bool(check)` is the same.
    slip: the likely slip and its cure, in words; None if all is right, or no known slip explains it.
    p, q: the points; given: d_log_q there; numeric: the numeric derivative; tolerance: ten times its
    estimated error. For a loss of several sums, those of the first that is wrong, which `name` names.
    lang: the language in which it prints.
    """

    holds: bool
    slip: str | None
    p: Array
    q: Array
    given: Array
    numeric: Array
    tolerance: Array
    name: str = "d_log_q"
    lang: Language = "en"

    @property
    def error(self) -> float:
        """max |given - numeric| / |numeric|; where numeric is 0, |given| in its place."""
        size = np.abs(self.numeric)
        return float(np.max(np.abs(self.given - self.numeric) / np.where(size > 0.0, size, 1.0)))

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        return "\n".join(self._right() if self.holds else self._wrong())

    def _right(self) -> list[str]:
        says = (
            phrase(
                "{name} is right: the derivative of value with respect to log q at all {n} points.",
                name=self.name,
                n=self.p.size,
            ),
            phrase("Largest relative difference from the numeric one: {:.0e}.", self.error),
        )
        return [told(one, self.lang) for one in says]

    @np.errstate(all="ignore")
    def _wrong(self) -> list[str]:
        n, right = self.p.size, np.abs(self.given - self.numeric) <= self.tolerance
        wrong = phrase(
            "{name} is wrong at {wrong} of {n} points.", name=self.name, wrong=n - right.sum(), n=n
        )
        heads = ("p", "q", "given", "numeric", "given/numeric", "given-numeric")
        lines = [told(wrong, self.lang), "", " ".join(map("{:>{}}".format, heads, WIDTHS))]
        for i in (*np.flatnonzero(~right)[:8], *np.flatnonzero(right)[:4]):
            p, q, g, d = self.p[i], self.q[i], self.given[i], self.numeric[i]
            row = f"{p:7.3g} {q:7.3g} {g:11.4g} {d:11.4g} {g / d:14.4g} {0.0 if right[i] else g - d:14.4g}"
            lines.append(f"{row}  {told(RIGHT, self.lang)}" if right[i] else row)
        slip = phrase("Likely slip: {}", self.slip or UNKNOWN)
        return [*lines, "", *wrapping.wrapped(told(slip, self.lang), 96)]


@np.errstate(all="ignore")
def check_derivative(
    value: Callable[..., Any], d_log_q: Callable[..., Any], *, lang: str = "en"
) -> DerivativeCheck:
    """Is d_log_q = d value/d log q, at fixed p, with q = exp(log q) moving too? Printed, it answers.

    value, d_log_q: elementwise formulas of (p, log_p, q, log_q), arrays of shape (n,), as those of a loss:
    `check_derivative(loss.value, loss.d_log_q)`. For several sums both return tuples; sums that q does
    not enter stand last, and d_log_q may leave them out. lang: "en", "ja" or "zh", in which it prints.

    The points are fixed, p from 0.09 to 1.6, q from 0.01 to 8.5, and half with q > p. The numeric
    derivative is a fourth-order difference, extrapolated (Richardson) over five steps. Its error is
    estimated by how far two orders lie apart, never below the upper quartile of that over the points
    nor rounding; ten times that is the tolerance. Points where it stands out, near a kink of value, are
    left out. A wrong formula is a result and raises nothing.

    Raises: ValueError for what cannot be checked: functions of other arguments, results that are not
    finite float64 numbers of this shape, sums over the points, a value too rough to differentiate.
    """
    spoken, (p, log_p, q, log_q) = checked(lang), (at := points())
    values, given = _elementwise("value", value, *at), _elementwise("d_log_q", d_log_q, *at)
    if values.size == 0:
        _check.fail("value", "an array, or a tuple of them", "()")
    if values.ndim != given.ndim or len(given) > len(values):
        expected, got = ("one array" if a.ndim == 1 else f"a tuple of {len(a)}" for a in (values, given))
        _check.fail("d_log_q", f"{expected}, as value returns", got)
    swapped = _terms("d_log_q", d_log_q, q, log_q, p, log_p)
    by_q = _differentiate(lambda e: _terms("value", value, p, log_p, np.exp(log_q + e), log_q + e))
    by_p = _differentiate(lambda e: _terms("value", value, np.exp(log_p + e), log_p + e, q, log_q))
    count = len(np.atleast_2d(values))
    rows = np.zeros((7, count, p.size))  # a sum that d_log_q leaves out has the derivative 0
    for row, a in zip(rows, (values, given, swapped, *by_q, *by_p), strict=True):
        row[: len(np.atleast_2d(a))] = a
    checks = [_judge(Case(*at, *rows[:, k]))._replace(lang=spoken) for k in range(count)]
    for k, check in enumerate(checks, 1):
        if not check.holds:
            return check if count == 1 else check._replace(name=phrase("sum {} of d_log_q", k))
    return max(checks, key=lambda check: check.error)


def _judge(case: Case) -> DerivativeCheck:
    size, tolerance = np.abs(case.value) + np.abs(case.numeric), case.tolerance
    known = tolerance <= np.maximum(1e-3 * np.abs(case.numeric), 1e-9)
    if np.mean(known) < 0.75:
        i = int(np.argmin(known))
        got = f"{case.numeric[i]:.3g} +- {tolerance[i]:.1g} at p = {case.p[i]:g}, q = {case.q[i]:g}"
        _check.fail("value", "a formula smooth enough to differentiate numerically", got)
    if size.any():
        known &= tolerance <= 1e4 * np.median((tolerance / size)[size > 0.0]) * size
    case = Case(*(_check.frozen(a[known]) for a in case))
    right = np.abs(case.given - case.numeric) <= case.tolerance
    slip = None if right.all() else likely_slip(case, right)
    shown = (case.p, case.q, case.given, case.numeric, case.tolerance)
    return DerivativeCheck(bool(right.all()), slip, *shown)


def points(n: int = 48) -> tuple[Array, Array, Array, Array]:
    """p, log p, q, log q: of three digits, so that they can be tried by hand, and none near p = q.

    Nor is p, q, p - q, q/p or p/q a multiple of 0.05, as 0.1 and 1 are: there the cases of a formula meet.
    """
    rng = np.random.default_rng(54)
    log_p = rng.uniform(-2.5, 0.5, 2 * n)
    gap = rng.uniform(0.3, 2.0, 2 * n) * np.resize((1.0, -1.0), 2 * n)
    p, q = (np.array([float(f"{x:.3g}") for x in np.exp(a)]) for a in (log_p, log_p + gap))
    twenties = 20.0 * np.array((p, q, p - q, q / p, p / q))
    clear = (np.abs(twenties - np.round(twenties)) > 1e-6).all(axis=0)
    p, q = p[clear][:n], q[clear][:n]
    return p, np.log(p), q, np.log(q)


def difference(f: Callable[[float], Number], h: float) -> Number:
    """f'(0), to fourth order: (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h."""
    return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)


def _differentiate(f: Callable[[float], Array]) -> tuple[Array, Array]:
    """f'(0) for each of its numbers, and ten times the estimated error: the best of a Romberg tableau."""
    eps, tiny = np.finfo(float).eps, np.finfo(float).tiny
    table = [difference(f, h) for h in STEPS]
    size = np.abs(f(0.0)) + np.abs(table[-1])
    best, error = table[-1], np.full(size.shape, np.inf)
    for order in (4, 6, 8):
        finer = [b + (b - a) / (2**order - 1) for a, b in pairwise(table)]
        coarser, fine = np.stack(table), np.stack(finer)
        aparts = np.maximum(np.abs(fine - coarser[:-1]), np.abs(fine - coarser[1:]))
        # Two orders can agree by luck at one point, but not at three quarters of them.
        commons = np.quantile(aparts / (size + tiny), 0.75, axis=-1, keepdims=True)
        for h, c, apart, common in zip(STEPS[-len(finer) :], finer, aparts, commons, strict=True):
            estimate = np.maximum(apart, (common + eps / h) * size)
            best, error = np.where(estimate < error, c, best), np.minimum(estimate, error)
        table = finer
    return best, 10.0 * error


def _elementwise(name: str, f: Any, *at: Array) -> Array:
    terms, of_half = _terms(name, f, *at), _terms(name, f, *(a[::2] for a in at))
    if not np.allclose(terms[..., ::2], of_half, rtol=1e-6, atol=1e-6 * np.max(np.abs(terms), initial=0.0)):
        _check.fail(name, FORMULA, "other numbers from half of the points: does it sum over them?")
    return terms


def _terms(name: str, f: Any, *at: Array) -> Array:
    """f at these points: shape (n,), or (k, n) from a tuple of k."""
    if not callable(f):
        _check.fail(name, FORMULA, _check.shown(f))
    try:
        result: Any = f(*(_check.frozen(a) for a in at))
    except (TypeError, ValueError) as error:
        _check.fail(name, FORMULA, f"{type(error).__name__}: {error}")
    if several(result):
        return np.array([_numbers(name, term, at[0], at[2]) for term in result]).reshape(-1, at[0].size)
    return _numbers(name, result, at[0], at[2])


def _numbers(name: str, term: Any, p: Array, q: Array) -> Array:
    """A term as finite float64 numbers, one a point; a constant is repeated."""
    raw = _check.array(name, term)
    if raw.shape not in ((), p.shape):
        _check.fail(name, f"an array of shape {p.shape}", f"shape {raw.shape}")
    if getattr(term, "dtype", raw.dtype) in (np.float32, np.float16):
        _check.fail(name, "numbers in double precision (float64)", term.dtype)
    numbers = np.broadcast_to(raw, p.shape)
    if not np.isfinite(numbers).all():
        i = int(np.argmin(np.isfinite(numbers)))
        _check.fail(name, "finite numbers", f"{numbers[i]} at p = {p[i]:g}, q = {q[i]:g}")
    return numbers

"""The door between divlite's values and the compiled kernels."""

# pyright: basic
# Numba has no types to check: a compiled function is given its types by its callers.

import numpy as np
from numba.core.errors import NumbaError

from divlite import _check
from divlite.backends import Backend
from divlite.densities import Normal

from . import kernels


def _classes(value):
    """The classes of this value and of the values inside it."""
    if not isinstance(value, tuple):
        return ()
    return (type(value), *(cls for field in value for cls in _classes(field)))


def _kernels(**values):
    for name, value in values.items():
        if not (isinstance(value, tuple) and hasattr(value, "_fields")):
            expected = 'a NamedTuple, which the numba backend can compile (backend="numpy" takes any class)'
            _check.fail(name, expected, _check.shown(value))
    return kernels.kernels_of(tuple(cls for value in values.values() for cls in _classes(value)))


def _plain(value):
    """The same value with every number a float: to a compiler an int field is another type."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_plain(field) for field in value))
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return value
    return float(value)


def _tables(p, grid):
    log_p = _check.frozen(p.log_prob(grid.x))
    return grid.x, _check.frozen(np.exp(log_p)), log_p, grid.w


def _call(kernel, loss, *arguments):
    try:
        return kernel(_plain(loss), *arguments)
    except NumbaError as error:
        # Behind the first line, which is always the same, and its likes.
        lines = [line.strip() for line in str(error).splitlines()[1:]]
        reason = next((line for line in lines if line and not line.startswith(("There", "No impl"))), "")
        names = ", ".join(type(value).__name__ for value in (loss, *arguments) if hasattr(value, "_fields"))
        expected = 'formulas that Numba can compile (backend="numpy" needs no compiler)'
        raise ValueError(f"loss: expected {expected}, got {names}: {reason}") from error


def value_and_grad(loss, p, q, grid):
    evaluate, *_ = _kernels(loss=loss)
    value, d_mu, d_sigma = _call(evaluate, loss, q.mu, q.sigma, *_tables(p, grid))
    return float(value), Normal(float(d_mu), float(d_sigma))


def d_log_q(loss, log_p, log_q, w):
    _, sensitivity, *_ = _kernels(loss=loss)
    out = np.empty(log_p.size)
    p, q = _check.frozen(np.exp(log_p)), _check.frozen(np.exp(log_q))
    _call(sensitivity, loss, p, log_p, q, log_q, w, out)
    return out


# Points of the grid, times steps, in one call of the compiled loop: some ten ms. Between two calls Python
# looks at what it was sent, Ctrl-C for one; the numbers are the same however many calls there are.
PIECE = 4_000_000


def path(loss, p, q0, grid, optimizer, steps, coordinates, progress):
    _, _, begin, run = _kernels(loss=loss, optimizer=optimizer, coordinates=coordinates)
    tables, paths = _tables(p, grid), tuple(np.full(steps + 1, np.nan) for _ in range(3))
    values = _plain(coordinates), _plain(optimizer)
    mu, (t, states) = q0.mu, _call(begin, *values, q0.sigma)
    done, piece = 0, max(1, PIECE // grid.x.size)
    while done <= steps:
        end = min(done + piece, steps + 1)
        inside, done, mu, t, states = _call(run, loss, *values, mu, t, states, done, end, *tables, *paths)
        if not inside:
            return tuple(a[:done] for a in paths)
        progress(done - 1)
    return paths


BACKEND = Backend("numba", value_and_grad, d_log_q, path)

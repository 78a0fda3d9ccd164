"""The door between divlite's values and the compiled kernels."""

# pyright: basic
# Numba has no types to check: a compiled function is given its types by its callers.

import re
from functools import cache, partial
from typing import Any, NoReturn

import numpy as np
from numba import typeof

from divlite import _check, numpy_backend
from divlite import setting as settings
from divlite.backend import Backend, Ends, one_by_one
from divlite.coordinates import Sigma
from divlite.descent.steps import End, ManyEnds, Search, no_second_derivative
from divlite.losses import protocol
from divlite.optimizers import adam

from . import core, kernels, many, solver


def _classes(value):
    """The classes of this value and of the values inside it."""
    if not isinstance(value, tuple):
        return ()
    return (type(value), *(cls for field in value for cls in _classes(field)))


def _ours(cls):
    return cls.__module__.startswith("divlite.")


def _kernels(make=kernels._kernels, **values):
    for name, value in values.items():
        if not (isinstance(value, tuple) and hasattr(value, "_fields")):
            expected = 'a NamedTuple, which the numba backend can compile (backend="numpy" takes any class)'
            _check.fail(name, expected, _check.shown(value))
    classes = tuple(cls for value in values.values() for cls in _classes(value))
    for cls in classes:
        if not _ours(cls):
            core.adopt(cls)
    return kernels.kernels_of(classes, make)


def _plain(value: Any) -> Any:
    """The same value with every number a float: to a compiler an int field is another type."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_plain(field) for field in value))
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return value
    return float(value)


@np.errstate(over="ignore")
def _density(log_p):
    return _check.frozen(np.exp(log_p))


def _call(kernel, *arguments):
    try:
        return kernel(*arguments)
    except Exception as error:  # Numba's own, and what its inner parts raise over a formula they cannot take
        _not_compiled([v for v in arguments if hasattr(v, "_fields")], error)


def _machine_code(kernel, *arguments):
    """The kernel for values of these types. It takes no others: Numba does not look at them at each call."""
    return kernel.compile(tuple(map(typeof, arguments)))


def _not_compiled(values, error) -> NoReturn:
    """Say of whose value, by the role it has, what stood in the way, and what to write in its place."""
    values = [v.as_given() if hasattr(v, "as_given") else v for v in values]
    value = next((v for v in values if not all(map(_ours, _classes(v)))), values[0])
    roles = {
        "optimizer": "step",
        "coordinates": "to_sigma",
        "loss": "value",
        "q": "log_kernel",
        "view": "seen",
    }
    role = next(name for name, method in roles.items() if hasattr(value, method))
    if odd := _odd_fields(value):
        expected = 'fields that are numbers or NamedTuples (backend="numpy" takes any)'
        raise ValueError(f"{role}: expected {expected}, got {odd[0]}") from error
    if role == "loss":
        numpy_backend.tried(value)  # where plain Python fails too, its words are the plainer ones
    expected = 'formulas that Numba can compile (backend="numpy" compiles nothing)'
    raise ValueError(f"{role}: expected {expected}, got {_check.shown(value)}: {_reason(error)}") from error


def _odd_fields(value):
    """The fields of this value, and of the values inside it, that Numba has no type for."""
    if not isinstance(value, tuple):
        return []
    inner = [odd for field in value for odd in _odd_fields(field)]
    known = int | float | np.number | str | tuple | None
    return inner + [
        f"{name} = {_check.shown(field)} in a {type(value).__name__}"
        for name, field in getattr(value, "_asdict", dict)().items()
        if not isinstance(field, known)
    ]


def _reason(error):
    text = str(error)
    if method := re.search(r"Unknown attribute '(\w+)' of type (\w+)", text):
        name, cls = method.groups()
        inner = f", or divlite.losses.protocol.{name}(loss, ...)" if hasattr(protocol, name) else ""
        return f"it calls the method {name} of a {cls}; call a plain function in its place{inner}"
    if name := re.search(r"Untyped global name '(\w+)'|name: '(\w+)'", text):
        return (
            f"{name[1] or name[2]} is nothing that it knows; divlite.elementary has exp, log, sqrt and where"
        )
    dull = ("Failed in", "There", "No impl", "During", ">>>", "-", "File")
    lines = [line.strip() for line in text.splitlines()]
    first = next((line for line in lines if line and not line.startswith(dull)), type(error).__name__)
    return f"{first}; use arithmetic, divlite.elementary and plain functions of these"


def evaluate(setting):
    setting = settings.prepared(setting)
    values = setting.loss, setting.view, setting.family
    kernel, *_ = _kernels(loss=setting.loss, view=setting.view, family=setting.family)
    plain, table = tuple(map(_plain, values)), setting.table
    compiled = cache(partial(_machine_code, kernel, *plain, 0.0, 1.0, *table))

    def at(mu, sigma):
        try:
            value, d_mu, d_sigma = compiled()(*plain, mu, sigma, *table)
            return float(value), float(d_mu), float(d_sigma)
        except Exception as error:  # Numba's own, what its inner parts raise, and of complex numbers
            _not_compiled(values, error)

    return at


def d_log_q(loss, log_p, log_q, w):
    _, sensitivity, *_ = _kernels(loss=loss)
    out = np.empty(log_p.size)
    _call(sensitivity, _plain(loss), _density(log_p), log_p, _density(log_q), log_q, w, out)
    return out


# Points of the grid, times steps, in one call of the compiled loop: some ten ms. Between two calls Python
# looks at what it was sent, Ctrl-C for one; the numbers are the same however many calls there are.
PIECE = 4_000_000
NUMBERS = len(End._fields)


def path(setting, q0, optimizer, steps, coordinates, progress):
    setting = settings.prepared(setting)
    values = {"loss": setting.loss, "view": setting.view, "family": setting.family}
    moved = {"coordinates": coordinates, "optimizer": optimizer}
    begin, (_, _, run) = _kernels(kernels.beginning, **moved), _kernels(**values, **moved)
    seen, moving = (tuple(map(_plain, group.values())) for group in (values, moved))
    paths = tuple(np.empty(steps + 1) for _ in range(3))
    mu, (t, states) = q0.mu, _call(begin, *moving, q0.sigma)
    done, piece = 0, max(1, PIECE // setting.grid.x.size)
    while done <= steps:
        end = min(done + piece, steps + 1)
        arguments = *seen, *moving, mu, t, states, done, end, *setting.table, *paths
        inside, done, mu, t, states = _call(run, *arguments)
        if not inside:
            return tuple(a[:done] for a in paths)
        progress(done - 1)
    return paths


def newton(setting, kinks):
    # Where a loss has kinks, one asks how far Q is from P as it was given.
    setting = setting if kinks.any else settings.prepared(setting)
    seen = {"loss": setting.loss, "view": setting.view, "family": setting.family}
    descend_all = _kernels(solver.entries, **seen)
    evaluate_, *_ = _kernels(**seen)
    plain = tuple(map(_plain, seen.values()))
    kinked = tuple(map(float, kinks)) if kinks.any else None
    # Pieces of some ten ms: between two Python looks at what it was sent.
    table, piece = setting.table, max(1, PIECE // (setting.grid.x.size * 100))

    @cache
    def compiled():
        return _machine_code(descend_all, *plain, kinked, (0.0,) * 4, 1.0, 1, *table, np.empty((1, NUMBERS)))

    def run(box, reach, most, rows):
        try:
            compiled()(*plain, kinked, box, reach, most, *table, rows)
        except Exception as error:  # Numba's own, and what its inner parts raise
            _call(evaluate_, *plain, 0.0, 1.0, *table)  # has it a first derivative?
            no_second_derivative(setting.loss, error)

    def one(mu, sigma, box, reach, most):
        rows = np.empty((1, NUMBERS))
        rows[0, 0], rows[0, 1] = mu, sigma
        run(box, reach, most, rows)
        return End(*rows.tolist()[0])

    def many(starts, box, reach, most, progress):
        rows = np.empty((starts.shape[0], NUMBERS))
        rows[:, :2] = starts
        for first in range(0, starts.shape[0], piece):
            last = min(first + piece, starts.shape[0])
            run(box, reach, most, rows[first:last])
            progress(last)
        return ManyEnds(*rows.T)

    return Search(one, many)


def ends(backend, setting, mu, sigma, optimizer, steps, coordinates, progress):
    piece = PIECE // (setting.grid.x.size * (steps + 1))
    if piece == 0:  # `path` follows a long fit in pieces, so that it can be stopped
        return one_by_one(backend, setting, mu, sigma, optimizer, steps, coordinates, progress)
    setting = settings.prepared(setting)
    seen = {"loss": setting.loss, "view": setting.view, "family": setting.family}
    moved = {"coordinates": coordinates, "optimizer": optimizer}
    kernel = _kernels(many.entries, **seen, **moved)
    plain, found = tuple(map(_plain, (seen | moved).values())), Ends.unmoved(mu, sigma)
    for first in range(0, mu.size, piece):
        last = min(first + piece, mu.size)
        _call(kernel, *plain, steps, first, last, mu, sigma, *setting.table, *found)
        progress(last)
    return found


def values(backend, setting, mu, sigma, progress):
    # A fit of no steps: the same compiled code as for many fits, and exact in these coordinates.
    found = ends(backend, setting, mu, sigma, adam(), 0, Sigma(), progress)
    return found.loss, found.d_mu, found.d_sigma


BACKEND = Backend("numba", evaluate, d_log_q, path, ends=ends, values=values, newton=newton)

"""The two loops: over the points of the grid, and over the steps of a fit.

Numba caches compiled code on disk, and looks at one file, the one that holds the compiled function,
to see whether it is stale. Here the formulas live elsewhere, in the core: edit a loss and the old
kernel would be run without a word. So each kernel closes over a stamp, a hash of every source that it
is made from; what a function closes over is part of Numba's cache key.
"""

# pyright: basic
# Numba has no types to check: a compiled function is given its types by its callers.

import hashlib
import marshal
import math
import pathlib
from functools import cache
from types import FunctionType

import numpy as np
from numba import njit

from divlite import chain, coordinates, optimizers
from divlite.families import location_scale
from divlite.losses import protocol

from . import core
from .cache import keep
from .flags import ENTRY, SUM, wide

# The packages whose classes have all their sources in SOURCES.
STAMPED = (
    "divlite.losses.",
    "divlite.families.",
    "divlite.views",
    "divlite.optimizers",
    "divlite.coordinates",
)


def _sources():
    """A hash of the core's files and of this package's."""
    digest = hashlib.sha256()
    folder = pathlib.Path(chain.__file__).parent
    folders = (folder / name for name in ("descent", "families", "losses"))
    for root in (folder, *folders, pathlib.Path(__file__).parent):
        for path in sorted(root.glob("*.py")):
            digest.update(path.read_bytes())
    return digest


SOURCES = _sources()


# Its own compiled function: the flags that let a sum be reordered must reach no other code.
@njit(**SUM)
def sums(loss, view, family, mu, sigma, x, a, b, w):
    """The weighted sums of the loss's terms, and of their derivatives by mu and by sigma."""
    wide()
    log_scale = location_scale.place(family, mu, sigma)[2]
    origin, unit, mu, sigma = core.frame(view, mu, sigma)
    at = mu, sigma, log_scale
    # Evaluated for its type alone: the compiler drops the arithmetic.
    value, d_mu, d_sigma = chain.integrand(loss, view, family, at, x[0], a[0], b[0], w[0])
    value, d_mu, d_sigma = core.zeros(value), core.zeros(d_mu), core.zeros(d_sigma)
    for i in range(x.size):
        point = (x[i] - origin) / unit
        f, f_mu, f_sigma = chain.integrand(loss, view, family, at, point, a[i], b[i], w[i])
        value = core.add(value, f)
        d_mu = core.add(d_mu, f_mu)
        d_sigma = core.add(d_sigma, f_sigma)
    return value, protocol.scale(d_mu, 1.0 / unit), protocol.scale(d_sigma, 1.0 / unit)


def _kernels(stamp, cached):
    """The compiled entry points, each specialised by Numba on the types of the values it is given."""
    compiled = njit(**ENTRY)

    @compiled
    def evaluate(loss, view, family, mu, sigma, x, a, b, w):
        """(L, dL/dmu, dL/dsigma)."""
        _ = stamp  # what a function closes over is part of its cache key
        value, d_mu, d_sigma = sums(loss, view, family, mu, sigma, x, a, b, w)
        return chain.assemble(loss, value, d_mu, d_sigma)

    @compiled
    def sensitivity(loss, p, log_p, q, log_q, w, out):
        """out_i = dL/dlog q_i."""
        _ = stamp
        total = core.zeros(protocol.value(loss, p[0], log_p[0], q[0], log_q[0]))
        for i in range(p.size):
            f = protocol.value(loss, p[i], log_p[i], q[i], log_q[i])
            total = core.add(total, protocol.scale(f, w[i]))
        d = protocol.d_finish(loss, total)
        for i in range(p.size):
            out[i] = w[i] * protocol.dot(d, protocol.sensitivity(loss, p[i], log_p[i], q[i], log_q[i]))

    @compiled
    def path(
        loss,
        view,
        family,
        coords,
        optimizer,
        mu,
        t,
        states,
        first,
        last,
        x,
        a,
        b,
        w,
        mu_path,
        sigma_path,
        loss_path,
    ):
        """Fill the three paths from `first` until `last`, or until mu or sigma leaves its domain.

        Returns whether both stayed, how much is filled (the pair that left is the last), mu, t, the states.
        """
        _ = stamp
        for i in range(first, last):
            sigma = coordinates.to_sigma(coords, t)
            mu_path[i], sigma_path[i] = mu, sigma
            if not (math.isfinite(mu) and 0.0 < sigma < np.inf):
                loss_path[i] = np.nan
                return False, i + 1, mu, t, states
            value, d_mu, d_sigma = sums(loss, view, family, mu, sigma, x, a, b, w)
            loss_path[i], d_mu, d_sigma = chain.assemble(loss, value, d_mu, d_sigma)
            mu, t, states = optimizers.descend(
                optimizer, coords, mu, t, sigma, d_mu, d_sigma, states, i + 1.0
            )
        return True, last, mu, t, states

    functions = evaluate, sensitivity, path
    if cached:
        for function in functions:
            keep(function)
    return functions


def beginning(stamp, cached):
    """The compiled start of a fit, which knows of no loss: so it is the same for all of them."""

    @njit(**ENTRY)
    def begin(coords, optimizer, sigma):
        """t, the number moved for sigma, and the optimiser's two states, before the first step."""
        _ = stamp
        return coordinates.from_sigma(coords, sigma), (optimizers.init(optimizer), optimizers.init(optimizer))

    if cached:
        keep(begin)
    return begin


def kernels_of(classes, make=_kernels):
    """(evaluate, sensitivity, path) for values of these classes: of a loss, a view, a family ...

    make: another function that makes compiled entry points, from a stamp and whether to keep them on disk.

    A set of its own for each combination. A Numba function takes two classes of one name, such as a
    notebook's cell makes when it is run again, for the same.
    """
    versions = tuple(map(_version, classes))
    ours = all(cls.__module__.startswith(STAMPED) for cls in classes)
    # A method replaced after it was compiled is not compiled again in this process: what comes of it
    # must not be kept as if it were.
    return _kernels_of(make, classes, versions, ours and not any(versions))


_loaded, _names = {}, {}


def _version(cls):
    """Which of the sets of methods that the class has had, in this process, it has now."""
    known, codes = _loaded.setdefault(cls, []), _codes(cls)
    if codes not in known:
        known.append(codes)
    return known.index(codes)


def _codes(cls):
    """The methods of a class as they are loaded."""
    members = vars(cls)
    if cls not in _names:
        public = (name for name in members if not name.startswith("_"))
        _names[cls] = tuple(name for name in public if isinstance(members[name], FunctionType))
    return tuple([members[name].__code__ for name in _names[cls]])


@cache
def _kernels_of(make, classes, versions, ours):
    # The methods as they are loaded count as well as the files: a file may have been edited since it
    # was imported, and a method replaced.
    digest = SOURCES.copy()
    for code in (code for cls in classes for code in _codes(cls)):
        digest.update(marshal.dumps(code, 2))
    # The sources of a class from outside divlite are not known, so its kernels are not kept.
    try:
        return make(digest.hexdigest(), cached=ours)
    except RuntimeError:
        # Numba found no folder that it can write to: compile anew in every process.
        return make(digest.hexdigest(), cached=False)

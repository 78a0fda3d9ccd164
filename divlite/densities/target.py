"""The log density of any target: divlite's own, SciPy's, torch's, or anything with a log_prob(x)."""

import sys
from typing import Any

import numpy as np

from .. import _check, families
from .._types import Array, Density
from ..families import is_family, parameters
from . import mixture
from .mixture import Mixture
from .tabulated import Tabulated


def of_torch(p: Any) -> bool:
    """Whether it is one of torch.distributions, whose module is loaded then: none is imported here."""
    module = sys.modules.get("torch.distributions")
    return module is not None and isinstance(p, module.Distribution)


def by_torch(p: Any, x: Array) -> Array:
    """torch's distributions take a tensor, in double precision here; outside their support log p is -inf."""
    if p.event_shape or p.support.is_discrete:
        raise TypeError("it is no continuous distribution of one number")
    if p.batch_shape.numel() != 1:  # as many distributions as there are points would be read one at each
        raise TypeError(f"it is {p.batch_shape.numel()} distributions, of batch shape {tuple(p.batch_shape)}")
    torch: Any = sys.modules["torch"]
    with torch.no_grad():
        points = torch.tensor(x.tolist(), dtype=torch.float64)
        inside = p.support.check(points)
        log_p = torch.full(points.shape, -torch.inf, dtype=torch.float64)
        log_p[inside] = p.log_prob(points[inside]).to(torch.float64)
        return log_p.numpy()


def log_prob(p: Any, x: Array, name: str = "p") -> Array:
    """log p at the points, shape (n,), checked to be a log density: finite or -inf; name: in errors."""
    _check.target(p, name)
    if isinstance(p, Mixture | Tabulated) or is_family(p):
        return _check.log_density(name, p.log_prob(x), x.size)
    method = "log_prob" if _check.has(p, "log_prob") else "logpdf"
    try:
        with np.errstate(all="ignore"):  # log 0 is -inf, which is allowed; a NaN is refused below
            # Someone else's function gets a copy: torch.as_tensor warns of memory that is read-only.
            values = by_torch(p, x) if of_torch(p) else getattr(p, method)(x.copy())
    except Exception as error:  # of someone else's function
        expected = f"a log density that takes an array of {x.size} points"
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise ValueError(f"{name}: expected {expected}, got {reason}") from error
    return _check.log_density(f"{name}.{method}(x)", values, x.size)


def read(p: Any, x: Array, name: str = "p") -> tuple[Density, Array]:
    """The target with plain numbers in it, and its log density at these points, found to be one.

    Any target but divlite's own becomes a table, read once: every backend then sees the same float64 numbers.
    So does a class derived from these, whose log_prob may be another.
    """
    if type(p) is Mixture:
        mix = Mixture(*mixture.checked(p))
        return mix, _check.log_density(name, mixture.log_density(*mix, x), x.size)
    log_p = log_prob(p, x, name)
    ours = is_family(p) and type(p).__module__.startswith(families.OURS)
    return parameters(p) if ours else Tabulated(log_p), log_p


def on(p: Density, log_p: Array) -> Density:
    """The same target at some of its points: a table keeps only their log densities."""
    return Tabulated(log_p) if isinstance(p, Tabulated) else p

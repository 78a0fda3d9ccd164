"""The arguments that only figures take, checked once at their door."""

from collections.abc import Mapping
from os import PathLike
from typing import Any, BinaryIO, cast

import numpy as np

from .. import _check
from .._types import Density
from ..densities import normal
from ..fitting import Fit
from ..grid import Grid
from ..grid import checked as checked_grid
from ..objective import checked_target

File = str | PathLike[str] | BinaryIO


def experiment(p: Any, grid: Any) -> tuple[Density, Grid]:
    """The target and the grid that it is seen on."""
    points = checked_grid(grid)
    return checked_target(p, points), points


def fit(value: Any, name: str = "fit") -> Fit:
    """A fit of one step or more: finite mu, finite sigma > 0, and as many losses, of any value."""
    if not isinstance(value, Fit):
        _check.fail(name, "a Fit, such as dl.fit returns", _check.shown(value))
    mu = _check.vector(f"{name}.mu", value.mu)
    if not mu.size:
        _check.fail(f"{name}.mu", "one number or more", "none")
    sigma = _check.vector(f"{name}.sigma", value.sigma)
    loss = _check.vector(f"{name}.loss", value.loss)
    for field, values in (("sigma", sigma), ("loss", loss)):
        if values.size != mu.size:
            _check.fail(f"{name}.{field}", f"{mu.size} numbers, as many as in mu", values.size)
    for field, values, expected, good in (
        ("mu", mu, "finite numbers", np.isfinite(mu)),
        ("sigma", sigma, "finite numbers > 0", np.isfinite(sigma) & (sigma > 0)),
    ):
        if not good.all():
            i = int(np.flatnonzero(~good)[0])
            _check.fail(f"{name}.{field}", expected, f"{name}.{field}[{i}] = {values[i]:g}")
    return value._replace(q=normal.checked(value.q, f"{name}.q"), mu=mu, sigma=sigma, loss=loss)


def fits(value: Any) -> dict[str, Fit]:
    """The fits by their names; one alone is called Q."""
    if not isinstance(value, Mapping):
        return {"Q": fit(value)}
    return {name: fit(one, f"fit[{name!r}]") for name, one in named("fit", value).items()}


def named(name: str, value: Any) -> dict[str, Any]:
    """A mapping of one name or more to something."""
    if not isinstance(value, Mapping):
        _check.fail(name, "a mapping of names, such as {'P': p}", _check.shown(value))
    given = cast("Mapping[Any, Any]", value)
    for key in given:
        text(f"a name in {name}", key)
    return dict(given) or _check.fail(name, "at least one", "none")


def text(name: str, value: Any) -> str:
    return value if isinstance(value, str) else _check.fail(name, "a string", _check.shown(value))


def file(path: Any) -> File:
    """A path, or an open file that takes bytes."""
    if callable(getattr(path, "write", None)):
        return path
    name: Any = path.__fspath__() if hasattr(path, "__fspath__") else path
    expected = "a path as a string, or a file open for writing bytes"
    return name if isinstance(name, str) else _check.fail("path", expected, _check.shown(path))

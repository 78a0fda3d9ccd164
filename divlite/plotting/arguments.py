"""The arguments that only figures take, checked once at their door."""

import math
import os
import unicodedata
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
from matplotlib.cbook import is_math_text
from matplotlib.mathtext import MathTextParser

from .. import _check, families
from .._types import Density, Family
from ..densities import target
from ..grid import Grid
from ..grid import checked as checked_grid
from ..losses.protocol import loss_title
from . import fonts

if TYPE_CHECKING:
    from ..fitting import Fit  # which draws itself in a notebook, and so needs this package

File = str | PathLike[str] | BinaryIO

FARTHEST = 1e300  # of what is drawn: matplotlib needs room for its margins
DRAWN = f"between {-FARTHEST:g} and {FARTHEST:g}, to be drawn"


def experiment(p: Any, grid: Any) -> tuple[Density, Grid]:
    """The target and the grid that it is seen on."""
    points = drawable(grid)
    return _finite("p", target.read(p, points.x)[0], points), points


def drawable(grid: Any) -> Grid:
    """A grid that can be drawn."""
    points = checked_grid(grid)
    if max(abs(points.x[0]), abs(points.x[-1])) > FARTHEST:
        _check.fail("grid", f"points {DRAWN}", f"{points.x[0]:g} to {points.x[-1]:g}")
    return points


def _finite(name: str, p: Density, grid: Grid) -> Density:
    highest = float(p.log_prob(grid.x).max())
    limit = math.log(FARTHEST)
    return (
        p if highest <= limit else _check.fail(name, f"log densities up to {limit:.0f}, to be drawn", highest)
    )


def fit(value: Any, name: str = "fit") -> "Fit":
    """A fit of one step or more: finite mu, finite sigma > 0, and as many losses, of any value."""
    if getattr(value, "_fields", ())[:4] != ("q", "mu", "sigma", "loss"):
        _check.fail(name, "a Fit, such as dl.fit returns", _check.shown(value))
    mu = _check.vector(f"{name}.mu", value.mu)
    if not mu.size:
        _check.fail(f"{name}.mu", "one number or more", "none")
    sigma = _check.vector(f"{name}.sigma", value.sigma)
    loss = _check.vector(f"{name}.loss", value.loss)
    for field, values in (("sigma", sigma), ("loss", loss)):
        if values.size != mu.size:
            _check.fail(f"{name}.{field}", f"{mu.size} numbers, as many as in mu", values.size)
    _check.every(f"{name}.mu", mu, np.isfinite(mu), "finite numbers")
    _check.every(f"{name}.sigma", sigma, np.isfinite(sigma) & (sigma > 0), "finite numbers > 0")
    for field, values in (("mu", mu), ("sigma", sigma), ("loss", loss)):
        good = ~np.isfinite(values) | (np.abs(values) <= FARTHEST)
        _check.every(f"{name}.{field}", values, good, f"numbers {DRAWN}")
    found = value._replace(q=families.checked(value.q, f"{name}.q"), mu=mu, sigma=sigma, loss=loss)
    if value.divergence is None or value.p is None or value.grid is None:
        return found._replace(divergence=None, p=None, grid=None)
    p, grid = experiment(value.p, value.grid)
    return found._replace(divergence=_check.loss(value.divergence), p=p, grid=grid)


def fits(value: Any) -> dict[str, "Fit"]:
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


def densities(name: str, value: Any, grid: Grid) -> dict[str, Density]:
    """Targets by their names, on this grid."""
    for key, p in named(name, value).items():
        _check.instance(f"{name}[{key!r}]", p, ("log_prob",), "dl.Normal(0, 1) or dl.Mixture(...)")
    shown = {key: target.read(p, grid.x)[0] for key, p in value.items()}
    return {key: _finite(f"{name}[{key!r}]", p, grid) for key, p in shown.items()}


def rows(value: Any, grid: Grid) -> list[tuple[str, Density, dict[str, Family]]]:
    """Panels: of each its name, its target, and the Qs fitted to it by their names."""
    expected = "a sequence of (name, target, {name: Normal, ...})"
    if not isinstance(value, Sequence) or isinstance(value, str):
        _check.fail("rows", expected, _check.shown(value))
    found: list[tuple[str, Density, dict[str, Family]]] = []
    for i, row in enumerate(cast("Sequence[Any]", value)):
        try:
            title, p, fits = row
        except (TypeError, ValueError):
            _check.fail(f"rows[{i}]", "(name, target, {name: Normal, ...})", _check.shown(row))
        qs = named(f"rows[{i}][2]", fits)
        checked = {key: families.checked(q, f"rows[{i}][2][{key!r}]") for key, q in qs.items()}
        (target,) = densities(f"rows[{i}]", {text(f"rows[{i}][0]", title): p}, grid).values()
        found.append((title, target, checked))
    return found or _check.fail("rows", "at least one", "none")


def optimum(value: Any) -> Family | None:
    return None if value is None else families.checked(value, "optimum")


def xlim(value: Any, grid: Grid) -> tuple[float, float]:
    """The part of the x axis that is shown: all of the grid, if none is named."""
    if value is None:
        return float(grid.x[0]), float(grid.x[-1])
    expected = "two numbers, low < high"
    low, high = (_check.number("xlim", v) for v in _check.pair("xlim", value, expected, ("low", "high")))
    return (low, high) if low < high else _check.fail("xlim", expected, _check.shown(value))


def title(value: Any, fit: "Fit") -> str:
    """The title, or, where none is given, the whole loss that was fitted."""
    if value is None:
        return "" if fit.divergence is None else loss_title(fit.divergence)
    return text("title", value)


def text(name: str, value: Any) -> str:
    """Words that can be drawn: without control characters, and what stands between dollars is mathematics."""
    if not isinstance(value, str):
        _check.fail(name, "a string", _check.shown(value))
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in value.replace("\n", "")):
        _check.fail(name, "a string without control characters and surrogates", _check.shown(value))
    try:
        if is_math_text(value):
            # With any letter for each that no font of mathematics has.
            MathTextParser("agg").parse(fonts.WIDE.sub("x", value))
    except ValueError:
        _check.fail(name, "mathematics as matplotlib reads it between dollars", _check.shown(value))
    return value


def file(path: Any) -> File:
    """A path in a folder that is there, or an open file that takes bytes."""
    if callable(getattr(path, "write", None)):
        return path
    name: Any = path.__fspath__() if hasattr(path, "__fspath__") else path
    expected = "a path as a string, or a file open for writing bytes"
    if not isinstance(name, str):
        _check.fail("path", expected, _check.shown(path))
    if not name or "\0" in name:
        _check.fail("path", expected, _check.shown(path))
    if os.path.isdir(name) or not os.path.isdir(os.path.dirname(os.path.realpath(name))):
        kind = "a file, and not a folder" if os.path.isdir(name) else "a file in an existing folder"
        _check.fail("path", kind, name)
    return name

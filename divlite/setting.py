"""What every backend is handed: a loss, a target and a family on a grid, checked once, with P read once.

This is the one door of whatever compares a P with a Q on a grid.
"""

from typing import Any, NamedTuple

from . import _check, families, grid
from ._types import Array, Density, Family, Loss
from .densities import target
from .families import Normal
from .grid import Grid
from .losses import protocol
from .views import View, view_of


class Setting(NamedTuple):
    """A loss between a target and the members of one family, on the points of a grid with a weight above 0.

    p: the target as divlite's own Normal, Mixture, ... or as a table of its log density at these points.
    family: the member with mu = 0 and sigma = 1.
    table: x, a, b, w at each point, with a and b what the view sees of P there.
    """

    loss: Loss
    p: Density
    grid: Grid
    view: View
    family: Family
    table: tuple[Array, Array, Array, Array]


def checked(loss: Any, p: Any, points: Any, family: Any = Normal) -> Setting:
    """The setting of these arguments; family: a class such as Normal, or any member.

    Raises: ValueError naming the argument, what was expected and what was given.
    """
    return of(loss, p, points, member(family))


def of(loss: Any, p: Any, points: Any, family: Family) -> Setting:
    """The same, of a family that has been checked."""
    loss, on = _check.loss(loss), grid.checked(points)
    density, log_p = target.read(p, on.x)
    return taken(loss, density, on, log_p, family)


def member(family: Any) -> Family:
    """The standard member of a family that is named by its class, or by any of its members."""
    if isinstance(family, type):
        expected = "a family such as dl.Normal, or a member such as dl.StudentT(0, 1, 3)"
        fields: tuple[str, ...] = getattr(family, "_fields", ())
        if fields != ("mu", "sigma") or not _check.has(family, "log_kernel"):
            _check.fail("family", expected, _check.shown(family))
        return family(0.0, 1.0)
    return families.standard(families.checked(family, "family"))


def taken(loss: Loss, p: Density, points: Grid, log_p: Array, family: Family) -> Setting:
    """The setting of checked arguments, with log p at the points; those of weight 0 are left out.

    There even an infinite term counts for nothing. What P has there still counts in the CDF of a table.
    """
    view = view_of(loss)
    table = view.table(p, _check.frozen(log_p), family, points)
    *_, w = table
    if w.min() > 0.0:
        return Setting(loss, p, points, view, family, table)
    keep = w > 0.0
    if not keep.any():
        _check.fail("grid", f"points at which a {_check.shown(view)} of p can be seen", "none")
    on = Grid(_check.frozen(points.x[keep]), _check.frozen(points.w[keep]))
    x, a, b, w = (_check.frozen(column[keep]) for column in table)
    return Setting(loss, target.on(p, log_p[keep]), on, view, family, (x, a, b, w))


def sealed(setting: Setting) -> Setting:
    """The same with read-only arrays: what another process was sent has lost that."""
    x, a, b, w = map(_check.frozen, setting.table)
    return setting._replace(grid=Grid(*map(_check.frozen, setting.grid)), table=(x, a, b, w))


def prepared(setting: Setting) -> Setting:
    """The same setting, with what the loss makes of P alone computed here: for whoever takes many steps."""
    given: Any = getattr(setting.loss, "given_p", None)
    if given is None:
        return setting
    x, a, b, w = setting.table
    a, b = map(_check.frozen, protocol.of_p(setting.loss, a, b))
    return setting._replace(loss=given(), table=(x, a, b, w))

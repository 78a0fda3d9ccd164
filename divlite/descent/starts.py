"""The starts of many fits, checked: members of one family, or rows of mu and sigma."""

from typing import Any

import numpy as np

from .. import _check, families, setting
from .._types import Array, Family
from ..families import Normal
from ..families.methods import TINY

STARTS = "members of one family such as dl.Normal(0, 1), or an array of rows (mu, sigma)"


def checked(starts: Any, family: Any) -> tuple[Family, Array, Array]:
    """The family's standard member, and mu and sigma of each start; family: None where none is named.

    Raises: ValueError for anything but members of one family, the one that is named if one is, or rows
    (mu, sigma), each in its domain.
    """
    members: list[Any] = [] if hasattr(starts, "__array__") else _check.sequence("starts", starts, STARTS)
    if members and families.is_family(members[0]):
        return _of_members(members, family)
    rows = _check.array("starts", members or starts)
    if rows.ndim != 2 or rows.shape[1] != 2 or rows.size == 0:
        _check.fail("starts", STARTS, f"an array of shape {rows.shape}")
    return setting.member(Normal if family is None else family), *_in_domain(rows)


def _of_members(members: list[Any], family: Any) -> tuple[Family, Array, Array]:
    first = families.checked(members[0], "starts[0]")
    for i, q in enumerate(members):
        if not (families.is_family(q) and families.same(q, first)):
            got = f"starts[0] = {_check.shown(first)} and starts[{i}] = {_check.shown(q)}"
            _check.fail("starts", "members of one family", got)
    # Of a Student-t the class alone leaves nu open: the members say it.
    own = family is None or family is type(first)
    if not own and not families.same(first, setting.member(family)):
        named = family.__name__ if isinstance(family, type) else _check.shown(family)
        expected = f"members of the family that is named, {named}"
        _check.fail("starts", expected, f"starts[0] = {_check.shown(first)}")
    return families.standard(first), *_in_domain(_check.array("starts", [(q.mu, q.sigma) for q in members]))


def _in_domain(rows: Array) -> tuple[Array, Array]:
    """mu and sigma of the rows. A copy: a long sweep must not change when the caller's own array does."""
    mu, sigma = (_check.frozen(column.copy()) for column in rows.T)
    good = np.isfinite(mu) & (sigma >= TINY) & (sigma < np.inf)
    if not good.all():
        i = int(np.argmin(good))
        expected = f"finite numbers mu, and sigma finite and >= {TINY:.3g}"
        _check.fail("starts", expected, f"starts[{i}] = ({mu[i]:g}, {sigma[i]:g})")
    return mu, sigma

"""What a loss sees of P and Q, as tensors: once for P, and for Q as functions of mu and sigma."""

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor

from divlite import _check, views
from divlite._types import Density
from divlite.densities import Mixture
from divlite.families import is_family
from divlite.setting import Setting

from . import families
from .place import Place

Tensors: TypeAlias = tuple[Tensor, ...]
Seen: TypeAlias = Callable[[Tensor, Tensor], Tensors]
"""(mu, sigma) -> what the view shows of P and of Q, for the loss's oracle."""


def members(p: Density) -> tuple[tuple[Any, float], ...] | None:
    """The members of families that p is made of, and their weights; None for a table."""
    if isinstance(p, Mixture):
        return tuple(zip(p.components, p.weights, strict=True))
    return ((p, 1.0),) if is_family(p) else None


def parameters(member: Any, place: Place) -> tuple[Tensor, Tensor]:
    return place.tensor(member.mu), place.tensor(member.sigma)


def log_prob(p: Density, x: Tensor, place: Place) -> Tensor:
    """The target's log density, from torch's distributions where it is made of theirs."""
    parts = members(p)
    if parts is None:
        return place.tensor(p.log_prob(x.cpu().numpy()))
    # Not by MixtureSameFamily: it normalises the weights, and clamps small ones.
    terms = [families.log_prob(q, x, *parameters(q, place)) + place.tensor(w).log() for q, w in parts]
    return torch.logsumexp(torch.stack(terms), dim=0)


def cdf(parts: tuple[tuple[Any, float], ...], x: Tensor, place: Place) -> tuple[Tensor, Tensor, float]:
    """P(X <= x), P(X > x), and the mass that both were divided by."""
    mass = sum(w for _, w in parts)
    sides = [families.cdf(q, x, *parameters(q, place)) for q, _ in parts]
    weights = place.tensor([w for _, w in parts])[:, None] / mass
    below, above = ((weights * torch.stack(side)).sum(0) for side in zip(*sides, strict=True))
    return below, above, mass


def density(setting: Setting, place: Place) -> tuple[Seen, Tensor]:
    x, w = place.tensor(setting.grid.x), place.tensor(setting.grid.w)
    log_p = log_prob(setting.p, x, place)
    return lambda mu, sigma: (log_p, families.log_prob(setting.family, x, mu, sigma)), w


def distribution(setting: Setting, place: Place) -> tuple[Seen, Tensor]:
    x, *from_table, w = map(place.tensor, setting.table)
    parts = members(setting.p)
    # A table's CDF is no formula: it comes with the table.
    f = tuple(from_table) if parts is None else cdf(parts, x, place)[:2]
    return lambda mu, sigma: (*f, *families.cdf(setting.family, x, mu, sigma)), w


def quantile(setting: Setting, place: Place) -> tuple[Seen, Tensor]:
    z, x, u, w = map(place.tensor, setting.table)
    if (parts := members(setting.p)) is not None:
        u, above, mass = cdf(parts, x, place)
        z = families.quantile(setting.family, u, above)
        w = place.tensor(setting.grid.w) * log_prob(setting.p, x, place).exp() / mass
        # Where the level is 0 or 1 in this precision there is no mass to carry.
        inside = z.isfinite()
        z, w = torch.where(inside, z, 0.0), torch.where(inside, w, 0.0)
    return lambda mu, sigma: (x, u, mu + sigma * z, z), w


VIEWS: dict[type, Callable[[Setting, Place], tuple[Seen, Tensor]]] = {
    views.Density: density,
    views.CDF: distribution,
    views.Quantile: quantile,
}


def seen(setting: Setting, place: Place) -> tuple[Seen, Tensor]:
    """What the setting's view shows, and the weights; a ValueError for a view that is not known here."""
    if type(setting.view) not in VIEWS:
        known = ", ".join(cls.__name__ for cls in VIEWS)
        _check.fail("loss", f"a loss with a view known to torch ({known})", type(setting.loss).__name__)
    return VIEWS[type(setting.view)](setting, place)

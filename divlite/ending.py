"""How a fit ended: what the grid holds of P and Q, whether this is a minimum, and what to tell its reader."""

import numpy as np

from . import numpy_backend, setting
from ._types import Density, Family, Loss
from .backend import Evaluate
from .families import gradient, standard
from .grid import Grid, cells
from .language import phrase
from .views import DENSITY, View

NEARBY = 1e-3  # how close a minimum is meant by "here", in units of sigma
WHOLE = 0.99  # less of a mass than this is called a part


def mass(density: Density, grid: Grid) -> float:
    """What the grid holds of the density: its integral, each point standing for its cell."""
    with np.errstate(over="ignore", invalid="ignore"):  # a table may hold densities beyond any float
        return float(np.sum(np.exp(density.log_prob(grid.x)) * np.diff(cells(grid))))


def spacing(q: Family, grid: Grid) -> float:
    """The widest gap between neighbours within three sigma of q's centre, which lies on the grid."""
    near = (grid.x[1:] > q.mu - 3.0 * q.sigma) & (grid.x[:-1] < q.mu + 3.0 * q.sigma)
    return float(np.diff(grid.x)[near].max())


def even(grid: Grid) -> bool:
    """Whether all points are as far apart as three digits show."""
    gaps = np.diff(grid.x)
    return float(gaps.max()) < 1.001 * float(gaps.min())


def evaluation(loss: Loss, p: Density, q: Family, grid: Grid) -> Evaluate:
    """(mu, sigma) -> (L, dL/dmu, dL/dsigma) in the family of q; by the core's formulas as they stand."""
    return numpy_backend.bind(setting.taken(loss, p, grid, p.log_prob(grid.x), standard(q)))


def value_and_grad(loss: Loss, p: Density, q: Family, grid: Grid) -> tuple[float, Family]:
    """(L, its gradient in the shape of q), of checked arguments."""
    value, d_mu, d_sigma = evaluation(loss, p, q, grid)(q.mu, q.sigma)
    return value, gradient(q, d_mu, d_sigma)


def is_minimum(loss: Loss, p: Density, q: Family, grid: Grid) -> bool:
    """Whether the loss is larger at all of eight places a thousandth of sigma away.

    Then a minimum lies within about that distance. No derivative is asked: at the minimum of a loss with
    kinks, such as L1, there is none, and at a good fit a gradient is nothing but rounding errors.
    """
    h = NEARBY * q.sigma
    around = [(q.mu + i * h, q.sigma + j * h) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    evaluate = evaluation(loss, p, q, grid)
    here, *_ = evaluate(q.mu, q.sigma)
    return all(evaluate(*near)[0] > here for near in around)


def _narrow(q: Family, grid: Grid) -> str:
    numbers = {"sigma": q.sigma, "gap": spacing(q, grid)}
    if even(grid):
        return phrase(
            "Q is too narrow for the grid: sigma = {sigma:.3g}, and its points are {gap:.3g} apart; "
            "the sums miss its shape",
            **numbers,
        )
    return phrase(
        "Q is too narrow for the grid: sigma = {sigma:.3g}, and its points are {gap:.3g} apart there; "
        "the sums miss its shape",
        **numbers,
    )


def notes(p: Density, q: Family, grid: Grid, stuck: bool, view: View = DENSITY) -> tuple[str, ...]:
    """What a reader of this end should know, a phrase each; stuck: whether no step moved anything."""
    edges = cells(grid)[[0, -1]]
    before, until = q.cdf(edges).tolist()
    p_mass, q_mass = mass(p, grid), mass(q, grid)
    found: list[str] = []
    if stuck:
        found.append(
            phrase(
                "nothing moved: the gradient at the start is 0, or too small to count; "
                "start nearer to P, or wider"
            )
        )
    if view.on_grid and until - before < WHOLE:
        found.append(
            phrase(
                "Q leaves the window: {mass:.3g} of its mass is on the grid, "
                "from {left:g} to {right:g}; {rest}",
                mass=until - before,
                left=grid.x[0],
                right=grid.x[-1],
                rest=view.rest,
            )
        )
    elif view.on_grid and abs(q_mass - (until - before)) > 1 - WHOLE:
        found.append(_narrow(q, grid))
    # On the whole line Q has mass 1. What the grid lacks of it was said above.
    if view.masses and abs(p_mass - 1) > 1 - WHOLE:
        found.append(
            phrase(
                "masses {p:.4g} and {q:.4g}, of P and of Q on the grid: this is no divergence between "
                "distributions, and its smallest value need not be 0",
                p=p_mass,
                q=q_mass,
            )
        )
    return tuple(found)

"""The force diagram: which part of P pushes mu, or sigma, which way.

    dL/dtheta = sum_i h_i  [dL/dlog q_i / h_i]  [dlog q_i/dtheta]
                               sensitivity            score

h_i is the width of the cell of x_i, in units of x. So each point is a bar as wide as its cell, whose area is
the point's term of the gradient, whatever the weights are; all areas together are dL/dtheta. Descent goes
against the gradient: where the product is negative, a point pushes theta up; where it is positive, down.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import _check, families
from .._types import Coordinates, Density, Loss
from ..coordinates import Sigma
from ..densities import Normal
from ..ending import notes
from ..grid import Grid, cells
from ..objective import d_log_q
from . import arguments, force_panels, style
from .force_words import PARAMETERS, Force, Parameter, Theta, theta, words


def plot_force(
    loss: Loss,
    p: Density,
    q: Normal,
    grid: Grid,
    *,
    wrt: Parameter | Sequence[Parameter] = PARAMETERS,
    coordinates: Coordinates = Sigma(),
    title: str = "",
) -> style.Figure:
    """dL/dtheta = sum_i h_i (dL/dlog q_i / h_i)(dlog q_i/dtheta): the sensitivity, the score, their product.

    A column for each parameter in `wrt`, "mu", "sigma" or both, with P and Q on top. Sensitivity and product
    are per unit of x: h_i is the width of a point's cell. The product is filled in two colours: below 0 a
    point pushes mu right or widens Q, above 0 it pushes mu left or narrows Q. The area of either colour is
    stated, and the net area, which is dL/dtheta, as `value_and_grad` has it.

    coordinates: what stands in the place of sigma, as `dl.fit` takes it, such as `LogSigma()`.
    p, q, grid: as `value_and_grad` takes them. Dotted lines stand where the score is 0, and it is grey
    where P is above a tenth of its highest. Points of weight 0 are gaps, and so are those where a curve
    is infinite or NaN. Below stands what `Fit.notes` would say of q.

    Raises: ValueError as `value_and_grad` does, or for a `wrt` that names anything else.
    """
    loss, coordinates = _check.loss(loss), _check.coordinates(coordinates)
    given = wrt if isinstance(wrt, tuple | list) else (wrt,)
    thetas = [theta(parameter(name), coordinates) for name in given]
    if not thetas:
        _check.fail("wrt", "at least one of " + ", ".join(PARAMETERS), "none")
    (target, points), at = arguments.experiment(p, grid), families.checked(q)
    fig = style.figure(max(6.4, 5.6 * len(thetas)), 7.4)
    style.headline(fig, arguments.text("title", title))
    panels: Any = fig.subplots(4, len(thetas), sharex=True, squeeze=False, height_ratios=(3, 2, 2, 4))
    for axes, shown in zip(panels.T, thetas, strict=True):
        push = force(loss, target, at, points, shown)
        column = force_panels.build(tuple(axes), target, points, cells(points), shown)
        axes[0].set_ylim(0, style.ceiling(style.density(target, points), passing=[at.prob(points.x)]))
        for ax, curve in zip(axes[1:], push[:3], strict=True):
            ax.set_ylim(force_panels.limits(curve))
        force_panels.show(column, at, points, push, shown)
        force_panels.say(column, *words(at, push, shown))
    fig.align_ylabels()
    style.footnotes(fig, notes(target, at, points, stuck=False))
    return fig


def force(loss: Loss, p: Density, q: Normal, grid: Grid, wrt: Theta) -> Force:
    """The force on one parameter, of checked arguments; by the core's formulas as they stand."""
    seen, widths = grid.w > 0, np.diff(cells(grid))
    with np.errstate(all="ignore"):
        d = d_log_q(loss, p.log_prob(grid.x), q.log_prob(grid.x), grid.w, "numpy")
        sensitivity = np.where(seen, d / widths, np.nan)
        d_sigma = 1.0 if wrt.name == "mu" else wrt.coordinates.d_sigma(q.sigma)
        score = np.where(seen, d_sigma * q.score(grid.x)[PARAMETERS.index(wrt.name)], np.nan)
        product = sensitivity * score
        terms = (widths * product)[seen]
        below, above, net = terms[terms < 0].sum(), terms[terms > 0].sum(), terms.sum()
    return Force(sensitivity, score, product, float(below), float(above), float(net))


def parameter(name: Any) -> Parameter:
    _check.one_of("wrt", name, PARAMETERS)
    return name

"""The force diagram: which part of P pushes mu, or sigma, which way.

    dL/dtheta = sum_i h_i  [dL/dlog q_i / h_i]  [dlog q_i/dtheta]
                               sensitivity            score

A loss of CDFs or of quantiles has these in the place of log q.

h_i is the width of the cell of x_i, in units of x. So each point is a bar as wide as its cell, whose area is
the point's term of the gradient, whatever the weights are; all areas together are dL/dtheta. Descent goes
against the gradient: where the product is negative, a point pushes theta up; where it is positive, down.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import _check, families, numpy_backend
from .._types import Coordinates, Density, Family, Loss
from ..coordinates import Sigma
from ..ending import notes
from ..grid import Grid, cells
from ..language import Language, checked
from ..setting import taken
from ..views import view_of
from . import arguments, force_panels, style
from .force_words import PARAMETERS, Force, Parameter, Theta, theta, words


def plot_force(
    loss: Loss,
    p: Density,
    q: Family,
    grid: Grid,
    *,
    wrt: Parameter | Sequence[Parameter] = PARAMETERS,
    coordinates: Coordinates = Sigma(),
    title: str = "",
    lang: Language = "en",
) -> style.Figure:
    """dL/dtheta = sum_i h_i (dL/dlog q_i / h_i)(dlog q_i/dtheta): the sensitivity, the score, their product.

    For a loss of CDFs, such as `CramerVonMises`, G stands in the place of log q; for one of quantiles, such
    as `Wasserstein1`, the quantile y of Q at the level that P has at x.

    A column for each parameter in `wrt`, "mu", "sigma" or both, with P and Q on top. Sensitivity and product
    are per unit of x: h_i is the width of a point's cell. The product is filled in two colours: below 0 a
    point pushes mu right or widens Q, above 0 it pushes mu left or narrows Q. The area of either colour is
    stated, and the net area, which is dL/dtheta, as `value_and_grad` has it.

    coordinates: what stands in the place of sigma, as `dl.fit` takes it, such as `LogSigma()`.
    p, q, grid: as `value_and_grad` takes them. Dotted lines stand where the score is 0, and it is grey
    where P is above a tenth of its highest. Points of weight 0 are gaps, and so are those where a curve
    is infinite or NaN. Below stands what `Fit.notes` would say of q. lang: the language of the words.

    Raises: ValueError as `value_and_grad` does, or for a `wrt` that names anything else.
    """
    loss, coordinates, lang = _check.loss(loss), _check.coordinates(coordinates), checked(lang)
    given = wrt if isinstance(wrt, tuple | list) else (wrt,)
    names: list[Parameter] = [parameter(name) for name in given]
    if not names:
        _check.fail("wrt", "at least one of " + ", ".join(PARAMETERS), "none")
    (target, points), at = arguments.experiment(p, grid), families.checked(q)
    thetas = [theta(name, coordinates, view_of(loss), at, lang) for name in names]
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
        force_panels.say(column, lang, *words(at, push, shown))
    fig.align_ylabels()
    style.footnotes(fig, notes(target, at, points, stuck=False, view=view_of(loss)), lang)
    return fig


def force(loss: Loss, p: Density, q: Family, grid: Grid, wrt: Theta) -> Force:
    """The force on one parameter, of checked arguments; by the core's formulas as they stand."""
    setting = taken(loss, p, grid, p.log_prob(grid.x), families.standard(q))
    seen, widths = np.searchsorted(grid.x, setting.grid.x), np.diff(cells(grid))
    sensitivity, score = np.full((2, grid.x.size), np.nan)
    with np.errstate(all="ignore"):
        d, *d_theta = numpy_backend.factors(setting, q.mu, q.sigma)
        sensitivity[seen] = d / widths[seen]
        d_sigma = 1.0 if wrt.name == "mu" else wrt.coordinates.d_sigma(q.sigma)
        score[seen] = d_sigma * d_theta[PARAMETERS.index(wrt.name)]
        product = sensitivity * score
        terms = (widths * product)[seen]
        below, above, net = terms[terms < 0].sum(), terms[terms > 0].sum(), terms.sum()
    return Force(sensitivity, score, product, float(below), float(above), float(net))


def parameter(name: Any) -> Parameter:
    _check.one_of("wrt", name, PARAMETERS)
    return name

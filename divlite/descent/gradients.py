"""The gradients that a loss has where kinks meet, and the one that steepest descent goes against.

At a kink the loss has no gradient, but a set of them: the term whose kink it is may take any slope between
those on its two sides. These are

    g + sum_k t_k a_k,   -1 <= t_k <= 1

over the kinks that meet there, with g the gradient of all else and a_k half of the jump of term k. A kink is
a valley if the loss's slope across it jumps up, and a ridge if it jumps down. Where there are valleys only,
a loss is lowest where 0 is in that set, and steepest descent goes against its shortest member. A ridge holds
nothing: the loss falls on one of its sides, or on both, and each side has its own set.

Source: Clarke, Optimization and Nonsmooth Analysis (1983), propositions 2.1.2 and 2.3.2.
"""

import numpy as np
from numpy.typing import NDArray

from .._types import Array
from ..chain import beside, seen
from ..families.location_scale import place
from ..families.methods import TINY
from ..losses.protocol import d_finish, dot, each, scale, sensitivity, value
from ..setting import Setting
from .kinks import NEAR, jump


def slopes(
    setting: Setting, mu: float, sigma: float, kinks: tuple[int, ...]
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """The gradient in units of sigma, at these kinks the middle of what it may be, and half of each jump.

    Shapes (2,) and (2, number of kinks). And for each kink, whether it is a valley; else it is a ridge.
    """
    x, a, b, w = setting.table
    loss, view, family = setting.loss, setting.view, setting.family
    with np.errstate(all="ignore"):
        c, d, by_mu, by_sigma = seen(view, family, place(family, mu, sigma), x)
        slope = d_finish(loss, each(np.sum, scale(value(loss, a, b, c, d), w)))
        pull = w * dot(slope, sensitivity(loss, a, b, c, d))
        both = sigma * np.array([by_mu + 0.0 * x, by_sigma + 0.0 * x])
        halves, valley = np.zeros((2, len(kinks))), np.ones(len(kinks), bool)
        for k, kink in enumerate(kinks):
            i = kink % x.size
            if kink < x.size:
                size = jump(loss, view, slope, a[i], b[i])
                above = dot(slope, sensitivity(loss, a[i], b[i], *beside(view, a[i], b[i], NEAR)))
                pull[i] = w[i] * (above - 0.5 * size)
                halves[:, k] = 0.5 * w[i] * size * both[:, i]
                valley[k] = size >= 0.0
            else:
                below, above = (float(u) for u in family.pull(np.array([-NEAR, NEAR])))
                both[:, i] = 0.5 * (below + above), -1.0
                halves[:, k] = 0.5 * pull[i] * (above - below), 0.0
                valley[k] = pull[i] * (above - below) <= 0.0
    return both @ pull, halves, valley


def steepest(g: Array, halves: Array, valley: NDArray[np.bool_]) -> tuple[Array, int | None]:
    """The shortest gradient, as `shortest` has it; beside a ridge, on the side where it is longer.

    Of the kinks here only the peak of Q can be a ridge, and one at most is met; of more the highest counts.
    """
    down, numbers = halves[:, valley], np.flatnonzero(valley)
    ridges = halves[:, ~valley]
    ridge = ridges[:, np.hypot(*ridges).argmax()] if ridges.size else np.zeros(2)
    found, free = max(
        (shortest(g + side * ridge, down) for side in (1.0, -1.0)), key=lambda v: np.hypot(*v[0])
    )
    return found, None if free is None else int(numbers[free])


def shortest(g: Array, halves: Array) -> tuple[Array, int | None]:
    """The shortest of g + halves t, -1 <= t <= 1, and the number of the t that is between its ends there.

    All of these fill a polygon whose sides are the halves in the order of their angles, each twice.
    """
    if halves.size == 0:
        return g, None
    ahead = (
        halves.T * np.where((halves[1] < 0.0) | ((halves[1] == 0.0) & (halves[0] < 0.0)), -1.0, 1.0)[:, None]
    )
    order = np.argsort(np.arctan2(ahead[:, 1], ahead[:, 0]))
    sides = 2.0 * ahead[order]
    first = g - ahead.sum(axis=0) + np.cumsum(sides, axis=0) - sides
    corner, side = np.concatenate([first, 2.0 * g - first]), np.concatenate([sides, -sides])
    if (side[:, 1] * corner[:, 0] - side[:, 0] * corner[:, 1] > 0.0).all():  # 0 lies inside
        return np.zeros(2), None
    size = np.maximum((side**2).sum(axis=1), TINY)
    along = np.clip(-(corner * side).sum(axis=1) / size, 0.0, 1.0)
    found = corner + along[:, None] * side
    k = int(np.hypot(*found.T).argmin())
    return found[k], int(order[k % len(order)]) if 0.0 < along[k] < 1.0 else None

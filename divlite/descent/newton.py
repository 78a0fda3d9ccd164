"""Newton's method within a region of trust: the formulas of one step, in units of sigma.

With mu = mu_0 + sigma_0 d_1 and sigma = sigma_0 exp(d_2), the loss near (mu_0, sigma_0) is about

    L + g.d + d.H d/2,   g = (sigma dL/dmu, sigma dL/dsigma),   H their derivatives along d

so a change of the unit of x changes no step. The step is the lowest point of this within |d| <= radius; the
radius grows while the loss falls as foreseen, and shrinks where it does not. A small radius all the way
follows the path of steepest descent; a large one takes some ten steps.

The functions are trusted and take floats; the numba backend compiles them as they stand, the loop among them.

Source: Nocedal and Wright, Numerical Optimization (2006), algorithm 4.1 and section 4.3.
"""

import math
from typing import Any, NamedTuple, TypeAlias

Box: TypeAlias = tuple[float, float, float, float]
"""The least and the largest mu, and the least and the largest sigma."""

EPS = 2.0**-52
ROUNDING = 16.0 * EPS  # of a sum, relative to the sum of its |terms|
SHORTEST = 1e-9  # a step of so many sigmas is no longer one
NEAR = 1e-4  # the same, of an end that is near
CLOSE = 1e-8  # the same, where the next of Newton's steps would be below 1e-15
NONE = 4.0 * EPS  # the same, of a step that would change last digits only
AIM = 0.99  # of the radius: how long a step is made that would be longer


class Local(NamedTuple):
    """The loss at (mu, sigma), its gradient and its second derivatives, in units of sigma."""

    mu: float
    sigma: float
    value: float
    g1: float
    g2: float
    h11: float
    h12: float
    h22: float


def local(down: Any, mu: float, sigma: float) -> Local:
    """The loss and its derivatives at (mu, sigma), of what one goes down."""
    return down.local(mu, sigma)


def terms(down: Any, here: Local) -> tuple[float, float, float]:
    """The sums of |terms| of the loss and of its two derivatives: what their rounding is measured against."""
    return down.terms(here)


def free(u: float, low: float, high: float, g: float) -> float:
    """0 at a border that the loss falls towards, 1 elsewhere."""
    return 0.0 if (u <= low and g > 0.0) or (u >= high and g < 0.0) else 1.0


def projected(here: Local, box: Box) -> Local:
    """The same without the derivatives along a coordinate that the border of the box holds."""
    one = free(here.mu, box[0], box[1], here.g1)
    two = free(here.sigma, box[2], box[3], here.g2)
    g1, g2 = (here.g1 if one else 0.0), (here.g2 if two else 0.0)
    h11, h22 = (here.h11 if one else 1.0), (here.h22 if two else 1.0)
    return Local(here.mu, here.sigma, here.value, g1, g2, h11, here.h12 if one * two else 0.0, h22)


def step(at: Local, radius: float) -> tuple[float, float]:
    """The lowest point of g.d + d.H d/2 within |d| <= radius."""
    low, high, c, s = axes(at)
    along, across = c * at.g1 + s * at.g2, c * at.g2 - s * at.g1
    if low > 0.0 and length_of(along / high, across / low) <= radius:
        d, e = -along / high, -across / low
        return c * d - s * e, s * d + c * e
    # With enough `more`, H + more is positive and |d| falls with it: between these two it passes the aim.
    aim = AIM * radius
    size = math.hypot(along, across) / aim
    least = max(0.0, -low, size - high, abs(across) / aim - low)
    more, most = least, max(least, size - low)
    for _ in range(60):
        if high + more > 0.0 and low + more > 0.0:
            length = length_of(along / (high + more), across / (low + more))
            if 0.9 * radius < length <= radius:
                most = more
                break
            least, most = (more, most) if length > aim else (least, more)
            # Newton's step for 1/|d| = 1/aim, kept inside the interval.
            one, two = high + more, low + more
            cube, other = one * one * one, two * two * two
            # Where the loss is all but flat a cube underflows.
            slope = along * along / cube + across * across / other if cube > 0.0 and other > 0.0 else 0.0
            more = more + (length / aim - 1.0) * length * length / slope if slope > 0.0 else least
        if not least < more < most:
            more = 0.5 * (least + most)
    if not (high + most > 0.0 and low + most > 0.0):
        return 0.0, 0.0
    d, e = -along / (high + most), -across / (low + most)
    return c * d - s * e, s * d + c * e


def middle(h11: float, h12: float, h22: float) -> tuple[float, float]:
    """(mean, spread): the eigenvalues of H are mean - spread and mean + spread."""
    return 0.5 * (h11 + h22), math.hypot(0.5 * (h11 - h22), h12)


def axes(at: Local) -> tuple[float, float, float, float]:
    """The eigenvalues of H, the lower one first, and the (cos, sin) of the axis of the higher one."""
    if at.h12 == 0.0:  # exactly: a coordinate that the border holds does not move
        upright = 1.0 if at.h11 >= at.h22 else 0.0
        return min(at.h11, at.h22), max(at.h11, at.h22), upright, 1.0 - upright
    (mean, spread), half = middle(at.h11, at.h12, at.h22), 0.5 * (at.h11 - at.h22)
    # Of cos and sin of half the angle of (half, h12): the larger first, which loses no digits.
    large = math.sqrt(0.5 + 0.5 * abs(half) / spread)
    small = 0.5 * abs(at.h12) / (spread * large)
    c, s = (large, small) if half >= 0.0 else (small, large)
    return mean - spread, mean + spread, c, math.copysign(s, at.h12)


def foreseen(at: Local, d1: float, d2: float) -> float:
    """How far the loss should fall."""
    bend = at.h11 * d1 * d1 + 2.0 * at.h12 * d1 * d2 + at.h22 * d2 * d2
    return -(at.g1 * d1 + at.g2 * d2 + 0.5 * bend)


def clipped(u: float, low: float, high: float) -> float:
    return low if u < low else (high if u > high else u)


def moved(at: Local, d1: float, d2: float, box: Box) -> tuple[float, float, float, float, bool]:
    """(mu, sigma) after the step, as far as it stays in the box; the step that this makes; if it is whole."""
    mu, sigma = at.mu + at.sigma * d1, at.sigma * math.exp(d2)
    if box[0] <= mu <= box[1] and box[2] <= sigma <= box[3]:
        return mu, sigma, (mu - at.mu) / at.sigma, d2, True
    log_sigma = math.log(at.sigma)
    low = math.log(box[2]) - log_sigma if box[2] > 0.0 else -math.inf
    high = math.log(box[3]) - log_sigma
    one = share(d1, (box[0] - at.mu) / at.sigma, (box[1] - at.mu) / at.sigma)
    two = share(d2, low, high)
    part = min(one, two)
    mu = clipped(at.mu + at.sigma * part * d1, box[0], box[1])
    sigma = clipped(at.sigma * math.exp(part * d2), box[2], box[3])
    # On the border and not a rounding error beside it.
    if one < 1.0 and one == part:
        mu = box[1] if d1 > 0.0 else box[0]
    if two < 1.0 and two == part:
        sigma = box[3] if d2 > 0.0 else box[2]
    return mu, sigma, (mu - at.mu) / at.sigma, math.log(sigma / at.sigma), part == 1.0


def share(d: float, low: float, high: float) -> float:
    """How much of a step there is room for. A rounding error towards a border that holds is no step."""
    room = high if d > 0.0 else low
    return 1.0 if abs(d) <= abs(room) or abs(d) < SHORTEST else room / d


def judged(
    at: Local, next_: Local, d1: float, d2: float, whole: bool, radius: float, reach: float, noise: float
) -> tuple[bool, bool, float]:
    """Whether the step is taken, whether it was the last one, and the radius of the next.

    noise: below this a difference of two losses is rounding. There the gradient decides: as long as it
    halves, Newton's steps go on. A step that the border of the box has cut is tried shorter. Of a loss whose
    terms cancel the noise is more than is known: so near the end a gradient that falls to a tenth decides, if
    the loss rises by no more than some eps of its second derivative along the step.
    """
    length, expected = length_of(d1, d2), foreseen(at, d1, d2)
    slope, next_slope = steepness(at), steepness(next_)
    bend, rise = -2.0 * (at.g1 * d1 + at.g2 * d2 + expected), next_.value - at.value
    vanishing = length < NEAR and next_slope < 0.1 * slope and rise * length * length <= ROUNDING * abs(bend)
    if not expected > noise and not whole:
        return False, radius < SHORTEST, 0.25 * radius
    if not expected > noise:
        halved = next_slope < 0.5 * slope and next_.value <= at.value + 2.0 * noise
        return halved or vanishing, not (halved or vanishing) or length > 0.1, radius
    ratio = (at.value - next_.value) / expected
    if not (vanishing or (ratio > 0.25 and math.isfinite(next_slope))):
        radius = 0.25 * length
    elif ratio > 0.75 and length > 0.89 * radius:
        radius = min(2.0 * radius, reach)
    better = vanishing or (ratio > 1e-4 and math.isfinite(next_slope))
    return better, radius < SHORTEST or (better and whole and length < CLOSE), radius


def stale(here: Local, size: tuple[float, float, float], away: float) -> bool:
    """Whether the |terms| may be others by a thousandth, after a way that was so long, in units of sigma.

    They change about as fast as the gradient. At a fit without residual they vanish, as it does.
    """
    bend = max(abs(here.h11), abs(here.h12), abs(here.h22))
    return not 1e4 * bend * away <= max(size[1], size[2])


def alike(size: float, now: float) -> bool:
    """Whether the rounding error that the steps were judged by is still the one to judge by."""
    return not (now < 0.5 * size or now > 2.0 * size)


def arrived(here: Local, length: float, size: tuple[float, float, float]) -> bool:
    """Whether a step of this length improves nothing: it is, or its gradient, a rounding error.

    size: the |terms|.
    """
    slope, noise = steepness(here), EPS * max(size[1], size[2])
    return slope <= noise or (length < NONE and slope <= 16.0 * noise)


def steepness(at: Local) -> float:
    """The larger of both derivatives; NaN if one of them is not finite."""
    return max(abs(at.g1), abs(at.g2)) + 0.0 * (at.g1 + at.g2)


def length_of(d1: float, d2: float) -> float:
    """Of a step: in units of sigma, so that its square is a float, or it is none that counts."""
    return math.sqrt(d1 * d1 + d2 * d2)


def descend(
    down: Any, mu: float, sigma: float, box: Box, reach: float, most: int
) -> tuple[Local, int, tuple[float, float, float]]:
    """Where Newton's steps from (mu, sigma) end, how many they were, and the |terms| there.

    reach: the longest step; most: the most of them.
    """
    here = projected(local(down, mu, sigma), box)
    # The |terms| are at least as large as the loss itself, and are added up near the end only.
    size, away = (abs(here.value), 0.0, 0.0), math.inf
    radius, steps = min(reach, 1.0), 0
    while steps < most and math.isfinite(here.value):
        d1, d2 = step(here, radius)
        length = length_of(d1, d2)
        if length < NEAR and stale(here, size, away):
            size, away = terms(down, here), 0.0
        if arrived(here, length, size):
            break
        mu, sigma, d1, d2, whole = moved(here, d1, d2, box)
        next_ = projected(local(down, mu, sigma), box)
        taken, last, radius = judged(here, next_, d1, d2, whole, radius, reach, ROUNDING * size[0])
        steps += 1
        if taken:
            here, away = next_, away + length
        if last and stale(here, size, away):
            # Far from where they were added up the terms may be others, and so the rounding.
            now = terms(down, here)
            last, size, away = alike(size[0], now[0]), now, 0.0
            radius = min(reach, 1.0)
        if last:
            break
    if stale(here, size, away) and math.isfinite(here.value):
        size = terms(down, here)
    return here, steps, size

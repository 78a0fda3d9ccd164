"""The box that no step leaves: as it is given, or around the window of the grid."""

from typing import Any

import numpy as np

from .. import _check
from ..grid import Grid
from ..setting import Setting
from .newton import Box

NARROWEST = 2.0  # sigma that is looked for over a window, in gaps of the grid
WIDE = 100.0  # sigma, in widths of the window, where Q has left it for good


def checked_box(box: Any, checked: Setting) -> Box:
    """The box as four numbers, by default wide around the window."""
    x = checked.grid.x
    width, gap = float(x[-1] - x[0]), float(np.diff(x).min()) if x.size > 1 else 1.0
    if box is None:
        return float(x[0]) - 3.0 * width, float(x[-1]) + 3.0 * width, 0.01 * gap, WIDE * width
    expected = "((mu from, mu to), (sigma from, sigma to))"
    numbers = _check.array("box", box)
    if numbers.shape != (2, 2) or not np.isfinite(numbers).all() or not (numbers[:, 0] < numbers[:, 1]).all():
        _check.fail("box", f"{expected}, finite and rising", _check.shown(box))
    if not numbers[1, 0] > 0.0:
        _check.fail("box", f"{expected} with sigma > 0", _check.shown(box))
    a, b, c, d = numbers.ravel().tolist()
    return a, b, c, d


def default_box(grid: Grid) -> Box:
    """For mu the window, for sigma twice its least gap, below which sums miss Q's shape, and its width."""
    x = grid.x
    width = float(x[-1] - x[0])
    return float(x[0]), float(x[-1]), min(NARROWEST * float(np.diff(x).min()), 0.5 * width), width

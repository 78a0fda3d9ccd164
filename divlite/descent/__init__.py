"""Where a loss ends: the optimum downhill from a point, all optima in a box, and many starts at once."""

from .solving import Optimum, solve

__all__ = ["Optimum", "solve"]

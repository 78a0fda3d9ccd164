"""The numba backend: the core's own formulas, fused into one vectorised loop and compiled.

Nothing here knows a density or a loss. `core` tells Numba that the core's functions may be
compiled as they stand; `elementary` gives exp and log a form that vectorises; `kernels` holds the
loop over the grid and the loop over the steps.
"""

from .backend import BACKEND

__all__ = ["BACKEND"]

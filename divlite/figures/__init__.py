"""Figures of densities and fits: functions of values, each returning a matplotlib Figure or writing a file.

Importing this loads matplotlib (never pyplot); `import divlite` alone does not.
"""

from .densities import plot_densities, plot_separations
from .fits import plot_fit, plot_path, plot_summary
from .gif import frame_steps, write_gif

__all__ = [
    "frame_steps",
    "plot_densities",
    "plot_fit",
    "plot_path",
    "plot_separations",
    "plot_summary",
    "write_gif",
]

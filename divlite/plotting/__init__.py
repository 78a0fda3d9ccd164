"""Figures and animations of densities and fits.

Pure functions from values to a `matplotlib.figure.Figure`, or to a file; matplotlib is imported with
this package and not before. pyplot is not used: its state is global, and it takes a third of a second.
"""

from .fonts import font_families
from .force import plot_force
from .force_gif import write_force_gif
from .gif import frame_steps
from .landscape import plot_landscape
from .landscape_gif import write_landscape_gif
from .microscope import plot_microscope
from .moving import write_gif
from .plots import plot_densities, plot_fit, plot_path, plot_separations, plot_summary

__all__ = [
    "font_families",
    "frame_steps",
    "plot_densities",
    "plot_fit",
    "plot_force",
    "plot_landscape",
    "plot_microscope",
    "plot_path",
    "plot_separations",
    "plot_summary",
    "write_force_gif",
    "write_gif",
    "write_landscape_gif",
]

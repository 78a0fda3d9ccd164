"""Densities: what a target or a fit can be. A density knows nothing of the losses."""

from .mixture import Mixture
from .normal import Normal
from .tabulated import Tabulated

__all__ = ["Mixture", "Normal", "Tabulated"]

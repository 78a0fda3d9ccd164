"""Densities: what a target or a fit can be. A density knows nothing of the losses."""

from ..families import Normal
from .mixture import Mixture
from .tabulated import Tabulated

__all__ = ["Mixture", "Normal", "Tabulated"]

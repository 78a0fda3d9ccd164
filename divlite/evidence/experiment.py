"""The articles' numbers, which the worked examples put in."""

from .._types import Array
from ..densities import Mixture, Normal
from ..discrete import softmax
from ..grid import Grid

# The first article's target and grid, and where its fits begin.
TARGET = Mixture((1.0, 1.0), (Normal(-5.0, 1.0), Normal(10.0, 1.0)))
GRID = Grid.linspace(-15.0, 15.0, 1000)
START = Normal(0.0, 1.0)


def logits() -> tuple[Array, Array]:
    """Three logits a and a target p, from the third article's random numbers."""
    from ..articles.kl_div_reductions import uniforms

    a, other = uniforms((3,))
    return a, softmax(other)

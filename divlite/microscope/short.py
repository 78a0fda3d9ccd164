"""Numbers, formulas and places in few characters."""

import math
from typing import Any

import numpy as np

from .._types import Array
from .traced import Step


def label(step: Step, width: int) -> str:
    """The name of a step and its formula; the end of a long one is left out."""
    if step.formula in ("given", step.name):
        text = step.name
    else:
        text = step.formula if step.name.startswith("#") else f"{step.name} = {step.formula}"
    return text if len(text) <= width else text[: width - 3] + "..."


def spans(x: Array, mask: Any) -> str:
    """Where a mask holds, in words: x from -15 to -14.4, and from 14.4 to 15."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    pairs = list(zip(edges[::2], edges[1::2] - 1, strict=True))
    said = [f"{x[a]:.4g}" if a == b else f"from {x[a]:.4g} to {x[b]:.4g}" for a, b in pairs[:3]]
    more = f" and {len(pairs) - 3} more stretches" if len(pairs) > 3 else ""
    return "x " + " and ".join(said) + more


def largest(errors: Any) -> tuple[float, int]:
    """The largest size, and where; NaN is the largest of all."""
    sizes = np.nan_to_num(np.abs(errors).ravel(), nan=np.inf, posinf=np.inf)
    place = int(np.argmax(sizes))
    return float(np.abs(errors).flat[place]), place


def short(value: float) -> str:
    return "0" if value == 0 else f"{value:.1e}" if math.isfinite(value) else f"{value:g}"


def count(look: Any) -> str:
    """How many points."""
    return f"{look.grid.x.size:,}"

"""The precision tensors are made with, and where."""

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from divlite import _check


class Place(NamedTuple):
    """The precision tensors are made with, and where."""

    dtype: torch.dtype
    device: torch.device

    def tensor(self, values: Any) -> Tensor:
        # A copy: torch warns of, and could write to, memory that NumPy marks read-only.
        return torch.tensor(np.array(values), dtype=self.dtype, device=self.device)

    def leaves(self, mu: float, sigma: float) -> tuple[Tensor, Tensor]:
        """Both parameters as leaves, or the ValueError that says which is out of this precision's range."""
        for name, value in (("mu", mu), ("sigma", sigma)):
            if not math.isfinite(rounded := self.tensor(value).item()) or (
                name == "sigma" and rounded == 0.0
            ):
                _check.fail(name, f"a number within the range of {self.dtype}", _check.shown(value))
        return self.tensor(mu).requires_grad_(), self.tensor(sigma).requires_grad_()

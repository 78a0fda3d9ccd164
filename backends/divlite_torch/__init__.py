"""The torch backend: an independent oracle. No formula of the core is used here.

Values come from torch's own parts (`torch.distributions`, `torch.nn.functional`), gradients from
autograd alone, fits from `torch.optim`. Where it agrees with the numba and numpy backends, two
derivations that share nothing agree.
"""

try:
    import torch as torch
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise ModuleNotFoundError(
        "torch: backend \"torch\" needs it; from a checkout: pip install '.[torch]', or for the small CPU "
        "build first: pip install torch --index-url https://download.pytorch.org/whl/cpu",
        name="torch",
    ) from None

from .backend import backend
from .losses import ORACLES

__all__ = ["ORACLES", "backend"]

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
        "torch: backend \"torch\" needs it; install it, in a checkout, with: pip install '.[torch]', "
        "or for the small CPU build: pip install torch --index-url https://download.pytorch.org/whl/cpu",
        name="torch",
    ) from None

from .backend import backend
from .losses import ORACLES

__all__ = ["ORACLES", "backend"]

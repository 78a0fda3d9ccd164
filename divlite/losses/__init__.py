"""The losses: one file a divergence, each with its definition, derivation, formulas and edge cases.

A loss is an immutable value, a NamedTuple whose fields are its parameters. Its formulas are

    value(p, log_p, q, log_q)      f, what is summed over the grid
    d_log_q(p, log_p, q, log_q)    df/dlog q, how the summand changes with log q at its own point

elementwise and in plain arithmetic (`divlite.elementary` and + - * /), so that the same source
runs on whole arrays and, point by point, inside a compiled loop. A loss never knows which density
q comes from, nor how the grid weighs its points.

Without more said, the loss is the weighted sum L = sum_i w_i f_i. A loss made from several sums
returns a tuple from `value` and adds `finish(sums)`, the loss as a function of those sums, and
`d_finish(sums)`, its partial derivatives. Sums that q does not enter stand last, and `d_log_q` and
`d_finish` leave them out.

To add one: a file here (@distinct makes its values compare by class), a line in LOSSES and the names that
divlite exports, and its oracle in divlite_torch.
"""

from .._types import Loss
from .cosine import Cosine
from .cramer_von_mises import CramerVonMises
from .forward_kl import ForwardKL
from .l1 import L1
from .mse import MSE
from .protocol import loss_name
from .reverse_kl import ReverseKL
from .smoothed import Smoothed
from .wasserstein1 import Wasserstein1

LOSSES: tuple[Loss, ...] = (ForwardKL(), ReverseKL(), MSE(), L1(), Cosine())

__all__ = [
    "L1",
    "LOSSES",
    "MSE",
    "Cosine",
    "CramerVonMises",
    "ForwardKL",
    "ReverseKL",
    "Smoothed",
    "Wasserstein1",
    "loss_name",
]

"""torch.nn.functional's losses and their gradients, computed by NumPy alone: `dl.functional`.

    import divlite as dl

    dl.functional.kl_div(log_q, p, reduction="batchmean")             as F.kl_div(...)
    d = dl.functional.d_kl_div(log_q, p, reduction="batchmean")       as .backward() after it
    d.input, d.target                                                 as log_q.grad, p.grad

The convention, the same for all ten. A function `name` has torch's arguments under torch's names, in torch's
order and with its defaults; the deprecated size_average and reduce are left out. It returns an array, with
no axis where torch returns a single number.

`d_name` takes the same arguments, and by name only `grad_output`: the gradient of what follows by the value,
an array of the value's shape. A single number, 1.0 if nothing is said, stands for every entry: that is the
gradient of the sum of the value's entries. What comes back is a NamedTuple with a field for each argument
that torch differentiates by: the gradient in that argument's shape, summed over what was broadcast, and in
its type. It is None for an argument that is None, a plain number, or class indices.

What is promised. Values and gradients are those of torch 2.13 on a CPU: NaN, inf and 0 in the same cases,
the same clamps, and the same choice where there is no derivative. They are computed in the type that comes
in, float32 or float64, and differ from torch's by rounding: by a few units in the last place of the terms
that are added. Where a step overflows or underflows on the way, the order of the steps counts; it is not
always torch's.

Types. Two different ones are computed in the wider one, all steps of them; torch takes some steps in the
narrower, and has no gradient of huber_loss then. As in torch, a number without an axis does not widen an
array, but for the four losses of a difference and the cosine, which torch broadcasts first. Refused are
float16, which torch rounds after every step, and integers: torch takes those in some functions beside a
float argument, and never gives them a gradient. Class indices may be of any integer type.

Warnings. torch warns of shapes that differ, of kl_div's "mean" and of a missing dim. These functions do not.

`CHANGES` lists what older versions did, with the old formulas.
"""

from .changes import (
    CHANGES,
    Change,
    cosine_similarity_until_1_11,
    d_cosine_similarity_until_1_11,
    d_kl_div_until_1_12,
    kl_div_until_1_12,
)
from .cosine import cosine_similarity, d_cosine_similarity
from .differences import (
    d_huber_loss,
    d_l1_loss,
    d_mse_loss,
    d_smooth_l1_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from .entropy import cross_entropy, d_cross_entropy
from .gaussian import d_gaussian_nll_loss, gaussian_nll_loss
from .gradients import (
    ClassGradient,
    CosineGradient,
    InputGradient,
    PairGradient,
    VarianceGradient,
    WeightedGradient,
)
from .kl import d_kl_div, kl_div
from .softmaxes import d_log_softmax, d_softmax, log_softmax, softmax

__all__ = [
    "CHANGES",
    "Change",
    "ClassGradient",
    "CosineGradient",
    "InputGradient",
    "PairGradient",
    "VarianceGradient",
    "WeightedGradient",
    "cosine_similarity",
    "cosine_similarity_until_1_11",
    "cross_entropy",
    "d_cosine_similarity",
    "d_cosine_similarity_until_1_11",
    "d_cross_entropy",
    "d_gaussian_nll_loss",
    "d_huber_loss",
    "d_kl_div",
    "d_kl_div_until_1_12",
    "d_l1_loss",
    "d_log_softmax",
    "d_mse_loss",
    "d_smooth_l1_loss",
    "d_softmax",
    "gaussian_nll_loss",
    "huber_loss",
    "kl_div",
    "kl_div_until_1_12",
    "l1_loss",
    "log_softmax",
    "mse_loss",
    "smooth_l1_loss",
    "softmax",
]

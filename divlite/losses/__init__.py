"""The losses: one file a divergence, each with its definition, derivation, formulas and edge cases.

A loss is an immutable value, a NamedTuple whose fields are its parameters. Its formulas are

    value(p, log_p, q, log_q)      f, what is summed over the grid
    d_log_q(p, log_p, q, log_q)    df/dlog q, how the summand changes with log q at its own point

elementwise and in plain arithmetic (`divlite.elementary` and + - * /), so that the same source
runs on whole arrays and, point by point, inside a compiled loop. A loss never knows which density
q comes from, nor how the grid weighs its points.

That is the view `Density`. A loss that says `view = CDF()` sees two CDFs, from below and from above, and has
`value` and `d_cdf_q` of (cdf_p, sf_p, cdf_q, sf_q); one with `view = Quantile()` has `value` and `d_x_q` of
(x_p, u, x_q, z). `divlite.views` says what these are.

Without more said, the loss is the weighted sum L = sum_i w_i f_i. A loss made from several sums
returns a tuple from `value` and adds `finish(sums)`, the loss as a function of those sums, and
`d_finish(sums)`, its partial derivatives. Sums that q does not enter stand last, and `d_log_q` and
`d_finish` leave them out.

A loss that makes something of P alone, such as a logarithm, may say so: `of_p(p, log_p)` gives two numbers,
and `given_p()` the same loss for these two in place of p and log p. A fit then makes them once.

The theorem that a loss belongs to is seen from one more formula, which no kernel runs: `f(u)` with u = p/q
makes it an f-divergence, whose term is q f(p/q); `phi(q)` a Bregman divergence between the densities; `h(d)`
with d = p - q a distance.

To add one: a file here (@distinct makes its values compare by class), its line in `catalogue`, and its
oracle in divlite_torch.
"""

from typing import TYPE_CHECKING

from .._types import Loss
from . import catalogue
from .catalogue import *  # noqa: F403
from .protocol import loss_name as loss_name
from .smoothed import Smoothed as Smoothed

LOSSES: tuple[Loss, ...] = tuple(loss() for loss in vars(catalogue).values() if isinstance(loss, type))

# To a type checker all that is imported above with *, or as itself, is public: it cannot read this list.
__all__: list[str]
if not TYPE_CHECKING:
    __all__ = ["LOSSES", "Smoothed", "loss_name", *(type(loss).__name__ for loss in LOSSES)]

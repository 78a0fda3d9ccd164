"""Many fits in one compiled call: a loop over the starts, around the same loop over the steps.

Nothing here runs in parallel, and no start knows of another. So the numbers do not depend on how the starts
are shared out among calls, threads or machines.
"""

# pyright: basic
# Numba has no types to check: a compiled function is given its types by its callers.

import math

import numpy as np
from numba import njit

from divlite import chain, coordinates, optimizers

from .cache import keep
from .flags import ENTRY
from .kernels import sums


def entries(stamp, cached):
    """The compiled entry point; see `kernels.kernels_of`."""

    @njit(**ENTRY)
    def ends(
        loss,
        view,
        family,
        coords,
        optimizer,
        steps,
        first,
        last,
        mus,
        sigmas,
        x,
        a,
        b,
        w,
        out_mu,
        out_sigma,
        out_loss,
        out_d_mu,
        out_d_sigma,
        out_steps,
        out_left,
    ):
        """Follow the fits from `first` until `last`, and write where each ended."""
        _ = stamp  # what a function closes over is part of its cache key
        for k in range(first, last):
            mu, t = mus[k], coordinates.from_sigma(coords, sigmas[k])
            states = optimizers.init(optimizer), optimizers.init(optimizer)
            for i in range(steps + 1):
                sigma = coordinates.to_sigma(coords, t)
                out_left[k] = not (math.isfinite(mu) and 0.0 < sigma < np.inf)
                if out_left[k]:
                    break
                value, d_mu, d_sigma = sums(loss, view, family, mu, sigma, x, a, b, w)
                value, d_mu, d_sigma = chain.assemble(loss, value, d_mu, d_sigma)
                out_mu[k], out_sigma[k], out_loss[k], out_steps[k] = mu, sigma, value, i
                out_d_mu[k], out_d_sigma[k] = d_mu, d_sigma
                mu, t, states = optimizers.descend(
                    optimizer, coords, mu, t, sigma, d_mu, d_sigma, states, i + 1.0
                )

    if cached:
        keep(ends)
    return ends

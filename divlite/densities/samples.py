"""Densities estimated from samples, at given points: a Gaussian kernel estimate and a histogram."""

import math
from typing import Literal

import numpy as np

from .. import _check
from .._types import Array
from ..families.normal import HALF_LOG_2PI

Method = Literal["kernel", "histogram"]
METHODS: tuple[Method, ...] = ("kernel", "histogram")


def bandwidth_of(samples: Array, method: Method) -> float:
    """Scott's rule: s n^(-1/5) for a kernel, s (24 sqrt(pi)/n)^(1/3) for a bin; s the standard deviation."""
    n = samples.size
    with np.errstate(over="ignore", invalid="ignore"):
        s = float(np.std(samples, ddof=1)) if n > 1 else 0.0
    if not 0.0 < s < math.inf:
        expected = "at least 2 different numbers, or a bandwidth of your own"
        _check.fail("samples", expected, f"a standard deviation of {s:g}")
    return s * (n**-0.2 if method == "kernel" else (24.0 * math.sqrt(math.pi) / n) ** (1.0 / 3.0))


def log_kernel(samples: Array, x: Array, h: float) -> Array:
    """log of mean_j N(x; samples_j, h), by log-sum-exp: finite far from all samples."""
    # One point at a time: the table of all points and all samples can be larger than the memory.
    log_p = np.empty(x.size)
    with np.errstate(over="ignore"):
        for i, point in enumerate(x):
            terms: Array = -0.5 * np.square((point - samples) / h)
            largest = float(terms.max())
            mean: float = np.mean(np.exp(terms - largest)).item() if largest > -np.inf else 1.0
            log_p[i] = largest + math.log(mean)
    return log_p - (math.log(h) + HALF_LOG_2PI)


def log_histogram(samples: Array, x: Array, h: float) -> Array:
    """log of the share of samples in the bin of x, over its width h; the first bin starts at the least."""
    ordered = np.sort(samples)
    with np.errstate(all="ignore"):
        k: Array = np.floor((x - ordered[0]) / h)
        # The end of a bin is the start of the next, to the last bit: no sample is in two of them, or in none.
        left: Array = ordered[0] + h * k
        right: Array = ordered[0] + h * (k + 1.0)
        first, last = np.searchsorted(ordered, left), np.searchsorted(ordered, right)
        return np.log((last - first) / samples.size) - math.log(h)


def log_density(samples: Array, x: Array, bandwidth: float | None, method: Method) -> Array:
    """The log of the estimated density at x; -inf where a histogram has no sample."""
    h = bandwidth_of(samples, method) if bandwidth is None else bandwidth
    log_p = (log_kernel if method == "kernel" else log_histogram)(samples, x, h)
    with np.errstate(over="ignore"):
        seen = (np.exp(log_p) > 0.0).any()
    if not seen:
        reach = f"the samples, which lie between {samples.min():g} and {samples.max():g}"
        _check.fail("x", f"points where the estimated density is above 0, near {reach}", "none")
    return log_p

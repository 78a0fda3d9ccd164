"""The sums that a ledger is made of, from log densities."""

import math
from typing import NamedTuple

import numpy as np

from .._types import Array


class Sums(NamedTuple):
    """The sums of p log(p/q) and of p log(p/q) - p + q, and the KL of both over their sums, in nats."""

    total: float
    generalised: float
    normalised: float


def sums(log_p: Array, log_q: Array, w: Array) -> Sums:
    """The three sums: the first as it is defined, the others of terms that are never below 0."""
    p, log_s_p, log_s_q = np.exp(log_p), log_sum(log_p, w), log_sum(log_q, w)
    with np.errstate(invalid="ignore"):
        terms = np.where(p > 0.0, p * (log_p - log_q), 0.0)
        normalised = _excess(log_p - log_s_p, log_q - log_s_q)
    found = (np.sum(w * values) for values in (terms, _excess(log_p, log_q), normalised))
    return Sums(*map(float, found))


def as_floats(log_p: Array) -> Array:
    """The logarithm of what is left of a density in an array of floats."""
    with np.errstate(divide="ignore"):
        return np.log(np.exp(log_p))


def _excess(log_p: Array, log_q: Array) -> Array:
    """p log(p/q) - p + q = p (exp(d) - 1 - d), with d = log(q/p): 0 or more, and q where p = 0."""
    p, q = np.exp(log_p), np.exp(log_q)
    with np.errstate(invalid="ignore", over="ignore"):
        d = np.where(p > 0.0, log_q - log_p, 0.0)
        # Near d = 0 the terms cancel, and expm1 has their digits; far from it exp(d) may overflow, q not.
        near = np.maximum(np.expm1(d) - d, 0.0)
        return np.where(np.abs(d) < 1.0, p * near + np.where(p > 0.0, 0.0, q), q - p - p * d)


def log_sum(log_p: Array, w: Array) -> float:
    """log sum_i w_i p_i, the largest p taken out."""
    highest = float(log_p.max())
    if highest == -math.inf:
        return highest
    return highest + math.log(float(np.sum(w * np.exp(log_p - highest))))

"""The compiled exp, log and their like against 50 digits, and at the ends of their range."""

import math

import mpmath
import numpy as np
import pytest
from numba import njit

from divlite import elementary
from divlite_numba import core as core  # registers the compiled forms


@njit
def compiled_exp(a):
    return elementary.exp(a)


@njit
def compiled_log(a):
    return elementary.log(a)


@njit
def compiled_log1p(a):
    return elementary.log1p(a)


@njit
def compiled_expm1(a):
    return elementary.expm1(a)


def ulps(got: float, argument: float, exact) -> float:
    with mpmath.workdps(50):
        truth = exact(mpmath.mpf(argument))
        return float(abs(mpmath.mpf(got) - truth) / mpmath.mpf(math.ulp(float(truth))))


def test_exp_is_within_1_ulp():
    rng = np.random.default_rng(6)
    arguments = np.concatenate(
        [rng.uniform(-708, 709.7, 4000), rng.normal(0, 1, 2000), rng.normal(0, 1e-6, 500)]
    )
    assert max(ulps(compiled_exp(a), a, mpmath.exp) for a in arguments.tolist()) < 1.0


def test_log_is_within_0_9_ulp():
    rng = np.random.default_rng(7)
    arguments = np.concatenate(
        [np.exp(rng.uniform(-744, 709, 4000)), rng.uniform(0.5, 2, 2000), 1 + rng.normal(0, 1e-6, 500)]
    )
    assert max(ulps(compiled_log(a), a, mpmath.log) for a in arguments.tolist()) < 0.9


SMALL = np.concatenate(
    [sign * 10.0 ** np.random.default_rng(8).uniform(-300, -0.5, 2000) for sign in (1, -1)]
)


def test_log1p_is_within_2_ulp():
    arguments = np.concatenate([SMALL, 10.0 ** np.random.default_rng(9).uniform(-1, 300, 2000)])
    assert max(ulps(compiled_log1p(a), a, mpmath.log1p) for a in arguments.tolist()) < 2
    assert compiled_log1p(0.0) == 0.0
    assert compiled_log1p(math.inf) == math.inf
    assert compiled_log1p(-1.0) == -math.inf


def test_expm1_is_within_3_ulp():
    arguments = np.concatenate([SMALL, np.random.default_rng(10).uniform(-700, 700, 2000)])
    assert max(ulps(compiled_expm1(a), a, mpmath.expm1) for a in arguments.tolist()) < 3
    assert compiled_expm1(0.0) == 0.0
    assert compiled_expm1(-math.inf) == -1.0
    assert compiled_expm1(math.inf) == math.inf


def test_exp_at_the_ends():
    for a in (-math.inf, -1e300, -800.0, -746.0, -708.5):
        assert compiled_exp(a) == 0.0  # subnormal results are flushed
    assert compiled_exp(-708.0) == pytest.approx(math.exp(-708.0), rel=1e-15)
    assert compiled_exp(0.0) == 1.0
    assert compiled_exp(709.7827) == pytest.approx(math.exp(709.7827), rel=1e-15)
    for a in (709.79, 1e300, math.inf):
        assert compiled_exp(a) == math.inf
    assert math.isnan(compiled_exp(math.nan))


def test_log_at_the_ends():
    assert compiled_log(0.0) == -math.inf
    assert compiled_log(math.inf) == math.inf
    assert compiled_log(1.0) == 0.0
    assert compiled_log(5e-324) == math.log(5e-324)
    assert math.isnan(compiled_log(-1.0))
    assert math.isnan(compiled_log(math.nan))

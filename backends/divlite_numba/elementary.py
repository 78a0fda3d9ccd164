"""exp, log and their like without a branch or a library call, so that LLVM can run eight at once.

Numba's wheels bring no vector mathematics library, and a loop that calls libm's scalar exp does
not vectorise: it takes five times as long. So these are polynomials, unrolled by hand (a loop over
a tuple of coefficients is not vectorised either).

Errors measured against 50 digits, over the whole range: exp 0.93 ulp, log 0.88 ulp. Below -708, where
results come near the subnormal numbers, exp is 0. What densities do not need (erfc, atan, the logarithm of
Gamma) is the C library's, one point at a time.

Each is for numbers alone: what it is of a dual number is said in `dual`, and a formula of numbers that can be
run on dual numbers as well would give a wrong derivative here.
"""

# pyright: basic
# Numba has no types to check: a compiled function is given its types by its callers.

import math

import numpy as np
from numba import types
from numba.extending import overload, register_jitable

from divlite import elementary

from .flags import EXACT

LOG2_E = 1.4426950408889634
# log 2 in two parts, the first with 21 trailing zero bits: k * LN2_HI is exact (Cody and Waite).
LN2_HI = 6.93147180369123816490e-01
LN2_LO = 1.90821492927058770002e-10
# Adding 1.5 * 2^52 leaves the nearest integer in the low bits of the sum. With 1022 more, what stands there
# is the exponent's field of 2^(k - 1).
ROUND = 6755399441055744.0
ROUND_EXPONENT = ROUND + 1022.0
EXP_MAX = 710.0  # e^710 is infinite already, and from 710.2 on k - 1 = 1024 can be met, which has no field
EXP_MIN = -708.0  # below this k = -1022 can be met, and 2^(k - 1) would be a subnormal number

# exp(r) = 1 + r + r^2 (E2 + E3 r + ... + E11 r^9) on |r| <= log(2)/2, to 4e-18 relative, these very
# numbers taken at 50 digits: near the best there is of degree 11.
E2, E3, E4, E5, E6, E7, E8, E9, E10, E11 = (
    0.500000000000001,
    0.16666666666666413,
    0.041666666666534444,
    0.008333333333495336,
    0.001388888894266888,
    0.0001984126950271789,
    2.4801493980473007e-05,
    2.755759112510579e-06,
    2.762996332311069e-07,
    2.499824154147892e-08,
)

SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
EXPONENT = -(1 << 52)  # a mask of the sign and the exponent's field
ROUND_BITS = 0x4338000000000000
SUBNORMAL_SCALE = 2.0**54


@register_jitable(**EXACT)
def _reduced(a):
    """(t, shifted) with e^a = (1 + t) 2^k, |t| < 0.42; the low bits of `shifted` are 2^(k - 1)'s field."""
    shifted = a * LOG2_E + ROUND_EXPONENT
    k = shifted - ROUND_EXPONENT
    r = a - k * LN2_HI
    r = r - k * LN2_LO
    r2 = r * r
    r4 = r2 * r2
    low = (E2 + E3 * r) + r2 * (E4 + E5 * r)
    high = ((E6 + E7 * r) + r2 * (E8 + E9 * r)) + r4 * (E10 + E11 * r)
    return r + r2 * (low + r4 * high), shifted


@overload(elementary.exp, jit_options=EXACT)
def _exp(a):
    if not isinstance(a, types.Number):
        return None

    def exp(a):
        t, shifted = _reduced(EXP_MAX if a > EXP_MAX else a)
        # 2^k itself would be infinite for k = 1024, where e^a may still be a number.
        half = np.int64(np.float64(shifted).view(np.int64) << 52).view(np.float64)
        return 0.0 if a < EXP_MIN else (2.0 + 2.0 * t) * half

    return exp


@overload(elementary.expm1, jit_options=EXACT)
def _expm1(a):
    if not isinstance(a, types.Number):
        return None

    def expm1(a):
        # For |a| < log(2)/2, where k = 0, the polynomial is e^a - 1 itself; and exp(a) is at hand elsewhere.
        t, shifted = _reduced(a)
        return t if shifted == ROUND_EXPONENT else elementary.exp(a) - 1.0

    return expm1


@overload(elementary.log, jit_options=EXACT)
def _log(a):
    if not isinstance(a, types.Number):
        return None

    def log(a):
        tiny = a < 2.2250738585072014e-308
        bits = np.float64(a * SUBNORMAL_SCALE if tiny else a).view(np.int64)
        # a = 2^k m with sqrt(1/2) <= m < sqrt(2).
        exponent = (bits - SQRT_HALF_BITS) & EXPONENT
        m = np.int64(bits - exponent).view(np.float64)
        # An integer becomes a float by the same addition, backwards: AVX2 has no instruction for it.
        k = np.int64((exponent >> 52) + ROUND_BITS).view(np.float64) - ROUND - (54.0 if tiny else 0.0)
        # log m = 2 atanh s, s = (m - 1)/(m + 1), as f - (f^2/2 - s (f^2/2 + R)), f = m - 1
        # (fdlibm's e_log.c, whose coefficients these are).
        f = m - 1.0
        s = f / (2.0 + f)
        z = s * s
        w = z * z
        even = w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332))
        odd = z * (
            0.6666666666666735130
            + w * (0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591))
        )
        half = 0.5 * (f * f)
        y = k * LN2_HI - ((half - (s * (half + (even + odd)) + k * LN2_LO)) - f)
        y = a if a == math.inf else y
        y = -math.inf if a == 0.0 else y
        return y if a >= 0.0 else math.nan

    return log


@overload(elementary.log1p, jit_options=EXACT)
def _log1p(a):
    if not isinstance(a, types.Number):
        return None

    def log1p(a):
        # log(1 + a) = log(y) + (a - (y - 1))/y, with y the sum as it is rounded: so its rounding is undone.
        y = 1.0 + a
        return elementary.log(y) + ((a - (y - 1.0)) / y if 0.0 < y < math.inf else 0.0)

    return log1p


@overload(elementary.absolute, jit_options=EXACT)
def _absolute(a):
    if not isinstance(a, types.Number):
        return None

    return lambda a: abs(a)


@overload(elementary.some, jit_options=EXACT)
def _some(condition):
    return lambda condition: condition


@overload(elementary.atan, jit_options=EXACT)
def _atan(a):
    if not isinstance(a, types.Number):
        return None

    return lambda a: math.atan(a)


@overload(elementary.erfc, jit_options=EXACT)
def _erfc(a):
    if not isinstance(a, types.Number):
        return None

    return lambda a: math.erfc(a)


register_jitable(**EXACT)(elementary.log_half_beta_of)


@overload(elementary.log_half_beta, jit_options=EXACT)
def _log_half_beta(b):
    if not isinstance(b, types.Number):
        return None

    return lambda b: elementary.log_half_beta_of(b)


@overload(elementary.sqrt, jit_options=EXACT)
def _sqrt(a):
    if not isinstance(a, types.Number):
        return None

    def sqrt(a):
        return np.sqrt(a)

    return sqrt


@overload(elementary.where, jit_options=EXACT)
def _where(condition, a, b):
    if not (isinstance(a, types.Number | types.Boolean) and isinstance(b, types.Number | types.Boolean)):
        return None

    def where(condition, a, b):
        return a if condition else b

    return where

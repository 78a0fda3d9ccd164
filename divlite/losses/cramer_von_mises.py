"""The Cramer-von Mises distance: the squared difference of two CDFs; half the energy distance."""

from typing import NamedTuple

from .._types import Array
from ..views import CDF
from .protocol import distinct


@distinct
class CramerVonMises(NamedTuple):
    """sum_i w_i (F_i - G_i)^2, F and G the CDFs of P and Q; with the weights of an integral, in units of x.

    Here the integral is over x, as Cramer (1928) has it. The statistic of von Mises's test has dF in place
    of dx. If P and Q have means, twice it is the energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'|.
    Source: Szekely and Rizzo, Journal of Statistical Planning and Inference 143 (2013), p. 1249.

    Derivation. d(F - G)^2/dG = 2 (G - F). dG/dmu = -q, so a point pulls mu only where q has mass, but
    F - G is as large between two modes as the mass that lies beyond: a mode far away pulls, too.

    Edge cases: F and G are between 0 and 1, so nothing overflows; p = 0 and q = 0 are ordinary values. P is
    taken with mass 1. What lies outside the grid is seen by what it adds to the CDFs inside.
    """

    view = CDF()

    def value(self, cdf_p: Array, sf_p: Array, cdf_q: Array, sf_q: Array) -> Array:
        return (cdf_p - cdf_q) * (cdf_p - cdf_q)

    def d_cdf_q(self, cdf_p: Array, sf_p: Array, cdf_q: Array, sf_q: Array) -> Array:
        return 2.0 * (cdf_q - cdf_p)

    def h(self, d: Array) -> Array:
        return d * d

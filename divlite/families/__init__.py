"""The families of Q, and of P's components: each a few formulas of the standard variable z = (x - mu)/sigma.

    log_kernel(z)      g, the log density of the standard variable but for its constant
    pull(z)            -g', elementwise as g is
    log_mass()         log of the integral of exp(g), so that log q = g(z) - log sigma - log_mass
    standard_cdf(z), standard_sf(z)      P(Z <= z) and P(Z > z), each to all its digits
    standard_quantile(u)                 the z <= 0 below which u lies, for arrays of 0 < u <= 1/2

`location_scale` makes log densities, scores and their like of these, once for all of them.
"""

from .._types import Family
from .cauchy import Cauchy
from .laplace import Laplace
from .logistic import Logistic
from .members import (
    NORMAL,
    OURS,
    checked,
    gradient,
    is_family,
    moved,
    named,
    same,
    shape,
    spelled,
    standard,
    written,
)
from .methods import parameters, standard_quantile
from .normal import Normal
from .student_t import StudentT

__all__ = [
    "FAMILIES",
    "NORMAL",
    "OURS",
    "Cauchy",
    "Laplace",
    "Logistic",
    "Normal",
    "StudentT",
    "checked",
    "gradient",
    "is_family",
    "moved",
    "named",
    "parameters",
    "same",
    "shape",
    "spelled",
    "standard",
    "standard_quantile",
    "written",
]

FAMILIES: tuple[type[Family], ...] = (Normal, Laplace, Logistic, Cauchy, StudentT)

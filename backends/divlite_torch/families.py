"""The families from torch's own parts: densities, CDFs and quantiles of the standard variable, as tensors.

Each is a function of z, and of the family's member for what is in it besides mu and sigma. A CDF is given
from below; from above it is that of -z, for all families here are symmetric. Autograd does the rest.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
import torch.distributions as D
import torch.nn.functional as F
from torch import Tensor

from divlite import _check
from divlite import families as dl

Formula: TypeAlias = Callable[[Any, Tensor], Tensor]


class Standard(NamedTuple):
    """log q and the CDF at z, and the z <= 0 at a level u <= 1/2, of a member with mu = 0 and sigma = 1."""

    log_prob: Formula
    cdf: Formula
    quantile: Formula


def zero_one(distribution: Any) -> Formula:
    """The log density of one of torch's distributions at location 0 and scale 1."""

    def log_prob(family: Any, z: Tensor) -> Tensor:
        zero, one = torch.zeros((), dtype=z.dtype, device=z.device), torch.ones_like(z[..., :1])
        return distribution(zero, one, validate_args=False).log_prob(z)

    return log_prob


def laplace_cdf(family: Any, z: Tensor) -> Tensor:
    # Not by torch's Laplace: its CDF has the derivative 0 at 0, where that is 1/2, and no digits in the tail.
    return torch.where(z < 0, 0.5 * z.clamp(max=0).exp(), 1 - 0.5 * (-z.clamp(min=0)).exp())


def t_log_prob(family: Any, z: Tensor) -> Tensor:
    nu = torch.tensor(family.nu, dtype=z.dtype, device=z.device)
    return D.StudentT(nu, torch.zeros_like(nu), torch.ones_like(nu), validate_args=False).log_prob(z)


NODES, WEIGHTS = (torch.tensor(a) for a in np.polynomial.legendre.leggauss(120))


def t_cdf(family: Any, z: Tensor) -> Tensor:
    """The integral of torch's own density up to z, by 120 points of Gauss and Legendre; for nu up to 1,000.

    With t = sqrt(nu) cot s the tail beyond |z| is that over s from 0 to atan2(sqrt(nu), |z|), of an integrand
    like s^(nu - 1); and with s a power of the variable of integration it is smooth at 0 for a small nu, too.
    """
    root, power = family.nu**0.5, max(1.0, 4.0 / family.nu)
    v = (0.5 * (NODES + 1)).to(z)
    end = torch.atan2(torch.full_like(z, root), z.abs())[..., None]
    s = end * v**power
    t = root / s.tan()
    density = t_log_prob(family, t).exp()
    # dt = -root/sin(s)^2 ds, ds = end power v^(power - 1) dv.
    terms = density * root / s.sin().square() * end * power * v ** (power - 1)
    beyond = (terms * (0.5 * WEIGHTS).to(z)).sum(-1)
    return torch.where(z < 0, beyond, 1 - beyond)


@torch.no_grad()  # pyright: ignore[reportUntypedFunctionDecorator]
def t_quantile(family: Any, u: Tensor) -> Tensor:
    """By bisection of the CDF, in log |z|: from 1e-18 to where it overflows the root of the largest float."""
    low, high = torch.full_like(u, -42.0), torch.full_like(u, 345.0)
    for _ in range(60):
        middle = 0.5 * (low + high)
        beyond = t_cdf(family, -middle.exp()) < u
        low, high = torch.where(beyond, low, middle), torch.where(beyond, middle, high)
    return -(0.5 * (low + high)).exp()


def logistic_log_prob(family: Any, z: Tensor) -> Tensor:
    return F.logsigmoid(z) + F.logsigmoid(-z)


def cauchy_cdf(family: Any, z: Tensor) -> Tensor:
    """The angle as it is seen from the far end, which keeps its digits in the left tail."""
    return torch.atan2(torch.ones_like(z), -z) / torch.pi


def alone(function: Callable[[Tensor], Any]) -> Formula:
    """A formula in which nothing depends on the member."""
    return lambda family, z: function(z)


special: Any = torch.special  # it has no types
NORMAL = alone(lambda z: special.ndtr(z)), alone(lambda u: special.ndtri(u))
STANDARD: dict[type, Standard] = {
    dl.Normal: Standard(zero_one(D.Normal), *NORMAL),
    dl.Laplace: Standard(zero_one(D.Laplace), laplace_cdf, alone(lambda u: (2 * u).log())),
    dl.Logistic: Standard(logistic_log_prob, alone(torch.sigmoid), alone(torch.logit)),
    dl.Cauchy: Standard(zero_one(D.Cauchy), cauchy_cdf, alone(lambda u: -1 / (torch.pi * u).tan())),
    dl.StudentT: Standard(t_log_prob, t_cdf, t_quantile),
}


def standard(family: Any) -> Standard:
    """The formulas of this member's family, or a ValueError that lists those there are."""
    if type(family) not in STANDARD:
        known = ", ".join(cls.__name__ for cls in STANDARD)
        _check.fail("q", f"a member of a family known to torch ({known})", type(family).__name__)
    return STANDARD[type(family)]


def log_prob(family: Any, x: Tensor, mu: Tensor, sigma: Tensor) -> Tensor:
    """log q(x), by the standard member: with (mu, sigma) torch squares sigma, which is 0 below 1e-162."""
    return standard(family).log_prob(family, (x - mu) / sigma) - sigma.log()


def cdf(family: Any, x: Tensor, mu: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
    """P(X <= x) and P(X > x)."""
    below, z = standard(family).cdf, (x - mu) / sigma
    return below(family, z), below(family, -z)


def quantile(family: Any, below: Tensor, above: Tensor) -> Tensor:
    """The z at which the standard CDF is `below`, from the smaller of both sides."""
    z = standard(family).quantile(family, torch.minimum(below, above))
    return torch.where(below < above, z, -z)

"""The members of a family as values: the door for a Q, other members of its family, and its names.

A member is a NamedTuple of mu, sigma and whatever gives it its shape, such as nu. Nothing outside this folder
needs to know that.
"""

import re
from typing import Any

from .. import _check
from .._types import Family, Q
from .methods import parameters
from .normal import Normal

OURS = __name__.rpartition(".")[0] + "."
FORMULAS = ("log_kernel", "pull", "log_mass")


MEMBER = "a value such as dl.Normal(0, 1) or dl.Laplace(0, 1)"
NORMAL = "a Normal(mu, sigma)"


def checked(q: Any, name: str = "q", expected: str = MEMBER) -> Any:
    """q with floats in it, or the ValueError that says what is wrong with it; a pair is a Normal's."""
    if is_family(q):
        return parameters(q)
    if _check.has(q, "log_prob") and not isinstance(q, type):
        hint = ". The target p stands before the fit q: are they exchanged?" if name in ("q", "q0") else ""
        if type(q).__name__ == "Normal":  # torch's
            expected, hint = f"divlite's own {NORMAL[2:]}", ": write dl.Normal(its loc, its scale)"
        _check.fail(name, expected, _check.shown(q) + hint)
    return parameters(Normal(*_check.pair(name, q, expected, ("mu", "sigma"))))


def is_family(q: Any) -> bool:
    """Whether this is a member of a family: a NamedTuple with mu, sigma and the formulas of z."""
    if isinstance(q, type) or getattr(q, "_fields", ())[:2] != ("mu", "sigma"):
        return False
    return type(q).__module__.startswith(OURS) or all(_check.has(q, name) for name in FORMULAS)


def named(q: Family) -> dict[str, float]:
    """Its numbers by their names: mu, sigma, and nu of a Student-t."""
    member: Any = q
    return member._asdict()


def shape(q: Family) -> tuple[float, ...]:
    """What a member has besides mu and sigma, which is held fixed: nu of a Student-t, nothing of a Normal."""
    member: Any = q
    return member[2:]


def same(q: Family, other: Family) -> bool:
    """Whether two members belong to one family: they differ in mu and sigma at most."""
    return type(q) is type(other) and shape(q) == shape(other)


def moved(q: Q, mu: float, sigma: float) -> Q:
    """The member of the same family with this mu and sigma."""
    family: Any = type(q)
    return family(mu, sigma, *shape(q))


def standard(q: Q) -> Q:
    """The family of this member: the member with mu = 0 and sigma = 1."""
    return moved(q, 0.0, 1.0)


def gradient(q: Q, d_mu: float, d_sigma: float) -> Q:
    """A gradient in the shape of Q. What else a family has, such as nu, is held fixed: 0 there."""
    family: Any = type(q)
    return family(d_mu, d_sigma, *(0.0 for _ in shape(q)))


def spelled(family: Any) -> str:
    """The family of a class or a member as the command line spells it: normal, student-t."""
    cls: type = family if isinstance(family, type) else type(family)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()


def written(q: Family) -> str:
    """A member in short: Normal(0, 1), StudentT(0, 1, nu=3)."""
    mu, sigma, *rest = named(q).items()
    numbers = [f"{mu[1]:g}", f"{sigma[1]:g}", *(f"{name}={value:g}" for name, value in rest)]
    return f"{type(q).__name__}({', '.join(numbers)})"

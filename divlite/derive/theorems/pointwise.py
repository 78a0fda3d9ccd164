"""Any loss of one sum: what its term and its sensitivity at one point say of the fit."""

from typing import Any, NamedTuple

from .. import source
from ..notation import *
from ..request import Request

class Pointwise(NamedTuple):
    """At the point k, without the weight: the loss's term, and how fast it changes with log q."""

    value: Any
    slope: Any

    @property
    def kink(self) -> bool:
        """Whether the term has a kink, which its derivative jumps at."""
        return bool(self.slope.has(sp.sign, sp.Abs, sp.Piecewise))


@carried_out
def of(loss: Any) -> Pointwise | None:
    """The loss at one point; None if it is a function of several sums."""
    if hasattr(loss, "finish"):
        return None
    (summand,) = source.value(loss).args
    return Pointwise(summand.xreplace({i: k}) / w[k], source.sensitivity(loss) / w[k])


@carried_out
def formula(loss: Any, name: str, *at: Any) -> Any:
    """f, phi or h of a loss there."""
    method = source.on_symbols(getattr(type(loss), name))
    return source.exact(method(source.symbolic(loss), *at))


@carried_out
def simple(math: Any) -> Any:
    """The expression in a short form, its terms and factors in a reader's order."""
    if math.has(sp.Abs, sp.sign):
        math = math.replace(sp.sign, lambda a: sp.sign(sp.together(a)))
        return tidy(sp.factor(sp.expand(math.replace(sp.Abs, lambda a: a * sp.sign(sp.together(a))))))
    return tidy(sp.simplify(math))


@carried_out
def tidy(math: Any) -> Any:
    """The same, its terms and factors in the order in which SymPy prints them."""
    if not math.args or isinstance(math, sp.Indexed):
        return math
    if isinstance(math, sp.Add | sp.Mul):
        parts = math.as_ordered_terms() if math.is_Add else math.as_ordered_factors()
        return math.func(*map(tidy, parts), evaluate=False)
    return math.func(*map(tidy, math.args))


@carried_out
def limit(f: Any, variable: Any) -> Any:
    """The limit of f as the variable goes to 0 from above; None where SymPy finds none."""
    there = sp.Dummy(positive=True)
    others = {e: sp.Dummy(positive=True) for e in f.atoms(sp.Indexed) if e != variable}
    try:
        found = sp.limit(f.xreplace({variable: there, **others}), there, 0, "+")
    except (NotImplementedError, ValueError, TypeError):
        return None
    return simple(found.xreplace({new: old for old, new in others.items()}))


@as_written
def stationary(loss: Any, request: Request) -> list[str | Chain]:
    """The equations that say that the gradient is 0."""
    one = of(loss)
    if one is None:
        return []
    constant, slope = one.slope.as_coeff_Mul()
    content: list[str | Chain] = ["At the minimum the gradient is 0:"]
    for theta, factor in request.factors(sigma):
        balance = Eq(Total(w[i] * slope.xreplace({k: i}) * factor), 0)
        content.append(chain(Eq(D(L, theta), 0), line(balance, "", times=sigma / constant)))
    return content


@as_written
def far(loss: Any, request: Request) -> list[str | Chain]:
    """The pull of a point that Q has left."""
    one = of(loss)
    pull = None if one is None else limit(one.slope, q[k])
    if one is None or pull is None:
        return []
    if pull == 0 and limit(one.slope * log(q[k]), q[k]) == 0:
        return [
            "Where Q is almost 0, P does not pull it back, however large $p$ is there:",
            chain(Limit(one.slope * log(q[k]), q[k]), line(sp.S.Zero, "$q$ falls faster than $log(q)$ grows")),
            "(The factor $log(q)$ stands for the score. Far from $mu$ the score is large, but its size is at "
            "most about $-2*log(q)/sigma$.) So a fit can leave out whole modes of P, those that Q does not "
            "reach from its start.",
        ]
    if pull.is_infinite:
        return [
            "Where Q is almost 0, P pulls, and the pull has no limit: one over it goes to 0.",
            chain(Limit(1 / one.slope, q[k]), line(sp.S.Zero, "the smaller $q$, the stronger the pull")),
        ]
    return [
        "A mode that Q has left still pulls, however small $q$ is there:",
        chain(Limit(one.slope, q[k]), line(pull, "what is left of the sensitivity, without its weight")),
    ]


@as_written
def edges(loss: Any, request: Request) -> list[str | Chain]:
    """What a point costs where p or q is 0."""
    one, content = of(loss), list[str | Chain]()
    if one is None:
        return content
    for zero, other, infinite in (
        (q[k], p[k], "So Q must be wherever P is. Such a loss is called mass-covering."),
        (p[k], q[k], "So Q is forced to be 0 where P is 0. Such a loss is called zero-forcing."),
    ):
        name, there, cost = zero.base, other.base, limit(one.value, zero)
        if cost is not None and cost.is_infinite:
            content += [f"If ${name}$ is 0 at a point where ${there}$ is above 0, $L$ is infinite. " + infinite]
        elif cost is not None:
            content += [
                f"A point where ${name}$ is 0 costs this, times its weight:",
                chain(Limit(one.value, zero), line(cost, f"${name}$ goes to 0")),
            ]
    return content


@as_written
def symmetric(loss: Any, request: Request) -> list[str | Chain]:
    """Whether P and Q can be exchanged."""
    one = of(loss)
    if one is None or not is_symmetric(one):
        return []
    return ["If P and Q are exchanged, each term stays as it is, and so does $L$."]


@carried_out
def is_symmetric(one: Pointwise) -> bool:
    exchanged = one.value.xreplace({p[k]: q[k], q[k]: p[k]})
    return bool(simple(sp.expand_log(exchanged - one.value, force=True)) == 0)



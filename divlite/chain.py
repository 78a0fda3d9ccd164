"""The chain rule, written once, for every loss, view and family.

A loss is L = C(sum_i w_i f_i), where f_i is made from what is seen of P and Q at the point x_i, and what is
seen of Q depends on theta = (mu, sigma). For densities that is log q, and

    dL/dtheta = sum_i  [ w_i dL/dlog q_i ]  [ dlog q_i/dtheta ]
                        the loss's business   the density's business: its score

`integrand` is what is summed at a point and `assemble` what becomes of the sums. The numpy backend
calls the first on whole arrays, the numba backend on one point at a time inside its loop.
"""

from typing import Any

from ._types import Sums
from .dual import Dual, slope_of, value_of
from .families.location_scale import place
from .losses.protocol import d_finish, dot, each, finish, scale, sensitivity, several, value


def seen(view: Any, family: Any, at: Any, x: Any) -> tuple[Any, Any, Any, Any]:
    """The two numbers of Q that the view shows at x, and how the one that moves does, by mu and by sigma."""
    return view.seen(family, at, x)


def apart(view: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """How far what moves of Q is from the same of P: where a loss has a kink, if it has one, this is 0."""
    return view.apart(a, b, c, d)


def beside(view: Any, a: Any, b: Any, h: Any) -> Any:
    """The two numbers of a Q from which P is apart by a small h."""
    return view.beside(a, b, h)


def integrand(
    loss: Any, view: Any, family: Any, at: Any, x: Any, a: Any, b: Any, w: Any
) -> tuple[Sums, Sums, Sums]:
    """(w f, w df/dmu, w df/dsigma) at the points x, where a and b are seen of P; at: the `place` of Q."""
    c, d, d_mu, d_sigma = seen(view, family, at, x)
    f = value(loss, a, b, c, d)
    g = scale(sensitivity(loss, a, b, c, d), w)
    return scale(f, w), scale(g, d_mu), scale(g, d_sigma)


def assemble(loss: Any, sums: Sums, d_mu: Sums, d_sigma: Sums) -> tuple[Any, Any, Any]:
    """(L, dL/dmu, dL/dsigma) from the sums of the three integrands."""
    d = d_finish(loss, sums)
    return finish(loss, sums), dot(d, d_mu), dot(d, d_sigma)


def places(family: Any, mu: Any, sigma: Any) -> tuple[Any, Any, Any]:
    """The `place` of Q; as mu moves; and as sigma does."""
    still = place(family, mu, sigma)
    return still, place(family, Dual(mu, 1.0), sigma), place(family, mu, Dual(sigma, 1.0))


def curved(
    loss: Any, view: Any, family: Any, at: tuple[Any, Any, Any], x: Any, a: Any, b: Any, w: Any
) -> tuple[Sums, Sums, Sums, Sums]:
    """`integrand`, and how its gradient moves; at: the `places` of Q.

    They are w f, w df/dmu and w df/dsigma with their derivatives by mu, and w d2f/dsigma2. With s for what
    moves of Q, and g = df/ds, the second derivatives of f are

        (dg/ds) (ds/dtheta) (ds/dtheta)^T  +  g d2s/dtheta2

    so g is differentiated by one number, s, and the score of Q by mu and by sigma.
    """
    still, by_mu, by_sigma = at
    c, d, d_mu, d_sigma = seen(view, family, still, x)
    # -0.0 and not 0.0: that u - 0.0 is u, whatever u is, a compiler knows.
    g = scale(sensitivity(loss, a, b, *beside(view, c, d, Dual(-0.0, 1.0))), w)
    as_mu, as_sigma = along(g, d_mu), along(g, d_sigma)
    _, _, mu_mu, mu_sigma = seen(view, family, by_mu, x)
    _, _, _, sigma_sigma = seen(view, family, by_sigma, x)
    f = scale(value(loss, a, b, c, d), w)
    return f, scale(as_mu, mu_mu), scale(as_mu, mu_sigma), slopes(scale(as_sigma, sigma_sigma))


def bent(
    loss: Any, sums: Sums, mu_mu: Sums, mu_sigma: Sums, sigma_sigma: Sums
) -> tuple[Any, Any, Any, Any, Any, Any]:
    """(L, dL/dmu, dL/dsigma, d2L/dmu2, d2L/dmu dsigma, d2L/dsigma2) from the sums of `curved`."""
    as_mu, as_sigma = d_finish(loss, moving(sums, mu_mu)), d_finish(loss, moving(sums, mu_sigma))
    first, mixed = dot(as_mu, mu_mu), dot(as_mu, mu_sigma)
    second = dot(as_sigma, moving(mu_sigma, sigma_sigma))
    found = finish(loss, sums), value_of(first), value_of(mixed)
    return *found, slope_of(first), slope_of(mixed), slope_of(second)


def along(g: Sums, s: Any) -> Sums:
    """The terms with their derivatives along a direction in which what they depend on moves by s."""
    return each(lambda u: Dual(u.value, u.slope * s) if isinstance(u, Dual) else u, g)


def slopes(terms: Sums) -> Sums:
    """The derivatives of the terms alone."""
    return each(slope_of, terms)


def moving(sums: Sums, d: Sums) -> Sums:
    """The sums as dual numbers, with their derivatives from d; those that q does not enter stand still."""
    if not several(sums):
        return Dual(value_of(sums), value_of(d))
    known = [Dual(value_of(s), value_of(t)) for s, t in zip(sums, d, strict=False)]
    return (*known, *sums[len(known) :])

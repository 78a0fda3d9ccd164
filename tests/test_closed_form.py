"""The KL of two Normals and its gradient against 50 digits, most of all where they are nearly the same."""

import mpmath
import pytest

import divlite as dl

# Both sides of 0.1, where the value goes over from a series to a logarithm, and far from it.
GAPS = [
    1e-300,
    1e-16,
    1e-12,
    1e-8,
    1e-4,
    1e-3,
    0.01,
    0.05,
    0.0999,
    0.1,
    0.1001,
    0.12,
    0.15,
    0.3,
    0.9,
    3.0,
    1e3,
]
PAIRS = [
    (dl.Normal(1.0, 1.0 + sign * u), dl.Normal(1.0, 1.0)) for u in GAPS for sign in (1, -1) if sign * u > -1
]
PAIRS += [(dl.Normal(-1.5, 0.5), dl.Normal(1.0, 3.0)), (dl.Normal(-1.5, 3.0), dl.Normal(1.0, 0.5))]
PAIRS += [(dl.Normal(1.0 + u, 2.0), dl.Normal(1.0, 2.0 + v)) for u in GAPS[:12] for v in (0.0, 1e-9, 0.1)]


def exact(p, q):
    """(KL, d_mu, d_sigma), from the definition: the KL is 0 where its other digits cancel."""
    m, s, mu, sigma = (mpmath.mpf(v) for v in (*p, *q))
    z, r = (m - mu) / sigma, s / sigma
    return (z**2 + r**2 - 1) / 2 - mpmath.log(r), -z / sigma, (1 - r**2 - z**2) / sigma


@pytest.mark.parametrize(("p", "q"), PAIRS, ids=str)
def test_no_digit_is_lost(p, q):
    with mpmath.workdps(700):
        expected = [float(v) for v in exact(p, q)]
    got = dl.normal_kl(p, q), *dl.d_normal_kl(p, q)
    assert got == pytest.approx(expected, rel=4e-15, abs=0)


@pytest.mark.parametrize("other", [dl.Laplace(0, 1), 3], ids=repr)
def test_only_normals_have_this_formula(other):
    for call in (dl.normal_kl, dl.d_normal_kl):
        for pair in ((other, dl.Normal(0, 1)), (dl.Normal(0, 1), other)):
            with pytest.raises(ValueError, match=r"^[pq]: expected a Normal\(mu, sigma\), got"):
                call(*pair)

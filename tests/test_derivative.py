"""check_derivative: right formulas pass, wrong ones do not, and a slip is named only if it is one."""

import re

import numpy as np
import pytest

import divlite as dl
from divlite.derivative import difference, points
from divlite.elementary import exp, log, where
from divlite.slips import SLIPS

P, LOG_P, Q, LOG_Q = points()
A = 0.3  # of the alpha divergence


def chi_square(p, log_p, q, log_q):
    return (p - q) ** 2 / q


def pearson(p, log_p, q, log_q):
    return (p - q) ** 2 / p


def bregman(p, log_p, q, log_q):
    """Forward KL of densities of any mass."""
    return p * (log_p - log_q) - p + q


def hellinger(p, log_p, q, log_q):
    return (np.sqrt(p) - np.sqrt(q)) ** 2


def alpha(p, log_p, q, log_q):
    return (A * q + (1 - A) * p - q**A * p ** (1 - A)) / (A * (1 - A))


def jensen_shannon(p, log_p, q, log_q):
    log_m = log((p + q) / 2)
    return 0.5 * (p * (log_p - log_m) + q * (log_q - log_m))


def huber(p, log_p, q, log_q):
    return where(abs(p - q) < 0.5, 0.5 * (p - q) ** 2, 0.5 * abs(p - q) - 0.125)


def hinge(p, log_p, q, log_q):
    return where(q > p, (q - p) ** 2, 0.0)


def clipped(p, log_p, q, log_q):
    return p * (log_p - log(np.maximum(q, 0.25)))


def off_one(p, log_p, q, log_q):
    """The alpha divergence so near to KL that it cancels to six digits."""
    return (q ** (1 + 1e-6) * p**-1e-6 - q) / 1e-6


FORWARD, REVERSE, MSE, L1 = (loss.value for loss in (dl.ForwardKL(), dl.ReverseKL(), dl.MSE(), dl.L1()))
COSINE = dl.Cosine().value

# value: its derivative
RIGHT = {
    chi_square: lambda p, log_p, q, log_q: q - p * p / q,
    pearson: lambda p, log_p, q, log_q: 2 * (q - p) * q / p,
    bregman: lambda p, log_p, q, log_q: q - p,
    hellinger: lambda p, log_p, q, log_q: q - np.sqrt(p * q),
    alpha: lambda p, log_p, q, log_q: (q - q**A * p ** (1 - A)) / (1 - A),
    jensen_shannon: lambda p, log_p, q, log_q: 0.5 * q * (log_q - log((p + q) / 2)),
    huber: lambda p, log_p, q, log_q: np.clip(q - p, -0.5, 0.5) * q,
    hinge: lambda p, log_p, q, log_q: where(q > p, 2 * (q - p) * q, 0.0),
    clipped: lambda p, log_p, q, log_q: where(q > 0.25, -p, 0.0),
    off_one: lambda p, log_p, q, log_q: ((1 + 1e-6) * q ** (1 + 1e-6) * p**-1e-6 - q) / 1e-6,
    FORWARD: lambda p, log_p, q, log_q: -p,
    REVERSE: lambda p, log_p, q, log_q: q * (log_q - log_p + 1),
    MSE: lambda p, log_p, q, log_q: 2 * (q - p) * exp(log_q),
    L1: lambda p, log_p, q, log_q: np.sign(q - p) * q,
}


def assert_right(value, d_log_q):
    check = dl.check_derivative(value, d_log_q)
    assert check.holds, str(check)
    assert check
    assert check.slip is None
    assert str(check).startswith("d_log_q is right")


def assert_slip(value, d_log_q, *words):
    check = dl.check_derivative(value, d_log_q)
    assert not check
    for word in words:
        assert word in str(check.slip), str(check)
    assert str(check.slip).startswith("wrong only where") == words[0].startswith("wrong only where")
    assert "Likely slip: " + str(check.slip)[:40] in str(check)


def test_every_loss_is_right(density_loss):
    check = dl.check_derivative(density_loss.value, density_loss.d_log_q)
    assert check.holds
    assert check.error < 1e-11


@pytest.mark.parametrize("value", RIGHT, ids=lambda f: f.__qualname__)
def test_right_formulas(value):
    """With kinks between the points, flat parts and cancellation."""
    assert_right(value, RIGHT[value])


def test_a_kink_beside_a_point_is_no_mistake():
    """Wherever it lies: the numeric derivative is poor there, and its estimated error not much better."""
    for delta in np.linspace(0.0103, 1.5, 200):
        check = dl.check_derivative(
            lambda p, log_p, q, log_q, d=delta: where(
                abs(p - q) < d, (p - q) ** 2, 2 * d * abs(p - q) - d * d
            ),
            lambda p, log_p, q, log_q, d=delta: 2 * np.clip(q - p, -d, d) * q,
        )
        assert check.holds, str(check)
        assert check.p.size > 40


@pytest.mark.parametrize("k", [-20, -3, 0.5, 1, 4, 20])
def test_the_tolerance_holds_the_error(k):
    """It is wide enough for the steepest powers, and nowhere so wide as to hide a slip."""
    check = dl.check_derivative(lambda p, log_p, q, log_q: q**k, lambda p, log_p, q, log_q: k * q**k)
    assert check.holds
    np.testing.assert_array_less(check.tolerance, 1e-5 * np.abs(check.numeric))
    assert check.p.size == P.size


@pytest.mark.parametrize("value", [*RIGHT][:-1], ids=lambda f: f.__qualname__)
@pytest.mark.parametrize("off", [1e-4, -1e-4])
def test_a_small_error_is_an_error(value, off):
    right = RIGHT[value]
    assert not dl.check_derivative(value, lambda *at: right(*at) * (1 + off))
    assert not dl.check_derivative(value, lambda *at: right(*at) + off * at[2])


def test_an_error_at_a_few_points_is_an_error():
    check = dl.check_derivative(MSE, lambda p, log_p, q, log_q: 2 * (q - p) * np.minimum(q, 3))
    assert not check.holds
    assert check.slip is None
    wrong = np.abs(check.given - check.numeric) > check.tolerance
    np.testing.assert_array_equal(wrong, check.q > 3)
    assert 0 < wrong.sum() < 10
    assert str(check).count("  right\n") == 4
    assert str(check).startswith(f"d_log_q is wrong at {wrong.sum()} of 48 points.\n")


def test_points():
    assert (Q > P).sum() == (Q < P).sum() == 24
    assert np.abs(LOG_Q - LOG_P).min() > 0.3
    assert P.min() > 0.01
    assert Q.max() > 3
    for a in (P, Q, P - Q, P / Q, Q / P):
        assert (np.abs(20 * a - np.round(20 * a)) > 1e-6).all()


def test_difference_is_exact_to_fourth_order():
    assert difference(lambda e: 3 * e + e**2 - 2 * e**3 + e**4, 0.5) == pytest.approx(3.0, rel=1e-14)
    assert difference(lambda e: e**5, 0.5) == pytest.approx(-4 * 0.5**4, rel=1e-14)


SLIPPED = [
    # value, what was given, and what is said
    ("sign", FORWARD, lambda p, log_p, q, log_q: p, "a wrong sign", "Right is -given."),
    ("sign", MSE, lambda p, log_p, q, log_q: 2 * (p - q) * q, "a wrong sign", "Right is -given."),
    ("sign", chi_square, lambda p, log_p, q, log_q: p * p / q - q, "a wrong sign", "Right is -given."),
    ("sign", clipped, lambda p, log_p, q, log_q: where(q > 0.25, p, 0.0), "a wrong sign", "is -given."),
    ("sign", hinge, lambda p, log_p, q, log_q: where(q > p, 2 * (p - q) * q, 0.0), "a wrong sign", "-given."),
    ("2", MSE, lambda p, log_p, q, log_q: (q - p) * q, "a missing factor 2. Right is 2 * given."),
    ("2", FORWARD, lambda p, log_p, q, log_q: -2 * p, "a factor 2 too many. Right is 1/2 * given."),
    ("2", hellinger, lambda p, log_p, q, log_q: 2 * (q - np.sqrt(p * q)), "a factor 2 too many"),
    ("c", alpha, lambda p, log_p, q, log_q: q - q**A * p ** (1 - A), "a missing factor 10/7."),
    ("c", FORWARD, lambda p, log_p, q, log_q: -p / 0.3141, "Right is 0.3141 * given."),
    ("sign, 2", MSE, lambda p, log_p, q, log_q: (p - q) * q, "wrong sign", "missing factor 2", "-2 * given"),
    ("q", FORWARD, lambda p, log_p, q, log_q: -p / q, "a missing factor q (", "Right is q * given."),
    ("q", MSE, lambda p, log_p, q, log_q: 2 * (q - p), "a missing factor q (", "Right is q * given."),
    ("q", REVERSE, lambda p, log_p, q, log_q: log_q - log_p + 1, "missing factor q (", "is q * given."),
    ("q", chi_square, lambda p, log_p, q, log_q: 1 - (p / q) ** 2, "missing factor q (", "is q * given."),
    ("q", hellinger, lambda p, log_p, q, log_q: 1 - np.sqrt(p / q), "missing factor q (", "is q * given."),
    ("q", alpha, lambda p, log_p, q, log_q: (1 - (p / q) ** (1 - A)) / (1 - A), "q * given."),
    ("q, sign", MSE, lambda p, log_p, q, log_q: 2 * (p - q), "missing factor q (", "sign", "-q * given."),
    ("q, 2", MSE, lambda p, log_p, q, log_q: q - p, "factor q (", "a missing factor 2.", "2 * q * given."),
    ("q q", MSE, lambda p, log_p, q, log_q: 2 * (q - p) * q * q, "a factor q too many", "given / q."),
    ("q q", FORWARD, lambda p, log_p, q, log_q: -p * q, "a factor q too many", "given / q."),
    ("p q", MSE, lambda p, log_p, q, log_q: 2 * (q - p) * p, "a factor p in place of q"),
    (
        "root",
        hellinger,
        lambda p, log_p, q, log_q: 2 * (np.sqrt(q) - np.sqrt(p)),
        "with respect to sqrt(q), not log q. Right is sqrt(q) / 2 * given.",
    ),
    (
        "+1",
        REVERSE,
        lambda p, log_p, q, log_q: q * (log_q - log_p),
        "a missing term q (",
        "the +1",
        "given + q.",
    ),
    (
        "+1",
        REVERSE,
        lambda p, log_p, q, log_q: q * (log_q - log_p - 1),
        "-q with the wrong sign",
        "+1",
        "given + 2 * q.",
    ),
    ("+1", REVERSE, lambda p, log_p, q, log_q: q * (log_q - log_p + 2), "q too many", "+1", "given - q."),
    ("+1", FORWARD, lambda p, log_p, q, log_q: q - p, "q too many", "given - q."),
    ("+1, q", REVERSE, lambda p, log_p, q, log_q: log_q - log_p, "term q,", "factor q (", "q * given + q."),
    ("+1, sign", REVERSE, lambda p, log_p, q, log_q: q * (log_p - log_q), "wrong sign. Right is -given + q."),
    ("product", REVERSE, lambda p, log_p, q, log_q: q, "product or quotient rule", "Right is given + value."),
    ("quotient", chi_square, lambda p, log_p, q, log_q: -2 * (p - q), "quotient rule", "given - value."),
    ("log p", FORWARD, lambda p, log_p, q, log_q: p * (log_p - log_q + 1), "with respect to log p."),
    ("log p", REVERSE, lambda p, log_p, q, log_q: -q + 0 * p, "with respect to log p."),
    ("log p", MSE, lambda p, log_p, q, log_q: 2 * (p - q) * p, "with respect to log p."),
    ("p", FORWARD, lambda p, log_p, q, log_q: log_p - log_q + 1, "with respect to p."),
    ("p", chi_square, lambda p, log_p, q, log_q: 2 * (p - q) / q, "with respect to p."),
    ("swap", chi_square, lambda p, log_p, q, log_q: p - q * q / p, "p and q have changed places in d_log_q"),
    ("swap", FORWARD, lambda p, log_p, q, log_q: -q, "p and q have changed places in d_log_q"),
    ("direction", REVERSE, lambda p, log_p, q, log_q: -p, "the other direction"),
    ("direction", FORWARD, lambda p, log_p, q, log_q: q * (log_q - log_p + 1), "the other direction"),
    ("value", MSE, MSE, "value itself"),
    ("value", REVERSE, lambda p, log_p, q, log_q: 0, "given is 0"),
    ("term", chi_square, lambda p, log_p, q, log_q: q, "missing term -p * p / q", "given - p * p / q."),
    ("term", chi_square, lambda p, log_p, q, log_q: q + p * p / q, "p * p / q with the wrong sign"),
    ("term", chi_square, lambda p, log_p, q, log_q: -p * p / q, "a missing term q"),
    ("term", MSE, lambda p, log_p, q, log_q: 2 * q * q, "-2 * p * q", "Right is given - 2 * p * q."),
    ("term", hellinger, lambda p, log_p, q, log_q: q, "a missing term -sqrt(p * q)"),
    ("term", MSE, lambda p, log_p, q, log_q: -2 * p * q, "missing 2 * q * q", "Right is given + 2 * q * q."),
    ("term", pearson, lambda p, log_p, q, log_q: -2 * q, "q * q / p with the wrong sign", "2 * q * q / p."),
    ("term", pearson, lambda p, log_p, q, log_q: 2 * q * q / p, "missing -2 * q", "given - 2 * q."),
    ("term", bregman, lambda p, log_p, q, log_q: q, "a missing term -p (", "given - p."),
    ("term", REVERSE, lambda p, log_p, q, log_q: q * (1 - log_p), "missing term q * log_q", "q * log_q."),
    ("term", FORWARD, lambda p, log_p, q, log_q: 1 - p, "(or 1 too many). Right is given - 1."),
    ("term", FORWARD, lambda p, log_p, q, log_q: -p + 3 * p * p, "Right is given - 3 * p * p."),
    ("term", REVERSE, lambda p, log_p, q, log_q: q * (log_q + 1), "Right is given - q * log_p."),
    ("side", L1, lambda p, log_p, q, log_q: q, "wrong only where q < p", "a wrong sign"),
    ("side", L1, lambda p, log_p, q, log_q: -q, "wrong only where q > p", "a wrong sign"),
    ("side", L1, lambda p, log_p, q, log_q: where(q > p, q, -1.0), "wrong only where q < p", "factor q ("),
    ("side", hinge, lambda p, log_p, q, log_q: 2 * (q - p) * q, "wrong only where q < p", "Right is 0."),
    ("side", MSE, lambda p, log_p, q, log_q: 2 * abs(q - p) * q, "wrong only where q < p", "a wrong sign"),
    (
        "side",
        REVERSE,
        lambda p, log_p, q, log_q: abs(q * (log_q - log_p + 1)),
        "wrong only where the derivative is negative",
        "a wrong sign",
    ),
    ("no q", lambda p, log_p, q, log_q: p * log_p, lambda p, log_p, q, log_q: q, "Right is 0."),
]


@pytest.mark.parametrize("case", SLIPPED, ids=lambda case: case[0])
def test_slip(case):
    _, value, d_log_q, *words = case
    assert_slip(value, d_log_q, *words)


@pytest.mark.parametrize("value", RIGHT, ids=lambda f: f.__qualname__)
def test_a_mistake_that_is_no_slip_has_no_name(value):
    """Mixtures of the right terms with others, drawn at random: none may be diagnosed."""
    rng = np.random.default_rng(7)
    right = RIGHT[value]
    for _ in range(20):
        a, b, c = rng.uniform(0.2, 3, 3) * rng.choice((-1, 1), 3)

        def wrong(p, log_p, q, log_q, a=a, b=b, c=c):
            return a * right(p, log_p, q, log_q) * (p + q) ** b + c * np.sin(p * log_q)

        check = dl.check_derivative(value, wrong)
        assert not check.holds
        assert check.slip is None, str(check)
        assert "Likely slip: none that is known." in str(check)


def test_what_is_called_right_is_right():
    """The cure that a slip's words end in, evaluated: it passes."""
    cures = 0
    for _, value, d_log_q, *_ in SLIPPED:
        found = re.fullmatch(
            r"(?!wrong only).*Right is (.*)\.", str(dl.check_derivative(value, d_log_q).slip)
        )
        if found:

            def cured(p, log_p, q, log_q, value=value, d_log_q=d_log_q, formula=found[1]):
                at = (p, log_p, q, log_q)
                names = dict(zip(("p", "log_p", "q", "log_q"), at, strict=True), sqrt=np.sqrt)
                return eval(formula, names | {"value": value(*at), "given": d_log_q(*at)})

            cures += 1
            assert_right(value, cured)
    assert cures > 30


@pytest.mark.parametrize("row", range(len(SLIPS)))
def test_no_row_of_the_table_is_idle(row, monkeypatch):
    """Without it, some case above would be explained in other words."""
    monkeypatch.setattr("divlite.slips.SLIPS", SLIPS[:row] + SLIPS[row + 1 :])
    for _, value, d_log_q, *words in SLIPPED:
        slip = str(dl.check_derivative(value, d_log_q).slip)
        if not all(word in slip for word in words):
            return
    pytest.fail(f"no case needs row {row}")


def test_several_sums():
    assert_right(COSINE, dl.Cosine().d_log_q)
    check = dl.check_derivative(COSINE, lambda p, log_p, q, log_q: (p * q, q * q))
    assert check.name == "sum 2 of d_log_q"
    assert check.slip == "a missing factor 2. Right is 2 * given."
    assert str(check).startswith("sum 2 of d_log_q is wrong at 48 of 48 points.")
    check = dl.check_derivative(COSINE, lambda p, log_p, q, log_q: (p * q,))
    assert check.name == "sum 2 of d_log_q"
    assert "left out" in str(check.slip)
    # The first wrong one, and a derivative of 0 for a sum without q may be given.
    check = dl.check_derivative(COSINE, lambda p, log_p, q, log_q: (q, 2 * q * q, p * p))
    assert check.name == "sum 1 of d_log_q"
    assert_right(COSINE, lambda p, log_p, q, log_q: (p * q, 2 * q * q, 0.0))


def test_constants_integers_and_bound_methods():
    def zero(p, log_p, q, log_q):
        return 0.0

    assert_right(zero, zero)
    assert_right(lambda p, log_p, q, log_q: p * log_p, zero)
    assert_right(lambda p, log_p, q, log_q: log_q, lambda p, log_p, q, log_q: 1)
    assert_right(lambda p, log_p, q, log_q: log_q, lambda p, log_p, q, log_q: np.ones(p.size, int))
    assert_right(lambda p, log_p, q, log_q: list(q), lambda p, log_p, q, log_q: list(q))
    assert_right(dl.MSE().value, dl.MSE().d_log_q)


def test_warnings_inside_a_formula_stay_there():
    """`where` evaluates both of its cases."""

    def guarded(p, log_p, q, log_q):
        return where(q > p, np.sqrt(q - p), 0.0)

    def d_guarded(p, log_p, q, log_q):
        return where(q > p, q / (2 * np.sqrt(q - p)), 0.0)

    assert_right(guarded, d_guarded)


def test_the_result_is_immutable():
    check = dl.check_derivative(MSE, dl.MSE().d_log_q)
    for a in (check.p, check.q, check.given, check.numeric, check.tolerance):
        assert not a.flags.writeable
        assert a.shape == (48,)
    with pytest.raises(AttributeError):
        check.holds = False


def test_the_table_of_a_wrong_formula():
    check = dl.check_derivative(MSE, lambda p, log_p, q, log_q: 2 * (q - p))
    first, empty, head, *rows = str(check).splitlines()
    assert first == "d_log_q is wrong at 48 of 48 points."
    assert empty == ""
    assert head.split() == ["p", "q", "given", "numeric", "given/numeric", "given-numeric"]
    p, q, given, numeric, ratio, apart = (float(word) for word in rows[0].split())
    assert (p, q) == (P[0], Q[0])
    assert given == pytest.approx(2 * (q - p), rel=1e-3)
    assert numeric == pytest.approx(2 * (q - p) * q, rel=1e-3)
    assert ratio == pytest.approx(1 / q, rel=1e-3)
    assert apart == pytest.approx(2 * (q - p) * (1 - q), rel=1e-3)
    assert max(len(line) for line in str(check).splitlines()) <= 96
    assert str(check).isascii()


def writes(p, log_p, q, log_q):
    q *= 2
    return q


def branches(p, log_p, q, log_q):
    return q if q > p else p


F = "an elementwise formula of (p, log_p, q, log_q) that writes to none of them"
BAD = [
    (3, f"expected {F}, got 3"),
    (None, f"expected {F}, got None"),
    (
        lambda p, q: q,
        f"expected {F}, got TypeError: <lambda>() takes 2 positional arguments but 4 were given",
    ),
    (dl.MSE.value, f"expected {F}, got TypeError: MSE.value() missing 1 required positional argument"),
    (writes, f"expected {F}, got ValueError: output array is read-only"),
    (branches, f"expected {F}, got ValueError: The truth value of an array"),
    (lambda p, log_p, q, log_q: np.sum(p * q), f"expected {F}, got other numbers from half of the points"),
    (lambda p, log_p, q, log_q: q / q.sum(), f"expected {F}, got other numbers from half of the points"),
    (lambda p, log_p, q, log_q: None, "expected an array of real numbers, got None"),
    (lambda p, log_p, q, log_q: "q", "expected an array of real numbers, got 'q'"),
    (lambda p, log_p, q, log_q: q + 0j, "expected an array of real numbers, got array("),
    (lambda p, log_p, q, log_q: q[:3], "expected an array of shape (48,), got shape (3,)"),
    (lambda p, log_p, q, log_q: [p, q], "expected an array of shape (48,), got shape (2, 48)"),
    (
        lambda p, log_p, q, log_q: q.astype(np.float32),
        "expected numbers in double precision (float64), got float32",
    ),
    (
        lambda p, log_p, q, log_q: log(q - 3),
        f"expected finite numbers, got nan at p = {P[0]:g}, q = {Q[0]:g}",
    ),
    (
        lambda p, log_p, q, log_q: q / (p - p),
        f"expected finite numbers, got inf at p = {P[0]:g}, q = {Q[0]:g}",
    ),
]


@pytest.mark.parametrize(("bad", "message"), BAD, ids=[message[:60] for _, message in BAD])
def test_bad_formula(bad, message):
    def fine(p, log_p, q, log_q):
        return q

    with pytest.raises(ValueError, match="^" + re.escape(f"value: {message}")):
        dl.check_derivative(bad, fine)
    with pytest.raises(ValueError, match="^" + re.escape(f"d_log_q: {message}")):
        dl.check_derivative(fine, bad)


def test_tuples_where_value_has_them():
    def one(p, log_p, q, log_q):
        return q

    with pytest.raises(
        ValueError, match=r"^d_log_q: expected one array, as value returns, got a tuple of 2$"
    ):
        dl.check_derivative(one, lambda p, log_p, q, log_q: (q, q))
    with pytest.raises(
        ValueError, match=r"^d_log_q: expected a tuple of 3, as value returns, got one array$"
    ):
        dl.check_derivative(COSINE, one)
    with pytest.raises(
        ValueError, match=r"^d_log_q: expected a tuple of 3, as value returns, got a tuple of 4$"
    ):
        dl.check_derivative(COSINE, lambda p, log_p, q, log_q: (q, q, q, q))


@pytest.mark.parametrize("noise", [1e-3, 1.0])
def test_a_value_that_has_no_derivative_is_refused(noise):
    def rough(p, log_p, q, log_q):
        return q + noise * np.sin(1e9 * log_q)

    with pytest.raises(
        ValueError, match=r"^value: expected a formula smooth enough to differentiate numeric"
    ):
        dl.check_derivative(rough, lambda p, log_p, q, log_q: q)


def test_a_name_error_keeps_its_own_words():
    with pytest.raises(NameError, match="undefined"):
        dl.check_derivative(lambda p, log_p, q, log_q: undefined, dl.MSE().d_log_q)  # noqa: F821


def test_empty_tuples():
    """A value needs at least one sum; a derivative may leave out all of them."""

    def empty(p, log_p, q, log_q):
        return ()

    with pytest.raises(ValueError, match=r"^value: expected an array, or a tuple of them, got \(\)$"):
        dl.check_derivative(empty, empty)
    assert dl.check_derivative(COSINE, empty).name == "sum 1 of d_log_q"
    assert dl.check_derivative(lambda p, log_p, q, log_q: (p * p, p), empty).holds

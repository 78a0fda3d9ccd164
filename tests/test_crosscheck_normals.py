"""What a function of (mu, sigma) computes: right spellings, planted slips, and the gradients of both."""

import math
import zlib
from collections import Counter

import numpy as np
import pytest
import torch
from torch.distributions import Independent, Normal, kl_divergence

import divlite as dl
from divlite.crosscheck import normals
from divlite.crosscheck.calling import Function

KINDS = ("sigma", "log_sigma", "variance", "log_variance")
SHAPES = ((), (4,), (3, 5), (2, 3, 4))


@pytest.fixture
def rng(request):
    return np.random.default_rng(zlib.crc32(request.node.name.encode()))


def arguments_of(rng, kind, shape, two=False):
    """mu and the number of q, and of p; frozen, as a function may be handed them."""
    found = []
    for _ in range(2 if two else 1):
        number = rng.uniform(0.4, 2.0, shape)
        found += [rng.normal(size=shape), np.log(number) if kind.startswith("log") else number]
    arguments = tuple(np.asarray(a) for a in found)
    for a in arguments:
        a.setflags(write=False)
    return arguments


def check(fn, arguments, given, expected=None, mean=None):
    function = Function(fn, torch.float64)
    return normals.crosscheck(function.value, function.gradients, arguments, given, expected, mean)


def slips(report):
    return Counter(finding.slip for finding in report.findings)


def sigma_of(kind, number):
    return {
        "sigma": lambda: number,
        "log_sigma": number.exp,
        "variance": number.sqrt,
        "log_variance": (0.5 * number).exp,
    }[kind]()


def names(kind, two=False):
    return ("mu", kind, "p_mu", f"p_{kind}") if two else ("mu", kind)


def summed(kl, mean):
    kl = kl.sum(-1) if kl.ndim else kl
    return kl.mean() if mean else kl.sum()


# ---- right spellings ---------------------------------------------------------------------------------


def by_distributions(mu, sigma):
    return kl_divergence(Normal(mu, sigma), Normal(torch.zeros_like(mu), torch.ones_like(sigma)))


def by_bracket(mu, sigma):
    return -0.5 * (1 + 2 * sigma.log() - mu.pow(2) - sigma.pow(2))


def by_logs(mu, sigma):
    log_variance = torch.log(sigma**2)
    return 0.5 * (torch.expm1(log_variance) + mu * mu) - 0.5 * log_variance


def by_entropies(mu, sigma):
    cross = 0.5 * (mu**2 + sigma**2 + math.log(2 * math.pi))
    return cross - Normal(mu, sigma).entropy()


def by_parts(mu, sigma):
    return -torch.log(sigma) + (sigma**2 + mu**2) / 2 - 1 / 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("spelling", [by_distributions, by_bracket, by_logs, by_entropies, by_parts])
def test_the_right_term_of_a_vae_is_right(spelling, kind, rng):
    for shape in SHAPES:
        for mean in (False, True):
            arguments = arguments_of(rng, kind, shape)
            report = check(
                lambda mu, s, mean=mean: summed(spelling(mu, sigma_of(kind, s)), mean), arguments, names(kind)
            )
            assert report.verdict == "right", report
            assert report.findings == ()
            assert math.isclose(report.value, report.expected, rel_tol=1e-9)
            assert report.error < 1e-9


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("expected", [None, dl.ForwardKL(), dl.ReverseKL()])
def test_two_normals_are_right_in_the_direction_that_is_meant(kind, expected, rng):
    def fn(mu, s, m, t):
        pair = Normal(mu, sigma_of(kind, s)), Normal(m, sigma_of(kind, t))
        if isinstance(expected, dl.ForwardKL):
            pair = pair[::-1]
        return kl_divergence(Independent(pair[0], 1), Independent(pair[1], 1)).mean()

    report = check(
        fn, arguments_of(rng, kind, (3, 4), two=True), names(kind, two=True), expected, "distribution"
    )
    assert report.verdict == "right", report
    assert ("KL(p || q)" in report.what_it_is) == isinstance(expected, dl.ForwardKL)


def test_the_order_of_the_arguments_is_free_and_a_prior_may_be_spread(rng):
    def fn(p_number, number, p_mu, mu):
        return kl_divergence(Normal(mu, number.exp()), Normal(p_mu, p_number.sqrt())).sum(-1).mean()

    arguments = (rng.uniform(0.5, 2, 5), rng.normal(size=(3, 5)), np.array(0.3), rng.normal(size=(3, 5)))
    report = check(fn, arguments, ("p_variance", "log_sigma", "p_mu", "mu"))
    assert report.verdict == "right", report


def test_a_function_that_computes_in_float32_is_right(rng):
    def fn(mu, s):
        return (-0.5 * (1 + s - mu**2 - s.exp())).float().sum(-1).mean()

    assert check(fn, arguments_of(rng, "log_variance", (3, 4)), names("log_variance"))


def test_a_divisor_that_is_a_fixed_number_is_right_here_and_noted(rng):
    def fn(mu, s):
        return (-0.5 * (1 + s - mu**2 - s.exp())).sum() / 8

    report = check(fn, arguments_of(rng, "log_variance", (8, 3)), names("log_variance"), None, "distribution")
    assert report.verdict == "right", report
    assert "fixed number" in report.notes[0]


def test_a_function_that_takes_one_shape_only_is_right(rng):
    def fn(mu, s):
        return (-0.5 * (1 + s - mu**2 - s.exp())).view(4, 3).sum(-1).mean()

    assert check(fn, arguments_of(rng, "log_variance", (4, 3)), names("log_variance"), None, "distribution")


# ---- planted slips -----------------------------------------------------------------------------------

RIGHT = {"read": None, "square": (1, 2), "variance": (1, 1), "log": 1, "constant": -1, "once": 0, "half": 0.5}
RIGHT |= {"mean": True, "dimensions": torch.Tensor.sum, "bare": "", "other": False, "exchanged": False}


def planted(kind, two, changes):
    """The KL of Normals with some of its parts changed."""
    part = RIGHT | changes

    def fn(mu, s, m=None, t=None):
        mu, s = (s, mu) if part["exchanged"] else (mu, s)
        v = sigma_of(part["read"] or kind, s) ** 2
        pv = torch.ones_like(v) if t is None else sigma_of(kind, t) ** 2
        log = v.log() - pv.log()
        v, pv, log = (pv, v, -log) if part["other"] else (v, pv, log)
        d = mu - (0 if m is None else m)
        (a, power), (b, exponent) = part["square"], part["variance"]
        square = a * d**power / (1 if part["bare"] == "square" else pv)
        variance = b * v**exponent / (1 if part["bare"] == "variance" else pv)
        terms = square + variance - part["log"] * log + part["constant"]
        kl = part["half"] * ((part["dimensions"](terms, -1) if terms.ndim else terms) + part["once"])
        return kl.mean() if part["mean"] else kl.sum()

    return fn


SINGLES = [
    ("half", 1.0, "half forgotten"),
    ("half", -0.5, "sign of the whole"),
    ("half", 0.02, "factor of the whole"),
    ("log", 0, "log sigma missing"),
    ("log", -1, "sign of a term"),
    ("log", 0.5, "factor of a term"),
    ("log", 2, "factor of a term"),
    ("constant", 1, "sign of the constant"),
    ("constant", 0, "constant missing"),
    ("constant", -1 + math.log(2 * math.pi), "log 2 pi"),
    ("square", (1, 1), "mean not squared"),
    ("square", (2, 2), "half of a term forgotten"),
    ("square", (-1, 2), "sign of a term"),
    ("variance", (2, 1), "half of a term forgotten"),
    ("variance", (1, 2), "power"),
    ("variance", (1, 0.5), "power"),
    ("variance", (0, 1), "term missing"),
    ("dimensions", torch.Tensor.mean, "mean over everything"),
    ("mean", False, "sum over the batch"),
    ("other", True, "direction"),
]
ONE = [("read", kind, "parametrisation") for kind in KINDS] + [("exchanged", True, "arguments exchanged")]
TWO = [("bare", "variance", "bracket"), ("bare", "square", "bracket")]


def positive(arguments, changes):
    """Numbers that can be taken for a sigma, where the slip takes them so."""
    mu, s, *rest = arguments
    return (np.abs(mu) + 0.1, np.abs(s) + 0.1, *rest) if {"read", "exchanged"} & set(changes) else arguments


def report_of(rng, kind, two, changes, shape=(3, 5)):
    arguments = positive(arguments_of(rng, kind, shape, two), changes)
    return check(planted(kind, two, changes), arguments, names(kind, two), dl.ReverseKL(), "distribution")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("part", "value", "slip"), [*SINGLES, *ONE], ids=str)
def test_a_single_slip_is_named(part, value, slip, kind, rng):
    if value == kind:
        return
    report = report_of(rng, kind, False, {part: value})
    assert slips(report) == {slip: 1}, report
    constant = part == "constant"
    assert report.verdict == ("right up to a constant" if constant else "wrong value")


@pytest.mark.parametrize(("part", "value", "slip"), [*SINGLES, *TWO], ids=str)
def test_a_single_slip_of_two_normals_is_named(part, value, slip, rng):
    kind = KINDS[int(rng.integers(4))]
    assert slips(report_of(rng, kind, True, {part: value}, (2, 3))) == {slip: 1}


def test_pairs_of_slips_are_named(rng):
    missed, tried = [], 0
    for _ in range(60):
        kind, two = KINDS[int(rng.integers(4))], bool(rng.integers(2))
        known = [*SINGLES, *(TWO if two else ONE)]
        (a, x, one), (b, y, other) = (known[int(k)] for k in rng.choice(len(known), 2, replace=False))
        if a == b or kind in (x, y) or {"bare", "variance", "square"} >= {a, b}:
            continue
        tried += 1
        found = slips(report_of(rng, kind, two, {a: x, b: y}))
        if found != Counter([one, other]):
            missed.append((kind, two, one, other, dict(found)))
    assert tried >= 40
    assert len(missed) <= 0.1 * tried, missed


def test_a_constant_of_one_dimension_is_right_up_to_a_constant(rng):
    report = report_of(rng, "log_sigma", False, {"constant": 0, "once": -1}, (10,))
    assert slips(report) == {"constant of one dimension": 1}
    assert report.verdict == "right up to a constant"
    assert not report


def test_a_mean_of_the_dimensions_alone_is_told_from_a_mean_of_everything(rng):
    report = report_of(rng, "variance", False, {"dimensions": torch.Tensor.mean}, (7,))
    assert slips(report) == {"mean over the latent dimensions": 1}
    assert report.findings[0].factor == pytest.approx(1 / 7)


def test_another_distance_is_named(rng):
    def jeffreys(mu, s, m, t):
        q, p = Normal(mu, s), Normal(m, t)
        return (kl_divergence(q, p) + kl_divergence(p, q)).sum(-1).mean()

    def wasserstein(mu, s, m, t):
        return ((mu - m) ** 2 + (s - t) ** 2).sum(-1).mean()

    for fn, said in ((jeffreys, "Jeffreys"), (wasserstein, "squared 2-Wasserstein")):
        report = check(fn, arguments_of(rng, "sigma", (3, 4), two=True), names("sigma", two=True))
        assert slips(report) == {"another distance": 1}, report
        assert said in report.what_it_is


@pytest.mark.parametrize("where", ["for each dimension", "for each distribution"])
def test_free_bits_are_named_with_their_number(where, rng):
    def fn(mu, s):
        kl = by_parts(mu, s)
        return (
            kl.clamp(min=0.3).sum(-1) if where == "for each dimension" else kl.sum(-1).clamp(min=0.3)
        ).mean()

    report = check(fn, arguments_of(rng, "sigma", (3, 4)), names("sigma"))
    assert slips(report) == {"free bits": 1}, report
    assert where in report.what_it_is
    assert "0.3" in report.findings[0].says


# ---- as people wrote them ----------------------------------------------------------------------------

PUBLIC = [  # (given, shape, fn, slip)
    (
        ("mu", "sigma", "p_mu", "p_sigma"),
        (),
        lambda m, r, mu, s: s.log() - r.log() + (r**2 + ((m - mu) ** 2) / (2.0 * s**2)) - 0.5,
        "bracket",
    ),
    (("mu", "log_variance"), (), lambda m, v: -v + 0.5 * (v.exp() ** 2 + m**2) - 0.5, "parametrisation"),
    (("mu", "log_sigma"), (), lambda m, s: -0.5 * (1 + 2 * s - m**2 - s.exp()), "power"),
    (("mu", "log_sigma"), (), lambda m, s: -0.5 * (1 + s - m**2 - s.exp()), "parametrisation"),
    (
        ("mu", "log_variance"),
        (6, 9),
        lambda m, v: (-0.5 * (1 + v - m**2 - v.exp()).mean(-1)).mean(),
        "mean over everything",
    ),
    (
        ("mu", "log_sigma"),
        (10,),
        lambda m, s: 0.5 * (m**2 + (2 * s).exp() - 2 * s).sum() - 0.5,
        "constant of one dimension",
    ),
    (
        ("mu", "variance", "p_mu", "p_variance"),
        (5,),
        lambda m, v, a, t: 0.5 * ((v / t).sum() - (v / t).log().sum() + ((m - a) ** 2 / t).sum() + 5),
        "sign of the constant",
    ),
    (("mu", "log_variance"), (), lambda m, v: 0.5 * (1 + v - m**2 - v.exp()), "sign of the whole"),
]


@pytest.mark.parametrize(("given", "shape", "fn", "slip"), PUBLIC)
def test_slips_as_people_wrote_them_are_named(given, shape, fn, slip, rng):
    two = len(given) == 4
    report = check(fn, arguments_of(rng, given[1], shape, two), given)
    assert slips(report) == {slip: 1}, report
    assert report.findings[0].instead


def test_a_constant_and_a_missing_term_are_both_named(rng):
    def fn(mu, s):
        return 0.5 * (mu**2 + s**2 - 1 + math.log(2 * math.pi))

    report = check(fn, arguments_of(rng, "sigma", ()), names("sigma"))
    assert slips(report) == {"log sigma missing": 1, "log 2 pi": 1}


# ---- gradients, and what is none of these ------------------------------------------------------------


@pytest.mark.parametrize(
    ("detach", "slip"),
    [
        (lambda mu, s: (mu.detach(), s), "detached"),
        (
            lambda mu, s: (mu + mu.detach() - mu.detach().clone(), s * 0.5 + s.detach() * 0.5),
            "another gradient",
        ),
    ],
)
def test_a_detached_part_is_wrong_in_its_gradient_only(detach, slip, rng):
    report = check(
        lambda mu, s: by_parts(*detach(mu, s)).sum(-1).mean(),
        arguments_of(rng, "sigma", (3, 4)),
        names("sigma"),
    )
    assert report.verdict == "wrong gradient only"
    assert slips(report) == {slip: 1}


def test_what_is_none_of_the_forms_is_unexplained_with_its_worst_points(rng):
    report = check(
        lambda mu, s: (mu * s).sin().sum(-1).mean(), arguments_of(rng, "sigma", (3, 4)), names("sigma")
    )
    assert report.verdict == "unexplained"
    assert report.findings == ()
    assert len(report.worst) == 4


def test_a_clamp_that_only_the_own_arguments_reach_is_said(rng):
    def fn(mu, s):
        return by_parts(mu, s.clamp(-20, 20).exp()).sum(-1).mean()

    report = check(fn, (np.zeros((2, 3)), np.full((2, 3), 21.0)), ("mu", "log_sigma"))
    assert report.verdict == "unexplained"
    assert "clamp" in report.notes[0]


@pytest.mark.parametrize(
    "given", [("mu",), ("mu", "sigma", "variance"), ("mu", "sigma", "p_mu"), ("mu", "width")]
)
def test_other_names_are_refused(given):
    with pytest.raises(ValueError, match=r"^given: expected"):
        check(lambda *a: a[0].sum(), tuple(np.ones(3) for _ in given), given)


def test_a_loss_that_cannot_be_meant_is_refused(rng):
    with pytest.raises(ValueError, match=r"^expected: expected ForwardKL\(\) or ReverseKL\(\)"):
        check(
            lambda *a: a[0].sum(),
            arguments_of(rng, "sigma", (3,)),
            names("sigma"),
            expected=dl.JensenShannon(),
        )


@pytest.mark.parametrize("tau", [2.0, 0.5, 3.7])
def test_a_prior_that_is_not_the_standard_one_is_right_and_named(tau):
    def vae(mu, logvar):
        kl = 0.5 * ((mu**2 + logvar.exp()) / tau**2 - 1 - logvar) + math.log(tau)
        return kl.sum(-1).mean()

    torch.manual_seed(0)
    report = dl.crosscheck(vae, torch.randn(8, 3), torch.randn(8, 3), given=("mu", "log_variance"))
    assert report.verdict == "right"
    assert f"tau = {tau:g}" in report.what_it_is
    meant = dl.crosscheck(lambda mu, logvar: 2 * vae(mu, logvar), torch.randn(8, 3), torch.randn(8, 3))
    assert meant.verdict == "wrong value"

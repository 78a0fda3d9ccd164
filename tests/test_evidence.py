"""The parts 7 to 9 of a page: the numbers in its lines, the code, the witnesses."""

import pickle
import re
import sys

import numpy as np
import pytest

import divlite as dl
from conftest import DENSITY_LOSSES, GRID, LOSSES, P, rng_of
from divlite import setting, subjects
from divlite.commands.explain import PARTS
from divlite.derivative import difference
from divlite.derive import notation, proof, run
from divlite.derive.notation import Chain, D, Eq, L, Total, i, k, log, mu, q, sigma, t, v
from divlite.derive.proof import LIMIT, Verdict
from divlite.evidence import balance, complete, witnesses
from divlite.evidence.numbers import Numbers
from divlite.losses.protocol import sensitivity
from divlite.rounding import EXACT, sizes
from divlite.subjects import SUBJECTS, subject
from divlite.views import view_of

COORDINATES = {dl.Sigma(): sigma, dl.Variance(): v, dl.LogSigma(): t}
NAMES = ["discrete-kl", "normal-kl"]


def prepared(what, at=None, coordinates=None):
    """The derivation of a subject, its evidence, and the numbers for its lines."""
    found = subject(what, None, coordinates, at)
    derivation, evidence = found.derivation(), found.evidence()
    return derivation, evidence, Numbers(evidence.known, derivation.definitions, evidence.k)


def last(derivation, head):
    """The line that the chain from this head ends with."""
    return next(chain for chain in derivation.chains if chain.head == head).lines[-1].math


def chains(part):
    return [item for item in part.content if isinstance(item, Chain)]


@pytest.fixture(scope="module", params=(*LOSSES, *NAMES), ids=str)
def explanation(request):
    return dl.explain(request.param, autograd=True)


def test_the_sensitivity_is_d_log_q_elementwise(density_loss, backend):
    """The line on random numbers, one point after the other, and what each backend computes there."""
    rng = np.random.default_rng(5)
    log_p, log_q, w = rng.normal(-2, 1, 20), rng.normal(-2, 1, 20), rng.uniform(0.1, 1, 20)
    derivation, _, numbers = prepared(density_loss)
    line = last(derivation, D(L, log(q[k])))
    drawn = {notation.w[i]: w, notation.p[i]: np.exp(log_p), q[i]: np.exp(log_q)}
    shown = [numbers._replace(known={**numbers.known, **drawn, log(notation.p[i]): log_p, log(q[i]): log_q},
                              place=j).value(line) for j in range(20)]  # fmt: skip
    d = dl.d_log_q(density_loss, log_p, log_q, w, backend)
    assert np.max(np.abs(shown - d)) <= 1e-14 * np.max(np.abs(d)) + 1e-15


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss not in DENSITY_LOSSES], ids=repr)
def test_the_sensitivity_is_that_of_its_view_elementwise(loss):
    """The line on random numbers, and what the loss's own derivative gives there, times the weight."""
    rng, at = rng_of(loss), run.seen(loss, i)
    derivation, _, numbers = prepared(loss)
    line = last(derivation, D(L, run.seen(loss, k).moved))
    indexed = sorted((*at.of_p, *at.of_q, at.weight), key=str)
    names = sorted({e for math in indexed for e in math.atoms(notation.sp.Indexed)}, key=str)
    drawn = numbers._replace(known=numbers.known | {name: rng.uniform(0.1, 0.9, 20) for name in names})
    shown = [drawn._replace(place=j).value(line) for j in range(20)]
    d = sensitivity(loss, *map(drawn.value, (*at.of_p, *at.of_q))) * drawn.value(at.weight)
    assert np.max(np.abs(d)) > 0.01
    assert np.max(np.abs(shown - d)) <= 1e-14 * np.max(np.abs(d))


@pytest.mark.parametrize("coordinates", COORDINATES, ids=repr)
def test_the_gradient_is_the_backends(loss, coordinates, backend):
    at = dl.Normal(1.5, 2.5)
    derivation, _, numbers = prepared(loss, at, coordinates)
    shown = [numbers.value(last(derivation, D(L, theta))) for theta in (mu, COORDINATES[coordinates])]
    _, g = dl.value_and_grad(loss, P, at, GRID, backend)
    rate = coordinates.d_sigma(at.sigma)
    size = sizes(setting.checked(loss, P, GRID, at), at.mu, at.sigma)[1]
    assert abs(shown[0] - g.mu) <= EXACT * size
    assert abs(shown[1] - g.sigma * rate) <= EXACT * size * rate


@pytest.mark.parametrize("coordinates", COORDINATES, ids=repr)
def test_the_gradient_is_the_difference(loss, coordinates):
    """Of the loss, in the coordinate itself: fourth-order differences."""
    at = dl.Normal(1.5, 2.5)
    g = dl.value_and_grad(loss, P, at, GRID, "numpy")[1]
    start = coordinates.from_sigma(at.sigma)

    def moved(e):
        q_there = dl.Normal(at.mu, float(coordinates.to_sigma(start + e)))
        return dl.value_and_grad(loss, P, q_there, GRID, "numpy")[0]

    shown = g.sigma * coordinates.d_sigma(at.sigma)
    assert difference(moved, 1e-5) == pytest.approx(shown, rel=1e-6, abs=1e-9)


def test_numbers_agree_down_each_chain(explanation):
    """Part 7 gives each line's own number: down a chain they are all the same."""
    shown = [chain for chain in chains(explanation.derivation.parts[6]) if not isinstance(chain.head, Eq)]
    assert len(shown) >= 4
    for chain in shown:
        assert len({step.why for step in chain.lines}) == 1, chain


def test_each_chain_of_part_2_has_its_numbers(explanation):
    _, sensitivity, *_, numbers, _, _ = explanation.derivation.parts
    found = {chain.head: chain for chain in chains(numbers)}
    for chain in chains(sensitivity):
        assert len(found[chain.head].lines) == len(chain.lines)


def test_numbers_are_the_articles():
    text = dl.explain(dl.ForwardKL()).part(7).text()
    assert "= 2.081" in text  # the article's loss at its start
    assert "2.5 and 0: no, off by 0.3 of the sum of |terms|" in text
    assert "63.5 and 1: no, off by 1 of the sum of |terms|" in text


def pulls(loss, at, known):
    """What is summed over the points for dL/dmu and for dL/dsigma, as the loss sees P and Q."""
    u = {str(symbol).removesuffix("[i]"): values for symbol, values in known.items()}
    z = (GRID.x - at.mu) / at.sigma
    match view_of(loss).derivative:
        case "d_log_q":
            d = dl.d_log_q(loss, P.log_prob(GRID.x), at.log_prob(GRID.x), GRID.w, "numpy")
            return [d * score for score in at.score(GRID.x)]
        case "d_cdf_q":
            d = loss.d_cdf_q(u["F"], 1 - u["F"], u["G"], 1 - u["G"]) * GRID.w
            return [-at.prob(GRID.x) * d, -at.prob(GRID.x) * z * d]
        case "d_x_q":
            z = (u["y"] - at.mu) / at.sigma
            d = loss.d_x_q(GRID.x, u["F"], u["y"], z) * GRID.w * u["p"]
            return [d, z * d]


@pytest.mark.parametrize("at", [dl.Normal(0, 1), dl.Normal(3, 2)], ids=str)
@pytest.mark.parametrize("wrt", ["mu", "sigma"])
def test_the_point_shown_pulls_hardest(loss, at, wrt):
    evidence = subject(loss, wrt, None, at).evidence()
    sizes_here = np.abs(pulls(loss, at, evidence.known)[wrt == "sigma"])
    assert sizes_here[evidence.k] == pytest.approx(np.max(sizes_here), rel=1e-12)
    assert np.max(sizes_here) > 2 * np.median(sizes_here)
    assert f"pulls hardest on ${wrt}$: $x[k] = {GRID.x[evidence.k]:.4g}$" in evidence.words


def test_where_q_is_0_its_logarithm_is_still_a_number():
    at = dl.Normal(-10, 0.3)
    numbers = prepared(dl.ForwardKL(), at)[2]
    assert numbers.value(q[k]) == 0
    with notation.sp.evaluate(False):
        assert numbers.put_into(2 * log(q[k])).args[1].number == at.log_prob(GRID.x)[numbers.place]
    text = dl.explain(dl.ForwardKL(), at=at).part(7).text()
    assert "qₖ = 0," in text
    assert "log(0)" not in text
    assert "inf" not in text


@pytest.mark.parametrize("coordinates", COORDINATES, ids=repr)
@pytest.mark.parametrize("what", [dl.ForwardKL(), dl.Smoothed(dl.Cosine(), 0.1), *NAMES], ids=str)
def test_the_library_says_what_the_lines_say(what, coordinates):
    """Part 7 ends with what the library's functions return: the numbers of the chains, for each of them."""
    at, coordinates = (None, None) if what == "discrete-kl" else (dl.Normal(1, 2), coordinates)
    part = dl.explain(what, coordinates=coordinates, at=at).derivation.parts[6]
    symbols = {"mu": mu, "sigma": sigma, "v": v, "t": t, "a_k": notation.a[k]}
    shown = {chain.head: chain.lines[-1].why for chain in chains(part)}
    found = dict(re.findall(r"(?<![.\w])(L|dL/d\w+) += (\S+)", "\n".join(part.content[-1].lines)))
    heads = {name: L if name == "L" else D(L, symbols[name.removeprefix("dL/d")]) for name in found}
    expected = {D(L, symbol) for symbol in symbols.values()} & set(shown) | {L}
    if what == "normal-kl":  # its closed form has no other coordinate
        expected -= {D(L, v), D(L, t)}
    assert set(heads.values()) == expected
    for name, number in found.items():
        assert float(number) == pytest.approx(float(shown[heads[name]].removeprefix("= ")), rel=1e-3)


SHARE = GRID.w * P.prob(GRID.x) / np.sum(GRID.w * P.prob(GRID.x))
MOMENTS = dl.Normal(SHARE @ GRID.x, np.sqrt(SHARE @ (GRID.x - SHARE @ GRID.x) ** 2))
KINK = "0 to within a jump: a sum changes by up to "
ENDS = [
    (dl.ForwardKL(), MOMENTS, "yes, 0 to rounding"),
    (dl.ForwardKL(), dl.Normal(2.5, 7.5664), "almost, off by "),  # the window cuts a part of P off
    (dl.ReverseKL(), dl.Normal(-5, 1), "yes, 0 to rounding"),
    (dl.ReverseKL(), dl.Normal(10, 1), "almost, off by "),  # the window cuts a part of Q off
    (dl.MSE(), dl.Normal(-5, 1), "yes, 0 to rounding"),
    (dl.MSE(), dl.Normal(10, 1), "yes, 0 to rounding"),
    (dl.Cosine(), dl.Normal(-5, 1), "yes, 0 to rounding"),
    (dl.L1(), dl.Normal(-5, 1), KINK),
    (dl.Smoothed(dl.L1(), 1e-3), dl.Normal(10, 1), KINK),
    (dl.Smoothed(dl.ForwardKL(), 1e-3), dl.Normal(-5, 1), "yes, 0 to rounding"),
    (dl.Smoothed(dl.ReverseKL(), 1e-3), dl.Normal(-5, 1), "yes, 0 to rounding"),
    (dl.Smoothed(dl.MSE(), 1e-3), dl.Normal(-5, 1), "yes, 0 to rounding"),
    ("normal-kl", dl.Normal(10, 1), "yes, 0 to rounding"),
]


def balances(what, at, coordinates=None):
    """The numbers, and what part 7 says of each balance, beside the chain of part 5 behind it."""
    derivation, _, numbers = prepared(what, at, coordinates)
    pairs = [(chain, balance.balance(chain, numbers)) for chain in chains(derivation.parts[4])]
    return numbers, [(chain, shown[0].lines[0]) for chain, shown in pairs if shown]


@pytest.mark.parametrize("coordinates", COORDINATES, ids=repr)
@pytest.mark.parametrize(("what", "at", "verdict"), ENDS, ids=str)
def test_at_the_end_of_a_fit_the_gradient_is_0(what, at, verdict, coordinates):
    _, found = balances(what, at, coordinates)
    assert len(found) == 2
    for _, line in found:
        assert line.why.split(": ", 1)[1].startswith(verdict)


@pytest.mark.parametrize("at", [dl.Normal(0, 1), dl.Normal(1, 4), dl.Normal(-5, 1.01)], ids=str)
def test_away_from_the_end_it_is_not(loss, at):
    """One of the two equations does not hold; for Wasserstein1 that of sigma does at N(-5, 1.01)."""
    _, found = balances(loss, at)
    assert any(": no, off by " in line.why for _, line in found)


@pytest.mark.parametrize("at", [dl.Normal(1.5, 2.5), dl.Normal(-15, 3)], ids=str)
def test_the_balance_is_the_gradient(loss, at):
    """Its two sides differ by the gradient times the factors of its lines: no condition has been used."""
    numbers, found = balances(loss, at)
    gradient = dl.value_and_grad(loss, P, at, GRID, "numpy")[1]
    for (chain, line), d in zip(found, gradient, strict=True):
        used = next(j for j, step in enumerate(chain.lines, 1) if step.math == line.math)
        factors = [numbers.value(step.times) for step in chain.lines[:used]]
        assert not any(step.given for step in chain.lines[:used])
        left, right = map(numbers.value, line.math.args)
        assert left - right == pytest.approx(d * np.prod(factors), rel=1e-9, abs=1e-15)


def test_a_kink_can_change_the_sum_by_twice_the_terms_beside_it():
    """The points on both sides of each crossing of p and q, against numpy."""
    at = dl.Normal(5.6, 13.2)
    numbers, found = balances(dl.L1(), at)
    z = (GRID.x - at.mu) / at.sigma
    q_, above = at.prob(GRID.x), at.prob(GRID.x) > P.prob(GRID.x)
    beside = np.zeros(above.shape, bool)
    beside[:-1] |= above[:-1] != above[1:]
    beside[1:] |= above[:-1] != above[1:]
    assert np.sum(beside) == 8
    for (_, line), factor in zip(found, (z, z * z - 1), strict=True):
        terms = np.abs(GRID.w * q_ * factor)
        assert balance._jumps(line.math, numbers) == pytest.approx(2 * np.sum(terms[beside]), rel=1e-12)


def test_every_symbol_has_its_number():
    at = dl.Normal(1, 2)
    numbers = prepared(dl.MSE(), at)[2]._replace(place=300)
    assert [numbers.value(symbol) for symbol in (mu, sigma, v, t)] == [1, 2, 4, np.log(2)]
    with notation.sp.evaluate(False):
        mixed = Total(notation.p[i] * q[k])  # under a sum over i a term at k is one number
    p_, q_ = P.prob(GRID.x), at.prob(GRID.x)
    assert numbers.value(mixed) == pytest.approx(np.sum(p_) * q_[300], rel=1e-12)
    assert numbers.value(log(q[k])) == at.log_prob(GRID.x)[300]


def test_what_is_put_in_has_the_same_number():
    """For every line that is shown: with numbers for its symbols it is worth what it was worth."""
    derivation, _, numbers = prepared(dl.Smoothed(dl.Cosine(), 0.1), dl.Normal(3, 2), dl.LogSigma())
    for head in (D(L, log(q[k])), log(q[k]), D(log(q[k]), mu), D(L, mu)):
        line = last(derivation, head)
        with notation.sp.evaluate(False):
            put = numbers.put_into(line)
        figures = {figure: notation.sp.Float(figure.number) for figure in put.atoms(notation.Figure)}
        assert figures
        assert mu not in put.free_symbols
        assert numbers.value(put.xreplace(figures)) == pytest.approx(numbers.value(line), rel=1e-12)


def test_the_sum_of_terms_has_no_signs():
    w, p = notation.w, notation.p
    numbers = prepared(dl.MSE(), dl.Normal(1, 2))[2]
    with notation.sp.evaluate(False):
        math = Total(w[i] * (q[i] - p[i]) * (log(q[i]) - 2) * (notation.x[i] - mu) ** 2)
        sign = notation.sign(q[k] - p[k]) - sigma
    (x, w_), p_, at = GRID, P.prob(GRID.x), dl.Normal(1, 2)
    terms = w_ * (at.prob(x) + p_) * (np.abs(at.log_prob(x)) + 2) * (np.abs(x) + 1) ** 2
    assert numbers.size(math) == pytest.approx(np.sum(terms), rel=1e-12)
    assert numbers.size(sign) == 3.0
    equal = numbers._replace(known={**numbers.known, p[i]: at.prob(x)})
    assert equal.value(sign) == -2.0
    assert equal.size(sign) == 3.0  # on a kink, where the sign is any number from -1 to 1


def test_witnesses(explanation):
    text = explanation.part(9).text(200)
    assert re.search(r"symbolic +yes: (\d+) of \1 lines", text)
    figures = {
        name: float(f) for name, f in re.findall(r"(50 digits|differences|autograd) +([\de.-]+):", text)
    }
    assert 0 < figures["50 digits"] < 1e-40
    assert figures["differences"] < 1e-7
    assert figures["autograd"] < 1e-13
    assert text.count("relative to its |terms| and |L|") == 2
    if explanation.derivation.name != "discrete-kl":
        assert re.search(r"code +yes: (\d+) of \1 final formulas", text)


def test_a_wrong_gradient_is_seen_by_the_witnesses(monkeypatch):
    monkeypatch.setattr(dl.MSE, "d_log_q", lambda self, p, log_p, q, log_q: 2.1 * (q - p) * q)
    text = dl.explain(dl.MSE(), autograd=True).part(9).text()
    assert "code          NO" in text
    assert float(re.search(r"50 digits +(.*?):", text)[1]) > 1e-3
    evidence = subject(dl.MSE()).evidence()
    assert witnesses.error(evidence, witnesses.differences(evidence)) > 1e-3


def test_a_line_that_is_not_proved_is_said(monkeypatch):
    """Of two lines and of two ends, one each time fails: the count says so, and the answer is NO."""
    good, shown, near = Verdict(True, LIMIT / 10), Verdict(False, LIMIT / 10), Verdict(True, LIMIT * 10)
    derivation, evidence, _ = prepared("discrete-kl")

    def answers(lines, ends):
        for name, verdicts in (("prove", lines), ("anchors", ends)):
            pairs = [(None, None, verdict) for verdict in verdicts]
            monkeypatch.setattr(proof, name, lambda derivation, count, pairs=pairs: pairs)
        return witnesses.part(derivation, evidence, None).content[0].lines

    right = answers([good, good], [good, good])
    assert right[0].split()[1:5] == ["yes:", "2", "of", "2"]
    assert right[1].split()[2] == "1e-41:"
    assert right[2].split()[1:5] == ["yes:", "2", "of", "2"]
    assert answers([good, shown], [good])[0].split()[1:5] == ["NO:", "1", "of", "2"]
    assert answers([good], [shown, good])[2].split()[1:5] == ["NO:", "1", "of", "2"]
    assert answers([good], [near, good])[2].split()[1:5] == ["NO:", "1", "of", "2"]
    assert answers([good, near], [good])[1].split()[2] == "1e-39:"
    assert answers([good], [near])[1].split()[2] == "1e-39:"
    assert [line.split()[0] for line in answers([good], [])] == ["symbolic", "50", "differences"]


def test_a_wrong_line_is_seen_by_both_halves_of_the_proof():
    derivation, evidence, _ = prepared(dl.MSE())
    (place,) = [j for j, item in enumerate(derivation.parts[1].content) if isinstance(item, Chain)]
    content = list(derivation.parts[1].content)
    first, *rest = content[place].lines
    with notation.sp.evaluate(False):
        content[place] = content[place]._replace(lines=(first._replace(math=-first.math), *rest))
    part = derivation.parts[1]._replace(content=tuple(content))
    wrong = derivation._replace(parts=(derivation.parts[0], part, *derivation.parts[2:]))
    symbolic, digits, code, _ = witnesses.part(wrong, evidence, None).content[0].lines
    assert symbolic.split()[1] == "NO:"  # the line itself, and the one that follows from it
    assert int(symbolic.split()[2]) == int(symbolic.split()[4]) - 2
    assert float(digits.split()[2].rstrip(":")) > 1
    assert code.split()[1] == "yes:"


def test_without_torch_the_last_witness_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(subjects, "find_spec", lambda name: None)
    text = dl.explain(dl.MSE(), autograd=True).part(9).text(200)
    assert "torch is not installed, or failed: in a checkout, pip install '.[torch]'" in text
    assert "autograd" not in dl.explain(dl.MSE()).part(9).text()


def errors(found):
    """By both witnesses from outside: differences, and torch."""
    evidence = found.evidence()
    answers = witnesses.differences(evidence), found.by_torch()
    return [witnesses.error(evidence, gradient) for gradient in answers]


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_gradient_that_is_off_is_seen_from_outside(name):
    """By both witnesses, whichever subject it is: a tenth too much, each time at the start of the fits."""
    found = subject(name)
    by_differences, by_torch = errors(found)
    assert by_differences < 1e-7
    assert by_torch < 1e-13
    evidence = found.evidence()
    _, *gradient = evidence.measured(*evidence.theta)
    off = evidence._replace(
        measured=lambda *theta: (evidence.measured(*theta)[0], *(1.1 * d for d in gradient))
    )
    assert witnesses.error(off, witnesses.differences(off)) > 1e-4
    assert witnesses.error(off, found.by_torch()) > 1e-4


@pytest.mark.parametrize(
    ("what", "at"),
    [
        ("normal-kl", dl.Normal(10, 1)),  # its own optimum, where the gradient is 0
        ("normal-kl", dl.Normal(3, 2e-5)),
        ("normal-kl", dl.Normal(-4, 300)),
        (dl.MSE(), dl.Normal(-5, 1)),
        (dl.ReverseKL(), dl.Normal(-5, 1)),
        (dl.ForwardKL(), dl.Normal(2.5, 7.5664)),
        (dl.Cosine(), dl.Normal(12, 0.3)),
    ],
    ids=str,
)
def test_the_outside_witnesses_hold_everywhere(what, at):
    by_differences, by_torch = errors(subject(what, at=at))
    assert by_differences < 1e-7
    assert by_torch < 1e-13


def test_the_error_is_relative_to_the_sum_of_terms(loss):
    """Whichever loss it is: that of the gradient's |terms|, by numpy, and |L| over sigma."""
    at = dl.Normal(1.5, 2.5)
    evidence, (value, gradient) = (
        subject(loss, at=at).evidence(),
        dl.value_and_grad(loss, P, at, GRID, "numpy"),
    )
    terms = pulls(loss, at, evidence.known)
    size = np.hypot(*(np.sum(np.abs(u)) for u in terms)) + abs(value) / at.sigma
    off = gradient.mu + 0.001 * size, gradient.sigma
    assert witnesses.error(evidence, off) == pytest.approx(0.001, rel=1e-9)


METHODS = ["value", "d_log_q"]
CHAIN = ["integrand", "assemble", "seen", "place", "log_prob", "score", "log_mass", "log_kernel", "pull"]


@pytest.mark.parametrize(
    ("loss", "at", "functions"),
    [
        (
            dl.CramerVonMises(),
            dl.Logistic(1, 2),
            "value d_cdf_q seen d_cdf standard_cdf standard_sf log_kernel",
        ),
        (dl.Wasserstein1(), dl.Cauchy(1, 2), "value d_x_q seen"),
        (dl.MSE(), dl.StudentT(1, 2, 3), "value d_log_q seen score log_kernel pull"),
    ],
    ids=str,
)
def test_each_view_and_family_shows_its_own_formulas(loss, at, functions):
    """Those of the view, and of the family's own class; no formula of another."""
    shown = {function.__name__: function for function in subject(loss, at=at).evidence().functions}
    assert set(functions.split()) | {"integrand", "assemble", "place", "log_mass"} <= set(shown) | {
        "log_prob"
    }
    assert ("d_log_q" in shown) == (loss == dl.MSE())
    assert all(f.__module__.startswith("divlite.") for f in shown.values())
    assert shown["log_mass"].__module__ == type(at).__module__


@pytest.mark.parametrize(
    ("loss", "at"),
    [
        (dl.ForwardKL(), dl.Laplace(1, 2)),
        (dl.MSE(), dl.StudentT(1, 2, 3)),
        (dl.CramerVonMises(), dl.Logistic(1, 2)),
        (dl.Wasserstein1(), dl.Cauchy(1, 2)),
    ],
    ids=str,
)
def test_any_view_and_family_has_its_numbers(loss, at):
    """Of the parameters, and of what the view shows; the gradient is the library's, in differences too."""
    evidence = subject(loss, at=at).evidence()
    named = {str(symbol): u for symbol, u in evidence.known.items()}
    assert {name: named[name] for name in at._fields} == at._asdict()
    x = named["x[i]"]
    assert np.array_equal(x, GRID.x)
    assert np.array_equal(named["q[i]"], at.prob(x))
    if "G[i]" in named:
        assert named["G[i]"] == pytest.approx(at.cdf(x), rel=1e-14)
        assert named["F[i]"] == pytest.approx(P.cdf(x) / 2, rel=1e-14)
    if "y[i]" in named:
        inside = (named["F[i]"] > 1e-12) & (named["F[i]"] < 1 - 1e-3)
        assert at.cdf(named["y[i]"][inside]) == pytest.approx(named["F[i]"][inside], rel=1e-9)
        assert named["p[i]"] == pytest.approx(P.prob(x) / 2, rel=1e-9)
    _, gradient = dl.value_and_grad(loss, P, at, GRID, "numpy")
    assert evidence.measured(*evidence.theta)[1:] == (gradient.mu, gradient.sigma)
    assert witnesses.error(evidence, witnesses.differences(evidence)) < 1e-7


@pytest.mark.parametrize(
    ("what", "functions"),
    [
        (dl.MSE(), METHODS + CHAIN),
        (dl.Cosine(), [*METHODS, "finish", "d_finish", *CHAIN]),
        (dl.Smoothed(dl.MSE(), 1e-3), ["of_p", *METHODS, "finish", "d_finish", *METHODS, *CHAIN]),
        ("discrete-kl", ["kl_div", "d_kl_div_logits"]),
        ("normal-kl", ["kl", "d_kl"]),
    ],
    ids=str,
)
def test_the_code_is_shown_without_its_prose(what, functions):
    text = dl.explain(what).part(8).text()
    assert re.findall(r"^ +def (\w+)", text, re.MULTILINE) == functions
    assert '"""' not in text


def test_code_lines_are_where_it_says():
    text = dl.explain(dl.ReverseKL()).part(8).text()
    (number,) = re.findall(r"divlite/losses/reverse_kl.py:(\d+)\n +def d_log_q", text)
    with open(sys.modules["divlite.losses.reverse_kl"].__file__) as source:
        assert "def d_log_q" in source.read().splitlines()[int(number) - 1]


def test_a_gradient_of_zero_has_no_sign():
    """At the optimum of normal-kl the formulas give -0."""
    assert "dL/dmu = 0  dL/dsigma = 0" in dl.explain("normal-kl", at=dl.Normal(10, 1)).part(7).text()


@pytest.mark.parametrize("at", [dl.Normal(36, 1), dl.Normal(-36, 1), dl.Normal(-15, 1e-100)], ids=str)
def test_a_normal_that_the_grid_just_sees_is_shown(at):
    assert subject("mse", at=at).q == at
    if at.sigma == 1:
        assert "nan" not in dl.explain(dl.MSE(), at=at).text().lower()


@pytest.mark.parametrize("at", [dl.Normal(37, 1), dl.Normal(-37, 1), dl.Normal(-15, 1e-101)], ids=str)
def test_a_normal_that_the_grid_does_not_see_is_refused(at):
    with pytest.raises(ValueError, match=r"at: expected a Normal that is seen on the grid, .*, got Normal\("):
        subject("mse", at=at)
    assert subject("normal-kl", at=at).q == at  # it has no grid


def test_the_nine_parts_are_made_one_after_the_other(monkeypatch):
    """A part is ready before the next is begun: so the terminal shows each at once."""
    found = subject("mse")
    page = complete.page(found.derivation(), found, None)
    assert len(page.parts) == PARTS == 9
    parts = iter(page.parts)
    assert [next(parts) for _ in range(6)] == [*found.derivation().parts]
    monkeypatch.setattr(proof, "prove", lambda *_, **__: pytest.fail("the proof was begun"))
    assert [next(parts).title for _ in range(2)] == ["With numbers", "The code"]


@pytest.mark.parametrize("name", SUBJECTS)
def test_each_subject_is_a_value(name):
    """Another process, and another day, can read it."""
    found = subject(name)
    assert pickle.loads(pickle.dumps(found)) == found
    assert type(pickle.loads(pickle.dumps(found))) is type(found)


def test_each_subject_has_one_line_about_it():
    for name, found in SUBJECTS.items():
        assert found.name == name
        assert len(found.summary) > 20
        assert found.summary.endswith(".")
        assert "\n" not in found.summary

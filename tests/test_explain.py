"""What `explain` shows: the derivations' ends as numbers, the four formats, and bad input."""

import html.parser
import re
import subprocess
import sys

import numpy as np
import pytest
from mpmath import mp
from mutants import mutants

import divlite as dl
from conftest import GRID, LOSSES, P
from divlite import plotting
from divlite.cli import main
from divlite.derivative import difference
from divlite.derive import TOPICS, derive, notation
from divlite.derive.notation import Chain, D, L, k, log, mu, q, sigma, t, v
from divlite.derive.proof import LIMIT, Verdict
from divlite.evidence import balance, complete, example, outside, witnesses
from divlite.page import printers
from divlite.page.inline import inline
from divlite.page.words import because

COORDINATES = (dl.Sigma(), dl.Variance(), dl.LogSigma())
SUBJECTS = (*LOSSES, "discrete-kl", "normal-kl")


def last(derivation, head):
    """The line that the chain from this head ends with."""
    return next(chain for chain in derivation.chains if chain.head == head).lines[-1].math


@pytest.fixture(scope="module", params=SUBJECTS, ids=str)
def explanation(request):
    return dl.explain(request.param, autograd=True)


def test_the_sensitivity_is_d_log_q_elementwise(loss, backend):
    """The line on random numbers, one point after the other, and what each backend computes there."""
    rng = np.random.default_rng(5)
    log_p, log_q, w = rng.normal(-2, 1, 20), rng.normal(-2, 1, 20), rng.uniform(0.1, 1, 20)
    derivation, epsilon = derive(loss), getattr(loss, "epsilon", 0.0)
    line = last(derivation, D(L, log(q[k])))
    p_, q_ = np.exp(log_p) + epsilon, np.exp(log_q) + epsilon
    vectors = {notation.w: w, notation.p: np.exp(log_p), q: np.exp(log_q), notation.p_: p_, notation.q_: q_}
    shown = [
        example.Data({notation.epsilon: epsilon}, vectors, {}, j).value(line, derivation.definitions)
        for j in range(20)
    ]
    d = dl.d_log_q(loss, log_p, log_q, w, backend)
    assert np.max(np.abs(shown - d)) <= 1e-14 * np.max(np.abs(d)) + 1e-15


@pytest.mark.parametrize("coordinates", COORDINATES, ids=repr)
def test_the_gradient_is_the_backends(loss, coordinates, backend):
    at = dl.Normal(1.5, 2.5)
    derivation = derive(loss, None, coordinates)
    numbers = example.data(derivation, at, getattr(loss, "epsilon", None))
    symbol = {dl.Sigma: sigma, dl.Variance: v, dl.LogSigma: t}[type(coordinates)]
    shown = [numbers.value(last(derivation, D(L, theta)), derivation.definitions) for theta in (mu, symbol)]
    _, g = dl.value_and_grad(loss, P, at, GRID, backend)
    computed = g.mu, g.sigma * coordinates.d_sigma(at.sigma)
    assert shown == pytest.approx(computed, rel=1e-12, abs=0)


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
    chains = [c for c in explanation.derivation.parts[6].content if isinstance(c, Chain)]
    shown = [c for c in chains if not isinstance(c.head, notation.Eq)]
    assert len(shown) >= 4
    for chain in shown:
        assert len({step.why for step in chain.lines}) == 1, chain


def test_numbers_are_the_articles():
    text = dl.explain(dl.ForwardKL()).part(7).text()
    assert "= 2.081" in text  # the article's loss at its start
    assert "2.5 and 0: no, off by 0.3 of the sum of |terms|" in text
    assert "63.5 and 1: no, off by 1 of the sum of |terms|" in text


def test_the_point_shown_pulls_hardest(loss):
    for at in (dl.Normal(0, 1), dl.Normal(3, 2)):
        derivation = derive(loss)
        numbers = example.data(derivation, at, getattr(loss, "epsilon", None))
        z = (GRID.x - at.mu) / at.sigma
        pulls = z * dl.d_log_q(loss, P.log_prob(GRID.x), at.log_prob(GRID.x), GRID.w, "numpy")
        assert example._strongest(derivation, numbers) == np.argmax(np.abs(pulls))


def test_where_q_is_0_its_logarithm_is_still_a_number():
    text = dl.explain(dl.ForwardKL(), at=dl.Normal(-10, 0.3)).part(7).text()
    assert "$q_k = 0$" not in text
    assert "qₖ = 0," in text
    assert "log(0)" not in text
    assert "inf" not in text


@pytest.mark.parametrize("coordinates", COORDINATES, ids=repr)
@pytest.mark.parametrize(
    "what", [dl.ForwardKL(), dl.Smoothed(dl.Cosine(), 0.1), "normal-kl", "discrete-kl"], ids=str
)
def test_the_library_says_what_the_lines_say(what, coordinates):
    """Part 7 ends with what the library's functions return: the numbers of the chains, for each of them."""
    at, coordinates = (None, None) if what == "discrete-kl" else (dl.Normal(1, 2), coordinates)
    part = dl.explain(what, coordinates=coordinates, at=at).derivation.parts[6]
    symbols = {"mu": mu, "sigma": sigma, "v": v, "t": t, "a_k": notation.a[k]}
    chains = {item.head: item.lines[-1].why for item in part.content if isinstance(item, Chain)}
    found = dict(re.findall(r"(?<![.\w])(L|dL/d\w+) += (\S+)", "\n".join(part.content[-1].lines)))
    heads = {name: L if name == "L" else D(L, symbols[name.removeprefix("dL/d")]) for name in found}
    expected = {D(L, symbol) for symbol in symbols.values()} & set(chains) | {L}
    if what == "normal-kl":  # its closed form has no other coordinate
        expected -= {D(L, v), D(L, t)}
    assert set(heads.values()) == expected
    for name, number in found.items():
        assert float(number) == pytest.approx(float(chains[heads[name]].removeprefix("= ")), rel=1e-3)


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


def balances(what, coordinates, at):
    """What part 7 says of each balance, and the chain of part 5 behind it."""
    derivation = derive(what, None, coordinates)
    numbers = example.data(derivation, at, getattr(what, "epsilon", None))
    chains = [c for c in derivation.parts[4].content if isinstance(c, Chain)]
    pairs = [(c, balance.balance(c, numbers, derivation)) for c in chains]
    return derivation, numbers, [(chain, shown[0].lines[0]) for chain, shown in pairs if shown]


@pytest.mark.parametrize("coordinates", COORDINATES, ids=repr)
@pytest.mark.parametrize(("what", "at", "verdict"), ENDS, ids=str)
def test_at_the_end_of_a_fit_the_gradient_is_0(what, at, verdict, coordinates):
    *_, found = balances(what, coordinates, at)
    assert len(found) == 2
    for _, line in found:
        assert line.why.split(": ", 1)[1].startswith(verdict)


def test_away_from_the_end_it_is_not(loss):
    for at in (dl.Normal(0, 1), dl.Normal(1, 4), dl.Normal(-5, 1.01)):
        *_, found = balances(loss, None, at)
        assert ": no, off by " in found[1][1].why


@pytest.mark.parametrize("at", [dl.Normal(1.5, 2.5), dl.Normal(-15, 3)])
def test_the_balance_is_the_gradient(loss, at):
    """Its two sides differ by the gradient times the factors of its lines: no condition has been used."""
    derivation, numbers, found = balances(loss, None, at)
    gradient = dl.value_and_grad(loss, P, at, GRID, "numpy")[1]
    for (chain, line), d in zip(found, gradient, strict=True):
        used = next(j for j, step in enumerate(chain.lines, 1) if step.math == line.math)
        for step in chain.lines[:used]:
            assert not step.given
            d *= numbers.value(step.times, derivation.definitions)
        left, right = (numbers.value(side, derivation.definitions) for side in line.math.args)
        assert left - right == pytest.approx(d, rel=1e-9, abs=1e-15)


def test_a_kink_can_change_the_sum_by_twice_the_terms_beside_it():
    """The points on both sides of each crossing of p and q, against numpy."""
    at = dl.Normal(5.6, 13.2)
    _, numbers, found = balances(dl.L1(), None, at)
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
    at, i = dl.Normal(1, 2), notation.i
    numbers = example.data(derive(dl.MSE()), at, None)._replace(k=300)
    shown = [numbers.scalars[symbol] for symbol in (mu, sigma, v, t)]
    assert shown == [1, 2, 4, np.log(2)]
    with notation.sp.evaluate(False):
        mixed = notation.Total(notation.p[i] * q[k])  # under a sum over i a term at k is one number
    p_, q_ = P.prob(GRID.x), at.prob(GRID.x)
    assert numbers.value(mixed, {}) == pytest.approx(np.sum(p_) * q_[300], rel=1e-12)


def test_the_sum_of_terms_has_no_signs():
    w, p, q, i = notation.w, notation.p, notation.q, notation.i
    numbers = example.data(derive(dl.MSE()), dl.Normal(1, 2), None)
    with notation.sp.evaluate(False):
        math = notation.Total(w[i] * (q[i] - p[i]) * (log(q[i]) - 2) * (notation.x[i] - mu) ** 2)
        sign = notation.sign(q[k] - p[k]) - sigma
    (x, w_), p_, at = GRID, P.prob(GRID.x), dl.Normal(1, 2)
    terms = w_ * (at.prob(x) + p_) * (np.abs(at.log_prob(x)) + 2) * (np.abs(x) + 1) ** 2
    assert numbers.value(balance.unsigned(math), {}) == pytest.approx(np.sum(terms), rel=1e-12)
    assert numbers.value(balance.unsigned(sign), {}) == 3.0


def test_what_was_done_to_a_line_is_said():
    p, q, i = notation.p, notation.q, notation.i
    mass = notation.Total(p[i])
    with notation.sp.evaluate(False):
        equal, ratio = notation.Eq(q[k], p[k]), 1 / mass
        steps = [
            notation.line(mu, "it is so"),
            notation.line(mu, "it is so", equal, notation.Eq(mu, 0)),
            notation.line(mu, "", equal),
            notation.line(mu, "", times=-sigma),
            notation.line(mu, "it is so", times=ratio),
        ]
    assert [because(step, printers_inline) for step in steps] == [
        "it is so",
        "if q_k = p_k and mu = 0: it is so",
        "if q_k = p_k",
        "both sides times -sigma, which is not 0",
        "both sides divided by sum p_i, which is not 0: it is so",
    ]


def printers_inline(math):
    return inline(math, unicode=False)


def test_a_kl_is_a_sum_of_terms_that_are_not_below_0():
    """The words of part 5: u - 1 - log u is 0 at 1, its derivative below 0 before and above 0 behind it."""
    for what, ratio in ((dl.ForwardKL(), "q/p"), (dl.ReverseKL(), "p/q"), ("normal-kl", "s^2/sigma^2")):
        derivation = derive(what)
        content = derivation.parts[4].content
        words = f"Let $u$ be ${ratio}$"
        (place,) = (j for j, item in enumerate(content) if isinstance(item, str) and words in item)
        u = notation.u
        chain = content[place + 1]
        assert notation.sp.simplify(chain.head.args[0] - (u - 1 - log(u))) == 0
        slope = chain.lines[-1].math
        assert [notation.sp.sign(slope.subs(u, notation.sp.Rational(n, 4)).doit()) for n in (1, 4, 9)] == [
            -1,
            0,
            1,
        ]


SMOOTHED = [dl.Smoothed(loss, 1e-3) for loss in dl.LOSSES]


@pytest.mark.parametrize("what", [*(topic.name for topic in TOPICS), *SMOOTHED], ids=str)
def test_no_part_ends_within_a_sentence(what):
    for part in derive(what).parts:
        last = part.content[-1]
        assert not isinstance(last, str) or last.endswith((".", ".)")), last


def test_witnesses(explanation):
    text = explanation.part(9).text()
    assert re.search(r"symbolic +yes: (\d+) of \1 lines", text)
    figures = {
        name: float(f) for name, f in re.findall(r"(50 digits|differences|autograd) +([\de.-]+):", text)
    }
    assert 0 < figures["50 digits"] < 1e-40
    assert figures["differences"] < 1e-7
    assert figures["autograd"] < 1e-13
    if explanation.derivation.name not in ("discrete-kl", "normal-kl"):
        assert re.search(r"code +yes: (\d+) of \1 final formulas", text)


@pytest.mark.parametrize(
    ("what", "size"),
    [("discrete-kl", "its length"), ("normal-kl", "its |terms|"), ("mse", "its |terms| + |L|/sigma")],
)
def test_the_witnesses_say_what_their_errors_are_relative_to(what, size, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    page_ = dl.explain(what, autograd=True).part(9).text(200)
    assert main(["explain", what, "--part", "9"]) == 0
    for text in (page_, capsys.readouterr().out):
        lines = [" ".join(line.split()) for line in text.splitlines()]
        found = [line for line in lines if line.startswith(("differences", "autograd"))]
        assert len(found) == 2
        assert all(line.endswith(f" relative to {size}") for line in found)


def test_a_wrong_gradient_is_seen_by_the_witnesses(monkeypatch):
    monkeypatch.setattr(dl.MSE, "d_log_q", lambda self, p, log_p, q, log_q: 2.1 * (q - p) * q)
    text = dl.explain(dl.MSE(), autograd=True).part(9).text()
    assert "code          NO" in text
    assert float(re.search(r"50 digits +(.*?):", text)[1]) > 1e-3
    assert outside.differences(dl.MSE(), "mse", dl.Normal(0, 1)) > 1e-3


def test_a_line_that_is_not_proved_is_said():
    """Of two lines and of two ends, one each time fails: the count says so, and the answer is NO."""
    good, shown, near = Verdict(True, LIMIT / 10), Verdict(False, LIMIT / 10), Verdict(True, LIMIT * 10)

    def answers(lines, ends):
        pairs = [(None, None, verdict) for verdict in lines], [(None, None, verdict) for verdict in ends]
        return witnesses.part(*pairs, 0.0, None).content[0].lines

    right = answers([good, good], [good, good])
    assert right[0].split()[1:5] == ["yes:", "2", "of", "2"]
    assert right[1].split()[2] == "1e-41:"
    assert right[2].split()[1:5] == ["yes:", "2", "of", "2"]
    assert answers([good, shown], [good])[0].split()[1:5] == ["NO:", "1", "of", "2"]
    assert answers([good], [shown, good])[2].split()[1:5] == ["NO:", "1", "of", "2"]
    assert answers([good], [near, good])[2].split()[1:5] == ["NO:", "1", "of", "2"]
    assert answers([good, near], [good])[1].split()[2] == "1e-39:"
    assert answers([good], [near])[1].split()[2] == "1e-39:"
    assert [line.split()[0] for line in answers([good], [])] == ["symbolic", "50", "differences", "autograd"]


def test_without_torch_the_last_witness_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(outside.importlib.util, "find_spec", lambda name: None)
    assert "torch is not installed" in dl.explain(dl.MSE(), autograd=True).part(9).text()
    assert "pip install '.[torch]'" in witnesses.autograd(None)
    assert "autograd" not in dl.explain(dl.MSE()).part(9).text()


OUTSIDE = [
    (loss, dl.loss_name(loss)) for loss in (dl.ForwardKL(), dl.ReverseKL(), dl.MSE(), dl.L1(), dl.Cosine())
] + [(None, "discrete-kl"), (None, "normal-kl")]


@pytest.mark.parametrize(("loss", "name"), OUTSIDE, ids=str)
def test_a_gradient_that_is_off_is_seen_from_outside(loss, name, monkeypatch):
    """By both witnesses, whichever derivation it is: a tenth too much, each time at the start of the fits."""
    problem = outside._problem

    def off(*arguments):
        analytic, *rest = problem(*arguments)
        return (tuple(1.1 * d for d in analytic), *rest)

    before = [ask(loss, name, dl.Normal(0, 1)) for ask in (outside.differences, outside.autograd)]
    assert before[0] < 1e-7
    assert before[1][0] < 1e-13
    monkeypatch.setattr(outside, "_problem", off)
    assert outside.differences(loss, name, dl.Normal(0, 1)) > 1e-4
    assert outside.autograd(loss, name, dl.Normal(0, 1))[0] > 1e-4


def test_a_wrong_line_is_seen_by_both_halves_of_the_proof():
    derivation = derive(dl.MSE())
    chain = derivation.parts[1].content[1]
    with notation.sp.evaluate(False):
        wrong = chain._replace(lines=(chain.lines[0]._replace(math=-chain.lines[0].math), *chain.lines[1:]))
    part = derivation.parts[1]._replace(content=(derivation.parts[1].content[0], wrong))
    parts = derivation.parts[0], part, *derivation.parts[2:]
    shown = complete.figures(
        derivation._replace(parts=parts), dl.MSE(), dl.Normal(0, 1), lambda: witnesses.LATER
    )
    symbolic, digits, code, _ = shown.content[0].lines
    assert symbolic.split()[1] == "NO:"  # the line itself, and the one that follows from it
    assert int(symbolic.split()[2]) == int(symbolic.split()[4]) - 2
    assert float(digits.split()[2].rstrip(":")) > 1
    assert code.split()[1] == "yes:"


def test_a_name_stands_for_its_loss():
    assert dl.explain("mse").text() == dl.explain(dl.MSE()).text()
    assert dl.explain("smoothed").text() == dl.explain(dl.Smoothed(dl.ForwardKL(), 1e-3)).text()


METHODS = ["value", "d_log_q"]
CHAIN = ["log_prob", "score", "integrand", "assemble"]


@pytest.mark.parametrize(
    ("what", "functions"),
    [
        (dl.MSE(), METHODS + CHAIN),
        (dl.Cosine(), [*METHODS, "finish", "d_finish", *CHAIN]),
        (dl.Smoothed(dl.MSE(), 1e-3), [*METHODS, "finish", "d_finish", *METHODS, *CHAIN]),
        ("discrete-kl", ["kl_div", "d_kl_div_logits"]),
        ("normal-kl", ["kl", "d_kl"]),
    ],
    ids=str,
)
def test_the_code_is_shown_without_its_prose(what, functions):
    text = dl.explain(what).part(8).text()
    assert re.findall(r"^ +def (\w+)", text, re.MULTILINE) == functions
    assert '"""' not in text


def test_a_gradient_of_zero_has_no_sign():
    """At the optimum of normal-kl the formulas give -0."""
    assert "dL/dmu = 0  dL/dsigma = 0" in dl.explain("normal-kl", at=dl.Normal(10, 1)).part(7).text()


@pytest.mark.parametrize("width", [59, 0, 72.5])
def test_a_width_too_small_is_refused(width):
    explanation = dl.explain("discrete-kl")
    for show in (explanation.text, explanation.part(1).text):
        with pytest.raises(ValueError, match="width: expected"):
            show(width)
    assert explanation.text(60)


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
    loss, name = (None, what) if isinstance(what, str) else (what, dl.loss_name(what))
    assert outside.differences(loss, name, at) < 1e-7
    assert outside.autograd(loss, name, at)[0] < 1e-13


@pytest.mark.parametrize("at", [dl.Normal(36, 1), dl.Normal(-36, 1), dl.Normal(-15, 1e-100)], ids=str)
def test_a_normal_that_the_grid_just_sees_is_shown(at):
    assert complete.start("mse", at) == at
    if at.sigma == 1:
        assert "nan" not in dl.explain(dl.MSE(), at=at).text().lower()


@pytest.mark.parametrize("at", [dl.Normal(37, 1), dl.Normal(-37, 1), dl.Normal(-15, 1e-101)], ids=str)
def test_a_normal_that_the_grid_does_not_see_is_refused(at):
    with pytest.raises(ValueError, match=r"at: expected a Normal that is seen on the grid, .*, got Normal\("):
        complete.start("mse", at)
    assert complete.start("normal-kl", at) == at  # it has no grid


def test_code_lines_are_where_it_says():
    text = dl.explain(dl.ReverseKL()).part(8).text()
    (number,) = re.findall(r"divlite/losses/reverse_kl.py:(\d+)\n +def d_log_q", text)
    with open(sys.modules["divlite.losses.reverse_kl"].__file__) as source:
        assert "def d_log_q" in source.read().splitlines()[int(number) - 1]


def test_ascii_without_unicode(explanation):
    assert explanation.text(unicode=False).isascii()
    assert not explanation.text().isascii()


def test_html_needs_nothing_else(explanation):
    class Reader(html.parser.HTMLParser):
        stack: list[str] = []  # noqa: RUF012
        seen: set[str] = set()  # noqa: RUF012

        def handle_starttag(self, tag, attrs):
            self.seen.add(tag)
            assert not {"src", "href"} & {name for name, _ in attrs}
            if tag not in ("meta", "mspace"):
                self.stack.append(tag)

        def handle_endtag(self, tag):
            if tag != "mspace":
                assert self.stack.pop() == tag

    page, reader = explanation.html(), Reader()
    reader.feed(page)
    assert not reader.stack
    assert "math" in reader.seen
    assert not {"script", "link", "img", "iframe"} & reader.seen
    assert "\\" not in re.sub(r"<(style|pre)>.*?</\1>", "", page, flags=re.S)  # no LaTeX left over


def test_markdown_tables_have_two_columns(explanation):
    text = explanation._repr_markdown_()
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) > 20
    for row in rows:
        assert len(re.findall(r"(?<!\\)\|", row)) == 3, row
        assert row.count("$") % 2 == 0


def test_words_parse_in_every_derivation():
    """Each formula in the prose is read by SymPy when it is shown, in every coordinate."""
    for what in SUBJECTS:
        for coordinates in COORDINATES if what != "discrete-kl" else (None,):
            derivation = derive(what, None, coordinates)
            assert dl.Explanation(derivation).text()
            assert derivation.title in repr(derivation)  # the objects behind it can be looked at too


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "kl"}, "loss: expected one of forward-kl, .*, got 'kl'"),
        ({"loss": dl.MSE}, "loss: expected a value such as dl.ForwardKL.., got the class MSE"),
        ({"loss": dl.MSE(), "wrt": "m"}, "wrt: expected one of mu, sigma, got 'm'"),
        ({"loss": dl.MSE(), "wrt": "variance"}, "wrt: expected one of mu, sigma, got 'variance'"),
        ({"loss": dl.MSE(), "coordinates": dl.Variance(2.0)}, "coordinates: expected dl.Sigma"),
        ({"loss": dl.MSE(), "at": dl.Normal(0, -1.0)}, "sigma: expected a finite number > 0, got -1.0"),
        ({"loss": dl.MSE(), "at": 3}, "at: expected a Normal"),
        ({"loss": dl.Smoothed(dl.MSE(), -1)}, "epsilon: expected a finite number > 0"),
        ({"loss": "discrete-kl", "at": dl.Normal(0, 1)}, "at: expected none"),
        ({"loss": "discrete-kl", "coordinates": dl.Sigma()}, "coordinates: expected none"),
        ({"loss": "discrete-kl", "wrt": "mu"}, "wrt: expected one of logits"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        dl.explain(**arguments)


def test_part_numbers():
    with pytest.raises(ValueError, match=r"number: expected one of 1, 2, .*, got '0'"):
        dl.explain(dl.MSE()).part(0).text()


def test_wrt_leaves_the_other_out():
    only_mu = dl.explain(dl.MSE(), wrt="mu").derivation
    heads = {chain.head for chain in only_mu.chains}
    assert D(L, mu) in heads
    assert not any(head.has(D) and head.args[-1] == sigma for head in heads if isinstance(head, D))
    only_t = dl.explain(dl.MSE(), wrt="log-sigma", coordinates=dl.LogSigma()).derivation
    heads = {chain.head for chain in only_t.chains}
    assert D(L, t) in heads
    assert D(L, mu) not in heads


def test_command_lists(capsys):
    assert main(["explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[: len(TOPICS)]] == [topic.name for topic in TOPICS]


@pytest.mark.parametrize("format", ["terminal", "markdown", "html"])
def test_command_writes_files(format, tmp_path, capsys):
    out = tmp_path / "mse"
    arguments = ["--wrt", "mu", "--at", "5,1", "--format", format, "--out", str(out)]
    assert main(["explain", "mse", *arguments]) == 0
    assert capsys.readouterr().out == f"wrote {out}\n"
    text = out.read_text(encoding="utf-8")
    assert {"terminal": "=====", "markdown": "$\\displaystyle", "html": "<math"}[format] in text
    assert "torch 2" in text


def test_command_draws(tmp_path, capsys):
    plot, gif = tmp_path / "force.png", tmp_path / "force.gif"
    assert main(["explain", "l1", "--plot", str(plot), "--gif", str(gif), "--coordinates", "variance"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-2:] == [f"wrote {plot}", f"wrote {gif}"]
    assert plot.stat().st_size > 10_000
    assert gif.stat().st_size > 10_000


@pytest.mark.parametrize("coordinates", ["sigma", "variance", "log-sigma"])
def test_command_draws_the_force_on_what_is_moved(tmp_path, capsys, monkeypatch, coordinates):
    asked = []

    def drawn(*arguments, **options):
        asked.append(options)
        return plot_force(*arguments, **options)

    plot_force = plotting.plot_force
    monkeypatch.setattr(plotting, "plot_force", drawn)
    file = tmp_path / "force.png"
    assert main(["explain", "mse", "-q", "--coordinates", coordinates, "--plot", str(file)]) == 0
    known = {"sigma": dl.Sigma(), "variance": dl.Variance(), "log-sigma": dl.LogSigma()}
    assert [options["coordinates"] for options in asked] == [known[coordinates]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["kl"], "expected one of forward-kl, "),
        (["mse", "--at", "1"], "expected 2 numbers separated by commas, got '1'"),
        (["mse", "--at", "0,-1"], "--at SIGMA: expected a finite number > 0, got -1.0"),
        (["mse", "--wrt", "x"], "wrt: expected one of mu, sigma, got 'x'"),
        (["mse", "--smoothing", "0"], "--smoothing: expected a finite number > 0, got 0.0"),
        (["discrete-kl", "--smoothing", "1"], "--smoothing: expected"),
        (["normal-kl", "--plot", "a.png"], "--plot: expected a loss that is taken on a grid"),
        (["discrete-kl", "--at", "0,1"], "at: expected none"),
        (["discrete-kl", "--coordinates", "variance"], "coordinates: expected none"),
        (["mse", "--out", "nowhere/mse.html"], "--out: expected a file in an existing folder"),
        (["mse", "--plot", "a.txt"], "--plot: expected a file name that ends in"),
        (["--at", "0,1"], "LOSS: expected one with --at, got none"),
    ],
)
def test_command_bad_input_is_one_line(arguments, message, capsys):
    try:
        code = main(["explain", *arguments])
    except SystemExit as stop:
        code = stop.code
    err = capsys.readouterr().err
    assert code == 2
    assert message in err
    assert len(err.splitlines()) == 1


def test_import_loads_no_sympy():
    code = "import sys, divlite, divlite.cli; print('sympy' in sys.modules, 'mpmath' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False", "False"]


def test_normal_kl():
    p_, q_ = dl.Normal(0.3, 1.2), dl.Normal(-0.5, 2.0)
    grid = dl.Grid.linspace(-40, 40, 8001, weights="integral")
    value, gradient = dl.value_and_grad(dl.ForwardKL(), p_, q_, grid)
    assert dl.normal_kl(p_, q_) == pytest.approx(value, rel=1e-12)
    assert dl.d_normal_kl(p_, q_) == pytest.approx(gradient, rel=1e-12)
    assert dl.normal_kl(q_, p_) == pytest.approx(
        dl.value_and_grad(dl.ReverseKL(), p_, q_, grid)[0], rel=1e-12
    )
    assert dl.normal_kl(p_, p_) == 0
    assert dl.d_normal_kl(p_, p_) == (0, 0)
    with pytest.raises(ValueError, match="sigma: expected a finite number > 0, got -1"):
        dl.normal_kl(p_, dl.Normal(0, -1))


def _objects():
    w, p, q, i = notation.w, notation.p, notation.q, notation.i
    with notation.sp.evaluate(False):
        return [
            notation.Total(w[i] * (p[i] - q[i]) ** 2),
            notation.Total(p[i]) ** 2 * q[k],
            notation.sp.Abs(p[k] - q[k]) ** 2,
            D(D(L, mu), mu),
            D(L, log(q[k])) * D(log(q[k]), sigma),
            notation.Limit(q[k] * log(q[k]), q[k]),
            notation.Integral(notation.Normal(notation.X, mu, sigma) ** 2),
            notation.Figure(-2.5e-9) * q[k],
            notation.log(2 * notation.sp.pi) / 2,
        ]


SHOWN = [
    (r"\sum_i w_{i} \left(p_{i} - q_{i}\right)^{2}", "∑ wᵢ⋅(pᵢ - qᵢ)²\ni              "),
    (r"\left(\sum_i p_{i}\right)^{2} q_{k}", "      2   \n⎛∑ pᵢ⎞ ⋅qₖ\n⎝i   ⎠    "),
    (r"\left\lvert p_{k} - q_{k} \right\rvert^{2}", "(│pₖ - qₖ│)²"),
    (r"\frac{\partial^2 L}{\partial \mu^2}", "∂²L\n───\n∂μ²"),
    (
        r"\frac{\partial L}{\partial \log q_{k}} \frac{\partial \log q_{k}}{\partial \sigma}",
        "  ∂L    ∂log qₖ\n───────⋅───────\n∂log qₖ   ∂σ   ",
    ),
    (r"\lim_{q_{k} \to 0} q_{k} \log q_{k}", "lim  qₖ⋅log qₖ\nqₖ→0          "),
    (r"\int \left(N\left(x; \mu, \sigma\right)\right)^{2} \, dx", "∫ (N(x; μ, σ))² dx"),
    (r"\left(-2.5 \times 10^{-9}\right) q_{k}", "(-2.5e-9)⋅qₖ"),
    (r"\frac{\log \left(2 \pi\right)}{2}", "log(2⋅π)\n────────\n   2    "),
]


@pytest.mark.parametrize(("place", "shown"), list(enumerate(SHOWN)))
def test_what_is_shown_is_the_object(place, shown):
    """One of each kind of object, as it is to be read: the proofs are of these, and not of the print."""
    math = notation.flat(_objects()[place])
    assert (printers.latex(math), str(printers.pretty(math))) == shown


@pytest.mark.parametrize("what", [dl.ForwardKL(), dl.L1(), "discrete-kl"], ids=str)
def test_no_slip_looks_like_the_line(what):
    """What prints alike is alike: a line and its slips differ on paper too."""
    for chain in derive(what).chains:
        for step in chain.lines:
            right = printers.latex(step.math), str(printers.pretty(step.math))
            for slip, mutant in mutants(step.math):
                wrong = printers.latex(mutant), str(printers.pretty(mutant))
                assert wrong[0] != right[0] or slip == "a sign", (slip, mutant)
                assert wrong[1] != right[1] or slip == "a sign", (slip, mutant)


def test_normal_kl_keeps_its_digits():
    """Near-equal and far widths, against 60 digits: r - 1 - log r loses all of its own near r = 1."""
    for ratio in (1 + 1e-12, 1 - 1e-9, 1.05, 0.91, 1.11, 3.0, 1e-3, 1e6):
        with mp.workdps(60):
            u = mp.mpf(ratio) - 1
            exact = float(u + u * u / 2 - mp.log1p(u))
        assert dl.normal_kl(dl.Normal(0, ratio), dl.Normal(0, 1)) == pytest.approx(exact, rel=1e-14, abs=0)
    assert dl.normal_kl(dl.Normal(0, 1e-200), dl.Normal(0, 1e200)) == pytest.approx(920.534037197618)

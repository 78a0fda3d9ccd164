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
from divlite.cli import main
from divlite.derivations import TOPICS, derive, example, notation, outside, printers
from divlite.derivations.notation import Chain, D, L, k, log, mu, q, sigma, t, v
from divlite.derivative import difference

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
    assert "0 and 2.5: no" in text
    assert "1 and 63.5: no" in text
    at_optimum = dl.explain(dl.ForwardKL(), at=dl.Normal(2.5, 7.5664)).part(7).text()
    assert at_optimum.count(": yes") == 2


def test_witnesses(explanation):
    text = explanation.part(9).text()
    assert re.search(r"symbolic +yes: (\d+) of \1 lines", text)
    figures = {
        name: float(f) for name, f in re.findall(r"(50 digits|differences|autograd) +([\de.-]+):", text)
    }
    assert figures["50 digits"] < 1e-40
    assert figures["differences"] < 1e-7
    assert figures["autograd"] < 1e-13
    if explanation.derivation.name not in ("discrete-kl", "normal-kl"):
        assert re.search(r"code +yes: (\d+) of \1 ends", text)


def test_a_wrong_gradient_is_seen_by_the_witnesses(monkeypatch):
    monkeypatch.setattr(dl.MSE, "d_log_q", lambda self, p, log_p, q, log_q: 2.1 * (q - p) * q)
    text = dl.explain(dl.MSE(), autograd=True).part(9).text()
    assert "code          NO" in text
    assert outside.differences(dl.MSE(), "mse", dl.Normal(0, 1)) > 1e-3


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
        dl.explain(dl.MSE()).part(0)


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
    assert capsys.readouterr().out.strip() == str(out)
    text = out.read_text(encoding="utf-8")
    assert {"terminal": "=====", "markdown": "$\\displaystyle", "html": "<math"}[format] in text
    assert "torch 2" in text


def test_command_draws(tmp_path, capsys):
    plot, gif = tmp_path / "force.png", tmp_path / "force.gif"
    assert main(["explain", "l1", "--plot", str(plot), "--gif", str(gif), "--coordinates", "variance"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-2:] == [str(plot), str(gif)]
    assert plot.stat().st_size > 10_000
    assert gif.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["kl"], "expected one of forward-kl, "),
        (["mse", "--at", "1"], "expected 2 numbers separated by commas, got '1'"),
        (["mse", "--at", "0,-1"], "sigma: expected a finite number > 0, got -1.0"),
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

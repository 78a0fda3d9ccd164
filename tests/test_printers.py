"""Formulas as they are shown: read among words, and printed in LaTeX, in two dimensions and on one line."""

import re

import pytest
import sympy as sp
from mutants import mutants

import divlite as dl
from conftest import LOSSES, derive
from divlite.derive import notation
from divlite.derive.formulas import formula
from divlite.derive.notation import (
    D,
    Figure,
    Integral,
    L,
    Limit,
    Normal,
    Total,
    i,
    k,
    log,
    mu,
    p,
    q,
    sigma,
    w,
)
from divlite.page.printers import inline, latex, pretty
from divlite.page.words import Words

READ = [
    ("p < e*q", "p < e*q", r"p \lt e q"),
    ("0 < p <= 1", "0 < p <= 1", r"0 \lt p \le 1"),
    ("q[k] -> 0", "q_k -> 0", r"q_{k} \to 0"),
    ("sum(w[i]*p[i]*z[i]) = 0", "sum w_i*p_i*z_i = 0", r"\sum_i w_{i} p_{i} z_{i} = 0"),
    ("2*Total(w[i])", "2*sum w_i", r"2 \sum_i w_{i}"),
    ("sum(w[i]*x[i])/sum(w[i])", "(sum w_i*x_i)/(sum w_i)", r"\frac{\sum_i w_{i} x_{i}}{\sum_i w_{i}}"),
    ("sum(w[i])*2", "(sum w_i)*2", r"\left(\sum_i w_{i}\right) \cdot 2"),
    ("1/(2*sigma*sqrt(pi))", "1/(2*sigma*sqrt(pi))", r"\frac{1}{2 \sigma \sqrt{\pi}}"),
    ("Integral(q**2)", "int q^2 dx", r"\int q^{2} \, dx"),
    ("log(q[k])", "log q_k", r"\log q_{k}"),
    ("log(2)", "log 2", r"\log 2"),
    ("q*log(q/p)", "q*log(q/p)", r"q \log \left(\frac{q}{p}\right)"),
    ("-w[k]*p[k]", "-w_k*p_k", "- w_{k} p_{k}"),
    ("mu = -1.25", "mu = -1.25", r"\mu = {- 1.25}"),
    ("2.5e-09", "2.5e-9", r"2.5 \times 10^{-9}"),
    ("1e-25 < 12345.5", "1e-25 < 12345.5", r"1 \times 10^{-25} \lt 12345.5"),
    ("epsilon = 0.00123456", "epsilon = 0.00123456", r"\epsilon = 0.00123456"),
    ("D(L, log(q[k]))", "dL/dlog q_k", r"\frac{\partial L}{\partial \log q_{k}}"),
    ("D(D(L, mu), mu)", "d^2L/dmu^2", r"\frac{\partial^2 L}{\partial \mu^2}"),
    ("D(q**2, q)", "d/dq (q^2)", r"\frac{\partial}{\partial q} \left(q^{2}\right)"),
    ("abs(u) != 0", "|u| != 0", r"\left\lvert u \right\rvert \ne 0"),
    ("f(u) ~ Normal(x, m, s)", "f(u) ~ N(x; m, s)", r"f \left(u\right) \approx N \left(x; m, s\right)"),
    ("f_(u) >= phi__(1)", "f'(u) >= phi''(1)", r"f' \left(u\right) \ge \phi'' \left(1\right)"),
    ("h(p, q)**2", "h(p, q)^2", r"\left(h \left(p, q\right)\right)^{2}"),
    ("2*(m - mu)/sigma**3", "2*(m - mu)/sigma^3", r"\frac{2 \left(m - \mu\right)}{\sigma^{3}}"),
    ("x - (y - z)", "x - (y - z)", r"x - \left(y - z\right)"),
    ("e**(-t)", "e^(-t)", "e^{- t}"),
    ("(1 - q)*0.25", "(1 - q)*0.25", r"\left(1 - q\right) \cdot 0.25"),
    ("sum(-p[i]*q[i])", "sum (-p_i*q_i)", r"\sum_i \left(- p_{i} q_{i}\right)"),
    ("Limit(p - q, q[k])", "lim(q_k->0) (p - q)", r"\lim_{q_{k} \to 0} \left(p - q\right)"),
    ("x/sigma/2", "x/(sigma*2)", r"\frac{x}{\sigma 2}"),
    ("log(q)**2", "(log q)^2", r"\left(\log q\right)^{2}"),
    ("sign(q - p)*F[i]", "sign(q - p)*F_i", r"\operatorname{sign} \left(q - p\right) F_{i}"),
    (
        "atan(z) - loggamma(nu/2)",
        "arctan(z) - log Gamma(nu/2)",
        r"\arctan \left(z\right) - \log \Gamma \left(\frac{\nu}{2}\right)",
    ),
]


@pytest.mark.parametrize(("text", "one_line", "tex"), READ)
def test_formulas_among_the_words(text, one_line, tex):
    assert (inline(formula(text), unicode=False), latex(formula(text))) == (one_line, tex)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "p <",
            "= p",
            "p = = q",
            "(p",
            "p q",
            "w_k",
            "q_k",
            "p^2",
            "2 p",
            "p # q",
            "|p|",
            "sum",
            "mean(p)",
        ),
        *("mean of p", "D(L)", "q[2]", "p if q else 0", "p == q", "'p'", "f(u=1)", "mu.sigma"),
    ],
)
def test_bad_formulas(text):
    with pytest.raises(ValueError, match=f"formula: expected .*, got {re.escape(repr(text))}"):
        formula(text)


def test_only_what_stands_between_dollars_is_a_formula():
    shown = Words(lambda math: f"[{latex(math)}]", str.upper).typeset(
        "p and q_k are P's: $p$, $q[k]$ < 1 (log q)"
    )
    assert shown == "P AND Q_K ARE P'S: [p], [q_{k}] < 1 (LOG Q)"
    with pytest.raises(ValueError, match=r"formula: expected a second \$, got 'p and \$q'"):
        Words(str).typeset("p and $q")


def _objects():
    slope, second = (sp.Function("f")(mu).diff(mu, order) for order in (1, 2))
    with sp.evaluate(False):
        return [
            Total(w[i] * (p[i] - q[i]) ** 2),
            Total(p[i]) ** 2 * q[k],
            sp.Abs(p[k] - q[k]) ** 2,
            D(D(L, mu), mu),
            D(L, log(q[k])) * D(log(q[k]), sigma),
            Limit(q[k] * log(q[k]), q[k]),
            Integral(Normal(notation.X, mu, sigma) ** 2),
            Figure(-2.5e-9) * q[k],
            log(2 * sp.pi) / 2,
            sp.Subs(slope, mu, p[k] / q[k]),
            second,
            D(p[k] ** 2, p[k]),
        ]


SHOWN = [
    (r"\sum_i w_{i} \left(p_{i} - q_{i}\right)^{2}", "∑ wᵢ⋅(pᵢ - qᵢ)²\ni              "),
    (r"\left(\sum_i p_{i}\right)^{2} q_{k}", "      2   \n⎛∑ pᵢ⎞ ⋅qₖ\n⎝i   ⎠    "),
    (r"\left(\left\lvert p_{k} - q_{k} \right\rvert\right)^{2}", "(│pₖ - qₖ│)²"),
    (r"\frac{\partial^2 L}{\partial \mu^2}", "∂²L\n───\n∂μ²"),
    (
        r"\frac{\partial L}{\partial \log q_{k}} \frac{\partial \log q_{k}}{\partial \sigma}",
        "  ∂L    ∂log qₖ\n───────⋅───────\n∂log qₖ   ∂σ   ",
    ),
    (r"\lim_{q_{k} \to 0} q_{k} \log q_{k}", "lim  qₖ⋅log qₖ\nqₖ→0          "),
    (r"\int \left(N \left(x; \mu, \sigma\right)\right)^{2} \, dx", "∫ (N(x; μ, σ))² dx"),
    (r"\left(-2.5 \times 10^{-9}\right) q_{k}", "(-2.5e-9)⋅qₖ"),
    (r"\frac{\log \left(2 \pi\right)}{2}", "log(2⋅π)\n────────\n   2    "),
    (r"f' \left(\frac{p_{k}}{q_{k}}\right)", "  ⎛pₖ⎞\nf'⎜──⎟\n  ⎝qₖ⎠"),
    (r"f'' \left(\mu\right)", "f''(μ)"),
    (r"\frac{\partial}{\partial p_{k}} \left(p_{k}^{2}\right)", " ∂       \n─── (pₖ²)\n∂pₖ      "),
]


@pytest.mark.parametrize(("place", "shown"), list(enumerate(SHOWN)))
def test_what_is_shown_is_the_object(place, shown):
    """One of each kind of object, as it is to be read: the proofs are of these, and not of the print."""
    math = notation.flat(_objects()[place])
    assert (latex(math), str(pretty(math))) == shown


@pytest.mark.parametrize(
    ("number", "one_line", "block", "tex"),
    [
        (2e-5, "(2e-5)^2", "(2e-5)\N{SUPERSCRIPT TWO}", r"\left(2 \times 10^{-5}\right)^{2}"),
        (-2e-5, "(-2e-5)^2", "(-2e-5)\N{SUPERSCRIPT TWO}", r"\left(-2 \times 10^{-5}\right)^{2}"),
        (-2.688, "(-2.688)^2", "(-2.688)\N{SUPERSCRIPT TWO}", r"\left(-2.688\right)^{2}"),
        (10.11, "10.11^2", "10.11\N{SUPERSCRIPT TWO}", "10.11^{2}"),
    ],
)
def test_a_number_under_a_power_has_one_pair_of_brackets_or_none(number, one_line, block, tex):
    squared = sp.Pow(Figure(number), 2, evaluate=False)
    assert inline(squared, unicode=False) == one_line
    assert pretty(squared).picture == [block]
    assert latex(squared) == tex
    assert latex(sp.Mul(2, Figure(abs(number)), evaluate=False)).count("(") == 0


@pytest.mark.parametrize("what", [*dl.LOSSES, "discrete-kl", "normal-kl"], ids=str)
def test_no_slip_looks_like_the_line(what):
    """What prints alike is alike: a line and its slips differ on paper too."""
    lines = {step.math for chain in derive(what).chains for step in chain.lines}
    first = dl.LOSSES[0]
    if what != first:  # the lines on the density alone are those of the first loss
        lines -= {step.math for chain in derive(first).chains for step in chain.lines}
    for math in lines:
        right = latex(math), str(pretty(math)), inline(math)
        for slip, mutant in mutants(math):
            if slip == "a sign":  # it can stand in more than one place, and print alike
                continue
            wrong = latex(mutant), str(pretty(mutant)), inline(mutant)
            assert not any(a == b for a, b in zip(wrong, right, strict=True)), (slip, mutant)


NODES = (D, Total, Integral, Limit, Normal, sp.KroneckerDelta, sp.Derivative, sp.Subs)


def opened(math):
    """The formula with a letter for each node, and then what stands in the nodes."""
    letters = dict(zip(sorted(math.atoms(*NODES), key=str), map(sp.Symbol, "ABCGHJKMNORSTUV"), strict=False))
    with sp.evaluate(False):
        outside = math.xreplace(letters)
    yield outside
    for node in letters:
        for arg in node.args if isinstance(node, D | Total | Integral) else ():
            yield from opened(arg)


def read(shown):
    """What stands on one line without nodes, as `formula` takes it."""
    text = re.sub(r"log ([\w']+)", r"log(\1)", shown).replace("^", "**")
    text = re.sub(r"(\w'*)_(\w)", r"\1[\2]", text).replace("'", "_")
    return formula(re.sub(r"\|([^|]*)\|", r"abs(\1)", text))


def number(math):
    """A number by which formulas differ if their brackets do."""
    if isinstance(math, notation.Comparison | sp.Eq):
        sides = math.args[:: 2 if isinstance(math, notation.Comparison) else 1]
        return sum(number(side) * 11**place for place, side in enumerate(sides))
    if isinstance(math, sp.Symbol | sp.Indexed):
        return 0.5 + sum(map(ord, str(math))) % 97 / 89
    if isinstance(math, Figure):
        return float(math.text)
    return complex(math.func(*map(sp.sympify, map(number, math.args)))) if math.args else complex(math)


@pytest.mark.parametrize("what", [*LOSSES, "discrete-kl", "normal-kl"], ids=str)
def test_one_line_has_all_brackets(what):
    """What is printed on one line, read again, is the same number."""
    found = 0
    for chain in derive(what).chains:
        for math in (chain.head, *(step.math for step in chain.lines)):
            for part in opened(math):
                shown = inline(part, unicode=False)
                assert number(read(shown)) == pytest.approx(number(part)), shown
                found += 1
    assert found > 50


def test_what_was_done_to_a_line_is_said():
    with sp.evaluate(False):
        equal, ratio = notation.Eq(q[k], p[k]), 1 / Total(p[i])
        steps = [
            notation.line(mu, "it is so"),
            notation.line(mu, "it is so", equal, notation.Eq(mu, 0)),
            notation.line(mu, "", equal),
            notation.line(mu, "", times=-sigma),
            notation.line(mu, "it is so", times=ratio),
        ]
    words = Words(lambda math: inline(math, unicode=False))
    assert [words.because(step) for step in steps] == [
        "it is so",
        "if q_k = p_k and mu = 0: it is so",
        "if q_k = p_k",
        "both sides times -sigma, which is not 0",
        "both sides divided by sum p_i, which is not 0: it is so",
    ]


def test_a_logarithm_before_a_factor_stands_in_brackets():
    """log 2 p would be read as log(2 p)."""
    with sp.evaluate(False):
        first, last = sp.log(2) * p[k], p[k] * sp.log(2)
    assert (inline(first, False), inline(last, False)) == ("(log 2)*p_k", "p_k*log 2")
    assert (latex(first), latex(last)) == (r"\left(\log 2\right) p_{k}", r"p_{k} \log 2")
    assert str(pretty(first, False)) == "(log 2)*p_k"

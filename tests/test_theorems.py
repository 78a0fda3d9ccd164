"""The theorems, proved for undefined functions and at 50 digits for some; each loss is a member."""

import itertools
import re
from pathlib import Path
from typing import NamedTuple

import pytest
import sympy as sp

import divlite as dl
from conftest import label
from divlite.derive import lessons, proof, seen, theorems
from divlite.derive.notation import D, L, Total, i, k, line, log, mu, p, q, sigma, u, w, z
from divlite.derive.request import request
from divlite.derive.theorems import bregman, csiszar, curvature, distance, pointwise, sums
from divlite.derive.written import counted

THEOREMS = {"f": csiszar.theorem, "phi": bregman.theorem, "h": distance.theorem}
# Formulas for the 50 digits, none of them a loss's: without f(1) = 0, and without symmetry.
CONCRETE = {
    "f": (lambda u: u**3 + sp.log(u) + 2, lambda u: (1 + u) * sp.log(1 + u) - sp.sqrt(u)),
    "phi": (lambda q: q**3, lambda q: q * sp.log(q)),
    "h": (lambda d: d**4 + d, lambda d: sp.exp(d)),
}


def steps(chains):
    for chain in chains:
        before = chain.head
        for step in chain.lines:
            yield before, step
            before = step.math


@pytest.mark.parametrize("name", THEOREMS)
def test_a_theorem_holds_for_every_formula(name):
    undefined = THEOREMS[name](sp.Function(name))
    for before, step in steps(undefined):
        assert proof.follows(before, step, {}), (before, step)


@pytest.mark.parametrize("name", THEOREMS)
def test_a_theorem_holds_to_50_digits(name):
    for formula in CONCRETE[name]:
        for before, step in steps(THEOREMS[name](formula)):
            assert proof.error(before, step, {}) < proof.LIMIT, (before, step)


def test_a_wrong_theorem_is_refused():
    """f + u f' in the place of f - u f', and a Bregman divergence without its curvature."""
    (f, _), (phi, _), ratio = CONCRETE["f"], CONCRETE["phi"], p[k] / q[k]
    for head, wrong in (
        (csiszar.theorem(f)[0].head, q[k] * (f(ratio) + ratio * csiszar.slope(f, ratio))),
        (bregman.theorem(phi)[0].head, -q[k] * (p[k] - q[k])),
    ):
        assert not proof.follows(head, line(wrong, ""), {})
        assert not proof.error(head, line(wrong, ""), {}) < proof.LIMIT


def assert_same(a, b, loss):
    meanings = seen.meanings(loss, dl.Normal(0.0, 1.0))
    assert proof.check(a, line(b, ""), meanings).holds, (a, b)


MEMBERS = [(loss, name) for loss, name in itertools.product(dl.LOSSES, THEOREMS) if hasattr(loss, name)]


@pytest.mark.parametrize(("loss", "name"), MEMBERS, ids=str)
def test_a_member_is_what_its_theorem_says(loss, name):
    """`value` and `d_log_q` are the formulas that follow from f, phi or h alone."""
    one = pointwise.of(loss)
    a, b = one.pair

    def formula(at):
        return pointwise.formula(loss, name, at)

    if name == "f":
        ratio = {u: a / b}
        assert_same(one.value, (b * formula(u)).xreplace(ratio), loss)
        assert_same(one.slope, (b * csiszar.of_loss(loss).g).xreplace(ratio), loss)
        assert formula(u).subs(u, 1).doit() == 0
    elif name == "phi":
        assert_same(one.value, formula(a) - formula(b) - sp.diff(formula(b), b) * (a - b), loss)
        assert_same(one.slope, -b * sp.diff(formula(b), b, 2) * (a - b), loss)
    else:
        assert_same(one.value, formula(a - b), loss)
        moved = b if one.densities else 1
        assert_same(one.slope, -moved * csiszar.slope(formula, a - b), loss)


def test_each_family_has_members():
    assert {name for _, name in MEMBERS} == set(THEOREMS)


SMOOTH = [loss for loss, name in MEMBERS if name == "f" and not csiszar.of_loss(loss).kink]


@pytest.mark.parametrize("loss", SMOOTH, ids=label)
def test_the_second_derivative_of_an_f_divergence_is_its_curvature_times_the_information(loss):
    """What any loss of one sum has, worked out for this one, is what Csiszar's theorem says of f alone."""
    f = csiszar.of_loss(loss)
    chains = [c for c in curvature.second(loss, request(None, "sigma")) if not isinstance(c, str)]
    ends = {c.head: c.lines[-1].math for c in chains}
    known = f.curvature * Total(w[i] * q[i]) / sigma**2
    assert sp.simplify(ends[D(D(L, mu), mu)] - known) == 0
    assert sp.simplify(ends[D(D(L, sigma), sigma)] - 2 * known) == 0
    assert ends[D(D(L, mu), sigma)] == 0


@pytest.mark.parametrize("family", [dl.StudentT(0, 1, 3.0), dl.Cauchy(0, 1), dl.Logistic(0, 1)], ids=label)
def test_like_quotients_in_a_second_derivative_are_one(family):
    """No a/b - a/b stands there, and z stands below one line, or two where the score has its own."""
    found = theorems.second(dl.ForwardKL(), request(None, "sigma", family))
    made = steps(item for item in found if not isinstance(item, str))
    ends = [step.math for _, step in made if not step.math.has(D)]
    assert len(ends) >= 6
    for total in (total for math in ends for total in math.atoms(sp.Add)):
        terms = [counted(term)[1] for term in total.args]
        assert len({*terms}) == len(terms), total
        assert sum(sp.fraction(term)[1].has(z[i]) for term in terms) <= 2, total


def test_the_sections_of_the_lessons_are_known():
    """A section that is spelled wrong would be silently left out."""
    known = {"definition", "first", "last", "second", *theorems.PIECES}
    names = {loss.__class__.__module__.rpartition(".")[2] for loss in (*dl.LOSSES, dl.Smoothed(dl.L1(), 1.0))}
    found = {path.stem for path in Path(lessons.__file__).parent.glob("*.md")}
    assert found - names == {"discrete_kl", "normal_kl"}
    for name in found & names:
        assert {section.removesuffix(" (normal)") for section in lessons.read(name).sections} <= known, name


class Pearson(NamedTuple):
    """Pearson's chi-square, which pulls without limit."""

    def value(self, p, log_p, q, log_q):
        return (p - q) ** 2 / q

    def d_log_q(self, p, log_p, q, log_q):
        return q - p * p / q

    def f(self, u):
        return (u - 1) ** 2


def test_every_section_of_the_words_is_said_of_some_loss(monkeypatch):
    """A section under a name that nothing asks for would never be seen."""
    found = set()

    def recorded(section, **names):
        found.add(section)
        return lessons.said(section, **names)

    for module in (bregman, csiszar, distance, pointwise, sums):
        monkeypatch.setattr(module, "said", recorded)
    for loss, piece in itertools.product((*dl.LOSSES, Pearson()), (*theorems.PIECES.values(), csiszar.alike)):
        piece(loss, NORMAL)
    text = Path(theorems.__file__).with_name("words.md").read_text("utf-8")
    assert found == set(re.findall("^## (.*)$", text, re.M))


def test_a_name_that_a_lesson_does_not_have_is_refused():
    with pytest.raises(ValueError, match=r"formula: expected .*, got 'muu = 0': muu is not known here"):
        lessons.formula("muu = 0")
    assert lessons.formula("muu = 0", {"muu": mu}) == sp.Eq(mu, 0, evaluate=False)


def test_a_lesson_is_for_its_own_loss_only():
    """A learner's class of the same name has no lesson, whose lines would not be about it."""
    other = type("MSE", (dl.L1,), {"__module__": "mine.mse"})
    assert lessons.lesson_of(dl.MSE()).sections
    assert not lessons.lesson_of(other()).sections


def test_only_what_is_asked_for_is_said():
    for name, parameter in (("mu", mu), ("sigma", sigma)):
        asked = theorems.meaning(dl.ForwardKL(), request(name, "sigma"))
        heads = [c.head for c in asked if not isinstance(c, str) and isinstance(c.head, sp.Eq)]
        assert heads == [sp.Eq(D(L, parameter), 0, evaluate=False)]


def words(items):
    texts = (
        (item,) if isinstance(item, str) else [item.head, *(step.why for step in item.lines)]
        for item in items
    )
    return " ".join(str(text) for found in texts for text in found)


LAPLACE = request(None, "sigma", dl.Laplace(0.0, 1.0))
NORMAL = request(None, "sigma")


@pytest.mark.parametrize(
    ("loss", "asked", "kink"),
    [
        (dl.JensenShannon(), NORMAL, False),
        (dl.CramerVonMises(), LAPLACE, False),
        (dl.Wasserstein1(), NORMAL, "where $y$ and $x$ are equal"),
        (dl.Wasserstein1(), LAPLACE, "where $y$ and $x$ are equal"),
        (dl.ForwardKL(), LAPLACE, "where $mu$ is one of the points"),
        (dl.L1(), LAPLACE, "equal at one of the points, and where $mu$ is one of the points"),
    ],
    ids=str,
)
def test_a_minimum_at_a_kink_needs_no_gradient_of_0(loss, asked, kink):
    said = words(pointwise.stationary(loss, asked))
    assert ("At the minimum the gradient is 0:" in said) == (not kink)
    assert not kink or kink in said


def test_where_the_score_jumps_no_factor_is_said_to_be_common():
    """The curvature of forward KL by the mu of a Laplace is 0 between two points, Hellinger's is not."""
    for loss in SMOOTH:
        assert "all f-divergences" in words(theorems.second(loss, NORMAL))
        said = words(theorems.second(loss, LAPLACE))
        assert curvature.JUMPS in said
        assert "all f-divergences" not in said


def test_a_product_rule_speaks_of_the_score_for_densities_only():
    for loss in dl.LOSSES:
        if not pointwise.of(loss).densities:
            assert "score" not in words(theorems.second(loss, LAPLACE)), loss


def test_a_formula_of_a_lesson_has_the_symbols_of_the_derivations():
    assert lessons.formula("log(q[k])*z[i]").doit() == log(q[k]) * z[i]
    assert lessons.formula("mu = 1/sigma") == sp.Eq(mu, 1 / sigma, evaluate=False)


def test_a_family_is_named_as_in_a_book():
    assert [seen.family_name(q) for q in (dl.Cauchy(0.0, 1.0), dl.StudentT(0.0, 1.0, 3.0))] == [
        "Cauchy",
        "Student-t",
    ]

"""The articles: every printed figure is a row, every row holds, and a wrong one would not."""

import json
import math
from functools import cache

import numpy as np
import pytest

import divlite as dl
from divlite.articles import ARTICLES, report, reproduce
from divlite.articles.forward_vs_reverse_kl import normal
from divlite.articles.report import Cell, Row, Table, lines, published
from divlite.optimum import nearest_minimum

reported = cache(reproduce)  # by numba: 10,000 steps of each fit


@pytest.mark.parametrize("article", ARTICLES)
def test_every_row_holds(article):
    differing = [row for row in reported(article).rows if not row.holds]
    assert differing == []


@pytest.mark.parametrize("article", ["forward-vs-reverse-kl", "kl-div-reductions"])
def test_every_row_holds_on_torch(article):
    """Of the first article only in `divlite reproduce --backend torch`: its paths are in test_parity."""
    assert [row for row in reproduce(article, "torch").rows if not row.holds] == []


def printed(value, names=("note", "comment", "correction", "unprinted", "mu0", "sigma0", "name", "article")):
    """Every string in the data that is a printed result."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in names:
                yield from printed(inner, names)
    elif isinstance(value, list):
        for inner in value:
            yield from printed(inner, names)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize(("article", "count"), list(zip(ARTICLES, (134, 65, 7), strict=True)))
def test_every_printed_figure_is_in_a_row(article, count):
    figures = [text for text in printed(published(article)) if text.lstrip("-")[0].isdigit() or "inf" in text]
    assert len(figures) == count
    cells = [cell.printed for row in reported(article).rows for cell in row.cells]
    for figure in set(figures):
        assert cells.count(figure) >= figures.count(figure), figure


@pytest.mark.parametrize(
    ("printed", "computed", "holds"),
    [
        ("1.0", 1.00009, True),
        ("1.0", 1.00011, False),
        ("1.0", 0.99989, False),
        ("0.0", 4.9e-5, True),
        ("0.0", 5.1e-5, False),
        ("-200.0", -200.0099, True),
        ("-200.0", -200.011, False),
        ("inf", math.inf, True),
        ("inf", -math.inf, False),
        ("-inf", -math.inf, True),
        ("inf", 1e308, False),
        ("1.0", math.inf, False),
        ("1.0", math.nan, False),
    ],
)
def test_a_verdict_can_fail(printed, computed, holds):
    cell = Cell(printed, computed)
    assert cell.holds is holds
    (last,) = list(lines(Table("t", "l", ("c",), (Row("r", (cell,)),))))[2:]
    assert last.endswith("ok" if holds else "DIFFERS")


def test_a_changed_figure_is_noticed(monkeypatch):
    """A digit changed in the data: the command must not say that it was reproduced."""
    data = json.dumps(published("forward-vs-reverse-kl")).replace('"147.313"', '"147.343"')
    monkeypatch.setattr("divlite.articles.forward_vs_reverse_kl.published", lambda name: json.loads(data))
    rows = reproduce("forward-vs-reverse-kl").rows
    assert [row.cells[0].printed for row in rows if not row.holds] == ["147.343"]


def test_the_printed_first_steps_need_epsilon_hat():
    """The usual tolerance would not tell where eps was added; the digits of the MSE's first step do."""
    table = next(t for t in reported("understanding-kl").tables if t.title.startswith("mse from mu = 0"))
    cell = table.rows[0].cells[1]
    assert cell.printed == "-0.0009965245"
    assert cell.difference == pytest.approx(0, abs=1e-10)
    assert any("mu = -0.0009998897 in the first row" in remark for remark in table.remarks)


def test_the_underflow_counts():
    text = " ".join(
        line.strip() for article in ARTICLES for table in reported(article).tables for line in lines(table)
    )
    assert "underflows to 0 at 44 of 1,000 points" in text
    x = dl.Grid.linspace(-10, 10, 5001).x
    p = 0.75 * normal(-0.125, 0.01).prob(x) + 0.25 * normal(1.0, 0.01).prob(x)
    assert f"even in float64 at {np.sum(p == 0):,}" in text


def test_the_optimum_of_forward_kl_is_the_moment_match():
    p, grid = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1))), dl.Grid.linspace(-15, 15, 1000)
    mass = grid.w * p.prob(grid.x)
    mean = np.sum(mass * grid.x) / np.sum(mass)
    sigma = math.sqrt(np.sum(mass * (grid.x - mean) ** 2) / np.sum(mass))
    found = nearest_minimum(dl.ForwardKL(), p, dl.Normal(2.4, 5.2), grid)
    assert found is not None
    best, value = found
    assert best == pytest.approx((mean, sigma), rel=1e-9)
    assert value == pytest.approx(0.13477943, abs=1e-8)


@pytest.mark.parametrize("loss", [dl.MSE(), dl.Cosine(), dl.ReverseKL()], ids=repr)
def test_an_optimum_has_no_gradient_and_no_lower_neighbour(loss):
    p, grid = dl.Mixture((1, 2), (dl.Normal(-2, 1), dl.Normal(3, 1.5))), dl.Grid.linspace(-15, 15, 500)
    found = nearest_minimum(loss, p, dl.Normal(1, 1), grid)
    assert found is not None
    best, value = found
    _, gradient = dl.value_and_grad(loss, p, best, grid)
    assert gradient == pytest.approx((0, 0), abs=1e-9)
    for a, b in ((1e-3, 0), (-1e-3, 0), (0, 1e-3), (0, -1e-3)):
        assert dl.value_and_grad(loss, p, dl.Normal(best.mu + a, best.sigma + b), grid)[0] > value


@pytest.mark.parametrize("part", ["evaluate", "path", "kl_div"])
@pytest.mark.parametrize("article", ARTICLES)
def test_the_backend_asked_for_is_the_one_used(article, part, monkeypatch):
    """A backend that is wrong in one of its parts makes rows differ, and numba, not asked for, is unused."""
    numpy = dl.backends.resolve("numpy")

    def wrong(*arguments):
        result = getattr(numpy, part)(*arguments)
        if part == "evaluate":
            return lambda *theta: (result(*theta)[0] + 1.0, *result(*theta)[1:])
        return tuple(a * 1.01 for a in result) if part == "path" else result + 1.0

    monkeypatch.setattr("divlite_numba.BACKEND", None)
    own = numpy._replace(**{part: wrong})
    held = [row.holds for row in reproduce(article, own).rows]
    concerned = {
        "understanding-kl": ("path", "evaluate"),
        "forward-vs-reverse-kl": ("path",),
        "kl-div-reductions": ("kl_div",),
    }
    assert all(held) is (part not in concerned[article])


def test_no_optimum_is_claimed_where_there_is_none():
    """From far out the reverse KL falls for ever, towards a sigma without end."""
    p, grid = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1))), dl.Grid.linspace(-15, 15, 200)
    assert nearest_minimum(dl.ReverseKL(), p, dl.Normal(0, 60), grid) is None


def test_the_published_data_name_their_articles():
    for article in ARTICLES:
        assert published(article)["article"] == article
    assert report.digits("1.001", 1.00100004) == "1.0010"
    assert report.digits("0.0009999981", 0.00099999813) == "0.00099999813"

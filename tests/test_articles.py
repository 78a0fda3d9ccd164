"""The articles: every printed figure is a row, every row holds, and a wrong one would not."""

import json
import math
from functools import cache

import numpy as np
import pytest

import divlite as dl
from conftest import remembered
from divlite.articles import ARTICLES, ends, report, reproduce
from divlite.articles.forward_vs_reverse_kl import normal
from divlite.articles.report import Cell, Row, Table, lines, published

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
    table = next(t for t in reported("understanding-kl").tables if t.title.startswith("forward-kl"))
    optimum = f"optimum at  mu = {mean:.7f}  sigma = {sigma:.7f}  loss = 0.13477943  minimum"
    assert table.remarks[1:] == (optimum, "the start lies in the basin of this optimum")


@pytest.mark.parametrize("article", ["understanding-kl", "forward-vs-reverse-kl"])
def test_each_end_stands_beside_its_optimum_and_its_basin(article):
    """All the articles' fits start in the basin of a minimum, and stop where that minimum is downhill."""
    tables = [t for t in reported(article).tables if any(r.startswith("stopped at") for r in t.remarks)]
    assert len(tables) == 5
    for table in tables:
        i = next(i for i, remark in enumerate(table.remarks) if remark.startswith("stopped at"))
        stopped, optimum, basin = table.remarks[i : i + 3]
        assert optimum.startswith("optimum at  mu = ")
        assert optimum.endswith("  minimum")
        assert basin == "the start lies in the basin of this optimum"
        loss_at_end, least = (float(r.split("loss = ")[1].split()[0]) for r in (stopped, optimum))
        assert least <= loss_at_end


def test_a_start_in_another_basin_is_told():
    """MSE from N(2, 3): Adam ends at the mode, and short steps down end over both."""
    p, grid = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1))), dl.Grid.linspace(-15, 15, 1000)
    path = dl.fit(dl.MSE(), p, dl.Normal(2, 3), grid, optimizer=dl.adam(), steps=10_000)
    _, optimum, basin = ends.remarks(path, lambda q: f"mu = {q.mu:.3f}", 6)
    assert optimum == "optimum at  mu = -5.000  loss = 0.009394  minimum"
    assert basin == "the start lies in the basin of another one: mu = 3.175  loss = 0.015634  minimum"


paths = remembered(dl.backends.resolve("numba").path)  # as numpy's are, see test_parity, which take seconds


@pytest.mark.parametrize("part", ["evaluate", "path", "kl_div"])
@pytest.mark.parametrize("article", ARTICLES)
def test_the_backend_asked_for_is_the_one_used(article, part, monkeypatch):
    """A backend that is wrong in one of its parts makes rows differ, and numba, not asked for, is unused."""
    numpy = dl.backends.resolve("numpy")
    right = paths if part == "path" else getattr(numpy, part)

    def wrong(*arguments):
        result = right(*arguments)
        if part == "evaluate":
            return lambda *theta: (result(*theta)[0] + 1.0, *result(*theta)[1:])
        return tuple(a * 1.01 for a in result) if part == "path" else result + 1.0

    monkeypatch.setattr("divlite_numba.BACKEND", None)
    own = numpy._replace(**({"path": paths} | {part: wrong}))
    held = [row.holds for row in reproduce(article, own).rows]
    concerned = {
        "understanding-kl": ("path", "evaluate"),
        "forward-vs-reverse-kl": ("path",),
        "kl-div-reductions": ("kl_div",),
    }
    assert all(held) is (part not in concerned[article])


def test_the_published_data_name_their_articles():
    for article in ARTICLES:
        assert published(article)["article"] == article
    assert report.digits("1.001", 1.00100004) == "1.0010"
    assert report.digits("0.0009999981", 0.00099999813) == "0.00099999813"

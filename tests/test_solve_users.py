"""Where a fit was on its way to: `Fit.optimum`, and which optimum's basin its start lies in."""

import math

import numpy as np
import pytest

import divlite as dl
from conftest import GRID, P
from divlite.destination import basin_of, destination


def fitted(loss, start, steps=1000, **options):
    return dl.fit(loss, P, start, GRID, optimizer=dl.adam(**options), steps=steps)


def solved(loss, q, grid):
    with np.errstate(all="ignore"):
        return dl.solve(loss, P, q, grid, backend="numpy")


@pytest.mark.parametrize("loss", dl.LOSSES, ids=dl.loss_name)
def test_the_optimum_of_a_fit_is_the_one_that_solve_finds(loss):
    """L1 and other losses with kinks too, and from a Fit whose grid has points of weight 0."""
    path = fitted(loss, dl.Normal(-4, 1.5), 50, lr=0.01)
    found = solved(loss, path.q, GRID)
    assert repr(path.optimum) == repr(found)
    assert (path.optimum.q, path.optimum.loss) == (found.q, found.loss)
    sparse = dl.Grid(GRID.x, np.where(np.arange(GRID.x.size) % 2, GRID.w, 0.0))
    path = dl.fit(loss, P, dl.Normal(-4, 1.5), sparse, optimizer=dl.adam(), steps=3)
    assert path.optimum.q == solved(loss, path.q, sparse).q


def test_a_fit_of_another_family_has_an_optimum_in_it():
    path = fitted(dl.MSE(), dl.StudentT(-4, 1, 3))
    assert path.optimum.q.nu == 3
    assert path.optimum.verdict == "minimum"


def test_a_fit_made_by_hand_has_no_optimum():
    by_hand = dl.Fit(dl.Normal(1, 2), np.ones(3), np.full(3, 2.0), np.zeros(3))
    for ask in (lambda: by_hand.optimum, lambda: destination(by_hand)):
        with pytest.raises(ValueError, match="fit: expected one with its divergence, p and grid"):
            ask()


def test_a_start_in_the_same_basin():
    ends = destination(fitted(dl.ForwardKL(), dl.Normal(0, 1)))
    assert ends.same
    assert ends.basin == "the start lies in the same one"
    assert ends.of_start.q == pytest.approx(ends.optimum.q, rel=1e-9)


def test_a_start_in_another_basin():
    """From N(2, 3) Adam on MSE runs past the minimum over both modes, which steepest descent ends in."""
    ends = destination(fitted(dl.MSE(), dl.Normal(2, 3), 10_000))
    assert not ends.same
    assert ends.optimum.q == pytest.approx((-5, 1), abs=1e-9)
    assert ends.of_start.verdict == "minimum"
    assert ends.of_start.q == pytest.approx(dl.solve(dl.MSE(), P, dl.Normal(3, 9), GRID).q, rel=1e-9)
    assert ends.basin.startswith("the start lies in another one; short steps down from there lead to mu 3.17")


def test_steps_from_the_start_are_short():
    """Newton's longer steps may cross into another basin; `dl.basins` says where steepest descent leads."""
    mu, sigma = np.linspace(-9, 9, 4), np.geomspace(1, 9, 3)
    box = (-105, 105), (1e-3, 3000)
    mus, sigmas = np.concatenate([mu, box[0]]), np.concatenate([sigma, box[1]])
    whole = dl.basins(dl.Cosine(), P, GRID, mus, sigmas)
    for i, s in enumerate(sigma):
        for j, m in enumerate(mu):
            found, expected = basin_of(dl.Cosine(), P, dl.Normal(m, s), GRID), whole.optima[whole.end[i, j]]
            assert found.verdict == expected.verdict
            if found.verdict == "minimum":
                assert found.q == pytest.approx(expected.q, rel=1e-6)


def test_ends_without_a_place_are_one_if_they_are_of_one_kind():
    gone = fitted(dl.ReverseKL(), dl.Normal(0, 60), 10, lr=0.1)
    ends = destination(gone)
    assert ends.optimum.verdict == "off the window"
    assert ends.same


def test_an_infinite_loss_has_no_way_down():
    p = dl.Tabulated.from_density(np.where(GRID.x < 0, 1.0, 0.0))
    path = dl.fit(dl.ReverseKL(), p, dl.Normal(0, 1), GRID, optimizer=dl.adam(), steps=0)
    assert path.loss[-1] == math.inf
    ends = destination(path)
    assert (ends.optimum, ends.of_start, ends.same) == (None, None, False)
    assert ends.basin == "the loss is not finite at the start, from where no way leads down"
    with pytest.raises(ValueError, match="loss: expected a finite one at the start, got inf"):
        _ = path.optimum


@pytest.mark.parametrize("q", [dl.Normal(0, 1e-200), dl.Normal(0, 1e200), dl.Normal(1e9, 1)], ids=repr)
def test_a_start_far_outside_is_no_error(q):
    path = dl.fit(dl.MSE(), P, q, GRID, optimizer=dl.adam(), steps=0)
    ends = destination(path)
    assert ends.same
    assert math.isfinite(ends.optimum.loss)


def test_a_backend_that_makes_its_curvature_from_the_core_is_a_backend():
    """`curvature` and `newton` may be None: passed as a value, as by its name."""
    core = dl.backends.resolve("numpy")._replace(curvature=None, newton=None)
    found = dl.solve(dl.MSE(), P, dl.Normal(-4, 1.5), GRID, backend=core)
    assert found.q == dl.solve(dl.MSE(), P, dl.Normal(-4, 1.5), GRID, backend="numpy").q
    with pytest.raises(ValueError, match="backend: expected functions, got no curvature"):
        dl.solve(dl.MSE(), P, dl.Normal(-4, 1.5), GRID, backend=core._replace(curvature=3))
    with pytest.raises(ValueError, match="backend: expected functions, got no path"):
        dl.solve(dl.MSE(), P, dl.Normal(-4, 1.5), GRID, backend=core._replace(path=None))

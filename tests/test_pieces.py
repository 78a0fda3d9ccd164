"""A compiled fit is run in pieces: the same bits, and between two pieces Python is asked."""

import numpy as np
import pytest

import divlite as dl
from conftest import GRID, P
from divlite_numba import backend as numba_backend


@pytest.mark.parametrize(
    "optimizer", [dl.adam(0.01, epsilon_hat=True), dl.sgd(0.05, 0.9)], ids=["adam", "sgd"]
)
@pytest.mark.parametrize("coordinates", [dl.Sigma(), dl.LogSigma(), dl.Variance(2.0)], ids=repr)
def test_the_bits_do_not_depend_on_the_pieces(monkeypatch, optimizer, coordinates):
    def run():
        return dl.fit(
            dl.Cosine(), P, dl.Normal(1, 2), GRID, optimizer=optimizer, steps=100, coordinates=coordinates
        )

    whole = run()
    for steps_in_one in (1, 7, 100, 101, 102):
        monkeypatch.setattr(numba_backend, "PIECE", steps_in_one * GRID.x.size)
        for a, b in zip(run()[1:4], whole[1:4], strict=True):
            assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("steps_in_one", [1, 2, 3, 4, 5, 100])
def test_a_path_that_leaves_its_domain_ends_there_however_it_is_cut(monkeypatch, steps_in_one):
    """Reverse KL pulls sigma from 1 towards 0.1, and Adam's fourth step of 0.3 carries it below 0."""
    monkeypatch.setattr(numba_backend, "PIECE", steps_in_one * GRID.x.size)
    with pytest.raises(ValueError, match=r"^sigma: expected to stay .* > 0 .*, got -0.0978759 at step 4;"):
        dl.fit(dl.ReverseKL(), dl.Normal(0, 0.1), dl.Normal(0, 1), GRID, optimizer=dl.adam(0.3), steps=50)


def test_progress_is_told_and_may_end_the_fit(backend, monkeypatch):
    monkeypatch.setattr(numba_backend, "PIECE", 10 * GRID.x.size)
    told = []
    arguments = dl.MSE(), P, dl.Normal(0, 1), GRID
    fit = dl.fit(*arguments, optimizer=dl.adam(), steps=35, backend=backend, progress=told.append)
    assert told == sorted(set(told))
    assert told[-1] == 35 == fit.mu.size - 1
    assert len(told) >= 4

    def interrupted(done):
        if done >= 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dl.fit(*arguments, optimizer=dl.adam(), steps=100_000, backend=backend, progress=interrupted)


def test_a_piece_is_short_on_any_grid():
    """Python is asked again after some four million terms: ten ms or so, and never more than one step."""
    told = []
    grid = dl.Grid.linspace(-15, 15, 4000)
    dl.fit(dl.MSE(), P, dl.Normal(0, 1), grid, optimizer=dl.adam(), steps=5000, progress=told.append)
    assert max(np.diff([-1, *told])) * grid.x.size <= 4_000_000

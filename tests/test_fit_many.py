"""Many fits: each ends where `fit` ends from the same start, bit for bit, however they are shared out."""

import re
import warnings

import numpy as np
import pytest
import torch
from scipy import stats

import divlite as dl
from conftest import P
from divlite.descent import many
from divlite_numba import backend as numba_backend

GRID = dl.Grid.linspace(-15, 15, 120)
STARTS = np.array([[0.0, 1.0], [-6.0, 2.5], [8.0, 0.5], [3.0, 9.0], [-14.0, 4.0]])
ENDS = ("mu", "sigma", "loss", "d_mu", "d_sigma", "steps", "left")


def run(backend="numba", **changes):
    arguments = {
        "loss": dl.ReverseKL(),
        "p": P,
        "starts": STARTS,
        "grid": GRID,
        "optimizer": dl.adam(0.05),
        "steps": 30,
        "backend": backend,
    }
    return dl.fit_many(**(arguments | changes))


def one(k, backend="numba", **changes):
    """The fit from start k alone, and the gradient where it ended."""
    arguments = {"loss": dl.ReverseKL(), "p": P, "q0": dl.Normal(*STARTS[k]), "grid": GRID}
    arguments |= {"optimizer": dl.adam(0.05), "steps": 30, "backend": backend} | changes
    fit = dl.fit(**arguments)
    return fit, dl.value_and_grad(arguments["loss"], P, fit.q, arguments["grid"], backend)[1]


def assert_same_bits(fits, others):
    for name in ENDS:
        got, right = getattr(fits, name), getattr(others, name)
        assert got.dtype == right.dtype
        assert got.tobytes() == right.tobytes(), name


def assert_ends_of_fits(fits, ends):
    """Bit for bit."""
    for k, (fit, gradient) in enumerate(ends):
        assert (fits.mu[k], fits.sigma[k], fits.loss[k]) == (fit.q.mu, fit.q.sigma, fit.loss[-1])
        assert (fits.d_mu[k], fits.d_sigma[k]) == (gradient.mu, gradient.sigma)
        assert (fits.steps[k], fits.left[k]) == (fit.mu.size - 1, False)


def test_each_ends_where_fit_does(loss):
    fits = run(loss=loss)
    assert_ends_of_fits(fits, [one(k, loss=loss) for k in range(len(STARTS))])


@pytest.mark.parametrize("coordinates", [dl.Variance(3.0), dl.LogSigma()])
def test_in_other_coordinates_and_with_another_optimizer(coordinates):
    changes = {"optimizer": dl.sgd(0.01, 0.5), "coordinates": coordinates}
    assert_ends_of_fits(run(**changes), [one(k, **changes) for k in range(len(STARTS))])


def test_of_every_backend(backend):
    fits = run(backend)
    ends = [one(k, backend) for k in range(len(STARTS))]
    assert_ends_of_fits(fits, ends)
    for a in fits[:7]:
        assert a.shape == (len(STARTS),)
        assert not a.flags.writeable


def test_every_family_and_kind_of_start():
    t = [dl.StudentT(mu, sigma, nu=3) for mu, sigma in STARTS]
    fits = run(starts=t)
    assert_ends_of_fits(fits, [one(k, q0=t[k]) for k in range(len(STARTS))])
    assert fits.family == dl.StudentT(0, 1, 3)
    for rows in (STARTS, STARTS.tolist(), torch.tensor(STARTS), np.asfortranarray(STARTS)):
        assert_same_bits(run(starts=rows, family=dl.StudentT(7, 7, 3)), fits)
    normals = [dl.Normal(*row) for row in STARTS.tolist()]
    assert_same_bits(run(starts=normals), run())
    assert_same_bits(run(starts=tuple(normals)), run(family=dl.Normal))


def test_the_same_bits_however_shared_out(monkeypatch):
    right = run()
    starts = np.repeat(STARTS, 20, axis=0)
    for part in (1, 7 * 31 * 120, 10**9):
        for piece in (31 * 120, 3 * 31 * 120, 10**9):
            monkeypatch.setattr(many, "PART", part)
            monkeypatch.setattr(numba_backend, "PIECE", piece)
            for threads in (1, 2, 5):
                fits = run(starts=starts, threads=threads)
                for name in ENDS:
                    assert getattr(fits, name).tobytes() == np.repeat(getattr(right, name), 20).tobytes()


def test_a_fit_too_long_for_one_call_ends_at_the_same_bits(monkeypatch, loss):
    right = run(loss=loss)
    monkeypatch.setattr(numba_backend, "PIECE", 700)  # some six steps of one fit
    assert_same_bits(run(loss=loss, threads=2), right)


def test_no_steps_is_the_start(backend):
    fits = run(backend, steps=0)
    assert np.stack([fits.mu, fits.sigma], axis=1).tolist() == STARTS.tolist()
    assert fits.steps.tolist() == [0] * len(STARTS)


@pytest.mark.parametrize("piece", [4_000_000, 1])
def test_a_fit_that_leaves_its_domain_is_said(backend, piece, monkeypatch):
    """The entries are those of the last step inside, and fit from there leaves at once."""
    monkeypatch.setattr(numba_backend, "PIECE", piece)
    loss, optimizer = dl.ReverseKL(), dl.sgd(40.0)
    words = r"^[1-4] of 5 fits left the domain of mu or sigma, see `left`; try a smaller lr, or"
    with pytest.warns(dl.FitWarning, match=words):
        fits = run(backend, loss=loss, optimizer=optimizer, steps=200)
    assert 0 < fits.left.sum() < len(STARTS)
    assert np.isfinite(np.stack(fits[:5])).all()
    for k in range(len(STARTS)):
        start = dl.Normal(*STARTS[k])
        common = {"p": P, "grid": GRID, "optimizer": optimizer, "backend": backend}
        if not fits.left[k]:
            assert fits.steps[k] == 200
            continue
        inside = dl.fit(loss, q0=start, steps=int(fits.steps[k]), **common)
        assert (inside.q.mu, inside.q.sigma) == (fits.mu[k], fits.sigma[k])
        with pytest.raises(ValueError, match=rf"^sigma: .* at step {fits.steps[k] + 1}; try"):
            dl.fit(loss, q0=start, steps=int(fits.steps[k]) + 1, **common)


def test_a_start_that_cannot_be_moved_keeps_its_place(backend):
    """sigma = 1e200 has no variance that is a float."""
    with pytest.warns(dl.FitWarning, match="^1 of 2 fits left the domain"):
        fits = run(backend, starts=[[0, 1], [2, 1e200]], coordinates=dl.Variance())
    assert fits.left.tolist() == [False, True]
    assert (fits.mu[1], fits.sigma[1], fits.steps[1]) == (2.0, 1e200, 0)
    assert np.isnan([fits.loss[1], fits.d_mu[1], fits.d_sigma[1]]).all()


def test_what_a_reader_should_know_is_warned_of():
    uniform = dl.Tabulated(np.where(np.abs(GRID.x) < 3, np.log(1 / 6), -np.inf))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fits = run(p=uniform, steps=0)
    lines = [str(warning.message) for warning in caught]
    assert lines == list(fits.notes)
    assert {warning.filename for warning in caught} == {__file__}  # the line that called it
    assert lines[0] == "5 of 5 fits ended where the loss is not finite"
    assert lines[1] == "2 of 5 fits ended with less than 0.99 of Q's mass on the grid, see `q_mass`"
    assert len(lines) == 2
    inside = run(p=dl.Normal(0, 2), starts=[[0, 1]])
    assert inside.notes == ()
    assert run(starts=[[0, 1]]).notes[-1].startswith("P has mass 2 on the grid: this is no divergence")


def test_the_mass_on_the_grid_is_that_of_the_cdf():
    starts = [[0, 1], [-20, 1], [20, 1], [-60, 2.0], [60, 2.0]]
    edges = dl.grid.cells(GRID)[[0, -1]]
    for family in (dl.Normal, dl.Cauchy):
        for (mu, sigma), mass in zip(starts, run(starts=starts, steps=0, family=family).q_mass, strict=True):
            q = family(mu, sigma)
            low, high = q.cdf(edges) if mu > 0 else q.sf(edges)[::-1]
            assert mass == pytest.approx(high - low, rel=1e-12)
            assert mass > 0


def test_repr_says_the_lowest_loss():
    fits = run(optimizer=dl.sgd(40.0), steps=200)
    assert re.fullmatch(
        r"Fits\(reverse-kl: 5 fits of a Normal, lowest loss [\d.e-]+, \d left their domain\)", repr(fits)
    )


def test_progress_counts_the_fits(backend, monkeypatch):
    monkeypatch.setattr(many, "PART", 1)
    for threads in (1, 2):
        heard = []
        run(backend, progress=heard.append, threads=threads)
        assert heard == [0, 1, 2, 3, 4, 5]


class StopError(Exception):
    pass


def test_what_progress_raises_ends_the_sweep(monkeypatch):
    monkeypatch.setattr(many, "PART", 1)
    heard = []

    def stop(done):
        heard.append(done)
        if done == 2:
            raise StopError

    for threads in (1, 2):
        heard.clear()
        with pytest.raises(StopError):
            run(progress=stop, threads=threads)
        assert heard == [0, 1, 2]


def test_a_backend_of_ones_own_needs_no_more_than_path_and_evaluate():
    calls = []

    def path(setting, q0, *rest):
        calls.append(q0)
        return dl.backends.resolve("numpy").path(setting, q0, *rest)

    own = dl.Backend("mine", *dl.backends.resolve("numpy")[1:3], path)
    assert_same_bits(run(own), run("numpy"))
    assert calls == [dl.Normal(*row) for row in STARTS]


def test_nothing_is_written_to():
    starts = STARTS.copy()
    for writeable in (True, False):
        starts.flags.writeable = writeable
        fits = run(starts=starts)
        assert starts.flags.writeable is writeable
    np.testing.assert_array_equal(starts, STARTS)
    assert not np.shares_memory(fits.mu, starts)


KIND = "members of one family such as dl.Normal(0, 1), or an array of rows (mu, sigma)"
BAD = {
    f"starts: expected {KIND}, got an array of shape (0,)": {"starts": []},
    f"starts: expected {KIND}, got Normal(mu=0, sigma=1)": {"starts": dl.Normal(0, 1)},
    f"starts: expected {KIND}, got 3": {"starts": 3},
    f"starts: expected {KIND}, got an array of shape (2, 3)": {"starts": np.ones((2, 3))},
    f"starts: expected {KIND}, got an array of shape (2,)": {"starts": [1.0, 2.0]},
    f"starts: expected {KIND}, got an array of shape (0, 2)": {"starts": np.ones((0, 2))},
    "starts: expected members of one family, got starts[0] = Normal(mu=0.0, sigma=1.0) and starts[1] = Cau": {
        "starts": [dl.Normal(0, 1), dl.Cauchy(0, 1)]
    },
    "starts: expected members of one family, got starts[0] = StudentT(mu=0.0, sigma=1.0, nu=3.0) and": {
        "starts": [dl.StudentT(0, 1, 3), dl.StudentT(0, 1, 4)]
    },
    "starts: expected members of one family, got starts[0] = Normal(mu=0.0, sigma=1.0) and starts[1] = (0": {
        "starts": [dl.Normal(0, 1), (0, 1)]
    },
    "starts: expected finite numbers mu, and sigma finite and >= 2.23e-308, got starts[1] = (0, -1)": {
        "starts": [[0, 1], [0, -1]]
    },
    "starts: expected finite numbers mu, and sigma finite and >= 2.23e-308, got starts[1] = (nan, 1)": {
        "starts": [dl.Normal(0, 1), dl.Normal(np.nan, 1)]
    },
    "starts: expected finite numbers mu, and sigma finite and >= 2.23e-308, got starts[0] = (0, inf)": {
        "starts": [[0, np.inf]]
    },
    "starts: expected an array of real numbers, got": {"starts": [["a", "b"]]},
    "sigma: expected a finite number > 0, got 0": {"starts": [dl.Normal(0, 0)]},
    "family: expected a family such as dl.Normal": {"family": dl.MSE},
    "starts: expected members of the family that is named, Laplace, got starts[0] = Normal(": {
        "starts": [dl.Normal(0, 1)],
        "family": dl.Laplace,
    },
    "starts: expected members of the family that is named, StudentT(mu=0, sigma=1, nu=4), got starts[0]": {
        "starts": [dl.StudentT(0, 1, 3)],
        "family": dl.StudentT(0, 1, 4),
    },
    "threads: expected a whole number >= 1, got 0": {"threads": 0},
    "threads: expected a whole number >= 1, got 2.0": {"threads": 2.0},
    "executor: expected a value such as concurrent.futures.ProcessPoolExecutor(), got 3": {"executor": 3},
    "steps: expected a whole number >= 0, got -1": {"steps": -1},
    "progress: expected a function, or None, got 3": {"progress": 3},
    "checkpoint: expected the path of a file, got 3": {"checkpoint": 3},
    "backend: expected one of numba, numpy, torch, got 'x'": {"backend": "x"},
}


@pytest.mark.parametrize("message", BAD)
def test_what_is_wrong_is_said_at_the_door(message):
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        run(**BAD[message])


@pytest.mark.parametrize("family", [None, dl.StudentT, dl.StudentT(0, 2, 3)], ids=str)
def test_members_may_stand_beside_the_name_of_their_family(family):
    assert run(starts=[dl.StudentT(0, 1, 3)], family=family).family == dl.StudentT(0, 1, 3)


def test_an_infinite_loss_is_told_from_a_step_too_long():
    """P is 0 at x = 0: reverse KL is infinite, and no smaller step helps."""
    grid = dl.Grid.linspace(0, 20, 101, "integral")
    with pytest.warns(
        dl.FitWarning, match=r"^1 of 1 fits met a loss that is not finite, .* try dl\.Smoothed"
    ):
        fits = dl.fit_many(dl.ReverseKL(), stats.gamma(3), [(3, 1)], grid, optimizer=dl.sgd(0.01), steps=5)
    assert fits.left.all()


def test_the_lowest_loss_is_that_of_a_fit_in_the_window():
    """A Q with no mass on the grid has the reverse KL 0, and fits nothing."""
    with pytest.warns(dl.FitWarning):
        fits = dl.fit_many(dl.ReverseKL(), P, [(500, 1), (8, 1)], GRID, optimizer=dl.adam(0.01), steps=50)
    assert fits.loss[0] == 0.0 < fits.loss[1]
    assert f"lowest loss {fits.loss[1]:.6g}" in repr(fits)

"""The landscape: at every place the value and the gradient that `value_and_grad` gives, bit for bit."""

import re

import numpy as np
import pytest

import divlite as dl
from conftest import P
from divlite.descent import lattice

GRID = dl.Grid.linspace(-15, 15, 120)
MU, SIGMA = np.linspace(-16, 12, 5), np.array([4.0, 0.3, 9.0])


def assert_same_places(land, loss, p, grid, family, backend):
    assert land.loss.shape == land.d_mu.shape == land.d_sigma.shape == (SIGMA.size, MU.size)
    for i, sigma in enumerate(SIGMA.tolist()):
        for j, mu in enumerate(MU.tolist()):
            value, d = dl.value_and_grad(loss, p, family(mu, sigma), grid, backend)
            assert (land.loss[i, j], land.d_mu[i, j], land.d_sigma[i, j]) == (value, d.mu, d.sigma)


def test_every_place_is_value_and_grad(loss, backend):
    land = dl.landscape(loss, P, GRID, MU, SIGMA, backend=backend)
    assert_same_places(land, loss, P, GRID, dl.Normal, backend)
    assert not any(a.flags.writeable for a in land[:5])


def test_of_another_family_and_uneven_weights():
    grid = dl.Grid(np.sort(np.random.default_rng(0).uniform(-15, 15, 77)), np.r_[0.0, np.ones(75), 0.0])
    land = dl.landscape(dl.ForwardKL(), P, grid, MU, SIGMA, family=dl.Laplace)
    assert_same_places(land, dl.ForwardKL(), P, grid, dl.Laplace, "numba")
    assert land.family == dl.Laplace(0, 1)


def test_what_was_asked_stands_in_it():
    table = dl.Tabulated(P.log_prob(GRID.x))
    land = dl.landscape(dl.MSE(), table, GRID, MU, SIGMA)
    assert (land.divergence, land.family) == (dl.MSE(), dl.Normal(0, 1))
    np.testing.assert_array_equal(land.p.log_prob(GRID.x), table.log_p)
    for asked, kept in ((MU, land.mu), (SIGMA, land.sigma), (GRID.x, land.grid.x), (GRID.w, land.grid.w)):
        np.testing.assert_array_equal(asked, kept)
    i, j = np.unravel_index(np.argmin(land.loss), land.loss.shape)
    assert land.lowest == (land.loss[i, j], MU[j], SIGMA[i])
    assert repr(land) == "Landscape(mse of a Normal: mu -16 to 12 (5), sigma 0.3 to 9 (3))"


def test_the_same_bits_however_shared_out(monkeypatch):
    right = dl.landscape(dl.ReverseKL(), P, GRID, MU, SIGMA)
    for part in (1, 4 * 120):
        monkeypatch.setattr(lattice, "PART", part)
        for threads in (1, 2, 5):
            land = dl.landscape(dl.ReverseKL(), P, GRID, MU, SIGMA, threads=threads)
            for a, b in zip(land[:5], right[:5], strict=True):
                assert a.tobytes() == b.tobytes()


def test_an_infinite_loss_is_so_and_nan_is_said(backend):
    half = dl.Tabulated(np.where(GRID.x < 0, P.log_prob(GRID.x), -np.inf))
    land = dl.landscape(dl.ReverseKL(), half, GRID, MU, SIGMA, backend=backend)
    assert np.isinf(land.loss).any()


def test_progress_counts_the_places(monkeypatch):
    monkeypatch.setattr(lattice, "PART", 4 * 120)
    heard = []
    dl.landscape(dl.MSE(), P, GRID, MU, SIGMA, threads=1, progress=heard.append)
    assert heard == [0, 4, 8, 12, 15]


BAD = {
    "mu: expected finite numbers, got mu[1] = nan": {"mu": [0, np.nan]},
    "mu: expected one number at least, got none": {"mu": []},
    "mu: expected a one-dimensional array, got shape (1, 2)": {"mu": [[0, 1]]},
    "sigma: expected finite numbers >= 2.23e-308, got sigma[1] = 0": {"sigma": [1, 0]},
    "sigma: expected finite numbers >= 2.23e-308, got sigma[0] = inf": {"sigma": [np.inf]},
    "family: expected a family such as dl.Normal": {"family": dl.MSE},
    "threads: expected None beside an executor, which has its own, got 2": {
        "threads": 2,
        "executor": type("Pool", (), {"submit": lambda self: None})(),
    },
}


@pytest.mark.parametrize("message", BAD)
def test_what_is_wrong_is_said_at_the_door(message):
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        dl.landscape(**({"loss": dl.MSE(), "p": P, "grid": GRID, "mu": MU, "sigma": SIGMA} | BAD[message]))

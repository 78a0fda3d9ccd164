"""The speed table: its peers fit what divlite fits, its figures are what they say. No time is asserted."""

import functools
from importlib.util import find_spec

import numpy as np
import pytest

import divlite as dl
from divlite.articles import FIVE
from divlite.commands import bench, peers
from divlite.commands.bench import Row
from divlite.rounding import jumps

INSTALLED = [name for name in peers.PEERS if find_spec(name)]
GRID = dl.Grid.linspace(-15, 15, 1000)
# The sign of a rounding error decides a step where p and q cross at a kink; everything else is smooth.
PATH, PATH_AT_KINKS = 1e-10, 1e-6
PROBLEM = (bench.TARGET, bench.START, GRID, bench.LR)


def assert_same_path(peer, loss, steps):
    fit = dl.fit(loss, *PROBLEM[:3], optimizer=dl.adam(lr=bench.LR), steps=steps)
    run = peers.PEERS[peer](loss, *PROBLEM, steps)
    assert run is not None, f"{peer} has no {dl.loss_name(loss)}"
    tolerance = PATH_AT_KINKS if jumps(loss) else PATH
    for name, ours, theirs in zip(("mu", "sigma", "loss"), fit[1:4], run(), strict=True):
        assert theirs.dtype == np.float64
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=tolerance, err_msg=f"{peer}: {name}")


@pytest.mark.parametrize("peer", INSTALLED)
@pytest.mark.parametrize("loss", FIVE, ids=dl.loss_name)
def test_a_peer_follows_numba(peer, loss):
    assert_same_path(peer, loss, 200)


@pytest.mark.parametrize("peer", INSTALLED)
def test_a_peer_can_be_run_again_and_leaves_its_library_as_it_was(peer):
    """But for torch's number of threads, which is one from then on: `peers.torch_fit` says why."""

    def settings():
        if peer == "torch":
            import torch

            return torch.get_default_dtype()
        import jax

        return jax.config.jax_enable_x64, jax.config.jax_default_device

    before = settings()
    run = peers.PEERS[peer](dl.MSE(), *PROBLEM, 3)
    assert run is not None
    first, second = run(), run()
    assert settings() == before
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("peer", INSTALLED)
def test_a_loss_that_a_peer_does_not_know_is_left_out(peer):
    loss = dl.Smoothed(dl.MSE(), 1e-3)
    assert peers.PEERS[peer](loss, *PROBLEM, 3) is None
    row = bench.measure([loss], repeats=1, peers=[peer], points=50, steps=5)[0]
    assert (row.loss, row.torch, row.torch_gap, row.jax, row.jax_gap) == ("smoothed", None, None, None, None)
    assert row.numba > 0
    assert row.numpy > 0


@pytest.mark.parametrize("full", [False, True])
def test_every_loss_is_measured(full):
    rows = bench.measure(repeats=1, full=full, peers=INSTALLED, points=100, steps=20)
    for row, loss in zip(rows, dl.LOSSES, strict=True):
        assert row.loss == dl.loss_name(loss)
        assert row.numba > 0
        assert row.numpy > 0
        for peer in INSTALLED:
            if loss in FIVE:
                assert getattr(row, peer) > 0
                assert 0.0 <= getattr(row, f"{peer}_gap") < (PATH_AT_KINKS if jumps(loss) else PATH)


@pytest.mark.parametrize("full", [False, True])
def test_the_best_time_is_taken_and_a_part_is_scaled_up(monkeypatch, full):
    """Against a clock that moves by a known time a step, a longer one on the even repeats."""
    clock = 0.0
    taken = []
    per_step = {"numba": 1.0, "numpy": 20.0, "torch": 300.0, "jax": 4.0}  # ms
    offset = {"torch": 0.25, "jax": -0.5}

    def spend(who, steps):
        nonlocal clock
        taken.append((who, steps))
        clock += (1 + taken.count((who, steps)) % 2) * per_step[who] * steps * 1e-3

    def fit(loss, p, q0, grid, *, optimizer, steps, backend):
        spend(backend, steps)
        return dl.Fit(q0, *np.arange(3.0 * (steps + 1)).reshape(3, -1))

    def peer(who, loss, p, q0, grid, lr, steps):
        def run():
            spend(who, steps)
            # numba's path is the first `steps` of a longer one.
            mu, sigma, value = np.arange(3.0 * 101).reshape(3, -1)[:, : steps + 1]
            sigma[-1] += offset[who]
            return mu, sigma, value

        return run

    monkeypatch.setattr(bench, "fit", fit)
    monkeypatch.setattr(bench, "find_spec", lambda name: True)
    monkeypatch.setattr(bench, "PEERS", {who: functools.partial(peer, who) for who in ("torch", "jax")})
    monkeypatch.setattr(bench.time, "perf_counter", lambda: clock)
    row = bench.measure([dl.MSE()], repeats=2, full=full, points=10, steps=100)[0]
    assert row[1:] == pytest.approx((100.0, 2000.0, 30000.0, 0.25, 400.0, 0.5))
    part = 100 if full else 20
    assert taken == [("numba", 100), ("numpy", part), ("torch", part), ("jax", 100)] * 3


def test_ratios_and_gaps_are_what_they_say():
    rows = [Row("mse", 2.0, 50.0, 1000.0, 2e-15, 9.0, 3e-12), Row("l1", 4.0, 100.0, 1998.0, 0.0, 15.0, 1e-3)]
    head, mse, l1 = (line.split("  ") for line in bench.table(rows).splitlines())
    assert [t.strip() for t in head if t] == [
        *("loss", "numba ms", "numpy ms", "x", "torch ms", "x", "gap", "JAX ms", "x", "gap")
    ]
    assert [t.strip() for t in mse if t] == [
        *("mse", "2.00", "50.0", "25.0", "1000.0", "500.0", "2e-15", "9.0", "4.5", "3e-12")
    ]
    assert [t.strip() for t in l1 if t] == [
        *("l1", "4.00", "100.0", "25.0", "1998.0", "499.5", "0e+00", "15.0", "3.8", "1e-03")
    ]
    # The least of each, rounded down: "at least" must hold.
    assert (
        bench.summary(rows)
        == "numba is at least 499x torch eager and 3.7x JAX, on every loss that both fitted."
    )


def test_a_missing_peer_is_a_dash():
    rows = [Row("mse", 2.0, 50.0, None, None, 9.0, 3e-12), Row("l1", 4.0, 100.0)]
    _, mse, l1 = (line.split() for line in bench.table(rows).splitlines())
    assert mse == ["mse", "2.00", "50.0", "25.0", "-", "-", "-", "9.0", "4.5", "3e-12"]
    assert l1 == ["l1", "4.00", "100.0", "25.0", "-", "-", "-", "-", "-", "-"]
    assert bench.summary(rows) == "numba is at least 4.5x JAX, on every loss that both fitted."
    assert bench.summary(rows[1:]) == "No peer was measured."


def test_the_table_is_aligned_ascii():
    text = bench.table([Row("mse", 2.0, 50.0), Row("reverse-kl", 40.0, 100.0, 12345.0, 1e-15, 15.0, 1e-3)])
    assert text.isascii()
    assert len({len(line) for line in text.splitlines()}) == 1


def test_run_prints_every_loss_and_says_what_is_missing(monkeypatch, capsys):
    measure = bench.measure
    monkeypatch.setattr(bench, "measure", lambda **kwargs: measure(points=50, steps=10, **kwargs))
    monkeypatch.setattr(bench, "cold_start", lambda: (0.25, 0.5))
    monkeypatch.setattr(bench, "find_spec", lambda name: None)
    assert bench.run(repeats=1, peers=("jax",)) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == ""
    assert out.isascii()
    assert max(map(len, lines)) <= 110
    for loss in dl.LOSSES:
        assert any(line.split()[:1] == [dl.loss_name(loss)] for line in lines)
    assert "torch: -, not asked for." in lines
    assert "jax: -, not installed." in lines
    assert "2,000 of the steps timed, the time multiplied by 5" in out
    assert "first fit done in 0.25 s, all over in 0.50 s" in out
    assert lines[-1] == "No peer was measured."


def test_cold_start_ends_after_its_first_fit():
    first_fit, process = bench.cold_start(repeats=1)
    assert 0.0 < first_fit <= process


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"repeats": 0}, "repeats: expected a whole number >= 1, got 0"),
        ({"steps": 0}, "steps: expected a whole number >= 1, got 0"),
        ({"peers": ["cupy"]}, "peers: expected one of torch, jax, got 'cupy'"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        bench.measure(**arguments)

"""The speed table: its peers fit what divlite fits, its figures are what they say. No time is asserted."""

import functools
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from test_backends import ROOT, python

import divlite as dl
from divlite.articles import FIVE
from divlite.commands import bench, bench_fits, bench_starts, bench_timing, peers, peers_c, peers_torch
from divlite.commands.bench_fits import Row
from divlite.commands.peers_types import Peer
from divlite.losses.protocol import loss_title
from divlite.rounding import jumps

# torch.compile takes ten seconds a loss: it is tried on one of them, and takes part in no other test.
INSTALLED = [name for name, peer in peers.PEERS.items() if name != "torch.compile" and not peer.why_not()]
GRID = dl.Grid.linspace(-15, 15, 1000)
# The sign of a rounding error decides a step where p and q cross at a kink; everything else is smooth.
PATH, PATH_AT_KINKS = 1e-10, 1e-6
PROBLEM = (bench_fits.TARGET, bench_fits.START, GRID, bench_fits.LR)


def assert_same_path(peer, loss, steps):
    fit = dl.fit(loss, *PROBLEM[:3], optimizer=dl.adam(lr=bench_fits.LR), steps=steps)
    run = peers.PEERS[peer].fit(loss, *PROBLEM, steps)
    assert run is not None, f"{peer} has no {dl.loss_name(loss)}"
    tolerance = PATH_AT_KINKS if jumps(loss) else PATH
    for name, ours, theirs in zip(("mu", "sigma", "loss"), fit[1:4], run(), strict=True):
        assert theirs.dtype == np.float64
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=tolerance, err_msg=f"{peer}: {name}")


@pytest.mark.parametrize("peer", INSTALLED)
@pytest.mark.parametrize("loss", FIVE, ids=dl.loss_name)
def test_a_peer_follows_numba(peer, loss):
    assert_same_path(peer, loss, 200)


@pytest.mark.filterwarnings("ignore")  # torch warns of its own parts
def test_torch_compile_follows_numba(monkeypatch):
    """Without vector instructions: torch would try each kind there is, for ten seconds, before it begins.

    And without a precompiled header, which takes longer than the three small files that would use it.
    """
    from torch._inductor import config

    monkeypatch.setattr(config.cpp, "vec_isa_ok", False)
    monkeypatch.setattr(config, "cpp_cache_precompile_headers", False)
    if reason := peers.PEERS["torch.compile"].why_not():
        pytest.skip(reason)
    assert_same_path("torch.compile", dl.MSE(), 20)


@pytest.mark.parametrize("peer", INSTALLED)
def test_a_peer_can_be_run_again_and_leaves_its_library_as_it_was(peer):
    """But for torch's number of threads, which is one from then on: `peers.torch_fit` says why."""

    def settings():
        if peer == "torch":
            return torch.get_default_dtype()
        if peer == "c":
            return sys.float_info.min * 0.5  # 0, where subnormal numbers are turned off
        import jax

        return jax.config.jax_enable_x64, jax.config.jax_default_device

    before = settings()
    run = peers.PEERS[peer].fit(dl.MSE(), *PROBLEM, 3)
    assert run is not None
    first, second = run(), run()
    assert settings() == before
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("peer", INSTALLED)
def test_a_loss_that_a_peer_does_not_know_is_left_out(peer):
    loss = dl.Smoothed(dl.MSE(), 1e-3)
    assert peers.PEERS[peer].fit(loss, *PROBLEM, 3) is None
    row = bench_fits.measure([loss], repeats=1, peers=[peer], points=50, steps=5)[0]
    assert (row.loss, row.ms.keys(), row.gaps) == ("smoothed mse", {"numba", "numpy"}, {})
    assert min(row.ms.values()) > 0


def test_a_short_run_is_timed_in_a_loop(monkeypatch):
    """After a first call of its own; one that takes longer than a loop is called once a round."""
    took, now, called = {"short": 1e-3, "long": 8e-3}, [0.0], []
    monkeypatch.setattr(bench_timing, "time", SimpleNamespace(perf_counter=lambda: now[0]))

    def call(name):
        called.append(name)
        now[0] += took[name]

    best = bench_timing.best_ms({name: functools.partial(call, name) for name in took}, 3)
    assert best == pytest.approx({"short": 1.0, "long": 8.0})
    assert {name: called.count(name) for name in took} == {"short": pytest.approx(11, abs=2), "long": 3}


@pytest.mark.parametrize("full", [False, True])
def test_every_loss_is_measured(full):
    rows = bench_fits.measure(repeats=1, full=full, peers=INSTALLED, points=100, steps=20)
    known = {"torch": FIVE, "jax": (*FIVE, dl.JensenShannon(), *bench_fits.TIMED[-2:]), "c": FIVE}
    for row, loss in zip(rows, bench_fits.TIMED, strict=True):
        assert row.loss == loss_title(loss).partition(",")[0]
        fitted = {peer for peer in INSTALLED if loss in known[peer]}
        assert row.ms.keys() == {"numba", "numpy"} | fitted
        assert min(row.ms.values()) > 0
        assert row.gaps.keys() == fitted
        assert all(0.0 <= gap < (PATH_AT_KINKS if jumps(loss) else PATH) for gap in row.gaps.values())


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

    def found(who, share):
        return Peer(who, lambda: "", lambda: who, functools.partial(peer, who), share)

    monkeypatch.setattr(bench_fits, "fit", fit)
    monkeypatch.setattr(bench_fits, "PEERS", {"torch": found("torch", 5), "jax": found("jax", 1)})
    monkeypatch.setattr(bench_timing.time, "perf_counter", lambda: clock)
    asked = ("torch", "jax")
    row = bench_fits.measure([dl.MSE()], repeats=2, full=full, peers=asked, points=10, steps=100)[0]
    assert row.ms == pytest.approx({"numba": 100.0, "numpy": 2000.0, "torch": 30000.0, "jax": 400.0})
    assert row.gaps == pytest.approx({"torch": 0.25, "jax": 0.5})
    part = 100 if full else 20
    assert taken == [("numba", 100), ("numpy", part), ("torch", part), ("jax", 100)] * 3


MSE_ROW = Row(
    "mse",
    {"numba": 2.0, "numpy": 50.0, "torch": 1000.0, "jax": 9.0, "c": 2.5},
    {"torch": 2e-15, "jax": 3e-12, "c": 1e-15},
)
L1_ROW = Row("l1", {"numba": 4.0, "numpy": 100.0, "torch": 1998.0, "jax": 15.0}, {"torch": 0.0, "jax": 1e-3})
OWN_ROW = Row("wasserstein1", {"numba": 4.0, "numpy": 100.0})


def test_ratios_and_gaps_are_what_they_say():
    head, mse, l1, own = (
        [cell.strip() for cell in line.split("  ") if cell]
        for line in bench_fits.table([MSE_ROW, L1_ROW, OWN_ROW]).splitlines()
    )
    assert head == ["loss, ms a fit", "numba", "numpy", "x", "torch", "x", "JAX", "x", "C", "x", "gap"]
    assert mse == ["mse", "2.00", "50.0", "25.0", "1000.0", "500.0", "9.0", "4.5", "2.5", "1.2", "3e-12"]
    assert l1 == ["l1", "4.00", "100.0", "25.0", "1998.0", "499.5", "15.0", "3.8", "-", "-", "1e-03"]
    assert own == ["wasserstein1", "4.00", "100.0", "25.0", *"-------"]
    # The least of each, rounded down: "at least" must hold.
    assert bench_fits.summary([MSE_ROW, L1_ROW, OWN_ROW]) == (
        "numba is at least 499x torch, 3.7x JAX, 1.2x C, on every loss that both fitted."
    )


def test_a_peer_that_was_not_run_has_no_column():
    head, *_ = bench_fits.table([OWN_ROW]).splitlines()
    assert head.split() == ["loss,", "ms", "a", "fit", "numba", "numpy", "x", "gap"]
    assert bench_fits.summary([OWN_ROW]) == "No peer was measured."


def test_the_table_is_aligned_ascii_and_not_too_wide():
    slow = dict.fromkeys(("numpy", "torch", "torch.compile", "jax"), 12345.6)
    rows = [MSE_ROW, Row("smoothed forward-kl", {"numba": 123.45, **slow, "c": 50.0}, {"c": 1e-15})]
    lines = bench_fits.table(rows).splitlines()
    assert all(line.isascii() for line in lines)
    assert len({len(line) for line in lines}) == 1
    assert len(lines[0]) <= 110


def test_run_prints_every_loss_and_says_what_is_missing(monkeypatch, capsys):
    measure = bench_fits.measure
    monkeypatch.setattr(bench_fits, "measure", lambda **kwargs: measure(points=50, steps=10, **kwargs))
    monkeypatch.setattr(bench, "cold_start", lambda: (0.25, 0.5))
    monkeypatch.setattr(bench_starts, "MAPPED", 100)
    gone = {
        "jax": peers.PEERS["jax"]._replace(why_not=lambda: "not installed"),
        "c": peers.PEERS["c"]._replace(why_not=lambda: "no C compiler was found"),
    }
    for module in (bench, bench_fits):
        monkeypatch.setattr(module, "PEERS", peers.PEERS | gone)
    assert bench.run(repeats=1, peers=("jax", "c")) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == ""
    assert out.isascii()
    assert max(map(len, lines)) <= 110
    for loss in bench_fits.TIMED:
        title = loss_title(loss).partition(",")[0]
        assert any(line.startswith(f"{title}  ") for line in lines)
    assert "torch: -, not asked for." in lines
    assert "jax: -, not installed." in lines
    assert "c: -, no C compiler was found." in lines
    assert "a fifth of the steps timed, the time multiplied by 5" in out
    assert "first fit done in 0.25 s, all over in 0.50 s" in out
    assert "No peer was measured." in lines


def test_why_c_cannot_be_run_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(peers_c.shutil, "which", lambda name: None)
    assert peers_c.why_not() == "no C compiler was found"
    monkeypatch.undo()
    if peers_c.compiler() is None:
        return
    peers_c._library.cache_clear()
    wrong = tmp_path / "wrong.c"
    wrong.write_text("this is no C\n")
    monkeypatch.setattr(peers_c, "SOURCE", wrong)
    assert peers_c.why_not().startswith(f"it does not compile: {wrong}:1:")


def test_the_c_peer_leaves_subnormal_numbers_alone():
    """A library that is linked with -Ofast makes them 0 in the whole process."""
    if peers_c.why_not():
        pytest.skip(peers_c.why_not())
    code = """
from divlite.commands import peers_c
peers_c._library()
print(float.fromhex("0x1p-1022") * 0.5)
"""
    assert python(code, ROOT) == repr(2.0**-1023)


def test_why_torch_does_not_compile_is_said_in_a_line(monkeypatch):
    def fails(function):
        raise RuntimeError("\nNo working C++ compiler found\nmore of this")

    peers_torch.why_not_compiled.cache_clear()
    monkeypatch.setattr(torch, "compile", fails)
    assert peers.PEERS["torch.compile"].why_not() == "No working C++ compiler found"
    peers_torch.why_not_compiled.cache_clear()


def test_cold_start_ends_after_its_first_fit():
    first_fit, process = bench.cold_start(repeats=1)
    assert 0.0 < first_fit <= process


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"repeats": 0}, "repeats: expected a whole number >= 1, got 0"),
        ({"steps": 0}, "steps: expected a whole number >= 1, got 0"),
        ({"peers": ["cupy"]}, "peers: expected one of torch, torch.compile, jax, c, got 'cupy'"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        bench_fits.measure(**arguments)

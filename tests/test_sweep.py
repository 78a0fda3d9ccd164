"""A sweep: the same arrays from threads, processes and any executor; and it ends when it is told to."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest

import divlite as dl
from conftest import P
from divlite.descent import parts, sweep
from divlite.descent.sweep import means, missing

GRID = dl.Grid.linspace(-15, 15, 120)
STARTS = np.stack([np.linspace(-14, 14, 60), np.linspace(0.5, 6, 60)], axis=1)


class Squares(NamedTuple):
    """A task of a caller's own."""

    first: int
    last: int
    dtypes = ("i8", "f8")

    @property
    def size(self):
        return self.last - self.first

    @property
    def grain(self):
        return 3

    def part(self, first, last):
        return Squares(self.first + first, self.first + last)

    def run(self, progress):
        items = np.arange(self.first, self.last)
        return items * items, items / 2


class Late:
    """An executor that computes a part only when its result is asked for, and counts those ahead."""

    def __init__(self):
        self.ahead, self.most, self.cancelled = 0, 0, 0

    def submit(self, fn, *args):
        self.ahead += 1
        self.most = max(self.most, self.ahead)
        return Later(self, fn, args)


class Later:
    def __init__(self, pool, fn, args):
        self.pool, self.fn, self.args = pool, fn, args

    def result(self):
        self.pool.ahead -= 1
        return self.fn(*self.args)

    def cancel(self):
        self.pool.cancelled += 1


class Failing:
    """An executor of a broken cluster, whose futures cannot be cancelled."""

    def submit(self, fn, *args):
        future = Future()
        future.set_exception(RuntimeError("the cluster is gone"))
        future.cancel = None
        return future


def fits(**changes):
    return dl.fit_many(dl.ReverseKL(), P, STARTS, GRID, optimizer=dl.adam(0.05), steps=40, **changes)


def assert_same_bits(one, other):
    for a, b in zip(one[:7], other[:7], strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr("divlite.descent.many.PART", 7 * 41 * 120)


@pytest.mark.parametrize("items", [0, 1, 3, 10, 31])
def test_the_columns_of_a_task_of_ones_own(items):
    for by in (means(None, 1, None), means(None, 3, None), means(Late(), None, None)):
        squares, halves = sweep.sweep(Squares(5, 5 + items), by)
        assert squares.tolist() == [k * k for k in range(5, 5 + items)]
        assert halves.tolist() == [k / 2 for k in range(5, 5 + items)]


def test_only_what_is_missing_is_computed():
    done = np.array([1, 0, 0, 0, 0, 1, 1, 0, 1, 0], bool)
    assert missing(done, 3) == [(1, 4), (4, 5), (7, 8), (9, 10)]
    assert missing(np.ones(4, bool), 3) == []
    assert missing(np.zeros(4, bool), 9) == [(0, 4)]


def test_few_items_are_shared_out_too():
    """A part of tens of ms would leave one thread without work."""
    heard = []
    task = Squares(0, 4)
    sweep.sweep(task, means(None, 2, heard.append))
    assert heard == [0, 1, 2, 3, 4]


def test_no_more_parts_are_ahead_than_are_allowed(monkeypatch):
    monkeypatch.setattr(parts, "IN_FLIGHT", 4)
    pool = Late()
    sweep.sweep(Squares(0, 100), means(pool, None, None))
    assert (pool.most, pool.ahead) == (4, 0)


def test_parts_that_are_ahead_are_cancelled(monkeypatch):
    def stop(done):
        if done:
            raise KeyboardInterrupt

    monkeypatch.setattr(parts, "IN_FLIGHT", 4)
    pool = Late()
    with pytest.raises(KeyboardInterrupt) as held:
        sweep.sweep(Squares(0, 100), means(pool, None, stop))
    # At once, though the traceback that is held here keeps everything alive that it passed through.
    assert (pool.cancelled, held.type) == (3, KeyboardInterrupt)


def test_what_a_worker_raises_is_raised():
    with pytest.raises(RuntimeError, match="the cluster is gone"):
        sweep.sweep(Squares(0, 100), means(Failing(), None, None))


def test_a_pool_of_threads(small_parts):
    with ThreadPoolExecutor(2) as pool:
        assert_same_bits(fits(executor=pool), fits(threads=1))


def test_a_pool_of_processes(small_parts):
    """Started anew: nothing but what was sent to them do they know."""
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        assert_same_bits(fits(executor=pool), fits(threads=1))
        land = [dl.landscape(dl.MSE(), P, GRID, STARTS[:, 0], STARTS[:, 1], executor=e) for e in (pool, None)]
        assert land[0].loss.tobytes() == land[1].loss.tobytes()

        class Local(NamedTuple):
            """Of no module that another process could import."""

            value = d_log_q = dl.MSE.value

        words = "^executor: expected arguments that can be sent to its workers, got Can't pickle "
        with pytest.raises(ValueError, match=words):
            dl.landscape(Local(), P, GRID, [0.0], [1.0], executor=pool, backend="numpy")
        numpy = [fits(executor=e, backend="numpy") for e in (pool, None)]
        assert_same_bits(*numpy)


class Ending:
    """An executor that is shut down after its first task: the others are cancelled."""

    def __init__(self):
        self.begun = False

    def submit(self, work, *arguments):
        future = Future()
        if self.begun:
            future.cancel()
        else:
            future.set_result(work(*arguments))
        self.begun = True
        return future


def test_an_executor_that_is_shut_down_is_said_in_one_line(small_parts):
    """Before the sweep, or while it is computed."""
    gone = ThreadPoolExecutor(1)
    gone.shutdown()
    said = r"^executor: expected one that takes work, and is not shut down before the end, got "
    with pytest.raises(ValueError, match=said + "ThreadPoolExecutor: cannot schedule new futures after"):
        fits(executor=gone)
    with pytest.raises(ValueError, match=said + "Ending: its work was cancelled$"):
        fits(executor=Ending())


def test_an_executor_whose_workers_died_says_so():
    """With its own error, as while a result is awaited."""

    def submit(*_):
        raise BrokenExecutor("a worker died")

    with pytest.raises(BrokenExecutor, match="a worker died"):
        fits(executor=SimpleNamespace(submit=submit))


def test_the_lock_is_released(monkeypatch):
    """While a fit is followed in one thread another one runs."""
    monkeypatch.setattr("divlite_numba.backend.PIECE", 10**9)  # one call of a compiled function
    counted, ended = [], []

    def count():
        while not ended:
            counted.append(time.monotonic())
            time.sleep(0.001)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(count)
        try:
            dl.fit(dl.MSE(), P, dl.Normal(0, 1), GRID, optimizer=dl.adam(0.05), steps=1)
            before = len(counted)
            dl.fit(dl.MSE(), P, dl.Normal(0, 1), GRID, optimizer=dl.adam(0.05), steps=1_000_000)
            during = len(counted) - before
        finally:
            ended.append(True)
    assert during > 5  # of some hundreds; one or two with the lock held all the time


# Each line that it reads says what is swept.
INTERRUPTED = """
import json, sys, threading, time, numpy as np, divlite as dl
def swept(points, starts, steps, warm, threads, backend):
    p, grid = dl.Normal(0, 2), dl.Grid.linspace(-15, 15, points)
    starts = np.tile([[0.0, 1.0]], (starts, 1))
    run = lambda starts, steps: dl.fit_many(
        dl.MSE(), p, starts, grid, optimizer=dl.adam(0.01), steps=steps, threads=threads, backend=backend)
    run(starts[:2], warm)
    print("ready", flush=True)
    try:
        run(starts, steps)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    while threading.active_count() > 1:
        time.sleep(0.01)
    print("alone", flush=True)
for line in sys.stdin:
    swept(**json.loads(line))
"""
LONG = {
    "many starts": {"points": 100, "starts": 3_000_000, "steps": 1_000, "warm": 10},
    "long fits": {"points": 1_000, "starts": 4, "steps": 10_000_000, "warm": 5_000},
    "plain NumPy": {"points": 1_000, "starts": 100, "steps": 1_000_000, "warm": 1},
}


def clock(pid: int) -> float:
    """Seconds of CPU that a process has used, which other processes do not lengthen; elsewhere than on Linux
    those of a clock on the wall."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return time.monotonic()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture(scope="module")
def sweeper():
    """The process that is interrupted: all sweeps of this module are its own, one after another."""
    command = [sys.executable, "-c", INTERRUPTED]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        yield process
        process.stdin.close()
        assert process.wait(60) == 0


def seconds_to_end(process, **what) -> float:
    """From Ctrl-C, a quarter of a second after the sweep began, until no thread of it is left."""
    process.stdin.write(json.dumps(what) + "\n")
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.25)
    assert process.poll() is None
    began = clock(process.pid)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    assert process.stdout.readline() == "alone\n"
    return clock(process.pid) - began


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("what", LONG)
def test_ctrl_c_ends_it_within_a_second(sweeper, what, threads):
    """The whole sweep would take minutes."""
    backend = "numpy" if what == "plain NumPy" else "numba"
    assert seconds_to_end(sweeper, threads=threads, backend=backend, **LONG[what]) < 1.0
